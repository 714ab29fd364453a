//! The operator's commands: sent to the running server over its Unix socket, or carried out on the
//! database when no server runs.

use crate::{
    Server, StartError,
    app::App,
    backup,
    clock::Clock,
    config::Config,
    import, secret,
    store::PairingCode,
    store::{devices, log},
    writer::WriteError,
};
use domain::{Actor, SiteId};
use protocol::control::{Answer, Ask, Imported, Role};
use std::{os::unix::fs::PermissionsExt, path::Path};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::watch,
};

/// The longest request, in bytes: a password or a path, and their names.
const REQUEST_MAX: u64 = 64 << 10;

/// So many facts that could not be used are listed at most, the latest.
const REVIEW_MAX: usize = 1000;

/// Answers on the socket until the server stops.
///
/// # Errors
/// If the socket fails.
pub async fn listen(
    app: App,
    listener: UnixListener,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = crate::app::stopped(&mut stop) => break,
        };
        let stream = match stream {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely. Whoever must revoke a device can do so again then.
                tracing::warn!(%error, "the operator's connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let app = app.clone();
        tokio::spawn(async move {
            if let Err(error) = converse(&app, stream).await {
                tracing::warn!(%error, "the operator's connection broke");
            }
        });
    }
    std::fs::remove_file(app.config.control_socket())
}

/// Makes the socket, for the server's own user alone. Whoever connects waits until [`listen`] runs.
///
/// # Errors
/// If it cannot be made.
pub fn bind(path: &Path) -> std::io::Result<UnixListener> {
    let _stale = std::fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn converse(app: &App, mut stream: UnixStream) -> std::io::Result<()> {
    let mut line = String::new();
    let (read, mut write) = stream.split();
    BufReader::new(read.take(REQUEST_MAX)).read_line(&mut line).await?;
    let answer = match protocol::json::from_text(&line) {
        Ok(ask) => carry_out(app, ask).await,
        Err(error) => Answer::Failed { reason: format!("the request cannot be read: {error}") },
    };
    let mut text = protocol::json::to_text(&answer).unwrap_or_default();
    text.push('\n');
    write.write_all(text.as_bytes()).await
}

/// Asks a running server; `None` if none runs.
///
/// # Errors
/// If one runs and does not answer.
pub async fn ask(path: &Path, ask: &Ask) -> std::io::Result<Option<Answer>> {
    let Ok(mut stream) = UnixStream::connect(path).await else { return Ok(None) };
    let mut text = protocol::json::to_text(ask)?;
    text.push('\n');
    stream.write_all(text.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(Some(protocol::json::from_text(&answer)?))
}

/// Asks the running server, or does it here if none runs. Never makes a database: with another configuration
/// or from another user it would be one that no server uses.
///
/// # Errors
/// If there is no database, or a server that runs does not answer, or whatever keeps one from starting.
pub async fn ask_or_do(config: Config, ask: Ask) -> Result<Answer, StartError> {
    if let Some(answer) = self::ask(&config.control_socket(), &ask).await.map_err(StartError::NoAnswer)? {
        return Ok(answer);
    }
    let folder = config.data_dir.display().to_string();
    match config.database().try_exists() {
        Ok(true) => {}
        Ok(false) => return Err(StartError::NoDatabase(folder)),
        Err(error) => return Err(StartError::Folder(folder, error)),
    }
    let server = Server::open(config, Clock::default()).await?;
    let answer = carry_out(&server.app, ask).await;
    server.close().await;
    Ok(answer)
}

/// Carries out what the operator asks.
pub async fn carry_out(app: &App, mut ask: Ask) -> Answer {
    if let Ask::Pair { name, .. } | Ask::AddAgent { name, .. } = &mut ask {
        *name = name.trim().to_owned();
        if !is_name(name) {
            let reason = "a name has 1 to 60 characters, and no control character among them".into();
            return Answer::Failed { reason };
        }
    }
    let done = match ask {
        Ask::Import { file, site, dry_run } => import_file(app, &file, site, dry_run).await,
        Ask::Pair { site, kind, name } => {
            let code = app.writer.pairing_code(PairingCode { site, kind, name }).await;
            code.map(|code| Answer::Code {
                code,
                valid_seconds: u32::try_from(crate::writer::CODE_VALID.num_seconds()).unwrap_or_default(),
                fingerprint: app.identity.fingerprint(),
            })
        }
        Ask::Devices => {
            app.reader.read(devices::list).map(|devices| Answer::Devices { devices }).map_err(Into::into)
        }
        Ask::Review => {
            let facts = app.reader.read(|db| log::review(db, REVIEW_MAX));
            facts.map(|facts| Answer::Review { facts }).map_err(Into::into)
        }
        Ask::Revoke { device } => app.writer.revoke(device).await.map(|known| {
            if known {
                app.revoked.send_replace(());
                Answer::Done
            } else {
                Answer::Failed { reason: format!("there is no device {device}") }
            }
        }),
        Ask::AddAgent { site, name, password, role } => add_agent(app, site, name, role, password).await,
        Ask::SetPassword { site, name, password } => set_password(app, site, name, password).await,
        Ask::Backup => {
            return match backup::make(app).await {
                Ok(file) => Answer::Backup { file },
                Err(error) => Answer::Failed { reason: in_words(&error) },
            };
        }
        Ask::Recovered { site } => recovered(app, site).await,
        Ask::CloseAccount { site, name } => {
            app.writer.close_account(site, name.clone()).await.map(|known| known_account(known, &name))
        }
    };
    done.unwrap_or_else(|error| Answer::Failed { reason: in_words(&error) })
}

/// Waits for no other device at a site, or at all of them.
async fn recovered(app: &App, site: Option<SiteId>) -> Result<Answer, WriteError> {
    let sites = match site {
        Some(site) => vec![site],
        None => app.sites.iter().map(|(site, _)| site.clone()).collect(),
    };
    for site in sites {
        app.writer.end_recovery(site, Actor::Operator).await?;
    }
    Ok(Answer::Done)
}

/// What an account or a device can be called: it is shown in terminals and in browsers.
fn is_name(text: &str) -> bool {
    (1..=60).contains(&text.chars().count()) && !text.contains(char::is_control)
}

async fn add_agent(
    app: &App,
    site: SiteId,
    name: String,
    role: Role,
    password: String,
) -> Result<Answer, WriteError> {
    let hash = match hash(password).await {
        Ok(hash) => hash,
        Err(reason) => return Ok(Answer::Failed { reason }),
    };
    let made = app.writer.add_account(site, name.clone(), role, hash).await?;
    Ok(made.map_or(Answer::Failed { reason: format!("`{name}` is taken") }, |agent| Answer::Agent { agent }))
}

async fn set_password(app: &App, site: SiteId, name: String, password: String) -> Result<Answer, WriteError> {
    match hash(password).await {
        Ok(hash) => Ok(known_account(app.writer.set_password(site, name.clone(), hash).await?, &name)),
        Err(reason) => Ok(Answer::Failed { reason }),
    }
}

fn known_account(known: bool, name: &str) -> Answer {
    if known {
        Answer::Done
    } else {
        Answer::Failed { reason: format!("nobody is called `{name}` at this site") }
    }
}

/// The hash of a new password, or why it cannot be one.
async fn hash(password: String) -> Result<String, String> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(format!("a password has at least {PASSWORD_CHARS_MIN} characters"));
    }
    let hashing = tokio::task::spawn_blocking(move || secret::hash_password(&password));
    match hashing.await {
        Ok(Ok(hash)) => Ok(hash),
        _ => Err("the password cannot be hashed".into()),
    }
}

/// NIST SP 800-63B asks for 8 at least; 12 is what ANSSI recommends for an ordinary account.
const PASSWORD_CHARS_MIN: usize = 12;

async fn import_file(app: &App, file: &Path, site: SiteId, dry_run: bool) -> Result<Answer, WriteError> {
    let Some(config) = app.config.sites.get(&site) else { return Err(WriteError::UnknownSite) };
    let (path, import, rules, lookup) =
        (file.to_owned(), config.import.clone(), config.to_site(&site), app.lookup.clone());
    // A slow disk and a long list must not hold up the hall.
    let reading = tokio::task::spawn_blocking(move || {
        let bytes = read_list(&path)?;
        Ok::<_, String>(import::parse(&bytes, &import, &rules, &lookup))
    });
    let parsed = match reading.await {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(reason)) => return Ok(Answer::Failed { reason }),
        Err(_) => return Err(WriteError::Fault),
    };
    let doubts = import::doubts(&parsed.bookings, &config.to_site(&site), app.clock.now());
    let read = parsed.bookings.len();
    let mut imported = Imported { read, faults: parsed.faults, doubts, ..Imported::default() };
    // One bad line, and nothing is loaded: half a day's list is worse than yesterday's.
    let dry_run = dry_run || !imported.faults.is_empty();
    let bookings = parsed.bookings.into_iter().map(|line| (line.booking, line.person)).collect();
    let change = app.writer.bookings(site, bookings, dry_run).await?;
    imported.changed = change.changed;
    imported.unchanged = change.unchanged;
    imported.missing = change.missing;
    Ok(Answer::Imported(imported))
}

/// The longest list of bookings, in bytes: a year of the largest site.
const LIST_BYTES_MAX: u64 = 20 << 20;

/// The bytes of a file, if it can be a list of bookings.
fn read_list(path: &Path) -> Result<Vec<u8>, String> {
    let wrong = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let metadata = std::fs::metadata(path).map_err(wrong)?;
    if !metadata.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    if metadata.len() > LIST_BYTES_MAX {
        return Err(format!(
            "{} is larger than {} MB: is it a list of bookings?",
            path.display(),
            LIST_BYTES_MAX >> 20
        ));
    }
    std::fs::read(path).map_err(wrong)
}

/// An error and its causes, in one line.
pub fn in_words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

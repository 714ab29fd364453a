//! `guichet-server`: serve, and the operator's commands.

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Parser, Subcommand, ValueEnum};
use domain::{DeviceId, SiteId};
use protocol::{
    control::{Answer, Ask, Role},
    pairing::DeviceKind,
};
use server::{
    Server, StartError,
    clock::Clock,
    config::Config,
    control,
    restore::{self, Restored},
};
use std::{io::IsTerminal, path::PathBuf};
use tokio::net::TcpListener;

#[derive(Parser)]
#[command(name = "guichet-server", version, about = "The server of a reception hall")]
struct Arguments {
    /// The configuration file.
    #[arg(long, short, default_value = "guichet.toml", global = true, env = "GUICHET_CONFIG")]
    config: PathBuf,
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Serve until told to stop.
    Serve {
        /// Training: start the site's clock at this time, such as 2026-11-23T09:40:00+01:00.
        #[arg(long)]
        training_clock: Option<DateTime<Utc>>,
    },
    /// Say in words what keeps a server with this configuration from working, and change nothing.
    Check,
    /// Make a backup now, in the folder that the configuration names.
    Backup,
    /// Put a backup in the place of the database, while no server runs. What is there is put aside, and what has happened
    /// since the backup comes back from the kiosks and boards.
    Restore {
        /// A file that `backup` made.
        backup: PathBuf,
    },
    /// After a restore: wait for no other kiosk or board, and call whoever is still there.
    Recovered {
        /// At which site; at all of them if not said.
        #[arg(long)]
        site: Option<String>,
    },
    /// Load a day's bookings from a CSV file.
    Import {
        /// The file: UTF-8 or Windows-1252, separated by semicolons, commas or tabs.
        file: PathBuf,
        /// Whose bookings.
        #[arg(long)]
        site: String,
        /// Report every bad line and what would change, and load nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Make a one-time code that enrols a kiosk or a board within ten minutes.
    Pair {
        /// For which site.
        #[arg(long)]
        site: String,
        /// For what.
        #[arg(long)]
        kind: Kind,
        /// What the device is called, such as « hall ».
        #[arg(long)]
        name: String,
        /// Print one JSON object instead of words.
        #[arg(long)]
        json: bool,
    },
    /// List the enrolled devices.
    Devices,
    /// List what kiosks stated and the server could not use: with what is wrong, and which ticket it is about.
    Review,
    /// Refuse a device from now on.
    Revoke {
        /// Its identity, see `devices`.
        #[arg(value_parser = device)]
        device: DeviceId,
    },
    /// Make an account for an agent. The password is read from the standard input, unseen if that is a terminal.
    AddAgent {
        /// For which site.
        #[arg(long)]
        site: String,
        /// The name to sign in with.
        #[arg(long)]
        name: String,
        /// A supervisor may also choose whom to call, and take over a counter that somebody left open.
        #[arg(long, value_enum, default_value_t = Rank::Agent)]
        role: Rank,
    },
    /// Give an agent another password, read as `add-agent` does, and sign the agent out everywhere.
    SetPassword {
        /// At which site.
        #[arg(long)]
        site: String,
        /// The name to sign in with.
        #[arg(long)]
        name: String,
    },
    /// Let nobody in with an account any more, until it gets another password. Its counters are freed; one
    /// where somebody is received can be taken over by a supervisor.
    CloseAccount {
        /// At which site.
        #[arg(long)]
        site: String,
        /// The name to sign in with.
        #[arg(long)]
        name: String,
    },
    /// Play a day again under other orders of calls, and say who would have waited how long. Changes nothing.
    Replay(server::replay::command::Asked),
    /// Write a realistic day of bookings as a CSV file, for trying things out.
    SampleDay {
        /// The same seed gives the same day.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Which day.
        #[arg(long)]
        date: NaiveDate,
        /// Where to write.
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Kiosk,
    Board,
}

#[derive(Clone, Copy, ValueEnum)]
enum Rank {
    Agent,
    Supervisor,
}

fn device(text: &str) -> Result<DeviceId, String> {
    let wrong = |_| "not the identity of a device: `guichet-server devices` lists them".to_owned();
    text.parse().map(DeviceId).map_err(wrong)
}

fn main() -> std::process::ExitCode {
    match start() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            // For the operator: what went wrong and why, without the program's inside.
            eprintln!("guichet-server: {error:#}");
            let status = error.downcast_ref().map_or(1, StartError::exit_status);
            u8::try_from(status).map_or(std::process::ExitCode::FAILURE, Into::into)
        }
    }
}

fn start() -> anyhow::Result<()> {
    // What a program keeps is for its own user: keys, tokens, people's data.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "info,hyper=warn,h2=warn".into()),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    #[cfg(feature = "fail-points")]
    let _until_the_end = fail::FailScenario::setup();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(Arguments::parse()))
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    if let Subcommands::SampleDay { seed, date, out } = arguments.command {
        return server::sample_day::write(&out, seed, date)
            .with_context(|| format!("cannot write {}", out.display()));
    }
    let config = Config::load(&arguments.config)?;
    let site = |code: String| SiteId::new(code);
    match arguments.command {
        Subcommands::Serve { training_clock } => serve(config, training_clock).await,
        Subcommands::Check => check(&config),
        Subcommands::Replay(asked) => {
            print!("{}", server::replay::command::replay(&config, &asked)?);
            Ok(())
        }
        Subcommands::Import { file, site: code, dry_run } => {
            let file = file.canonicalize().with_context(|| format!("cannot read {}", file.display()))?;
            imported(
                control::ask_or_do(config, Ask::Import { file, site: site(code), dry_run }).await?,
                dry_run,
            )
        }
        Subcommands::Pair { site: code, kind, name, json } => {
            let kind = match kind {
                Kind::Kiosk => DeviceKind::Kiosk,
                Kind::Board => DeviceKind::Board,
            };
            paired(&control::ask_or_do(config, Ask::Pair { site: site(code), kind, name }).await?, json)
        }
        Subcommands::Backup => done(control::ask_or_do(config, Ask::Backup).await?),
        Subcommands::Restore { backup } => {
            restored(&restore::restore(&config, &backup, Clock::default())?);
            Ok(())
        }
        Subcommands::Recovered { site } => {
            done(control::ask_or_do(config, Ask::Recovered { site: site.map(SiteId::new) }).await?)
        }
        Subcommands::Devices => devices(control::ask_or_do(config, Ask::Devices).await?),
        Subcommands::Review => review(control::ask_or_do(config, Ask::Review).await?),
        Subcommands::Revoke { device } => done(control::ask_or_do(config, Ask::Revoke { device }).await?),
        Subcommands::AddAgent { site: code, name, role } => {
            let password = password(&name)?;
            let role = match role {
                Rank::Agent => Role::Agent,
                Rank::Supervisor => Role::Supervisor,
            };
            done(control::ask_or_do(config, Ask::AddAgent { site: site(code), name, password, role }).await?)
        }
        Subcommands::SetPassword { site: code, name } => {
            let password = password(&name)?;
            done(control::ask_or_do(config, Ask::SetPassword { site: site(code), name, password }).await?)
        }
        Subcommands::CloseAccount { site: code, name } => {
            done(control::ask_or_do(config, Ask::CloseAccount { site: site(code), name }).await?)
        }
        Subcommands::SampleDay { .. } => Ok(()),
    }
}

/// The new password of an agent, from the standard input. On a terminal it is not shown, and therefore typed
/// twice.
fn password(name: &str) -> anyhow::Result<String> {
    if !std::io::stdin().is_terminal() {
        return line();
    }
    let first = unseen(&format!("Password for {name}: "))?;
    let second = unseen("The same again: ")?;
    anyhow::ensure!(first == second, "the two passwords differ: nothing was changed");
    Ok(first)
}

/// Asks at the terminal for a line that is not shown as it is typed.
fn unseen(prompt: &str) -> anyhow::Result<String> {
    use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
    let terminal = std::io::stdin();
    let shown = tcgetattr(&terminal)?;
    let mut hidden = shown.clone();
    hidden.local_flags.remove(LocalFlags::ECHO);
    tcsetattr(&terminal, SetArg::TCSAFLUSH, &hidden)?;
    eprint!("{prompt}");
    let typed = line();
    tcsetattr(&terminal, SetArg::TCSAFLUSH, &shown)?;
    eprintln!();
    typed
}

fn line() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// As many files as the system lets this user have: each connection is one.
fn allow_many_connections() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, most)| setrlimit(Resource::RLIMIT_NOFILE, most, most));
    if let Err(error) = raised {
        tracing::warn!(%error, "the number of connections stays as limited as it is");
    }
}

async fn serve(config: Config, training_clock: Option<DateTime<Utc>>) -> anyhow::Result<()> {
    allow_many_connections();
    let clock = training_clock.map_or_else(Clock::default, Clock::starting_at);
    if let Some(start) = training_clock {
        tracing::warn!(%start, "training: the clock does not show the true time");
    }
    let https = TcpListener::bind(config.listen.https)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen.https))?;
    let http = match config.listen.http {
        Some(address) => {
            Some(TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?)
        }
        None => None,
    };
    let mut server = Server::open(config, clock).await?;
    server.open_control()?;
    // Certificates live by the true time, also in training.
    let found = server::check::configuration(&server.app.config, Clock::default());
    for fault in found.faults.into_iter().chain(found.notes).chain(server::check::days(&server.app)) {
        tracing::warn!("{fault}");
    }
    let stop = stop_signal()?;
    let address = https.local_addr()?;
    let plain = http.as_ref().map(TcpListener::local_addr).transpose()?;
    tracing::info!(%address, fingerprint = server.app.identity.fingerprint(), "listening");
    // One line for programs that start this one and need the ports that the system chose.
    println!(
        "{}",
        serde_json::json!({ "https": address.to_string(), "http": plain.map(|a| a.to_string()),
                            "fingerprint": server.app.identity.fingerprint() })
    );
    Ok(server.run(https, http, stop).await?)
}

/// Ends when somebody asks the program to stop. From the call on, not from the first poll: whoever was told
/// that the server is there may stop it at once.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn check(config: &Config) -> anyhow::Result<()> {
    // Loading it found every fault that the text alone can tell; the rest needs the machine.
    protocol::trust::install_tls_provider();
    let found = server::check::everything(config, Clock::default());
    for note in found.notes {
        println!("Note: {note}.");
    }
    anyhow::ensure!(found.faults.is_empty(), found.faults.join("\n"));
    println!("The configuration is right: {} site(s).", config.sites.len());
    Ok(())
}

/// A file of a wrong year is doubtful in every line.
const DOUBTS_SHOWN: usize = 10;

fn imported(answer: Answer, dry_run: bool) -> anyhow::Result<()> {
    let Answer::Imported(imported) = answer else { return unexpected(answer) };
    for fault in &imported.faults {
        match fault.line {
            0 => println!("file: {}", fault.reason),
            line => println!("line {line}: {}", fault.reason),
        }
    }
    if !imported.faults.is_empty() {
        bail!("{} line(s) cannot be used: nothing was loaded", imported.faults.len());
    }
    let verb = if dry_run { "would change" } else { "changed" };
    println!(
        "{} bookings read, {} {verb}, {} known as they are.",
        imported.read, imported.changed, imported.unchanged
    );
    if imported.read == 0 {
        println!("There is nothing under the header: is the file whole?");
    }
    for doubt in imported.doubts.iter().take(DOUBTS_SHOWN) {
        println!("Is this right? Line {}: {}.", doubt.line, doubt.reason);
    }
    if let Some(more) = imported.doubts.len().checked_sub(DOUBTS_SHOWN).filter(|more| *more > 0) {
        println!("… and {more} more like these.");
    }
    if imported.missing > 0 {
        println!(
            "Not in this file: {} bookings that are known for the same days. They stay; is the file whole?",
            imported.missing
        );
    }
    Ok(())
}

fn paired(answer: &Answer, json: bool) -> anyhow::Result<()> {
    let Answer::Code { code, valid_seconds, fingerprint } = answer else { return unexpected(answer.clone()) };
    if json {
        println!("{}", serde_json::json!({ "code": code, "fingerprint": fingerprint }));
        return Ok(());
    }
    println!("Code: {code}   (works once, within {} minutes)", valid_seconds / 60);
    if let Some(fingerprint) = fingerprint {
        println!("Fingerprint of the site's authority: {fingerprint}");
    }
    Ok(())
}

fn devices(answer: Answer) -> anyhow::Result<()> {
    let Answer::Devices { devices } = answer else { return unexpected(answer) };
    for device in devices {
        let state = if device.revoked { "revoked" } else { "enrolled" };
        println!(
            "{}  {:<6}  {:<8}  {:<10}  {}",
            device.device,
            format!("{:?}", device.kind).to_lowercase(),
            state,
            device.site,
            device.name.replace(char::is_control, "\u{fffd}")
        );
        if let Some((count, reason)) = device.rejected {
            println!("    {count} of its facts could not be used and are kept (the last: {reason})");
        }
    }
    Ok(())
}

fn review(answer: Answer) -> anyhow::Result<()> {
    let Answer::Review { facts } = answer else { return unexpected(answer) };
    if facts.is_empty() {
        println!("Nothing: everything that kiosks stated could be used.");
    }
    // What a kiosk sent must not write on the operator's terminal.
    let plain = |text: &str| text.replace(char::is_control, "\u{fffd}");
    for fact in facts {
        let about = [fact.kind, fact.number].into_iter().flatten().map(|text| plain(&text));
        println!(
            "{}  {}  {}  fact {}  {}",
            fact.received_at.format("%Y-%m-%d %H:%M:%SZ"),
            fact.site,
            plain(&fact.name),
            fact.seq,
            about.collect::<Vec<_>>().join(" ")
        );
        println!("    {}", fact.reason);
    }
    Ok(())
}

fn done(answer: Answer) -> anyhow::Result<()> {
    match answer {
        Answer::Done => println!("Done."),
        Answer::Backup { file } => println!("Backup made and checked: {}", file.display()),
        Answer::Agent { agent } => println!("Account {agent} made."),
        other => return unexpected(other),
    }
    Ok(())
}

/// What was restored, and what comes next.
fn restored(restored: &Restored) {
    println!("The backup is in place.");
    if let Some(aside) = &restored.aside {
        println!("The database that was there is kept as {}.", aside.display());
    }
    if restored.authority {
        println!("The site's own authority came from beside the backup: devices believe this machine.");
    }
    if restored.devices_known == Some(false) {
        println!(
            "It cannot be read which devices were revoked since the backup: look at `guichet-server devices`, and \
             revoke them again."
        );
    }
    println!("Passwords and accounts are as they were at the time of the backup.");
    println!("Next: start the server, and load the lists of bookings that came since the backup once more.");
    let names = |gives_numbers| {
        let of_kind = restored.awaited.iter().filter(|(_, is_kiosk)| *is_kiosk == gives_numbers);
        of_kind.map(|(name, _)| name.replace(char::is_control, "\u{fffd}")).collect::<Vec<_>>().join(", ")
    };
    for (what, names) in [("kiosks", names(true)), ("boards", names(false))] {
        if !names.is_empty() {
            println!("These {what} are waited for, and hand back what they know: {names}.");
        }
    }
    match restored.awaited.is_empty() {
        true => println!(
            "No device is enrolled that could know more: whoever was here before is called by hand only, until you say \
             `guichet-server recovered`."
        ),
        false => println!(
            "Until all have come back, whoever was here before is called by hand only, and no new kiosk gets a series \
             of numbers. If one of them will never come back, say so with `guichet-server recovered`."
        ),
    }
}

fn unexpected(answer: Answer) -> anyhow::Result<()> {
    match answer {
        Answer::Failed { reason } => bail!(reason),
        other => bail!("unexpected answer: {other:?}"),
    }
}

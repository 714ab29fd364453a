//! The server of Guichet: one site's log and everything that reads and writes it.

pub mod api;
mod api_doc;
pub mod app;
pub mod attempts;
pub mod auth;
pub mod backup;
pub mod check;
pub mod clock;
pub mod config;
pub mod console;
pub mod control;
pub mod disk;
pub mod error;
mod extract;
pub mod import;
pub mod kiosks;
mod origin;
pub mod replay;
pub mod restore;
pub mod router;
pub mod sample_day;
pub mod secret;
mod serve;
pub mod sites;
pub mod store;
pub mod tls;
pub mod waits;
pub mod writer;

use app::App;
use chrono::{DateTime, Utc};
use clock::Clock;
use config::Config;
use disk::Reserve;
use domain::{Branch, SiteId};
use rusqlite::Connection;
use std::{collections::BTreeMap, path::Path, sync::Arc, thread::JoinHandle};
use store::{Reader, StoreError, log};
use tokio::{
    net::{TcpListener, UnixListener},
    sync::watch,
};
use writer::{Desk, Writer};

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("cannot use the data folder {0}")]
    Folder(String, #[source] std::io::Error),
    /// A file in it cannot be written.
    #[error("{}", .0.display())]
    File(std::path::PathBuf, #[source] std::io::Error),
    /// Another server uses it.
    #[error("another guichet-server uses the data folder {0}")]
    InUse(String),
    /// A command found no database.
    #[error(
        "there is no database in {0}: `guichet-server serve` makes it at its first start; is `--config` the right file?"
    )]
    NoDatabase(String),
    /// A server runs and does not answer its operator.
    #[error("the running server does not answer")]
    NoAnswer(#[source] std::io::Error),
    /// It belongs to training, or training was asked for and it does not.
    #[error(
        "the data folder {folder} {}",
        if *is_training {
            "was used for training: serve it with --training-clock, and give commands while it is served; for true \
             days use another data_dir"
        } else {
            "is not for training: use another data_dir with --training-clock"
        }
    )]
    OtherKind {
        /// The folder.
        folder: String,
        /// What it is for.
        is_training: bool,
    },
    /// The log is far ahead of the clock.
    #[error(
        "the newest event of {site} is of {last}, but this machine's clock says {now}: set the clock right; if the \
         clock was wrong before, restore a backup or use another data_dir"
    )]
    ClockBehind {
        /// Whose log.
        site: SiteId,
        /// Its newest event.
        last: DateTime<Utc>,
        /// The clock.
        now: DateTime<Utc>,
    },
    /// The present day would begin anew under the people who wait, or be yesterday again.
    #[error(
        "the service day of {0} cannot change at this hour: with the new zone or rollover_hour today would be another \
         day, and whoever waits would be forgotten; put the old ones back and change them later, when both give the \
         same day"
    )]
    DayWouldShift(SiteId),
    /// The database cannot be opened.
    #[error("the database")]
    Open(#[from] store::OpenError),
    /// The database cannot be read.
    #[error("the database")]
    Store(#[from] StoreError),
    /// The writer does not start.
    #[error("the writer")]
    Writer(#[from] writer::WriteError),
    /// The system gives no thread or socket.
    #[error("the system")]
    System(#[from] std::io::Error),
    /// The server cannot prove who it is.
    #[error("TLS")]
    Tls(#[from] tls::TlsError),
    /// The system gives no random numbers.
    #[error("random numbers")]
    Random(#[from] getrandom::Error),
}

impl StartError {
    /// The program's exit status.
    pub fn exit_status(&self) -> i32 {
        match self {
            Self::ClockBehind { .. } => clock::EXIT_CLOCK,
            _ => 1,
        }
    }
}

/// What is on record and the ways to it: a server without its name and its listeners.
pub struct Records {
    /// The database, to read.
    pub reader: Arc<Reader>,
    /// The present state of every site.
    pub sites: sites::Sites,
    /// How references are hashed.
    pub lookup: protocol::LookupSecret,
    /// The way to change anything.
    pub writer: Writer,
}

impl Records {
    /// Opens the database and reads the log. The desk has to be let work.
    ///
    /// # Errors
    /// If the database cannot be used, or does not fit the configuration or the time.
    pub fn open(config: &Config, clock: Clock, reserve: &Arc<Reserve>) -> Result<(Self, Desk), StartError> {
        let db = store::open_writer(&config.database())?;
        keep_apart(&db, config.data_dir.display().to_string(), clock)?;
        let lookup = first_secrets(&db, clock)?;
        let branches = fold_all(&db, config.sites.keys())?;
        in_time(branches.iter().map(|(id, (branch, _))| (id, branch)), clock)?;
        same_day(&branches, config, clock)?;
        let sites =
            sites::Sites::new(branches.iter().map(|(id, (branch, seq))| (id.clone(), branch.clone(), *seq)));
        let reader = Arc::new(Reader::new(&config.database()));
        let (writer, desk) = Writer::new(db, sites.clone(), branches, clock, Arc::clone(reserve));
        Ok((Self { reader, sites, lookup, writer }, desk))
    }
}

/// The file that whoever uses a data folder locks.
const LOCK: &str = "lock";

/// A server that is set up and not yet listening.
pub struct Server {
    /// Its parts.
    pub app: App,
    stop: watch::Sender<bool>,
    writer: JoinHandle<()>,
    control: Option<UnixListener>,
    _lock: std::fs::File,
}

impl Server {
    /// Whether one uses this data folder. Nothing is made to find out.
    pub fn is_running(data_dir: &Path) -> bool {
        let lock = std::fs::File::open(data_dir.join(LOCK));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
    }

    /// Opens the database, reads the log and sets the sites up as the configuration says.
    ///
    /// # Errors
    /// Whatever keeps the server from starting.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, StartError> {
        protocol::trust::install_tls_provider();
        let folder = config.data_dir.display().to_string();
        let unusable = |source| StartError::Folder(folder.clone(), source);
        make_folder(&config.data_dir).map_err(unusable)?;
        if let Some((file, reason)) = check::unusable_files(&config).next() {
            return Err(StartError::File(file, std::io::Error::other(reason)));
        }
        let lock = config.data_dir.join(LOCK);
        let lock = std::fs::File::create(&lock).map_err(|source| StartError::File(lock, source))?;
        lock.try_lock().map_err(|_| StartError::InUse(folder.clone()))?;
        close_folder(&config.data_dir).map_err(unusable)?;
        let reserve = Arc::new(Reserve::at_start(&config.data_dir));
        if check::has_no_database(&config) && tls::authority_folder(&config).exists() {
            tracing::warn!(
                folder,
                "a new database is made where a server was before: was the old one moved away?"
            );
        }
        let (records, desk) = Records::open(&config, clock, &reserve)?;
        // Certificates live by the true time, also in training.
        let identity = tls::identity(&config, Clock::default())?;
        let Records { reader, sites, lookup, writer } = records;
        let thread = desk.start()?;
        let (stop, stopping) = watch::channel(false);
        let (sign_ins, pairings) = (Arc::default(), Arc::default());
        let config = Arc::new(config);
        let app = App {
            reader,
            writer,
            sites,
            clock,
            config,
            identity,
            lookup,
            reserve,
            backups: Arc::default(),
            sign_ins,
            pairings,
            revoked: Arc::default(),
            kiosks: Arc::new(kiosks::Kiosks::new(clock)),
            stopping,
        };
        for site in config::site::all(&app.config.sites) {
            app.writer.configure(site).await?;
        }
        app.writer.begin_recovery().await?;
        Ok(Self { app, stop, writer: thread, control: None, _lock: lock })
    }

    /// Makes the operator's socket, so that whoever is told that the server is there can use it at once.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open_control(&mut self) -> Result<(), StartError> {
        self.control = Some(control::bind(&self.app.config.control_socket())?);
        Ok(())
    }

    /// Listens until `shutdown`, then lets running requests end and closes the database.
    ///
    /// # Errors
    /// If the control socket cannot be made.
    pub async fn run(
        mut self,
        https: TcpListener,
        http: Option<TcpListener>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), StartError> {
        if self.control.is_none() {
            self.open_control()?;
        }
        let Self { app, stop, writer, control, _lock } = self;
        let router = router::router(app.clone());
        let secure = serve::serve(https, Some(app.identity.config.clone()), router.clone(), stop.subscribe());
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(secure);
        if let Some(plain) = http {
            tasks.spawn(serve::serve(plain, None, router.clone(), stop.subscribe()));
        }
        drop(router);
        tasks.spawn(tick(app.writer.clone(), stop.subscribe()));
        tasks.spawn(backup::keep(app.clone(), stop.subscribe()));
        for (id, _) in app.sites.iter() {
            tasks.spawn(waits::keep(app.clone(), id.clone()));
        }
        let control = control.map(|listener| tokio::spawn(control::listen(app, listener, stop.subscribe())));
        shutdown.await;
        tracing::info!("stopping");
        stop.send_replace(true);
        while tasks.join_next().await.is_some() {}
        if let Some(control) = control
            && let Ok(Err(error)) = control.await
        {
            tracing::error!(%error, "the operator's socket failed");
        }
        // Every way to the writer is gone now: it writes what it holds and ends.
        let _ended = tokio::task::spawn_blocking(|| writer.join()).await;
        Ok(())
    }

    /// Closes a server that never listened.
    pub async fn close(self) {
        let Self { app, stop, writer, control: _, _lock } = self;
        stop.send_replace(true);
        drop(app);
        let _ended = tokio::task::spawn_blocking(|| writer.join()).await;
    }
}

/// Lets time pass at the sites: a new service day begins even if nobody comes.
async fn tick(writer: Writer, mut stop: watch::Receiver<bool>) {
    let mut every = tokio::time::interval(std::time::Duration::from_secs(20));
    loop {
        tokio::select! {
            _ = every.tick() => if let Err(error) = writer.tick().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the day could not be advanced");
            },
            () = crate::app::stopped(&mut stop) => return,
        }
    }
}

/// Why a folder is not taken.
pub(crate) const SHARED_FOLDER: &str =
    "other files are in it: the server needs a folder of its own, which it closes to everybody else";

/// Whether a folder is empty, or a server has used it before: there is a database in it, or nothing but what a first
/// start leaves that was cut short. A file system of its own may have `lost+found`.
pub(crate) fn is_of_its_own(path: &Path) -> std::io::Result<bool> {
    let entries = std::fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
    Ok(path.join("guichet.sqlite3").is_file() || entries.iter().all(is_a_beginning))
}

/// Whether something is what a first start makes: others have locks and certificates, too.
fn is_a_beginning(entry: &std::fs::DirEntry) -> bool {
    match entry.file_name().to_str() {
        Some(LOCK) => entry.metadata().is_ok_and(|lock| lock.is_file() && lock.len() == 0),
        Some("tls") => tls::is_authority_alone(&entry.path()),
        Some("reserve" | "control.sock" | "lost+found") => true,
        _ => false,
    }
}

/// Makes the data folder if it is not there.
///
/// # Errors
/// If it cannot be made, or belongs to somebody else.
fn make_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if is_of_its_own(path)? { Ok(()) } else { Err(std::io::Error::other(SHARED_FOLDER)) }
}

/// Leaves the data folder to the server's own user alone, whoever made it before: names are in it.
fn close_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// The log's epoch and the lookup secret, made at the first start.
fn first_secrets(db: &Connection, clock: Clock) -> Result<protocol::LookupSecret, StartError> {
    if log::meta(db, "epoch")?.is_none() {
        log::set_meta(db, "epoch", &clock.new_id().to_string())?;
    }
    if let Some(text) = log::meta(db, "lookup_secret")? {
        return Ok(protocol::LookupSecret::from_text(text));
    }
    let secret = protocol::LookupSecret::new(secret::random()?);
    log::set_meta(db, "lookup_secret", secret.as_text())?;
    Ok(secret)
}

/// Whether the folder is for training: `true` or `false`.
const TRAINING: &str = "training";

/// A folder is for training or not, from its first start on: a day that is played never enters the true one.
fn keep_apart(db: &Connection, folder: String, clock: Clock) -> Result<(), StartError> {
    let asked = clock.is_training().to_string();
    match log::meta(db, TRAINING)? {
        None => Ok(log::set_meta(db, TRAINING, &asked)?),
        Some(kind) if kind == asked => Ok(()),
        Some(_) => Err(StartError::OtherKind { folder, is_training: !clock.is_training() }),
    }
}

/// What is worth telling of a database that is sound.
pub(crate) fn examine(db: &Connection, config: &Config, clock: Clock) -> Result<Vec<String>, StartError> {
    let branches = fold_all(db, config.sites.keys())?;
    // Training brings a clock of its own, and with it the day.
    let is_training = log::meta(db, TRAINING)?.as_deref() == Some("true");
    if !is_training {
        in_time(branches.iter().map(|(id, (branch, _))| (id, branch)), clock)?;
        same_day(&branches, config, clock)?;
    }
    let notes = branches.iter().flat_map(|(id, (branch, _))| {
        let site = config.sites[id].to_site(id);
        let today = branch.day.filter(|_| is_training).unwrap_or_else(|| site.day(clock.now()));
        check::no_longer_there(&site, branch, today)
    });
    Ok(lost_sites(db, config)?.into_iter().chain(notes).collect())
}

/// Sites of the log that the configuration does not have: renamed, most likely.
fn lost_sites(db: &Connection, config: &Config) -> Result<Vec<String>, store::StoreError> {
    let known = log::sites(db)?;
    let lost = known.into_iter().filter(|site| !config.sites.contains_key(site));
    let told = |site| {
        format!("the site {site} is no longer in the configuration: its devices and agents find nothing")
    };
    Ok(lost.map(told).collect())
}

/// No site's newest event may be far ahead of the clock.
fn in_time<'a>(
    sites: impl IntoIterator<Item = (&'a SiteId, &'a Branch)>,
    clock: Clock,
) -> Result<(), StartError> {
    for (site, branch) in sites {
        if let Some(last) = branch.last_event_at.filter(|last| clock.is_far_behind(*last)) {
            return Err(StartError::ClockBehind { site: site.clone(), last, now: clock.now() });
        }
    }
    Ok(())
}

/// No configuration may make the present moment belong to another service day than the one that is running.
fn same_day(
    branches: &BTreeMap<SiteId, (Branch, u64)>,
    config: &Config,
    clock: Clock,
) -> Result<(), StartError> {
    for (id, (branch, _)) in branches {
        let known = branch.site.as_ref().map(|site| site.day(clock.now()));
        if known.is_some_and(|day| day != config.sites[id].to_site(id).day(clock.now())) {
            return Err(StartError::DayWouldShift(id.clone()));
        }
    }
    Ok(())
}

/// The state of every site: the last fold, and what came after it.
fn fold_all<'a>(
    db: &Connection,
    sites: impl Iterator<Item = &'a SiteId>,
) -> Result<BTreeMap<SiteId, (Branch, u64)>, StoreError> {
    sites.map(|id| Ok((id.clone(), fold(db, id)?))).collect()
}

fn fold(db: &Connection, site: &SiteId) -> Result<(Branch, u64), StoreError> {
    let (mut seq, mut branch) = log::fold(db, site)?.unwrap_or_default();
    loop {
        let events = log::after(db, site, seq, 1000)?;
        let Some(last) = events.last() else { return Ok((branch, seq)) };
        seq = last.seq;
        events
            .iter()
            .filter_map(|stored| stored.envelope.open())
            .for_each(|recorded| branch.apply(&recorded));
    }
}

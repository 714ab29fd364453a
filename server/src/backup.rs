//! Backups while the server works: a copy, checked whole before it counts, and the oldest ones given up for it.
//!
//! The site's own authority lies beside the copies: a machine that is set up anew from a backup is then the server that
//! its devices believe. Whoever can read the folder can be that server, so only the server's own user can.

use crate::{app::App, clock::Clock, config, store::OpenError, store::StoreError, store::copy, tls};
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use protocol::health;
use std::{
    fs, io,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration as Pause,
};
use tokio::sync::watch;

/// How often it is looked whether one is due.
const LOOK_EVERY: Pause = Pause::from_secs(30);
/// How long after one that failed the next is tried.
const AGAIN_AFTER: Duration = Duration::minutes(10);
/// What a backup is called, with the time of its beginning in UTC.
const NAME: &str = "guichet-%Y%m%dT%H%M%SZ.sqlite3";
/// What it is called before it is whole.
const UNFINISHED: &str = "unfinished.sqlite3";
/// Where the site's own authority lies beside the backups.
pub(crate) const AUTHORITY: &str = "tls";

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Nobody said where.
    #[error("no folder for backups is configured: add `folder` to [backup]")]
    NotConfigured,
    /// A file or folder cannot be written.
    #[error("{}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// The database cannot be read, or the copy not be written.
    #[error("the copy")]
    Copy(#[from] StoreError),
    /// What was written is not whole.
    #[error("the copy that was made is not whole, and was thrown away")]
    NotWhole(#[from] OpenError),
    /// The task was stopped.
    #[error("the server is stopping")]
    Stopped,
}

/// What became of the backups of this run.
#[derive(Debug, Default)]
pub struct Backups {
    last: Mutex<Option<(DateTime<Utc>, bool)>>,
    under_way: tokio::sync::Mutex<()>,
}

impl Backups {
    fn last(&self) -> Option<(DateTime<Utc>, bool)> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What became of the last one.
    pub fn state(&self, config: &config::Backups) -> health::Backup {
        match self.last() {
            Some((_, true)) => health::Backup::Good,
            Some((_, false)) => health::Backup::Failed,
            None if config.folder.is_none() => health::Backup::Off,
            None => health::Backup::Pending,
        }
    }
}

/// Makes a backup now, one at a time.
///
/// # Errors
/// If there is no new one. The old ones are still there.
pub async fn make(app: &App) -> Result<PathBuf, BackupError> {
    let _alone = app.backups.under_way.lock().await;
    // Backups are told apart by the true time, also in training.
    let now = Clock::default().now();
    let config = app.config.clone();
    let making = tokio::task::spawn_blocking(move || {
        let folder = config.backups.folder.as_deref().ok_or(BackupError::NotConfigured)?;
        keep_authority(&tls::authority_folder(&config), &folder.join(AUTHORITY))?;
        let made = write(&config.database(), folder, now)?;
        rotate(folder, config.backups.keep)?;
        Ok(made)
    });
    let made = making.await.unwrap_or(Err(BackupError::Stopped));
    if !matches!(made, Err(BackupError::NotConfigured)) {
        *app.backups.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, made.is_ok()));
    }
    match &made {
        Ok(file) => tracing::info!(file = %file.display(), "a backup was made and is whole"),
        Err(error) => tracing::error!(error = error as &dyn std::error::Error, "no backup could be made"),
    }
    made
}

/// Makes backups as often as the configuration says, until the server stops.
pub(crate) async fn keep(app: App, mut stop: watch::Receiver<bool>) {
    let Some(folder) = app.config.backups.folder.clone() else { return };
    let every = Duration::hours(app.config.backups.every_hours.into());
    let mut look = tokio::time::interval(LOOK_EVERY);
    // Not at the very start, when everybody connects.
    look.tick().await;
    loop {
        tokio::select! {
            _ = look.tick() => {}
            () = crate::app::stopped(&mut stop) => return,
        }
        let now = Clock::default().now();
        let is_fresh = newest(&folder).is_some_and(|(at, _)| now - at < every);
        let just_failed = app.backups.last().is_some_and(|(at, good)| !good && now - at < AGAIN_AFTER);
        if !is_fresh && !just_failed {
            // It was told.
            let _made = make(&app).await;
        }
    }
}

/// What `check` says of the backups that there are, in sentences without a full stop.
pub(crate) fn doubts(config: &config::Backups, now: DateTime<Utc>) -> Option<String> {
    let Some(folder) = &config.folder else {
        return Some(
            "no backup is configured: a broken disk loses the day, and every agent and device; add [backup] with a \
             folder on another disk"
                .into(),
        );
    };
    let every = Duration::hours(config.every_hours.into());
    let (at, file) = newest(folder)?;
    (now - at > every + every).then(|| {
        format!(
            "the newest backup is {}, although one is due every {} h: the server's log says why",
            file.display(),
            config.every_hours
        )
    })
}

/// The newest backup of a folder and when it was begun.
pub(crate) fn newest(folder: &Path) -> Option<(DateTime<Utc>, PathBuf)> {
    all(folder).ok()?.pop()
}

/// The backups of a folder, the oldest first.
fn all(folder: &Path) -> io::Result<Vec<(DateTime<Utc>, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Ok(at) = NaiveDateTime::parse_from_str(name, NAME) {
            found.push((at.and_utc(), path));
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a whole copy into a folder, or none. `now` is in its name.
///
/// # Errors
/// If there is none.
pub fn write(database: &Path, folder: &Path, now: DateTime<Utc>) -> Result<PathBuf, BackupError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| BackupError::File(path, error)
    };
    make_folder(folder).map_err(failed(folder))?;
    let (unfinished, finished) = (folder.join(UNFINISHED), folder.join(now.format(NAME).to_string()));
    let _left_by_a_crash = fs::remove_file(&unfinished);
    let written = create(&unfinished).map_err(failed(&unfinished)).and_then(|file| {
        copy::copy(database, &unfinished)?;
        copy::check_whole(&unfinished)?;
        file.sync_all().map_err(failed(&unfinished))?;
        fs::rename(&unfinished, &finished).map_err(failed(&finished))?;
        sync_folder(folder).map_err(failed(folder))
    });
    if written.is_err() {
        let _there_or_not = fs::remove_file(&unfinished);
    }
    written.map(|()| finished)
}

/// Gives up the oldest, once there is a new one that is whole.
fn rotate(folder: &Path, keep: u16) -> Result<(), BackupError> {
    let failed = |error| BackupError::File(folder.to_owned(), error);
    let backups = all(folder).map_err(failed)?;
    let superfluous = backups.len().saturating_sub(usize::from(keep.max(1)));
    for (_, file) in backups.into_iter().take(superfluous) {
        fs::remove_file(&file).map_err(|error| BackupError::File(file, error))?;
    }
    Ok(())
}

/// Copies the site's own authority if it changed.
pub(crate) fn keep_authority(from: &Path, to: &Path) -> Result<(), BackupError> {
    if !from.is_dir() {
        return Ok(());
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| BackupError::File(path, error)
    };
    make_folder(to).map_err(failed(to))?;
    for entry in fs::read_dir(from).map_err(failed(from))? {
        let source = entry.map_err(failed(from))?.path();
        let Some(name) = source.file_name().filter(|_| source.is_file()) else { continue };
        let bytes = fs::read(&source).map_err(failed(&source))?;
        let target = to.join(name);
        if fs::read(&target).is_ok_and(|known| known == bytes) {
            continue;
        }
        let unfinished = to.join("unfinished");
        let _left_by_a_crash = fs::remove_file(&unfinished);
        let mut file = create(&unfinished).map_err(failed(&unfinished))?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed(&unfinished))?;
        fs::rename(&unfinished, &target).map_err(failed(&target))?;
    }
    sync_folder(to).map_err(failed(to))
}

/// A file that is not there yet, for this user alone.
pub(crate) fn create(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// A folder, for this user alone if it is made.
fn make_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes renames in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

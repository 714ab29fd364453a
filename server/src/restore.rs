//! Putting a backup in the place of the database. The log that it brings goes on as another: whatever happened since the
//! backup is handed back by the devices that saw it, see [`crate::writer`].

use crate::{
    LOCK, StartError,
    backup::{self, BackupError},
    clock::Clock,
    config::Config,
    store::{NewLogError, OpenError, copy},
    tls,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Why nothing was restored. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A server runs, or the folder cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The backup cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It is a database that something uses, or used until it broke off.
    #[error(
        "{0} lies beside it: this is the database of a server, and no backup; make one with `guichet-server backup`"
    )]
    InUse(String),
    /// The backup is not whole, or of a newer version.
    #[error("the backup cannot be used")]
    NotWhole(#[from] OpenError),
    /// It could not be made the database.
    #[error("the backup cannot be used")]
    NewLog(#[from] NewLogError),
    /// A file cannot be written.
    #[error("{}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// The site's own authority cannot be put back.
    #[error("the site's own authority")]
    Authority(#[from] BackupError),
}

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where the database lies now that was there before, if there was one.
    pub aside: Option<PathBuf>,
    /// Whether it could be read who was enrolled or revoked there; `None` if there was none.
    pub devices_known: Option<bool>,
    /// The names of the devices that the log waits for, and whether each gives numbers.
    pub awaited: Vec<(String, bool)>,
    /// Whether the site's own authority came from beside the backup.
    pub authority: bool,
}

/// Puts a backup in the place of the database. No server may run; the present database is put aside and never deleted.
///
/// # Errors
/// If nothing was restored.
pub fn restore(config: &Config, backup: &Path, clock: Clock) -> Result<Restored, RestoreError> {
    let folder = config.data_dir.display().to_string();
    let unusable = |error| StartError::Folder(folder.clone(), error);
    let is_used = config.database().exists() || !others(config).is_empty();
    if !is_used {
        crate::make_folder(&config.data_dir).map_err(unusable)?;
    }
    let lock = config.data_dir.join(LOCK);
    let lock = fs::File::create(&lock).map_err(|error| StartError::File(lock, error))?;
    lock.try_lock().map_err(|_| StartError::InUse(folder.clone()))?;

    let new = fetch(config, backup)?;
    copy::check_whole(&new)?;
    let present = config.database();
    let lost = present.exists().then(|| copy::enrolments(&present));
    let devices_known = lost.as_ref().map(Result::is_ok);
    let lost = lost.and_then(Result::ok).unwrap_or_default();
    let awaited = copy::begin_new_log(&new, clock.new_id(), &lost)?;
    let authority = bring_authority(config, backup)?;
    let aside = exchange(config, &new, clock)?;
    let awaited = awaited.into_values().flatten();
    let awaited = awaited.map(|(_, device)| (device.name, device.gives_numbers)).collect();
    Ok(Restored { aside, devices_known, awaited, authority })
}

/// The files that SQLite keeps beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What an earlier restore left that broke off, or kept.
fn others(config: &Config) -> Vec<PathBuf> {
    let files = fs::read_dir(&config.data_dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_ours = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("guichet"))
    };
    files.filter(is_ours).collect()
}

/// A copy of the backup in the data folder: the backup itself stays as it is.
fn fetch(config: &Config, backup: &Path) -> Result<PathBuf, RestoreError> {
    let unreadable = |error| RestoreError::Unreadable(backup.to_owned(), error);
    let log = beside(backup, "-wal");
    if log.exists() {
        return Err(RestoreError::InUse(log.display().to_string()));
    }
    let mut source = fs::File::open(backup).map_err(unreadable)?;
    let new = config.data_dir.join("guichet-restoring.sqlite3");
    let failed = |error| RestoreError::File(new.clone(), error);
    for old in std::iter::once(new.clone()).chain(BESIDE.map(|suffix| beside(&new, suffix))) {
        let _left_by_a_crash = fs::remove_file(old);
    }
    let mut target = backup::create(&new).map_err(failed)?;
    io::copy(&mut source, &mut target).and_then(|_| target.sync_all()).map_err(failed)?;
    Ok(new)
}

/// On a machine that is set up anew, the authority that devices believe comes from beside the backup.
fn bring_authority(config: &Config, backup: &Path) -> Result<bool, RestoreError> {
    let own = tls::authority_folder(config);
    let kept = backup.parent().unwrap_or(Path::new("")).join(backup::AUTHORITY);
    if own.exists() || config.tls.certificate.is_some() || !kept.is_dir() {
        return Ok(false);
    }
    backup::keep_authority(&kept, &own)?;
    Ok(true)
}

/// Puts the present database aside and the new one in its place. Cut off in between there is no database, and no server
/// starts in a folder in which only the parts lie: the restore is begun anew.
fn exchange(config: &Config, new: &Path, clock: Clock) -> Result<Option<PathBuf>, RestoreError> {
    let present = config.database();
    let name = clock.now().format("guichet-before-restore-%Y%m%dT%H%M%S%3fZ.sqlite3").to_string();
    let aside = config.data_dir.join(name);
    let mut moved = None;
    for suffix in ["", BESIDE[0], BESIDE[1]] {
        let (from, to) = (beside(&present, suffix), beside(&aside, suffix));
        if from.exists() {
            fs::rename(&from, &to).map_err(|error| RestoreError::File(from, error))?;
            moved = Some(aside.clone());
        }
    }
    let put = fs::File::open(new).and_then(|file| file.sync_all()).and_then(|()| {
        // What was put aside is so before the other is there: its log must never meet a database that is not its own.
        backup::sync_folder(&config.data_dir)?;
        fs::rename(new, &present)?;
        backup::sync_folder(&config.data_dir)
    });
    put.map_err(|error| RestoreError::File(present, error))?;
    Ok(moved)
}

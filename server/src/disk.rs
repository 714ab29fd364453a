//! The room on the disk of the data folder, and the part of it that is kept back.

use nix::{fcntl::posix_fallocate, sys::statvfs::statvfs};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

/// How much is kept back, in bytes: enough for a start, and for a day of a large site.
const RESERVE: u64 = 8 << 20;
/// It is only made where it leaves twice its size, in megabytes.
const ROOM_MIN: u64 = 3 * (RESERVE >> 20);
/// A start needs more than is left, in megabytes.
const START_MIN: u64 = 2;

/// What is left for the server, in megabytes.
///
/// # Errors
/// If the system does not tell.
pub fn free_megabytes(folder: &Path) -> io::Result<u64> {
    let free = statvfs(folder)?;
    Ok((free.blocks_available() * free.fragment_size()) >> 20)
}

/// A file that is deleted when the disk is full, so that devices can be revoked, visitors called and the server
/// started until somebody makes room. It comes back when there is room.
#[derive(Debug)]
pub struct Reserve {
    folder: PathBuf,
    is_missing: AtomicBool,
}

impl Reserve {
    /// The one of a data folder, at a start: given up if that needs it.
    pub fn at_start(folder: &Path) -> Self {
        let reserve = Self { folder: folder.to_owned(), is_missing: AtomicBool::new(true) };
        if free_megabytes(folder).is_ok_and(|free| free < START_MIN) {
            reserve.spend();
        }
        reserve.restore();
        reserve
    }

    /// Whether the server lives on what was kept back, or on a disk that has no room for it.
    pub fn is_missing(&self) -> bool {
        self.is_missing.load(Ordering::Relaxed)
    }

    fn file(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    /// Gives it up: nothing more could be written.
    pub(crate) fn spend(&self) {
        if fs::remove_file(self.file()).is_ok() {
            tracing::error!("the disk is full: what was kept back is used from now on");
        }
        self.is_missing.store(true, Ordering::Relaxed);
    }

    /// Makes it if it is missing and there is room.
    pub(crate) fn restore(&self) {
        if self.is_missing() && (self.is_there() || self.make()) {
            self.is_missing.store(false, Ordering::Relaxed);
        }
    }

    fn is_there(&self) -> bool {
        fs::metadata(self.file()).is_ok_and(|file| file.len() == RESERVE)
    }

    fn make(&self) -> bool {
        let make = || -> io::Result<()> {
            let file = fs::File::create(self.file())?;
            Ok(posix_fallocate(&file, 0, RESERVE.try_into().unwrap_or_default())?)
        };
        let has_room = free_megabytes(&self.folder).is_ok_and(|free| free >= ROOM_MIN);
        has_room && make().inspect_err(|error| tracing::debug!(%error, "nothing is kept back")).is_ok()
    }
}

//! The room on the disk of the data folder.

use nix::sys::statvfs::statvfs;
use std::{io, path::Path};

/// What is left for the server, in megabytes.
///
/// # Errors
/// If the system does not tell.
pub fn free_megabytes(folder: &Path) -> io::Result<u64> {
    let free = statvfs(folder)?;
    Ok((free.blocks_available() * free.fragment_size()) >> 20)
}

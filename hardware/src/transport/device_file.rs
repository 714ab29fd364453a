//! A printer behind a device file of the kernel, such as `/dev/usb/lp0`.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Instant;

use nix::fcntl::OFlag;

use super::pipe::{self, EmptyRead};
use super::{Transport, TransportError};

/// An open device file.
#[derive(Debug)]
pub struct DeviceFile {
    file: File,
}

impl DeviceFile {
    /// Opens the device at `path` for reading and writing. It is never created.
    ///
    /// # Errors
    /// [`TransportError::Open`] if it does not exist or may not be used.
    pub fn open(path: &Path) -> Result<DeviceFile, TransportError> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits())
            .open(path)
            .map(|file| DeviceFile { file })
            .map_err(|source| TransportError::Open { address: format!("file:{}", path.display()), source })
    }
}

impl Transport for DeviceFile {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        pipe::write_all(&mut self.file, bytes, deadline)
    }

    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        pipe::read(&mut self.file, buffer, deadline, EmptyRead::NoData)
    }
}

//! Dumb pipes to devices: bytes out, bytes in, each with a deadline. A transport knows no ESC/POS,
//! retries nothing and reconnects nothing; whoever owns it decides what an error means.

mod address;
mod device_file;
mod pipe;
mod serial;
mod tcp;

use std::io;
use std::time::Instant;

use thiserror::Error;

pub use address::{Address, AddressError, FlowControl};
pub use device_file::DeviceFile;
pub use serial::Serial;
pub use tcp::Tcp;

/// An open connection to a device.
pub trait Transport: Send {
    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// If the device has not taken them all by the deadline or is gone. The error says how many
    /// bytes had been handed over, see [`TransportError::written`].
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError>;

    /// Waits for input and reads what is there, at least one byte and at most `buffer`.
    ///
    /// # Errors
    /// [`TransportError::TimedOut`] if nothing came by the deadline, anything else if the device
    /// is gone.
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError>;
}

/// Why a transport could not do what it was asked.
#[derive(Debug, Error)]
pub enum TransportError {
    /// The device cannot be reached or opened.
    #[error("cannot open {address}")]
    Open {
        /// Where it should be.
        address: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The deadline passed; the device is still connected.
    #[error("the device did not answer or take the bytes in time ({written} bytes were handed over)")]
    TimedOut {
        /// How many bytes of this call had been handed over.
        written: usize,
    },
    /// The other side ended the connection or the device was unplugged.
    #[error("the device closed the connection ({written} bytes were handed over)")]
    Closed {
        /// How many bytes of this call had been handed over.
        written: usize,
    },
    /// The operating system reports an error on an open device.
    #[error("the device failed ({written} bytes were handed over)")]
    Failed {
        /// How many bytes of this call had been handed over.
        written: usize,
        /// The error.
        #[source]
        source: io::Error,
    },
}

impl TransportError {
    /// How many bytes of the failed call had been handed to the operating system: 0 means that
    /// the device has seen nothing of them.
    pub fn written(&self) -> usize {
        match self {
            TransportError::Open { .. } => 0,
            TransportError::TimedOut { written }
            | TransportError::Closed { written }
            | TransportError::Failed { written, .. } => *written,
        }
    }

    /// Whether trying again cannot help until somebody changes the machine's configuration: no
    /// permission, or a path that is no such device. Everything else may pass by itself.
    pub fn is_permanent(&self) -> bool {
        let TransportError::Open { source, .. } = self else { return false };
        matches!(source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput)
    }
}

//! A device on a serial line: RS-232, or USB that shows itself as one (CDC-ACM).

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use serialport::{ClearBuffer, SerialPort, TTYPort};

use super::pipe::{self, EmptyRead};
use super::{FlowControl, Transport, TransportError};

/// An open serial line, 8 data bits, no parity, one stop bit, held exclusively.
#[derive(Debug)]
pub struct Serial {
    /// Reads and writes without blocking; `serialport` makes its own handle blocking, so that a
    /// write to a halted printer would never return.
    line: File,
    /// Holds the line's settings and the exclusive lock.
    _port: TTYPort,
}

impl Serial {
    /// Opens the line at `path`. What it received before is discarded: nobody was there to act.
    ///
    /// # Errors
    /// [`TransportError::Open`] if it does not exist, is held by another program, or is no
    /// serial line.
    pub fn open(path: &Path, baud: u32, flow: FlowControl) -> Result<Serial, TransportError> {
        let open = |source| TransportError::Open { address: format!("serial:{}", path.display()), source };
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags((OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits())
            .open(path)
            .map_err(open)?;
        let port = serialport::new(path.to_string_lossy(), baud)
            .flow_control(match flow {
                FlowControl::None => serialport::FlowControl::None,
                FlowControl::Software => serialport::FlowControl::Software,
                FlowControl::Hardware => serialport::FlowControl::Hardware,
            })
            .timeout(Duration::from_millis(200))
            .open_native()
            .map_err(|error| open(io::Error::from(error)))?;
        port.clear(ClearBuffer::Input).map_err(|error| open(io::Error::from(error)))?;
        Ok(Serial { line, _port: port })
    }
}

impl Transport for Serial {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        pipe::write_all(&mut self.line, bytes, deadline)
    }

    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        pipe::read(&mut self.line, buffer, deadline, EmptyRead::Gone)
    }
}

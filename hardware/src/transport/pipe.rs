//! Reading and writing a non-blocking file descriptor until a deadline: the same for a socket, a
//! serial line and a device file.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::TransportError;

/// What it means when a read gives no byte although the device is readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EmptyRead {
    /// The other side is gone: sockets and terminals.
    Gone,
    /// There is nothing to read now: printers behind a device file, and plain files.
    NoData,
}

pub(super) fn write_all<P: AsFd + Write>(
    pipe: &mut P,
    bytes: &[u8],
    deadline: Instant,
) -> Result<(), TransportError> {
    let mut written = 0;
    while written < bytes.len() {
        match pipe.write(&bytes[written..]) {
            Ok(0) => return Err(TransportError::Closed { written }),
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !wait(pipe, PollFlags::POLLOUT, deadline)
                    .map_err(|source| TransportError::Failed { written, source })?
                {
                    return Err(TransportError::TimedOut { written });
                }
            }
            Err(error) => return Err(gone(error, written)),
        }
    }
    Ok(())
}

pub(super) fn read<P: AsFd + Read>(
    pipe: &mut P,
    buffer: &mut [u8],
    deadline: Instant,
    empty: EmptyRead,
) -> Result<usize, TransportError> {
    loop {
        if !wait(pipe, PollFlags::POLLIN, deadline)
            .map_err(|source| TransportError::Failed { written: 0, source })?
        {
            return Err(TransportError::TimedOut { written: 0 });
        }
        match pipe.read(buffer) {
            Ok(0) if empty == EmptyRead::NoData => return Err(TransportError::TimedOut { written: 0 }),
            Ok(0) => return Err(TransportError::Closed { written: 0 }),
            Ok(count) => return Ok(count),
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
            Err(error) => return Err(gone(error, 0)),
        }
    }
}

/// A vanished terminal reports EIO, a vanished USB printer ENODEV, a reset socket its own kinds:
/// all mean that the device is gone.
fn gone(error: io::Error, written: usize) -> TransportError {
    let closed = matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
    ) || [Errno::EIO, Errno::ENODEV, Errno::ENXIO]
        .iter()
        .any(|errno| error.raw_os_error() == Some(*errno as i32));
    if closed {
        TransportError::Closed { written }
    } else {
        TransportError::Failed { written, source: error }
    }
}

/// Waits until the pipe is ready or has failed (true), or the deadline has passed (false).
fn wait(pipe: &impl AsFd, events: PollFlags, deadline: Instant) -> io::Result<bool> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // Rounded up, so that the last fraction of a millisecond is not spent spinning.
        let timeout = PollTimeout::try_from(left + Duration::from_micros(999)).unwrap_or(PollTimeout::MAX);
        let mut fds = [PollFd::new(pipe.as_fd(), events)];
        match poll(&mut fds, timeout) {
            Ok(0) if Instant::now() >= deadline => return Ok(false),
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(true),
            Err(errno) => return Err(errno.into()),
        }
    }
}

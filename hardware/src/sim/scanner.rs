//! A simulated scanner: types codes into a pseudo-terminal.

use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::clock::monotonic_us;
use super::pty::Pty;
use super::{ScannerSetup, StartError};

/// How long a program may leave a code unread before the scanner gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A plugged or unplugged scanner.
pub struct SimScanner {
    pub setup: ScannerSetup,
    pub link: PathBuf,
    pty: Mutex<Option<Pty>>,
}

impl SimScanner {
    pub fn start(setup: ScannerSetup, folder: &Path) -> Result<SimScanner, StartError> {
        let link = folder.join(&setup.pty);
        let pty =
            Pty::open(&link).map_err(|source| StartError::Device { name: setup.name.clone(), source })?;
        Ok(SimScanner { setup, link, pty: Mutex::new(Some(pty)) })
    }

    /// Types a code and its terminator; gives the time at which the last byte was written.
    pub fn scan(&self, text: &str) -> io::Result<u64> {
        let mut plugged = self.pty.lock().unwrap_or_else(PoisonError::into_inner);
        let pty = plugged.as_ref().ok_or_else(|| io::Error::other("the scanner is unplugged"))?;
        if !pty.is_open() {
            // Anew for the next program, see `Pty`. The old one first: it takes the link with it.
            *plugged = None;
            *plugged = Some(Pty::open(&self.link)?);
            return Err(io::Error::other("no program has opened the scanner's line"));
        }
        let bytes = [text.as_bytes(), self.setup.terminator.as_bytes()].concat();
        let deadline = Instant::now() + PATIENCE;
        let mut written = 0;
        while written < bytes.len() {
            match pty.master().write(&bytes[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < deadline => {
                    let mut fds = [PollFd::new(pty.master().as_fd(), PollFlags::POLLOUT)];
                    poll(&mut fds, PollTimeout::from(50u8))?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(monotonic_us())
    }

    pub fn unplug(&self) {
        *self.pty.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub fn plug(&self) -> io::Result<()> {
        let mut pty = self.pty.lock().unwrap_or_else(PoisonError::into_inner);
        if pty.is_none() {
            *pty = Some(Pty::open(&self.link)?);
        }
        Ok(())
    }
}

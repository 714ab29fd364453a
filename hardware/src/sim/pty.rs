//! A pseudo-terminal with a link at a path that stays the same, as udev makes for a real device.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::ttyname;

/// The device's end of a pseudo-terminal. Dropping it unplugs the device.
///
/// Used by one program: Linux keeps the exclusive lock of a program that has closed the other end for as
/// long as this end is there, unlike that of a real line, and lets only root open it again.
pub struct Pty {
    master: File,
    link: PathBuf,
}

impl Pty {
    /// Makes a pseudo-terminal and the link to it.
    pub fn open(link: &Path) -> io::Result<Pty> {
        let pair = openpty(None, None)?;
        let mut settings = tcgetattr(&pair.slave)?;
        // No echo: a scanner must not hear its own codes.
        cfmakeraw(&mut settings);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &settings)?;
        fcntl(&pair.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let device = ttyname(&pair.slave)?;
        if link.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
            std::fs::remove_file(link)?;
        }
        std::os::unix::fs::symlink(device, link)?;
        // The other end is not kept open: so it shows whether anybody else has opened it.
        Ok(Pty { master: File::from(pair.master), link: link.into() })
    }

    /// The device's end, for reading and writing without blocking.
    pub fn master(&self) -> &File {
        &self.master
    }

    /// Whether some program has the line open.
    pub fn is_open(&self) -> bool {
        let mut fds = [PollFd::new(self.master.as_fd(), PollFlags::empty())];
        poll(&mut fds, PollTimeout::ZERO).is_ok()
            && !fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP))
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Best effort: the link may be gone with its folder.
        let _ = std::fs::remove_file(&self.link);
    }
}

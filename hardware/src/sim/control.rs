//! The control interface beside the wires: its messages, and the client that tests and
//! demonstrations use. One JSON object a line in each direction, on a Unix socket in the run folder.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The name of the socket in the run folder.
pub(super) const SOCKET: &str = "control.sock";

/// What is wrong with a simulated printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The roll is used up: printing stops, the buffer fills, and it goes on with a new roll.
    PaperOut,
    /// The roll is nearly used up: only the status says so.
    PaperNearEnd,
    /// The cover is open: printing stops.
    CoverOpen,
    /// The blade is stuck: printing stops.
    Cutter,
    /// Somebody pressed the offline button: printing stops.
    Offline,
    /// It prints and answers nothing.
    Silent,
    /// Wire and paper move at a tenth of their speed.
    Slow,
    /// The connection breaks after this many more bytes, once.
    DropAfter(u64),
    /// It loses its power after this many more bytes, and with it what it had not printed; see [`Request::Plug`].
    PowerOffAfter(u64),
    /// The roll is used up when this many more bytes have come.
    PaperOutAfter(u64),
    /// The roll ends after this many more millimetres of paper.
    PaperLeft(u32),
}

/// What can be asked of the simulated devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Request {
    /// The scanner reads a code.
    Scan {
        /// The scanner.
        name: String,
        /// The code, without its terminator.
        text: String,
    },
    /// Something goes wrong with the printer (`on`), or is put right.
    Fault {
        /// The printer.
        name: String,
        /// What.
        fault: Fault,
        /// Whether it is so from now on.
        on: bool,
    },
    /// The device loses power and disappears from its wires.
    Unplug {
        /// The printer or scanner.
        name: String,
    },
    /// The device comes back at the same addresses.
    Plug {
        /// The printer or scanner.
        name: String,
    },
    /// What the printer has printed.
    Slips {
        /// The printer.
        name: String,
    },
    /// Waits until the printer has printed `count` complete slips since it was started.
    WaitForSlips {
        /// The printer.
        name: String,
        /// How many.
        count: usize,
        /// How long to wait at most.
        timeout_ms: u64,
    },
}

/// One slip of a simulated printer. Times are CLOCK_MONOTONIC in microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipRecord {
    /// The files in the run folder are called this with `.bin`, `.txt` and `.png`.
    pub stem: String,
    /// How many bytes the slip's job had: those in the `.bin`, without status requests and barrier.
    pub bytes: usize,
    /// When the first of them came over the wire.
    pub first_byte_us: u64,
    /// When the last of them came over the wire.
    pub last_byte_us: u64,
    /// Whether it is one whole job, with something on it and not torn by a lost connection.
    pub complete: bool,
    /// Whether it has left the printer; the files exist from then on.
    pub printed: bool,
}

/// What a simulated printer has printed and is printing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Slips {
    /// The slips in order; the last may still be in the printer.
    pub slips: Vec<SlipRecord>,
    /// How many bytes wait in the printer's buffer.
    pub buffered_bytes: usize,
}

/// What the simulated devices answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Answer {
    /// It is done.
    Done {
        /// When, as CLOCK_MONOTONIC in microseconds.
        at_us: u64,
    },
    /// The code was typed.
    Scanned {
        /// When its last byte was on the wire, as CLOCK_MONOTONIC in microseconds.
        written_us: u64,
    },
    /// The slips.
    Slips(Slips),
    /// It cannot be done.
    Refused {
        /// Why.
        reason: String,
    },
}

/// Why a request to the simulated devices failed.
#[derive(Debug, Error)]
pub enum ControlError {
    /// The socket cannot be used.
    #[error("the simulated devices cannot be reached")]
    Unreachable {
        /// Why.
        #[from]
        source: std::io::Error,
    },
    /// The answer is not one of ours.
    #[error("the simulated devices answered something unreadable")]
    Unreadable {
        /// What is wrong with it.
        #[from]
        source: serde_json::Error,
    },
    /// The devices refuse.
    #[error("{reason}")]
    Refused {
        /// Why.
        reason: String,
    },
    /// The answer does not fit the request.
    #[error("the simulated devices gave an answer to another question")]
    Unexpected,
}

/// A connection to the control socket.
#[derive(Debug)]
pub struct Control {
    stream: BufReader<UnixStream>,
}

impl Control {
    /// Connects to the devices that run in this folder.
    ///
    /// # Errors
    /// If none run there.
    pub fn connect(folder: &Path) -> Result<Control, ControlError> {
        Ok(Control { stream: BufReader::new(UnixStream::connect(folder.join(SOCKET))?) })
    }

    /// The scanner reads a code; gives the time at which its last byte was written.
    ///
    /// # Errors
    /// Also if nobody has opened the scanner's line.
    pub fn scan(&mut self, name: &str, text: &str) -> Result<u64, ControlError> {
        match self.ask(&Request::Scan { name: name.into(), text: text.into() })? {
            Answer::Scanned { written_us } => Ok(written_us),
            _ => Err(ControlError::Unexpected),
        }
    }

    /// Something goes wrong with a printer; gives the time.
    ///
    /// # Errors
    /// If there is no such printer.
    pub fn fault(&mut self, name: &str, fault: Fault) -> Result<u64, ControlError> {
        self.done(&Request::Fault { name: name.into(), fault, on: true })
    }

    /// Puts right what was wrong with a printer; gives the time.
    ///
    /// # Errors
    /// If there is no such printer.
    pub fn repair(&mut self, name: &str, fault: Fault) -> Result<u64, ControlError> {
        self.done(&Request::Fault { name: name.into(), fault, on: false })
    }

    /// A device loses power and disappears from its wires; gives the time.
    ///
    /// # Errors
    /// If there is no such device.
    pub fn unplug(&mut self, name: &str) -> Result<u64, ControlError> {
        self.done(&Request::Unplug { name: name.into() })
    }

    /// A device comes back at the same addresses; gives the time.
    ///
    /// # Errors
    /// If there is no such device.
    pub fn plug(&mut self, name: &str) -> Result<u64, ControlError> {
        self.done(&Request::Plug { name: name.into() })
    }

    /// What a printer has printed and is printing.
    ///
    /// # Errors
    /// If there is no such printer.
    pub fn slips(&mut self, name: &str) -> Result<Slips, ControlError> {
        self.listed(&Request::Slips { name: name.into() })
    }

    /// Waits until a printer has printed `count` complete slips since it was started, and gives
    /// all its slips.
    ///
    /// # Errors
    /// [`ControlError::Refused`] if the deadline passes before.
    pub fn wait_for_slips(
        &mut self,
        name: &str,
        count: usize,
        deadline: Instant,
    ) -> Result<Vec<SlipRecord>, ControlError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        let slips = self.listed(&Request::WaitForSlips { name: name.into(), count, timeout_ms })?;
        Ok(slips.slips)
    }

    /// Sends any request and gives the answer; a refusal is an error.
    ///
    /// # Errors
    /// If the devices cannot be reached or refuse.
    pub fn ask(&mut self, request: &Request) -> Result<Answer, ControlError> {
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        self.stream.get_mut().write_all(line.as_bytes())?;
        line.clear();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        match serde_json::from_str(&line)? {
            Answer::Refused { reason } => Err(ControlError::Refused { reason }),
            answer => Ok(answer),
        }
    }

    fn done(&mut self, request: &Request) -> Result<u64, ControlError> {
        match self.ask(request)? {
            Answer::Done { at_us } => Ok(at_us),
            _ => Err(ControlError::Unexpected),
        }
    }

    fn listed(&mut self, request: &Request) -> Result<Slips, ControlError> {
        match self.ask(request)? {
            Answer::Slips(slips) => Ok(slips),
            _ => Err(ControlError::Unexpected),
        }
    }
}

/// The longest that one request may make the devices wait.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(600);

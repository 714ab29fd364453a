//! One connection to a printer: requests with their answers. Knows nothing of jobs waiting or of
//! reconnecting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::escpos::{Barrier, BarrierMark, PrinterFault, PrinterStatus};
use crate::escpos::{Reply, ReplyReader, STATUS_REPLIES, STATUS_REQUEST};
use crate::transport::{Transport, TransportError};

/// How long a printer may take to answer a real-time request. It answers even while it prints; a
/// network printer needs a few milliseconds, a serial one at 9600 baud about 20.
const ANSWER: Duration = Duration::from_millis(1500);

/// How long one system call may wait, so that a program that stops need not wait for a printer.
const SLICE: Duration = Duration::from_millis(50);

/// Why a request got no answer, and how far it had got.
#[derive(Debug)]
pub(super) struct Failure {
    /// What to tell.
    pub fault: PrinterFault,
    /// How many bytes had been handed over.
    pub written: usize,
}

/// An open connection.
pub(super) struct Link {
    transport: Box<dyn Transport>,
    replies: ReplyReader,
    stop: Arc<AtomicBool>,
    /// Barriers without a mark that were sent and not answered yet: the next answer is the oldest's.
    unanswered: u32,
    /// The mark of the barrier that was answered last.
    answered: Option<BarrierMark>,
    /// The answers so far to the status request that is on its way.
    status_answers: Option<Vec<u8>>,
}

impl Link {
    pub fn new(transport: Box<dyn Transport>, stop: Arc<AtomicBool>, unanswered: u32) -> Link {
        Link {
            transport,
            replies: ReplyReader::new(),
            stop,
            unanswered,
            answered: None,
            status_answers: None,
        }
    }

    pub fn unanswered(&self) -> u32 {
        self.unanswered
    }

    /// Asks for the printer's state. A request that was not answered in time is still waited for
    /// first, so that its late answer is never taken for a newer one's.
    pub fn status(&mut self) -> Result<PrinterStatus, Failure> {
        self.drain()?;
        let deadline = Instant::now() + ANSWER;
        let mut fresh = false;
        loop {
            if self.status_answers.is_none() {
                fresh = true;
                self.status_answers = Some(Vec::new());
                self.write(&STATUS_REQUEST, deadline)?;
            }
            match self.status_answers.take_if(|answers| answers.len() >= STATUS_REPLIES) {
                Some(answers) if fresh => return understood(&answers),
                Some(_) => {}
                None => self.read(deadline)?.into_iter().for_each(|reply| self.note(reply)),
            }
        }
    }

    /// Hands over all bytes by the deadline.
    pub fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), Failure> {
        let mut written = 0;
        loop {
            match self.transport.write_all(&bytes[written..], slice(deadline)) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    written += error.written();
                    self.continue_after(&error, deadline)
                        .map_err(|failure| Failure { written, ..failure })?;
                }
            }
        }
    }

    /// Sends a job and its barrier as one.
    pub fn send(
        &mut self,
        bytes: &[u8],
        barrier: Barrier,
        mark: BarrierMark,
        deadline: Instant,
    ) -> Result<(), Failure> {
        self.write(&[bytes, &barrier.command(mark)].concat(), deadline)?;
        if barrier == Barrier::GsR {
            self.unanswered += 1;
        }
        Ok(())
    }

    /// Waits until the barrier is answered (true) or the deadline has passed (false).
    pub fn wait_for(
        &mut self,
        barrier: Barrier,
        mark: BarrierMark,
        deadline: Instant,
    ) -> Result<bool, Failure> {
        // The answer may have come in already, together with one to a status request.
        while !self.has_answered(barrier, mark) {
            match self.read(deadline) {
                Ok(replies) => replies.into_iter().for_each(|reply| self.note(reply)),
                Err(Failure { fault: PrinterFault::Silent, .. }) => return Ok(false),
                Err(failure) => return Err(failure),
            }
        }
        Ok(true)
    }

    fn has_answered(&self, barrier: Barrier, mark: BarrierMark) -> bool {
        match barrier {
            Barrier::GsParenH => self.answered == Some(mark),
            Barrier::GsR => self.unanswered == 0,
            Barrier::None => false,
        }
    }

    /// Makes sure that no answer to an older barrier can be taken for the next one's: asks once
    /// more and waits until the printer has nothing left to say. False if it says nothing at all.
    pub fn settle(&mut self) -> Result<bool, Failure> {
        const QUIET: Duration = Duration::from_millis(300);
        self.write(&Barrier::GsR.command(BarrierMark::of(0)), Instant::now() + ANSWER)?;
        self.unanswered += 1;
        let mut heard = false;
        loop {
            let wait = if heard { QUIET } else { ANSWER };
            match self.read(Instant::now() + wait) {
                Ok(replies) => {
                    heard |= replies.iter().any(|reply| matches!(reply, Reply::PaperSensor(_)));
                    replies.into_iter().for_each(|reply| self.note(reply));
                }
                Err(Failure { fault: PrinterFault::Silent, .. }) => {
                    self.unanswered = if heard { 0 } else { self.unanswered };
                    return Ok(heard);
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Reads what has arrived already.
    pub fn drain(&mut self) -> Result<(), Failure> {
        let mut buffer = [0; 256];
        loop {
            match self.transport.read(&mut buffer, Instant::now()) {
                Ok(count) => {
                    let replies = self.replies.push(&buffer[..count]);
                    replies.into_iter().for_each(|reply| self.note(reply));
                }
                Err(TransportError::TimedOut { .. }) => return Ok(()),
                Err(error) => return self.continue_after(&error, Instant::now()),
            }
        }
    }

    /// Remembers an answer, whenever it comes.
    fn note(&mut self, reply: Reply) {
        match reply {
            Reply::PaperSensor(_) => self.unanswered = self.unanswered.saturating_sub(1),
            Reply::Processed(mark) => self.answered = Some(mark),
            Reply::RealTime(byte) => self.status_answers.iter_mut().for_each(|answers| answers.push(byte)),
            _ => {}
        }
    }

    /// The next replies; [`PrinterFault::Silent`] if none comes by the deadline.
    fn read(&mut self, deadline: Instant) -> Result<Vec<Reply>, Failure> {
        let mut buffer = [0; 256];
        loop {
            match self.transport.read(&mut buffer, slice(deadline)) {
                Ok(count) => {
                    let replies = self.replies.push(&buffer[..count]);
                    if !replies.is_empty() {
                        return Ok(replies);
                    }
                }
                Err(error) => self.continue_after(&error, deadline)?,
            }
        }
    }

    /// Nothing if the wait was only sliced, otherwise what the error means for the connection.
    fn continue_after(&self, error: &TransportError, deadline: Instant) -> Result<(), Failure> {
        let fault = match error {
            _ if self.stop.load(Ordering::Relaxed) => PrinterFault::Stopped,
            TransportError::TimedOut { .. } if Instant::now() < deadline => return Ok(()),
            TransportError::TimedOut { .. } => PrinterFault::Silent,
            other => {
                tracing::warn!(error = other as &dyn std::error::Error, "printer connection failed");
                PrinterFault::ConnectionLost
            }
        };
        Err(Failure { fault, written: 0 })
    }
}

fn understood(answers: &[u8]) -> Result<PrinterStatus, Failure> {
    <[u8; STATUS_REPLIES]>::try_from(answers)
        .ok()
        .and_then(PrinterStatus::from_replies)
        .ok_or(Failure { fault: PrinterFault::Silent, written: 0 })
}

fn slice(deadline: Instant) -> Instant {
    deadline.min(Instant::now() + SLICE)
}

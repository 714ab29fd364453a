//! The thread that owns a printer: connects, polls, prints, and tells what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::link::{Failure, Link};
use super::{JobOutcome, PrintJob, PrinterConfig, PrinterEvent};
use crate::escpos::{Barrier, BarrierMark, PrinterFault, PrinterStatus, StatusSource, recovery};
use crate::retry::Backoff;

/// How long a connection attempt may take; a visitor may be waiting for its result.
const CONNECT: Duration = Duration::from_secs(1);

/// How often a printer is asked for its state while a job is not confirmed, so that an empty roll
/// is told long before the barrier's time is up.
const WATCH: Duration = Duration::from_millis(300);

/// How long a printer with a full buffer may take to accept all of a job.
const ACCEPT: Duration = Duration::from_secs(8);

/// Sent before anything else where a job may have been torn: if it was in the head of a command, the command ends here
/// as an empty one. The bytes of a status request would be taken for its length, and the printer would wait for a
/// megabyte that never comes. Outside a command zeros mean nothing.
const END_OF_HEAD: [u8; 8] = [0; 8];

pub(super) struct Supervisor {
    config: PrinterConfig,
    on_event: Box<dyn Fn(PrinterEvent) + Send>,
    stop: Arc<AtomicBool>,
    link: Option<Link>,
    backoff: Backoff,
    /// When the printer is next asked for its state, or tried to be reached.
    due: Instant,
    status: Option<PrinterStatus>,
    lost: Option<PrinterFault>,
    /// A job was cut off in the middle: the printer has to be brought back to a clean state.
    torn: bool,
    /// A job, or what clears up after one, was sent over this connection and not confirmed: should the
    /// connection end, part of it may be missing.
    unconfirmed: bool,
    /// See [`Link::unanswered`]; a serial printer answers even after the line was opened anew.
    unanswered: u32,
}

impl Supervisor {
    pub fn new(
        config: PrinterConfig,
        on_event: Box<dyn Fn(PrinterEvent) + Send>,
        stop: Arc<AtomicBool>,
    ) -> Supervisor {
        let torn = config.recover_first;
        // An answer to the last job of the program before may still come.
        let unanswered = u32::from(torn && config.profile.barrier == Barrier::GsR);
        Supervisor {
            config,
            on_event,
            stop,
            link: None,
            backoff: Backoff::new(),
            due: Instant::now(),
            status: None,
            lost: None,
            torn,
            unconfirmed: false,
            unanswered,
        }
    }

    pub fn run(mut self, jobs: &Receiver<PrintJob>) {
        loop {
            match jobs.recv_timeout(self.due.saturating_duration_since(Instant::now())) {
                Ok(job) => {
                    let outcome = self.print(&job);
                    tracing::info!(job = job.id, ?outcome, "print job ended");
                    (self.on_event)(PrinterEvent::JobDone { id: job.id, outcome });
                    self.due = Instant::now();
                }
                Err(RecvTimeoutError::Timeout) => self.tend(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Connects if there is no connection, else asks for the state.
    fn tend(&mut self) {
        let result = match self.link {
            None => self.connect(),
            Some(_) => self.refresh(),
        };
        match result {
            Ok(()) => self.due = Instant::now() + self.config.poll_interval,
            Err(fault) => self.lose(fault),
        }
    }

    fn connect(&mut self) -> Result<(), PrinterFault> {
        let transport = self.config.address.open(Instant::now() + CONNECT).map_err(|error| {
            // Once for each loss: the attempts go on for as long as the printer is switched off.
            if self.lost != Some(PrinterFault::Unreachable) {
                let (permanent, error): (_, &dyn std::error::Error) = (error.is_permanent(), &error);
                tracing::warn!(error, permanent, "printer not reachable");
            }
            PrinterFault::Unreachable
        })?;
        let link = self.link.insert(Link::new(transport, Arc::clone(&self.stop), self.unanswered));
        if self.torn {
            link.write(&END_OF_HEAD, Instant::now() + ACCEPT).map_err(|failure| failure.fault)?;
        }
        self.refresh()
    }

    /// Asks for the state, if the printer can tell it, and clears up after a torn job as soon as
    /// the printer can print again.
    fn refresh(&mut self) -> Result<(), PrinterFault> {
        let Some(link) = &mut self.link else { return Err(PrinterFault::Unreachable) };
        let told = match self.config.profile.status {
            StatusSource::DleEot => Some(link.status().map_err(|failure| failure.fault)?),
            // At least notices that the other side has hung up.
            StatusSource::None => link.drain().map(|()| None).map_err(|failure| failure.fault)?,
        };
        if self.torn && told.and_then(|status| status.fault()).is_none() {
            let bytes = recovery(&self.config.profile);
            let deadline = Instant::now() + ACCEPT + self.config.address.wire_time(bytes.len());
            link.write(&bytes, deadline).map_err(|failure| failure.fault)?;
            self.torn = false;
            // They may be lost with the connection as well, until a job after them is confirmed. Without
            // an answer to anything, every reconnection would cut off paper.
            self.unconfirmed = told.is_some();
        }
        self.backoff.reset();
        self.lost = None;
        self.tell_state(told);
        Ok(())
    }

    fn tell_state(&mut self, told: Option<PrinterStatus>) {
        let new = told.unwrap_or_default();
        let Some(old) = self.status.replace(new) else {
            tracing::info!(address = %self.config.address, "printer connected");
            (self.on_event)(PrinterEvent::Connected);
            if told.is_some() {
                (self.on_event)(PrinterEvent::Status(new));
            }
            return;
        };
        if old != new {
            (self.on_event)(PrinterEvent::Status(new));
        }
    }

    fn lose(&mut self, fault: PrinterFault) {
        self.close();
        self.status = None;
        self.due = Instant::now() + self.backoff.next_delay();
        if fault != PrinterFault::Stopped && self.lost.replace(fault) != Some(fault) {
            tracing::warn!(address = %self.config.address, reason = %fault, "printer lost");
            (self.on_event)(PrinterEvent::Lost { reason: fault });
        }
    }

    fn close(&mut self) {
        if let Some(link) = self.link.take() {
            self.unanswered = link.unanswered();
        }
        self.torn |= std::mem::take(&mut self.unconfirmed);
    }

    fn print(&mut self, job: &PrintJob) -> JobOutcome {
        if let Err(fault) = self.make_ready() {
            return JobOutcome::NotStarted(fault);
        }
        match self.send(job, BarrierMark::of(job.id)) {
            Ok(outcome) => {
                self.unconfirmed = matches!(outcome, JobOutcome::Unknown(_));
                outcome
            }
            Err(failure) => {
                self.unconfirmed |= failure.written > 0;
                self.lose(failure.fault);
                match failure.written {
                    0 => JobOutcome::NotStarted(failure.fault),
                    _ => JobOutcome::Unknown(failure.fault),
                }
            }
        }
    }

    /// Everything that must be right before the first byte: a connection, a printer that answers
    /// and reports no fault, and no answer outstanding that could be taken for this job's.
    fn make_ready(&mut self) -> Result<(), PrinterFault> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(PrinterFault::Stopped);
        }
        let had_link = self.link.is_some();
        let mut checked = if had_link { self.refresh() } else { self.connect() };
        if had_link && checked == Err(PrinterFault::ConnectionLost) {
            // The old connection had died unnoticed; a new one may be had at once.
            self.close();
            checked = self.connect();
        }
        checked = checked.and_then(|()| match self.status.and_then(|status| status.fault()) {
            None => self.settle(),
            Some(_) => Ok(()),
        });
        match checked {
            Ok(()) => self.status.and_then(|status| status.fault()).map_or(Ok(()), Err),
            Err(PrinterFault::Recovering) => Err(PrinterFault::Recovering),
            Err(fault) => {
                self.lose(fault);
                Err(fault)
            }
        }
    }

    fn settle(&mut self) -> Result<(), PrinterFault> {
        match &mut self.link {
            Some(link) if link.unanswered() > 0 => match link.settle() {
                Ok(true) => Ok(()),
                // It is still busy with an older job.
                Ok(false) => Err(PrinterFault::Recovering),
                Err(failure) => Err(failure.fault),
            },
            _ => Ok(()),
        }
    }

    /// From the first byte to the outcome. An error with `written == 0` means that no byte of the
    /// job was handed over.
    fn send(&mut self, job: &PrintJob, mark: BarrierMark) -> Result<JobOutcome, Failure> {
        let profile = &self.config.profile;
        let unreachable = Failure { fault: PrinterFault::Unreachable, written: 0 };
        let link = self.link.as_mut().ok_or(unreachable)?;
        let length = job.bytes.len();
        let wire = self.config.address.wire_time(length) * 2;
        link.send(&job.bytes, profile.barrier, mark, Instant::now() + ACCEPT + wire)?;
        let after_all = |failure: Failure| Failure { written: length, ..failure };

        if profile.barrier == Barrier::None {
            let status = match profile.status {
                StatusSource::DleEot => link.status().map_err(after_all)?,
                StatusSource::None => link.drain().map(|()| PrinterStatus::default()).map_err(after_all)?,
            };
            return Ok(status.fault().map_or(JobOutcome::Sent, JobOutcome::Unknown));
        }
        let deadline = Instant::now() + profile.barrier_timeout() + wire;
        loop {
            let look = deadline.min(Instant::now() + WATCH);
            if link.wait_for(profile.barrier, mark, look).map_err(after_all)? {
                return Ok(JobOutcome::Printed);
            }
            let told = match profile.status {
                StatusSource::None => None,
                StatusSource::DleEot => match link.status() {
                    Ok(status) => Some(status),
                    // A full buffer keeps the request from the printer: only the deadline can tell.
                    Err(Failure { fault: PrinterFault::Silent, .. }) => None,
                    Err(failure) => return Err(after_all(failure)),
                },
            };
            // The barrier may have been answered at the same moment.
            if link.wait_for(profile.barrier, mark, Instant::now()).map_err(after_all)? {
                return Ok(JobOutcome::Printed);
            }
            if let Some(fault) = told.and_then(|status| status.fault()) {
                // The printer goes on by itself once it can; nobody can say when the slip is out.
                self.tell_state(told);
                return Ok(JobOutcome::Unknown(fault));
            }
            if Instant::now() >= deadline {
                return Ok(JobOutcome::Unknown(PrinterFault::Silent));
            }
        }
    }
}

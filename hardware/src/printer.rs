//! A printer that is looked after: one thread owns the device, keeps the connection open, asks for
//! its state, and prints one job at a time.
//!
//! The thread never prints a job twice. What it cannot confirm it reports as unknown, and leaves to
//! the caller, who can ask the person in front of the printer.

mod link;
mod supervisor;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;

use crate::escpos::{PrinterFault, PrinterStatus, Profile};
use crate::transport::Address;
use supervisor::Supervisor;

/// How many jobs may wait behind the one that is printing. A kiosk prints one ticket at a time;
/// a longer queue would only hide that the printer does not keep up.
pub const QUEUE_LENGTH: usize = 8;

/// Where a printer is and what it understands.
#[derive(Debug, Clone)]
pub struct PrinterConfig {
    /// Where it is.
    pub address: Address,
    /// What it understands.
    pub profile: Profile,
    /// How often an idle printer is asked for its state. Several printers close a connection on
    /// which nothing has been said for a minute.
    pub poll_interval: Duration,
    /// Whether the printer may hold part of a job from before, because the last one that the program
    /// sent before it ended was not confirmed. Then the first connection on which the printer can
    /// print brings it back to a clean state, which cuts off a piece of paper.
    pub recover_first: bool,
}

impl PrinterConfig {
    /// A printer that is asked for its state every 2 seconds and holds nothing from before.
    pub fn new(address: Address, profile: Profile) -> PrinterConfig {
        PrinterConfig { address, profile, poll_interval: Duration::from_secs(2), recover_first: false }
    }
}

/// What is to be printed, as bytes from [`crate::escpos::encode`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintJob {
    /// The caller's name for the job, repeated in [`PrinterEvent::JobDone`]. Not used again for the same
    /// printer, even by a later program: it tells the printer's answers apart.
    pub id: u64,
    /// The whole slip, cut included.
    pub bytes: Vec<u8>,
}

/// What happened to a job. Exactly one outcome is reported for each accepted job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// The printer has confirmed that it processed all of it.
    Printed,
    /// All of it was handed over to a printer that cannot confirm anything.
    Sent,
    /// Not one byte of it was sent: it may be tried again, here or elsewhere.
    NotStarted(PrinterFault),
    /// Some of it was sent and nothing confirmed: the slip may be out, in part or as a whole.
    Unknown(PrinterFault),
}

/// What a printer's owner is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrinterEvent {
    /// The printer is connected and, if it can, has told its state.
    Connected,
    /// The printer is not connected. Reported once for each reason, while the thread goes on trying.
    Lost {
        /// Why.
        reason: PrinterFault,
    },
    /// The printer's state, after connecting and whenever it has changed.
    Status(PrinterStatus),
    /// A job has ended.
    JobDone {
        /// The job.
        id: u64,
        /// How it ended.
        outcome: JobOutcome,
    },
}

/// Why a job was not taken. The job is not printed and no event follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PrintError {
    /// [`QUEUE_LENGTH`] jobs are waiting already. Passes by itself.
    #[error("{QUEUE_LENGTH} print jobs are waiting already")]
    QueueFull,
    /// The printer's thread has ended. Permanent.
    #[error("the printer's thread has ended")]
    Stopped,
}

/// A printer that is looked after. Dropping it stops the thread and waits for its end; a job on its
/// way is then reported as unknown, waiting ones as not started.
#[derive(Debug)]
pub struct Printer {
    jobs: Option<SyncSender<PrintJob>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Printer {
    /// Starts the thread. `on_event` is called on it and should hand over quickly: nothing is
    /// printed meanwhile.
    pub fn start(config: PrinterConfig, on_event: impl Fn(PrinterEvent) + Send + 'static) -> Printer {
        let (sender, receiver) = sync_channel(QUEUE_LENGTH);
        let stop = Arc::new(AtomicBool::new(false));
        let supervisor = Supervisor::new(config, Box::new(on_event), Arc::clone(&stop));
        let thread = std::thread::spawn(move || supervisor.run(&receiver));
        Printer { jobs: Some(sender), stop, thread: Some(thread) }
    }

    /// Queues a job.
    ///
    /// # Errors
    /// If too many wait, or the thread has ended.
    pub fn print(&self, job: PrintJob) -> Result<(), PrintError> {
        match &self.jobs {
            None => Err(PrintError::Stopped),
            Some(jobs) => jobs.try_send(job).map_err(|error| match error {
                TrySendError::Full(_) => PrintError::QueueFull,
                TrySendError::Disconnected(_) => PrintError::Stopped,
            }),
        }
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Ends the thread's wait for the next job.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // The last owner may be the event handler itself, which cannot wait for its own end.
            if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
                tracing::error!("the printer's thread panicked");
            }
        }
    }
}

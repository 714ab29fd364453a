//! The one writer: everything that changes the database passes through here, one job after the
//! other, in groups that share one transaction.
//!
//! A job runs in a savepoint of its own, so one that fails takes no other with it. What it decided is
//! folded into the writer's own state at once, so that the next job of the group sees it; readers see
//! it, and the one who asked is answered, only after the commit. A commit that fails is never tried
//! again: the group is discarded. Whether the disk was full or worse decides what comes then.

mod command;
mod devices;
mod facts;
mod import;
mod meanwhile;
mod recovery;
mod unit;

pub use devices::{CODE_VALID, Enrolled, SESSION_VALID};
pub use import::Change;
pub use meanwhile::Served;
pub use unit::Unit;

use unit::Failure;

use crate::{
    clock::Clock,
    disk::Reserve,
    sites::Sites,
    store::{StoreError, log, transaction},
};
use domain::{Branch, Refusal, SiteId};
use rusqlite::Connection;
use std::{
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, mpsc, oneshot};

/// Jobs that may wait. More are refused with « busy »: an honest no is better than a late yes.
const QUEUE_MAX: usize = 4096;
/// Jobs in one transaction at most.
const GROUP_MAX: usize = 256;

/// Why a job changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A business answer.
    #[error("refused")]
    Refused(Refusal),
    /// This server has no such site.
    #[error("no such site")]
    UnknownSite,
    /// The id of this command is that of another one.
    #[error("the id of this command is that of another one")]
    IdReused,
    /// Too many jobs wait.
    #[error("too many requests wait to be written")]
    Busy,
    /// The disk is full. Nothing was lost; it goes on when there is room.
    #[error("the server's disk is full")]
    DiskFull,
    /// The database failed.
    #[error("the database failed")]
    Store(#[source] StoreError),
    /// The facts do not continue what the server holds of this incarnation.
    #[error("the facts do not follow those that the server holds")]
    Forked,
    /// A secret could not be made.
    #[error("the system gives no random numbers")]
    NoRandom(#[source] getrandom::Error),
    /// The program has a fault. Nothing was changed.
    #[error("the writer hit a fault of its own")]
    Fault,
    /// The writer has stopped.
    #[error("the server is stopping")]
    Stopped,
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        if error.is_full() { Self::DiskFull } else { Self::Store(error) }
    }
}

impl From<Refusal> for WriteError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<getrandom::Error> for WriteError {
    fn from(error: getrandom::Error) -> Self {
        Self::NoRandom(error)
    }
}

/// Something to do within a group.
trait Job: Send {
    /// Does it, inside the group's transaction.
    fn work(&mut self, unit: &mut Unit<'_>);
    /// Tells whoever asked what became of it, once its group is committed, or not: then it may not even have begun.
    fn answer(self: Box<Self>, committed: Result<(), WriteError>);
}

/// A job with the one who waits for it.
struct Asked<T, W> {
    work: Option<W>,
    done: Result<T, WriteError>,
    tell: oneshot::Sender<Result<T, WriteError>>,
}

impl<T: Send, W: FnOnce(&mut Unit<'_>) -> Result<T, WriteError> + Send> Job for Asked<T, W> {
    fn work(&mut self, unit: &mut Unit<'_>) {
        let Some(work) = self.work.take() else { return };
        // One command that hits a fault must not take the whole hall down with it.
        self.done = panic::catch_unwind(AssertUnwindSafe(|| work(unit))).unwrap_or(Err(WriteError::Fault));
        unit.failed = self.done.as_ref().err().map(|error| match error {
            WriteError::DiskFull => Failure::DiskFull,
            _ => Failure::Own,
        });
    }

    fn answer(self: Box<Self>, committed: Result<(), WriteError>) {
        // Whoever asked may have gone away; the work is done all the same.
        let _gone = self.tell.send(committed.and(self.done));
    }
}

/// The way to the writer. Cheap to clone; the writer stops when the last one is gone.
#[derive(Clone, Debug)]
pub struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    /// When it was last seen to work.
    answered: Arc<Mutex<Option<Instant>>>,
}

impl Writer {
    /// The way to a desk, which somebody has to let work.
    pub fn new(
        db: Connection,
        sites: Sites,
        branches: BTreeMap<SiteId, (Branch, u64)>,
        clock: Clock,
        reserve: Arc<Reserve>,
    ) -> (Self, Desk) {
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let desk = Desk { queue, db, sites, branches, clock, reserve };
        (Self { jobs, answered: Arc::default() }, desk)
    }

    /// Tells whether the writer still works, behind whatever waits, and finds room on the disk. Anybody may
    /// ask: what was found within `max_age` is told again.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self, max_age: Duration) -> Result<(), WriteError> {
        let mut answered = self.answered.lock().await;
        if answered.is_some_and(|at| at.elapsed() < max_age) {
            return Ok(());
        }
        self.run(|unit| Ok(log::set_meta(unit.db, "asked", &unit.clock.now().to_rfc3339())?)).await?;
        *answered = Some(Instant::now());
        Ok(())
    }

    /// Runs a job and waits until it is durable.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T, WriteError> + Send + 'static,
    ) -> Result<T, WriteError> {
        let (tell, told) = oneshot::channel();
        let job = Asked { work: Some(work), done: Err(WriteError::Stopped), tell };
        self.jobs.try_send(Box::new(job)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WriteError::Busy,
            mpsc::error::TrySendError::Closed(_) => WriteError::Stopped,
        })?;
        told.await.map_err(|_| WriteError::Stopped)?
    }
}

/// Where everything is written, by whoever owns it: a thread of its own, or one that also lets time pass.
pub struct Desk {
    queue: mpsc::Receiver<Box<dyn Job>>,
    db: Connection,
    sites: Sites,
    branches: BTreeMap<SiteId, (Branch, u64)>,
    clock: Clock,
    reserve: Arc<Reserve>,
}

impl Desk {
    /// Works on a thread of its own until the last way to it is gone.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(mut self) -> std::io::Result<thread::JoinHandle<()>> {
        let work = move || {
            while let Some(first) = self.queue.blocking_recv() {
                self.group(first);
            }
        };
        thread::Builder::new().name("writer".into()).spawn(work)
    }

    /// Writes what waits, as one group. False if nothing does.
    pub fn work_off(&mut self) -> bool {
        self.queue.try_recv().map(|first| self.group(first)).is_ok()
    }

    fn group(&mut self, first: Box<dyn Job>) {
        let mut group = vec![first];
        while group.len() < GROUP_MAX {
            match self.queue.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        self.commit(group);
    }

    fn commit(&mut self, mut group: Vec<Box<dyn Job>>) {
        let mut unit = Unit::new(&self.db, &mut self.branches, self.clock, &self.reserve);
        let written = unit.begin().and_then(|()| {
            group.iter_mut().try_for_each(|job| unit.savepoint(job.as_mut()))?;
            unit.commit()
        });
        match written {
            Ok(events) => {
                for (site, events) in events {
                    if let Some(site) = self.sites.get(&site) {
                        site.publish(events);
                    }
                }
                self.reserve.restore();
                group.into_iter().for_each(|job| job.answer(Ok(())));
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a group of changes could not be committed"
                );
                self.forget();
                if error.is_full() {
                    self.reserve.spend();
                }
                let said = || match &error {
                    full if full.is_full() => WriteError::DiskFull,
                    locked if locked.is_locked() => WriteError::Busy,
                    _ => WriteError::Stopped,
                };
                group.into_iter().for_each(|job| job.answer(Err(said())));
                if !error.is_full() && !error.is_locked() {
                    // After an I/O error at commit nobody knows what is on the disk. Recovery at the
                    // next start finds out; trying again could make it worse.
                    tracing::error!("stopping, so that the next start recovers the database");
                    std::process::exit(EXIT_STORAGE);
                }
            }
        }
    }

    /// Discards what was decided and not committed: back to what the readers see.
    fn forget(&mut self) {
        if let Err(error) = transaction::undo_group(&self.db) {
            tracing::error!(error = &error as &dyn std::error::Error, "rollback failed");
        }
        for (id, site) in self.sites.iter() {
            let live = site.live();
            self.branches.insert(id.clone(), (live.branch.clone(), live.seq));
        }
    }
}

/// Exit status after an I/O error at commit, for the service manager to restart on.
pub const EXIT_STORAGE: i32 = 74;

#[cfg(test)]
mod tests;

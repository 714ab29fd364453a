//! One kiosk: its machine, its disk, and the program while it runs.

use super::{
    disk::{self, Room},
    doom,
    machine::Clockwork,
    wire::{Line, Node, Wishes},
};
use anyhow::Context;
use domain::Language;
use futures_util::{FutureExt, future::LocalBoxFuture};
use hardware::PrintJob;
use kiosk::{
    clock::KioskClock,
    flow::{Effect, Msg},
    local::{Identity, LocalStore},
    reception::{Reception, Ticket},
    sync::Sync,
    worker::{Job, Paperwork, Worker},
};
use presentation::day_list::DayList;
use protocol::{Cursor, snapshot::KioskSnapshot};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    path::{Path, PathBuf},
    rc::Rc,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
};
use tokio::sync::Notify;
use uuid::Uuid;

/// A kiosk.
pub struct Kiosk {
    node: Node,
    wishes: Wishes,
    /// Its clocks.
    pub machine: Clockwork,
    /// Where its database is.
    pub disk: PathBuf,
    /// Which run of the program this is.
    pub run: u64,
    /// Every incarnation of its database that began.
    pub incarnations: BTreeSet<Uuid>,
    /// The events that it was told and keeps, or will.
    pub heard: Vec<Cursor>,
    /// How far what it was told is on its disk.
    pub kept: Option<Cursor>,
    /// At which of [`kiosk::fail_points::ALL`] the power goes.
    pub ends_at: Option<usize>,
    program: Option<Program>,
}

/// The running program.
struct Program {
    worker: Worker<HandedOver>,
    jobs: Sender<Job>,
    inbox: Receiver<Job>,
    desk: Receiver<Msg>,
    handed_over: HandedOver,
    room: Room,
    network: [LocalBoxFuture<'static, ()>; 2],
}

/// Tickets that were handed to the printer.
#[derive(Clone, Default)]
struct HandedOver(Rc<RefCell<Vec<Ticket>>>);

impl Paperwork for HandedOver {
    fn print(&mut self, ticket: &Ticket) -> Result<(), String> {
        self.0.borrow_mut().push(ticket.clone());
        Ok(())
    }

    fn list(&mut self, _list: &DayList, _language: &Language) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }

    fn print_list(&mut self, _job: PrintJob) -> Result<(), String> {
        // No operator comes on a simulated day.
        Ok(())
    }
}

/// What a program did when it was let work.
#[derive(Default)]
pub struct Done {
    /// What the screen was told.
    pub said: Vec<Msg>,
    /// What the printer was given.
    pub handed_over: Vec<Ticket>,
    /// The program ended where it was made to.
    pub crashed: bool,
}

impl Kiosk {
    /// A kiosk on a disk that is there or that [`Kiosk::pair`] makes.
    pub fn new(place: usize, disk: PathBuf, machine: Clockwork, wishes: &Wishes) -> Self {
        Self {
            node: Node::Kiosk(place),
            wishes: Rc::clone(wishes),
            machine,
            disk,
            run: 0,
            incarnations: BTreeSet::new(),
            heard: Vec::new(),
            kept: None,
            ends_at: None,
            program: None,
        }
    }

    /// Writes who it is on its disk.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn pair(&self, identity: &Identity) -> anyhow::Result<()> {
        Ok(LocalStore::open(&self.disk)?.adopt(identity)?)
    }

    /// Whether the program runs.
    pub fn is_running(&self) -> bool {
        self.program.is_some()
    }

    /// Starts the program from what is on its disk. False if it ended where it was made to.
    ///
    /// # Errors
    /// If the disk cannot be used.
    pub fn start(&mut self) -> anyhow::Result<bool> {
        self.run += 1;
        let mut ends_at = self.ends_at.take();
        let started = doom::within(&mut ends_at, || self.open());
        self.ends_at = ends_at;
        let Some(program) = started else { return Ok(false) };
        self.program = Some(program?);
        Ok(true)
    }

    fn open(&self) -> anyhow::Result<Program> {
        let clock = Arc::new(KioskClock::reading(&self.machine.boot_id(), self.machine.clone()));
        let (store, room) = disk::watch(|| LocalStore::open(&self.disk));
        let reception = Reception::open(store?, Arc::clone(&clock))?;
        let ((jobs, inbox), (say, desk)) = (channel(), channel());
        let outbox = Arc::new(Notify::new());
        let line = Line::<KioskSnapshot>::new(self.node, &self.wishes);
        let cursor = reception.cursor();
        let sync = Sync::over(line, "server".into(), clock, jobs.clone(), say.clone(), Arc::clone(&outbox));
        let follower = Rc::new(sync);
        let sender = Rc::clone(&follower);
        let follow = async move { follower.follow(cursor).await }.boxed_local();
        let upload = async move { sender.upload().await }.boxed_local();
        let handed_over = HandedOver::default();
        let worker = Worker { reception, paperwork: handed_over.clone(), desk: say, outbox };
        Ok(Program { worker, jobs, inbox, desk, handed_over, room, network: [follow, upload] })
    }

    /// The machine loses its power: what is not on the disk is lost.
    pub fn crash(&mut self) {
        self.program = None;
        let kept = self.kept;
        self.heard.retain(|told| kept.is_some_and(|kept| told.epoch != kept.epoch || told.seq <= kept.seq));
    }

    /// Gives the program something to do; it does it when it is next let work.
    pub fn ask(&self, job: Job) {
        if let Some(program) = &self.program {
            // The inbox is in the same program.
            let _taken = program.jobs.send(job);
        }
    }

    /// A visitor asks for something.
    pub fn visitor(&self, effect: Effect) {
        self.ask(Job::Visitor(effect));
    }

    /// Lets the program work until it waits for something.
    ///
    /// # Errors
    /// If its database fails.
    pub fn work(&mut self) -> anyhow::Result<Done> {
        let Some(program) = &mut self.program else { return Ok(Done::default()) };
        let worked = doom::within(&mut self.ends_at, || program.work());
        let done = Done {
            said: program.desk.try_iter().collect(),
            handed_over: program.handed_over.0.take(),
            crashed: worked.is_none(),
        };
        match worked {
            Some(worked) => worked.context("the kiosk's database failed")?,
            None => self.crash(),
        }
        if let Some(program) = &self.program {
            let reception = &program.worker.reception;
            if !program.room.is_full {
                self.kept = reception.cursor();
            }
            self.incarnations.insert(reception.identity().incarnation);
        }
        Ok(done)
    }

    /// There is no room on the disk any more, or there is again. A program that is started anew finds some.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn fill(&mut self, is_full: bool) -> anyhow::Result<()> {
        Ok(self.program.as_mut().map_or(Ok(()), |program| program.room.fill(is_full))?)
    }

    /// Whether there is no room on the disk.
    pub fn is_full(&self) -> bool {
        self.program.as_ref().is_some_and(|program| program.room.is_full)
    }

    /// What the program knows, to look at it.
    pub fn reception(&self) -> Option<&Reception> {
        self.program.as_ref().map(|program| &program.worker.reception)
    }

    /// Copies the disk of a kiosk that does not run.
    ///
    /// # Errors
    /// If it cannot be copied.
    pub fn copy_disk(&self, to: &Path) -> anyhow::Result<()> {
        std::fs::copy(&self.disk, to)?;
        Ok(())
    }
}

impl Program {
    fn work(&mut self) -> anyhow::Result<()> {
        loop {
            for side in &mut self.network {
                // It never ends: the worker is there.
                let _waits = side.poll_unpin(&mut std::task::Context::from_waker(std::task::Waker::noop()));
            }
            let jobs: Vec<Job> = self.inbox.try_iter().collect();
            if jobs.is_empty() {
                return Ok(());
            }
            self.worker.work_off(jobs.into_iter())?;
        }
    }
}

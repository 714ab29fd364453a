//! The server: its records and its desk, let work by the hall instead of by threads.

use super::{
    disk::{self, Room},
    machine::{Clockwork, server_clock},
    wire::site,
};
use anyhow::{Context, bail};
use domain::{Actor, Booking, Command, DeviceId, LaneCode, Recorded};
use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, ready},
};
use protocol::{
    Cursor, LookupSecret, Problem, json,
    pairing::{DeviceKind, Paired},
    recovery::{HandBack, HandedBack},
    upload::{Acknowledged, Upload},
};
use server::{
    Records,
    api::{
        facts, recovery, snapshots,
        tail::{Audience, Log, Tail},
    },
    backup,
    clock::Clock,
    config::Config,
    disk::Reserve,
    error::ApiError,
    restore,
    store::{DeviceRow, PairingCode, Person},
    writer::{Desk, Enrolled, WriteError, Writer},
};
use std::collections::BTreeMap;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use uuid::Uuid;

/// The key under which references are hashed: the same in every run.
const SECRET: [u8; 32] = [7; 32];

/// A server.
pub struct Office {
    config: Config,
    reserve: Arc<Reserve>,
    /// Its clock.
    pub machine: Clockwork,
    /// Which run of the program this is.
    pub run: u64,
    /// Which log is on its disk.
    pub epoch: Uuid,
    program: Option<Program>,
}

/// The running program.
struct Program {
    waiting: Vec<Waiting>,
    records: Records,
    desk: Desk,
    clock: Clock,
    room: Room,
}

/// Something that waits to be written, and who asked.
struct Waiting {
    work: LocalBoxFuture<'static, Outcome>,
    asked_by: u64,
}

/// What became of something that was asked.
#[derive(Debug)]
pub enum Outcome {
    /// Facts were stored.
    Acknowledged(Acknowledged),
    /// A part of what was lost was taken in.
    HandedBack(HandedBack),
    /// A lane was granted.
    Granted(Option<LaneCode>),
    /// A command was decided.
    Decided(Result<Vec<Recorded>, WriteError>),
    /// It was refused.
    Refused(Box<Problem>),
    /// It was done.
    Done,
}

impl Outcome {
    fn of<T, E: Into<ApiError>>(result: Result<T, E>, done: impl FnOnce(T) -> Self) -> Self {
        match result {
            Ok(value) => done(value),
            Err(error) => Self::Refused(Box::new(error.into().problem())),
        }
    }
}

impl Office {
    /// A server in an empty folder.
    ///
    /// # Errors
    /// If the folder cannot be used.
    pub fn new(folder: &Path, machine: Clockwork) -> anyhow::Result<Self> {
        make_folder(folder)?;
        let config: Config = toml::from_str(&configuration(folder))?;
        let db = server::store::open_writer(&config.database())?;
        db.execute(
            "INSERT INTO meta (key, value) VALUES ('lookup_secret', ?1)",
            [LookupSecret::new(SECRET).as_text()],
        )?;
        db.close().map_err(|(_, error)| error)?;
        let reserve = Arc::new(Reserve::at_start(folder));
        Ok(Self { config, reserve, machine, run: 0, epoch: Uuid::nil(), program: None })
    }

    /// How references are hashed.
    pub fn lookup() -> LookupSecret {
        LookupSecret::new(SECRET)
    }

    /// Whether the program runs.
    pub fn is_running(&self) -> bool {
        self.program.is_some()
    }

    /// Starts the program from what is on its disk.
    ///
    /// # Errors
    /// If it cannot start.
    pub fn start(&mut self) -> anyhow::Result<()> {
        self.run += 1;
        let clock = server_clock(&self.machine);
        let (opened, room) = disk::watch(|| Records::open(&self.config, clock, &self.reserve));
        let (records, desk) = opened?;
        self.epoch = snapshots::epoch(&records.reader)?;
        self.program = Some(Program { waiting: Vec::new(), records, desk, clock, room });
        for site in server::config::site::all(&self.config.sites) {
            self.at_once(|writer| async move { writer.configure(site).await })?;
        }
        self.at_once(|writer| async move { writer.begin_recovery().await })
    }

    /// Makes a backup while the program runs or not, and says where it is.
    ///
    /// # Errors
    /// If there is none.
    pub fn back_up(&self) -> anyhow::Result<PathBuf> {
        let folder = self.config.data_dir.with_extension("backups");
        Ok(backup::write(&self.database(), &folder, self.machine.wall())?)
    }

    /// Puts a backup in the place of the database of a program that does not run. The old disk may be gone with what
    /// was on it.
    ///
    /// # Errors
    /// If that is not possible.
    pub fn restore(&mut self, backup: &Path, disk_is_gone: bool) -> anyhow::Result<()> {
        if disk_is_gone {
            std::fs::remove_dir_all(&self.config.data_dir)?;
            make_folder(&self.config.data_dir)?;
        }
        restore::restore(&self.config, backup, server_clock(&self.machine))?;
        Ok(())
    }

    /// The machine loses its power: what is not on the disk is lost, and nobody is answered.
    pub fn crash(&mut self) {
        self.program = None;
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

    /// Writes one thing at once, for what happens before the day begins.
    ///
    /// # Errors
    /// If it is not written.
    pub fn at_once<T, F: Future<Output = Result<T, WriteError>>>(
        &mut self,
        work: impl FnOnce(Writer) -> F,
    ) -> anyhow::Result<T> {
        let program = self.program.as_mut().context("the server does not run")?;
        let mut work = Box::pin(work(program.records.writer.clone()));
        if let Some(done) = poll(&mut work) {
            return Ok(done?);
        }
        loop {
            let is_busy = program.desk.work_off();
            match poll(&mut work) {
                Some(done) => return Ok(done?),
                None if is_busy => {}
                None => bail!("the writer left something undone"),
            }
        }
    }

    /// Enrols a device.
    ///
    /// # Errors
    /// If it is not written.
    pub fn pair(&mut self, kind: DeviceKind, name: &str, incarnation: Uuid) -> anyhow::Result<Enrolled> {
        let code = PairingCode { site: site(), kind, name: name.to_owned() };
        let code = self.at_once(|writer| async move { writer.pairing_code(code).await })?;
        self.at_once(|writer| async move { writer.pair(code, incarnation).await })?
            .context("a code is unknown")
    }

    /// Somebody's facts.
    ///
    /// # Errors
    /// If they are no facts at all.
    pub fn facts(&mut self, asked_by: u64, device: DeviceRow, text: &str) -> anyhow::Result<()> {
        let upload: Upload = json::from_text(text)?;
        let looked = facts::look_at(&upload, self.epoch);
        self.wait(asked_by, |writer| async move {
            let stored = async { Ok::<_, ApiError>(writer.facts(device, looked.map(|()| upload)?).await?) };
            Outcome::of(stored.await, Outcome::Acknowledged)
        });
        Ok(())
    }

    /// A part of what a device knows of a log that was lost.
    ///
    /// # Errors
    /// If it is no such part.
    pub fn hand_back(&mut self, asked_by: u64, device: DeviceRow, text: &str) -> anyhow::Result<()> {
        let part: HandBack = json::from_text(text)?;
        let looked = recovery::look_at(&part, device.kind, self.epoch);
        self.wait(asked_by, |writer| async move {
            let taken = async { Ok::<_, ApiError>(writer.hand_back(device, looked.map(|()| part)?).await?) };
            Outcome::of(taken.await, Outcome::HandedBack)
        });
        Ok(())
    }

    /// A new incarnation of somebody's database.
    pub fn incarnation(&mut self, asked_by: u64, device: DeviceRow, incarnation: Uuid) {
        self.wait(asked_by, |writer| async move {
            Outcome::of(writer.incarnation(device, incarnation).await, Outcome::Granted)
        });
    }

    /// What an agent does.
    pub fn command(&mut self, asked_by: u64, id: Uuid, command: Command, actor: Actor) {
        self.wait(asked_by, |writer| async move {
            Outcome::Decided(writer.command(site(), id, command, actor).await)
        });
    }

    /// Time passes.
    pub fn tick(&mut self, asked_by: u64) {
        self.wait(asked_by, |writer| async move { Outcome::of(writer.tick().await, |()| Outcome::Done) });
    }

    /// A list of bookings.
    pub fn bookings(&mut self, asked_by: u64, list: Vec<Booking>) {
        let list = list.into_iter().map(|booking| (booking, Person::default())).collect();
        self.wait(asked_by, |writer| async move {
            Outcome::of(writer.bookings(site(), list, false).await, |_| Outcome::Done)
        });
    }

    fn wait<F: Future<Output = Outcome> + 'static>(&mut self, asked_by: u64, work: impl FnOnce(Writer) -> F) {
        if let Some(program) = &mut self.program {
            let mut work = work(program.records.writer.clone()).boxed_local();
            // Now it stands in the queue, or is answered without.
            if let Some(outcome) = poll(&mut work) {
                work = ready(outcome).boxed_local();
            }
            program.waiting.push(Waiting { work, asked_by });
        }
    }

    /// Writes everything that waits, as one group, and gives the answers in the order of the questions.
    ///
    /// # Errors
    /// If something stays undone.
    pub fn work(&mut self) -> anyhow::Result<Vec<(u64, Outcome)>> {
        let Some(program) = &mut self.program else { return Ok(Vec::new()) };
        let mut waiting: Vec<(usize, Waiting)> =
            std::mem::take(&mut program.waiting).into_iter().enumerate().collect();
        let mut answers = BTreeMap::new();
        loop {
            waiting.retain_mut(|(place, Waiting { work, asked_by })| match poll(work) {
                Some(outcome) => {
                    answers.insert(*place, (*asked_by, outcome));
                    false
                }
                None => true,
            });
            if waiting.is_empty() {
                return Ok(answers.into_values().collect());
            }
            // What is done may lead to something more that has to be written.
            if !program.desk.work_off() {
                bail!("the writer left something undone");
            }
        }
    }

    /// The log, for readers.
    ///
    /// # Errors
    /// If the server does not run.
    pub fn log<'a>(&'a self, id: &'a domain::SiteId) -> anyhow::Result<Log<'a>> {
        let program = self.program.as_ref().context("the server does not run")?;
        let site = program.records.sites.get(id).context("there is no such site")?;
        Ok(Log { id, site, reader: &program.records.reader, epoch: self.epoch })
    }

    /// Opens a stream; `None` if the reader has to begin anew.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn open(&self, audience: Audience, cursor: Cursor) -> anyhow::Result<Option<Tail>> {
        Ok(Tail::resume(self.log(&site())?, audience, Some(cursor))?)
    }

    /// What somebody starts from, as the text that is sent.
    ///
    /// # Errors
    /// If the server does not run.
    pub fn snapshot(&self, audience: Audience, device: DeviceId) -> anyhow::Result<String> {
        let id = site();
        let (log, now) = (self.log(&id)?, self.now()?);
        Ok(match audience {
            Audience::Kiosk => json::to_text(&snapshots::of_kiosk(log.site, log.epoch, now))?,
            Audience::Board => json::to_text(&snapshots::of_board(log.site, site(), device, log.epoch, now))?,
        })
    }

    /// The server's time.
    ///
    /// # Errors
    /// If the server does not run.
    pub fn now(&self) -> anyhow::Result<domain::Time> {
        Ok(self.program.as_ref().context("the server does not run")?.clock.now())
    }

    /// Where the database is.
    pub fn database(&self) -> PathBuf {
        self.config.database()
    }

    /// What a kiosk is answered that got a lane.
    pub fn paired(device: &DeviceRow, lane: Option<LaneCode>) -> Paired {
        Paired {
            device: device.id,
            kind: device.kind,
            site: device.site.clone(),
            name: device.name.clone(),
            token: String::new(),
            lane,
            lookup: Some(Self::lookup()),
            follow_url: None,
        }
    }
}

/// An empty folder for a server. Whoever looks whether there is room finds it kept back, and takes none in memory.
fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::File::create(folder.join("reserve"))?.set_len(8 << 20)?)
}

fn poll<T>(work: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    match work.poll_unpin(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(done) => Some(done),
        std::task::Poll::Pending => None,
    }
}

/// A hall that is never closed, so that every hour of the day can be played.
fn configuration(folder: &Path) -> String {
    let site = r#"
[listen]
https = "127.0.0.1:0"
[sites.lille]
name = { fr = "Préfecture" }
opens = "00:00"
closes = "23:59"
recall = { calls_max = 3, cool_down_seconds = 5 }
[sites.lille.services.A]
internal_label = "A"
public_label = { fr = "Service A" }
window = { before_minutes = 90, after_minutes = 15, late_minutes = 120 }
[sites.lille.services.B]
internal_label = "B"
public_label = { fr = "Service B" }
window = { before_minutes = 90, after_minutes = 15, late_minutes = 120 }
then = ["C"]
[sites.lille.services.C]
internal_label = "C"
public_label = { fr = "Service C" }
walk_in = { label = { fr = "Sans rendez-vous" } }
[sites.lille.counters]
1 = ["A", "B", "C"]
2 = ["A", "B", "C"]
3 = ["A", "C"]
"#;
    format!("data_dir = {folder:?}\n{site}")
}

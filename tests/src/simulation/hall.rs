//! The hall: everything in it, the true time, and what happens next.

use super::{
    Plan,
    board::Board,
    faults::Fault,
    kiosk::{Done, Kiosk},
    machine::{Clockwork, TrueTime, chance},
    network::{Network, Weather},
    office::{Office, Outcome},
    people::{People, Press, Visitor},
    restored::Restored,
    wire::{Node, Reply, Request, Wishes, site},
};
use anyhow::Context;
use domain::{Booking, BookingKey};
use hardware::{JobOutcome, PrinterEvent};
use kiosk::{local::Identity, reception::Ticket, worker::Job};
use protocol::{client::ClientError, pairing::DeviceKind};
use rand_chacha::ChaCha8Rng;
use server::store::DeviceRow;
use std::{
    collections::BTreeMap,
    fmt,
    hash::{DefaultHasher, Hasher},
    path::PathBuf,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Something that is going to happen.
#[derive(Debug)]
pub enum Happening {
    /// A request reaches the server.
    Arrives {
        /// Which question it belongs to; 0 if nobody waits.
        ask: u64,
        /// Whose.
        node: Node,
        /// What.
        request: Request,
    },
    /// The server's desk writes what waits.
    Work,
    /// An answer reaches a device.
    Answered {
        /// To which question.
        ask: u64,
        /// Whose.
        node: Node,
        /// What.
        result: Result<Reply, ClientError>,
    },
    /// A device gives up waiting.
    TimedOut(u64),
    /// A pause is over.
    PauseOver(u64),
    /// A device finds out that a stream has ended.
    LetWork(Node),
    /// The server says on a stream what is new.
    Pump(u64),
    /// What was said reaches the reader.
    Deliver(u64),
    /// A sign of life is due.
    Beat(u64),
    /// A reader looks whether it has heard anything.
    Silence(u64),
    /// The server lets time pass.
    Tick,
    /// Somebody stands at a kiosk.
    Visit(Visitor),
    /// Somebody presses a button at a counter.
    Press(Press),
    /// A paper comes out.
    Paper(usize, Box<Ticket>),
    /// The printer tells how a job ended, to the run of the program that gave it.
    Printed(usize, u64, PrinterEvent),
    /// A list of bookings is loaded.
    Bookings(Vec<Booking>),
    /// Something goes wrong, or is well again.
    Fault(Fault),
}

/// The hall.
pub struct Hall {
    /// What is played.
    pub plan: Plan,
    /// The true time.
    pub time: TrueTime,
    /// Decides what happens.
    pub chance: ChaCha8Rng,
    /// The server.
    pub office: Office,
    /// The kiosks; cloned ones stand behind the others.
    pub kiosks: Vec<Kiosk>,
    /// The boards.
    pub boards: Vec<Board>,
    /// What is between them.
    pub network: Network,
    /// Who is there.
    pub people: People,
    /// Which device a question to the desk came from.
    pub asked: BTreeMap<u64, Node>,
    /// What is known of backups and of what was lost since.
    pub restored: Restored,
    /// All bookings as they were loaded last.
    pub bookings: BTreeMap<BookingKey, Booking>,
    pub(super) wishes: Wishes,
    devices: BTreeMap<Node, DeviceRow>,
    agenda: BTreeMap<(i64, u64), Happening>,
    entries: u64,
    began: Instant,
    start: i64,
    journal: DefaultHasher,
    is_told: bool,
    folder: PathBuf,
}

impl Hall {
    /// A hall before the doors open: devices are enrolled and started, bookings are loaded.
    ///
    /// # Errors
    /// If something cannot be set up.
    pub fn new(seed: u64, plan: Plan, folder: PathBuf) -> anyhow::Result<Self> {
        let time = TrueTime::at(plan.start);
        let start = time.millis();
        let machine = Clockwork::new(time.clone(), chance(seed, 1));
        machine.set_ahead(plan.server_ahead);
        let mut hall = Self {
            chance: chance(seed, 0),
            office: Office::new(&folder.join("server"), machine)?,
            kiosks: Vec::new(),
            boards: Vec::new(),
            network: Network::default(),
            people: People::default(),
            asked: BTreeMap::new(),
            restored: Restored::default(),
            bookings: BTreeMap::new(),
            wishes: Wishes::default(),
            devices: BTreeMap::new(),
            agenda: BTreeMap::new(),
            entries: 0,
            began: epoch(),
            start,
            journal: DefaultHasher::new(),
            is_told: std::env::var_os("GUICHET_TRACE").is_some(),
            time,
            plan,
            folder,
        };
        hall.office.start()?;
        for place in 0..hall.plan.kiosks {
            hall.enrol(seed, place)?;
        }
        for place in 0..hall.plan.boards {
            hall.enrol_board(place)?;
        }
        hall.after(20_000, Happening::Tick);
        Ok(hall)
    }

    fn enrol(&mut self, seed: u64, place: usize) -> anyhow::Result<()> {
        let machine = Clockwork::new(self.time.clone(), chance(seed, 10 + place as u64));
        let incarnation = machine.draw();
        let name = format!("kiosk {place}");
        let enrolled = self.office.pair(DeviceKind::Kiosk, &name, incarnation)?;
        let identity = Identity {
            server: "https://localhost:1".into(),
            authority: None,
            device: enrolled.device.id,
            site: site(),
            name,
            token: enrolled.token,
            lookup: Office::lookup(),
            follow_url: None,
            incarnation,
            lane: enrolled.lane.context("a kiosk without a lane")?,
        };
        let kiosk =
            Kiosk::new(place, self.folder.join(format!("kiosk{place}.sqlite3")), machine, &self.wishes);
        kiosk.pair(&identity)?;
        self.devices.insert(Node::Kiosk(place), enrolled.device);
        self.kiosks.push(kiosk);
        self.network.weather.insert(Node::Kiosk(place), Weather::default());
        self.start_kiosk(place)
    }

    fn enrol_board(&mut self, place: usize) -> anyhow::Result<()> {
        // It states nothing, so its database has no incarnation.
        let enrolled = self.office.pair(DeviceKind::Board, &format!("board {place}"), Uuid::nil())?;
        self.devices.insert(Node::Board(place), enrolled.device);
        self.boards.push(Board::new(place, &self.wishes));
        self.network.weather.insert(Node::Board(place), Weather::default());
        self.start_board(place)
    }

    /// A second machine with the disk of a kiosk that does not run. It says that it is the same device.
    ///
    /// # Errors
    /// If the disk cannot be copied.
    pub fn clone_kiosk(&mut self, place: usize, seed: u64) -> anyhow::Result<usize> {
        let twin = self.kiosks.len();
        let machine = Clockwork::new(self.time.clone(), chance(seed, 100 + twin as u64));
        let disk = self.folder.join(format!("kiosk{twin}.sqlite3"));
        self.kiosks[place].copy_disk(&disk)?;
        self.kiosks.push(Kiosk::new(twin, disk, machine, &self.wishes));
        self.devices.insert(Node::Kiosk(twin), self.row(Node::Kiosk(place)));
        let weather = self.network.weather[&Node::Kiosk(place)].clone();
        self.network.weather.insert(Node::Kiosk(twin), weather);
        Ok(twin)
    }

    /// The device as the server knows it.
    pub fn row(&self, node: Node) -> DeviceRow {
        self.devices[&node].clone()
    }

    /// The true time, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.time.millis()
    }

    /// The same moment by the steady clock of a board.
    pub fn instant(&self) -> Instant {
        let passed = u64::try_from(self.now() - self.start).unwrap_or_default();
        self.began + Duration::from_millis(passed)
    }

    /// Something happens at a time.
    pub fn at(&mut self, millis: i64, happening: Happening) {
        self.entries += 1;
        self.agenda.insert((millis, self.entries), happening);
    }

    /// Something happens so many milliseconds from now.
    pub fn after(&mut self, millis: i64, happening: Happening) {
        self.at(self.now() + millis, happening);
    }

    /// Writes down that something happened.
    pub fn note(&mut self, what: fmt::Arguments<'_>) {
        let line = format!("{} {what}", self.now() - self.start);
        self.journal.write(line.as_bytes());
        if self.is_told {
            println!("{line}");
        }
    }

    /// A number that is the same only if the same happened.
    pub fn fingerprint(&self) -> u64 {
        self.journal.finish()
    }

    /// Lets happen what is due until a time.
    ///
    /// # Errors
    /// If a program fails, or something happened that must not.
    pub fn play_until(&mut self, millis: i64) -> anyhow::Result<()> {
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= millis) {
            let ((at, _), happening) = entry.remove_entry();
            self.time.advance_to(at);
            self.happen(happening)?;
            self.take_wishes();
        }
        self.time.advance_to(millis);
        Ok(())
    }

    fn happen(&mut self, happening: Happening) -> anyhow::Result<()> {
        match happening {
            Happening::Arrives { ask, node, request } => self.arrive(ask, node, request)?,
            Happening::Work => self.work_office()?,
            Happening::Answered { ask, node, result } => {
                self.answered(ask, node, result);
                self.let_work(node)?;
            }
            Happening::TimedOut(ask) => {
                if let Some(node) = self.time_out(ask) {
                    self.let_work(node)?;
                }
            }
            Happening::PauseOver(id) => {
                if let Some(node) = self.pause_over(id) {
                    self.let_work(node)?;
                }
            }
            Happening::LetWork(node) => self.let_work(node)?,
            Happening::Pump(id) => {
                self.pump(id)?;
            }
            Happening::Beat(id) => self.beat(id)?,
            Happening::Deliver(id) => {
                if let Some(node) = self.deliver(id) {
                    self.let_work(node)?;
                }
            }
            Happening::Silence(id) => {
                if let Some(node) = self.silence(id) {
                    self.let_work(node)?;
                }
            }
            Happening::Tick => {
                self.office.tick(0);
                self.work_office()?;
                self.after(20_000, Happening::Tick);
            }
            Happening::Visit(visitor) => self.visit(visitor)?,
            Happening::Press(press) => self.press(press)?,
            Happening::Paper(place, ticket) => self.paper(place, &ticket)?,
            Happening::Printed(place, run, event) => {
                if self.kiosks[place].run == run {
                    self.kiosks[place].ask(Job::Printer(event));
                    self.let_work(Node::Kiosk(place))?;
                }
            }
            Happening::Bookings(list) => {
                self.bookings.extend(list.iter().map(|booking| (booking.key, booking.clone())));
                self.office.bookings(0, list);
                self.work_office()?;
            }
            Happening::Fault(fault) => self.go_wrong(fault)?,
        }
        Ok(())
    }

    /// The server writes what waits and answers.
    ///
    /// # Errors
    /// If it fails.
    pub fn work_office(&mut self) -> anyhow::Result<()> {
        let answers = self.office.work()?;
        for (ask, outcome) in answers {
            match self.asked.remove(&ask) {
                Some(node) => self.written(ask, node, outcome),
                None => self.pressed(ask, outcome)?,
            }
        }
        if self.office.is_running() {
            self.pump_all();
        }
        Ok(())
    }

    /// Lets a device work until it waits for something.
    ///
    /// # Errors
    /// If its program fails, or does what it must not.
    pub fn let_work(&mut self, node: Node) -> anyhow::Result<()> {
        match node {
            Node::Board(place) => {
                let (now, keeps) = (self.instant(), rand::Rng::random_bool(&mut self.chance, 0.8));
                self.boards[place].work(now, keeps)
            }
            Node::Kiosk(place) => {
                let Done { said, handed_over, crashed } = self.kiosks[place].work()?;
                for msg in said {
                    self.hear(place, msg)?;
                }
                for ticket in handed_over {
                    self.print(place, ticket)?;
                }
                if crashed {
                    self.crashed(place);
                }
                Ok(())
            }
        }
    }

    /// Starts a kiosk's program.
    ///
    /// # Errors
    /// If its disk cannot be used.
    pub fn start_kiosk(&mut self, place: usize) -> anyhow::Result<()> {
        self.note(format_args!("kiosk {place} starts"));
        if self.kiosks[place].start()? {
            return self.let_work(Node::Kiosk(place));
        }
        self.crashed(place);
        Ok(())
    }

    /// Starts a board's program.
    ///
    /// # Errors
    /// If its memory cannot be used.
    pub fn start_board(&mut self, place: usize) -> anyhow::Result<()> {
        let (now, time) = (self.instant(), self.time.now());
        self.boards[place].start(now, time)?;
        self.let_work(Node::Board(place))
    }

    /// A printer gets a ticket.
    fn print(&mut self, place: usize, ticket: Ticket) -> anyhow::Result<()> {
        let job = ticket.job;
        self.handed_over(place, &ticket)?;
        let (comes_out, outcome) = self.draw_print();
        self.note(format_args!("kiosk {place} prints {} {outcome:?} {comes_out}", ticket.number));
        if comes_out {
            self.after(900, Happening::Paper(place, Box::new(ticket)));
        }
        let outcome: Option<JobOutcome> = outcome;
        if let Some(outcome) = outcome {
            let run = self.kiosks[place].run;
            let event = PrinterEvent::JobDone { id: job, outcome };
            let delay = rand::Rng::random_range(&mut self.chance, 1_000..4_000);
            self.after(delay, Happening::Printed(place, run, event));
        }
        Ok(())
    }
}

/// A moment to count from: only differences to it are ever looked at.
fn epoch() -> Instant {
    Instant::now()
}

/// Names what an answer at the desk was about, for messages.
pub(super) fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Decided(Ok(events)) => format!("{} events", events.len()),
        Outcome::Decided(Err(error)) => error.to_string(),
        other => format!("{other:?}"),
    }
}

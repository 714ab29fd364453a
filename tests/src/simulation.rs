//! A day in the hall, played from a seed: one server, kiosks, boards and agents in one thread, with everything that
//! goes wrong in between. The same seed plays the same day, byte for byte.
//!
//! What is decided is decided by the programs' own code: the rules, the stores, the writer, the streams and the
//! outbox. Simulated are only the network, the clocks, the chance, the power, the paper and the people.

mod board;
mod doom;
mod faults;
mod hall;
mod judge;
mod kiosk;
mod machine;
mod network;
mod office;
mod people;
pub mod scenes;
mod wire;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Booking, BookingStatus, Party, ServiceId};
use faults::Fault;
use hall::{Hall, Happening};
use network::Weather;
use people::{Press, Visitor, Wants};
use rand::Rng;
use std::{
    hash::{DefaultHasher, Hasher},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use wire::Node;

/// What is played: how much comes and how much goes wrong.
#[derive(Clone, Debug)]
pub struct Plan {
    /// When the doors open.
    pub start: DateTime<Utc>,
    /// For how long people come, in minutes.
    pub minutes: i64,
    /// How many kiosks.
    pub kiosks: usize,
    /// How many boards.
    pub boards: usize,
    /// How many counters have an agent.
    pub counters: u16,
    /// Who has a booking.
    pub bookings: usize,
    /// Who comes without.
    pub walk_ins: usize,
    /// How likely somebody shows a booking at a second kiosk.
    pub doubles: f64,
    /// How far the server's clock is ahead of the true time.
    pub server_ahead: TimeDelta,
    /// How likely a message is lost.
    pub lost: f64,
    /// How likely a request arrives twice.
    pub repeated: f64,
    /// The usual longest delay, in milliseconds.
    pub slow: i64,
    /// How likely something is under way for seconds.
    pub stuck: f64,
    /// The longest pause of a device between two tries, in milliseconds.
    pub pause_max: i64,
    /// How often a line is cut.
    pub cuts: usize,
    /// How often a kiosk loses its power.
    pub kiosk_crashes: usize,
    /// How often the server does.
    pub server_crashes: usize,
    /// How often a board does.
    pub board_crashes: usize,
    /// How often a kiosk's wall clock jumps.
    pub wall_jumps: usize,
    /// How likely a printer does not simply print.
    pub printer_faults: f64,
    /// How often a kiosk's disk is copied and both go on.
    pub clones: usize,
    /// Of two certain tickets whose holders came so many milliseconds apart, the first has to stand first.
    pub order_within: Option<i64>,
}

impl Plan {
    /// A day with faults drawn from a seed: some days have none of a kind, some have many.
    pub fn drawn(seed: u64) -> Self {
        let mut chance = machine::chance(seed, 2);
        let mut some = |most: f64| {
            let much = chance.random_range(0.0..most);
            if chance.random_bool(0.6) { much } else { 0.0 }
        };
        let (lost, repeated, stuck, printer_faults) = (some(0.3), some(0.3), some(0.2), some(0.6));
        let mut times = |most: f64| some(most) as usize;
        let (cuts, kiosk_crashes, server_crashes) = (times(12.0), times(10.0), times(5.0));
        let (board_crashes, wall_jumps, clones) = (times(4.0), times(8.0), times(2.5));
        let starts =
            ["2026-11-23T08:00:00Z", "2026-11-23T02:48:00Z", "2026-10-25T02:48:00Z", "2026-03-29T01:48:00Z"];
        let start = starts[if chance.random_bool(0.5) { 0 } else { chance.random_range(0..starts.len()) }];
        Self {
            start: start.parse().unwrap_or_default(),
            minutes: 20,
            kiosks: 4,
            boards: 2,
            counters: 3,
            bookings: chance.random_range(5..30),
            walk_ins: chance.random_range(0..12),
            doubles: chance.random_range(0.0..0.6),
            server_ahead: TimeDelta::milliseconds(chance.random_range(-600_000..600_000)),
            lost,
            repeated,
            slow: chance.random_range(5..400),
            stuck,
            pause_max: 10_000,
            cuts,
            kiosk_crashes,
            server_crashes,
            board_crashes,
            wall_jumps,
            printer_faults,
            clones,
            order_within: None,
        }
    }

    /// A day on which only clocks and what touches them go wrong.
    pub fn of_clocks(seed: u64) -> Self {
        let mut chance = machine::chance(seed, 2);
        let drawn = Self::drawn(seed);
        Self {
            bookings: 30,
            walk_ins: 15,
            doubles: 0.0,
            lost: 0.0,
            repeated: 0.0,
            slow: 200,
            stuck: 0.0,
            cuts: chance.random_range(0..16),
            kiosk_crashes: chance.random_range(0..12),
            server_crashes: chance.random_range(0..3),
            board_crashes: 0,
            wall_jumps: chance.random_range(4..20),
            printer_faults: 0.1,
            clones: 0,
            order_within: Some(1_000),
            ..drawn
        }
    }

    /// When nobody comes any more, in milliseconds since 1970.
    fn end(&self) -> i64 {
        self.start.timestamp_millis() + self.minutes * 60_000
    }

    /// Whether people still come.
    fn is_open(&self, millis: i64) -> bool {
        millis < self.end()
    }
}

/// What a day came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Played {
    /// The same only if the same happened.
    pub fingerprint: u64,
    /// How many tickets were given.
    pub tickets: usize,
    /// How many papers came out.
    pub papers: usize,
    /// How many were called.
    pub calls: u64,
    /// How many pairs of tickets were looked at, whether they stand in order.
    pub compared: usize,
    /// How many tickets are of an uncertain clock.
    pub uncertain: usize,
}

/// Plays a day and holds what is known everywhere against the truth.
///
/// # Errors
/// With what does not hold, or what failed.
pub fn play(seed: u64, plan: Plan) -> anyhow::Result<Played> {
    let folder = folder()?;
    let mut hall = Hall::new(seed, plan, folder.path().to_owned())?;
    hall.invite();
    hall.threaten();
    let end = hall.plan.end();
    hall.play_until(end)?;
    hall.heal()?;
    hall.play_until(end + 240_000)?;
    hall.judge()?;
    Ok(Played {
        fingerprint: hall.fingerprint(),
        tickets: hall.people.truth.len(),
        papers: hall.people.papers.len(),
        calls: hall.people.calls,
        compared: hall.people.compared,
        uncertain: hall.people.uncertain,
    })
}

/// What many days came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many were played.
    pub days: u64,
    /// All their tickets.
    pub tickets: usize,
    /// All their papers.
    pub papers: usize,
    /// All their calls.
    pub calls: u64,
    /// All pairs of tickets that were looked at, whether they stand in order.
    pub compared: usize,
    /// All tickets of an uncertain clock.
    pub uncertain: usize,
    /// The days that do not hold, by their seed.
    pub faults: Vec<(u64, String)>,
}

impl Tally {
    fn add(&mut self, seed: u64, day: Result<Played, String>) {
        self.days += 1;
        match day {
            Ok(Played { tickets, papers, calls, compared, uncertain, fingerprint: _ }) => {
                self.tickets += tickets;
                self.papers += papers;
                self.calls += calls;
                self.compared += compared;
                self.uncertain += uncertain;
            }
            Err(fault) => self.faults.push((seed, fault)),
        }
    }
}

/// Plays a day from each seed, on every core, until `is_enough` says so of the faults found.
pub fn play_each(
    seeds: Range<u64>,
    plan: fn(u64) -> Plan,
    is_enough: impl Fn(usize) -> bool + Sync,
) -> Tally {
    let (next, tally) = (AtomicU64::new(seeds.start), Mutex::new(Tally::default()));
    let locked = || tally.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) || is_enough(locked().faults.len()) {
                return;
            }
            let day = played(seed, plan(seed));
            locked().add(seed, day);
        }
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.faults.sort();
    tally
}

/// Plays one day; a program that panics is at fault like one that loses something.
fn played(seed: u64, plan: Plan) -> Result<Played, String> {
    match catch_unwind(AssertUnwindSafe(|| play(seed, plan))) {
        Ok(Ok(played)) => Ok(played),
        Ok(Err(fault)) => Err(format!("{fault:#}")),
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("a program panicked: {}", words.unwrap_or("without a word")))
        }
    }
}

/// In memory where the system has such a place: a disk that keeps everything would only be slower.
fn folder() -> anyhow::Result<tempfile::TempDir> {
    let memory = std::path::Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    Ok(tempfile::Builder::new().prefix("guichet-simulation-").tempdir_in(place)?)
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

impl Hall {
    /// Loads the bookings, and settles who comes when and where.
    fn invite(&mut self) {
        let (start, length) = (self.now(), self.plan.minutes * 60_000);
        let mut list = Vec::new();
        for number in 0..self.plan.bookings {
            let reference = format!("RDV-{number}");
            let comes = start + self.chance.random_range(0..length);
            let slot = machine::moment(comes + self.chance.random_range(-20..40) * 60_000);
            list.extend(self.booking(&reference, slot));
            let kiosk = self.some_kiosk();
            self.at(comes, Happening::Visit(Visitor { kiosk, wants: Wants::Booked(reference.clone()) }));
            if self.chance.random_bool(self.plan.doubles) {
                let (kiosk, later) = (self.some_kiosk(), self.chance.random_range(0..300_000));
                self.at(comes + later, Happening::Visit(Visitor { kiosk, wants: Wants::Booked(reference) }));
            }
        }
        // Days ahead, near and far.
        for day in [1, 2, 3, 4, 5, 9] {
            let slot = machine::moment(start + day * 86_400_000);
            list.extend(self.booking(&format!("RDV-IN-{day}"), slot));
        }
        self.change_some(&list);
        self.at(start, Happening::Bookings(list));
        for _ in 0..self.plan.walk_ins {
            let (kiosk, comes) = (self.some_kiosk(), self.chance.random_range(0..length));
            self.at(start + comes, Happening::Visit(Visitor { kiosk, wants: Wants::WalkIn }));
            let (kiosk, comes) = (self.some_kiosk(), self.chance.random_range(0..length));
            self.at(start + comes, Happening::Visit(Visitor { kiosk, wants: Wants::ShowsTicket }));
        }
        for counter in 1..=self.plan.counters {
            let sits = self.chance.random_range(1_000..200_000);
            self.at(start + sits, Happening::Press(Press { counter, settled: None }));
        }
    }

    fn some_kiosk(&mut self) -> usize {
        self.chance.random_range(0..self.plan.kiosks)
    }

    fn booking(&mut self, reference: &str, slot: DateTime<Utc>) -> Option<Booking> {
        let service = if self.chance.random_bool(0.7) { "A" } else { "B" };
        Some(Booking {
            key: office::Office::lookup().key(reference)?,
            slot,
            service: ServiceId::new(service),
            party: Party::default(),
            status: BookingStatus::Booked,
        })
    }

    /// Some bookings are cancelled or put off in the course of the day.
    fn change_some(&mut self, list: &[Booking]) {
        for booking in list {
            if self.chance.random_bool(0.15) {
                let mut changed = booking.clone();
                match self.chance.random_range(0..3) {
                    0 => changed.status = BookingStatus::Cancelled,
                    1 => changed.slot += TimeDelta::minutes(self.chance.random_range(5..50)),
                    _ => changed.slot += TimeDelta::days(self.chance.random_range(1..6)),
                }
                let when = self.chance.random_range(0..self.plan.minutes * 60_000);
                self.after(when, Happening::Bookings(vec![changed]));
            }
        }
    }

    /// Settles what goes wrong and when.
    fn threaten(&mut self) {
        let plan = self.plan.clone();
        let Plan { lost, repeated, slow, stuck, .. } = plan;
        for weather in self.network.weather.values_mut() {
            *weather = Weather { lost, repeated, slow, stuck, cut_until: 0 };
        }
        let nodes: Vec<Node> = self.network.weather.keys().copied().collect();
        for _ in 0..plan.cuts {
            let node = nodes[self.chance.random_range(0..nodes.len())];
            let millis = self.chance.random_range(500..300_000);
            self.some_time(Fault::Cut(node, millis));
        }
        for place in 0..plan.kiosks {
            let ahead = self.chance.random_range(-600_000..600_000);
            self.after(0, Happening::Fault(Fault::Wall(place, ahead)));
        }
        for _ in 0..plan.wall_jumps {
            let (place, ahead) = (self.some_kiosk(), self.chance.random_range(-600_000..600_000));
            self.some_time(Fault::Wall(place, ahead));
        }
        for _ in 0..plan.kiosk_crashes {
            let place = self.some_kiosk();
            let step = self.chance.random_range(0..2 * ::kiosk::fail_points::ALL.len());
            let at_a_step = step < ::kiosk::fail_points::ALL.len();
            self.some_time(if at_a_step { Fault::EndKiosk(place, step) } else { Fault::CrashKiosk(place) });
        }
        for _ in 0..plan.server_crashes {
            self.some_time(Fault::CrashServer);
        }
        for _ in 0..plan.board_crashes {
            let place = self.chance.random_range(0..plan.boards);
            self.some_time(Fault::CrashBoard(place));
        }
        for _ in 0..plan.clones {
            let (place, seed) = (self.some_kiosk(), self.chance.random());
            self.some_time(Fault::Clone(place, seed));
        }
    }

    fn some_time(&mut self, fault: Fault) {
        let when = self.chance.random_range(0..self.plan.minutes * 60_000);
        self.after(when, Happening::Fault(fault));
    }
}

//! A day in the hall, played from a seed: one server, kiosks, boards and agents in one thread, with everything that
//! goes wrong in between. The same seed plays the same day, byte for byte.
//!
//! What is decided is decided by the programs' own code: the rules, the stores, the writer, the streams and the
//! outbox. Simulated are only the network, the clocks, the chance, the power, the paper and the people.

mod board;
mod disk;
mod doom;
mod faults;
mod hall;
mod judge;
mod kiosk;
mod machine;
mod network;
mod office;
mod people;
mod plan;
mod restored;
pub mod scenes;
mod wire;

pub use plan::Plan;

use hall::Hall;
use std::{
    hash::{DefaultHasher, Hasher},
    ops::AddAssign,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What a day came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Played {
    /// The same only if the same happened.
    pub fingerprint: u64,
    /// What happened.
    pub counts: Counts,
}

/// What happened, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// How many tickets were given.
    pub tickets: usize,
    /// How many papers came out.
    pub papers: usize,
    /// How many were called.
    pub calls: usize,
    /// How many pairs of tickets were looked at, whether they stand in order.
    pub compared: usize,
    /// How many tickets are of an uncertain clock.
    pub uncertain: usize,
    /// How often somebody was told that a disk is full.
    pub full: usize,
    /// How often the server was put back to a backup.
    pub restored: usize,
    /// Of how many who were served since a backup it was looked at whether they are called again.
    pub served_before: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Self { tickets, papers, calls, compared, uncertain, full, restored, served_before } = other;
        self.tickets += tickets;
        self.papers += papers;
        self.calls += calls;
        self.compared += compared;
        self.uncertain += uncertain;
        self.full += full;
        self.restored += restored;
        self.served_before += served_before;
    }
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
    hall.play_until(end + 90_000)?;
    hall.wait_for_no_twin()?;
    hall.play_until(end + 240_000)?;
    hall.judge()?;
    Ok(Played { fingerprint: hall.fingerprint(), counts: hall.people.counts })
}

/// What many days came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many were played.
    pub days: u64,
    /// What happened on those that hold.
    pub counts: Counts,
    /// The days that do not hold, by their seed.
    pub faults: Vec<(u64, String)>,
}

impl Tally {
    fn add(&mut self, seed: u64, day: Result<Played, String>) {
        self.days += 1;
        match day {
            Ok(played) => self.counts += played.counts,
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

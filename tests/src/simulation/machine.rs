//! Clocks and chance of the simulated machines. Nothing here reads a real clock or the kernel's chance.

use chrono::{DateTime, TimeDelta, Utc};
use kiosk::clock::{Machine, Reading};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    cell::RefCell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// The true time, in milliseconds since 1970. Only the simulation moves it.
#[derive(Clone, Debug)]
pub struct TrueTime(Arc<AtomicI64>);

impl TrueTime {
    /// Begins at a moment.
    pub fn at(start: DateTime<Utc>) -> Self {
        Self(Arc::new(AtomicI64::new(start.timestamp_millis())))
    }

    /// The time, in milliseconds since 1970.
    pub fn millis(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        moment(self.millis())
    }

    /// Goes on to a later time.
    pub fn advance_to(&self, millis: i64) {
        self.0.fetch_max(millis, Ordering::Relaxed);
    }
}

/// A moment from milliseconds since 1970.
pub fn moment(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// Chance that is the same whenever the seed is.
pub fn chance(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    chance.set_stream(stream);
    chance
}

/// A machine with clocks that can be wrong.
#[derive(Clone, Debug)]
pub struct Clockwork(Arc<Works>);

#[derive(Debug)]
struct Works {
    time: TrueTime,
    /// How far the wall clock is ahead, in milliseconds.
    ahead: AtomicI64,
    /// When the machine was started.
    booted: AtomicI64,
    chance: Mutex<ChaCha8Rng>,
}

impl Clockwork {
    /// A machine that was started a while ago.
    pub fn new(time: TrueTime, chance: ChaCha8Rng) -> Self {
        let booted = AtomicI64::new(time.millis() - 3_600_000);
        Self(Arc::new(Works { time, ahead: AtomicI64::new(0), booted, chance: Mutex::new(chance) }))
    }

    /// Sets the wall clock so far ahead of the true time; behind if negative.
    pub fn set_ahead(&self, ahead: TimeDelta) {
        self.0.ahead.store(ahead.num_milliseconds(), Ordering::Relaxed);
    }

    /// Starts the machine anew.
    pub fn reboot(&self) {
        self.0.booted.store(self.0.time.millis(), Ordering::Relaxed);
    }

    /// What tells this run of the machine from others.
    pub fn boot_id(&self) -> String {
        self.0.booted.load(Ordering::Relaxed).to_string()
    }

    /// What the wall clock shows.
    pub fn wall(&self) -> DateTime<Utc> {
        moment(self.0.time.millis() + self.0.ahead.load(Ordering::Relaxed))
    }

    /// A UUIDv7 by this machine's clock and chance.
    pub fn draw(&self) -> Uuid {
        let millis = u64::try_from(self.wall().timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.chance().random()).into_uuid()
    }

    fn chance(&self) -> MutexGuard<'_, ChaCha8Rng> {
        self.0.chance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Machine for Clockwork {
    fn read(&self) -> Reading {
        let since_boot = self.0.time.millis() - self.0.booted.load(Ordering::Relaxed);
        Reading {
            wall: self.wall(),
            since_boot: Duration::from_millis(u64::try_from(since_boot).unwrap_or_default()),
        }
    }

    fn new_id(&self) -> Uuid {
        self.draw()
    }

    fn random(&self) -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        self.chance().fill_bytes(&mut bytes);
        Some(bytes)
    }
}

thread_local! {
    /// The server's machine: one server for each simulated day, and one day at a time in a thread.
    static SERVER: RefCell<Option<Clockwork>> = const { RefCell::new(None) };
}

/// The server's clock, on this machine from now on, for this thread.
pub fn server_clock(machine: &Clockwork) -> server::clock::Clock {
    SERVER.set(Some(machine.clone()));
    server::clock::Clock::reading(|| of_server(Clockwork::wall), || of_server(Clockwork::draw))
}

fn of_server<T: Default>(read: impl FnOnce(&Clockwork) -> T) -> T {
    SERVER.with_borrow(|machine| machine.as_ref().map(read).unwrap_or_default())
}

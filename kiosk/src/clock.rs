//! The kiosk's time: the server's, counted on by the machine's clock since boot.
//!
//! The only place of the program that reads a clock or makes an id. A wall clock that jumps does
//! not matter while the boot lasts; after a reboot without the server the time is uncertain, and
//! no window refuses anyone (DESIGN §3).

use chrono::{DateTime, Utc};
use domain::{Time, command::ClockState};
use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// What the machine's clocks show at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock, right or wrong.
    pub wall: Time,
    /// Since the machine started, suspended time included. Never jumps.
    pub since_boot: Duration,
}

/// What the program takes from the machine it runs on. A function that reads the clocks is one, with the
/// chance of this machine.
pub trait Machine: Send + Sync + 'static {
    /// Reads the clocks.
    fn read(&self) -> Reading;

    /// A fresh UUIDv7.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// 128 random bits; `None` if the kernel gives none.
    fn random(&self) -> Option<[u8; 16]> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).ok()?;
        Some(bytes)
    }
}

impl<F: Fn() -> Reading + Send + Sync + 'static> Machine for F {
    fn read(&self) -> Reading {
        self()
    }
}

/// What the machine's clocks showed when the server told its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Which run of the machine `since_boot` belongs to.
    pub boot_id: String,
    /// The clock since boot.
    pub since_boot: Duration,
    /// The server's time.
    pub server: Time,
    /// The wall clock.
    pub wall: Time,
}

/// An event that lies further ahead of the server's time than this was stated by a clock that was
/// wrong after a reboot. Its time does not bind the right clock; the server clamps what was uploaded.
const FLOOR_AHEAD_MAX: chrono::Duration = chrono::Duration::seconds(2);

/// What the server said and what then waited on its way tells a time that has passed: it does not set a right
/// clock back by more than this,
const HELD_UP_MAX: chrono::Duration = chrono::Duration::seconds(1);
/// unless nothing better was heard for so long: then the server's own clock was set back.
const ANCHOR_HOLDS: Duration = Duration::from_secs(60);

/// The time, and whether it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The site's time, in whole milliseconds.
    pub time: Time,
    /// Whether it rests on the server's.
    pub state: ClockState,
}

/// The one clock, shared by the threads.
pub struct KioskClock {
    machine: Box<dyn Machine>,
    boot_id: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    anchor: Option<Anchor>,
    floor: Option<Time>,
}

impl fmt::Debug for KioskClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KioskClock").field("boot_id", &self.boot_id).finish_non_exhaustive()
    }
}

impl KioskClock {
    /// The machine's own clocks.
    ///
    /// # Errors
    /// If the kernel does not tell its boot id.
    pub fn system() -> std::io::Result<Self> {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
        Ok(Self::reading(boot_id.trim(), read_system))
    }

    /// Another machine's, such as a simulated one. `boot_id` is one run of the machine.
    pub fn reading(boot_id: &str, machine: impl Machine) -> Self {
        Self { machine: Box::new(machine), boot_id: boot_id.to_owned(), state: Mutex::default() }
    }

    /// The site's time. Never before [`KioskClock::raise_floor`].
    pub fn now(&self) -> Now {
        let reading = self.machine.read();
        let state = self.lock();
        let (time, certain) = match &state.anchor {
            Some(anchor) if anchor.boot_id == self.boot_id => {
                (anchor.server + signed(reading.since_boot) - signed(anchor.since_boot), ClockState::Certain)
            }
            Some(anchor) => (reading.wall + (anchor.server - anchor.wall), ClockState::Uncertain),
            None => (reading.wall, ClockState::Uncertain),
        };
        let binds = |floor: &Time| certain == ClockState::Uncertain || *floor - time < FLOOR_AHEAD_MAX;
        let time = state.floor.filter(binds).map_or(time, |floor| time.max(floor));
        Now { time: whole_millis(time), state: certain }
    }

    /// Time since the machine started, for measuring how long ago something was.
    pub fn since_boot(&self) -> Duration {
        self.machine.read().since_boot
    }

    /// The server says how late it is. Gives what the time is counted from now.
    pub fn anchor(&self, server: Time) -> Anchor {
        let reading = self.machine.read();
        let is_held_up = |held: &Anchor| {
            let age = reading.since_boot.saturating_sub(held.since_boot);
            age < ANCHOR_HOLDS && held.server + signed(age) - server > HELD_UP_MAX
        };
        let mut state = self.lock();
        let held = state.anchor.take().filter(|held| held.boot_id == self.boot_id);
        let anchor = held.filter(is_held_up).unwrap_or_else(|| Anchor {
            boot_id: self.boot_id.clone(),
            since_boot: reading.since_boot,
            server,
            wall: reading.wall,
        });
        state.anchor = Some(anchor.clone());
        anchor
    }

    /// An anchor that was kept from before.
    pub fn restore(&self, anchor: Anchor) {
        self.lock().anchor = Some(anchor);
    }

    /// No later time will be before `time`, that of an event that is on record.
    pub fn raise_floor(&self, time: Time) {
        let mut state = self.lock();
        state.floor = state.floor.max(Some(time));
    }

    /// A fresh UUIDv7.
    pub fn new_id(&self) -> Uuid {
        self.machine.new_id()
    }

    /// 128 random bits in letters and digits that survive any reader; `None` if the machine gives none.
    pub fn new_token(&self) -> Option<String> {
        Some(data_encoding::BASE32_NOPAD.encode(&self.machine.random()?))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new incarnation of the local database.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_incarnation() -> Uuid {
    Uuid::now_v7()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
fn read_system() -> Reading {
    // It cannot fail with this clock on Linux ≥ 2.6.39; if it did, time would stand still and the
    // wall clock would still tell the time of day.
    let boot = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME);
    Reading { wall: Utc::now(), since_boot: boot.map(Duration::from).unwrap_or_default() }
}

fn signed(duration: Duration) -> chrono::Duration {
    chrono::Duration::from_std(duration).unwrap_or(chrono::Duration::MAX)
}

/// Stored times have milliseconds: more would not survive the way to the server and back.
fn whole_millis(time: Time) -> Time {
    DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    /// A machine whose clocks the test sets.
    fn machine(boot_id: &str, wall: &str, seconds: u64) -> (Arc<Mutex<Reading>>, KioskClock) {
        let reading = Reading { wall: at(wall), since_boot: Duration::from_secs(seconds) };
        let shared = Arc::new(Mutex::new(reading));
        let clock = KioskClock::reading(boot_id, {
            let shared = Arc::clone(&shared);
            move || *shared.lock().unwrap()
        });
        (shared, clock)
    }

    #[test]
    fn the_servers_time_goes_on_by_the_clock_since_boot_whatever_the_wall_clock_does() {
        let (machine, clock) = machine("one", "2030-01-01T00:00:00Z", 100);
        clock.anchor(at("2026-11-23T08:00:00Z"));
        *machine.lock().unwrap() =
            Reading { wall: at("2001-01-01T00:00:00Z"), since_boot: Duration::from_secs(160) };
        assert_eq!(clock.now(), Now { time: at("2026-11-23T08:01:00Z"), state: ClockState::Certain });
    }

    #[test]
    fn after_a_reboot_without_the_server_the_time_is_uncertain_and_keeps_the_last_offset() {
        let (_, clock) = machine("two", "2026-11-23T09:00:00Z", 5);
        clock.restore(Anchor {
            boot_id: "one".into(),
            since_boot: Duration::from_secs(9000),
            server: at("2026-11-23T08:02:00Z"),
            wall: at("2026-11-23T08:00:00Z"),
        });
        assert_eq!(clock.now(), Now { time: at("2026-11-23T09:02:00Z"), state: ClockState::Uncertain });
    }

    #[test]
    fn what_a_wrong_clock_stated_does_not_bind_the_right_one() {
        let (_, clock) = machine("one", "2026-11-23T08:01:30Z", 5);
        clock.raise_floor(at("2026-11-23T08:01:30Z"));
        clock.anchor(at("2026-11-23T08:00:00Z"));
        assert_eq!(clock.now(), Now { time: at("2026-11-23T08:00:00Z"), state: ClockState::Certain });
    }

    #[test]
    fn what_was_held_up_on_its_way_does_not_set_a_right_clock_back_and_a_server_that_was_set_back_does() {
        let (machine, clock) = machine("one", "2026-11-23T08:00:00Z", 100);
        clock.anchor(at("2026-11-23T08:00:00Z"));
        let after = |seconds: u64| machine.lock().unwrap().since_boot = Duration::from_secs(100 + seconds);
        after(20);
        clock.anchor(at("2026-11-23T08:00:01Z"));
        assert_eq!(clock.now().time, at("2026-11-23T08:00:20Z"));
        after(70);
        clock.anchor(at("2026-11-23T07:50:00Z"));
        assert_eq!(clock.now().time, at("2026-11-23T07:50:00Z"));
    }

    #[test]
    fn time_is_never_before_what_is_on_record() {
        let (_, clock) = machine("one", "2026-11-23T08:00:00Z", 5);
        clock.raise_floor(at("2026-11-23T08:30:00Z"));
        clock.raise_floor(at("2026-11-23T08:10:00Z"));
        assert_eq!(clock.now().time, at("2026-11-23T08:30:00Z"));
    }
}

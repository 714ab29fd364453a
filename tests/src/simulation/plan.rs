//! What is played: who comes, and what goes wrong when.

use super::{
    faults::Fault,
    hall::{Hall, Happening},
    machine,
    network::Weather,
    office::Office,
    people::{Press, Visitor, Wants},
    wire::Node,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Booking, BookingStatus, Party, ServiceId};
use rand::Rng;

/// So many milliseconds after the doors closed nobody comes any more.
const LAST_COME: i64 = 120_000;

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
    /// How often the server's wall clock jumps.
    pub server_jumps: usize,
    /// How often a disk is full for a while.
    pub fills: usize,
    /// How often the server is put back to a backup.
    pub restores: usize,
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
        let (server_jumps, fills, restores) = (times(4.0), times(5.0), times(3.0));
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
            server_jumps,
            fills,
            restores,
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
            // What the kiosks stated before and after it would be in no order.
            server_jumps: 0,
            fills: 0,
            restores: 0,
            printer_faults: 0.1,
            clones: 0,
            order_within: Some(1_000),
            ..drawn
        }
    }

    /// When nobody comes any more, in milliseconds since 1970.
    pub(super) fn end(&self) -> i64 {
        self.start.timestamp_millis() + self.minutes * 60_000
    }

    /// Whether people still come.
    pub(super) fn is_open(&self, millis: i64) -> bool {
        millis < self.end()
    }
}

impl Hall {
    /// Loads the bookings, and settles who comes when and where.
    pub(super) fn invite(&mut self) {
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
                // What the last of them did still has to reach everybody.
                let later = later.min(start + length + LAST_COME - comes);
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
            key: Office::lookup().key(reference)?,
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
    pub(super) fn threaten(&mut self) {
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
        for _ in 0..plan.server_jumps {
            let ahead = self.chance.random_range(-600_000..600_000);
            self.some_time(Fault::ServerWall(ahead));
        }
        for _ in 0..plan.fills {
            let when = self.chance.random_range(0..plan.minutes * 60_000);
            let (millis, place) = (self.chance.random_range(1_000..200_000), self.some_kiosk());
            let of_server = self.chance.random_bool(0.3);
            let fill = |full| if of_server { Fault::FillServer(full) } else { Fault::FillKiosk(place, full) };
            self.after(when, Happening::Fault(fill(true)));
            self.after(when + millis, Happening::Fault(fill(false)));
        }
        for _ in 0..plan.restores {
            let (made, length) = (self.chance.random_range(0..plan.minutes * 60_000), plan.minutes * 60_000);
            let (later, is_gone) = (self.chance.random_range(0..length - made), self.chance.random_bool(0.5));
            self.after(made, Happening::Fault(Fault::BackUp));
            self.after(made + later, Happening::Fault(Fault::Restore(is_gone)));
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

//! What the kiosk knows of its site: the server's state, and its own facts that are not in it yet.
//! Pure; what is stored of it stands in [`crate::local`].

use domain::{
    Branch, DeviceId, Event, EventId, LaneCode, Recorded, ServiceDay, branch::Lane, command::Knowledge,
};
use protocol::{Cursor, Envelope};
use std::time::Duration;
use uuid::Uuid;

/// For how long after the last sign of life the list of bookings counts as up to date. The server
/// speaks every ten seconds.
pub const CURRENT_FOR: Duration = Duration::from_secs(60);

/// The site as this kiosk knows it.
#[derive(Debug)]
pub struct Replica {
    lane: OwnLane,
    server: Branch,
    cursor: Option<Cursor>,
    pending: Vec<Pending>,
    seen: Branch,
    /// The day that the kiosk opened by its own clock, before the server said so.
    own_day: Option<ServiceDay>,
    last_contact: Option<Duration>,
    /// `seen` has to be made anew, see [`Replica::refresh`].
    is_stale: bool,
}

/// The series of numbers of this kiosk.
#[derive(Clone, Debug)]
pub struct OwnLane {
    /// Its code.
    pub code: LaneCode,
    /// This kiosk.
    pub device: DeviceId,
    /// The incarnation that the lane was granted to.
    pub incarnation: Uuid,
}

/// A fact of ours that the server's state may lack.
#[derive(Debug)]
struct Pending {
    recorded: Recorded,
    /// Signs of life on the stream since the server said that it holds the fact; `None` before.
    signs_since_acked: Option<u8>,
}

impl Replica {
    /// A replica that knows nothing but its own lane.
    pub fn new(lane: OwnLane) -> Self {
        let mut replica = Self {
            lane,
            server: Branch::default(),
            cursor: None,
            pending: Vec::new(),
            seen: Branch::default(),
            own_day: None,
            last_contact: None,
            is_stale: false,
        };
        replica.rebuild();
        replica
    }

    /// The site, own facts included; after news only once [`Replica::refresh`] was called.
    pub fn branch(&self) -> &Branch {
        debug_assert!(!self.is_stale, "refresh after news");
        &self.seen
    }

    /// The site as the server told it.
    pub fn server(&self) -> &Branch {
        &self.server
    }

    /// Where the server's state stands in its log.
    pub fn cursor(&self) -> Option<Cursor> {
        self.cursor
    }

    /// The series that numbers are taken from.
    pub fn lane(&self) -> &LaneCode {
        &self.lane.code
    }

    /// Numbers are taken from another series now.
    pub fn change_lane(&mut self, lane: OwnLane) {
        self.lane = lane;
        self.rebuild();
    }

    /// Forgets the server's state for this one.
    pub fn reset(&mut self, branch: Branch, cursor: Cursor) {
        self.server = branch;
        self.cursor = Some(cursor);
        self.rebuild();
    }

    /// One event of the server's log. Gives our own fact that it turned out to be. Many may come at once:
    /// [`Replica::refresh`] has to follow the last.
    pub fn event(&mut self, envelope: &Envelope, cursor: Cursor) -> Option<EventId> {
        self.cursor = Some(cursor);
        let own = self.pending.iter().position(|pending| pending.recorded.id == envelope.id);
        // As long as this kiosk knows nothing that the server does not, what it sees goes on with it.
        let adds_nothing = self.pending.is_empty() && self.server.lanes.contains_key(&self.lane.code);
        // An event of a newer server that this version does not understand changes nothing here.
        if let Some(recorded) = envelope.open() {
            self.server.apply(&recorded);
            if adds_nothing {
                self.seen.apply(&recorded);
            }
        }
        let own = own.map(|at| self.pending.remove(at).recorded.id);
        self.is_stale |= own.is_some() || !adds_nothing;
        own
    }

    /// What this kiosk stated or found: facts, and the new day that it opened by its own clock.
    pub fn state(&mut self, recorded: Recorded) {
        self.seen.apply(&recorded);
        if let Event::DayOpened { day } = recorded.event {
            self.own_day = Some(day);
        }
        if recorded.event.is_fact() {
            self.pending.push(Pending { recorded, signs_since_acked: None });
        }
    }

    /// Facts from before a restart, and with them the day that they were stated on.
    pub fn restore(&mut self, standing: Vec<crate::local::Standing>) {
        self.own_day = self.own_day.max(standing.iter().map(|fact| fact.recorded.day).max());
        self.pending = standing
            .into_iter()
            .map(|fact| Pending { recorded: fact.recorded, signs_since_acked: fact.acked.then_some(0) })
            .collect();
        self.rebuild();
    }

    /// The server holds every fact stated so far, except those in `open`.
    pub fn acknowledged(&mut self, open: &[EventId]) {
        for pending in self.pending.iter_mut().filter(|p| !open.contains(&p.recorded.id)) {
            pending.signs_since_acked.get_or_insert(0);
        }
    }

    /// A sign of life on the stream, `since_boot`. What the server held two signs ago is in what it told
    /// since, event or snapshot, because the stream is in order: gives those facts, which are now settled.
    pub fn sign_of_life(&mut self, since_boot: Duration) -> Vec<EventId> {
        self.heard(since_boot);
        for pending in &mut self.pending {
            pending.signs_since_acked = pending.signs_since_acked.map(|signs| signs.saturating_add(1));
        }
        let is_settled = |pending: &Pending| pending.signs_since_acked.is_some_and(|signs| signs >= 2);
        let settled: Vec<EventId> = self
            .pending
            .iter()
            .filter(|pending| is_settled(pending))
            .map(|pending| pending.recorded.id)
            .collect();
        if !settled.is_empty() {
            self.pending.retain(|pending| !is_settled(pending));
            self.is_stale = true;
        }
        settled
    }

    /// When the server was heard last, since boot; `None` if it was not since the program began.
    pub fn last_contact(&self) -> Option<Duration> {
        self.last_contact
    }

    /// The server was heard.
    pub fn heard(&mut self, since_boot: Duration) {
        self.last_contact = Some(since_boot);
    }

    /// By the server's own time it is this day. A day after it was opened by a clock that was wrong.
    pub fn day_is(&mut self, today: ServiceDay) {
        if self.own_day.is_some_and(|opened| opened > today) {
            self.own_day = None;
            self.is_stale = true;
        }
    }

    /// Puts own facts on top of the server's state again, if news made that necessary.
    pub fn refresh(&mut self) {
        if self.is_stale {
            self.rebuild();
        }
    }

    /// Whether a booking that is not known here may exist all the same.
    pub fn knowledge(&self, since_boot: Duration) -> Knowledge {
        let is_current = |heard: Duration| since_boot.saturating_sub(heard) <= CURRENT_FOR;
        if self.last_contact.is_some_and(is_current) { Knowledge::Current } else { Knowledge::Stale }
    }

    fn rebuild(&mut self) {
        self.is_stale = false;
        self.seen = self.server.clone();
        let OwnLane { code, device, incarnation } = &self.lane;
        self.seen.lanes.entry(code.clone()).or_insert(Lane {
            device: *device,
            incarnation: *incarnation,
            last: None,
            active_on: None,
            revoked_on: None,
        });
        if let Some(day) =
            self.own_day.filter(|day| self.seen.site.is_some() && self.seen.day.is_none_or(|at| at < *day))
        {
            let at = self.seen.last_event_at.unwrap_or_default();
            self.seen.apply(&Recorded { id: EventId(Uuid::nil()), at, day, event: Event::DayOpened { day } });
        }
        for pending in &self.pending {
            self.seen.apply(&pending.recorded);
        }
    }
}

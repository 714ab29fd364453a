//! What the board knows, folded from what the stream says. How it is shown stands in [`crate::view`].

use crate::{announce::Announcer, clock::Clock};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    VisitId,
    board::{BoardChange, Call, CallState},
};
use protocol::{Cursor, snapshot::BoardSnapshot};
use std::time::{Duration, Instant};

/// A call older than this is listed but no longer announced: it reached us late, after a broken link,
/// and a burst of old calls would hide the new ones.
const ANNOUNCED_WITHIN: TimeDelta = TimeDelta::seconds(60);

/// A memory older than this is shown until the server answers and then replaced as a whole.
const RESUMED_WITHIN: TimeDelta = TimeDelta::hours(12);

/// A link that is lost for less than this is not worth a word.
const TOLD_AFTER: Duration = Duration::from_secs(5);

/// Something that the board is told.
#[derive(Clone, Debug)]
pub enum Message {
    /// This is the state; what was known before is void.
    Snapshot(BoardSnapshot),
    /// One change more.
    Change(BoardChange, Cursor),
    /// The link is alive and the server's clock says so much.
    Alive(DateTime<Utc>),
    /// The link is lost.
    Lost {
        /// The server does not know this board any more: somebody has to enrol it again.
        refused: bool,
    },
}

/// How the board stands with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not heard of yet since the start.
    Starting,
    /// What is shown is true now.
    Live,
    /// What is shown may be old.
    Lost {
        /// From when on the screen says so. A server that starts anew is back before that.
        told_from: Instant,
        /// The server does not know this board any more.
        refused: bool,
    },
}

/// Everything that the board knows.
#[derive(Clone, Debug)]
pub struct State {
    /// The calls, with the site's name and the place in the log.
    pub(crate) known: Option<BoardSnapshot>,
    pub(crate) link: Link,
    pub(crate) clock: Clock,
    pub(crate) announcer: Announcer,
    /// When the server was last heard, by its clock.
    pub(crate) heard: Option<DateTime<Utc>>,
}

impl State {
    /// A board that starts with what it remembers, if anything.
    pub fn new(remembered: Option<BoardSnapshot>, clock: Clock) -> Self {
        let heard = remembered.as_ref().map(|known| known.server_time);
        Self { known: remembered, link: Link::Starting, clock, announcer: Announcer::default(), heard }
    }

    /// Takes in what happened. Gives true if there is something new to remember.
    pub fn step(&mut self, message: Message, now: Instant) -> bool {
        let new = match message {
            Message::Snapshot(snapshot) => self.begin(snapshot, now),
            Message::Change(change, cursor) => self.change(&change, cursor, now),
            Message::Alive(server_time) => {
                self.clock = Clock::told(server_time, now);
                self.hear(server_time);
                false
            }
            Message::Lost { refused } => {
                let told_from = match self.link {
                    Link::Lost { told_from, .. } => told_from,
                    Link::Starting => now,
                    Link::Live => now + TOLD_AFTER,
                };
                self.link = Link::Lost { told_from, refused };
                false
            }
        };
        self.advance(now);
        new
    }

    /// Where the stream may go on. None without a memory, and with one of another day: then a fresh
    /// snapshot brings the site's name and zone too, which may have changed since.
    pub fn resumes_at(&self, now: Instant) -> Option<Cursor> {
        let time = self.clock.time(now);
        self.known
            .as_ref()
            .filter(|known| time - known.server_time < RESUMED_WITHIN)
            .map(|known| known.cursor)
    }

    /// Lets time pass.
    pub fn advance(&mut self, now: Instant) {
        let board = self.known.as_ref().map(|known| &known.board);
        let stands =
            |visit: VisitId| board.is_some_and(|board| board.calling().any(|call| call.visit == visit));
        self.announcer.advance(now, stands);
    }

    /// When time alone will next change what is to be shown, the clock's text left aside.
    pub(crate) fn next_change(&self, now: Instant) -> Option<Instant> {
        let told = match self.link {
            Link::Lost { told_from, .. } => Some(told_from).filter(|at| *at > now),
            Link::Starting | Link::Live => None,
        };
        self.announcer.next_change(now).into_iter().chain(told).min()
    }

    /// What to remember over a restart.
    pub fn known(&self) -> Option<&BoardSnapshot> {
        self.known.as_ref()
    }

    fn begin(&mut self, snapshot: BoardSnapshot, now: Instant) -> bool {
        self.clock = Clock::told(snapshot.server_time, now);
        self.hear(snapshot.server_time);
        let before = self.known.replace(snapshot).map(|known| known.board).unwrap_or_default();
        let board = self.known.iter().flat_map(|known| &known.board.calls);
        let unseen =
            |call: &&Call| !before.calls.iter().any(|old| old.visit == call.visit && old.times == call.times);
        let mut new: Vec<Call> = board.filter(unseen).cloned().collect();
        new.reverse(); // they stand newest first and are announced oldest first
        for call in &new {
            self.announce(call, now);
        }
        true
    }

    fn change(&mut self, change: &BoardChange, cursor: Cursor, now: Instant) -> bool {
        let time = self.clock.time(now);
        let Some(known) = &mut self.known else { return false };
        known.board.apply(change);
        known.cursor = cursor;
        known.server_time = time;
        match change {
            BoardChange::Called(call) => self.announce(call, now),
            BoardChange::Ended { .. } | BoardChange::Numbers { .. } => {}
            BoardChange::DayOpened { .. } => self.announcer.clear(),
        }
        true
    }

    fn announce(&mut self, call: &Call, now: Instant) {
        if call.state == CallState::Calling && self.clock.time(now) - call.at < ANNOUNCED_WITHIN {
            self.announcer.call(call.visit, now);
        }
    }

    fn hear(&mut self, server_time: DateTime<Utc>) {
        self.heard = Some(server_time);
        self.link = Link::Live;
    }
}

#[cfg(test)]
mod tests;

//! What one reader of a site's log is sent next. Decided here; sent by [`super::stream`].

use crate::{
    sites::{Site, Told},
    store::{Reader, StoreError, log},
};
use domain::{Branch, ServiceDay, SiteId, Time, board::BoardChange};
use protocol::{Cursor, json, snapshot::Heartbeat, sse::Message};
use std::{collections::VecDeque, sync::Arc};
use uuid::Uuid;

/// Events read from the database at once.
const BATCH: usize = 500;

/// Who reads, and so what may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everything that a kiosk may know of its site.
    Kiosk,
    /// The calls.
    Board,
}

impl Audience {
    /// What is told of an event, as JSON; `None` if that is nothing.
    fn told(self, told: &Told, branch: &Branch) -> Option<String> {
        match self {
            Self::Kiosk => told.to_kiosks(|stored| json::to_text(&stored.envelope.for_kiosk(branch)?).ok()),
            Self::Board => told.to_boards(|stored| {
                let change = BoardChange::of(&stored.envelope.open()?)?;
                json::to_text(&super::calls::change(change)).ok()
            }),
        }
    }

    /// Whether the reader begins anew from a snapshot when a new day begins: other bookings come near then,
    /// of which a kiosk knows only on which day they are.
    fn begins_anew_each_day(self) -> bool {
        self == Self::Kiosk
    }
}

/// A site's log as it is read: the newest events from memory, older ones from the database.
#[derive(Clone, Copy)]
pub struct Log<'a> {
    /// Whose.
    pub id: &'a SiteId,
    /// Its state and its newest events.
    pub site: &'a Site,
    /// The others.
    pub reader: &'a Reader,
    /// Its incarnation.
    pub epoch: Uuid,
}

impl Log<'_> {
    fn after(&self, seq: u64) -> Result<Vec<Arc<Told>>, StoreError> {
        if let Some(events) = self.site.live().after(seq) {
            return Ok(events);
        }
        let events = self.reader.read(|db| log::after(db, self.id, seq, BATCH))?;
        Ok(events.into_iter().map(|stored| Arc::new(stored.into())).collect())
    }
}

/// Where one reader stands.
#[derive(Debug)]
pub struct Tail {
    audience: Audience,
    seq: u64,
    /// The day that the reader knows.
    day: Option<ServiceDay>,
    read: VecDeque<Arc<Told>>,
}

impl Tail {
    /// Goes on where a reader left off. `None` if it has to begin anew: it names no place, or none of this log.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn resume(
        log: Log<'_>,
        audience: Audience,
        cursor: Option<Cursor>,
    ) -> Result<Option<Self>, StoreError> {
        let head = log.site.live().seq;
        let Some(Cursor { seq, .. }) = cursor.filter(|at| at.epoch == log.epoch && at.seq <= head) else {
            return Ok(None);
        };
        let day = match seq.checked_sub(1) {
            Some(before) => log.after(before)?.first().map(|told| told.stored.envelope.day),
            None => None,
        };
        Ok(Some(Self { audience, seq, day, read: VecDeque::new() }))
    }

    /// The next message; `None` if the reader has everything. A [`reset`] is the last.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn next(&mut self, log: Log<'_>) -> Result<Option<Message>, StoreError> {
        loop {
            if self.read.is_empty() {
                self.read.extend(log.after(self.seq)?);
            }
            let Some(told) = self.read.pop_front() else { return Ok(None) };
            let envelope = &told.stored.envelope;
            self.seq = told.stored.seq;
            if ["day_closed", "day_opened"].contains(&envelope.kind()) {
                let before = self.day.replace(envelope.day);
                if self.audience.begins_anew_each_day() && before.is_some_and(|before| before < envelope.day)
                {
                    return Ok(Some(reset()));
                }
            }
            if let Some(data) = self.audience.told(&told, &log.site.live().branch) {
                let id = Cursor { epoch: log.epoch, seq: self.seq };
                return Ok(Some(Message { event: String::new(), data, id: Some(id.to_string()) }));
            }
        }
    }
}

/// The reader has to begin anew from a snapshot.
pub fn reset() -> Message {
    Message { event: "reset".into(), data: "{}".into(), id: None }
}

/// Whether a message ends the stream.
pub fn is_last(message: &Message) -> bool {
    message.event == "reset"
}

/// A sign of life. `None` never happens: it would be a fault of the type.
pub fn heartbeat(now: Time) -> Option<Message> {
    let data = json::to_text(&Heartbeat { server_time: now }).ok()?;
    Some(Message { event: "heartbeat".into(), data, id: None })
}

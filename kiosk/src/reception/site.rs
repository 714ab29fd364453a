//! What the server tells of the site, and what the screens need of it.

use super::Reception;
use crate::local::StoreError;
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::{
    Hours, ServiceId, Text, Time, WalkIn,
    site::{self, Message},
};
use protocol::{Cursor, Envelope, snapshot::KioskSnapshot};
use std::time::Duration;

/// What the server told.
#[derive(Debug)]
pub enum News {
    /// The whole state.
    Snapshot(Box<KioskSnapshot>),
    /// One event of the log, as it came.
    Event(String, Cursor),
    /// A sign of life, and the server's time.
    Heartbeat(Time),
}

/// How far a new anchor may be from the stored one before it is stored too.
const ANCHOR_DRIFT_MAX: chrono::Duration = chrono::Duration::milliseconds(500);
/// How old the stored anchor may become: after a reboot the wall clock is corrected by it.
const ANCHOR_AGE_MAX: Duration = Duration::from_secs(600);

/// What the screens show of the site. The time belongs to whoever draws them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteView {
    /// Its name.
    pub name: Text,
    /// Its wall time.
    pub zone: Tz,
    /// When the doors are open, local time.
    pub hours: Hours,
    /// What people come for without a booking, as the kiosk writes it.
    pub walk_in: Vec<(ServiceId, WalkIn)>,
    /// What everybody who comes should read, by day.
    pub messages: Vec<Message>,
}

impl SiteView {
    /// What is to be read on a day.
    pub fn message_on(&self, day: NaiveDate, language: &str) -> Option<&str> {
        site::message_on(&self.messages, day).map(|text| text.get(language))
    }
}

impl Reception {
    /// Takes in what the server told, in its order, and keeps it.
    ///
    /// # Errors
    /// If it cannot be kept. What is in memory is right all the same, and what could not be kept is kept with
    /// the next news; after a restart before that the stream goes on from what was kept.
    pub fn hear(&mut self, news: Vec<News>) -> Result<(), StoreError> {
        let mut events = Vec::new();
        let mut settled = Vec::new();
        let mut kept = Ok(());
        for told in news {
            self.replica.heard(self.clock.since_boot());
            let done = match told {
                News::Snapshot(snapshot) => {
                    // What was told before says nothing of this server: it may have lost it. Then it is told it back.
                    self.unkept.append(&mut events);
                    settled.clear();
                    self.snapshot(*snapshot)
                }
                News::Event(text, cursor) => {
                    match Envelope::from_json(&text) {
                        Ok(envelope) => settled.extend(self.replica.event(&envelope, cursor)),
                        Err(error) => tracing::warn!(%cursor, %error, "the server sent what is no event"),
                    }
                    events.push((text, cursor));
                    Ok(())
                }
                News::Heartbeat(server_time) => {
                    settled.extend(self.replica.sign_of_life(self.clock.since_boot()));
                    self.anchor(server_time)
                }
            };
            kept = kept.and(done);
        }
        self.replica.refresh();
        kept.and(self.keep(events))?;
        if !settled.is_empty() {
            self.store.settle(&settled)?;
        }
        self.return_shares()
    }

    /// Says what this kiosk can spare of its share of tickets, where another one needs it. From then on it gives no
    /// more than it said.
    fn return_shares(&mut self) -> Result<(), StoreError> {
        let answers = self.branch().shares_to_return(self.replica.lane());
        let Some(site) = self.branch().site.clone().filter(|_| !answers.is_empty()) else { return Ok(()) };
        for answer in answers {
            let recorded = self.recorded(answer, &site, self.now());
            self.store.record(std::slice::from_ref(&recorded))?;
            self.replica.state(recorded);
        }
        self.has_unsent = true;
        Ok(())
    }

    /// Keeps what came. If something could not be kept before, events alone would leave a hole: then the
    /// whole state is kept instead.
    fn keep(&mut self, events: Vec<(String, Cursor)>) -> Result<(), StoreError> {
        self.unkept.extend(events);
        self.reopen()?;
        let kept = match self.replica.cursor().filter(|_| self.is_unkept) {
            Some(cursor) => self.store.put_site(self.replica.server(), cursor, &self.unkept),
            None => self.store.put_events(&self.unkept, self.replica.server()),
        };
        self.is_unkept = kept.is_err();
        if kept.is_ok() {
            self.unkept.clear();
        }
        kept
    }

    fn snapshot(&mut self, snapshot: KioskSnapshot) -> Result<(), StoreError> {
        let was_set_back = self
            .replica
            .cursor()
            .is_some_and(|known| known.epoch != snapshot.cursor.epoch || known.seq > snapshot.cursor.seq);
        if was_set_back {
            tracing::warn!("the server knows less than before: everything kept here is sent once more");
            self.must_resend = true;
        }
        let noted = self.note_lost(snapshot.cursor);
        let purged = snapshot.branch.day.map_or(Ok(()), |today| self.store.purge_tail(today));
        // Before the facts stand again: else this kiosk would give the numbers once more that the server forgot.
        let reopened = self.reopen();
        self.replica.reset(snapshot.branch, snapshot.cursor);
        self.is_unkept = true;
        let anchored = self.anchor(snapshot.server_time);
        self.has_unsent |= self.owes();
        noted.and(purged).and(reopened).and(self.restore_standing()).and(anchored)
    }

    /// Everything that is kept is on its way again, if the server lost what it had.
    fn reopen(&mut self) -> Result<(), StoreError> {
        if self.must_resend {
            self.store.resend_all()?;
            self.must_resend = false;
            self.has_unsent = true;
        }
        Ok(())
    }

    /// Whether there is something to send that nobody at the kiosk asked for, since this was asked last.
    pub fn take_unsent(&mut self) -> bool {
        std::mem::take(&mut self.has_unsent)
    }

    /// The server's time counts from now on. Stored only when it tells something new.
    fn anchor(&mut self, server_time: Time) -> Result<(), StoreError> {
        let stored = self.store.anchor()?;
        let anchor = self.clock.anchor(server_time);
        if let Some(today) = self.replica.server().site.as_ref().map(|site| site.day(server_time)) {
            self.replica.day_is(today);
        }
        let is_known = stored.is_some_and(|old| {
            let age = anchor.since_boot.saturating_sub(old.since_boot);
            let expected = old.server + chrono::Duration::from_std(age).unwrap_or(chrono::Duration::MAX);
            old.boot_id == anchor.boot_id
                && age < ANCHOR_AGE_MAX
                && (expected - anchor.server).abs() < ANCHOR_DRIFT_MAX
        });
        if is_known { Ok(()) } else { self.store.put_anchor(&anchor) }
    }

    /// The state of the last run.
    pub(super) fn reload(&mut self) -> Result<(), StoreError> {
        if let Some(stored) = self.store.site()? {
            self.replica.reset(stored.branch, stored.cursor);
            for (text, cursor) in &stored.events {
                if let Ok(envelope) = Envelope::from_json(text) {
                    let _settled_when_it_came = self.replica.event(&envelope, *cursor);
                }
            }
        }
        self.restore_standing()
    }

    /// Facts of the present day that the server's state may lack stand again. If the server already has
    /// them, they change nothing.
    fn restore_standing(&mut self) -> Result<(), StoreError> {
        let Some(day) = self.replica.server().day else { return Ok(()) };
        let standing = self.store.standing(day, self.must_resend)?;
        self.replica.restore(standing);
        Ok(())
    }

    /// Where the stream goes on.
    pub fn cursor(&self) -> Option<Cursor> {
        self.replica.cursor()
    }

    /// What the screens show of the site; `None` before the server told anything.
    pub fn view(&self) -> Option<SiteView> {
        let site = self.replica.branch().site.as_ref()?;
        let walk_in = site.services.iter().filter_map(|(id, service)| {
            let walk_in = service.walk_in.as_ref()?;
            Some((id.clone(), walk_in.clone()))
        });
        Some(SiteView {
            name: site.name.clone(),
            zone: site.zone,
            hours: site.hours.clone(),
            walk_in: walk_in.collect(),
            messages: site.messages.clone(),
        })
    }
}

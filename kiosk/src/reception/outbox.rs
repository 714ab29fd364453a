//! What goes to the server, and what the server says to it.

use super::{Reception, own_lane};
use crate::{
    clock::Now,
    local::{Outbox, Outgoing, Rejected, StoreError},
};
use protocol::{
    pairing::Paired,
    upload::{BATCH_MAX, RejectedFact},
};
use std::time::Duration;
use uuid::Uuid;

/// How far the server holds what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it should be.
    Whole,
    /// It holds more of this chain than was ever stated here: this database is a copy, or was
    /// restored. A new incarnation has to begin.
    Forked,
}

impl Reception {
    /// The next facts to send; `None` if the server holds all.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn outgoing(&self) -> Result<Option<Outgoing>, StoreError> {
        let epoch = self.replica.cursor().map(|cursor| cursor.epoch);
        Ok(self.store.outgoing(BATCH_MAX)?.map(|outgoing| Outgoing { epoch, ..outgoing }))
    }

    /// The server holds an incarnation's facts up to `through`, and was sent those up to `sent`.
    ///
    /// # Errors
    /// If it cannot be recorded: then they are sent again, which is harmless.
    pub fn acknowledged(
        &mut self,
        incarnation: Uuid,
        through: u64,
        sent: u64,
    ) -> Result<Standing, StoreError> {
        if !self.store.acknowledge(incarnation, through, sent)? {
            return Ok(Standing::Forked);
        }
        let open = self.store.outgoing(usize::MAX >> 1)?.map(|rest| rest.facts).unwrap_or_default();
        let open: Vec<_> = open.iter().map(|fact| fact.id).collect();
        self.replica.acknowledged(&open);
        Ok(Standing::Whole)
    }

    /// The server keeps these facts of an incarnation and cannot use them.
    ///
    /// # Errors
    /// If it cannot be recorded.
    pub fn rejected(&mut self, incarnation: Uuid, facts: &[RejectedFact]) -> Result<(), StoreError> {
        if facts.is_empty() { Ok(()) } else { self.store.put_rejected(incarnation, facts) }
    }

    /// How far the facts are on their way to the server.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn outbox(&self) -> Result<Outbox, StoreError> {
        self.store.outbox()
    }

    /// The facts that the server keeps and cannot use, oldest first.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn rejected_facts(&self) -> Result<Vec<Rejected>, StoreError> {
        self.store.rejected()
    }

    /// How long ago the server was heard; `None` if not since the program was started.
    pub fn heard_ago(&self) -> Option<Duration> {
        Some(self.clock.since_boot().saturating_sub(self.replica.last_contact()?))
    }

    /// The site's time, and whether it is certain. It never lies in a day that is over for the server.
    pub fn now(&self) -> Now {
        let now = self.clock.now();
        Now { time: self.replica.server().within_its_day(now.time), ..now }
    }

    /// A new incarnation of this kiosk got a lane of its own. What the server does not hold begins the
    /// new chain.
    ///
    /// # Errors
    /// If it cannot be recorded, or the server did not grant a lane.
    pub fn reincarnate(&mut self, incarnation: Uuid, paired: Paired) -> Result<(), StoreError> {
        let lane = paired.lane.ok_or(StoreError::NotPaired)?;
        let identity = crate::local::Identity {
            incarnation,
            lane,
            follow_url: paired.follow_url,
            ..self.identity.clone()
        };
        self.store.adopt(&identity)?;
        tracing::warn!(lane = %identity.lane, "another holder of this kiosk's lane is known: a new incarnation begins");
        self.identity = identity;
        self.replica.change_lane(own_lane(&self.identity));
        Ok(())
    }
}

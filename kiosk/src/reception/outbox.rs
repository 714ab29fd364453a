//! What goes to the server, and what the server says to it.

use super::{Reception, own_lane};
use crate::local::{Outgoing, StoreError};
use protocol::{pairing::Paired, upload::BATCH_MAX};
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
        self.store.outgoing(BATCH_MAX)
    }

    /// The server holds an incarnation's facts up to `through`.
    ///
    /// # Errors
    /// If it cannot be recorded: then they are sent again, which is harmless.
    pub fn acknowledged(&mut self, incarnation: Uuid, through: u64) -> Result<Standing, StoreError> {
        if !self.store.acknowledge(incarnation, through)? {
            return Ok(Standing::Forked);
        }
        let open = self.store.outgoing(usize::MAX >> 1)?.map(|rest| rest.facts).unwrap_or_default();
        let open: Vec<_> = open.iter().map(|fact| fact.id).collect();
        self.replica.acknowledged(&open);
        Ok(Standing::Whole)
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

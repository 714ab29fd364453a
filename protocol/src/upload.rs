//! Facts from a kiosk to the server.

use crate::Envelope;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most facts in one batch.
pub const BATCH_MAX: usize = 500;

/// Facts in their order. A repeat is harmless.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Upload {
    /// The incarnation of the log that the kiosk follows. A server that was restored since takes nothing: the kiosk has
    /// to hear of that first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Uuid>,
    /// Whose chain.
    pub incarnation: Uuid,
    /// At most [`BATCH_MAX`], by their `origin.seq`. Kept as they came: what cannot be read is stored
    /// and shown to staff, and does not stop the others.
    #[schema(schema_with = crate::schema::envelopes)]
    pub facts: Vec<serde_json::Value>,
}

impl Upload {
    /// A batch of envelopes.
    ///
    /// # Errors
    /// Only if an envelope has no JSON form, which would be a fault of its type.
    pub fn of(incarnation: Uuid, facts: &[Envelope]) -> Result<Self, serde_json::Error> {
        let facts = facts.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        Ok(Self { epoch: None, incarnation, facts })
    }

    /// The same, of a kiosk that follows this log.
    pub fn of_follower(self, epoch: Option<Uuid>) -> Self {
        Self { epoch, ..self }
    }
}

/// What the server holds of an incarnation now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Acknowledged {
    /// Every fact up to this sequence number is stored.
    pub acked_through: u64,
    /// How many of this incarnation could not be used and wait for staff.
    pub rejected: u64,
    /// Those among the facts that were sent, so that the kiosk can tell its operator too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected_now: Vec<RejectedFact>,
}

/// A fact that the server keeps and cannot use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RejectedFact {
    /// Its place in the chain of the incarnation.
    pub seq: u64,
    /// Why, in words.
    pub reason: String,
}

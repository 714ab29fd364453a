//! After a restore: devices hand back what they know of the log that was lost.

use crate::Envelope;
use domain::{LaneCode, board::Call, branch::Lane};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The most events in one part.
pub const PART_MAX: usize = 500;
/// The most events that a device can hand back: many times what the largest hall has in a day.
pub const EVENTS_MAX: usize = 50_000;
/// The most calls: a board remembers fewer, and every one that somebody is expected for.
pub const CALLS_MAX: usize = 500;

/// A part of what a device knows. A repeat is harmless.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HandBack {
    /// The incarnation of the log that was lost.
    pub epoch: Uuid,
    /// Kiosks only: events of that log, at most [`PART_MAX`], in its order.
    #[serde(default)]
    pub events: Vec<Handed>,
    /// Kiosks only: who may issue numbers, as far as the kiosk knows.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Object>)]
    pub lanes: BTreeMap<LaneCode, Lane>,
    /// The calls that were shown or heard last, at most [`CALLS_MAX`].
    #[serde(default)]
    #[schema(schema_with = crate::schema::calls)]
    pub calls: Vec<Call>,
    /// Whether this is all: nothing more will come.
    pub last: bool,
    /// Kiosks only, with the last part: how far their own facts were when they heard that the log was restored. What
    /// they state after that is new.
    #[serde(default)]
    pub stated: Option<Stated>,
}

/// An event of a lost log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Handed {
    /// Its place in that log.
    pub seq: u64,
    /// The event, as the stream brought it.
    #[schema(schema_with = crate::schema::envelope)]
    pub event: serde_json::Value,
}

impl Handed {
    /// An event with its place.
    ///
    /// # Errors
    /// Only if the envelope has no JSON form, which would be a fault of its type.
    pub fn of(seq: u64, envelope: &Envelope) -> Result<Self, serde_json::Error> {
        Ok(Self { seq, event: serde_json::to_value(envelope)? })
    }
}

/// The last fact of an incarnation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Stated {
    /// Of which incarnation of the device's database.
    pub incarnation: Uuid,
    /// The place of the fact in its chain; 0 if there is none.
    pub through: u64,
}

/// What the server says to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HandedBack {
    /// False if the server waits for nothing from this device: it need not hand back the rest.
    pub wanted: bool,
}

//! The state of a site at a cursor, reduced to what the one who asks may know.

use crate::Cursor;
use chrono::{DateTime, Utc};
use domain::{Branch, SiteId, Text, board::Board};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a kiosk starts from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct KioskSnapshot {
    /// Where the stream goes on.
    pub cursor: Cursor,
    /// The server's clock.
    pub server_time: DateTime<Utc>,
    /// Today's visits without names, the bookings of the days ahead without references.
    pub branch: Branch,
}

/// What a board starts from.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct BoardSnapshot {
    /// Where the stream goes on.
    pub cursor: Cursor,
    /// The server's clock.
    pub server_time: DateTime<Utc>,
    /// Which site.
    pub site: SiteId,
    /// Its name.
    pub name: Text,
    /// Its time zone, by the IANA name.
    pub zone: String,
    /// The calls.
    pub board: Board,
    /// The server was restored, and waits for what this board showed before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub awaited: bool,
}

/// Sent every ten seconds on a stream: the link is alive, and it is so late.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Heartbeat {
    /// The server's clock.
    pub server_time: DateTime<Utc>,
}

/// The fold of a site as it is stored, by the server at the end of a day and by kiosks.
///
/// # Errors
/// Only if the state has no JSON form, which would be a fault of its type.
pub fn fold_to_json(branch: &Branch) -> Result<String, serde_json::Error> {
    serde_json::to_string(branch)
}

/// A fold as it was stored.
///
/// # Errors
/// If the text is not a fold of this version.
pub fn fold_from_json(text: &str) -> Result<Branch, serde_json::Error> {
    serde_json::from_str(text)
}

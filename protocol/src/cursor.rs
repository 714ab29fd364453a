//! Where a reader stands in a site's log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// `EPOCH:SEQ`: the log's incarnation and the last event read. A restored server begins a new
/// epoch, so a cursor of the lost one can be told and is answered with a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor {
    /// The incarnation of the log.
    pub epoch: Uuid,
    /// The last event read; 0 is before the first.
    pub seq: u64,
}

/// A text that is not a cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is EPOCH:SEQ, not `{0}`")]
pub struct CursorError(String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch, self.seq)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;
    fn from_str(text: &str) -> Result<Self, CursorError> {
        let wrong = || CursorError(text.chars().take(60).collect());
        let (epoch, seq) = text.split_once(':').ok_or_else(wrong)?;
        let seq: u64 = seq.parse().map_err(|_| wrong())?;
        // SQLite's integers are signed: no log comes further.
        i64::try_from(seq).map_err(|_| wrong())?;
        Ok(Self { epoch: epoch.parse().map_err(|_| wrong())?, seq })
    }
}

impl TryFrom<String> for Cursor {
    type Error = CursorError;
    fn try_from(text: String) -> Result<Self, CursorError> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> String {
        cursor.to_string()
    }
}

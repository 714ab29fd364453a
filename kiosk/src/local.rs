//! The kiosk's own database: the only SQL. One thread owns it.
//!
//! Every method is one transaction. What it returned has reached the disk; what failed has not
//! happened. Nothing here decides anything.

mod facts;
mod identity;
mod open;
mod operator;
mod prints;
mod review;
mod site;
mod tail;

pub use facts::{Outgoing, Standing};
pub use identity::Identity;
pub use open::OpenError;
pub use operator::OperatorPin;
pub use prints::{OpenPrint, PrintState};
pub use review::{Outbox, Rejected};
pub use site::StoredSite;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, ErrorCode};

/// The open database.
#[derive(Debug)]
pub struct LocalStore {
    db: Connection,
}

/// Why something was not stored or read. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("the kiosk's database refused")]
    Sqlite(#[from] rusqlite::Error),
    /// What was stored does not parse, or what is to be stored has no form.
    #[error("{what} in the kiosk's database cannot be read or written")]
    Unreadable {
        /// What it should be.
        what: &'static str,
    },
    /// The kiosk was never paired.
    #[error("this kiosk is not paired with a server")]
    NotPaired,
    /// Facts of one site cannot go to another.
    #[error(
        "this kiosk still holds facts of the site `{held}`: it cannot be paired with `{asked}` before they are sent"
    )]
    OtherSite {
        /// Whose facts are held.
        held: String,
        /// The new one.
        asked: String,
    },
}

impl StoreError {
    fn unreadable(what: &'static str) -> Self {
        Self::Unreadable { what }
    }

    /// Whether there is no room on the disk: it works again when there is.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::DiskFull)
    }

    /// Whether the one request fails and the database is well: there is no room, or a rule of the tables was broken.
    pub fn is_passing(&self) -> bool {
        self.is_full() || self.is_conflict()
    }

    /// Whether a rule of the tables was broken, such as a number given twice.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) if error.code == ErrorCode::ConstraintViolation)
    }
}

/// How times are stored: text order is time order.
fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A stored text as what it should be.
fn read<T: std::str::FromStr>(what: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::unreadable(what))
}

#[cfg(test)]
mod tests;

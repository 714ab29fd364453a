//! The only SQL of the server. One connection writes, in [`crate::writer`]; a few read.

pub(crate) mod accounts;
pub(crate) mod copy;
pub(crate) mod devices;
pub(crate) mod log;
mod open;
pub(crate) mod people;
pub(crate) mod recovery;
pub(crate) mod transaction;

pub use accounts::Account;
pub use copy::NewLogError;
pub use devices::{DeviceRow, PairingCode};
pub use log::{Chain, Stored};
pub(crate) use open::open_to_examine;
pub use open::{OpenError, Reader, open_writer};
pub use people::Person;
pub(crate) use recovery::HandedBack as HandedBackEvent;

/// A text that was stored by this program and cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("the database refused")]
    Sqlite(#[from] rusqlite::Error),
    /// SQLite gave up the whole transaction because the disk is full.
    #[error("the disk is full")]
    GaveUp,
    /// What was stored does not parse.
    #[error("{what} in the database cannot be read: {text}")]
    Unreadable {
        /// What it should be.
        what: &'static str,
        /// What it is.
        text: String,
    },
}

impl StoreError {
    pub(crate) fn unreadable(what: &'static str, text: impl Into<String>) -> Self {
        Self::Unreadable { what, text: text.into() }
    }

    /// Whether there is no room on the disk: worth another try later.
    pub fn is_full(&self) -> bool {
        match self {
            Self::GaveUp => true,
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::Unreadable { .. } => false,
        }
    }

    /// Whether another program held the database for too long: worth another try, and nothing was changed.
    pub fn is_locked(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        let Self::Sqlite(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
    }
}

/// How times are stored: UTC with milliseconds, so that text order is time order.
pub(crate) fn stamp(time: chrono::DateTime<chrono::Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// A time as it was stored.
pub(crate) fn read_stamp(text: &str) -> Result<chrono::DateTime<chrono::Utc>, StoreError> {
    text.parse().map_err(|_| StoreError::unreadable("a time", text))
}

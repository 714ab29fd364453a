//! The operator's PIN, and lists on paper.

use super::{LocalStore, PrintState, StoreError};
use domain::ServiceDay;
use rusqlite::{OptionalExtension, params};

/// How the operator is recognised.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorPin {
    /// The hash of the PIN, see [`crate::pin`].
    pub hash: String,
    /// How many wrong ones were typed since the last right one.
    pub failures: u32,
}

impl LocalStore {
    /// How the operator is recognised; `None` if no PIN was ever set.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn operator_pin(&self) -> Result<Option<OperatorPin>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT pin, failures FROM operator")?;
        Ok(query
            .query_row([], |row| Ok(OperatorPin { hash: row.get(0)?, failures: row.get(1)? }))
            .optional()?)
    }

    /// Takes another PIN. Nobody has typed it wrongly yet.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn set_operator_pin(&mut self, hash: &str) -> Result<(), StoreError> {
        self.db.execute("INSERT OR REPLACE INTO operator (one, pin) VALUES (1, ?1)", [hash])?;
        Ok(())
    }

    /// Keeps how many wrong PINs were typed since the last right one.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn set_pin_failures(&mut self, failures: u32) -> Result<(), StoreError> {
        self.db.prepare_cached("UPDATE operator SET failures = ?1")?.execute([failures])?;
        Ok(())
    }

    /// Records that a list is being printed; gives the job. No fact goes with it: nobody holds it as a ticket.
    ///
    /// # Errors
    /// If it cannot be stored: then nothing may be printed.
    pub fn begin_list(&mut self, day: ServiceDay) -> Result<u64, StoreError> {
        self.db
            .prepare_cached("INSERT INTO print_job (day, state) VALUES (?1, 'sending')")?
            .execute([day.to_string()])?;
        u64::try_from(self.db.last_insert_rowid())
            .map_err(|_| StoreError::unreadable("the id of a print job"))
    }

    /// Lists that were being printed when the program ended: part of one may still be in the printer.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn end_open_lists(&mut self) -> Result<(), StoreError> {
        self.db.execute(
            "UPDATE print_job SET state = ?1 WHERE number IS NULL AND state = 'sending'",
            params![PrintState::Unknown.as_str()],
        )?;
        Ok(())
    }
}

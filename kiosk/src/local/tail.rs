//! What is kept of the server's log, to be handed back if the server loses it.

use super::{LocalStore, StoreError, identity::identity, read};
use domain::ServiceDay;
use protocol::{
    Cursor, Envelope, json,
    recovery::{HandBack, Handed, PART_MAX, Stated},
};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use uuid::Uuid;

impl LocalStore {
    /// What is to be handed back next, for a server whose log is `present` now. The last part comes even if nothing is
    /// left to say but that.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn lost(&self, present: Uuid) -> Result<HandBack, StoreError> {
        let known: Option<String> =
            self.db.query_row("SELECT part FROM lost_log", [], |row| row.get(0)).optional()?;
        let known = known.map(|text| json::from_text(&text));
        let mut part: HandBack = known
            .transpose()
            .map_err(|_| StoreError::unreadable("what the server lost"))?
            .unwrap_or_default();
        let first = "SELECT epoch FROM tail WHERE epoch <> ?1 ORDER BY place LIMIT 1";
        let first: Option<String> =
            self.db.query_row(first, [present.to_string()], |row| row.get(0)).optional()?;
        if let Some(epoch) = &first {
            part.epoch = read("an epoch", epoch)?;
        }
        part.events = self.tail(first.as_deref().unwrap_or_default())?;
        part.last = part.events.len() < PART_MAX && self.epochs(present)? <= 1;
        if part.stated.is_none() {
            part.stated = Some(self.stated()?);
        }
        if !part.last {
            return Ok(HandBack { epoch: part.epoch, events: part.events, ..HandBack::default() });
        }
        Ok(part)
    }

    /// How many logs were lost of which events are kept.
    fn epochs(&self, present: Uuid) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(DISTINCT epoch) FROM tail WHERE epoch <> ?1";
        Ok(self.db.query_row(sql, [present.to_string()], |row| row.get(0))?)
    }

    fn tail(&self, epoch: &str) -> Result<Vec<Handed>, StoreError> {
        let sql = "SELECT seq, envelope FROM tail WHERE epoch = ?1 ORDER BY place LIMIT ?2";
        let mut query = self.db.prepare_cached(sql)?;
        let rows =
            query.query_map(params![epoch, PART_MAX], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        rows.map(|row| {
            let (seq, text) = row?;
            let event = json::from_text(&text).map_err(|_| StoreError::unreadable("an event"))?;
            Ok(Handed { seq, event })
        })
        .collect()
    }

    /// How far the chain of facts is.
    pub(crate) fn stated(&self) -> Result<Stated, StoreError> {
        let incarnation = identity(&self.db)?.ok_or(StoreError::NotPaired)?.incarnation;
        let through = self.db.query_row("SELECT last_seq FROM identity", [], |row| row.get(0))?;
        Ok(Stated { incarnation, through })
    }

    /// The server lost its log: this is what is known of it beside its events.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn put_lost(&mut self, part: &HandBack) -> Result<(), StoreError> {
        let text = json::to_text(part).map_err(|_| StoreError::unreadable("what the server lost"))?;
        self.db.execute("INSERT OR REPLACE INTO lost_log (one, part) VALUES (1, ?1)", [text])?;
        Ok(())
    }

    /// The server has these events again, or wants no more.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn handed_back(&mut self, part: &HandBack, present: Uuid, wanted: bool) -> Result<(), StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(last) = part.events.last() {
            let sql = "DELETE FROM tail WHERE epoch = ?1 AND seq <= ?2";
            transaction.execute(sql, params![part.epoch.to_string(), last.seq])?;
        }
        if part.last || !wanted {
            transaction.execute("DELETE FROM lost_log", [])?;
            transaction.execute("DELETE FROM tail WHERE epoch <> ?1", [present.to_string()])?;
        }
        Ok(transaction.commit()?)
    }

    /// Forgets the events of days that are over.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn purge_tail(&mut self, today: ServiceDay) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM tail WHERE day < ?1", [today.to_string()])?;
        Ok(())
    }
}

/// Keeps what the server told, inside the caller's transaction.
pub(super) fn append(db: &Connection, events: &[(String, Cursor)]) -> Result<(), StoreError> {
    let sql = "INSERT INTO tail (epoch, seq, day, envelope) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = db.prepare_cached(sql)?;
    for (text, cursor) in events {
        // What is no event is of no use to anybody.
        let Ok(envelope) = Envelope::from_json(text) else { continue };
        insert.execute(params![cursor.epoch.to_string(), cursor.seq, envelope.day.to_string(), text])?;
    }
    Ok(())
}

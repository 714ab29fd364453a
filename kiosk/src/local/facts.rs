//! The chain of facts: what this kiosk stated, and how far the server holds it.

use super::{LocalStore, StoreError, identity::identity, read, stamp};
use domain::{Recorded, ServiceDay};
use fail::fail_point;
use protocol::{Envelope, Origin, envelope::Hash};
use rusqlite::{Connection, TransactionBehavior, params};
use uuid::Uuid;

/// For how long facts are kept after the server has acknowledged them, in days: a server that was
/// restored from an older backup is refilled from here (DESIGN §3).
const DAYS_KEPT: u64 = 7;

/// Facts to send, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The incarnation of the server's log that is followed; `None` before the first snapshot.
    pub epoch: Option<Uuid>,
    /// Whose chain.
    pub incarnation: Uuid,
    /// At least one.
    pub facts: Vec<Envelope>,
}

/// A fact of ours that the replica may not contain yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What happened.
    pub recorded: Recorded,
    /// Whether the server holds it.
    pub acked: bool,
}

impl LocalStore {
    /// Up to `limit` facts that the server has not acknowledged; `None` if there are none.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn outgoing(&self, limit: usize) -> Result<Option<Outgoing>, StoreError> {
        let Some(who) = identity(&self.db)? else { return Ok(None) };
        let sql = "SELECT envelope FROM fact WHERE incarnation = ?1 AND acked = 0 ORDER BY seq LIMIT ?2";
        let facts = envelopes(&self.db, sql, params![who.incarnation.to_string(), limit])?;
        Ok((!facts.is_empty()).then_some(Outgoing { epoch: None, incarnation: who.incarnation, facts }))
    }

    /// The server holds every fact of an incarnation up to `through`, and was sent those up to `sent`. False if it
    /// holds more than was ever stated here: the database is a copy of one that went on elsewhere, and nothing is
    /// marked. What was stated since is not marked either: a copy may have sent others under these numbers.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn acknowledge(&mut self, incarnation: Uuid, through: u64, sent: u64) -> Result<bool, StoreError> {
        let incarnation = incarnation.to_string();
        let sql = "SELECT coalesce(max(last_seq), 0) FROM identity WHERE incarnation = ?1";
        let last: u64 = self.db.query_row(sql, [&incarnation], |row| row.get(0))?;
        if through > last {
            return Ok(false);
        }
        fail_point!("kiosk-acknowledge");
        let sql = "UPDATE fact SET acked = 1 WHERE incarnation = ?1 AND acked = 0 AND seq <= ?2";
        self.db.execute(sql, params![incarnation, through.min(sent)])?;
        fail_point!("kiosk-acknowledged");
        Ok(true)
    }

    /// The server forgot what it held: everything that is kept here is sent once more.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn resend_all(&mut self) -> Result<(), StoreError> {
        self.db.execute(
            "UPDATE fact SET acked = 0, settled = 0 WHERE incarnation = (SELECT incarnation FROM identity)",
            [],
        )?;
        Ok(())
    }

    /// The facts of a day that the stored replica may lack, or all of them, in the order in which they were stated.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn standing(&self, day: ServiceDay, all: bool) -> Result<Vec<Standing>, StoreError> {
        let sql = "SELECT acked, envelope FROM fact WHERE (settled = 0 OR ?2) AND day >= ?1 ORDER BY rowid";
        let mut query = self.db.prepare_cached(sql)?;
        let rows = query
            .query_map(params![day.to_string(), all], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        let mut standing = Vec::new();
        for row in rows {
            let (acked, text) = row?;
            let envelope = Envelope::from_json(&text).map_err(|_| StoreError::unreadable("a fact"))?;
            // What an older version of this program wrote is on its way to the server all the same.
            standing.extend(envelope.open().map(|recorded| Standing { recorded, acked }));
        }
        Ok(standing)
    }

    /// The replica contains these facts for certain.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn settle(&mut self, facts: &[domain::EventId]) -> Result<(), StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for id in facts {
            transaction
                .prepare_cached("UPDATE fact SET settled = 1 WHERE id = ?1")?
                .execute([id.to_string()])?;
        }
        Ok(transaction.commit()?)
    }

    /// The time of the latest fact.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn latest(&self) -> Result<Option<domain::Time>, StoreError> {
        let text: Option<String> = self.db.query_row("SELECT max(at) FROM fact", [], |row| row.get(0))?;
        text.map(|text| read("a time", &text)).transpose()
    }

    /// Forgets what is old: acknowledged facts after a week, tickets and print jobs with them.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn purge(&mut self, today: ServiceDay) -> Result<(), StoreError> {
        let oldest = today.0.checked_sub_days(chrono::Days::new(DAYS_KEPT)).unwrap_or(today.0).to_string();
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("DELETE FROM fact WHERE acked = 1 AND day < ?1", [&oldest])?;
        transaction.execute("DELETE FROM ticket WHERE day < ?1", [&oldest])?;
        transaction.execute("DELETE FROM tail WHERE day < ?1", [today.to_string()])?;
        transaction.execute(
            "DELETE FROM rejected WHERE NOT EXISTS
             (SELECT 1 FROM fact WHERE fact.incarnation = rejected.incarnation AND fact.seq = rejected.seq)",
            [],
        )?;
        transaction.execute("DELETE FROM print_job WHERE number IS NULL AND day < ?1", [&oldest])?;
        Ok(transaction.commit()?)
    }
}

/// Appends facts to the chain of the present incarnation, inside the caller's transaction.
pub(super) fn append(db: &Connection, facts: &[Recorded]) -> Result<(), StoreError> {
    let who = identity(db)?.ok_or(StoreError::NotPaired)?;
    let sql = "SELECT last_seq, last_hash FROM identity";
    let (mut seq, mut previous) =
        db.query_row(sql, [], |row| Ok((row.get::<_, u64>(0)?, Hash(row.get(1)?))))?;
    for recorded in facts {
        seq += 1;
        let origin = Origin { device: who.device, incarnation: who.incarnation, seq, previous };
        let envelope = Envelope::wrap(who.site.clone(), recorded, Some(origin))
            .map_err(|_| StoreError::unreadable("a fact"))?;
        previous = envelope.hash();
        let text = envelope.to_json().map_err(|_| StoreError::unreadable("a fact"))?;
        db.prepare_cached(
            "INSERT INTO fact (incarnation, seq, id, day, at, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            who.incarnation.to_string(),
            seq,
            recorded.id.to_string(),
            recorded.day.to_string(),
            stamp(recorded.at),
            text
        ])?;
    }
    db.prepare_cached("UPDATE identity SET last_seq = ?1, last_hash = ?2")?
        .execute(params![seq, previous.0])?;
    Ok(())
}

/// Takes the facts out of a chain that the server has not acknowledged.
pub(super) fn take_unacked(db: &Connection, incarnation: Uuid) -> Result<Vec<Recorded>, StoreError> {
    let incarnation = incarnation.to_string();
    let sql = "SELECT envelope FROM fact WHERE incarnation = ?1 AND acked = 0 ORDER BY seq";
    let facts = envelopes(db, sql, [&incarnation])?;
    db.execute("DELETE FROM fact WHERE incarnation = ?1 AND acked = 0", [&incarnation])?;
    facts.iter().map(|envelope| envelope.open().ok_or(StoreError::unreadable("a fact"))).collect()
}

fn envelopes(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Envelope>, StoreError> {
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map(params, |row| row.get::<_, String>(0))?;
    rows.map(|text| Envelope::from_json(&text?).map_err(|_| StoreError::unreadable("a fact"))).collect()
}

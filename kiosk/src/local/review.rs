//! What the operator should know of the facts: how many wait, and which of them the server could not use.

use super::{LocalStore, StoreError};
use protocol::{Envelope, upload::RejectedFact};
use rusqlite::{TransactionBehavior, params};
use uuid::Uuid;

/// A fact of this kiosk that the server keeps and cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its place in its chain.
    pub seq: u64,
    /// Why, as the server says it.
    pub reason: String,
    /// What it was, for as long as it is kept here: its kind, its number if it has one, and when.
    pub what: Option<String>,
}

/// How far the facts are on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outbox {
    /// How many the server does not hold.
    pub waiting: u64,
    /// The last of the present chain that it holds.
    pub acknowledged: Option<u64>,
}

impl LocalStore {
    /// Keeps which facts the server could not use.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn put_rejected(&mut self, incarnation: Uuid, rejected: &[RejectedFact]) -> Result<(), StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for fact in rejected {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO rejected (incarnation, seq, reason) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![incarnation.to_string(), fact.seq, fact.reason])?;
        }
        Ok(transaction.commit()?)
    }

    /// The facts that the server could not use, oldest first.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn rejected(&self) -> Result<Vec<Rejected>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT rejected.seq, reason, envelope FROM rejected LEFT JOIN fact USING (incarnation, seq)
             ORDER BY fact.rowid, rejected.seq",
        )?;
        let rows =
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<String>>(2)?)))?;
        rows.map(|row| {
            let (seq, reason, envelope) = row?;
            let known = envelope.and_then(|text| Envelope::from_json(&text).ok());
            Ok(Rejected { seq, reason, what: known.map(|known| in_words(&known)) })
        })
        .collect()
    }

    /// How far the facts are on their way.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn outbox(&self) -> Result<Outbox, StoreError> {
        let sql = "SELECT count(*) FILTER (WHERE acked = 0), max(seq) FILTER (WHERE acked = 1) FROM fact
                   WHERE incarnation = (SELECT incarnation FROM identity)";
        let read = |row: &rusqlite::Row<'_>| Ok(Outbox { waiting: row.get(0)?, acknowledged: row.get(1)? });
        Ok(self.db.query_row(sql, [], read)?)
    }
}

fn in_words(fact: &Envelope) -> String {
    let number = fact.number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
    format!("{}{number} of {}", fact.kind(), fact.at.format("%Y-%m-%d %H:%M:%SZ"))
}

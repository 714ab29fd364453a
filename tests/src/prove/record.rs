//! What a server kept, read from its database by others than the server.

use super::load::Held;
use crate::{device::fact_id, world::SITE};
use anyhow::Context;
use domain::Branch;
use protocol::Envelope;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde_json::Value;
use std::path::Path;

/// A database, opened to look.
pub struct Record {
    db: Connection,
}

impl Record {
    /// Opens a database that a server uses, or used well.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(file: &Path) -> anyhow::Result<Self> {
        Ok(Self { db: Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)? })
    }

    /// What SQLite says of the whole file: `ok`, or what is wrong.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn integrity(&self) -> anyhow::Result<String> {
        Ok(self.db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?)
    }

    /// How much of what the server said it holds is not there, apart from what it had said before.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn missing(&self, held: &Held, before: &Held) -> anyhow::Result<u64> {
        let mut missing = 0;
        for (device, through) in &held.facts {
            // As it says of itself, and as the events are really there.
            let said = "SELECT coalesce(max(acked_through), 0) FROM incarnation WHERE device = ?1";
            let said: u64 = self.db.query_row(said, [device.to_string()], |row| row.get(0))?;
            let known = before.facts.get(device).copied().unwrap_or_default();
            let mut gone = 0;
            for seq in known + 1..=*through {
                gone += self.is_missing(&fact_id(*device, seq).to_string())?;
            }
            missing += gone.max(through.saturating_sub(said));
        }
        for key in held.commands.iter().skip(before.commands.len()) {
            let sql = "SELECT answer FROM command WHERE id = ?1";
            let answer: Option<String> =
                self.db.prepare_cached(sql)?.query_row([key.to_string()], |row| row.get(0)).optional()?;
            missing += match answer {
                None => 1,
                Some(answer) => self.events_missing(&answer)?,
            };
        }
        Ok(missing)
    }

    /// Of the events that an answer tells of.
    fn events_missing(&self, answer: &str) -> anyhow::Result<u64> {
        let answer: Value = serde_json::from_str(answer)?;
        let mut missing = 0;
        for event in answer["decided"]["events"].as_array().into_iter().flatten() {
            missing += self.is_missing(event["id"].as_str().context("an event without an id")?)?;
        }
        Ok(missing)
    }

    /// 1 if the log does not hold an event.
    fn is_missing(&self, id: &str) -> anyhow::Result<u64> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM event WHERE id = ?1)";
        Ok(self.db.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
    }

    /// How many numbers were given more than once on a day, and how many places of the log are missing or taken
    /// twice.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn used_twice(&self) -> anyhow::Result<(u64, u64)> {
        let numbers = "SELECT COUNT(*) FROM (
                           SELECT 1 FROM event WHERE kind IN ('checked_in', 'walk_in_taken')
                           GROUP BY day, json_extract(envelope, '$.number') HAVING COUNT(*) > 1)";
        let places = "SELECT coalesce(max(seq), 0) - COUNT(DISTINCT seq) FROM event WHERE site = ?1";
        Ok((
            self.db.query_row(numbers, [], |row| row.get(0))?,
            self.db.query_row(places, [SITE], |row| row.get(0))?,
        ))
    }

    /// The state that the whole log gives, from its beginning through a place.
    ///
    /// # Errors
    /// If an event cannot be read.
    pub fn replay(&self, through: u64) -> anyhow::Result<Branch> {
        let sql = "SELECT envelope FROM event WHERE site = ?1 AND seq <= ?2 ORDER BY seq";
        let mut query = self.db.prepare_cached(sql)?;
        let texts = query.query_map((SITE, through), |row| row.get::<_, String>(0))?;
        let mut branch = Branch::default();
        for text in texts {
            if let Some(recorded) = Envelope::from_json(&text?)?.open() {
                branch.apply(&recorded);
            }
        }
        Ok(branch)
    }
}

//! What the server and the kiosks recorded.

use super::{SITE, World};
use crate::wait::until;
use anyhow::ensure;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of a ticket's paper, as the kiosk keeps it for staff.
#[derive(Clone, Debug)]
pub struct Print {
    /// What the ticket bears.
    pub number: String,
    /// How it ended: `printed`, `failed`, `unknown` and others.
    pub state: String,
    /// What is wrong and what to do about it; empty if nothing is.
    pub reason: String,
}

impl World {
    /// Events of a kind in the server's log, as the JSON of their bodies, in order.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn events(&self, kind: &str) -> anyhow::Result<Vec<Value>> {
        let db = self.open("server/guichet.sqlite3")?;
        let mut query =
            db.prepare("SELECT envelope FROM event WHERE site = ?1 AND kind = ?2 ORDER BY seq")?;
        let texts = query.query_map([SITE, kind], |row| row.get::<_, String>(0))?;
        texts
            .map(|text| {
                let mut envelope: Value = serde_json::from_str(&text?)?;
                Ok(envelope["body"].take())
            })
            .collect()
    }

    /// How many events of each kind are in the server's log.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn event_counts(&self) -> anyhow::Result<BTreeMap<String, usize>> {
        let db = self.open("server/guichet.sqlite3")?;
        let mut query = db.prepare("SELECT kind, count(*) FROM event GROUP BY kind")?;
        let counts = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(counts.collect::<Result<_, _>>()?)
    }

    /// The kinds of all events of one visit in the server's log, in order: of those that name the visit
    /// and of those that name its number.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn story(&self, visit: &Value, number: &Value) -> anyhow::Result<Vec<String>> {
        let db = self.open("server/guichet.sqlite3")?;
        let mut query = db.prepare("SELECT kind, envelope FROM event WHERE site = ?1 ORDER BY seq")?;
        let rows = query.query_map([SITE], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        let mut kinds = Vec::new();
        for row in rows {
            let (kind, text) = row?;
            let envelope: Value = serde_json::from_str(&text)?;
            let body = &envelope["body"];
            if &body["visit"] == visit || &body["number"] == number {
                kinds.push(kind);
            }
        }
        Ok(kinds)
    }

    /// Ends a kiosk, counted from 1, as a power cut would, and gives what it kept of its tickets' paper, in
    /// order. As long as it runs, nobody else can open its database.
    ///
    /// # Errors
    /// If it is not running, or its database cannot be read.
    pub fn prints_after_power_cut(&mut self, kiosk: usize) -> anyhow::Result<Vec<Print>> {
        self.power_cut(kiosk)?;
        let db = self.open(&format!("kiosk{kiosk}/kiosk.sqlite3"))?;
        let mut query = db.prepare("SELECT number, state, reason FROM print_job ORDER BY id")?;
        let prints = query.query_map([], |row| {
            let reason: Option<String> = row.get(2)?;
            Ok(Print { number: row.get(0)?, state: row.get(1)?, reason: reason.unwrap_or_default() })
        })?;
        Ok(prints.collect::<Result<_, _>>()?)
    }

    /// Ends a kiosk, counted from 1, as a power cut would, and gives up to where in a log of the server's it had heard it.
    ///
    /// # Errors
    /// If it is not running, or its database cannot be read.
    pub fn heard_until_power_cut(&mut self, kiosk: usize, epoch: Uuid) -> anyhow::Result<u64> {
        self.power_cut(kiosk)?;
        let db = self.open(&format!("kiosk{kiosk}/kiosk.sqlite3"))?;
        let sql = "SELECT coalesce(max(seq), 0) FROM tail WHERE epoch = ?1";
        Ok(db.query_row(sql, [epoch.to_string()], |row| row.get(0))?)
    }

    fn open(&self, file: &str) -> anyhow::Result<Connection> {
        Ok(Connection::open_with_flags(self.folder.join(file), OpenFlags::SQLITE_OPEN_READ_ONLY)?)
    }

    /// Waits until the log holds so many events of a kind, and gives them.
    ///
    /// # Errors
    /// If they do not come, or more than that do.
    pub fn wait_for_events(&self, kind: &str, count: usize) -> anyhow::Result<Vec<Value>> {
        let events = until(&format!("{count} events `{kind}` in the log"), || {
            self.events(kind).ok().filter(|events| events.len() >= count)
        })?;
        ensure!(events.len() == count, "{} events `{kind}` instead of {count}", events.len());
        Ok(events)
    }
}

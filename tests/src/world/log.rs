//! What the server recorded.

use super::{SITE, World};
use crate::wait::until;
use anyhow::ensure;
use serde_json::Value;

impl World {
    /// Events of a kind in the server's log, as the JSON of their bodies, in order.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn events(&self, kind: &str) -> anyhow::Result<Vec<Value>> {
        let db = self.open_log()?;
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

    /// The kinds of all events in the server's log, in order.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn kinds(&self) -> anyhow::Result<Vec<String>> {
        let db = self.open_log()?;
        let mut query = db.prepare("SELECT kind FROM event WHERE site = ?1 ORDER BY seq")?;
        let kinds = query.query_map([SITE], |row| row.get(0))?;
        Ok(kinds.collect::<Result<_, _>>()?)
    }

    fn open_log(&self) -> anyhow::Result<rusqlite::Connection> {
        let path = self.folder.join("server/guichet.sqlite3");
        Ok(rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?)
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

//! What is stored of the site: the server's state at a place in its log, the events after it, and
//! when the server's clock was last heard.

use super::{LocalStore, StoreError, read, stamp, tail};
use crate::clock::Anchor;
use domain::Branch;
use protocol::{Cursor, snapshot};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::time::Duration;

/// After so many events the state is stored anew: fewer would write much, more would take long to
/// read back.
const EVENTS_MAX: u64 = 200;

/// The site as it was stored.
#[derive(Clone, Debug)]
pub struct StoredSite {
    /// The server's state.
    pub branch: Branch,
    /// Where it stands in the server's log, before `events`.
    pub cursor: Cursor,
    /// The envelopes that came after it, as they came.
    pub events: Vec<(String, Cursor)>,
}

impl LocalStore {
    /// The site; `None` before the first snapshot.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn site(&self) -> Result<Option<StoredSite>, StoreError> {
        let row = self
            .db
            .query_row("SELECT cursor, branch FROM replica", [], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })
            .optional()?;
        let Some((cursor, branch)) = row else { return Ok(None) };
        let mut query = self.db.prepare("SELECT envelope, cursor FROM stream_event ORDER BY place")?;
        let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        let events = rows
            .map(|row| {
                let (envelope, cursor) = row?;
                Ok((envelope, read("a cursor", &cursor)?))
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Some(StoredSite {
            branch: snapshot::fold_from_json(&branch)
                .map_err(|_| StoreError::unreadable("the state of the site"))?,
            cursor: read("a cursor", &cursor)?,
            events,
        }))
    }

    /// The state of the site as a whole, and the events that are in it and were not stored before.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn put_site(
        &mut self,
        branch: &Branch,
        cursor: Cursor,
        events: &[(String, Cursor)],
    ) -> Result<(), StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tail::append(&transaction, events)?;
        put_site(&transaction, branch, cursor)?;
        Ok(transaction.commit()?)
    }

    /// Events that came since. `branch` is the state after them, for the time when it is stored anew.
    ///
    /// # Errors
    /// If they cannot be stored.
    pub fn put_events(&mut self, events: &[(String, Cursor)], branch: &Branch) -> Result<(), StoreError> {
        let Some((_, last)) = events.last() else { return Ok(()) };
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tail::append(&transaction, events)?;
        let stored: u64 = transaction.query_row("SELECT count(*) FROM stream_event", [], |row| row.get(0))?;
        if stored + events.len() as u64 > EVENTS_MAX {
            put_site(&transaction, branch, *last)?;
        } else {
            for (envelope, cursor) in events {
                transaction
                    .prepare_cached("INSERT INTO stream_event (cursor, envelope) VALUES (?1, ?2)")?
                    .execute([&cursor.to_string(), envelope])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// When the server's clock was last heard.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn anchor(&self) -> Result<Option<Anchor>, StoreError> {
        let sql = "SELECT boot_id, boot_millis, server, wall FROM anchor";
        let mut query = self.db.prepare_cached(sql)?;
        let mut rows = query.query([])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Anchor {
            boot_id: row.get(0)?,
            since_boot: Duration::from_millis(row.get(1)?),
            server: read("a time", &row.get::<_, String>(2)?)?,
            wall: read("a time", &row.get::<_, String>(3)?)?,
        }))
    }

    /// The server's clock was heard.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn put_anchor(&mut self, anchor: &Anchor) -> Result<(), StoreError> {
        let millis = u64::try_from(anchor.since_boot.as_millis()).unwrap_or(u64::MAX);
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO anchor (one, boot_id, boot_millis, server, wall) VALUES (1, ?1, ?2, ?3, ?4)",
            )?
            .execute(params![anchor.boot_id, millis, stamp(anchor.server), stamp(anchor.wall)])?;
        Ok(())
    }
}

fn put_site(db: &Connection, branch: &Branch, cursor: Cursor) -> Result<(), StoreError> {
    let text = snapshot::fold_to_json(branch).map_err(|_| StoreError::unreadable("the state of the site"))?;
    db.execute(
        "INSERT OR REPLACE INTO replica (one, cursor, branch) VALUES (1, ?1, ?2)",
        [&cursor.to_string(), &text],
    )?;
    db.execute("DELETE FROM stream_event", [])?;
    Ok(())
}

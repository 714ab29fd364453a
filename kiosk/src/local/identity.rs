//! Who this kiosk is.

use super::{LocalStore, StoreError, facts, read};
use domain::{DeviceId, LaneCode, SiteId};
use protocol::{LookupSecret, envelope::Hash};
use rusqlite::{Connection, TransactionBehavior, params};
use std::fmt;
use uuid::Uuid;

/// What pairing brought: who the kiosk is, whom it believes, and its series of numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// `https://host:port`
    pub server: String,
    /// The site's own authority, PEM; `None` when a public authority is trusted.
    pub authority: Option<String>,
    /// This kiosk.
    pub device: DeviceId,
    /// Its site.
    pub site: SiteId,
    /// What it is called, such as `hall`; printed on tickets.
    pub name: String,
    /// Its secret towards the server.
    pub token: String,
    /// How references are hashed.
    pub lookup: LookupSecret,
    /// Where visitors follow their ticket on a phone, if the site has such an address.
    pub follow_url: Option<String>,
    /// Which incarnation of the database this is.
    pub incarnation: Uuid,
    /// The series of numbers of this incarnation.
    pub lane: LaneCode,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("server", &self.server)
            .field("device", &self.device)
            .field("site", &self.site)
            .field("incarnation", &self.incarnation)
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

impl LocalStore {
    /// Who this kiosk is; `None` before it was paired.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn identity(&self) -> Result<Option<Identity>, StoreError> {
        identity(&self.db)
    }

    /// Takes a new identity, or a new incarnation of the same one. Facts that the server has not
    /// acknowledged begin the new chain: nothing is lost, and nothing of the old chain is sent again.
    ///
    /// # Errors
    /// [`StoreError::OtherSite`] if such facts belong to another site. Or if it cannot be stored.
    pub fn adopt(&mut self, new: &Identity) -> Result<(), StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let held = identity(&transaction)?;
        let kept = match &held {
            Some(old) => facts::take_unacked(&transaction, old.incarnation)?,
            None => Vec::new(),
        };
        if let Some(old) = held.filter(|old| old.site != new.site) {
            if !kept.is_empty() {
                return Err(StoreError::OtherSite {
                    held: old.site.to_string(),
                    asked: new.site.to_string(),
                });
            }
            transaction.execute_batch(
                "DELETE FROM replica; DELETE FROM stream_event; DELETE FROM tail; DELETE FROM lost_log;",
            )?;
        }
        put(&transaction, new)?;
        facts::append(&transaction, &kept)?;
        Ok(transaction.commit()?)
    }
}

fn put(db: &Connection, new: &Identity) -> Result<(), StoreError> {
    db.execute("DELETE FROM identity", [])?;
    db.execute(
        "INSERT INTO identity (one, server, authority, device, site, name, token, lookup, follow_url, incarnation, lane, last_hash)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            new.server,
            new.authority,
            new.device.to_string(),
            new.site.as_str(),
            new.name,
            new.token,
            new.lookup.as_text(),
            new.follow_url,
            new.incarnation.to_string(),
            new.lane.as_str(),
            Hash::zero().0,
        ],
    )?;
    Ok(())
}

pub(super) fn identity(db: &Connection) -> Result<Option<Identity>, StoreError> {
    let sql = "SELECT server, authority, device, site, name, token, lookup, follow_url, incarnation, lane FROM identity";
    let mut query = db.prepare_cached(sql)?;
    let mut rows = query.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let lane: String = row.get(9)?;
    Ok(Some(Identity {
        server: row.get(0)?,
        authority: row.get(1)?,
        device: DeviceId(read("the device", &row.get::<_, String>(2)?)?),
        site: SiteId::new(row.get::<_, String>(3)?),
        name: row.get(4)?,
        token: row.get(5)?,
        lookup: LookupSecret::from_text(row.get::<_, String>(6)?),
        follow_url: row.get(7)?,
        incarnation: read("the incarnation", &row.get::<_, String>(8)?)?,
        lane: LaneCode::try_from(lane).map_err(|_| StoreError::unreadable("the lane"))?,
    }))
}

//! What devices hand back after a restore, until the recovery of their site ends.

use super::StoreError;
use domain::{DeviceId, SiteId};
use protocol::{Envelope, recovery::Stated};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// An event of a lost log.
#[derive(Clone, Debug)]
pub(crate) struct HandedBack {
    /// The incarnation of that log.
    pub epoch: String,
    /// Its place there.
    pub seq: u64,
    /// The event.
    pub envelope: Envelope,
    /// Whether it is in the log now.
    pub taken: bool,
}

/// Keeps an event, unless it was handed back before.
pub(crate) fn keep(
    db: &Connection,
    device: DeviceId,
    (epoch, seq): (Uuid, u64),
    envelope: &Envelope,
) -> Result<(), StoreError> {
    let json = envelope.to_json().map_err(|_| StoreError::unreadable("an event", envelope.id.to_string()))?;
    let sql =
        "INSERT INTO handed_back (site, epoch, seq, id, device, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT DO NOTHING";
    db.prepare_cached(sql)?.execute(params![
        envelope.site.as_str(),
        epoch.to_string(),
        seq,
        envelope.id.to_string(),
        device.to_string(),
        json
    ])?;
    Ok(())
}

/// How many events a device brought that no other had brought before.
pub(crate) fn count(db: &Connection, device: DeviceId) -> Result<usize, StoreError> {
    let sql = "SELECT COUNT(*) FROM handed_back WHERE device = ?1";
    Ok(db.query_row(sql, [device.to_string()], |row| row.get(0))?)
}

/// Whether events wait that could not be taken in yet.
pub(crate) fn any_waits(db: &Connection, site: &SiteId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM handed_back WHERE site = ?1 AND taken = 0)";
    Ok(db.prepare_cached(sql)?.query_row([site.as_str()], |row| row.get(0))?)
}

/// Everything that was handed back, in the order of the lost log.
pub(crate) fn all(db: &Connection, site: &SiteId) -> Result<Vec<HandedBack>, StoreError> {
    let sql = "SELECT epoch, seq, envelope, taken FROM handed_back WHERE site = ?1 ORDER BY epoch, seq";
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map([site.as_str()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?))
    })?;
    rows.map(|row| {
        let (epoch, seq, text, taken) = row?;
        let envelope = Envelope::from_json(&text).map_err(|_| StoreError::unreadable("an event", text))?;
        Ok(HandedBack { epoch, seq, envelope, taken })
    })
    .collect()
}

/// An event is in the log now.
pub(crate) fn took(db: &Connection, handed: &HandedBack) -> Result<(), StoreError> {
    to(db, handed, "UPDATE handed_back SET taken = 1")
}

/// An event says nothing any more.
pub(crate) fn drop_event(db: &Connection, handed: &HandedBack) -> Result<(), StoreError> {
    to(db, handed, "DELETE FROM handed_back")
}

/// Does this to one event.
fn to(db: &Connection, handed: &HandedBack, what: &str) -> Result<(), StoreError> {
    let sql = format!("{what} WHERE site = ?1 AND epoch = ?2 AND seq = ?3 AND id = ?4");
    let envelope = &handed.envelope;
    db.prepare_cached(&sql)?.execute(params![
        envelope.site.as_str(),
        handed.epoch,
        handed.seq,
        envelope.id.to_string()
    ])?;
    Ok(())
}

/// A device handed back all. What it states later is new, also if it says so again.
pub(crate) fn set_returning(
    db: &Connection,
    device: DeviceId,
    stated: Option<Stated>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO returning_device (device, incarnation, through) VALUES (?1, ?2, ?3)
               ON CONFLICT (device) DO UPDATE SET incarnation = excluded.incarnation, through = excluded.through
               WHERE incarnation IS NOT excluded.incarnation";
    let incarnation = stated.map(|stated| stated.incarnation.to_string());
    db.execute(sql, params![device.to_string(), incarnation, stated.map_or(0, |stated| stated.through)])?;
    Ok(())
}

/// How far a device's own facts were when it handed back all; `None` if it has not yet, and `Some(None)` if it states
/// none.
pub(crate) fn returning(db: &Connection, device: DeviceId) -> Result<Option<Option<Stated>>, StoreError> {
    let sql = "SELECT incarnation, through FROM returning_device WHERE device = ?1";
    let row = db
        .prepare_cached(sql)?
        .query_row([device.to_string()], |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, u64>(1)?)))
        .optional()?;
    let Some((incarnation, through)) = row else { return Ok(None) };
    let Some(text) = incarnation else { return Ok(Some(None)) };
    let incarnation = text.parse().map_err(|_| StoreError::unreadable("an incarnation", text))?;
    Ok(Some(Some(Stated { incarnation, through })))
}

/// The recovery of a site is over.
pub(crate) fn forget(db: &Connection, site: &SiteId) -> Result<(), StoreError> {
    db.execute("DELETE FROM handed_back WHERE site = ?1", [site.as_str()])?;
    let sql = "DELETE FROM returning_device WHERE device IN (SELECT id FROM device WHERE site = ?1)";
    db.execute(sql, [site.as_str()])?;
    Ok(())
}

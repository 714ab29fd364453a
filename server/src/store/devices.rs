//! Enrolled devices and the codes that enrol them.

use super::{StoreError, read_stamp, stamp};
use crate::kiosks::Kiosk;
use chrono::{DateTime, Utc};
use domain::{DeviceId, SiteId};
use protocol::{control::Device, pairing::DeviceKind};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A device that may ask, as far as its token tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// Its identity.
    pub id: DeviceId,
    /// Its site.
    pub site: SiteId,
    /// What it may do.
    pub kind: DeviceKind,
    /// What it is called.
    pub name: String,
}

/// What a pairing code is good for.
#[derive(Clone, Debug)]
pub struct PairingCode {
    /// Which site.
    pub site: SiteId,
    /// What kind of device.
    pub kind: DeviceKind,
    /// What the device will be called.
    pub name: String,
}

fn kind_text(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Kiosk => "kiosk",
        DeviceKind::Board => "board",
    }
}

fn read_kind(text: &str) -> Result<DeviceKind, StoreError> {
    match text {
        "kiosk" => Ok(DeviceKind::Kiosk),
        "board" => Ok(DeviceKind::Board),
        _ => Err(StoreError::unreadable("a kind of device", text)),
    }
}

fn read_id(text: &str) -> Result<DeviceId, StoreError> {
    text.parse().map(DeviceId).map_err(|_| StoreError::unreadable("a device", text))
}

pub(crate) fn put_code(
    db: &Connection,
    code_hash: &str,
    code: &PairingCode,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO pairing_code (code_hash, site, kind, name, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    db.execute(
        sql,
        params![code_hash, code.site.as_str(), kind_text(code.kind), code.name, stamp(expires_at)],
    )?;
    Ok(())
}

/// Uses a code up. Codes that are too old go with it.
pub(crate) fn take_code(
    db: &Connection,
    code_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<PairingCode>, StoreError> {
    db.execute("DELETE FROM pairing_code WHERE expires_at <= ?1", [stamp(now)])?;
    let sql = "DELETE FROM pairing_code WHERE code_hash = ?1 RETURNING site, kind, name";
    let row = db
        .query_row(sql, [code_hash], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?))
        })
        .optional()?;
    row.map(|(site, kind, name)| Ok(PairingCode { site: SiteId::new(site), kind: read_kind(&kind)?, name }))
        .transpose()
}

pub(crate) fn put(
    db: &Connection,
    device: &DeviceRow,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO device (id, site, kind, name, token_hash, paired_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let id = device.id.to_string();
    db.execute(
        sql,
        params![id, device.site.as_str(), kind_text(device.kind), device.name, token_hash, stamp(now)],
    )?;
    Ok(())
}

/// The device of a token, unless it was revoked.
pub(crate) fn by_token(db: &Connection, token_hash: &str) -> Result<Option<DeviceRow>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, site, kind, name FROM device WHERE token_hash = ?1 AND revoked_at IS NULL",
    )?;
    let row = query.query_row([token_hash], columns).optional()?;
    row.map(|(id, site, kind, name)| {
        Ok(DeviceRow { id: read_id(&id)?, site: SiteId::new(site), kind: read_kind(&kind)?, name })
    })
    .transpose()
}

/// Refuses a device from now on, and says whose it was; `None` if there is no such device.
pub(crate) fn revoke(
    db: &Connection,
    device: DeviceId,
    now: DateTime<Utc>,
) -> Result<Option<SiteId>, StoreError> {
    let sql = "UPDATE device SET revoked_at = COALESCE(revoked_at, ?2) WHERE id = ?1 RETURNING site";
    let site =
        db.query_row(sql, [device.to_string(), stamp(now)], |row| row.get::<_, String>(0)).optional()?;
    Ok(site.map(SiteId::new))
}

/// Whether a device may still ask.
pub(crate) fn is_welcome(db: &Connection, device: DeviceId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM device WHERE id = ?1 AND revoked_at IS NULL)";
    Ok(db.prepare_cached(sql)?.query_row([device.to_string()], |row| row.get(0))?)
}

/// The kiosks that may ask, and when facts of them came since `from` that could not be read.
pub(crate) fn kiosks(db: &Connection, from: DateTime<Utc>) -> Result<Vec<Kiosk>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, site, name FROM device WHERE kind = 'kiosk' AND revoked_at IS NULL ORDER BY paired_at, id",
    )?;
    let rows = query.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let sql = "SELECT received_at FROM rejected_fact WHERE device = ?1 AND received_at >= ?2 ORDER BY id";
    let mut rejected = db.prepare_cached(sql)?;
    rows.map(|row| {
        let (id, site, name) = row?;
        let times = rejected.query_map([&id, &stamp(from)], |row| row.get::<_, String>(0))?;
        let rejected = times.map(|at| read_stamp(&at?)).collect::<Result<_, _>>()?;
        Ok(Kiosk { id: read_id(&id)?, site: SiteId::new(site), name, rejected })
    })
    .collect()
}

pub(crate) fn list(db: &Connection) -> Result<Vec<Device>, StoreError> {
    // Of a group that has one maximum, SQLite gives the other columns of that row.
    let mut query = db.prepare(
        "SELECT id, device.site, kind, name, revoked_at, rejected, reason FROM device
         LEFT JOIN (SELECT device, COUNT(*) AS rejected, MAX(rowid), reason FROM rejected_fact GROUP BY device)
         ON device = id ORDER BY paired_at",
    )?;
    let rows = query.query_map([], |row| {
        let rejected = row.get::<_, Option<u64>>(5)?.zip(row.get::<_, Option<String>>(6)?);
        Ok((columns(row)?, row.get::<_, Option<String>>(4)?, rejected))
    })?;
    rows.map(|row| {
        let ((id, site, kind, name), revoked, rejected) = row?;
        let (device, kind) = (read_id(&id)?, read_kind(&kind)?);
        Ok(Device { device, site: SiteId::new(site), kind, name, revoked: revoked.is_some(), rejected })
    })
    .collect()
}

/// A device with everything that lets it in, or keeps it out.
#[derive(Clone, Debug)]
pub(crate) struct Enrolment {
    id: String,
    site: String,
    kind: String,
    name: String,
    token_hash: String,
    paired_at: String,
    revoked_at: Option<String>,
}

/// Every device that was ever enrolled.
pub(crate) fn enrolments(db: &Connection) -> Result<Vec<Enrolment>, StoreError> {
    let mut query =
        db.prepare("SELECT id, site, kind, name, token_hash, paired_at, revoked_at FROM device")?;
    let rows = query.query_map([], |row| {
        Ok(Enrolment {
            id: row.get(0)?,
            site: row.get(1)?,
            kind: row.get(2)?,
            name: row.get(3)?,
            token_hash: row.get(4)?,
            paired_at: row.get(5)?,
            revoked_at: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Enrols a device as another database of the same server had it. One that is known stays revoked if it was in either.
pub(crate) fn take_over(db: &Connection, device: &Enrolment) -> Result<(), StoreError> {
    let sql = "INSERT INTO device (id, site, kind, name, token_hash, paired_at, revoked_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (id) DO UPDATE SET revoked_at = COALESCE(revoked_at, excluded.revoked_at)";
    let Enrolment { id, site, kind, name, token_hash, paired_at, revoked_at } = device;
    db.execute(sql, params![id, site, kind, name, token_hash, paired_at, revoked_at])?;
    Ok(())
}

fn columns(row: &Row<'_>) -> rusqlite::Result<(String, String, String, String)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

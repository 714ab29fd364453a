//! The log of events, the chains of devices, the answers to commands.

use super::{StoreError, read_stamp, stamp};
use chrono::{DateTime, Utc};
use domain::{Branch, DeviceId, SiteId};
use protocol::{
    Envelope,
    control::Rejected,
    envelope::Hash,
    upload::{BATCH_MAX, RejectedFact},
};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// An event with its place in the log.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Dense in its site, from 1.
    pub seq: u64,
    /// The event.
    pub envelope: Envelope,
}

/// How far the facts of an incarnation are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The last sequence number stored.
    pub acked_through: u64,
    /// The hash of that fact.
    pub last_hash: Hash,
    /// Its time, which the next may not precede.
    pub last_at: Option<DateTime<Utc>>,
}

impl Default for Chain {
    fn default() -> Self {
        Self { acked_through: 0, last_hash: Hash::zero(), last_at: None }
    }
}

pub(crate) fn meta(db: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut query = db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(query.query_row([key], |row| row.get(0)).optional()?)
}

pub(crate) fn set_meta(db: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    db.execute(sql, [key, value])?;
    Ok(())
}

/// The sites that the log knows.
pub(crate) fn sites(db: &Connection) -> Result<Vec<SiteId>, StoreError> {
    let mut query = db.prepare("SELECT DISTINCT site FROM event ORDER BY site")?;
    let rows = query.query_map([], |row| row.get::<_, String>(0))?;
    Ok(rows.map(|site| site.map(SiteId::new)).collect::<Result<_, _>>()?)
}

/// Whether the database answers.
pub(crate) fn ping(db: &Connection) -> Result<(), StoreError> {
    Ok(db.query_row("SELECT COUNT(*) FROM meta", [], |_| Ok(()))?)
}

pub(crate) fn append(
    db: &Connection,
    seq: u64,
    envelope: &Envelope,
    received_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let json = envelope.to_json().map_err(|_| StoreError::unreadable("an event", envelope.id.to_string()))?;
    db.prepare_cached(
        "INSERT INTO event (site, seq, id, day, kind, at, received_at, envelope)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        envelope.site.as_str(),
        seq,
        envelope.id.to_string(),
        envelope.day.to_string(),
        envelope.kind(),
        stamp(envelope.at),
        stamp(received_at),
        json,
    ])?;
    Ok(())
}

pub(crate) fn after(
    db: &Connection,
    site: &SiteId,
    seq: u64,
    limit: usize,
) -> Result<Vec<Stored>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT seq, envelope FROM event WHERE site = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let rows = query
        .query_map(params![site.as_str(), seq, limit], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (seq, text) = row?;
        let envelope = Envelope::from_json(&text).map_err(|_| StoreError::unreadable("an event", text))?;
        Ok(Stored { seq, envelope })
    })
    .collect()
}

/// The whole log of a site, from its beginning.
pub(crate) fn each(db: &Connection, site: &SiteId, mut visit: impl FnMut(&Stored)) -> Result<(), StoreError> {
    const PAGE: usize = 5_000;
    let mut seq = 0;
    loop {
        let page = after(db, site, seq, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        seq = last.seq;
        page.iter().for_each(&mut visit);
    }
}

/// An event by its identity.
pub(crate) fn event(db: &Connection, id: domain::EventId) -> Result<Option<Envelope>, StoreError> {
    let sql = "SELECT envelope FROM event WHERE id = ?1";
    let text: Option<String> =
        db.prepare_cached(sql)?.query_row([id.to_string()], |row| row.get(0)).optional()?;
    text.map(|text| Envelope::from_json(&text).map_err(|_| StoreError::unreadable("an event", text)))
        .transpose()
}

pub(crate) fn has_event(db: &Connection, id: domain::EventId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM event WHERE id = ?1)";
    Ok(db.prepare_cached(sql)?.query_row([id.to_string()], |row| row.get(0))?)
}

pub(crate) fn fold(db: &Connection, site: &SiteId) -> Result<Option<(u64, Branch)>, StoreError> {
    let sql = "SELECT seq, branch FROM fold WHERE site = ?1";
    let row =
        db.query_row(sql, [site.as_str()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).optional()?;
    row.map(|(seq, text)| {
        let branch = protocol::snapshot::fold_from_json(&text)
            .map_err(|_| StoreError::unreadable("the fold of a day", site.as_str()))?;
        Ok((seq, branch))
    })
    .transpose()
}

pub(crate) fn set_fold(db: &Connection, site: &SiteId, seq: u64, branch: &Branch) -> Result<(), StoreError> {
    let text = protocol::snapshot::fold_to_json(branch)
        .map_err(|_| StoreError::unreadable("the fold of a day", site.as_str()))?;
    let sql = "INSERT INTO fold (site, seq, branch) VALUES (?1, ?2, ?3)
               ON CONFLICT (site) DO UPDATE SET seq = excluded.seq, branch = excluded.branch";
    db.execute(sql, params![site.as_str(), seq, text])?;
    Ok(())
}

pub(crate) fn chain(db: &Connection, device: DeviceId, incarnation: Uuid) -> Result<Chain, StoreError> {
    let sql =
        "SELECT acked_through, last_hash, last_at FROM incarnation WHERE device = ?1 AND incarnation = ?2";
    let row = db
        .prepare_cached(sql)?
        .query_row([device.to_string(), incarnation.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<String>>(2)?))
        })
        .optional()?;
    let Some((acked_through, hash, at)) = row else { return Ok(Chain::default()) };
    let last_at = at.as_deref().map(read_stamp).transpose()?;
    Ok(Chain { acked_through, last_hash: Hash(hash), last_at })
}

pub(crate) fn set_chain(
    db: &Connection,
    device: DeviceId,
    incarnation: Uuid,
    chain: &Chain,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO incarnation (device, incarnation, acked_through, last_hash, last_at)
               VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (device, incarnation) DO UPDATE SET
                   acked_through = excluded.acked_through, last_hash = excluded.last_hash, last_at = excluded.last_at";
    let at = chain.last_at.map(stamp);
    db.prepare_cached(sql)?.execute(params![
        device.to_string(),
        incarnation.to_string(),
        chain.acked_through,
        chain.last_hash.0,
        at
    ])?;
    Ok(())
}

/// Keeps a fact that could not be read, so that nothing is lost and nothing is blocked. Once, however
/// often it is sent.
pub(crate) fn reject(
    db: &Connection,
    site: &SiteId,
    (device, incarnation, seq): (DeviceId, Uuid, u64),
    received_at: DateTime<Utc>,
    reason: &str,
    raw: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO rejected_fact (site, device, incarnation, seq, received_at, reason, raw)
               SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
               WHERE NOT EXISTS (SELECT 1 FROM rejected_fact
                                 WHERE device = ?2 AND incarnation = ?3 AND seq = ?4 AND raw = ?7)";
    db.execute(
        sql,
        params![
            site.as_str(),
            device.to_string(),
            incarnation.to_string(),
            seq,
            stamp(received_at),
            reason,
            raw
        ],
    )?;
    Ok(())
}

/// Whether the fact with this number was stored as rejected.
pub(crate) fn was_rejected(
    db: &Connection,
    device: DeviceId,
    incarnation: Uuid,
    seq: u64,
) -> Result<bool, StoreError> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM rejected_fact WHERE device = ?1 AND incarnation = ?2 AND seq = ?3)";
    let place = params![device.to_string(), incarnation.to_string(), seq];
    Ok(db.prepare_cached(sql)?.query_row(place, |row| row.get(0))?)
}

pub(crate) fn rejected(db: &Connection, device: DeviceId, incarnation: Uuid) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) FROM rejected_fact WHERE device = ?1 AND incarnation = ?2";
    let of = [device.to_string(), incarnation.to_string()];
    Ok(db.prepare_cached(sql)?.query_row(of, |row| row.get(0))?)
}

/// The facts from one place of a chain to another that were stored as rejected, one batch at most.
pub(crate) fn rejected_between(
    db: &Connection,
    device: DeviceId,
    incarnation: Uuid,
    from: u64,
    through: u64,
) -> Result<Vec<RejectedFact>, StoreError> {
    if from > through {
        return Ok(Vec::new());
    }
    let mut query = db.prepare_cached(
        "SELECT seq, reason FROM rejected_fact WHERE device = ?1 AND incarnation = ?2 AND seq BETWEEN ?3 AND ?4
         ORDER BY seq LIMIT ?5",
    )?;
    let place = params![device.to_string(), incarnation.to_string(), from, through, BATCH_MAX];
    let rows = query.query_map(place, |row| Ok(RejectedFact { seq: row.get(0)?, reason: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every fact that was stored as rejected, oldest first; the last so many of them.
pub(crate) fn review(db: &Connection, limit: usize) -> Result<Vec<Rejected>, StoreError> {
    let mut query = db.prepare(
        "SELECT * FROM (SELECT rejected_fact.id, rejected_fact.site, device.id, name, seq, received_at, reason, raw
                        FROM rejected_fact JOIN device ON rejected_fact.device = device.id
                        ORDER BY rejected_fact.id DESC LIMIT ?1) ORDER BY 1",
    )?;
    let rows = query.query_map([limit], |row| {
        let texts = (row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get(3)?);
        Ok((texts, row.get(4)?, row.get::<_, String>(5)?, row.get(6)?, row.get::<_, String>(7)?))
    })?;
    rows.map(|row| {
        let ((site, device, name), seq, at, reason, raw) = row?;
        let device = device.parse().map(DeviceId).map_err(|_| StoreError::unreadable("a device", &device))?;
        let read: Option<serde_json::Value> = protocol::json::from_text(&raw).ok();
        let text = |pointer| Some(read.as_ref()?.pointer(pointer)?.as_str()?.to_owned());
        Ok(Rejected {
            site: SiteId::new(site),
            device,
            name,
            seq,
            received_at: read_stamp(&at)?,
            reason,
            kind: text("/body/kind"),
            number: text("/number"),
        })
    })
    .collect()
}

pub(crate) fn answer(db: &Connection, command: Uuid) -> Result<Option<String>, StoreError> {
    let sql = "SELECT answer FROM command WHERE id = ?1";
    Ok(db.prepare_cached(sql)?.query_row([command.to_string()], |row| row.get(0)).optional()?)
}

pub(crate) fn set_answer(
    db: &Connection,
    command: Uuid,
    at: DateTime<Utc>,
    answer: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO command (id, at, answer) VALUES (?1, ?2, ?3)";
    db.prepare_cached(sql)?.execute([command.to_string(), stamp(at), answer.to_owned()])?;
    Ok(())
}

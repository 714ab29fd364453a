//! Facts from kiosks: they happened, so they are never refused.

use super::{Unit, WriteError, Writer, recovery::Present};
use crate::store::{Chain, DeviceRow, log};
use chrono::{DateTime, Duration, Utc};
use domain::{Actor, Command, Event, Recorded, SiteId};
use protocol::{
    Envelope, Origin,
    envelope::Hash,
    upload::{Acknowledged, Upload},
};
use uuid::Uuid;

/// What an uploaded fact turned out to be.
#[derive(Debug)]
enum Accepted {
    /// Read and stored.
    Stored,
    /// It was known already.
    Repeated,
    /// It cannot be read: stored apart, for staff.
    Rejected,
}

impl Writer {
    /// Stores the facts of a kiosk.
    ///
    /// # Errors
    /// [`WriteError::Forked`] if they do not continue the chain: nothing is stored then. Or that they
    /// could not be stored.
    pub async fn facts(&self, device: DeviceRow, upload: Upload) -> Result<Acknowledged, WriteError> {
        let from = device.clone();
        let site = device.site.clone();
        let concerns_shares = upload.facts.iter().any(concerns_shares);
        let (acknowledged, present) = self
            .run(move |unit| {
                let mut chain = log::chain(unit.db, device.id, upload.incarnation)?;
                // What bears no place may be what is missing before the next one that does.
                let mut unplaced = 0;
                let mut present = Present::default();
                let first =
                    upload.facts.iter().filter_map(|raw| Origin::of(raw).map(|origin| origin.seq)).min();
                for raw in upload.facts {
                    accept(
                        unit,
                        &device,
                        upload.incarnation,
                        (&mut chain, &mut unplaced),
                        &mut present,
                        raw,
                    )?;
                }
                let is_recovering = unit.branch(&device.site)?.recovery.is_some();
                log::set_chain(unit.db, device.id, upload.incarnation, &chain)?;
                let rejected = log::rejected(unit.db, device.id, upload.incarnation)?;
                let (from, through) = (first.unwrap_or(u64::MAX), chain.acked_through);
                let rejected_now = match rejected {
                    0 => Vec::new(),
                    _ => log::rejected_between(unit.db, device.id, upload.incarnation, from, through)?,
                };
                let acknowledged = Acknowledged { acked_through: through, rejected, rejected_now };
                Ok((acknowledged, is_recovering.then_some(present)))
            })
            .await?;
        if let Some(present) = present {
            self.after_facts(from, present).await?;
        }
        if concerns_shares {
            // Whoever has little left is granted more at once. The facts are stored whatever becomes of this: if it
            // fails, the next tick does it.
            let dealt = self.run(move |unit| unit.decide(&site, &Command::Tick, Actor::System)).await;
            dealt.err().inspect(|error| tracing::warn!(%error, "shares of tickets were not dealt"));
        }
        Ok(acknowledged)
    }
}

/// Whether a fact changes how many tickets a kiosk has left to give.
fn concerns_shares(fact: &serde_json::Value) -> bool {
    let kind = fact.get("body").and_then(|body| body.get("kind")).and_then(serde_json::Value::as_str);
    kind.is_some_and(|kind| ["walk_in_taken", "share_returned"].contains(&kind))
}

/// The longest fact, in bytes. The longest of ours has some 600; a newer kiosk may say more, but not send a
/// book that everybody who follows the site then reads.
pub(super) const FACT_BYTES_MAX: usize = 16 << 10;

fn accept(
    unit: &mut Unit<'_>,
    device: &DeviceRow,
    incarnation: Uuid,
    (chain, unplaced): (&mut Chain, &mut u64),
    present: &mut Present,
    raw: serde_json::Value,
) -> Result<Accepted, WriteError> {
    let reject = |unit: &Unit<'_>, seq: u64, reason: &str, raw: &str| {
        let place = (device.id, incarnation, seq);
        log::reject(unit.db, &device.site, place, unit.clock.now(), reason, raw)
    };
    let text = raw.to_string();
    let envelope = Envelope::from_json(&text).ok();
    let origin = match &envelope {
        Some(envelope) => envelope.origin.clone(),
        None => Origin::of(&raw),
    };
    let Some(origin) = origin.filter(|o| o.device == device.id && o.incarnation == incarnation) else {
        *unplaced += 1;
        reject(unit, 0, "not an envelope, or of another device", &text)?;
        return Ok(Accepted::Rejected);
    };
    if origin.seq <= chain.acked_through {
        // A restored disk states other facts under numbers that are taken: none of them may be lost.
        let known = envelope.as_ref().map_or(Ok(false), |envelope| log::has_event(unit.db, envelope.id))?
            || log::was_rejected(unit.db, device.id, incarnation, origin.seq)?;
        return if known { Ok(Accepted::Repeated) } else { Err(WriteError::Forked) };
    }
    let gap = origin.seq - chain.acked_through - 1;
    if gap > *unplaced || (gap == 0 && !chain.last_hash.is_followed_by(&origin.previous)) {
        return Err(WriteError::Forked);
    }
    *unplaced = 0;
    chain.acked_through = origin.seq;
    let Some(mut envelope) = envelope else {
        chain.last_hash = Hash::unknown();
        reject(unit, origin.seq, "not an envelope", &text)?;
        return Ok(Accepted::Rejected);
    };
    chain.last_hash = envelope.hash();
    let known = log::event(unit.db, envelope.id)?;
    // What a disk held back when it was copied is sent by both, each in a chain of its own.
    if known.as_ref().is_some_and(|known| is_same(known, &envelope)) {
        return Ok(Accepted::Repeated);
    }
    if envelope.site != device.site || known.is_some() {
        reject(unit, origin.seq, "of another site, or with an id that is taken", &text)?;
        return Ok(Accepted::Rejected);
    }
    let lanes = &unit.branch(&device.site)?.lanes;
    let recorded = envelope.open();
    let lane = recorded.as_ref().and_then(|recorded| recorded.event.lane());
    let lane = lane.or(envelope.number.as_ref().map(|number| &number.lane));
    let holder = lane.and_then(|lane| lanes.get(lane));
    // A database that was lost leaves numbers of its own lane to the one that follows it.
    if holder.is_some_and(|lane| lane.device != device.id) {
        reject(unit, origin.seq, "a number of a lane that belongs to another device", &text)?;
        return Ok(Accepted::Rejected);
    }
    if text.len() > FACT_BYTES_MAX {
        reject(unit, origin.seq, "longer than any fact", &text)?;
        return Ok(Accepted::Rejected);
    }
    // The kiosk's time counts, but never before what it stated with a right clock and never in the future.
    let received = unit.received(&device.site)?;
    envelope.at = envelope.at.max(chain.last_at.unwrap_or(envelope.at)).min(received);
    // A kiosk whose clock is ahead serves people who are here today.
    let today = unit.branch(&device.site)?.site.as_ref().map(|site| site.day(envelope.at));
    envelope.day = today.map_or(envelope.day, |today| envelope.day.min(today));
    let recorded = recorded.map(|recorded| Recorded { at: envelope.at, day: envelope.day, ..recorded });
    if recorded.as_ref().is_some_and(|recorded| binds_the_next(&recorded.event)) {
        chain.last_at = Some(envelope.at);
    }
    if recorded.as_ref().is_some_and(|recorded| !recorded.event.is_fact()) {
        reject(unit, origin.seq, "a kiosk may not decide this", &text)?;
        return Ok(Accepted::Rejected);
    }
    // The envelope's number is the one whose lane was looked at.
    if recorded.as_ref().is_some_and(|recorded| recorded.event.number() != envelope.number.as_ref()) {
        reject(unit, origin.seq, "about another number than its envelope says", &text)?;
        return Ok(Accepted::Rejected);
    }
    let is_of_another = |recorded: &Recorded| matches!(recorded.event, Event::DeviceReported { kiosk, .. } if kiosk != device.id);
    if recorded.as_ref().is_some_and(is_of_another) {
        reject(unit, origin.seq, "about what hangs on another kiosk", &text)?;
        return Ok(Accepted::Rejected);
    }
    if recorded.as_ref().is_some_and(|recorded| !is_within_reach(recorded, received)) {
        reject(unit, origin.seq, "of a booking that is years away", &text)?;
        return Ok(Accepted::Rejected);
    }
    present.note(unit, &envelope)?;
    append(unit, &device.site, envelope, recorded)?;
    Ok(Accepted::Stored)
}

/// Whether nothing that a kiosk states later can have been before. A ticket of an uncertain clock says nothing of the
/// time, nor does what else that clock stated: whoever comes once it is right must not be put behind others for it.
fn binds_the_next(event: &Event) -> bool {
    match event {
        Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket } => ticket.clock_certain,
        Event::TicketUnread { .. } => true,
        _ => false,
    }
}

/// Whether two envelopes hold the same fact of the same device.
fn is_same(known: &Envelope, stated: &Envelope) -> bool {
    let device = |envelope: &Envelope| envelope.origin.as_ref().map(|origin| origin.device);
    device(known) == device(stated) && known.body == stated.body
}

/// Whether a slot is one that a hall can have given. Deadlines are counted from it, and at the ends of
/// time there is nothing to count on to.
pub(super) fn is_within_reach(recorded: &Recorded, received: DateTime<Utc>) -> bool {
    match &recorded.event {
        Event::CheckedIn { slot, .. } => (*slot - received).abs() <= SLOT_AWAY_MAX,
        _ => true,
    }
}

/// No booking tool looks further ahead, and no visitor comes later.
const SLOT_AWAY_MAX: Duration = Duration::days(10 * 366);

fn append(
    unit: &mut Unit<'_>,
    site: &SiteId,
    envelope: Envelope,
    recorded: Option<Recorded>,
) -> Result<(), WriteError> {
    // A new day may have come with nobody there to open it: the fact must find its own.
    let today = unit.day(site)?;
    if today.is_none_or(|today| today < envelope.day) {
        unit.decide(site, &domain::Command::Tick, domain::Actor::System)?;
    }
    unit.append_envelope(site, envelope, recorded)
}

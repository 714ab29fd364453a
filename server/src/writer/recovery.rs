//! After a restore: what devices hand back of the log that was lost.
//!
//! An event is taken in as it happened, with the identity and the time that it had, once what it follows on is known.
//! Which events can still be taken in is for the rules to say: see `domain::recovery`. What several devices bring is
//! put in the order of the lost log, so that it does not matter who comes back first.

use super::{
    Unit, WriteError, Writer,
    facts::{FACT_BYTES_MAX, is_within_reach},
};
use crate::store::{DeviceRow, HandedBackEvent, copy, log, recovery};
use domain::{
    Actor, Branch, Command, DeviceId, Event, EventId, Recorded, SiteId, TicketNumber, VisitId,
    recovery::Taking,
};
use protocol::{
    Envelope, Origin,
    recovery::{EVENTS_MAX, HandBack, Handed, HandedBack},
};
use std::collections::BTreeMap;

/// Who showed by a new fact that they are here.
#[derive(Debug, Default)]
pub(super) struct Present {
    numbers: Vec<TicketNumber>,
    visits: Vec<VisitId>,
}

impl Present {
    /// Notes whom a fact is about, if its device stated it after the restore.
    pub(super) fn note(&mut self, unit: &Unit<'_>, envelope: &Envelope) -> Result<(), WriteError> {
        let Some(origin) = &envelope.origin else { return Ok(()) };
        if unit.branch(&envelope.site)?.recovery.is_none() || !is_new(unit, origin)? {
            return Ok(());
        }
        let Some(recorded) = envelope.open() else { return Ok(()) };
        match &recorded.event {
            Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket } => {
                self.numbers.push(ticket.number.clone());
            }
            Event::TicketUnread { number } => self.numbers.push(number.clone()),
            event => self.visits.extend(event.visits()),
        }
        Ok(())
    }
}

fn is_new(unit: &Unit<'_>, origin: &Origin) -> Result<bool, WriteError> {
    Ok(match recovery::returning(unit.db, origin.device)? {
        Some(Some(stated)) => origin.incarnation != stated.incarnation || origin.seq > stated.through,
        Some(None) => true,
        // Until a device has said what it had stated before, everything may be old.
        None => false,
    })
}

impl Writer {
    /// Begins the recovery of a log that was restored from a backup since the last start.
    ///
    /// # Errors
    /// That it could not be stored.
    pub async fn begin_recovery(&self) -> Result<(), WriteError> {
        self.run(|unit| {
            let Some(mut restored) = copy::take_restored(unit.db)? else { return Ok(()) };
            for site in unit.sites() {
                let awaited = restored.remove(&site).unwrap_or_default();
                tracing::warn!(%site, awaited = awaited.len(), "the log was restored from a backup");
                unit.decide(&site, &Command::BeginRecovery { awaited }, Actor::Operator)?;
            }
            Ok(())
        })
        .await
    }

    /// Takes in a part of what a device knows of a log that was lost.
    ///
    /// # Errors
    /// That it could not be stored. A repeat is harmless.
    pub async fn hand_back(&self, device: DeviceRow, part: HandBack) -> Result<HandedBack, WriteError> {
        let (site, id, is_last, stated) = (device.site.clone(), device.id, part.last, part.stated);
        let calls = part.calls.clone();
        let wanted = self.run(move |unit| take_part(unit, &device, part)).await?;
        if !wanted {
            return Ok(HandedBack { wanted });
        }
        let here = site.clone();
        self.run(move |unit| {
            for call in calls {
                for number in call.numbers {
                    let seen = Command::SeeCall { number, counter: call.counter, at: call.at };
                    unit.decide(&here, &seen, Actor::Device(id))?;
                }
            }
            if is_last {
                recovery::set_returning(unit.db, id, stated)?;
                came_back(unit, &here, id)?;
            }
            Ok(())
        })
        .await?;
        Ok(HandedBack { wanted })
    }

    /// What follows on new facts while a site recovers.
    ///
    /// # Errors
    /// That it could not be stored.
    pub(super) async fn after_facts(&self, device: DeviceRow, present: Present) -> Result<(), WriteError> {
        self.run(move |unit| {
            let site = &device.site;
            if unit.branch(site)?.recovery.is_none() {
                return Ok(());
            }
            confirm(unit, site, &present)?;
            if recovery::any_waits(unit.db, site)? {
                take_in(unit, site)?;
            }
            came_back(unit, site, device.id)
        })
        .await
    }

    /// Waits for no other device.
    ///
    /// # Errors
    /// If whoever asks may not say so, or it could not be stored.
    pub async fn end_recovery(&self, site: SiteId, actor: Actor) -> Result<(), WriteError> {
        self.run(move |unit| {
            unit.decide(&site, &Command::EndRecovery, actor)?;
            Ok(recovery::forget(unit.db, &site)?)
        })
        .await
    }
}

/// Keeps a part and takes in what can be; false if nothing is awaited from this device.
fn take_part(unit: &mut Unit<'_>, device: &DeviceRow, part: HandBack) -> Result<bool, WriteError> {
    let site = &device.site;
    let awaited = unit.branch(site)?.recovery.as_ref().map(|recovery| &recovery.awaited);
    if !awaited.is_some_and(|awaited| awaited.contains_key(&device.id)) {
        return Ok(false);
    }
    let room = EVENTS_MAX.saturating_sub(recovery::count(unit.db, device.id)?);
    for Handed { seq, event } in part.events.into_iter().take(room) {
        let text = event.to_string();
        let envelope = Envelope::from_json(&text).ok().filter(|_| text.len() <= FACT_BYTES_MAX);
        // What is no event of this site, or is known, is of no use to anybody.
        let Some(envelope) = envelope.filter(|envelope| envelope.site == *site) else { continue };
        if !log::has_event(unit.db, envelope.id)? {
            recovery::keep(unit.db, device.id, (part.epoch, seq), &envelope)?;
        }
    }
    for (lane, known) in part.lanes {
        if !unit.branch(site)?.lanes.contains_key(&lane) {
            let event = Event::LaneGranted { lane, device: known.device, incarnation: known.incarnation };
            state(unit, site, event)?;
        }
    }
    take_in(unit, site)?;
    Ok(true)
}

/// Takes in whatever can be, in the order of the lost log, until nothing more can.
fn take_in(unit: &mut Unit<'_>, site: &SiteId) -> Result<(), WriteError> {
    let mut events = recovery::all(unit.db, site)?;
    // What this job appends is not in the state that others see yet.
    let mut known = unit.branch_so_far(site)?;
    let mut latest: BTreeMap<(String, VisitId), u64> = BTreeMap::new();
    for event in events.iter().filter(|event| event.taken) {
        note_latest(&mut latest, event);
    }
    loop {
        let mut taken = 0;
        for event in events.iter_mut().filter(|event| !event.taken) {
            match fate(unit, &known, &latest, event)? {
                Fate::Waits => {}
                Fate::SaysNothing => {
                    recovery::drop_event(unit.db, event)?;
                    event.taken = true;
                }
                Fate::Counts(recorded) => {
                    known.apply(&recorded);
                    unit.append_envelope(site, event.envelope.clone(), Some(*recorded))?;
                    recovery::took(unit.db, event)?;
                    event.taken = true;
                    note_latest(&mut latest, event);
                    taken += 1;
                }
            }
        }
        if taken == 0 {
            return Ok(());
        }
    }
}

/// What becomes of an event now.
enum Fate {
    /// It is recorded as this.
    Counts(Box<Recorded>),
    /// What it follows on is not known yet.
    Waits,
    /// It never will be.
    SaysNothing,
}

fn fate(
    unit: &Unit<'_>,
    known: &Branch,
    latest: &BTreeMap<(String, VisitId), u64>,
    event: &mut HandedBackEvent,
) -> Result<Fate, WriteError> {
    let envelope = &mut event.envelope;
    let is_behind =
        |visit: VisitId| latest.get(&(event.epoch.clone(), visit)).is_some_and(|latest| *latest > event.seq);
    if log::has_event(unit.db, envelope.id)? {
        return Ok(Fate::SaysNothing);
    }
    // Nothing is recorded ahead of the clock, but in training, where it begins anew with every start.
    if !unit.clock.is_training() {
        envelope.at = envelope.at.min(unit.now(&envelope.site));
    }
    let Some(recorded) = envelope.open().filter(|recorded| is_plausible(known, envelope, recorded)) else {
        return Ok(Fate::SaysNothing);
    };
    if !recorded.event.is_fact() && recorded.event.visits().any(is_behind) {
        return Ok(Fate::SaysNothing);
    }
    Ok(match known.taking(&recorded) {
        Taking::Take => Fate::Counts(Box::new(recorded)),
        Taking::Wait => Fate::Waits,
        Taking::Drop => Fate::SaysNothing,
    })
}

/// Whether an event can be what it says: of a fact the same is asked as of one that its own kiosk uploads.
fn is_plausible(known: &Branch, envelope: &Envelope, recorded: &Recorded) -> bool {
    let Some(origin) = &envelope.origin else { return true };
    let holder = envelope.number.as_ref().and_then(|number| known.lanes.get(&number.lane));
    recorded.event.is_fact()
        && recorded.event.number() == envelope.number.as_ref()
        && holder.is_none_or(|lane| lane.device == origin.device)
        && is_within_reach(recorded, recorded.at)
}

fn note_latest(latest: &mut BTreeMap<(String, VisitId), u64>, event: &HandedBackEvent) {
    let Some(recorded) = event.envelope.open().filter(|recorded| !recorded.event.is_fact()) else { return };
    for visit in recorded.event.visits() {
        let last = latest.entry((event.epoch.clone(), visit)).or_default();
        *last = (*last).max(event.seq);
    }
}

/// Whoever states something new at a kiosk is here.
fn confirm(unit: &mut Unit<'_>, site: &SiteId, present: &Present) -> Result<(), WriteError> {
    let branch = unit.branch(site)?;
    let holders = present.numbers.iter().filter_map(|number| branch.holder(number));
    let visits = present.visits.iter().filter_map(|id| branch.present(*id));
    let found: BTreeMap<VisitId, Event> =
        holders.chain(visits).filter_map(|visit| Some((visit.id, branch.confirmation(visit)?))).collect();
    found.into_values().try_for_each(|event| state(unit, site, event))
}

/// A device has come back once it handed back all, and its own facts of before are here again.
fn came_back(unit: &mut Unit<'_>, site: &SiteId, device: DeviceId) -> Result<(), WriteError> {
    let Some(stated) = recovery::returning(unit.db, device)? else { return Ok(()) };
    if let Some(stated) = stated
        && log::chain(unit.db, device, stated.incarnation)?.acked_through < stated.through
    {
        return Ok(());
    }
    let recorded = unit.decide(site, &Command::DeviceBack(device), Actor::System)?;
    if recorded.iter().any(|recorded| recorded.event == Event::RecoveryEnded) {
        tracing::info!(%site, "every device has come back: what is still open is called again");
        recovery::forget(unit.db, site)?;
    }
    Ok(())
}

/// Appends what the server found out by itself.
fn state(unit: &mut Unit<'_>, site: &SiteId, event: Event) -> Result<(), WriteError> {
    let at = unit.now(site);
    let Some(day) = unit.branch(site)?.site.as_ref().map(|known| known.day(at)) else { return Ok(()) };
    let recorded = Recorded { id: EventId(unit.clock.new_id()), at, day, event };
    unit.append(site, recorded, None)
}

//! After a restore. The log was set back to an older backup, and what happened since then comes to light again piece
//! by piece, from the devices that saw it. Until all of them have come back nobody knows who was served meanwhile:
//! visits are in doubt, and whoever is in doubt is called by hand or not at all.

use crate::{
    Actor, Branch, Context, CounterId, DeviceId, Ending, Event, Flag, Recorded, Refusal, Standing,
    TicketNumber, Time, Visit, VisitId, VisitState, handling::named,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a site still has to hear since its log was restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recovery {
    /// When the restored log went on.
    pub since: Time,
    /// The devices that have not come back yet.
    pub awaited: BTreeMap<DeviceId, Awaited>,
}

/// A device that may know what the restored log lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Awaited {
    /// What it is called.
    pub name: String,
    /// Whether it gives numbers: then no series of numbers is given to another before it has come back.
    pub gives_numbers: bool,
}

/// Why nobody knows whether a visitor still waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "doubt", rename_all = "snake_case")]
pub enum Doubt {
    /// The log was restored, and what became of the visit since the backup may not have come to light.
    Restored,
    /// A device saw the visitor called, and what became of that nobody told. Only staff can.
    Called {
        /// Where to.
        counter: CounterId,
        /// When.
        at: Time,
    },
}

/// What becomes of an event that a device hands back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// It is recorded as it happened.
    Take,
    /// What has to come before it is not known yet.
    Wait,
    /// It says nothing any more: it is of another day, or staff have decided otherwise since.
    Drop,
}

/// The log was restored, and these devices may know more.
pub(crate) fn begin(awaited: &BTreeMap<DeviceId, Awaited>) -> Vec<Event> {
    vec![Event::RecoveryBegun { awaited: awaited.clone() }]
}

/// A device told all that it knew. The last one ends the recovery.
pub(crate) fn device_back(branch: &Branch, device: DeviceId) -> Vec<Event> {
    let Some(recovery) = &branch.recovery else { return Vec::new() };
    if !recovery.awaited.contains_key(&device) {
        return Vec::new();
    }
    let ended = (recovery.awaited.len() == 1).then_some(Event::RecoveryEnded);
    std::iter::once(Event::DeviceReturned { device }).chain(ended).collect()
}

/// No other device is waited for.
pub(crate) fn end(branch: &Branch, context: &Context) -> Result<Vec<Event>, Refusal> {
    match context.actor {
        Actor::Operator | Actor::Supervisor(_) => {}
        Actor::Agent(_) | Actor::Device(_) | Actor::System => return Err(Refusal::MayNotChoose),
    }
    Ok(branch.recovery.iter().map(|_| Event::RecoveryEnded).collect())
}

/// A device saw that a number was called, which the log does not know.
pub(crate) fn call_seen(branch: &Branch, number: &TicketNumber, counter: CounterId, at: Time) -> Vec<Event> {
    let Some(visit) = branch.holder(number) else { return Vec::new() };
    let is_known = branch.board.calls.iter().any(|call| call.visit == visit.id && call.at >= at);
    let waits = visit.doubt == Some(Doubt::Restored) && visit.state == VisitState::Waiting;
    if waits && !is_known { vec![Event::CallSeen { visit: visit.id, counter, at }] } else { Vec::new() }
}

/// The visitor stands here.
pub(crate) fn confirm(
    branch: &Branch,
    number: &TicketNumber,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    Ok(branch.confirmation(named(branch, number, context)?).into_iter().collect())
}

/// Whatever staff decide about somebody in doubt says that the visitor is here, or how the visit ended.
pub(crate) fn confirmed(branch: &Branch, decided: Vec<Event>, actor: &Actor) -> Vec<Event> {
    if actor.person().is_none() {
        return decided;
    }
    let visits = decided.iter().flat_map(Event::visits).filter_map(|id| branch.visits.get(&id));
    let confirmations: Vec<Event> = visits.filter_map(|visit| branch.confirmation(visit)).collect();
    let is_said = |event: &Event| matches!(event, Event::VisitConfirmed { .. });
    if decided.iter().any(is_said) { decided } else { [confirmations, decided].concat() }
}

impl Branch {
    /// The visits of which nobody knows whether they still wait, by arrival.
    pub fn in_doubt(&self) -> Vec<&Visit> {
        let is_asked = |visit: &&Visit| visit.doubt.is_some() && visit.state.is_live();
        let mut visits: Vec<&Visit> = self.visits.values().filter(is_asked).collect();
        visits.sort_by_key(|visit| (visit.arrival, visit.id));
        visits
    }

    /// What says that somebody in doubt is here; `None` if nobody doubts it.
    pub fn confirmation(&self, visit: &Visit) -> Option<Event> {
        visit.doubt?;
        Some(Event::VisitConfirmed { visit: visit.id, back: self.is_stranded(visit) })
    }

    /// Whether somebody in doubt was called to a counter that knows nothing of it any more.
    fn is_stranded(&self, visit: &Visit) -> bool {
        let holds = |counter| self.counters.get(&counter).is_some_and(|open| open.visit == Some(visit.id));
        visit.doubt.is_some() && visit.state.counter().is_some_and(|counter| !holds(counter))
    }

    /// Where a visit stands once it is no longer in doubt.
    pub(crate) fn once_confirmed(&self, visit: &Visit) -> VisitState {
        if self.is_stranded(visit) { VisitState::Waiting } else { visit.state.clone() }
    }

    /// Whether kiosks may still know of numbers that the restored log does not.
    pub(crate) fn awaits_kiosks(&self) -> bool {
        self.recovery.iter().flat_map(|recovery| recovery.awaited.values()).any(|device| device.gives_numbers)
    }

    /// What becomes of an event of the lost log that a device hands back.
    pub fn taking(&self, recorded: &Recorded) -> Taking {
        let of_today = |taken| match self.day {
            Some(day) if day == recorded.day => taken,
            Some(day) if day > recorded.day => Taking::Drop,
            _ => Taking::Wait,
        };
        match &recorded.event {
            Event::LaneGranted { lane, .. } if self.lanes.contains_key(lane) => Taking::Drop,
            Event::LaneGranted { .. } => Taking::Take,
            // What was imported since the restore is newer.
            Event::BookingRecorded { booking } if self.bookings.contains_key(&booking.key) => Taking::Drop,
            Event::BookingRecorded { .. } => Taking::Take,
            event if event.is_fact() => of_today(Taking::Take),
            event => of_today(self.taking_of_decision(event, recorded)),
        }
    }

    /// Of decisions only those about visits count, and only where nobody has decided since: who sat where, and what
    /// was configured, is asked anew.
    fn taking_of_decision(&self, event: &Event, recorded: &Recorded) -> Taking {
        let mut about = event.visits().peekable();
        if about.peek().is_none() {
            return Taking::Drop;
        }
        for visit in about {
            match self.visits.get(&visit) {
                None => return Taking::Wait,
                Some(visit) if visit.doubt.is_none() => return Taking::Drop,
                Some(_) => {}
            }
        }
        if self.fits(event, recorded.at) { Taking::Take } else { Taking::Wait }
    }

    /// Whether a decision can follow on what is known of its visit.
    fn fits(&self, event: &Event, at: Time) -> bool {
        let of = |visit: &VisitId| self.visits.get(visit);
        let state = |visit: &VisitId| of(visit).map(|visit| &visit.state);
        match event {
            Event::Called { visit, counter, .. } => {
                state(visit).is_some_and(|state| state.call(*counter, at).is_ok())
            }
            Event::Recalled { visit, .. } | Event::Started { visit, .. } | Event::Missed { visit, .. } => {
                state(visit).is_some_and(|state| state.start(at).is_ok())
            }
            Event::Finished { visit, .. }
            | Event::ServiceDone { visit, .. }
            | Event::Parked { visit, .. }
            | Event::Transferred { visit, .. }
            | Event::ServiceAdded { visit, .. }
            | Event::Returned { visit, .. } => state(visit).is_some_and(|state| state.release().is_ok()),
            Event::Ended { visit, how, .. } => {
                state(visit).is_some_and(|state| state.end(how.clone(), at).is_ok())
            }
            Event::ServedMeanwhile { visit, served_at, .. } => {
                let how = Ending::ServedMeanwhile { recorded: at };
                state(visit).is_some_and(|state| state.end(how, *served_at).is_ok())
            }
            Event::BroughtBack { visit } | Event::ServedTakenBack { visit } => state(visit)
                .is_some_and(|state| matches!(state, VisitState::Missed { .. } | VisitState::Ended { .. })),
            Event::Undone { visit, undoes, .. } => of(visit).is_some_and(|visit| visit.seen(*undoes)),
            Event::VisitSplit { visit, number, .. } => {
                of(visit).is_some_and(|visit| visit.tickets.contains_key(number))
            }
            _ => true,
        }
    }

    /// Everybody who is here may have been served since the backup, and everybody who was may have been brought back.
    pub(crate) fn begin_recovery(&mut self, awaited: &BTreeMap<DeviceId, Awaited>, since: Time) {
        self.recovery = Some(Recovery { since, awaited: awaited.clone() });
        self.visits.values_mut().for_each(|visit| visit.doubt = Some(Doubt::Restored));
    }

    pub(crate) fn device_returned(&mut self, device: DeviceId) {
        if let Some(recovery) = &mut self.recovery {
            recovery.awaited.remove(&device);
        }
    }

    /// Whoever is still there can be called again; of whom a device knows that they were called, staff have to say.
    pub(crate) fn end_recovery(&mut self) {
        self.recovery = None;
        let stranded: Vec<VisitId> =
            self.visits.values().filter(|visit| self.is_stranded(visit)).map(|visit| visit.id).collect();
        for visit in self.visits.values_mut().filter(|visit| visit.doubt == Some(Doubt::Restored)) {
            if !visit.state.is_live() {
                visit.doubt = None;
            } else if !stranded.contains(&visit.id) {
                visit.doubt = None;
                visit.flags.insert(Flag::Restored);
            }
        }
    }

    pub(crate) fn confirm_visit(&mut self, id: VisitId, back: bool, recorded: &Recorded) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        visit.doubt = None;
        if back && visit.state.counter().is_some() {
            visit.restore(Standing { state: VisitState::Waiting, ..visit.standing() });
            visit.touch(recorded.id);
        }
    }

    pub(crate) fn see_call(&mut self, id: VisitId, counter: CounterId, at: Time) {
        if let Some(visit) = self.visits.get_mut(&id).filter(|visit| visit.doubt.is_some()) {
            visit.doubt = Some(Doubt::Called { counter, at });
        }
    }

    /// The call that a device had seen is in the log now, and with it what became of it.
    pub(crate) fn know_call(&mut self, id: VisitId, at: Time) {
        if let Some(visit) = self.visits.get_mut(&id)
            && let Some(Doubt::Called { at: seen, .. }) = visit.doubt
            && at >= seen
        {
            visit.doubt = Some(Doubt::Restored);
        }
    }

    /// Whoever was called to a counter before the restore is there when somebody sits down at it again.
    pub(crate) fn left_at(&self, counter: CounterId) -> Option<VisitId> {
        let in_doubt = self.visits.values().filter(|visit| visit.doubt.is_some());
        in_doubt.filter(|visit| visit.state.counter() == Some(counter)).map(|visit| visit.id).next()
    }

    /// Whether a counter is busy with somebody whom nobody doubts: what is handed back changes nothing there.
    pub(crate) fn is_busy_since(&self, counter: CounterId, id: VisitId) -> bool {
        let is_doubted = |id: &VisitId| self.visits.get(id).is_some_and(|visit| visit.doubt.is_some());
        let present = self.counters.get(&counter).and_then(|open| open.visit);
        is_doubted(&id) && present.is_some_and(|other| other != id && !is_doubted(&other))
    }
}

//! What happened while the server was away, as staff tell it afterwards: who was served, and which tickets people hold
//! that never came to light.

use crate::{
    Branch, Context, Event, Refusal, ServiceId, TicketNumber, Time, Visit, VisitId, VisitState,
    handling::given,
};
use chrono::Duration;
use std::collections::BTreeSet;

/// Everybody of these who was served meanwhile. A number that cannot be recorded stops none of the others: see
/// [`unrecorded`].
pub(crate) fn record_served(
    branch: &Branch,
    numbers: &[TicketNumber],
    at: Option<Time>,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    context.actor.person().ok_or(Refusal::NeedsStaff)?;
    let at = at.unwrap_or(context.now);
    so_far(branch, at, context)?;
    let mut told: BTreeSet<VisitId> = BTreeSet::new();
    let served = numbers.iter().filter_map(|number| served(branch, number, at).ok());
    let served = served.filter(|visit| told.insert(visit.id)).map(|visit| Event::ServedMeanwhile {
        visit: visit.id,
        numbers: visit.numbers.clone(),
        served_at: at.max(visit.arrival),
    });
    Ok(served.collect())
}

/// The numbers of these that cannot be recorded as served at a moment, each with the reason.
pub fn unrecorded(branch: &Branch, numbers: &[TicketNumber], at: Time) -> Vec<(TicketNumber, Refusal)> {
    let refused = |number: &TicketNumber| Some((number.clone(), served(branch, number, at).err()?));
    numbers.iter().filter_map(refused).collect()
}

/// A visit that nobody has at a counter and that had begun by then. Staff write down minutes, so that the minute of the
/// arrival counts as after it.
fn served<'a>(branch: &'a Branch, number: &TicketNumber, at: Time) -> Result<&'a Visit, Refusal> {
    let visit = branch.holder(number).ok_or(Refusal::UnknownVisit)?;
    match visit.state {
        VisitState::Waiting | VisitState::Parked { .. } | VisitState::Missed { .. } => {}
        VisitState::Called { counter, .. } | VisitState::Serving { counter, .. } => {
            return Err(Refusal::VisitBusy { counter });
        }
        VisitState::Ended { .. } => return Err(Refusal::VisitEnded),
    }
    if visit.arrival - at >= Duration::minutes(1) {
        return Err(Refusal::ArrivedLater { arrival: visit.arrival });
    }
    Ok(visit)
}

/// Somebody holds a ticket that is not known here, and waits as from their arrival.
pub(crate) fn adopt(
    branch: &Branch,
    number: &TicketNumber,
    (service, priority): (&ServiceId, bool),
    arrival: Option<Time>,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    context.actor.person().ok_or(Refusal::NeedsStaff)?;
    let arrival = arrival.unwrap_or(context.now);
    so_far(branch, arrival, context)?;
    if !branch.lanes.contains_key(&number.lane) {
        return Err(Refusal::UnknownLane { lane: number.lane.clone() });
    }
    match branch.holder(number).map(|visit| &visit.state) {
        None => {}
        Some(VisitState::Called { counter, .. } | VisitState::Serving { counter, .. }) => {
            return Err(Refusal::VisitBusy { counter: *counter });
        }
        Some(VisitState::Ended { .. }) => return Err(Refusal::VisitEnded),
        Some(VisitState::Waiting | VisitState::Parked { .. } | VisitState::Missed { .. }) => {
            return Err(Refusal::NumberKnown { number: number.clone() });
        }
    }
    given(branch, service)?;
    let then = branch.service(service).map(|service| service.then.clone()).unwrap_or_default();
    Ok(vec![Event::TicketAdopted {
        visit: VisitId(context.new_id),
        number: number.clone(),
        service: service.clone(),
        then,
        priority,
        arrival,
    }])
}

/// A moment of today that has come.
fn so_far(branch: &Branch, at: Time, context: &Context) -> Result<(), Refusal> {
    let site = branch.site.as_ref().ok_or(Refusal::NeedsStaff)?;
    let is_so_far = at <= context.now && site.day(at) == site.day(context.now);
    if is_so_far { Ok(()) } else { Err(Refusal::WrongTime) }
}

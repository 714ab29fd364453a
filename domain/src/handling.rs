//! What agents do with a visit apart from calling and serving it: send it away for a while, hand it on, put
//! it back, end it, and take back what they did.

use crate::{
    Branch, Context, CounterId, Ending, Event, Refusal, ServiceId, Standing, TicketNumber, Visit, VisitState,
    calling::{own, present},
    event::Place,
};
use chrono::Duration;

/// Nobody is sent away for longer, in minutes: half a day.
pub const PARKED_MINUTES_MAX: u16 = 240;

/// Send the person away for a while.
pub(crate) fn park(
    branch: &Branch,
    counter: CounterId,
    minutes: u16,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let visit = present(branch, counter, context)?;
    if !(1..=PARKED_MINUTES_MAX).contains(&minutes) {
        return Err(Refusal::NoSuchTime { minutes_max: PARKED_MINUTES_MAX });
    }
    let until = context.now + Duration::minutes(minutes.into());
    visit.state.park(until, context.now)?;
    Ok(vec![Event::Parked { visit: visit.id, counter, until }])
}

/// Hand the person on, to another service or to other counters of the same.
pub(crate) fn transfer(
    branch: &Branch,
    counter: CounterId,
    to: &ServiceId,
    place: Place,
    note: Option<&String>,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let visit = present(branch, counter, context)?;
    visit.state.release()?;
    given(branch, to)?;
    if !note.is_none_or(|code| branch.site.as_ref().is_some_and(|site| site.notes.contains_key(code))) {
        return Err(Refusal::UnknownNote);
    }
    let (to, then, note) = (to.clone(), Some(visit.then.clone()), note.cloned());
    Ok(vec![Event::Transferred { visit: visit.id, counter, to, then, place, note }])
}

/// Let another service follow in the same visit.
pub(crate) fn add_service(
    branch: &Branch,
    counter: CounterId,
    service: &ServiceId,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let visit = present(branch, counter, context)?;
    given(branch, service)?;
    let wants = visit.wants().chain([service]).cloned().collect();
    Ok(vec![Event::ServiceAdded { visit: visit.id, counter, service: service.clone(), wants }])
}

/// Put the person back in the old place.
pub(crate) fn return_to_queue(
    branch: &Branch,
    counter: CounterId,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let visit = present(branch, counter, context)?;
    visit.state.release()?;
    Ok(vec![Event::Returned { visit: visit.id, counter }])
}

/// Take back the counter's latest action, while nothing has happened to the visit since.
pub(crate) fn undo(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    let latest = own(branch, counter, context)?.latest.as_ref().ok_or(Refusal::NothingToUndo)?;
    let visit = branch.visits.get(&latest.visit).ok_or(Refusal::NothingToUndo)?;
    if visit.touched != Some(latest.event) {
        return Err(Refusal::NothingToUndo);
    }
    let back_to: Standing = latest.before.clone();
    if back_to.state.is_live() && !branch.holds_its_numbers(visit) {
        return Err(Refusal::NothingToUndo);
    }
    Ok(vec![Event::Undone { counter, visit: visit.id, undoes: latest.event, back_to }])
}

/// A priority card was seen, or there is none. The deadline is then what it would have been.
pub(crate) fn see_card(
    branch: &Branch,
    number: &TicketNumber,
    shown: bool,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let visit = named(branch, number, context)?;
    let is_known = visit.card_of(number) == Some(shown);
    let seen = match visit.shares.contains_key(number) {
        true => Event::JoinedCardSeen { visit: visit.id, number: number.clone(), shown },
        false => Event::CardSeen { visit: visit.id, shown },
    };
    Ok(if is_known { Vec::new() } else { vec![seen] })
}

/// Somebody who was parked, missed a call, was said to have left or was finished by mistake stands here. A person decides,
/// so there is no tolerance.
pub(crate) fn bring_back(
    branch: &Branch,
    number: &TicketNumber,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let visit = named(branch, number, context)?;
    visit.state.come_back()?;
    if !branch.holds_its_numbers(visit) {
        return Err(Refusal::VisitEnded);
    }
    let is_recorded = matches!(visit.state, VisitState::Ended { how: Ending::ServedMeanwhile { .. }, .. });
    let visit = visit.id;
    Ok(vec![if is_recorded { Event::ServedTakenBack { visit } } else { Event::BroughtBack { visit } }])
}

/// End a visit that nobody receives.
pub(crate) fn end(
    branch: &Branch,
    number: &TicketNumber,
    how: &Ending,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let visit = named(branch, number, context)?;
    branch.once_confirmed(visit).end(how.clone(), context.now)?;
    Ok(vec![Event::Ended { visit: visit.id, numbers: visit.numbers.clone(), how: how.clone() }])
}

/// The visit of a number, for somebody of the staff.
pub(crate) fn named<'a>(
    branch: &'a Branch,
    number: &TicketNumber,
    context: &Context,
) -> Result<&'a Visit, Refusal> {
    context.actor.person().ok_or(Refusal::NeedsStaff)?;
    branch.holder(number).ok_or(Refusal::UnknownVisit)
}

/// Some counter gives the service.
pub(crate) fn given(branch: &Branch, service: &ServiceId) -> Result<(), Refusal> {
    let site = branch.site.as_ref().ok_or(Refusal::NeedsStaff)?;
    let is_given = site.services.contains_key(service)
        && site.counters.keys().any(|counter| site.can_serve(*counter, service));
    if is_given { Ok(()) } else { Err(Refusal::UnknownService) }
}

//! Who belongs together: a family that took two tickets is one visit, and strangers whom one visit holds are two.
//! Neither is an action of a counter: a merge is taken back by a split, and a split by a merge.

use crate::{
    Branch, Context, Event, Refusal, ServiceId, TicketNumber, Visit, VisitId, VisitState,
    calling::own,
    handling::named,
    visit::{Place, Places, Share},
};

/// No visit is of more people.
pub const PEOPLE_MAX: u16 = 99;

/// Everybody of a visit that waits joins another, which waits or is at the asker's own counter.
pub(crate) fn merge(
    branch: &Branch,
    number: &TicketNumber,
    into: &TicketNumber,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let (from, into) = (named(branch, number, context)?, named(branch, into, context)?);
    if from.id == into.id {
        return Err(Refusal::SameVisit);
    }
    if let Some(counter) = from.state.counter() {
        return Err(Refusal::VisitBusy { counter });
    }
    at_hand(branch, from, context)?;
    at_hand(branch, into, context)?;
    if from.party.people() + into.party.people() > PEOPLE_MAX.into() {
        return Err(Refusal::PartyTooLarge { people_max: PEOPLE_MAX });
    }
    let mut wants: Vec<ServiceId> = into.wants().cloned().collect();
    // What is not known is asked of the visitors, who are there for something that is.
    let is_named = |service: &&ServiceId| !service.as_str().is_empty();
    let theirs: Vec<ServiceId> = from.wants().filter(is_named).cloned().collect();
    wants.extend(theirs.into_iter().filter(|service| !into.wants().any(|known| known == service)));
    let mut numbers = [from.numbers.as_slice(), &into.numbers].concat();
    numbers.sort();
    let moved = from.numbers.clone();
    let places = Some(Places { from: Place::of(from), into: Place::of(into) });
    Ok(vec![Event::VisitsMerged { from: from.id, into: into.id, moved, numbers, wants, places }])
}

/// A number goes its own way and waits, with what it brought. The others stay where they are.
pub(crate) fn split(
    branch: &Branch,
    number: &TicketNumber,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let visit = named(branch, number, context)?;
    at_hand(branch, visit, context)?;
    let numbers: Vec<TicketNumber> = visit.numbers.iter().filter(|other| *other != number).cloned().collect();
    if numbers.is_empty() {
        return Err(Refusal::OnlyNumber);
    }
    let (wants, left) = shared_out(visit, number);
    let had = Some(visit.place_of(number));
    let (visit, into) = (visit.id, VisitId(context.new_id));
    Ok(vec![Event::VisitSplit { visit, number: number.clone(), into, wants, numbers, left, had }])
}

/// The visitors are in the hall, and at nobody else's counter.
fn at_hand(branch: &Branch, visit: &Visit, context: &Context) -> Result<(), Refusal> {
    match visit.state {
        VisitState::Waiting => Ok(()),
        VisitState::Called { counter, .. } | VisitState::Serving { counter, .. } => {
            own(branch, counter, context).map(drop).map_err(|_| Refusal::VisitBusy { counter })
        }
        VisitState::Parked { .. } | VisitState::Missed { .. } => Err(Refusal::NotHere),
        VisitState::Ended { .. } => Err(Refusal::VisitEnded),
    }
}

/// What a number takes along of the services that are still to be given, and what the others keep: each what it came
/// with. A service that both came with is given to both, and nobody is left without any.
fn shared_out(visit: &Visit, number: &TicketNumber) -> (Vec<ServiceId>, Vec<ServiceId>) {
    let others = || visit.shares.iter().filter(|(other, _)| *other != number).map(|(_, share)| share);
    let wants = |share: &Share, service: &ServiceId| share.wants.contains(service);
    let own = |service: &ServiceId| !visit.shares.values().any(|share| share.brought.contains(service));
    let own_left = visit.numbers.iter().any(|other| other != number && !visit.shares.contains_key(other));
    let is_taken = |service: &ServiceId| match visit.shares.get(number) {
        Some(share) => wants(share, service),
        None => own(service),
    };
    let is_left = |service: &ServiceId| {
        (own_left && own(service)) || others().any(|share| wants(share, service)) || !is_taken(service)
    };
    let of = |is_given: &dyn Fn(&ServiceId) -> bool| -> Vec<ServiceId> {
        let given: Vec<ServiceId> = visit.wants().filter(|service| is_given(service)).cloned().collect();
        if given.is_empty() { vec![visit.service.clone()] } else { given }
    };
    let mut left = of(&is_left);
    // Whoever is received goes on being received for the same.
    if visit.state.counter().is_some() && left.first() != Some(&visit.service) {
        left.insert(0, visit.service.clone());
    }
    (of(&is_taken), left)
}

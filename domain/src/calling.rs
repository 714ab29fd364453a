//! What agents do at a counter.

use crate::{
    Actor, Branch, Context, CounterId, CounterState, Event, Refusal, Visit, VisitState, order::CallReason,
};

/// Sit down at a counter.
pub(crate) fn open(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    if !branch.site.as_ref().is_some_and(|site| site.counters.contains_key(&counter)) {
        return Err(Refusal::UnknownCounter { counter });
    }
    let Actor::Agent(agent) = context.actor else { return Err(Refusal::NeedsStaff) };
    match branch.counters.get(&counter) {
        Some(open) if open.agent == agent => Ok(Vec::new()),
        Some(_) => Err(Refusal::CounterTaken { counter }),
        None => Ok(vec![Event::CounterOpened { counter, agent }]),
    }
}

/// Leave a counter at which nobody is.
pub(crate) fn close(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    own(branch, counter, context)?;
    match branch.at_counter(counter) {
        Some(visit) => Err(busy(visit)),
        None => Ok(vec![Event::CounterClosed { counter }]),
    }
}

/// Call whoever is next, if the counter is free.
pub(crate) fn call_next(
    branch: &Branch,
    counter: CounterId,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    own(branch, counter, context)?;
    if let Some(visit) = branch.at_counter(counter) {
        return Err(busy(visit));
    }
    let next = branch.next_for(counter).ok_or(Refusal::NobodyWaiting)?;
    let reason = CallReason::of(next, context.now);
    Ok(vec![Event::Called { visit: next.id, numbers: next.numbers.clone(), counter, reason }])
}

/// Call the same person again, not too soon and not too often.
pub(crate) fn recall(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    own(branch, counter, context)?;
    let rule = branch.site.as_ref().ok_or(Refusal::NeedsStaff)?.recall;
    let visit = branch.at_counter(counter).ok_or(Refusal::NobodyCalled)?;
    let VisitState::Called { last, times, .. } = visit.state else { return Err(Refusal::NobodyCalled) };
    if times >= rule.calls_max {
        return Err(Refusal::RecallLimit { calls_max: rule.calls_max });
    }
    let left = i64::from(rule.cool_down_seconds) - (context.now - last).num_seconds();
    if let Ok(seconds @ 1..) = u32::try_from(left) {
        return Err(Refusal::RecallTooSoon { seconds });
    }
    Ok(vec![Event::Recalled { visit: visit.id, numbers: visit.numbers.clone(), counter, times: times + 1 }])
}

/// The person called is here.
pub(crate) fn start(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    let visit = called(branch, counter, context)?;
    Ok(vec![Event::Started { visit: visit.id, counter }])
}

/// The person was served. Somebody who was called and served at once counts as started first.
pub(crate) fn finish(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    own(branch, counter, context)?;
    let visit = branch.at_counter(counter).ok_or(Refusal::NobodyServed)?;
    let finished = Event::Finished { visit: visit.id, counter };
    Ok(match visit.state {
        VisitState::Called { .. } => vec![Event::Started { visit: visit.id, counter }, finished],
        _ => vec![finished],
    })
}

/// The person called did not come.
pub(crate) fn no_show(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    let visit = called(branch, counter, context)?;
    Ok(vec![Event::Missed { visit: visit.id, counter }])
}

fn called<'a>(branch: &'a Branch, counter: CounterId, context: &Context) -> Result<&'a Visit, Refusal> {
    own(branch, counter, context)?;
    let visit = branch.at_counter(counter).ok_or(Refusal::NobodyCalled)?;
    match visit.state {
        VisitState::Called { .. } => Ok(visit),
        _ => Err(Refusal::NobodyCalled),
    }
}

/// The counter is open, and by the one who asks.
fn own<'a>(branch: &'a Branch, counter: CounterId, context: &Context) -> Result<&'a CounterState, Refusal> {
    let open = branch.counters.get(&counter).ok_or(Refusal::CounterNotOpen { counter })?;
    match context.actor {
        Actor::Agent(agent) if agent == open.agent => Ok(open),
        _ => Err(Refusal::CounterTaken { counter }),
    }
}

fn busy(visit: &Visit) -> Refusal {
    match visit.numbers.first() {
        Some(number) => Refusal::CounterBusy { number: number.clone() },
        None => Refusal::NeedsStaff,
    }
}

//! Counters and calls: sit down, call, call again, receive, finish.

use crate::{
    Actor, Branch, Context, CounterId, CounterState, Delivered, Event, Refusal, TicketNumber, Visit,
    VisitState,
};

/// Sit down at a counter. A supervisor may take over one that somebody left open, with whoever is there. Whoever sat at
/// another one has left it, since nobody is at two.
pub(crate) fn open(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    let is_configured = branch.site.as_ref().is_some_and(|site| site.counters.contains_key(&counter));
    // One that was taken out of the configuration meanwhile can be taken over: somebody may be there.
    if !is_configured && !branch.counters.contains_key(&counter) {
        return Err(Refusal::UnknownCounter { counter });
    }
    let agent = context.actor.person().ok_or(Refusal::NeedsStaff)?;
    match branch.counters.get(&counter) {
        Some(open) if open.agent == agent => Ok(Vec::new()),
        Some(_) if !matches!(context.actor, Actor::Supervisor(_)) => Err(Refusal::CounterTaken { counter }),
        Some(_) | None => {
            let left = branch.counters.iter().filter(|(_, open)| open.agent == agent);
            let left = left.map(|(other, _)| match branch.at_counter(*other) {
                Some(_) => Err(Refusal::BusyElsewhere { counter: *other }),
                None => Ok(Event::CounterClosed { counter: *other }),
            });
            left.chain([Ok(Event::CounterOpened { counter, agent })]).collect()
        }
    }
}

/// Leave a counter at which nobody is.
pub(crate) fn close(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    free(branch, counter, context)?;
    Ok(vec![Event::CounterClosed { counter }])
}

/// Call nobody for a while. Whoever is at the counter is finished all the same.
pub(crate) fn pause(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    let open = own(branch, counter, context)?;
    Ok(if open.paused.is_some() { Vec::new() } else { vec![Event::CounterPaused { counter }] })
}

/// Call again.
pub(crate) fn resume(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    let open = own(branch, counter, context)?;
    Ok(if open.paused.is_some() { vec![Event::CounterResumed { counter }] } else { Vec::new() })
}

/// Call whoever is next, if the counter is free. Only where everybody was called a moment ago is there somebody to wait for.
pub(crate) fn call_next(
    branch: &Branch,
    counter: CounterId,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    ready(branch, counter, context)?;
    let Some(next) = branch.next_for(counter, context.now) else {
        let waiting = branch.within_reach(counter, context.now);
        let first = waiting.filter_map(|visit| branch.cools_down(visit, context.now)).min();
        return Err(first.map_or(Refusal::NobodyWaiting, |seconds| Refusal::RecallTooSoon { seconds }));
    };
    let reason = branch.reason(next, context.now);
    Ok(vec![Event::Called { visit: next.id, numbers: next.numbers.clone(), counter, reason }])
}

/// Call somebody out of order. The reason says that it was done by hand.
pub(crate) fn call(
    branch: &Branch,
    counter: CounterId,
    number: &TicketNumber,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    ready(branch, counter, context)?;
    if !matches!(context.actor, Actor::Supervisor(_)) {
        return Err(Refusal::MayNotChoose);
    }
    let visit = branch.holder(number).ok_or(Refusal::UnknownVisit)?;
    branch.once_confirmed(visit).call(counter, context.now)?;
    if !branch.site.as_ref().is_some_and(|site| site.can_serve(counter, &visit.service)) {
        return Err(Refusal::CannotServe { counter });
    }
    cooled_down(branch, visit, context)?;
    let reason = branch.reason_by_hand(visit, context.now);
    Ok(vec![Event::Called { visit: visit.id, numbers: visit.numbers.clone(), counter, reason }])
}

fn cooled_down(branch: &Branch, visit: &Visit, context: &Context) -> Result<(), Refusal> {
    match branch.cools_down(visit, context.now) {
        Some(seconds) => Err(Refusal::RecallTooSoon { seconds }),
        None => Ok(()),
    }
}

/// Call the same person again, not too soon and not too often.
pub(crate) fn recall(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    own(branch, counter, context)?;
    let rule = branch.site.as_ref().ok_or(Refusal::NeedsStaff)?.recall;
    let visit = branch.at_counter(counter).ok_or(Refusal::NobodyCalled)?;
    let VisitState::Called { times, .. } = visit.state.recall(context.now)? else {
        return Err(Refusal::NobodyCalled);
    };
    if visit.announced.is_some_and(|announced| announced.times >= rule.calls_max) {
        return Err(Refusal::RecallLimit { calls_max: rule.calls_max });
    }
    cooled_down(branch, visit, context)?;
    Ok(vec![Event::Recalled { visit: visit.id, numbers: visit.numbers.clone(), counter, times }])
}

/// The person called is here.
pub(crate) fn start(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    own(branch, counter, context)?;
    let visit = branch.at_counter(counter).ok_or(Refusal::NobodyCalled)?;
    visit.state.start(context.now)?;
    Ok(vec![Event::Started { visit: visit.id, counter }])
}

/// The person was served. Where another service follows in the same visit, the person waits for that one.
pub(crate) fn finish(
    branch: &Branch,
    counter: CounterId,
    delivered: Option<&Delivered>,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let visit = present(branch, counter, context)?;
    let is_known = |code: &Delivered| {
        branch.service(&visit.service).is_some_and(|service| service.outcomes.contains_key(&code.0))
    };
    if !delivered.is_none_or(is_known) {
        return Err(Refusal::UnknownOutcome);
    }
    let delivered = delivered.cloned();
    Ok(match visit.then.first() {
        Some(next) => {
            let then = Some(visit.then[1..].to_vec());
            vec![Event::ServiceDone { visit: visit.id, counter, delivered, next: next.clone(), then }]
        }
        None => {
            vec![Event::Finished { visit: visit.id, counter, numbers: visit.numbers.clone(), delivered }]
        }
    })
}

/// The person called did not come.
pub(crate) fn no_show(branch: &Branch, counter: CounterId, context: &Context) -> Result<Vec<Event>, Refusal> {
    own(branch, counter, context)?;
    let visit = branch.at_counter(counter).ok_or(Refusal::NobodyCalled)?;
    visit.state.miss(context.now)?;
    let (numbers, service) = (visit.numbers.clone(), Some(visit.service.clone()));
    Ok(vec![Event::Missed { visit: visit.id, counter, numbers, service }])
}

/// Whoever is called to or received at a counter of the one who asks.
pub(crate) fn present<'a>(
    branch: &'a Branch,
    counter: CounterId,
    context: &Context,
) -> Result<&'a Visit, Refusal> {
    own(branch, counter, context)?;
    branch.at_counter(counter).ok_or(Refusal::NobodyServed)
}

/// The counter is open, and by the one who asks.
pub(crate) fn own<'a>(
    branch: &'a Branch,
    counter: CounterId,
    context: &Context,
) -> Result<&'a CounterState, Refusal> {
    let open = branch.counters.get(&counter).ok_or(Refusal::CounterNotOpen { counter })?;
    if context.actor.person() == Some(open.agent) { Ok(open) } else { Err(Refusal::CounterTaken { counter }) }
}

/// The counter is the asker's own, and nobody is there.
fn free<'a>(branch: &'a Branch, counter: CounterId, context: &Context) -> Result<&'a CounterState, Refusal> {
    let open = own(branch, counter, context)?;
    match branch.at_counter(counter).map(|visit| visit.numbers.first()) {
        Some(Some(number)) => Err(Refusal::CounterBusy { number: number.clone() }),
        Some(None) => Err(Refusal::NeedsStaff),
        None => Ok(open),
    }
}

/// The counter can call somebody.
fn ready(branch: &Branch, counter: CounterId, context: &Context) -> Result<(), Refusal> {
    match free(branch, counter, context)?.paused {
        Some(_) => Err(Refusal::CounterPaused { counter }),
        None => Ok(()),
    }
}

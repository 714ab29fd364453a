//! What a page shows, taken from a site's state. Pure: the same state, moment and language give the
//! same page.

use super::{
    attention::Attention,
    words::{Words, clock, fill},
};
use crate::{api::counters, waits::Waits};
use domain::{
    Actor, AgentId, Branch, Context, CounterId, Flag, Punctuality, Refusal, Site, Time, Visit, VisitState,
    branch::Belated, decide,
};
use doubt::Doubts;
use protocol::{counter::Details, route::CounterAction, waits::ServiceWait};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) mod doubt;

/// How many of the queue are shown one by one.
const QUEUE_SHOWN: usize = 30;
/// How many tickets of past days are shown one by one: after a restored backup they may be hundreds.
const BELATED_SHOWN: usize = 3;

/// Who sits at a counter, as far as one agent is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// Nobody.
    Free,
    /// The agent who asks.
    Mine,
    /// Another one.
    Taken(AgentId),
}

/// A moment, to be read by people and to be counted from by the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// On the site's walls.
    pub clock: String,
    /// Milliseconds since 1970.
    pub ms: i64,
}

/// A counter and everything around it.
#[derive(Debug)]
pub(super) struct Desk {
    /// Which.
    pub counter: CounterId,
    /// Who sits there.
    pub seat: Seat,
    /// The person called or received.
    pub present: Option<Present>,
    /// Who waits, in calling order; the first of them.
    pub queue: Vec<Row>,
    /// How many wait in all.
    pub waiting: usize,
    /// Those who are not shown one by one.
    pub more: usize,
    /// Each service of the counter.
    pub services: Vec<ServiceLine>,
    /// For which services the kiosks will soon give no more tickets without an appointment, or do so no more.
    pub stopping: Vec<String>,
    /// Tickets of days that are over which came to light today.
    pub belated: Vec<String>,
    /// After a restore: those of whom nobody knows whether they are here.
    pub doubts: Option<Doubts>,
    /// Kiosks that need a hand. Not the counter's affair alone: filled in by whoever knows the kiosks.
    pub kiosks: Vec<Attention>,
    /// The big button.
    pub call_next: Action,
    /// The buttons for the person at the counter, always in the same order.
    pub actions: Vec<Action>,
    /// The way out.
    pub close: Action,
}

/// A service of the counter.
#[derive(Debug)]
pub(super) struct ServiceLine {
    /// By the name that agents use.
    pub label: String,
    /// How many wait for it.
    pub waiting: usize,
    /// How soon somebody would be called who came now without an appointment; none if nobody does, or nobody can
    /// tell.
    pub wait: Option<String>,
}

/// The person at the counter, or on the way to it.
#[derive(Debug)]
pub(super) struct Present {
    /// All the numbers of the party.
    pub numbers: Vec<String>,
    /// True at the counter, false on the way.
    pub serving: bool,
    /// Called or started.
    pub since: Moment,
    /// What for.
    pub service: String,
    /// The language chosen at the kiosk.
    pub language: String,
    /// Whether it is French.
    pub french: bool,
    /// When the party came.
    pub arrival: Moment,
    /// When it was expected and whether it came on time, if booked.
    pub slot: Option<(String, bool)>,
    /// A priority card was declared.
    pub priority: bool,
    /// How many.
    pub party: u32,
    /// What else an agent should know.
    pub notes: Vec<&'static str>,
}

/// Somebody who waits.
#[derive(Debug)]
pub(super) struct Row {
    /// All the numbers of the party.
    pub numbers: String,
    /// What for.
    pub service: String,
    /// What the place in the queue rests on.
    pub reason: String,
    /// A priority card was declared.
    pub priority: bool,
    /// What else an agent should know.
    pub notes: Vec<&'static str>,
    /// Since when the party waits.
    pub arrival: Moment,
    /// For how long, in minutes.
    pub minutes: i64,
    /// How soon the party will probably be called; empty if nobody can tell.
    pub call_in: String,
    /// When the wait becomes too long, in milliseconds since 1970.
    pub due: i64,
    /// Whether it is.
    pub overdue: bool,
}

/// A button.
#[derive(Debug)]
pub(super) struct Action {
    /// The last part of its address.
    pub path: &'static str,
    /// What it says.
    pub label: &'static str,
    /// The key that does the same; none for what is rare.
    pub key: &'static str,
    /// What it will do, or why it cannot.
    pub hint: String,
    /// Whether the rules say no now.
    pub refused: bool,
    /// From when on it is possible, in milliseconds since 1970, if only time is missing.
    pub ready_at: Option<i64>,
    /// The one that is expected now.
    pub primary: bool,
}

impl Desk {
    /// The desk of a counter; `None` if the site has no such counter, and nobody sits at one that it had.
    pub(super) fn of(
        branch: &Branch,
        waits: &Waits,
        counter: CounterId,
        agent: AgentId,
        now: Time,
        words: &Words,
    ) -> Option<Self> {
        let site = branch.site.as_ref()?;
        let known = site.counters.get(&counter);
        if known.is_none() && !branch.counters.contains_key(&counter) {
            return None;
        }
        let waiting = branch.waiting_for(counter, now);
        let mut services = BTreeMap::new();
        for service in known.iter().flat_map(|counter| &counter.serves) {
            services.insert(service, 0);
        }
        waiting.iter().for_each(|visit| *services.entry(&visit.service).or_default() += 1);
        let rows = waiting
            .iter()
            .take(QUEUE_SHOWN)
            .map(|visit| row(branch, waits, site, visit, now, words))
            .collect();
        let present = branch.at_counter(counter);
        let buttons = Buttons { branch, site, counter, agent, now, words };
        Some(Self {
            counter,
            seat: seat(branch, counter, agent),
            present: present.and_then(|visit| self::present(branch, site, visit, words)),
            queue: rows,
            waiting: waiting.len(),
            more: waiting.len().saturating_sub(QUEUE_SHOWN),
            services: services
                .into_iter()
                .map(|(id, waiting)| ServiceLine {
                    label: label(branch, id),
                    waiting,
                    wait: waits.service(id).and_then(|known| without_appointment(known, words)),
                })
                .collect(),
            stopping: stopping(branch, waits, site, now, words),
            belated: belated(branch, site, words),
            doubts: doubt::doubts(branch, site, words),
            kiosks: Vec::new(),
            call_next: buttons.call_next(present.is_none()),
            actions: buttons.for_present(present),
            close: buttons.action(CounterAction::Close, words.close_counter, "", String::new(), false),
        })
    }
}

/// Why an action is not possible at a counter now, in an agent's words; `None` if it is.
pub(super) fn why_not(
    branch: &Branch,
    counter: CounterId,
    agent: AgentId,
    now: Time,
    words: &Words,
    action: CounterAction,
) -> Option<String> {
    let buttons = Buttons { branch, site: branch.site.as_ref()?, counter, agent, now, words };
    buttons.ask(action).err().map(|refusal| buttons.why_not(&refusal))
}

/// Who sits at a counter.
pub(super) fn seat(branch: &Branch, counter: CounterId, agent: AgentId) -> Seat {
    match branch.counters.get(&counter) {
        None => Seat::Free,
        Some(state) if state.agent == agent => Seat::Mine,
        Some(state) => Seat::Taken(state.agent),
    }
}

/// The name of a service for agents; its code if the configuration does not know it any more.
pub(super) fn label(branch: &Branch, service: &domain::ServiceId) -> String {
    branch.service(service).map_or_else(|| service.to_string(), |known| known.internal_label.clone())
}

/// What a visit is for, as an agent reads it.
pub(super) fn service(branch: &Branch, visit: &Visit, words: &Words) -> String {
    if visit.flags.contains(&Flag::DetailsMissing) && branch.service(&visit.service).is_none() {
        return words.details_missing.into();
    }
    label(branch, &visit.service)
}

fn moment(time: Time, site: &Site) -> Moment {
    Moment { clock: clock(time, site), ms: time.timestamp_millis() }
}

fn present(branch: &Branch, site: &Site, visit: &Visit, words: &Words) -> Option<Present> {
    let (serving, since) = match visit.state {
        VisitState::Called { since, .. } => (false, since),
        VisitState::Serving { since, .. } => (true, since),
        _ => return None,
    };
    Some(Present {
        numbers: visit.numbers.iter().map(ToString::to_string).collect(),
        serving,
        since: moment(since, site),
        service: service(branch, visit, words),
        language: words.language_name(&visit.language),
        french: visit.language.as_str() == "fr",
        arrival: moment(visit.arrival, site),
        slot: visit
            .booked
            .map(|booked| (clock(booked.slot, site), booked.punctuality == Punctuality::OnTime)),
        priority: visit.priority,
        party: visit.party.people(),
        notes: notes(branch, visit, words),
    })
}

fn without_appointment(known: &ServiceWait, words: &Words) -> Option<String> {
    known.without_appointment?;
    Some(fill(words.without, "range", words.range(known.wait?)))
}

/// While the doors are open: later everybody knows.
fn stopping(branch: &Branch, waits: &Waits, site: &Site, now: Time, words: &Words) -> Vec<String> {
    let told = |(known, at): (&ServiceWait, Option<Time>)| {
        let text = at.map_or(words.stopped.into(), |at| fill(words.stops_soon, "time", clock(at, site)));
        fill(&text, "service", label(branch, &known.service))
    };
    if site.is_open(now) { waits.stopping().map(told).collect() } else { Vec::new() }
}

fn row(branch: &Branch, waits: &Waits, site: &Site, visit: &Visit, now: Time, words: &Words) -> Row {
    let due = branch.deadline(visit);
    Row {
        numbers: numbers(visit),
        service: service(branch, visit, words),
        reason: words.class(&branch.reason(visit, now).class, site),
        priority: visit.priority,
        notes: notes(branch, visit, words),
        arrival: moment(visit.arrival, site),
        minutes: (now - visit.arrival).num_minutes().max(0),
        call_in: waits.visits.get(&visit.id).map(|range| words.range(*range)).unwrap_or_default(),
        due: due.timestamp_millis(),
        overdue: due < now,
    }
}

/// What is not as it should be with a visit, and why.
pub(super) fn notes(branch: &Branch, visit: &Visit, words: &Words) -> Vec<&'static str> {
    let in_doubt = visit.numbers.iter().any(|number| branch.print_uncertain.contains_key(number));
    let flags = visit.flags.iter().filter_map(|flag| match flag {
        Flag::SecondHolder => Some(words.second_holder),
        Flag::CancelledMeanwhile => Some(words.cancelled_meanwhile),
        Flag::ClockUncertain => Some(words.clock_uncertain),
        Flag::TwoHolders => Some(words.two_holders),
        Flag::Restored => Some(words.here_before_restore),
        Flag::Adopted => Some(words.adopted),
        // Said where the service would stand.
        Flag::DetailsMissing => None,
    });
    in_doubt.then_some(words.paper_in_doubt).into_iter().chain(flags).collect()
}

/// The tickets that came to light when their day was over, the latest first.
fn belated(branch: &Branch, site: &Site, words: &Words) -> Vec<String> {
    let told = |(number, known): (&domain::TicketNumber, &Belated)| {
        let text = fill(words.belated, "number", number);
        fill(&fill(&text, "day", words.day(known.day)), "time", clock(known.at, site))
    };
    let mut known: Vec<_> = branch.belated.iter().collect();
    known.sort_by_key(|(_, known)| std::cmp::Reverse((known.day, known.at)));
    let rest = known.len().saturating_sub(BELATED_SHOWN);
    let more = (rest > 0).then(|| fill(words.and_more, "count", rest));
    known.into_iter().take(BELATED_SHOWN).map(told).chain(more).collect()
}

/// All the numbers of a party.
pub(super) fn numbers(visit: &Visit) -> String {
    visit.numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" · ")
}

/// What the buttons depend on. Whether one is possible is asked of the rules themselves.
struct Buttons<'a> {
    branch: &'a Branch,
    site: &'a Site,
    counter: CounterId,
    agent: AgentId,
    now: Time,
    words: &'a Words,
}

impl Buttons<'_> {
    fn call_next(&self, expected: bool) -> Action {
        self.action(CounterAction::CallNext, self.words.call_next, "N", String::new(), expected)
    }

    fn for_present(&self, present: Option<&Visit>) -> Vec<Action> {
        use CounterAction::{Finish, NoShow, Recall, Start};
        let words = self.words;
        let state = present.map(|visit| &visit.state);
        let calls = match state {
            Some(VisitState::Called { times, .. }) => {
                fill(&fill(words.calls, "times", times), "max", self.site.recall.calls_max)
            }
            _ => String::new(),
        };
        let called = matches!(state, Some(VisitState::Called { .. }));
        let serving = matches!(state, Some(VisitState::Serving { .. }));
        vec![
            self.action(Recall, words.recall, "R", calls, false),
            self.action(Start, words.start, "S", words.start_hint.into(), called),
            self.action(Finish, words.finish, "F", words.finish_hint.into(), serving),
            self.action(NoShow, words.no_show, "A", words.no_show_hint.into(), false),
        ]
    }

    fn action(
        &self,
        action: CounterAction,
        label: &'static str,
        key: &'static str,
        hint: String,
        expected: bool,
    ) -> Action {
        let possible = Action {
            path: action.path(),
            label,
            key,
            hint,
            refused: false,
            ready_at: None,
            primary: expected,
        };
        match self.ask(action) {
            Ok(()) => possible,
            Err(Refusal::RecallTooSoon { .. }) => Action { ready_at: self.recall_ready_at(), ..possible },
            Err(refusal) => {
                Action { hint: self.why_not(&refusal), refused: true, primary: false, ..possible }
            }
        }
    }

    fn why_not(&self, refusal: &Refusal) -> String {
        let here = self.branch.at_counter(self.counter).is_some();
        match refusal {
            // True, but not what an agent needs to read while somebody sits in front.
            Refusal::NobodyCalled if here => self.words.already_here.into(),
            other => self.words.refusal(other, self.site.zone),
        }
    }

    fn ask(&self, action: CounterAction) -> Result<(), Refusal> {
        let Ok(command) = counters::command(self.counter, action, Details::default()) else { return Ok(()) };
        // The answer is only looked at, so its ids do not matter.
        let context = Context { now: self.now, actor: Actor::Agent(self.agent), new_id: Uuid::nil() };
        decide(self.branch, &command, &context).map(drop)
    }

    fn recall_ready_at(&self) -> Option<i64> {
        let VisitState::Called { last, .. } = self.branch.at_counter(self.counter)?.state else {
            return None;
        };
        Some((last + chrono::Duration::seconds(self.site.recall.cool_down_seconds.into())).timestamp_millis())
    }
}

#[cfg(test)]
pub(super) mod tests;

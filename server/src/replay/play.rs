//! The day, one thing after the other.

use super::{
    day::Day,
    forecasts::{self, Told},
    policy::Policy,
};
use chrono::Duration;
use domain::{
    Actor, AgentId, Booking, BookingStatus, Branch, Command, Context, CounterId, DeviceId, Event, EventId,
    FollowHash, LaneCode, Language, Party, Punctuality, Recorded, Refusal, ServiceId, Site, Time, Visit,
    VisitId, VisitState,
    command::{Asking, ClockState, Knowledge},
    decide,
    event::Place,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};
use uuid::Uuid;

/// Tickets are given by so many kiosks in turn.
const KIOSKS: usize = 4;

/// How a visitor is looked upon when waits are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Booked and on time.
    OnTime,
    /// Booked and late.
    Late,
    /// No booking.
    WalkIn,
    /// Holds a priority card, booked or not.
    Priority,
}

/// What became of a visitor who got a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// As what.
    pub class: Class,
    /// When the ticket was given.
    pub arrival: Time,
    /// When expected.
    pub slot: Option<Time>,
    /// When first called; `None` if never.
    pub called: Option<Time>,
    /// Until when somebody waited who was never called: until they left, or else until the doors were closed and the
    /// last counter had done its work.
    pub gave_up: Option<Time>,
}

/// A day that was played.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Everybody who got a ticket, in the order in which they did.
    pub visitors: Vec<Outcome>,
    /// Who got none: too late, or the day's limit was reached, or the doors were closed.
    pub turned_away: usize,
    /// How long counters were open and had nobody, all together.
    pub idle: Duration,
    /// How long counters had nobody although somebody was present whom they could serve. Found from who is there and
    /// what the counter gives, not from what the order says.
    pub idle_in_vain: Duration,
    /// How often somebody was called before another who had come earlier and could have been called instead.
    pub overtakings: usize,
    /// What was told of waits, where that was asked for.
    pub told: Vec<Told>,
    /// What was refused although the replay expected it to be done. Nothing, unless the replay itself is wrong.
    pub refused: Vec<(Command, Refusal)>,
    /// Everything that happened.
    pub log: Vec<Recorded>,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Ends(CounterId),
    Opens(CounterId),
    Closes(CounterId),
    Comes(usize),
    Leaves(usize),
    /// Somebody who is present can be called from now on.
    Look,
}

struct Hall<'a> {
    day: &'a Day,
    policy: &'a Policy,
    branch: Branch,
    played: Played,
    due: BinaryHeap<Reverse<(Time, Due)>>,
    now: Time,
    ids: u64,
    /// The visitor of each visit, and which of their services is under way.
    who: BTreeMap<VisitId, (usize, usize)>,
    /// The place of each visit in `played.visitors`.
    place: BTreeMap<VisitId, usize>,
    /// Counters without anybody, since when.
    free: BTreeMap<CounterId, Time>,
    closing: Vec<CounterId>,
    forecasts: bool,
}

/// The actor of a counter's agent, who may also choose whom to call.
pub fn agent(counter: CounterId) -> Actor {
    Actor::Supervisor(AgentId(Uuid::from_u128(1000 + u128::from(counter.0))))
}

/// Plays a day under a policy. `forecasts` also asks for everybody's wait when the ticket is given.
pub fn play(day: &Day, policy: &Policy, forecasts: bool) -> Played {
    let begins =
        day.visitors.iter().map(|visitor| visitor.arrival).chain(day.shifts.iter().map(|s| s.from)).min();
    let mut hall = Hall {
        day,
        policy,
        branch: Branch::default(),
        played: Played::default(),
        due: BinaryHeap::new(),
        now: begins.unwrap_or_default(),
        ids: 0,
        who: BTreeMap::new(),
        place: BTreeMap::new(),
        free: BTreeMap::new(),
        closing: Vec::new(),
        forecasts,
    };
    hall.set_up(policy.settings(&day.site));
    let today = day.site.day(hall.now);
    while let Some(Reverse((at, due))) = hall.due.pop() {
        // Whoever has not been called when the day rolls over never will be.
        if day.site.day(at) != today {
            break;
        }
        hall.pass(at);
        hall.happens(due);
        // Whoever comes and whoever ends at the same moment is there before anybody is called.
        if hall.due.peek().is_none_or(|Reverse((next, _))| *next > at) {
            hall.call();
        }
    }
    hall.close();
    hall.played
}

impl Hall<'_> {
    fn set_up(&mut self, site: Site) {
        self.ask(Command::Configure(Box::new(site)), Actor::Operator);
        for kiosk in 0..KIOSKS {
            let (device, incarnation) = (device(kiosk), device(kiosk).0);
            self.ask(Command::GrantLane { device, incarnation }, Actor::Operator);
        }
        let booking = |expected: &super::day::Expected| Booking {
            key: expected.key,
            slot: expected.slot,
            service: expected.service.clone(),
            party: Party::default(),
            status: BookingStatus::Booked,
        };
        self.ask(Command::RecordBookings(self.day.expected.iter().map(booking).collect()), Actor::Operator);
        for (place, visitor) in self.day.visitors.iter().enumerate() {
            self.due.push(Reverse((visitor.arrival, Due::Comes(place))));
        }
        for shift in &self.day.shifts {
            self.due.push(Reverse((shift.from, Due::Opens(shift.counter))));
            if let Some(until) = shift.until {
                self.due.push(Reverse((until, Due::Closes(shift.counter))));
            }
        }
    }

    /// Time passes; counters that have nobody are counted.
    fn pass(&mut self, until: Time) {
        let passed = until - self.now;
        if passed > Duration::zero() {
            let is_day =
                !self.who.is_empty() || self.due.iter().any(|Reverse((_, due))| matches!(due, Due::Comes(_)));
            for counter in self.free.keys().filter(|_| is_day) {
                self.played.idle += passed;
                if self.could_serve(*counter) {
                    self.played.idle_in_vain += passed;
                }
            }
            self.now = until;
        }
    }

    /// Whether somebody is there whom a counter could serve.
    fn could_serve(&self, counter: CounterId) -> bool {
        let is_there = |visit: &&Visit| match &visit.state {
            VisitState::Waiting => true,
            VisitState::Parked { until, .. } => *until <= self.now,
            _ => false,
        };
        let mut there = self.branch.visits.values().filter(is_there);
        there.any(|visit| self.day.site.can_serve(counter, &visit.service))
    }

    /// The day is over: whoever is still there has waited until now, and at least until the doors were closed.
    fn close(&mut self) {
        let closing = self.day.site.last_closing(self.now).unwrap_or(self.now);
        let over = self.now.max(closing);
        for visitor in self.played.visitors.iter_mut().filter(|visitor| visitor.called.is_none()) {
            visitor.gave_up.get_or_insert(over);
        }
    }

    fn happens(&mut self, due: Due) {
        match due {
            Due::Comes(place) => self.comes(place),
            Due::Leaves(place) => self.gives_up(place),
            Due::Opens(counter) => {
                self.ask(Command::OpenCounter(counter), agent(counter));
                self.free.insert(counter, self.now);
                self.closing.retain(|closing| *closing != counter);
            }
            Due::Closes(counter) => {
                if self.free.remove(&counter).is_some() {
                    self.ask(Command::CloseCounter(counter), agent(counter));
                } else {
                    self.closing.push(counter);
                }
            }
            Due::Ends(counter) => self.ends(counter),
            Due::Look => {}
        }
    }

    fn comes(&mut self, place: usize) {
        let day = self.day;
        let visitor = &day.visitors[place];
        let kiosk = place % KIOSKS;
        let Some(lane) = LaneCode::all().nth(kiosk) else { return };
        let asking = Asking {
            lane,
            language: Language::new("fr"),
            priority: visitor.priority,
            follow: FollowHash::new(""),
            knowledge: Knowledge::Current,
            clock: ClockState::Certain,
        };
        let Some((service, _)) = visitor.services.first() else { return };
        let command = match visitor.booking {
            Some(booking) => Command::CheckIn { booking, asking },
            None => Command::TakeWalkIn { service: service.clone(), asking },
        };
        let events = match self.try_ask(&command, Actor::Device(device(kiosk))) {
            Ok(events) => events,
            // Comes back when the doors or the window open.
            Err(Refusal::TooEarly { opens_at, .. } | Refusal::Closed { opens_at: Some(opens_at) }) => {
                self.due.push(Reverse((opens_at, Due::Comes(place))));
                return;
            }
            Err(_) => {
                self.played.turned_away += 1;
                return;
            }
        };
        // The server hears of it, and deals the shares of tickets anew.
        self.ask(Command::Tick, Actor::System);
        for event in events {
            if let Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket } = event {
                self.took(place, ticket.visit);
            }
        }
    }

    fn took(&mut self, place: usize, id: VisitId) {
        let Some(visit) = self.branch.visits.get(&id) else { return };
        self.who.insert(id, (place, 0));
        self.place.insert(id, self.played.visitors.len());
        if let Some(leaves) = self.day.visitors[place].leaves {
            self.due.push(Reverse((leaves.max(self.now), Due::Leaves(place))));
        }
        if self.forecasts {
            self.played.told.push(forecasts::told(&self.branch, visit, self.played.visitors.len(), self.now));
        }
        if let Some(from) = visit.booked.and_then(|booked| self.policy.callable_from(booked.slot)) {
            self.due.push(Reverse((from.max(self.now), Due::Look)));
        }
        self.played.visitors.push(Outcome {
            class: class(visit),
            arrival: visit.arrival,
            slot: visit.booked.map(|booked| booked.slot),
            called: None,
            gave_up: None,
        });
    }

    /// Somebody who was never called leaves as they did in truth.
    fn gives_up(&mut self, place: usize) {
        let mine = self.who.iter().find(|(_, (visitor, _))| *visitor == place);
        let visit =
            mine.and_then(|(id, _)| self.branch.visits.get(id)).filter(|v| v.state.can_be_called(self.now));
        let Some((id, number)) = visit.and_then(|visit| Some((visit.id, visit.numbers.first()?.clone())))
        else {
            return;
        };
        self.ask(Command::End { number, how: domain::Ending::Left }, agent(CounterId(0)));
        self.who.remove(&id);
        let outcome = self.place.get(&id).and_then(|place| self.played.visitors.get_mut(*place));
        if let Some(outcome) = outcome.filter(|outcome| outcome.called.is_none()) {
            outcome.gave_up = Some(self.now);
        }
    }

    /// Every counter that is free calls whom the policy says, the one that waits longest first.
    fn call(&mut self) {
        let mut free: Vec<(Time, CounterId)> =
            self.free.iter().map(|(counter, since)| (*since, *counter)).collect();
        free.sort();
        for (_, counter) in free {
            let Some(next) = self.policy.next(&self.branch, counter, self.now) else { continue };
            let Some(visit) = self.branch.visits.get(&next) else { continue };
            let earlier =
                self.branch.within_reach(counter, self.now).filter(|other| other.arrival < visit.arrival);
            self.played.overtakings += earlier.count();
            // Ours by its own command; the others by hand, as a supervisor would.
            let number = visit.numbers.first().cloned();
            let is_next = self.branch.next_for(counter, self.now).is_some_and(|first| first.id == next);
            let command = match number {
                Some(number) if !is_next => Command::Call { counter, number },
                _ => Command::CallNext(counter),
            };
            // A counter that is refused stays free, and is counted as such.
            if !self.ask(command, agent(counter)) {
                continue;
            }
            self.free.remove(&counter);
            let Some((visitor, stage)) = self.who.get(&next).copied() else { continue };
            let called = self.place.get(&next).and_then(|place| self.played.visitors.get_mut(*place));
            if let Some(outcome) = called {
                outcome.called.get_or_insert(self.now);
            }
            let lasts =
                self.day.visitors[visitor].services.get(stage).map_or(Duration::zero(), |(_, lasts)| *lasts);
            self.due.push(Reverse((self.now + lasts, Due::Ends(counter))));
        }
    }

    fn ends(&mut self, counter: CounterId) {
        let Some(id) = self.branch.at_counter(counter).map(|visit| visit.id) else { return };
        let under_way = self.who.get(&id).copied();
        if under_way.is_some_and(|(visitor, _)| self.day.visitors[visitor].is_gone) {
            self.ask(Command::NoShow(counter), agent(counter));
            self.who.remove(&id);
        } else if let Some((visitor, stage)) = under_way {
            let next = self.day.visitors[visitor].services.get(stage + 1).map(|(service, _)| service.clone());
            self.leaves(counter, id, next);
            self.who.insert(id, (visitor, stage + 1));
        }
        if self.branch.visits.get(&id).is_none_or(|visit| !visit.state.is_live()) {
            self.who.remove(&id);
        }
        if self.closing.contains(&counter) {
            self.ask(Command::CloseCounter(counter), agent(counter));
        } else {
            self.free.insert(counter, self.now);
        }
    }

    /// A service is over, and perhaps another follows.
    fn leaves(&mut self, counter: CounterId, id: VisitId, next: Option<ServiceId>) {
        let planned = self.branch.visits.get(&id).and_then(|visit| visit.then.first().cloned());
        let command = match next {
            Some(to) if planned.as_ref() != Some(&to) => {
                Command::Transfer { counter, to, place: Place::InOrder, note: None }
            }
            _ => Command::Finish { counter, delivered: None },
        };
        self.ask(command, agent(counter));
    }

    /// Something that should be possible; whether it was.
    fn ask(&mut self, command: Command, actor: Actor) -> bool {
        let asked = self.try_ask(&command, actor);
        let is_done = asked.is_ok();
        self.played.refused.extend(asked.err().map(|refusal| (command, refusal)));
        is_done
    }

    fn try_ask(&mut self, command: &Command, actor: Actor) -> Result<Vec<Event>, Refusal> {
        let context = Context { now: self.now, actor, new_id: self.new_id() };
        let events = decide(&self.branch, command, &context)?;
        for event in &events {
            let recorded = Recorded {
                id: EventId(self.new_id()),
                at: self.now,
                day: self.day.site.day(self.now),
                event: event.clone(),
            };
            self.branch.apply(&recorded);
            self.played.log.push(recorded);
        }
        Ok(events)
    }

    /// Ordered, and with different last digits, which draw a lane's first number.
    fn new_id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u64_pair(self.ids, self.ids.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

fn device(kiosk: usize) -> DeviceId {
    DeviceId(Uuid::from_u128(kiosk as u128 + 1))
}

fn class(visit: &Visit) -> Class {
    match &visit.booked {
        _ if visit.priority => Class::Priority,
        None => Class::WalkIn,
        Some(booked) if booked.punctuality == Punctuality::OnTime => Class::OnTime,
        Some(_) => Class::Late,
    }
}

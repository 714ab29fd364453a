//! The hall once more, told as simply as possible: a list of parties that is searched from end to end, and times
//! that are added up where they are needed. Written from the text of the rules, not from the code that decides; what
//! both say is compared step by step.

use crate::hall::{Answer, INFORMATION, ONE, THREE, TITLES, TWO};
use chrono::{Duration, NaiveDate};
use chrono_tz::Europe::Paris;
mod desks;
mod parties;

use domain::{
    Actor, AgentId, BookingKey, Branch, Command, CounterId, Ending, Event, ServiceId, TicketNumber, Time,
    VisitId, VisitState, event::Place,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a place in the queue rests on.
#[derive(Clone, Debug, PartialEq)]
enum Base {
    /// The slot, or the arrival.
    Entry,
    /// The end of the service before, and which one follows.
    Next(Time, ServiceId),
    /// Put last, or missed and back, and for which service.
    Anew(Time, ServiceId),
    /// Put first.
    First(Time),
}

#[derive(Clone, Debug, PartialEq)]
enum Whereabouts {
    Waits,
    Called {
        to: CounterId,
        last: Time,
        times: u8,
    },
    Received(CounterId),
    Away {
        until: Time,
    },
    Missed(Time),
    Gone,
    /// Gone by what somebody said: they can turn up again.
    Left,
}

/// How a party was last called to a counter.
#[derive(Clone, Copy, Debug)]
struct Said {
    last: Time,
    times: u8,
    /// They came since.
    came: bool,
}

/// What an agent decided about a party, and can take back.
#[derive(Clone, Debug, PartialEq)]
struct Decided {
    wants: Vec<ServiceId>,
    /// What the place of each ticket rests on: the best one counts.
    bases: BTreeMap<TicketNumber, Base>,
    is: Whereabouts,
    /// They missed a call, and nobody has seen them since, wherever they are said to be.
    unseen: bool,
}

/// Whoever took one ticket.
#[derive(Clone, Debug)]
struct Member {
    number: TicketNumber,
    /// The visit that the ticket was given for.
    home: VisitId,
    arrival: Time,
    /// The slot, and whether the holder came on time for it.
    slot: Option<(Time, bool)>,
    declared: bool,
    card: Option<bool>,
    came_for: ServiceId,
    /// What the holder wanted when the ticket joined another's, and what of that was new there.
    joined: Option<(Vec<ServiceId>, Vec<ServiceId>)>,
}

#[derive(Clone, Debug)]
struct Party {
    id: VisitId,
    members: Vec<Member>,
    decided: Decided,
    /// The step that last changed what was decided.
    step: u32,
    said: Option<Said>,
}

#[derive(Clone, Debug)]
struct Desk {
    counter: CounterId,
    agent: AgentId,
    paused: bool,
    /// What the party was before the desk's latest step, and which step that was.
    latest: Option<(VisitId, Decided, u32)>,
}

#[derive(Clone, Debug)]
pub struct Model {
    day: NaiveDate,
    /// At most so many a day come for information without a booking.
    limit: usize,
    bookings: BTreeMap<BookingKey, Time>,
    /// Bookings of days that are over.
    past: BTreeSet<BookingKey>,
    parties: Vec<Party>,
    desks: Vec<Desk>,
    steps: u32,
}

/// What is expected to be answered.
#[derive(Debug, PartialEq)]
enum Expected {
    Done,
    Called(VisitId),
    Refused(&'static str),
}

use Expected::{Done, Refused};

/// Within how many minutes somebody is called for a service: booked, and otherwise; and for how long a call can be missed.
fn targets(service: &ServiceId) -> (i64, i64, i64) {
    match service.as_str() {
        TITLES => (10, 40, 60),
        INFORMATION => (15, 30, 45),
        other => panic!("what is {other}?"),
    }
}

fn minutes(count: i64) -> Duration {
    Duration::minutes(count)
}

/// The day of a moment: it begins at four in the morning.
fn day(now: Time) -> NaiveDate {
    (now.with_timezone(&Paris).naive_local() - Duration::hours(4)).date()
}

fn is_open(now: Time) -> bool {
    let time = now.with_timezone(&Paris).format("%H:%M").to_string();
    ("08:30".."16:00").contains(&time.as_str())
}

/// Counter 1 gives both services, 2 titles, 3 information.
fn gives(counter: CounterId, service: &ServiceId) -> bool {
    match service.as_str() {
        TITLES => counter == ONE || counter == TWO,
        INFORMATION => counter == ONE || counter == THREE,
        other => panic!("what is {other}?"),
    }
}

impl Party {
    fn counter(&self) -> Option<CounterId> {
        match self.decided.is {
            Whereabouts::Called { to, .. } => Some(to),
            Whereabouts::Received(at) => Some(at),
            _ => None,
        }
    }

    fn has_card(&self) -> bool {
        self.members.iter().any(|member| member.card.unwrap_or(member.declared))
    }

    /// When the first of those came who have one.
    fn card_since(&self) -> Time {
        let has_card = |member: &&Member| member.card.unwrap_or(member.declared);
        self.members.iter().filter(has_card).map(|member| member.arrival).min().unwrap()
    }

    fn arrival(&self) -> Time {
        self.members.iter().map(|member| member.arrival).min().unwrap()
    }

    fn numbers(&self) -> BTreeSet<TicketNumber> {
        self.members.iter().map(|member| member.number.clone()).collect()
    }

    /// Called within the last five seconds, and not come.
    fn was_just_called(&self, now: Time) -> bool {
        self.said.is_some_and(|said| !said.came && (now - said.last).num_seconds() < 5)
    }

    fn can_be_called(&self, now: Time) -> bool {
        match self.decided.is {
            Whereabouts::Waits => true,
            Whereabouts::Away { until } => until <= now,
            _ => false,
        }
    }

    /// Base and target, by the table.
    fn deadline_of(&self, member: &Member) -> Time {
        match (&self.decided.bases[&member.number], member.slot) {
            (Base::Entry, Some((slot, true))) => slot + minutes(targets(&member.came_for).0),
            (Base::Entry, _) => member.arrival + minutes(targets(&member.came_for).1),
            (Base::Next(since, what), _) => *since + minutes(targets(what).0),
            (Base::Anew(since, what), _) => *since + minutes(targets(what).1),
            (Base::First(since), _) => *since,
        }
    }

    fn deadline(&self) -> Time {
        self.members.iter().map(|member| self.deadline_of(member)).min().unwrap()
    }

    /// Priority by arrival, then whoever was put first, then the earliest deadline; then arrival, then id.
    fn goes_before(&self, other: &Self) -> bool {
        let of_member = |party: &Self, member: &Member| match party.decided.bases[&member.number] {
            Base::First(since) => (1, since),
            _ => (2, party.deadline_of(member)),
        };
        let place = |party: &Self| match party.has_card() {
            true => (0, party.card_since()),
            false => party.members.iter().map(|member| of_member(party, member)).min().unwrap(),
        };
        (place(self), self.arrival(), self.id) < (place(other), other.arrival(), other.id)
    }
}

impl Decided {
    fn place(&mut self, base: &Base) {
        self.bases.values_mut().for_each(|known| *known = base.clone());
    }

    fn place_anew(&mut self, now: Time) {
        let base = Base::Anew(now, self.wants[0].clone());
        self.place(&base);
    }

    /// Somebody sees them: after a missed call they wait from now on.
    fn seen(&mut self, now: Time) {
        if std::mem::take(&mut self.unseen) {
            self.place_anew(now);
        }
    }
}

impl Model {
    /// A hall with agents at all three counters and nobody in it.
    pub fn staffed(now: Time, limit: usize, agents: [(CounterId, AgentId); 3]) -> Self {
        let desk = |(counter, agent)| Desk { counter, agent, paused: false, latest: None };
        Self {
            day: day(now),
            limit,
            bookings: BTreeMap::new(),
            past: BTreeSet::new(),
            parties: Vec::new(),
            desks: agents.map(desk).into(),
            steps: 0,
        }
    }

    /// Somebody asks for something, and the hall answered so. Says what the hall should have done instead, if anything.
    pub fn hears(
        &mut self,
        now: Time,
        actor: Actor,
        command: &Command,
        answer: &Answer,
    ) -> Result<(), String> {
        let before = self.clone();
        if day(now) > self.day {
            self.begin_day(day(now));
        }
        self.steps += 1;
        let expected = self.expect(now, actor, command, answer);
        let said = match answer {
            Err(refusal) => format!("{refusal:?}"),
            Ok(_) => String::new(),
        };
        let name = said.split([' ', '{', '(']).next().unwrap_or_default();
        let called = answer.iter().flatten().find_map(|event| match event {
            Event::Called { visit, .. } => Some(*visit),
            _ => None,
        });
        let agrees = match &expected {
            Refused(refusal) => *refusal == name,
            Done => answer.is_ok() && called.is_none(),
            Expected::Called(visit) => called == Some(*visit),
        };
        if answer.is_err() {
            *self = before;
        }
        if agrees { Ok(()) } else { Err(format!("{command:?}: {answer:?}, but expected {expected:?}")) }
    }

    fn begin_day(&mut self, today: NaiveDate) {
        self.day = today;
        self.parties.clear();
        self.desks.clear();
        let (past, rest) =
            std::mem::take(&mut self.bookings).into_iter().partition(|(_, slot)| day(*slot) < today);
        let past: BTreeMap<BookingKey, Time> = past;
        self.bookings = rest;
        self.past.extend(past.into_keys());
    }

    fn expect(&mut self, now: Time, actor: Actor, command: &Command, answer: &Answer) -> Expected {
        match command {
            Command::RecordBookings(bookings) => {
                for booking in bookings {
                    self.past.remove(&booking.key);
                    self.bookings.insert(booking.key, booking.slot);
                }
                Done
            }
            Command::Tick => Done,
            Command::CheckIn { booking, asking } => self.check_in(now, *booking, asking.priority, answer),
            Command::TakeWalkIn { asking, .. } => self.walk_in(now, asking.priority, answer),
            Command::OpenCounter(counter) => self.open(*counter, actor),
            Command::CloseCounter(counter) => {
                if let Err(no) = self.free(*counter, actor) {
                    return no;
                }
                self.desks.retain(|desk| desk.counter != *counter);
                Done
            }
            Command::Pause(counter) => self.pause(*counter, actor, true),
            Command::Resume(counter) => self.pause(*counter, actor, false),
            Command::CallNext(counter) => self.call_next(now, *counter, actor),
            Command::Call { counter, number } => self.call(now, *counter, number, actor),
            Command::Recall(counter) => self.recall(now, *counter, actor),
            Command::Start(counter) => self.start(*counter, actor),
            Command::NoShow(counter) => match self.called(*counter, actor) {
                Err(no) => no,
                Ok(party) => self.decide(*counter, party, |decided| {
                    (decided.is, decided.unseen) = (Whereabouts::Missed(now), true);
                }),
            },
            Command::Finish { counter, .. } => {
                let goes_on =
                    self.at(*counter).is_some_and(|party| self.parties[party].decided.wants.len() > 1);
                let done = self.present(*counter, actor, |decided| {
                    if decided.wants.len() > 1 {
                        decided.wants.remove(0);
                        decided.place(&Base::Next(now, decided.wants[0].clone()));
                        decided.is = Whereabouts::Waits;
                    } else {
                        decided.is = Whereabouts::Gone;
                    }
                });
                if goes_on { self.came(done) } else { done }
            }
            Command::Park { counter, minutes: count } => {
                let done = self.present(*counter, actor, |decided| {
                    decided.is = Whereabouts::Away { until: now + minutes((*count).into()) };
                });
                self.came(done)
            }
            Command::Transfer { counter, to, place, .. } => {
                let done = self.present(*counter, actor, |decided| {
                    decided.wants[0] = to.clone();
                    decided.is = Whereabouts::Waits;
                    match place {
                        Place::First => decided.place(&Base::First(now)),
                        Place::InOrder => {}
                        Place::Last => decided.place_anew(now),
                    }
                });
                self.came(done)
            }
            Command::AddService { counter, service } => {
                self.present(*counter, actor, |decided| decided.wants.push(service.clone()))
            }
            Command::ReturnToQueue(counter) => {
                self.present(*counter, actor, |decided| decided.is = Whereabouts::Waits)
            }
            Command::Undo(counter) => self.undo(*counter, actor),
            Command::SeeCard { number, shown } => {
                let party = self.holder(number);
                let members = &mut self.parties[party].members;
                let member = members.iter_mut().find(|member| member.number == *number).unwrap();
                member.card = Some(*shown);
                Done
            }
            Command::BringBack { number } => {
                let party = self.holder(number);
                match self.parties[party].decided.is {
                    Whereabouts::Waits | Whereabouts::Called { .. } | Whereabouts::Received(_) => {
                        Refused("NotAway")
                    }
                    Whereabouts::Away { .. }
                    | Whereabouts::Missed(_)
                    | Whereabouts::Left
                    | Whereabouts::Gone => {
                        self.parties[party].step = self.steps;
                        self.comes_back(now, party)
                    }
                }
            }
            Command::End { number, .. } => {
                let party = self.holder(number);
                match self.parties[party].decided.is {
                    Whereabouts::Gone | Whereabouts::Left => Refused("VisitEnded"),
                    Whereabouts::Called { .. } | Whereabouts::Received(_) => Refused("VisitBusy"),
                    _ => {
                        self.parties[party].decided.is = Whereabouts::Left;
                        self.parties[party].step = self.steps;
                        Done
                    }
                }
            }
            Command::RecordServed { numbers, at } => {
                let at = at.unwrap_or(now);
                if at > now || day(at) != day(now) {
                    return Refused("WrongTime");
                }
                for number in numbers {
                    let (steps, party) = (self.steps, self.holder(number));
                    let party = &mut self.parties[party];
                    let is_gone = matches!(party.decided.is, Whereabouts::Gone | Whereabouts::Left);
                    if !is_gone && party.counter().is_none() && party.arrival() - at < minutes(1) {
                        (party.decided.is, party.step) = (Whereabouts::Gone, steps);
                    }
                }
                Done
            }
            Command::Merge { number, into } => self.merge(number, into, actor),
            Command::Split { number } => self.split(number, actor, answer),
            Command::Configure(_)
            | Command::GrantLane { .. }
            | Command::AdoptTicket { .. }
            | Command::RevokeLanes(_)
            | Command::RecordElsewhere { .. }
            | Command::BeginRecovery { .. }
            | Command::SeeCall { .. }
            | Command::Confirm { .. }
            | Command::DeviceBack(_)
            | Command::EndRecovery => {
                panic!("{command:?} is not played")
            }
        }
    }

    fn holder(&self, number: &TicketNumber) -> usize {
        self.parties.iter().position(|party| party.numbers().contains(number)).unwrap()
    }

    fn comes(&mut self, now: Time, slot: Option<(Time, bool)>, for_what: &str, card: bool, answer: &Answer) {
        let ticket = answer.iter().flatten().find_map(|event| match event {
            Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket } => Some(ticket),
            _ => None,
        });
        let Some(ticket) = ticket else { return };
        let came_for = ServiceId::new(for_what);
        let decided = Decided {
            wants: vec![came_for.clone()],
            bases: [(ticket.number.clone(), Base::Entry)].into(),
            is: Whereabouts::Waits,
            unseen: false,
        };
        let member = Member {
            number: ticket.number.clone(),
            home: ticket.visit,
            arrival: now,
            slot,
            declared: card,
            card: None,
            came_for,
            joined: None,
        };
        self.parties.push(Party { id: ticket.visit, members: vec![member], decided, step: 0, said: None });
    }

    fn check_in(&mut self, now: Time, booking: BookingKey, card: bool, answer: &Answer) -> Expected {
        let id = VisitId::of_booking(&booking);
        let came = |party: &Party| party.members.iter().any(|member| member.home == id);
        if let Some(party) = self.parties.iter().position(came) {
            return match self.parties[party].decided.is {
                Whereabouts::Missed(since) if now > since + self.tolerance(party) => Refused("ReturnTooLate"),
                Whereabouts::Away { .. } | Whereabouts::Missed(_) => self.comes_back(now, party),
                Whereabouts::Gone | Whereabouts::Left => Refused("VisitEnded"),
                _ => Done,
            };
        }
        let Some(slot) = self.bookings.get(&booking).copied() else {
            return Refused(if self.past.contains(&booking) { "WrongDay" } else { "UnknownBooking" });
        };
        let late = now - slot;
        if day(slot) != day(now) {
            Refused("WrongDay")
        } else if late < -minutes(30) {
            Refused("TooEarly")
        } else if late >= minutes(61) {
            Refused("TooLate")
        } else if !is_open(now) {
            Refused("Closed")
        } else {
            self.comes(now, Some((slot, late < minutes(16))), TITLES, card, answer);
            Done
        }
    }

    fn walk_in(&mut self, now: Time, card: bool, answer: &Answer) -> Expected {
        let information = ServiceId::new(INFORMATION);
        let members = self.parties.iter().flat_map(|party| &party.members);
        let taken = members.filter(|member| member.slot.is_none() && member.came_for == information).count();
        if !is_open(now) {
            Refused("Closed")
        } else if taken >= self.limit {
            Refused("DailyLimitReached")
        } else if matches!(answer, Err(domain::Refusal::ShareSpent)) && taken + 1 == self.limit {
            // The last ticket is the other kiosk's.
            Refused("ShareSpent")
        } else if matches!(answer, Err(domain::Refusal::NoTimeLeft)) {
            // A forecast says so, which is not told again here.
            Refused("NoTimeLeft")
        } else {
            self.comes(now, None, INFORMATION, card, answer);
            Done
        }
    }

    fn comes_back(&mut self, now: Time, party: usize) -> Expected {
        let decided = &mut self.parties[party].decided;
        decided.seen(now);
        decided.is = Whereabouts::Waits;
        Done
    }

    fn tolerance(&self, party: usize) -> Duration {
        minutes(targets(&self.parties[party].decided.wants[0]).2)
    }

    /// Where the state of the rules says something else.
    pub fn differences(&self, now: Time, branch: &Branch) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: String, ours: String, theirs: String| {
            if ours != theirs {
                found.push(format!("{what}: {theirs}, but expected {ours}"));
            }
        };
        compare("parties".into(), self.parties.len().to_string(), branch.visits.len().to_string());
        for party in &self.parties {
            let Some(visit) = branch.visits.get(&party.id) else { continue };
            let stands = match visit.state {
                VisitState::Waiting => Whereabouts::Waits,
                VisitState::Called { counter, last, times, .. } => {
                    Whereabouts::Called { to: counter, last, times }
                }
                VisitState::Serving { counter, .. } => Whereabouts::Received(counter),
                VisitState::Parked { until, .. } => Whereabouts::Away { until },
                VisitState::Missed { since } => Whereabouts::Missed(since),
                VisitState::Ended { how: Ending::Served { .. } | Ending::ServedMeanwhile { .. }, .. } => {
                    Whereabouts::Gone
                }
                VisitState::Ended { .. } => Whereabouts::Left,
            };
            let who = |what: &str| format!("{what} of {:?}", party.numbers());
            compare(who("state"), format!("{:?}", party.decided.is), format!("{stands:?}"));
            compare(
                who("numbers"),
                format!("{:?}", party.numbers()),
                format!("{:?}", visit.numbers.iter().collect::<BTreeSet<_>>()),
            );
            compare(who("card"), party.has_card().to_string(), visit.priority.to_string());
            compare(who("arrival"), party.arrival().to_string(), visit.arrival.to_string());
            compare(who("deadline"), party.deadline().to_string(), branch.deadline(visit).to_string());
            let wants: Vec<&ServiceId> = std::iter::once(&visit.service).chain(&visit.then).collect();
            compare(who("services"), format!("{:?}", party.decided.wants), format!("{wants:?}"));
        }
        for counter in [ONE, TWO, THREE] {
            let desk = self.desks.iter().find(|desk| desk.counter == counter);
            let open = branch.counters.get(&counter);
            compare(
                format!("counter {counter}"),
                format!("{:?}", desk.map(|desk| (desk.agent, desk.paused))),
                format!("{:?}", open.map(|open| (open.agent, open.paused.is_some()))),
            );
            compare(
                format!("who is at counter {counter}"),
                format!("{:?}", self.at(counter).map(|party| self.parties[party].id)),
                format!("{:?}", open.and_then(|open| open.visit)),
            );
            compare(
                format!("who is next at counter {counter}"),
                format!("{:?}", self.next(now, counter).map(|party| self.parties[party].id)),
                format!("{:?}", branch.next_for(counter, now).map(|visit| visit.id)),
            );
        }
        found
    }
}

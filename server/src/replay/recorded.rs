//! A day of the log as one that can be played again.

use super::day::{Day, Expected, Shift, Visitor, without_limits};
use chrono::Duration;
use domain::{
    Branch, CounterId, Event, EventId, Recorded, ServiceDay, ServiceId, Site, Time, Visit, VisitId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is written down of a day while the site's log is read, from its beginning.
pub struct Book {
    branch: Branch,
    day: ServiceDay,
    site: Option<Site>,
    expected: BTreeMap<domain::BookingKey, Expected>,
    visitors: BTreeMap<VisitId, Visitor>,
    /// What each came for.
    entry: BTreeMap<VisitId, ServiceId>,
    shifts: Vec<Shift>,
    /// Who was called, since when and for what.
    under_way: BTreeMap<VisitId, (Time, ServiceId)>,
    /// Time at counters that led to no end: sent away for a while, put back, not come.
    carried: BTreeMap<VisitId, Duration>,
    /// What each end of a reception or of a call in vain was, so that it can be taken back.
    ends: BTreeMap<EventId, Ended>,
    /// By what event each was finished last.
    finished: BTreeMap<VisitId, EventId>,
    /// Who missed a call and has not been seen since.
    missing: BTreeSet<VisitId>,
}

/// What was under way when somebody went from a counter.
struct Ended {
    called: (Time, ServiceId),
    carried: Option<Duration>,
    was_received: bool,
}

impl Book {
    /// For a day.
    pub fn new(day: ServiceDay) -> Self {
        Self {
            branch: Branch::default(),
            day,
            site: None,
            expected: BTreeMap::new(),
            visitors: BTreeMap::new(),
            entry: BTreeMap::new(),
            shifts: Vec::new(),
            under_way: BTreeMap::new(),
            carried: BTreeMap::new(),
            ends: BTreeMap::new(),
            finished: BTreeMap::new(),
            missing: BTreeSet::new(),
        }
    }

    /// The next event of the log.
    pub fn note(&mut self, recorded: &Recorded) {
        let mut branch = std::mem::take(&mut self.branch);
        branch.apply(recorded);
        self.write(&branch, recorded);
        self.branch = branch;
    }

    /// `branch` is the state with the event in it.
    fn write(&mut self, branch: &Branch, recorded: &Recorded) {
        if let Event::BookingRecorded { booking } = &recorded.event {
            let is_today = branch.site.as_ref().is_some_and(|site| site.day(booking.slot) == self.day);
            let stands = booking.status == domain::BookingStatus::Booked;
            // Whoever has checked in with it is here, whatever becomes of the booking.
            if self.visitors.values().any(|visitor| visitor.booking == Some(booking.key)) {
                return;
            }
            self.expected.remove(&booking.key);
            if is_today && stands {
                let expected =
                    Expected { key: booking.key, slot: booking.slot, service: booking.service.clone() };
                self.expected.insert(booking.key, expected);
            }
        }
        if branch.day.is_some_and(|day| day <= self.day) {
            self.site.clone_from(&branch.site);
        }
        if recorded.day == self.day {
            self.of_the_day(branch, recorded);
        }
    }

    fn of_the_day(&mut self, branch: &Branch, recorded: &Recorded) {
        let at = recorded.at;
        match &recorded.event {
            Event::CheckedIn { .. } | Event::WalkInTaken { .. } => self.enter(branch),
            Event::VisitsMerged { from, into, .. } => self.merge(*from, *into),
            Event::VisitSplit { visit, .. } => {
                self.enter(branch);
                if let Some(known) = branch.visits.get(visit) {
                    self.visitors.entry(*visit).and_modify(|visitor| as_it_is(visitor, known));
                }
            }
            Event::CardSeen { visit, shown } => {
                if let Some(visitor) = self.visitors.get_mut(visit) {
                    visitor.priority = *shown;
                }
            }
            Event::Called { visit, .. } => {
                if let Some(known) = branch.visits.get(visit) {
                    self.under_way.insert(*visit, (at, known.service.clone()));
                    self.missing.remove(visit);
                }
            }
            Event::CameBack { visit, .. } => drop(self.missing.remove(visit)),
            Event::BroughtBack { visit } | Event::ServedTakenBack { visit } => self.goes_on(*visit),
            Event::Finished { visit, .. }
            | Event::ServiceDone { visit, .. }
            | Event::Transferred { visit, .. } => {
                self.ends(*visit, recorded);
                if matches!(recorded.event, Event::Finished { .. }) {
                    self.finished.insert(*visit, recorded.id);
                }
                self.enter(branch);
            }
            Event::Missed { visit, .. } | Event::Returned { visit, .. } | Event::Parked { visit, .. } => {
                self.interrupted(*visit, recorded);
            }
            Event::Undone { visit, undoes, back_to, .. } => {
                self.take_back(*visit, *undoes, back_to.state.counter().is_some());
            }
            Event::Ended { visit, .. } | Event::ServedMeanwhile { visit, .. } => {
                if let Some(visitor) = self.visitors.get_mut(visit) {
                    visitor.leaves = Some(at);
                }
            }
            Event::CounterOpened { counter, .. } | Event::CounterResumed { counter }
                if self.open_shift(*counter).is_none() =>
            {
                self.shifts.push(Shift { counter: *counter, from: at, until: None });
            }
            Event::CounterClosed { counter } | Event::CounterPaused { counter } => {
                if let Some(shift) = self.open_shift(*counter) {
                    shift.until = Some(at);
                }
            }
            _ => {}
        }
    }

    fn open_shift(&mut self, counter: CounterId) -> Option<&mut Shift> {
        self.shifts.iter_mut().find(|shift| shift.counter == counter && shift.until.is_none())
    }

    /// Whoever holds a ticket and is not written down yet.
    fn enter(&mut self, branch: &Branch) {
        for visit in branch.visits.values().filter(|visit| !visit.numbers.is_empty()) {
            if self.visitors.contains_key(&visit.id) {
                continue;
            }
            self.entry.insert(visit.id, visit.entry.clone());
            let mut visitor = Visitor {
                arrival: visit.arrival,
                booking: None,
                services: Vec::new(),
                priority: false,
                leaves: None,
                is_gone: false,
            };
            as_it_is(&mut visitor, visit);
            self.visitors.insert(visit.id, visitor);
            // The booking may have come from elsewhere, and is not known here.
            if let Some(booked) = visit.booked {
                let expected = Expected { key: booked.key, slot: booked.slot, service: visit.entry.clone() };
                self.expected.entry(booked.key).or_insert(expected);
            }
        }
    }

    /// Two tickets are one visitor from now on, who has come when the first did.
    fn merge(&mut self, from: VisitId, into: VisitId) {
        let Some(other) = self.visitors.remove(&from) else { return };
        if let Some(carried) = self.carried.remove(&from) {
            *self.carried.entry(into).or_insert(Duration::zero()) += carried;
        }
        self.missing.remove(&from);
        if let Some(visitor) = self.visitors.get_mut(&into) {
            visitor.arrival = visitor.arrival.min(other.arrival);
            visitor.booking = visitor.booking.or(other.booking);
            visitor.priority |= other.priority;
            visitor.services.splice(0..0, other.services);
        }
    }

    /// A reception is over.
    fn ends(&mut self, visit: VisitId, recorded: &Recorded) {
        let Some(called) = self.under_way.remove(&visit) else { return };
        let carried = self.carried.remove(&visit);
        if let Some(visitor) = self.visitors.get_mut(&visit) {
            let lasted = recorded.at - called.0 + carried.unwrap_or_else(Duration::zero);
            visitor.services.push((called.1.clone(), lasted));
            self.ends.insert(recorded.id, Ended { called, carried, was_received: true });
        }
    }

    /// Somebody went from a counter without having been received to the end, or did not come to it.
    fn interrupted(&mut self, visit: VisitId, recorded: &Recorded) {
        let Some(called) = self.under_way.remove(&visit) else { return };
        let carried = self.carried.get(&visit).copied();
        *self.carried.entry(visit).or_insert(Duration::zero()) += recorded.at - called.0;
        if matches!(recorded.event, Event::Missed { .. }) {
            self.missing.insert(visit);
        }
        self.ends.insert(recorded.id, Ended { called, carried, was_received: false });
    }

    /// Somebody is here of whom it was said that they were not, or that it was over: what a reception took that was
    /// finished by mistake is a part of the one that follows.
    fn goes_on(&mut self, visit: VisitId) {
        self.missing.remove(&visit);
        let Some(visitor) = self.visitors.get_mut(&visit) else { return };
        visitor.leaves = None;
        if let Some(end) = self.finished.remove(&visit)
            && self.ends.remove(&end).is_some()
            && let Some((_, lasted)) = visitor.services.pop()
        {
            self.carried.insert(visit, lasted);
        }
    }

    /// A counter took something back.
    fn take_back(&mut self, visit: VisitId, undone: EventId, is_at_counter: bool) {
        if let Some(ended) = self.ends.remove(&undone) {
            if ended.was_received {
                self.visitors.entry(visit).and_modify(|visitor| drop(visitor.services.pop()));
            }
            match ended.carried {
                Some(carried) => drop(self.carried.insert(visit, carried)),
                None => drop(self.carried.remove(&visit)),
            }
            self.under_way.insert(visit, ended.called);
            self.missing.remove(&visit);
        } else if !is_at_counter {
            self.under_way.remove(&visit);
        }
    }

    /// The day; `None` if nobody took a ticket on it.
    pub fn close(mut self) -> Option<Day> {
        let site = without_limits(self.site?);
        for (id, visitor) in &mut self.visitors {
            // Whoever was never received would have taken as long as the service is said to, and whoever was called in
            // vain as long as the counter waited.
            if visitor.services.is_empty() {
                let service = self.entry.get(id).cloned()?;
                if let Some(waited) = self.carried.get(id).filter(|_| self.missing.contains(id)) {
                    visitor.is_gone = true;
                    visitor.services.push((service, *waited));
                    continue;
                }
                let minutes = site.services.get(&service).map_or(10, |known| known.minutes);
                visitor.services.push((service, Duration::minutes(minutes.into())));
            }
        }
        let visitors: Vec<Visitor> = self.visitors.into_values().collect();
        let day =
            Day { site, expected: self.expected.into_values().collect(), visitors, shifts: self.shifts };
        (!day.visitors.is_empty()).then_some(day)
    }
}

/// What the tickets of a visit say.
fn as_it_is(visitor: &mut Visitor, visit: &Visit) {
    visitor.arrival = visit.arrival;
    visitor.booking = visit.booked.map(|booked| booked.key);
    visitor.priority = visit.priority;
}

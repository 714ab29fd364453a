//! A day of the log as one that can be played again.

use super::day::{Day, Expected, Shift, Visitor, without_limits};
use chrono::Duration;
use domain::{Branch, CounterId, Event, EventId, Recorded, ServiceDay, ServiceId, Site, Time, VisitId};
use std::collections::BTreeMap;

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
    /// What each end of a reception was, so that it can be taken back.
    ends: BTreeMap<EventId, (VisitId, Time, ServiceId)>,
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
            Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket } => {
                let Some(visit) = branch.holder(&ticket.number) else { return };
                self.entry.insert(visit.id, visit.entry.clone());
                self.visitors.entry(visit.id).or_insert_with(|| Visitor {
                    arrival: visit.arrival,
                    booking: visit.booked.map(|booked| booked.key),
                    services: Vec::new(),
                    priority: visit.priority,
                    leaves: None,
                });
            }
            Event::CardSeen { visit, shown } => {
                if let Some(visitor) = self.visitors.get_mut(visit) {
                    visitor.priority = *shown;
                }
            }
            Event::Called { visit, .. } => {
                if let Some(known) = branch.visits.get(visit) {
                    self.under_way.insert(*visit, (at, known.service.clone()));
                }
            }
            Event::Finished { visit, .. }
            | Event::ServiceDone { visit, .. }
            | Event::Transferred { visit, .. } => {
                self.ends(*visit, recorded);
            }
            Event::Missed { visit, .. } | Event::Returned { visit, .. } | Event::Parked { visit, .. } => {
                if let Some((called, _)) = self.under_way.remove(visit) {
                    *self.carried.entry(*visit).or_insert(Duration::zero()) += at - called;
                }
            }
            Event::Undone { visit, undoes, back_to, .. } => match self.ends.remove(undoes) {
                Some((visit, called, service)) => {
                    self.visitors.entry(visit).and_modify(|visitor| drop(visitor.services.pop()));
                    self.under_way.insert(visit, (called, service));
                }
                None if back_to.state.counter().is_none() => drop(self.under_way.remove(visit)),
                None => {}
            },
            Event::Ended { visit, .. } => {
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

    fn ends(&mut self, visit: VisitId, recorded: &Recorded) {
        let Some((called, service)) = self.under_way.remove(&visit) else { return };
        let carried = self.carried.remove(&visit).unwrap_or_else(Duration::zero);
        if let Some(visitor) = self.visitors.get_mut(&visit) {
            visitor.services.push((service.clone(), recorded.at - called + carried));
            self.ends.insert(recorded.id, (visit, called, service));
        }
    }

    /// The day; `None` if nobody took a ticket on it.
    pub fn close(mut self) -> Option<Day> {
        let site = without_limits(self.site?);
        for (id, visitor) in &mut self.visitors {
            // Whoever was never received would have taken as long as the service is said to.
            if visitor.services.is_empty() {
                let service = self.entry.get(id).cloned()?;
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

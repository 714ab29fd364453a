//! Folding events into the state of a site. Total: whatever was recorded can be applied, in any
//! order and more than once, without a failure.

use crate::{
    Booking, BookingKey, Branch, CounterId, CounterState, Event, Punctuality, Recorded, ServiceDay,
    TicketNumber, Time, Visit, VisitId, VisitState, booking::Elsewhere, branch::Lane, event::Issued,
    visit::Booked,
};

impl Branch {
    /// Folds one event in. Applying it again changes nothing.
    pub fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        self.last_event_at = self.last_event_at.max(Some(at));
        let today = self.day.is_none_or(|day| day == recorded.day);
        match &recorded.event {
            Event::SiteConfigured { site } => self.site = Some((**site).clone()),
            Event::DayOpened { day } => self.open_day(*day),
            Event::LaneGranted { lane, device, incarnation } => {
                self.lanes.entry(lane.clone()).or_insert(Lane {
                    device: *device,
                    incarnation: *incarnation,
                    last: None,
                });
            }
            Event::BookingRecorded { booking } => self.record_booking(booking),
            Event::BookingsElsewhere { site, day, keys } => {
                let elsewhere = Elsewhere { site: site.clone(), day: *day };
                self.elsewhere.extend(keys.iter().map(|key| (*key, elsewhere.clone())));
            }
            // A fact that comes late keeps its day and never enters another day's queue.
            _ if !today => {}
            Event::CheckedIn { ticket, booking, slot, punctuality } => {
                self.issue(
                    ticket,
                    Some(Booked { key: *booking, slot: *slot, punctuality: *punctuality }),
                    at,
                );
            }
            Event::WalkInTaken { ticket } => self.issue(ticket, None, at),
            Event::SeenAgain { .. } => {}
            Event::CameBack { visit } => self.come_back(*visit, at),
            Event::TicketPrinted { number, .. } | Event::PrintAnswered { number, came_out: true } => {
                self.print_uncertain.remove(number);
            }
            Event::PrintUncertain { number } => {
                self.print_uncertain.insert(number.clone(), at);
            }
            Event::PrintAnswered { came_out: false, .. } => {}
            Event::CounterOpened { counter, agent } => {
                self.counters.insert(*counter, CounterState { agent: *agent, visit: None });
            }
            Event::CounterClosed { counter } => {
                self.counters.remove(counter);
            }
            Event::Called { visit, counter, .. } => {
                let called = VisitState::Called { counter: *counter, since: at, last: at, times: 1 };
                self.place(*visit, *counter, called);
            }
            Event::Recalled { visit, times, .. } => self.recall(*visit, *times, at),
            Event::Started { visit, counter } => {
                self.place(*visit, *counter, VisitState::Serving { counter: *counter, since: at });
            }
            Event::Finished { visit, counter } => self.leave(*visit, *counter, VisitState::Finished { at }),
            Event::Missed { visit, counter } => {
                self.leave(*visit, *counter, VisitState::Missed { since: at })
            }
        }
    }

    /// A new day: visits, numbers and counters begin anew; bookings of past days are kept only as
    /// « not today ».
    fn open_day(&mut self, day: ServiceDay) {
        if self.day.is_some_and(|present| present >= day) {
            return;
        }
        self.day = Some(day);
        self.visits.clear();
        self.numbers.clear();
        self.counters.clear();
        self.print_uncertain.clear();
        self.lanes.values_mut().for_each(|lane| lane.last = None);
        let Some(site) = self.site.clone() else { return };
        let past: Vec<(BookingKey, ServiceDay)> = self
            .bookings
            .iter()
            .map(|(key, booking)| (*key, site.day(booking.slot)))
            .filter(|(_, booked)| *booked < day)
            .collect();
        self.elsewhere.retain(|_, known| known.day.days_until(day) <= DAYS_REMEMBERED);
        for (key, booked) in past {
            self.bookings.remove(&key);
            if booked.days_until(day) <= DAYS_REMEMBERED {
                self.elsewhere.insert(key, Elsewhere { site: site.id.clone(), day: booked });
            }
        }
    }

    fn record_booking(&mut self, booking: &Booking) {
        self.elsewhere.remove(&booking.key);
        self.bookings.insert(booking.key, booking.clone());
    }

    /// Gives a party a number. A party that is already known gets one number more; what is known
    /// of it is the better of both: the merge does not depend on the order in which facts come.
    fn issue(&mut self, ticket: &Issued, booked: Option<Booked>, at: Time) {
        self.advance_lane(&ticket.number);
        if self.numbers.contains_key(&ticket.number) && self.numbers[&ticket.number] == ticket.visit {
            return;
        }
        self.numbers.insert(ticket.number.clone(), ticket.visit);
        let visit = self.visits.entry(ticket.visit).or_insert_with(|| Visit {
            id: ticket.visit,
            service: ticket.service.clone(),
            booked,
            arrival: at,
            numbers: Vec::new(),
            priority: false,
            language: ticket.language.clone(),
            party: ticket.party,
            follow: Vec::new(),
            returned: None,
            state: VisitState::Waiting,
        });
        if at < visit.arrival {
            visit.arrival = at;
            visit.language = ticket.language.clone();
        }
        visit.priority |= ticket.priority;
        visit.numbers.push(ticket.number.clone());
        visit.numbers.sort();
        visit.follow.push(ticket.follow.clone());
        visit.follow.sort();
        let on_time = booked.is_some_and(|new| new.punctuality == Punctuality::OnTime);
        if let Some(known) = visit.booked.as_mut().filter(|_| on_time) {
            known.punctuality = Punctuality::OnTime;
        }
    }

    fn advance_lane(&mut self, number: &TicketNumber) {
        if let Some(lane) = self.lanes.get_mut(&number.lane) {
            // Numbers of a lane are issued one after the other, so the newest is the one that follows.
            let follows = lane.last.is_none_or(|last| {
                let ahead = (number.counter + crate::number::NUMBERS_PER_LANE - last)
                    % crate::number::NUMBERS_PER_LANE;
                (1..crate::number::NUMBERS_PER_LANE / 2).contains(&ahead)
            });
            if follows {
                lane.last = Some(number.counter);
            }
        }
    }

    fn come_back(&mut self, id: VisitId, at: Time) {
        if let Some(visit) = self.visits.get_mut(&id).filter(|v| matches!(v.state, VisitState::Missed { .. }))
        {
            visit.state = VisitState::Waiting;
            visit.returned = Some(at);
        }
    }

    fn place(&mut self, id: VisitId, at: CounterId, state: VisitState) {
        if let Some(visit) = self.visits.get_mut(&id) {
            visit.state = state;
        }
        if let Some(counter) = self.counters.get_mut(&at) {
            counter.visit = Some(id);
        }
    }

    fn recall(&mut self, id: VisitId, count: u8, at: Time) {
        if let Some(VisitState::Called { last, times, .. }) = self.visits.get_mut(&id).map(|v| &mut v.state) {
            *last = at;
            *times = count;
        }
    }

    fn leave(&mut self, id: VisitId, from: CounterId, state: VisitState) {
        if let Some(visit) = self.visits.get_mut(&id) {
            visit.state = state;
        }
        if let Some(counter) = self.counters.get_mut(&from).filter(|counter| counter.visit == Some(id)) {
            counter.visit = None;
        }
    }
}

/// How long « your booking was for another day » can be told of a past booking.
const DAYS_REMEMBERED: i64 = 30;

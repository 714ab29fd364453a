//! A new service day.

use crate::{
    Booking, BookingKey, BookingStatus, Branch, Event, Flag, Recorded, ServiceDay, Visit, VisitId,
    board::Board, booking::Elsewhere, branch::Belated,
};

/// How long « your booking was for another day » can be told of a past booking, in days.
const DAYS_REMEMBERED: i64 = 30;

impl Branch {
    /// Visits, numbers and counters begin anew; bookings of past days are kept only as « not today »; facts
    /// that were ahead of the day find it now.
    pub(super) fn open_day(&mut self, day: ServiceDay) {
        if self.day.is_some_and(|present| present >= day) {
            return;
        }
        self.day = Some(day);
        self.visits.clear();
        self.numbers.clear();
        self.moved.clear();
        self.adopted.clear();
        self.counters.clear();
        self.print_uncertain.clear();
        self.belated.clear();
        self.board = Board::default();
        self.lanes.values_mut().for_each(|lane| lane.last = None);
        self.shares.retain(|shared, _| *shared >= day);
        self.forget_bookings_before(day);
        let mut ahead: Vec<Recorded> = std::mem::take(&mut self.ahead).into_values().collect();
        ahead.sort_by_key(|recorded| (recorded.at, recorded.id));
        ahead.iter().for_each(|recorded| self.apply(recorded));
    }

    /// Of several tickets with one number, the last one counts: its holder may still be about.
    pub(super) fn note_belated(&mut self, recorded: &Recorded) {
        let number = match &recorded.event {
            Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket } => &ticket.number,
            Event::TicketUnread { number } => number,
            _ => return,
        };
        let belated = Belated { day: recorded.day, at: recorded.at };
        let known = self.belated.entry(number.clone()).or_insert(belated);
        if (belated.day, belated.at) > (known.day, known.at) {
            *known = belated;
        }
    }

    fn forget_bookings_before(&mut self, day: ServiceDay) {
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

    pub(super) fn record_booking(&mut self, booking: &Booking) {
        self.elsewhere.remove(&booking.key);
        self.bookings.insert(booking.key, booking.clone());
        self.flag_cancelled(booking.key);
    }

    /// Staff should know of visitors who are here for a booking that was cancelled.
    pub(super) fn flag_cancelled(&mut self, key: BookingKey) {
        let holds = |visit: &Visit| visit.tickets.values().any(|ticket| ticket.booking == Some(key));
        let holders: Vec<VisitId> =
            self.visits.values().filter(|visit| holds(visit)).map(|visit| visit.id).collect();
        holders.into_iter().for_each(|id| self.flag_if_cancelled(id));
    }

    /// Whether any booking of a visit was cancelled.
    pub(super) fn flag_if_cancelled(&mut self, id: VisitId) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        let bookings = visit.tickets.values().filter_map(|ticket| self.bookings.get(&ticket.booking?));
        if bookings.into_iter().any(|booking| booking.status == BookingStatus::Cancelled) {
            visit.flags.insert(Flag::CancelledMeanwhile);
        } else {
            visit.flags.remove(&Flag::CancelledMeanwhile);
        }
    }
}

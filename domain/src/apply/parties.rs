//! Two visits become one, or one becomes two. Only the tickets move that were known; the others stay what they would
//! have been, so that it does not matter when they come to light.

use crate::{
    Branch, EventId, ServiceId, TicketNumber, Visit, VisitId,
    visit::{Place, Places},
};

impl Branch {
    /// The known numbers of a visit join another. Whoever holds a number of the same booking that was not known is
    /// the next holder of that booking.
    pub(super) fn merge(
        &mut self,
        (from, into): (VisitId, VisitId),
        known: &[TicketNumber],
        (wants, places): (&[ServiceId], Option<&Places>),
        event: EventId,
    ) {
        if !self.visits.contains_key(&into) {
            return;
        }
        let is_here = |visit: &crate::Visit| visit.tickets.keys().any(|number| known.contains(number));
        if !self.visits.get(&from).is_some_and(is_here) {
            return;
        }
        let Some(mut other) = self.visits.remove(&from) else { return };
        let unknown = other.take_all_but(known);
        for (number, ticket) in &other.tickets {
            self.numbers.insert(number.clone(), into);
            self.moved.entry(ticket.home).or_default().insert(number.clone(), into);
        }
        if let Some(visit) = self.visits.get_mut(&into) {
            visit.join(other, wants, places, event);
        }
        for (number, ticket) in unknown {
            self.give(from, number, ticket);
        }
        self.flag_if_cancelled(into);
    }

    /// A number goes its own way as a visit that waits.
    pub(super) fn split(
        &mut self,
        (visit, into): (VisitId, VisitId),
        number: &TicketNumber,
        (wants, left, had): (&[ServiceId], &[ServiceId], Option<&Place>),
        event: EventId,
    ) {
        let Some(known) = self.visits.get_mut(&visit) else { return };
        let Some(home) = known.tickets.get(number).map(|ticket| ticket.home) else { return };
        let doubt = known.doubt;
        let Some(other) = known.part(number, (into, wants, had), left, event) else { return };
        let other = Visit { doubt, ..other };
        self.visits.insert(into, other);
        self.numbers.insert(number.clone(), into);
        self.moved.entry(home).or_default().insert(number.clone(), into);
        self.flag_if_cancelled(visit);
        self.flag_if_cancelled(into);
    }
}

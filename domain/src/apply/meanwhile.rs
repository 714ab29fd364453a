//! What staff told of the time without the server. A ticket that they adopted is one visit with one number, whenever the
//! fact of the kiosk that gave it comes to light.

use crate::{
    Branch, FollowHash, Language, Party, ServiceId, TicketNumber, Time, Visit, VisitId, VisitState,
    event::Issued,
    visit::{Booked, Ticket},
};

/// What staff read on a ticket, and decided about it.
pub(super) struct Adopted<'a> {
    pub visit: VisitId,
    pub number: &'a TicketNumber,
    pub service: &'a ServiceId,
    pub then: &'a [ServiceId],
    pub priority: bool,
    pub arrival: Time,
}

impl Branch {
    /// Lets the holder of a ticket wait of which no fact is known yet. One that came to light before goes on as staff
    /// decided, unless somebody is with its holder or its visit is over.
    pub(super) fn adopt(&mut self, adopted: &Adopted<'_>) {
        let Adopted { visit: id, number, .. } = *adopted;
        let mut ticket = adopted.ticket();
        if let Some(known) = self.numbers.get(number).copied() {
            let Some(fact) = self.give_up(known, number) else { return };
            self.adopted.entry(fact.stated).or_default().insert(number.clone());
            ticket.complete(fact);
        }
        let visit = self.visits.entry(id).or_insert_with(|| Visit::for_ticket(id, &ticket));
        visit.hold(number.clone(), ticket);
        self.name(number.clone(), id);
        self.flag_if_cancelled(id);
    }

    /// Takes a ticket out of its visit, which is no more if that was its only one.
    fn give_up(&mut self, id: VisitId, number: &TicketNumber) -> Option<Ticket> {
        let is_free = |visit: &&mut Visit| visit.state.is_live() && visit.state.counter().is_none();
        let visit = self.visits.get_mut(&id).filter(is_free)?;
        let is_fact = visit.tickets.get(number).is_some_and(|ticket| !ticket.adopted);
        let ticket = is_fact.then(|| visit.let_go(number)).flatten()?;
        if visit.tickets.is_empty() {
            self.visits.remove(&id);
        }
        Some(ticket)
    }

    /// The fact of a ticket that staff adopted has come: true if it was one. What they decided stands. A ticket that
    /// was given after the adopted one's visit was over is in other hands: somebody read the number wrongly.
    pub(super) fn find_adopted(&mut self, issued: &Issued, booked: Option<Booked>, at: Time) -> bool {
        let number = &issued.number;
        let Some(id) = self.numbers.get(number).copied() else { return false };
        let Some(visit) = self.visits.get_mut(&id) else { return false };
        let is_other = matches!(visit.state, VisitState::Ended { at: over, .. } if at > over);
        if is_other || !visit.tickets.get(number).is_some_and(Ticket::is_unconfirmed) {
            return false;
        }
        visit.confirm(number, Ticket::of(issued, booked, at));
        self.adopted.entry(issued.visit).or_default().insert(number.clone());
        self.flag_if_cancelled(id);
        true
    }
}

impl Adopted<'_> {
    fn ticket(&self) -> Ticket {
        let issued = Issued {
            visit: self.visit,
            number: self.number.clone(),
            service: self.service.clone(),
            then: self.then.to_vec(),
            party: Party::default(),
            language: Language::new("fr"),
            priority: self.priority,
            follow: FollowHash::new(""),
            clock_certain: true,
        };
        Ticket { adopted: true, ..Ticket::of(&issued, None, self.arrival) }
    }
}

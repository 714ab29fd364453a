//! What kiosks state. The same facts give the same state in whatever order they come.

use crate::{
    Branch, Doubt, EventId, FollowHash, Language, Party, Recorded, ServiceId, Standing, TicketNumber, Time,
    Visit, VisitId,
    event::Issued,
    visit::{Booked, Ticket},
};

impl Branch {
    /// Gives a party a number. A party that is already known gets one number more. If its visit is over, the
    /// number is in the hand of another holder, who waits: nothing that somebody holds is void.
    pub(super) fn issue(&mut self, ticket: &Issued, booked: Option<Booked>, at: Time) {
        let is_in_a_hand = self.numbers.contains_key(&ticket.number);
        if !self.is_given(ticket.visit, &ticket.number) {
            self.advance_lane(&ticket.number);
            if !self.find_adopted(ticket, booked, at) {
                self.give(ticket.visit, ticket.number.clone(), Ticket::of(ticket, booked, at));
            }
        }
        if is_in_a_hand {
            self.tell_two_holders(&ticket.number, &ticket.follow, ticket.clock_certain);
        }
    }

    /// A number that is on two papers was given by a copied disk. Both count, and whoever calls one should ask.
    fn tell_two_holders(&mut self, number: &TicketNumber, follow: &FollowHash, clock_certain: bool) {
        let papers = || self.visits.values().filter_map(|visit| visit.tickets.get(number));
        if papers().any(|ticket| ticket.follow != *follow) {
            self.visits.values_mut().for_each(|visit| visit.share(number, clock_certain));
        }
    }

    /// Gives a ticket to whoever holds others of a visit, or to the next holder if that visit is over.
    pub(super) fn give(&mut self, first: VisitId, number: TicketNumber, ticket: Ticket) {
        let id = self.holder_to_be(first);
        // While the log recovers nobody knows whether a ticket that comes to light was called already.
        let doubt = self.recovery.as_ref().map(|_| Doubt::Restored);
        let visit =
            self.visits.entry(id).or_insert_with(|| Visit { doubt, ..Visit::for_ticket(id, &ticket) });
        visit.hold(number.clone(), Ticket { home: id, ..ticket });
        self.name(number, id);
        self.flag_if_cancelled(id);
    }

    /// A number leads to a visit; if two who are here have the same one, to whoever came first, whichever ticket is heard
    /// first.
    pub(super) fn name(&mut self, number: TicketNumber, id: VisitId) {
        let came = |id: &VisitId| {
            let ticket = self.visits.get(id)?.tickets.get(&number)?;
            self.visits[id].state.is_live().then_some((ticket.at, *id))
        };
        let other = self.numbers.get(&number).filter(|other| **other != id);
        let first = match other.and_then(|other| Some((came(other)?, came(&id)?))) {
            Some((other, new)) => other.min(new).1,
            None => id,
        };
        self.numbers.insert(number, first);
    }

    /// Lets the holder of a number wait of whom nothing else is known. No service is known by this code, so
    /// every counter can call (see [`crate::Site::can_serve`]).
    pub(super) fn admit(&mut self, number: &TicketNumber, recorded: &Recorded) {
        if self.numbers.contains_key(number) {
            return;
        }
        let ticket = Issued {
            visit: VisitId(recorded.id.0),
            number: number.clone(),
            service: ServiceId::new(""),
            then: Vec::new(),
            party: Party::default(),
            language: Language::new("fr"),
            priority: false,
            follow: FollowHash::new(""),
            clock_certain: true,
        };
        self.issue(&ticket, None, recorded.at);
    }

    /// The visits that the holders of one booking were given tickets for, one after the other.
    pub(crate) fn holders(&self, first: VisitId) -> impl Iterator<Item = VisitId> {
        let ids = std::iter::successors(Some(first), |id| Some(id.next_holder()));
        ids.take_while(|id| self.visits.contains_key(id) || self.moved.contains_key(id))
    }

    /// Whether somebody has this ticket, wherever it is now.
    fn is_given(&self, first: VisitId, number: &TicketNumber) -> bool {
        let is_here =
            |id: &VisitId| self.visits.get(id).is_some_and(|visit| visit.tickets.contains_key(number));
        let is_moved = |id: &VisitId| self.moved.get(id).is_some_and(|numbers| numbers.contains_key(number));
        let is_adopted = self.adopted.get(&first).is_some_and(|numbers| numbers.contains(number));
        is_adopted || self.holders(first).any(|id| is_here(&id) || is_moved(&id))
    }

    /// The visit that a new ticket belongs to: the one that it names, unless that one is over or all of it moved.
    fn holder_to_be(&self, first: VisitId) -> VisitId {
        let Some(last) = self.holders(first).last() else { return first };
        let is_live = self.visits.get(&last).is_some_and(|visit| visit.state.is_live());
        if is_live { last } else { last.next_holder() }
    }

    /// Numbers that were not known when their visit ended are another holder's.
    pub(super) fn split_off(&mut self, id: VisitId, known: &[TicketNumber]) {
        let Some(visit) = self.visits.get_mut(&id).filter(|visit| !visit.state.is_live()) else { return };
        for (number, ticket) in visit.take_all_but(known) {
            self.give(id, number, ticket);
        }
    }

    /// An end was taken back: whoever was another holder because of it is of the party again, unless somebody has decided
    /// about them meanwhile.
    pub(super) fn rejoin(&mut self, id: VisitId) {
        let next = id.next_holder();
        let is_live = self.visits.get(&id).is_some_and(|visit| visit.state.is_live());
        let is_untouched = |visit: &Visit| visit.touched.is_none() && visit.card.is_none();
        if !is_live || !self.visits.get(&next).is_some_and(is_untouched) {
            return;
        }
        if let (Some(other), Some(visit)) = (self.visits.remove(&next), self.visits.get_mut(&id)) {
            for (number, ticket) in other.tickets {
                self.numbers.insert(number.clone(), id);
                visit.hold(number, Ticket { home: id, ..ticket });
            }
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
            lane.active_on = lane.active_on.max(self.day);
        }
    }

    /// A kiosk saw somebody who was away. It names the visit that it knew; whoever has joined another one since is where
    /// staff put them.
    pub(super) fn come_back(&mut self, id: VisitId, since: EventId, at: Time) {
        if let Some(visit) = self.visits.get_mut(&id) {
            visit.comes_back(since, at);
        }
    }

    /// Somebody of the staff sees a visitor again who was away, or of whom somebody had said that the visit was over: it goes
    /// on, with whoever was another holder because of that.
    pub(super) fn bring_back(&mut self, id: VisitId, recorded: &Recorded) {
        self.touch(id, recorded.id, |visit| {
            let state = visit.decided.come_back();
            Ok(Standing { state: state?, ..visit.standing().seen(recorded.at) })
        });
        self.rejoin(id);
    }
}

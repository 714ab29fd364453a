//! What kiosks state. The same facts give the same state in whatever order they come.

use crate::{
    Branch, Flag, FollowHash, Language, Party, Recorded, ServiceId, TicketNumber, Time, Visit, VisitId,
    VisitState, event::Issued, visit::Booked,
};

impl Branch {
    /// Gives a party a number. A party that is already known gets one number more. If its visit is over, the
    /// number is in the hand of another holder, who waits: nothing that somebody holds is void.
    pub(super) fn issue(&mut self, ticket: &Issued, booked: Option<Booked>, at: Time) {
        self.advance_lane(&ticket.number);
        if self.holders(ticket.visit).any(|visit| visit.tickets.contains_key(&ticket.number)) {
            return;
        }
        let (id, is_next) = self.holder_to_be(ticket.visit);
        let ticket = Issued { visit: id, ..ticket.clone() };
        let visit = self.visits.entry(id).or_insert_with(|| Visit::new(&ticket, booked, at));
        visit.add(&ticket, booked, at);
        if is_next {
            visit.flags.insert(Flag::SecondHolder);
        }
        // A call that did not name this number was not heard by whoever holds it.
        if matches!(visit.state, VisitState::Missed { .. }) {
            visit.state = VisitState::Waiting;
        }
        self.numbers.insert(ticket.number.clone(), id);
        if let Some(booked) = booked {
            self.flag_cancelled(booked.key);
        }
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
        if let Some(visit) = self.visits.get_mut(&ticket.visit) {
            visit.flags.insert(Flag::DetailsMissing);
        }
    }

    /// The visits of all holders of the same booking, one after the other.
    fn holders(&self, first: VisitId) -> impl Iterator<Item = &Visit> {
        let ids = std::iter::successors(Some(first), |id| Some(id.next_holder()));
        ids.map_while(|id| self.visits.get(&id))
    }

    /// The visit that a new ticket belongs to: the one that it names, unless that one is over.
    fn holder_to_be(&self, first: VisitId) -> (VisitId, bool) {
        let last = self.holders(first).last();
        match last {
            None => (first, false),
            Some(open) if open.state.is_live() => (open.id, open.id != first),
            Some(over) => (over.id.next_holder(), true),
        }
    }

    /// Numbers that were not known when their visit ended are another holder's.
    pub(super) fn split_off(&mut self, id: VisitId, known: &[TicketNumber]) {
        let Some(visit) = self.visits.get_mut(&id).filter(|visit| !visit.state.is_live()) else { return };
        for (number, mut other) in visit.take_all_but(known) {
            let (next, _) = self.holder_to_be(id);
            self.numbers.insert(number, next);
            other.id = next;
            match self.visits.get_mut(&next) {
                Some(known) => known.join(other),
                None => {
                    self.visits.insert(next, other);
                }
            }
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
        if let Some(other) = self.visits.remove(&next) {
            self.numbers.extend(other.numbers.iter().map(|number| (number.clone(), id)));
            self.visits.entry(id).and_modify(|visit| visit.join(other));
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

    /// Somebody who was away is here again. After a missed call the place counts from now.
    pub(super) fn come_back(&mut self, id: VisitId, recorded: &Recorded) {
        let Some(visit) = self.visits.get_mut(&id) else { return };
        if !visit.returns.insert(recorded.id) {
            return;
        }
        if visit.come_back(recorded.at) {
            visit.touch(recorded.id);
        }
    }
}

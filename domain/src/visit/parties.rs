//! What the tickets of a visit say together, and what becomes of it when staff make one visit of two or two of one.
//!
//! A ticket that joins another visit brings its share: its claim to a place in the queue, what it wants, its card. The visit
//! has the best claim of all, and a ticket that goes its own way again takes its share along.

use super::{
    Booked, Flag, Ticket, Turn, Visit, VisitState,
    ticket::{first, together},
};
use crate::{EventId, Party, Service, ServiceId, TicketNumber, Time, VisitId};
use chrono::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a ticket brought that joined a visit by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// The service that its visit came for.
    pub entry: ServiceId,
    /// The booking of its visit.
    pub booked: Option<Booked>,
    /// When its visit arrived.
    pub arrival: Time,
    /// What its place rested on.
    pub turn: Turn,
    /// The service whose targets count for it, if it is not the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ServiceId>,
    /// The services that its visit still wanted, in order.
    pub wants: Vec<ServiceId>,
    /// Those of them that nobody in the visit had wanted before.
    pub brought: Vec<ServiceId>,
}

/// A place in the queue, as it was known when staff decided about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// What it rests on.
    #[serde(flatten)]
    pub turn: Turn,
    /// The service whose targets count for it, if it is not the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ServiceId>,
}

impl Place {
    /// The place of a visit as a whole.
    pub(crate) fn of(visit: &Visit) -> Self {
        let (turn, by) = visit.place();
        Self { turn, by: by.cloned() }
    }
}

/// The places of two visits that become one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Places {
    /// Of the visit that joins.
    pub from: Place,
    /// Of the visit that it joins.
    pub into: Place,
}

/// What a place in the queue is reckoned from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    /// The service that somebody came for.
    pub entry: &'a ServiceId,
    /// The booking.
    pub booked: Option<Booked>,
    /// The arrival.
    pub arrival: Time,
    /// What it rests on.
    pub turn: Turn,
    /// The service whose targets count for it.
    pub by: &'a ServiceId,
}

impl Claim<'_> {
    /// By when somebody should be called: base and target of DESIGN §4. It does not move while the visitor
    /// waits, so nobody waits for ever; targets that the operator changes count for everybody alike. `entry` is the
    /// service that it came for, `by` the one that its place rests on; a service that is no longer configured has the
    /// targets of [`Service::default`].
    pub fn deadline(&self, entry: &Service, by: &Service) -> Time {
        let booked = |service: &Service| Duration::minutes(service.target_booked_minutes.into());
        let other = |service: &Service| Duration::minutes(service.target_other_minutes.into());
        let (base, target) = match (self.turn, &self.booked) {
            (Turn::First { since }, _) => (since, Duration::zero()),
            (Turn::Next { since }, _) => (since, booked(by)),
            (Turn::Back { since } | Turn::Last { since }, _) => (since, other(by)),
            (Turn::Entry, Some(Booked { slot, punctuality: super::Punctuality::OnTime, .. })) => {
                (*slot, booked(entry))
            }
            (Turn::Entry, _) => (self.arrival, other(entry)),
        };
        // A slot at the end of time is nonsense from outside; it must not stop the rules.
        base.checked_add_signed(target).unwrap_or(Time::MAX_UTC)
    }
}

impl Visit {
    /// The best of what its claims to a place in the queue amount to: hardly any visit has more than one.
    pub(crate) fn best<T: Ord>(&self, of: impl Fn(&Claim<'_>) -> T) -> T {
        let (turn, by) = self.place();
        let by = by.unwrap_or(&self.entry);
        let claim = |booked, arrival| Claim { entry: &self.entry, booked, arrival, turn, by };
        if self.shares.is_empty() {
            return of(&claim(self.booked, self.arrival));
        }
        // Whoever joined before a call that nobody answered has come back with the others.
        let is_back = (turn, by) != (self.turn, self.by.as_ref().unwrap_or(&self.entry));
        let joined = self.shares.values().map(|share| {
            let Share { entry, booked, arrival, .. } = share;
            let (turn, by) =
                if is_back { (turn, by) } else { (share.turn, share.by.as_ref().unwrap_or(entry)) };
            of(&Claim { entry, booked: *booked, arrival: *arrival, turn, by })
        });
        let own = self.own_claim().map(|(booked, arrival)| of(&claim(booked, arrival)));
        joined.chain(own).min().unwrap_or_else(|| of(&claim(self.booked, self.arrival)))
    }

    /// When the first of those came who have a priority card: who joins them brings no earlier right.
    pub(crate) fn card_since(&self) -> Time {
        if self.shares.is_empty() {
            return self.arrival;
        }
        let has_card = |number: &&TicketNumber| {
            self.tickets.get(*number).is_some_and(|ticket| ticket.card.unwrap_or(ticket.priority))
        };
        let joined =
            self.shares.iter().filter(|(number, _)| has_card(number)).map(|(_, share)| share.arrival);
        let own = self.own_claim().filter(|_| self.own_card()).map(|(_, arrival)| arrival);
        joined.chain(own).min().unwrap_or(self.arrival)
    }

    /// Whether one of those has a card who did not join by hand.
    fn own_card(&self) -> bool {
        let declared = self.own().any(|(_, ticket)| ticket.priority);
        self.own().next().is_some() && self.card.unwrap_or(declared)
    }

    /// What the tickets say that did not join by hand; `None` if none is left of them.
    fn own_claim(&self) -> Option<(Option<Booked>, Time)> {
        together(self.own()).map(|own| (own.booked, own.arrival))
    }

    /// The tickets that did not join by hand.
    pub(super) fn own(&self) -> impl Iterator<Item = (&TicketNumber, &Ticket)> + Clone {
        self.tickets.iter().filter(|(number, _)| !self.shares.contains_key(*number))
    }

    /// The services that are still to be given, in order.
    pub fn wants(&self) -> impl Iterator<Item = &ServiceId> {
        std::iter::once(&self.service).chain(&self.then)
    }

    /// Gives the visit one more ticket.
    pub(crate) fn hold(&mut self, number: TicketNumber, ticket: Ticket) {
        self.tickets.insert(number, ticket);
        self.settle();
    }

    /// Another paper bears this number, too.
    pub(crate) fn share(&mut self, number: &TicketNumber, clock_certain: bool) {
        if let Some(ticket) = self.tickets.get_mut(number) {
            ticket.shared = true;
            ticket.clock_certain &= clock_certain;
            self.settle();
        }
    }

    /// An agent saw the card, or saw that there is none.
    pub(crate) fn set_card(&mut self, shown: bool) {
        self.card = Some(shown);
        self.settle();
    }

    /// The same of the party that joined with a number, and perhaps with others.
    pub(crate) fn set_joined_card(&mut self, number: &TicketNumber, shown: bool) {
        let Some(home) = self.tickets.get(number).map(|ticket| ticket.home) else { return };
        let joined = self.tickets.iter_mut().filter(|(number, _)| self.shares.contains_key(*number));
        for (_, ticket) in joined.filter(|(_, ticket)| ticket.home == home) {
            ticket.card = Some(shown);
        }
        self.settle();
    }

    /// What an agent said of the card of whoever holds a number.
    pub(crate) fn card_of(&self, number: &TicketNumber) -> Option<bool> {
        if self.shares.contains_key(number) { self.tickets.get(number)?.card } else { self.card }
    }

    /// Takes every ticket away but the known ones; none if none of those is here.
    pub(crate) fn take_all_but(&mut self, known: &[TicketNumber]) -> Vec<(TicketNumber, Ticket)> {
        if !self.tickets.keys().any(|number| known.contains(number)) {
            return Vec::new();
        }
        let taken = self.tickets.extract_if(.., |number, _| !known.contains(number)).collect();
        self.settle();
        taken
    }

    /// Takes one ticket away.
    pub(crate) fn let_go(&mut self, number: &TicketNumber) -> Option<Ticket> {
        let ticket = self.tickets.remove(number);
        self.shares.remove(number);
        self.settle();
        ticket
    }

    /// The fact of a ticket that staff adopted has come, wherever the ticket is now.
    pub(crate) fn confirm(&mut self, number: &TicketNumber, fact: Ticket) {
        let Some(ticket) = self.tickets.get_mut(number) else { return };
        ticket.complete(fact);
        self.share_adopted();
        self.settle();
    }

    /// What an adopted ticket brought is what it says by now: whoever decided about the visit may have known less.
    pub(super) fn share_adopted(&mut self) {
        for (number, share) in &mut self.shares {
            if let Some(ticket) = self.tickets.get(number).filter(|ticket| ticket.adopted) {
                let own = together(std::iter::once((number, ticket)));
                (share.booked, share.arrival) = (own.and_then(|own| own.booked), ticket.at);
            }
        }
    }

    /// Everybody of another visit joins this one, which now has these services to be given. Each has the place that was
    /// known when it was decided; what is heard later of how they came back changes nothing.
    pub(crate) fn join(
        &mut self,
        mut other: Visit,
        wants: &[ServiceId],
        places: Option<&Places>,
        event: EventId,
    ) {
        let known = || Places { from: Place::of(&other), into: Place::of(self) };
        let Places { from, into } = places.cloned().unwrap_or_else(known);
        self.fix(into);
        other.fix(from.clone());
        let own = other.own_claim();
        let theirs: Vec<ServiceId> = other.wants().cloned().collect();
        let mine: BTreeSet<ServiceId> = self.wants().cloned().collect();
        let new = |wants: &[ServiceId]| wants.iter().filter(|id| !mine.contains(*id)).cloned().collect();
        for (number, mut ticket) in other.tickets {
            let share = match (other.shares.get(&number), own) {
                (Some(share), _) => share.clone(),
                (None, own) => {
                    ticket.card = other.card;
                    let (booked, arrival) = own.unwrap_or((None, ticket.at));
                    let entry = other.entry.clone();
                    let Place { turn, by } = from.clone();
                    Share { entry, booked, arrival, turn, by, wants: theirs.clone(), brought: Vec::new() }
                }
            };
            let brought = new(&share.wants);
            self.shares.insert(number.clone(), Share { brought, ..share });
            self.tickets.insert(number, ticket);
        }
        self.want(wants);
        self.touch(event);
        self.settle();
    }

    /// From now on its place is this one, whatever is heard of how it came back.
    fn fix(&mut self, place: Place) {
        let is_back = (self.turn, &self.by) != (place.turn, &place.by);
        for share in self.shares.values_mut().filter(|_| is_back) {
            (share.turn, share.by) = (place.turn, place.by.clone());
        }
        (self.turn, self.by, self.away) = (place.turn, place.by, None);
        self.misses.clear();
        if matches!(self.decided, VisitState::Missed { .. } | VisitState::Parked { .. }) {
            self.decided = VisitState::Waiting;
        }
    }

    /// A ticket goes its own way as the visit `id`, which wants these services, and leaves others.
    pub(crate) fn part(
        &mut self,
        number: &TicketNumber,
        (id, wants, place): (VisitId, &[ServiceId], Option<&Place>),
        left: &[ServiceId],
        event: EventId,
    ) -> Option<Visit> {
        let Place { turn, by } = place.cloned().unwrap_or_else(|| self.place_of(number));
        let mut ticket = self.tickets.remove(number)?;
        let card = match self.shares.contains_key(number) {
            true => ticket.card.take(),
            false => self.card,
        };
        self.shares.remove(number);
        let mut other = Visit { turn, by, card, ..Visit::for_ticket(id, &ticket) };
        other.want(wants);
        other.touch(event);
        other.hold(number.clone(), ticket);
        self.want(left);
        self.touch(event);
        self.settle();
        Some(other)
    }

    /// What the place of one number rests on: whoever was not called has missed nothing.
    pub(crate) fn place_of(&self, number: &TicketNumber) -> Place {
        let is_heard = self.misses.last().is_none_or(|missed| missed.numbers.contains(number));
        let back = self.place_after(self.misses.len());
        let (turn, by) = match self.shares.get(number) {
            Some(share) if back == (self.turn, self.by.as_ref()) => (share.turn, share.by.as_ref()),
            _ if is_heard => back,
            _ => self.place_after(self.misses.len() - 1),
        };
        Place { turn, by: by.cloned() }
    }

    fn want(&mut self, wants: &[ServiceId]) {
        if let [service, then @ ..] = wants {
            (self.service, self.then) = (service.clone(), then.to_vec());
            self.is_chosen = true;
        }
    }

    /// What several tickets could say differently: the earliest arrival and its language, on time if any was, priority
    /// if anybody has it, everybody who came.
    pub(super) fn settle(&mut self) {
        if let Some(first) = first(self.own()) {
            let (service, then) = (first.service.clone(), first.then.clone());
            if !self.is_chosen {
                (self.service, self.then) = (service.clone(), then);
            }
            self.entry = service;
        }
        if let Some(first) = first(self.tickets.iter()) {
            (self.arrival, self.language) = (first.at, first.language.clone());
            let joined = self.shares.values().find_map(|share| share.booked);
            self.booked = self.own_claim().and_then(|(booked, _)| booked).or(joined);
            self.party = self.everybody();
        }
        self.numbers = self.tickets.keys().cloned().collect();
        self.follow = self.tickets.values().map(|ticket| ticket.follow.clone()).collect();
        self.follow.sort();
        let joined = |number: &TicketNumber| {
            self.tickets.get(number).is_some_and(|ticket| ticket.card.unwrap_or(ticket.priority))
        };
        self.priority = self.own_card() || self.shares.keys().any(joined);
        self.state = self.stands();
        self.flag(Flag::ClockUncertain, |ticket| !ticket.clock_certain);
        self.flag(Flag::TwoHolders, |ticket| ticket.shared);
        self.flag(Flag::SecondHolder, |ticket| ticket.home != ticket.stated && !ticket.adopted);
        self.flag(Flag::Adopted, Ticket::is_unconfirmed);
        self.flag(Flag::DetailsMissing, |ticket| ticket.service.as_str().is_empty());
    }

    fn flag(&mut self, flag: Flag, is_said_by: impl Fn(&Ticket) -> bool) {
        if self.tickets.values().any(is_said_by) {
            self.flags.insert(flag);
        } else {
            self.flags.remove(&flag);
        }
    }

    /// The party of each holder, as its first ticket says.
    fn everybody(&self) -> Party {
        let mut homes: BTreeMap<VisitId, Vec<(&TicketNumber, &Ticket)>> = BTreeMap::new();
        for (number, ticket) in &self.tickets {
            homes.entry(ticket.home).or_default().push((number, ticket));
        }
        let parties = homes.into_values().filter_map(|tickets| Some(&first(tickets.into_iter())?.party));
        parties.cloned().reduce(|all, party| all.with(&party)).unwrap_or_default()
    }
}

//! A visit: one party from check-in to its end.

mod state;

pub use state::{Delivered, Ending, VisitState};

use crate::{
    BookingKey, EventId, FollowHash, Language, Party, Service, ServiceId, TicketNumber, Time, VisitId,
    event::Issued,
};
use chrono::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a booked visitor came, measured against the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Punctuality {
    /// Within the window: ranks by the slot.
    OnTime,
    /// After it: ranks by arrival, keeps the right to be served.
    Late,
}

/// What the present place in the queue rests on. It does not change while the visitor waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "turn", rename_all = "snake_case")]
pub enum Turn {
    /// The slot of whoever came on time, the arrival of everybody else.
    #[default]
    Entry,
    /// The next service of the same visit: the end of the one before.
    Next {
        /// When that one ended.
        since: Time,
    },
    /// Missed and back, or put last by hand: from then on.
    Back {
        /// Since when.
        since: Time,
    },
    /// Put first by hand: ahead of all but priority.
    First {
        /// Since when.
        since: Time,
    },
}

/// What an agent decided about a visit, and may take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// The service that the visitor waits for or receives.
    pub service: ServiceId,
    /// The services that follow in the same visit, in order.
    #[serde(default)]
    pub then: Vec<ServiceId>,
    /// What the place in the queue rests on.
    #[serde(flatten)]
    pub turn: Turn,
    /// Where it stands.
    pub state: VisitState,
    /// The call that nobody answered, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<MissedCall>,
}

/// A call that nobody answered. Whoever holds a number of the visit that was not called has not heard it, and keeps the
/// place that the visit had; as such a number may come to light at any time, both are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissedCall {
    /// The numbers that were called.
    pub numbers: Vec<TicketNumber>,
    /// What the place rested on.
    #[serde(flatten)]
    pub turn: Turn,
    /// Somebody came back since.
    pub is_back: bool,
}

/// Something that staff should know about a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Another holder of the same booking was served before this one came to light.
    SecondHolder,
    /// The booking was cancelled while the visitor was already here.
    CancelledMeanwhile,
    /// The kiosk's clock was uncertain, so that no window was asked.
    ClockUncertain,
    /// A newer kiosk gave the ticket, and of what it said only the number can be read.
    DetailsMissing,
}

/// One ticket of a visit, as its kiosk stated it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// When it was given.
    pub at: Time,
    /// How the visitor came, if booked.
    pub punctuality: Option<Punctuality>,
    /// When the visitor was expected, if booked: bookings are put off.
    #[serde(default)]
    pub slot: Option<Time>,
    /// The services that follow in the same visit, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<ServiceId>,
    /// The language chosen.
    pub language: Language,
    /// A priority card was declared.
    pub priority: bool,
    /// Who came.
    pub party: Party,
    /// How a phone recognises itself as its holder.
    pub follow: FollowHash,
    /// False if no window was asked, because the kiosk's clock was uncertain.
    pub clock_certain: bool,
}

/// A party that is present, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Visit {
    /// Its identity.
    pub id: VisitId,
    /// The service it came for. Its targets count until the next service of the visit.
    pub entry: ServiceId,
    /// The booking and its slot; `None` for a walk-in.
    pub booked: Option<Booked>,
    /// The earliest arrival that any of its tickets bears.
    pub arrival: Time,
    /// All the numbers in the party's hands: each is valid, all are called together.
    pub numbers: Vec<TicketNumber>,
    /// A card of articles L241-3 or R215-3 CASF was declared, and nobody withdrew it.
    pub priority: bool,
    /// The language chosen with the first ticket.
    pub language: Language,
    /// Who came, as the first ticket says or an agent corrected it.
    pub party: Party,
    /// How phones recognise themselves as holders of one of its tickets.
    pub follow: Vec<FollowHash>,
    /// What staff should know.
    pub flags: BTreeSet<Flag>,
    /// The service that the visitor waits for or receives.
    pub service: ServiceId,
    /// The services that follow, in order.
    pub then: Vec<ServiceId>,
    /// What the place in the queue rests on, as it was decided: see [`Visit::place`].
    pub turn: Turn,
    /// The call that nobody answered, if there was one.
    #[serde(default)]
    pub missed: Option<MissedCall>,
    /// Where it stands.
    pub state: VisitState,
    /// The event that last changed where it stands.
    pub touched: Option<EventId>,
    /// Each time that the visitor came back: a repeat of such a fact must not bring anybody back twice.
    pub returns: BTreeSet<EventId>,
    /// What an agent said of the priority card, which counts more than what was declared.
    pub card: Option<bool>,
    /// What each ticket says. Everything above that several tickets could say differently is found from
    /// these, so that it does not matter in which order they come.
    pub tickets: BTreeMap<TicketNumber, Ticket>,
}

/// The promise that a booked visit was made under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Booked {
    /// Which booking.
    pub key: BookingKey,
    /// When the visitor was expected.
    pub slot: Time,
    /// How the visitor came; the better one, if checked in twice.
    pub punctuality: Punctuality,
}

impl Visit {
    /// A visit that nobody has a ticket of yet.
    pub(crate) fn new(ticket: &Issued, booked: Option<Booked>, at: Time) -> Self {
        Self {
            booked,
            language: ticket.language.clone(),
            party: ticket.party.clone(),
            then: ticket.then.clone(),
            ..Self::of_somebody(ticket.visit, &ticket.service, at)
        }
    }

    /// Somebody without a booking who comes for a service: what can be asked about before there is a ticket.
    pub(crate) fn of_somebody(id: VisitId, service: &ServiceId, at: Time) -> Self {
        Self {
            id,
            entry: service.clone(),
            booked: None,
            arrival: at,
            numbers: Vec::new(),
            priority: false,
            language: Language::new("fr"),
            party: Party::default(),
            follow: Vec::new(),
            flags: BTreeSet::new(),
            service: service.clone(),
            then: Vec::new(),
            turn: Turn::Entry,
            missed: None,
            state: VisitState::Waiting,
            touched: None,
            returns: BTreeSet::new(),
            card: None,
            tickets: BTreeMap::new(),
        }
    }

    /// Gives the party one more ticket. What is known of it is the better of all: the earliest arrival with
    /// its language and party, on time if any was, priority if any declared it.
    pub(crate) fn add(&mut self, ticket: &Issued, booked: Option<Booked>, at: Time) {
        let held = Ticket {
            at,
            punctuality: booked.map(|booked| booked.punctuality),
            slot: booked.map(|booked| booked.slot),
            then: ticket.then.clone(),
            language: ticket.language.clone(),
            priority: ticket.priority,
            party: ticket.party.clone(),
            follow: ticket.follow.clone(),
            clock_certain: ticket.clock_certain,
        };
        self.tickets.insert(ticket.number.clone(), held);
        self.settle();
    }

    /// An agent saw the card, or saw that there is none.
    pub(crate) fn set_card(&mut self, shown: bool) {
        self.card = Some(shown);
        self.settle();
    }

    fn settle(&mut self) {
        let first = self.tickets.iter().min_by_key(|(number, ticket)| (ticket.at, *number));
        if let Some((_, first)) = first {
            self.arrival = first.at;
            self.language = first.language.clone();
            self.party = first.party.clone();
            if let (Some(booked), Some(slot)) = (&mut self.booked, first.slot) {
                booked.slot = slot;
            }
        }
        self.numbers = self.tickets.keys().cloned().collect();
        self.follow = self.tickets.values().map(|ticket| ticket.follow.clone()).collect();
        self.follow.sort();
        let declared = self.tickets.values().any(|ticket| ticket.priority);
        self.priority = self.card.unwrap_or(declared);
        let best = self.tickets.values().filter_map(|ticket| ticket.punctuality).min();
        if let (Some(booked), Some(best)) = (&mut self.booked, best) {
            booked.punctuality = best;
        }
        if self.tickets.values().any(|ticket| !ticket.clock_certain) {
            self.flags.insert(Flag::ClockUncertain);
        } else {
            self.flags.remove(&Flag::ClockUncertain);
        }
    }

    /// Whether an event was the last that changed where it stands.
    pub(crate) fn seen(&self, event: EventId) -> bool {
        self.touched == Some(event)
    }

    pub(crate) fn touch(&mut self, event: EventId) {
        self.touched = Some(event);
    }

    /// Takes every ticket away but the known ones. Each is a visit of its own that waits, as it was before
    /// anybody called.
    pub(crate) fn take_all_but(&mut self, known: &[TicketNumber]) -> Vec<(TicketNumber, Visit)> {
        let others: Vec<TicketNumber> =
            self.tickets.keys().filter(|number| !known.contains(number)).cloned().collect();
        if others.len() == self.tickets.len() {
            return Vec::new();
        }
        let taken = others.into_iter().filter_map(|number| {
            let ticket = self.tickets.remove(&number)?;
            let booked = self.booked.map(|booked| Booked {
                punctuality: ticket.punctuality.unwrap_or(booked.punctuality),
                ..booked
            });
            let mut other = Visit {
                booked,
                flags: BTreeSet::from([Flag::SecondHolder]),
                service: self.entry.clone(),
                then: ticket.then.clone(),
                turn: Turn::Entry,
                missed: None,
                state: VisitState::Waiting,
                touched: None,
                returns: BTreeSet::new(),
                card: None,
                tickets: BTreeMap::from([(number.clone(), ticket)]),
                ..self.clone()
            };
            other.settle();
            Some((number, other))
        });
        let taken = taken.collect();
        self.settle();
        taken
    }

    /// Other tickets are of the same holder.
    pub(crate) fn join(&mut self, other: Visit) {
        self.tickets.extend(other.tickets);
        self.settle();
    }

    /// What an agent decided about it.
    pub fn standing(&self) -> Standing {
        Standing {
            service: self.service.clone(),
            then: self.then.clone(),
            turn: self.turn,
            state: self.state.clone(),
            missed: self.missed.clone(),
        }
    }

    /// Takes back what an agent decided.
    pub(crate) fn restore(&mut self, standing: Standing) {
        let Standing { service, then, turn, state, missed } = standing;
        (self.service, self.then, self.turn, self.state, self.missed) = (service, then, turn, state, missed);
        if matches!(self.state, VisitState::Missed { .. }) && self.has_unheard() {
            self.state = VisitState::Waiting;
        }
    }

    /// Whether one of the party's numbers was not called when nobody came.
    fn has_unheard(&self) -> bool {
        let called = |number: &TicketNumber| self.missed.iter().any(|missed| missed.numbers.contains(number));
        self.missed.is_some() && !self.numbers.iter().all(called)
    }

    /// What the place in the queue rests on. Who came back after a missed call waits anew, unless one of the party's
    /// numbers was not called.
    pub fn place(&self) -> Turn {
        match &self.missed {
            Some(missed) if missed.is_back && self.has_unheard() => missed.turn,
            _ => self.turn,
        }
    }

    /// Somebody is here again; false if nobody was away.
    pub(crate) fn come_back(&mut self, at: Time) -> bool {
        let is_waited_for = matches!(self.state, VisitState::Waiting | VisitState::Missed { .. });
        if let Some(missed) = self.missed.as_mut().filter(|missed| is_waited_for && !missed.is_back) {
            missed.is_back = true;
            (self.state, self.turn) = (VisitState::Waiting, Turn::Back { since: at });
            return true;
        }
        self.state.come_back().map(|state| self.state = state).is_ok()
    }

    /// By when the visit should be called: base and target of DESIGN §4. It does not move while the visitor
    /// waits, so nobody waits for ever. `entry` is the service that it came for, `present` the one that it
    /// waits for; a service that is no longer configured has the targets of [`Service::default`].
    pub fn deadline(&self, entry: &Service, present: &Service) -> Time {
        let booked = |service: &Service| Duration::minutes(service.target_booked_minutes.into());
        let other = |service: &Service| Duration::minutes(service.target_other_minutes.into());
        let (base, target) = match (self.place(), &self.booked) {
            (Turn::First { since }, _) => (since, Duration::zero()),
            (Turn::Next { since }, _) => (since, booked(present)),
            (Turn::Back { since }, _) => (since, other(present)),
            (Turn::Entry, Some(Booked { slot, punctuality: Punctuality::OnTime, .. })) => {
                (*slot, booked(entry))
            }
            (Turn::Entry, _) => (self.arrival, other(entry)),
        };
        // A slot at the end of time is nonsense from outside; it must not stop the rules.
        base.checked_add_signed(target).unwrap_or(Time::MAX_UTC)
    }
}

//! A visit: one party from check-in to its end.

mod parties;
mod state;
mod ticket;

pub(crate) use parties::Claim;
pub use parties::Share;
pub use state::{Delivered, Ending, VisitState};
pub use ticket::{Booked, Punctuality, Ticket};

use crate::{EventId, FollowHash, Language, Party, ServiceId, TicketNumber, Time, VisitId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
    /// What the tickets brought that joined it by hand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shares: BTreeMap<TicketNumber, Share>,
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
    /// What an agent said of the priority card, which counts more than what was declared. A ticket that joined by hand
    /// has its own, see [`Ticket::card`].
    pub card: Option<bool>,
    /// What the tickets brought that joined by hand. Those without a share are the visit's own.
    #[serde(default)]
    pub shares: BTreeMap<TicketNumber, Share>,
    /// What each ticket says. Everything above that several tickets could say differently is found from
    /// these, so that it does not matter in which order they come.
    pub tickets: BTreeMap<TicketNumber, Ticket>,
}

impl Visit {
    /// The visit of a ticket that nobody holds yet.
    pub(crate) fn for_ticket(id: VisitId, ticket: &Ticket) -> Self {
        Self { then: ticket.then.clone(), ..Self::of_somebody(id, &ticket.service, ticket.at) }
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
            card: None,
            shares: BTreeMap::new(),
            tickets: BTreeMap::new(),
        }
    }

    /// Whether an event was the last that changed where it stands.
    pub(crate) fn seen(&self, event: EventId) -> bool {
        self.touched == Some(event)
    }

    pub(crate) fn touch(&mut self, event: EventId) {
        self.touched = Some(event);
    }

    /// What an agent decided about it.
    pub fn standing(&self) -> Standing {
        Standing {
            service: self.service.clone(),
            then: self.then.clone(),
            turn: self.turn,
            state: self.state.clone(),
            missed: self.missed.clone(),
            shares: self.shares.clone(),
        }
    }

    /// Takes back what an agent decided.
    pub(crate) fn restore(&mut self, standing: Standing) {
        let Standing { service, then, turn, state, missed, shares } = standing;
        (self.service, self.then, self.turn, self.state, self.missed) = (service, then, turn, state, missed);
        self.shares = shares;
        if matches!(self.state, VisitState::Missed { .. }) && self.has_unheard() {
            self.state = VisitState::Waiting;
        }
    }

    /// Whether one of the visit's own numbers was not called when nobody came.
    fn has_unheard(&self) -> bool {
        let called = |number: &TicketNumber| self.missed.iter().any(|missed| missed.numbers.contains(number));
        self.missed.is_some() && !self.own().all(|(number, _)| called(number))
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
            self.state = VisitState::Waiting;
            self.restore(self.standing().with_turn(Turn::Back { since: at }));
            return true;
        }
        self.state.come_back().map(|state| self.state = state).is_ok()
    }
}

impl Standing {
    /// The same with another place in the queue, for everybody who joined it too.
    pub(crate) fn with_turn(mut self, turn: Turn) -> Self {
        self.turn = turn;
        self.shares.values_mut().for_each(|share| share.turn = turn);
        self
    }
}

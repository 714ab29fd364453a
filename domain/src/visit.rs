//! A visit: one party from check-in to its end.

mod parties;
mod state;
mod ticket;

pub(crate) use parties::Claim;
pub use parties::{Place, Places, Share};
pub use state::{Delivered, Ending, VisitState};
pub use ticket::{Booked, Punctuality, Ticket};

use crate::{Doubt, EventId, FollowHash, Language, Party, ServiceId, TicketNumber, Time, VisitId};
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
    /// Missed and back: from then on.
    Back {
        /// Since when.
        since: Time,
    },
    /// Put last by hand: from then on.
    Last {
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
    /// Whether an agent chose the services; until then they are those of the first ticket.
    #[serde(default)]
    pub is_chosen: bool,
    /// What the place in the queue rests on.
    #[serde(flatten)]
    pub turn: Turn,
    /// The service whose targets count for that place, if it is not the one that the visitor came for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ServiceId>,
    /// Where it stands, as far as staff decided.
    pub state: VisitState,
    /// The event since which the visitor is away: a missed call, or sent away for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub away: Option<EventId>,
    /// The calls that nobody answered, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misses: Vec<MissedCall>,
    /// What the tickets brought that joined it by hand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shares: BTreeMap<TicketNumber, Share>,
}

/// A call that nobody answered. Whoever holds a number of the visit that was not called has not heard it, and keeps the
/// place that the visit had; as such a number may come to light at any time, the calls are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissedCall {
    /// The event that says so.
    pub event: EventId,
    /// The numbers that were called.
    pub numbers: Vec<TicketNumber>,
    /// The service for which they were called: its targets count for whoever comes back.
    pub service: ServiceId,
    /// When somebody of the staff saw the visitor again. What kiosks saw stands in [`Visit::returns`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Time>,
}

/// How a visit was last called to a counter. Neither putting it back nor taking a call back makes it unheard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Announced {
    /// When last.
    pub last: Time,
    /// How often by this call, 1 or more. A recall that was taken back was heard all the same.
    pub times: u8,
    /// What followed.
    pub response: Response,
}

/// What followed a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Nobody came yet, or not at all, or it was put back or taken back.
    #[serde(alias = "missed")]
    Open,
    /// The visitor came: the next call is another matter.
    Came,
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
    /// Another paper bears the same number: a kiosk's disk was copied, and both went on.
    TwoHolders,
    /// Staff adopted the ticket, and the kiosk that gave it has not told of it yet.
    Adopted,
    /// A newer kiosk gave the ticket, and of what it said only the number can be read.
    DetailsMissing,
    /// The log was restored from a backup while the visitor was here: they may have been served since.
    Restored,
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
    /// Whether an agent chose these services.
    #[serde(default)]
    pub is_chosen: bool,
    /// What the place in the queue rests on, as it was decided: see [`Visit::place`].
    pub turn: Turn,
    /// The service whose targets count for that place, if it is not the one that the visitor came for.
    #[serde(default)]
    pub by: Option<ServiceId>,
    /// The calls that nobody answered, in their order.
    #[serde(default)]
    pub misses: Vec<MissedCall>,
    /// The event since which the visitor is away, as far as staff decided.
    #[serde(default)]
    pub away: Option<EventId>,
    /// When kiosks saw somebody come back, by what they had been away since. Nothing that is decided takes it away, so that it
    /// does not matter when it is heard.
    #[serde(default)]
    pub returns: BTreeMap<EventId, Time>,
    /// How it was called of late.
    #[serde(default)]
    pub announced: Option<Announced>,
    /// Where it stands.
    pub state: VisitState,
    /// The same as far as staff decided.
    pub decided: VisitState,
    /// Why nobody knows whether the visitor still waits: then only staff call, by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
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
        Self::of_somebody(id, &ticket.service, ticket.at)
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
            is_chosen: false,
            turn: Turn::Entry,
            by: None,
            misses: Vec::new(),
            away: None,
            returns: BTreeMap::new(),
            announced: None,
            state: VisitState::Waiting,
            decided: VisitState::Waiting,
            doubt: None,
            touched: None,
            card: None,
            shares: BTreeMap::new(),
            tickets: BTreeMap::new(),
        }
    }

    /// Whether the visitor can be called in turn at a moment.
    pub fn can_be_called(&self, now: Time) -> bool {
        self.doubt.is_none() && self.state.can_be_called(now)
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
            is_chosen: self.is_chosen,
            turn: self.turn,
            by: self.by.clone(),
            state: self.decided.clone(),
            away: self.away,
            misses: self.misses.clone(),
            shares: self.shares.clone(),
        }
    }

    /// Takes over what an agent decided, or had decided before.
    pub(crate) fn restore(&mut self, standing: Standing) {
        let Standing { service, then, is_chosen, turn, by, state, away, misses, shares } = standing;
        (self.service, self.then, self.is_chosen) = (service, then, is_chosen);
        (self.turn, self.by, self.decided, self.away) = (turn, by, state, away);
        (self.misses, self.shares) = (misses, shares);
        self.share_adopted();
        self.settle();
    }

    /// Where it stands, with what kiosks saw and what numbers came to light.
    fn stands(&self) -> VisitState {
        let is_back = self.away.is_some_and(|event| self.returns.contains_key(&event));
        match &self.decided {
            VisitState::Missed { .. } | VisitState::Parked { .. } if is_back => VisitState::Waiting,
            VisitState::Missed { .. } if self.has_unheard() => VisitState::Waiting,
            decided => decided.clone(),
        }
    }

    /// Whether one of the visit's own numbers was not called when nobody came.
    fn has_unheard(&self) -> bool {
        let Some(missed) = self.misses.last() else { return false };
        !self.own().all(|(number, _)| missed.numbers.contains(number))
    }

    /// When somebody came back after a call that nobody answered.
    fn back_from(&self, missed: &MissedCall) -> Option<Time> {
        missed.back.into_iter().chain(self.returns.get(&missed.event).copied()).min()
    }

    /// What the place in the queue rests on, and whose targets count for it. Who came back after a missed call waits anew,
    /// unless one of the party's numbers was not called.
    pub(crate) fn place(&self) -> (Turn, Option<&ServiceId>) {
        let heard = self.misses.len() - usize::from(self.has_unheard());
        self.place_after(heard)
    }

    /// The same with so many of the missed calls.
    fn place_after(&self, misses: usize) -> (Turn, Option<&ServiceId>) {
        let heard = self.misses[..misses].iter().rev();
        let last = heard.filter_map(|missed| Some((self.back_from(missed)?, &missed.service))).next();
        last.map_or((self.turn, self.by.as_ref()), |(since, by)| (Turn::Back { since }, Some(by)))
    }

    /// A kiosk saw somebody come back who was away since an event.
    pub(crate) fn comes_back(&mut self, since: EventId, at: Time) {
        self.returns.entry(since).and_modify(|first| *first = at.min(*first)).or_insert(at);
        self.settle();
    }

    /// It is called to a counter: what was said of it before counts no more.
    pub(crate) fn announce(&mut self, at: Time) {
        self.announced = Some(Announced { last: at, times: 1, response: Response::Open });
    }

    /// It is called there again.
    pub(crate) fn announce_again(&mut self, at: Time) {
        let times = self.announced.map_or(1, |announced| announced.times).saturating_add(1);
        self.announced = Some(Announced { last: at, times, response: Response::Open });
    }

    /// What followed the call.
    pub(crate) fn respond(&mut self, response: Response) {
        if let Some(announced) = &mut self.announced {
            announced.response = response;
        }
    }
}

impl Standing {
    /// The same with another place in the queue, which rests on a service's targets, for everybody who joined it too.
    pub(crate) fn with_turn(mut self, turn: Turn, by: &ServiceId) -> Self {
        (self.turn, self.by) = (turn, Some(by.clone()));
        self.misses.clear();
        for share in self.shares.values_mut() {
            (share.turn, share.by) = (turn, Some(by.clone()));
        }
        self
    }

    /// Somebody of the staff sees the visitor, who may have missed a call and have been thought to be gone since.
    pub(crate) fn seen(mut self, at: Time) -> Self {
        if let Some(missed) = self.misses.last_mut() {
            missed.back.get_or_insert(at);
        }
        Self { away: None, ..self }
    }
}

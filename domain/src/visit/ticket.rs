//! One ticket of a visit, and the promise that it was given under.

use crate::{BookingKey, FollowHash, Language, Party, ServiceId, TicketNumber, Time, VisitId, event::Issued};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a booked visitor came, measured against the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Punctuality {
    /// Within the window: ranks by the slot.
    OnTime,
    /// After it: ranks by arrival, keeps the right to be served.
    Late,
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

/// One ticket of a visit, as its kiosk stated it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// The visit that its kiosk named.
    #[serde(default)]
    pub stated: VisitId,
    /// The visit that it was given for: the one that its kiosk named, or that of the next holder if that one was over.
    /// It stays so when the ticket joins another visit by hand.
    #[serde(default)]
    pub home: VisitId,
    /// What for.
    #[serde(default)]
    pub service: ServiceId,
    /// The services that follow in the same visit, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<ServiceId>,
    /// When it was given.
    pub at: Time,
    /// Its booking, if there was one.
    #[serde(default)]
    pub booking: Option<BookingKey>,
    /// How the visitor came, if booked.
    pub punctuality: Option<Punctuality>,
    /// When the visitor was expected, if booked: bookings are put off.
    #[serde(default)]
    pub slot: Option<Time>,
    /// The language chosen.
    pub language: Language,
    /// A priority card was declared.
    pub priority: bool,
    /// What an agent said of the card, if the ticket joined its visit by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<bool>,
    /// Who came.
    pub party: Party,
    /// How a phone recognises itself as its holder.
    pub follow: FollowHash,
    /// False if no window was asked, because the kiosk's clock was uncertain.
    pub clock_certain: bool,
    /// Another paper of the day bears the same number: a kiosk's disk was copied, and both went on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// Staff adopted it before its fact came: what for is their decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
}

impl Ticket {
    /// What a kiosk stated.
    pub(crate) fn of(issued: &Issued, booked: Option<Booked>, at: Time) -> Self {
        Self {
            stated: issued.visit,
            home: issued.visit,
            service: issued.service.clone(),
            then: issued.then.clone(),
            at,
            booking: booked.map(|booked| booked.key),
            punctuality: booked.map(|booked| booked.punctuality),
            slot: booked.map(|booked| booked.slot),
            language: issued.language.clone(),
            priority: issued.priority,
            card: None,
            party: issued.party.clone(),
            follow: issued.follow.clone(),
            clock_certain: issued.clock_certain,
            shared: false,
            adopted: false,
        }
    }

    /// Whether staff adopted it and its fact has not come yet.
    pub(crate) fn is_unconfirmed(&self) -> bool {
        self.adopted && self.stated == self.home
    }

    /// The fact of an adopted ticket has come. It says everything but what staff decided; of two arrivals the earlier one
    /// counts, and a card that anybody spoke of.
    pub(crate) fn complete(&mut self, fact: Self) {
        *self = Self {
            home: self.home,
            service: self.service.clone(),
            then: self.then.clone(),
            at: self.at.min(fact.at),
            priority: self.priority || fact.priority,
            card: self.card,
            adopted: true,
            ..fact
        };
    }
}

/// What several tickets of one holder say together: the earliest arrival and its slot, on time if any was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Together {
    pub booked: Option<Booked>,
    pub arrival: Time,
}

/// What tickets say together; `None` if there are none.
pub(super) fn together<'a>(
    tickets: impl Iterator<Item = (&'a TicketNumber, &'a Ticket)> + Clone,
) -> Option<Together> {
    let first = first(tickets.clone())?;
    let best = tickets.filter_map(|(_, ticket)| ticket.punctuality).min();
    let booked = match (first.booking, first.slot, best) {
        (Some(key), Some(slot), Some(punctuality)) => Some(Booked { key, slot, punctuality }),
        _ => None,
    };
    Some(Together { booked, arrival: first.at })
}

/// The ticket that was given first.
pub(super) fn first<'a>(tickets: impl Iterator<Item = (&'a TicketNumber, &'a Ticket)>) -> Option<&'a Ticket> {
    tickets.min_by_key(|(number, ticket)| (ticket.at, *number)).map(|(_, ticket)| ticket)
}

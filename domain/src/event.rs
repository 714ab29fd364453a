//! What happened. Past tense, stable, without a name or a reference of a person.

use crate::{
    AgentId, Booking, BookingKey, CounterId, Delivered, DeviceFault, DeviceId, Ending, EventId, FollowHash,
    LaneCode, Language, Party, Peripheral, Punctuality, ServiceDay, ServiceId, Site, SiteId, Standing,
    TicketNumber, Time, VisitId,
    order::CallReason,
    recovery::Awaited,
    visit::{self, Places},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An event with its identity and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// Its identity.
    pub id: EventId,
    /// When it happened, by the clock of where it happened.
    pub at: Time,
    /// The service day that it belongs to, however late it arrives.
    pub day: ServiceDay,
    /// What happened.
    pub event: Event,
}

/// A ticket given to a party: what check-in and walk-in have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Issued {
    /// Whose ticket.
    pub visit: VisitId,
    /// What it bears.
    pub number: TicketNumber,
    /// What for.
    pub service: ServiceId,
    /// The services that follow in the same visit, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<ServiceId>,
    /// Who came.
    pub party: Party,
    /// The language chosen at the kiosk.
    pub language: Language,
    /// A priority card was declared.
    pub priority: bool,
    /// How a phone recognises itself as this ticket's holder.
    pub follow: FollowHash,
    /// False when the device's clock was uncertain: then no window refused anyone.
    pub clock_certain: bool,
}

/// What can happen at a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The site's configuration, whole.
    SiteConfigured {
        /// All of it.
        site: Box<Site>,
    },
    /// A service day is over.
    DayClosed {
        /// Which.
        day: ServiceDay,
        /// Visits that were still open: nobody received them.
        unserved: Vec<VisitId>,
        /// Visits that were called or received, and that nobody closed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unfinished: Vec<VisitId>,
        /// Visits that missed a call and did not come back.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        no_show: Vec<VisitId>,
        /// Bookings of the day whose visitors did not come.
        absent: Vec<BookingKey>,
    },
    /// A new service day began; what was open of the last one ended.
    DayOpened {
        /// The new day.
        day: ServiceDay,
    },
    /// A device may issue numbers in a lane, until it is revoked.
    LaneGranted {
        /// The series.
        lane: LaneCode,
        /// Whose.
        device: DeviceId,
        /// Which incarnation of the device's database.
        incarnation: Uuid,
    },
    /// A device issues no more numbers.
    LanesRevoked {
        /// Which.
        device: DeviceId,
    },
    /// A lane may give so many tickets without a booking.
    ShareGranted {
        /// Which share.
        #[serde(flatten)]
        share: ShareOf,
        /// How many in all.
        total: u32,
    },
    /// Another lane needs a part of a share: its holder is asked for what it can spare.
    ShareAskedBack {
        /// Which share.
        #[serde(flatten)]
        share: ShareOf,
        /// What it is to keep.
        keep: u32,
    },
    /// Fact: the holder of a lane gives no more than so many.
    ShareReturned {
        /// Which share.
        #[serde(flatten)]
        share: ShareOf,
        /// How many in all.
        kept: u32,
        /// The event that asked for it.
        asked: EventId,
    },
    /// A booking was made or changed; the whole of it stands here.
    BookingRecorded {
        /// As it stands now.
        booking: Booking,
    },
    /// Bookings of other sites, so that « wrong site » can be told.
    BookingsElsewhere {
        /// Where.
        site: SiteId,
        /// When.
        day: ServiceDay,
        /// Which.
        keys: Vec<BookingKey>,
    },
    /// Fact: a booked party checked in and got a number.
    CheckedIn {
        /// Its ticket.
        #[serde(flatten)]
        ticket: Issued,
        /// Its booking.
        booking: BookingKey,
        /// When it was expected.
        slot: Time,
        /// How it came.
        punctuality: Punctuality,
    },
    /// Fact: a party without a booking took a number.
    WalkInTaken {
        /// Its ticket.
        #[serde(flatten)]
        ticket: Issued,
    },
    /// Fact: a newer kiosk stated something about this number that cannot be read. Whoever holds it waits all
    /// the same, and says what for.
    TicketUnread {
        /// What the ticket bears.
        number: TicketNumber,
    },
    /// Fact: a party that is already here showed its booking again.
    SeenAgain {
        /// Who.
        visit: VisitId,
    },
    /// Fact: a party that had missed its call or was sent away is back and waits again.
    CameBack {
        /// Who.
        visit: VisitId,
        /// What they had been away since.
        since: EventId,
    },
    /// Somebody of the staff sees a party again that was away, that left, or that was finished by mistake.
    BroughtBack {
        /// Who.
        visit: VisitId,
    },
    /// Fact: the printer confirmed the ticket, or reached as far as it can tell.
    TicketPrinted {
        /// Which.
        number: TicketNumber,
        /// False for printers without a confirmation: the ticket was sent.
        confirmed: bool,
    },
    /// Fact: nobody can know whether the ticket came out.
    PrintUncertain {
        /// Which.
        number: TicketNumber,
    },
    /// Fact: the visitor was asked, and the ticket had come out or not.
    PrintAnswered {
        /// Which.
        number: TicketNumber,
        /// What the visitor said.
        came_out: bool,
    },
    /// Fact: a ticket was printed once more for whoever stood there without one. The paper says DUPLICATA.
    TicketReprinted {
        /// Which.
        number: TicketNumber,
        /// False for printers without a confirmation: it was sent.
        confirmed: bool,
    },
    /// Fact: something that hangs on a kiosk needs a hand, or is as it should be again.
    DeviceReported {
        /// Which kiosk.
        kiosk: DeviceId,
        /// What hangs on it.
        peripheral: Peripheral,
        /// What is wrong with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<DeviceFault>,
    },
    /// An agent sat down at a counter.
    CounterOpened {
        /// Which.
        counter: CounterId,
        /// Who.
        agent: AgentId,
    },
    /// The counter receives nobody any more.
    CounterClosed {
        /// Which.
        counter: CounterId,
    },
    /// A visit was called.
    Called {
        /// Who.
        visit: VisitId,
        /// All its numbers.
        numbers: Vec<TicketNumber>,
        /// Where to.
        counter: CounterId,
        /// Why this one.
        reason: CallReason,
    },
    /// The visit was called again.
    Recalled {
        /// Who.
        visit: VisitId,
        /// All its numbers.
        numbers: Vec<TicketNumber>,
        /// Where to.
        counter: CounterId,
        /// Which call this is, 2 or more.
        times: u8,
    },
    /// The visitor is at the counter.
    Started {
        /// Who.
        visit: VisitId,
        /// Where.
        counter: CounterId,
    },
    /// The visitor was served, and the visit is over.
    Finished {
        /// Who.
        visit: VisitId,
        /// Where.
        counter: CounterId,
        /// The numbers that were known: a number that comes to light later belongs to another holder.
        numbers: Vec<TicketNumber>,
        /// What was delivered, if the agent said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivered: Option<Delivered>,
    },
    /// The visitor was served, and waits for the next service of the same visit.
    ServiceDone {
        /// Who.
        visit: VisitId,
        /// Where.
        counter: CounterId,
        /// What was delivered, if the agent said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivered: Option<Delivered>,
        /// The service that follows.
        next: ServiceId,
        /// Those that follow it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<Vec<ServiceId>>,
    },
    /// The visitor was called and did not come.
    Missed {
        /// Who.
        visit: VisitId,
        /// Where.
        counter: CounterId,
        /// The numbers that were called: whoever holds another one has not heard it, and waits on.
        numbers: Vec<TicketNumber>,
        /// The service for which they were called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<ServiceId>,
    },
    /// The visitor was sent away for a while.
    Parked {
        /// Who.
        visit: VisitId,
        /// By whom.
        counter: CounterId,
        /// Not called before.
        until: Time,
    },
    /// The visitor was handed on to another service, or to other counters of the same.
    Transferred {
        /// Who.
        visit: VisitId,
        /// From where.
        counter: CounterId,
        /// For what.
        to: ServiceId,
        /// The services that follow it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<Vec<ServiceId>>,
        /// To which place in the queue.
        place: Place,
        /// A coded note for whoever calls next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Another service was added to the end of the visit.
    ServiceAdded {
        /// Who.
        visit: VisitId,
        /// Where.
        counter: CounterId,
        /// Which.
        service: ServiceId,
        /// All that are to be given now, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        wants: Vec<ServiceId>,
    },
    /// The visitor was put back among those who wait, in the old place.
    Returned {
        /// Who.
        visit: VisitId,
        /// From where.
        counter: CounterId,
    },
    /// An agent saw a priority card, or that there is none.
    CardSeen {
        /// Who.
        visit: VisitId,
        /// Whether there is one.
        shown: bool,
    },
    /// The visit ended without having been served.
    Ended {
        /// Who.
        visit: VisitId,
        /// The numbers that were known: whoever holds another one waits on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        numbers: Vec<TicketNumber>,
        /// How.
        #[serde(flatten)]
        how: Ending,
    },
    /// The visitor was served while the server was away, as staff recorded afterwards.
    ServedMeanwhile {
        /// Who.
        visit: VisitId,
        /// The numbers that were known: whoever holds another one waits on.
        numbers: Vec<TicketNumber>,
        /// When, as staff remember it.
        served_at: Time,
    },
    /// That was a mistake: the visitor is still here, and waits.
    ServedTakenBack {
        /// Who.
        visit: VisitId,
    },
    /// Somebody holds a ticket whose fact has not come, and waits.
    TicketAdopted {
        /// Who, from now on.
        visit: VisitId,
        /// What the ticket bears.
        number: TicketNumber,
        /// What for, as staff found out.
        service: ServiceId,
        /// The services that follow in the same visit, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        then: Vec<ServiceId>,
        /// A priority card was seen or declared.
        priority: bool,
        /// When its holder came.
        arrival: Time,
    },
    /// An agent saw the card of a party that joined the visit by hand, or that it has none.
    JoinedCardSeen {
        /// Who.
        visit: VisitId,
        /// By which number.
        number: TicketNumber,
        /// Whether there is one.
        shown: bool,
    },
    /// Two visits are one from now on.
    VisitsMerged {
        /// The visit that is no more.
        from: VisitId,
        /// The visit that goes on.
        into: VisitId,
        /// The numbers that joined it: whoever holds another one waits on.
        moved: Vec<TicketNumber>,
        /// All its numbers from now on.
        numbers: Vec<TicketNumber>,
        /// The services that are to be given, in order, and at least one.
        wants: Vec<ServiceId>,
        /// The places that the two had.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        places: Option<Places>,
    },
    /// A number of a visit is a visit of its own from now on, and waits.
    VisitSplit {
        /// The visit that it belonged to.
        visit: VisitId,
        /// Which number.
        number: TicketNumber,
        /// The new visit.
        into: VisitId,
        /// The services that the new one waits for, in order, and at least one.
        wants: Vec<ServiceId>,
        /// The numbers that the old one keeps.
        numbers: Vec<TicketNumber>,
        /// The services that are to be given to the old one, in order, and at least one.
        left: Vec<ServiceId>,
        /// The place that the number had.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        had: Option<visit::Place>,
    },
    /// A counter took back its latest action.
    Undone {
        /// Where.
        counter: CounterId,
        /// Who.
        visit: VisitId,
        /// Which action.
        undoes: EventId,
        /// Where the visit stood before it.
        back_to: Standing,
    },
    /// The log was restored from a backup: what happened since then is to come to light.
    RecoveryBegun {
        /// The devices that may know it.
        awaited: BTreeMap<DeviceId, Awaited>,
    },
    /// A device told all that it knew of the lost log.
    DeviceReturned {
        /// Which.
        device: DeviceId,
    },
    /// No other device is waited for.
    RecoveryEnded,
    /// A device saw before the restore that a visit was called, and what became of the call nobody told.
    CallSeen {
        /// Who.
        visit: VisitId,
        /// Where to.
        counter: CounterId,
        /// When.
        at: Time,
    },
    /// Somebody of whom nobody knew whether they still wait is here.
    VisitConfirmed {
        /// Who.
        visit: VisitId,
        /// Whether they wait again because the counter that had called them knows nothing of it.
        #[serde(default)]
        back: bool,
    },
    /// The counter calls nobody for a while.
    CounterPaused {
        /// Which.
        counter: CounterId,
    },
    /// The counter calls again.
    CounterResumed {
        /// Which.
        counter: CounterId,
    },
}

/// Which lane's tickets of which service, on which day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShareOf {
    /// When they can be given. Named apart from the day of the event.
    #[serde(rename = "share_day")]
    pub day: ServiceDay,
    /// What for.
    pub service: ServiceId,
    /// By whom.
    pub lane: LaneCode,
}

/// Where a visitor who is handed on goes in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Ahead of all but priority.
    First,
    /// With the deadline that the visit has.
    #[default]
    InOrder,
    /// As if it came now.
    Last,
}

impl Event {
    /// The number that the event is about, for the envelope that every version can read.
    pub fn number(&self) -> Option<&TicketNumber> {
        match self {
            Self::CheckedIn { ticket, .. } | Self::WalkInTaken { ticket } => Some(&ticket.number),
            Self::TicketUnread { number }
            | Self::TicketPrinted { number, .. }
            | Self::PrintUncertain { number }
            | Self::PrintAnswered { number, .. }
            | Self::TicketReprinted { number, .. } => Some(number),
            _ => None,
        }
    }

    /// The lane that the event is about.
    pub fn lane(&self) -> Option<&LaneCode> {
        match self {
            Self::LaneGranted { lane, .. } => Some(lane),
            Self::ShareGranted { share, .. }
            | Self::ShareAskedBack { share, .. }
            | Self::ShareReturned { share, .. } => Some(&share.lane),
            _ => self.number().map(|number| &number.lane),
        }
    }

    /// The visits that it says something about, tickets left aside.
    pub fn visits(&self) -> impl Iterator<Item = VisitId> + use<> {
        let (one, other) = match self {
            Self::VisitsMerged { from, into, .. } => (Some(*from), Some(*into)),
            Self::SeenAgain { visit }
            | Self::CameBack { visit, .. }
            | Self::BroughtBack { visit }
            | Self::Called { visit, .. }
            | Self::Recalled { visit, .. }
            | Self::Started { visit, .. }
            | Self::Finished { visit, .. }
            | Self::ServiceDone { visit, .. }
            | Self::Missed { visit, .. }
            | Self::Parked { visit, .. }
            | Self::Transferred { visit, .. }
            | Self::ServiceAdded { visit, .. }
            | Self::Returned { visit, .. }
            | Self::CardSeen { visit, .. }
            | Self::Ended { visit, .. }
            | Self::ServedMeanwhile { visit, .. }
            | Self::ServedTakenBack { visit }
            | Self::JoinedCardSeen { visit, .. }
            | Self::VisitSplit { visit, .. }
            | Self::Undone { visit, .. } => (Some(*visit), None),
            _ => (None, None),
        };
        one.into_iter().chain(other)
    }

    /// Whether a visitor was received, so that it tells how long that takes.
    pub(crate) fn ends_reception(&self) -> bool {
        matches!(self, Self::Finished { .. } | Self::ServiceDone { .. } | Self::Transferred { .. })
    }

    /// Whether a kiosk may state it. Everything else is for the server to decide.
    pub fn is_fact(&self) -> bool {
        matches!(
            self,
            Self::CheckedIn { .. }
                | Self::WalkInTaken { .. }
                | Self::TicketUnread { .. }
                | Self::SeenAgain { .. }
                | Self::CameBack { .. }
                | Self::TicketPrinted { .. }
                | Self::PrintUncertain { .. }
                | Self::PrintAnswered { .. }
                | Self::ShareReturned { .. }
                | Self::TicketReprinted { .. }
                | Self::DeviceReported { .. }
        )
    }
}

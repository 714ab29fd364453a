//! Every reason for « no ». A refusal is an answer to a person, not an error: each has words for
//! visitors, words for agents and an HTTP status, mapped without a wildcard.

use crate::{CounterId, LaneCode, ServiceDay, SiteId, Text, TicketNumber, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// Check-in is not open yet for this slot.
    TooEarly {
        /// When it opens.
        opens_at: Time,
        /// When the visitor is expected.
        slot: Time,
    },
    /// The slot is too long ago: a person decides.
    TooLate {
        /// When the visitor was expected.
        slot: Time,
    },
    /// The booking is for another day.
    WrongDay {
        /// Which.
        day: ServiceDay,
    },
    /// The booking is for another site.
    WrongSite {
        /// Which.
        site: SiteId,
        /// Its name, if this site knows it.
        name: Option<Text>,
        /// On which day.
        day: ServiceDay,
    },
    /// The booking was cancelled.
    BookingCancelled,
    /// No such booking, and the list of bookings is up to date.
    UnknownBooking,
    /// The code fits more than one booking.
    AmbiguousBooking,
    /// The doors are closed.
    Closed {
        /// When they open next, if today.
        opens_at: Option<Time>,
    },
    /// Only a person can settle this: the booking list may be out of date, or something is missing here.
    NeedsStaff,
    /// The call was missed too long ago: a person decides.
    ReturnTooLate {
        /// Until when the visitor could have come back.
        until: Time,
    },
    /// This visit already ended today.
    VisitEnded,
    /// The service takes nobody without a booking.
    NoWalkIn,
    /// As many as can be served today have taken a ticket.
    DailyLimitReached,
    /// This kiosk has given its share of the day's tickets; the desk may have others.
    ShareSpent,
    /// So many wait already that a ticket which is given now could not be called before the doors close.
    NoTimeLeft,
    /// With this configuration the present day would begin anew, or be yesterday again, and everybody who waits
    /// would be forgotten: it can be changed so at another hour.
    DayWouldShift,
    /// This device was not granted a lane.
    NoLane,
    /// This device was granted so many lanes that something is wrong with it: the operator pairs it anew.
    TooManyLanes,
    /// The log was restored, and kiosks that may know of other series of numbers have not come back: no series is
    /// given until they have, or somebody says that nobody waits for them.
    KiosksAwaited,
    /// Every number of the lane is in somebody's hands.
    LaneExhausted,
    /// No such counter at this site.
    UnknownCounter {
        /// The one asked for.
        counter: CounterId,
    },
    /// Another agent is at this counter.
    CounterTaken {
        /// Which counter.
        counter: CounterId,
    },
    /// Whoever sits down has somebody at another counter.
    BusyElsewhere {
        /// Which counter.
        counter: CounterId,
    },
    /// Nobody opened this counter.
    CounterNotOpen {
        /// Which counter.
        counter: CounterId,
    },
    /// Somebody is called to or received at this counter.
    CounterBusy {
        /// Their number.
        number: TicketNumber,
    },
    /// Nobody waits whom this counter can serve.
    NobodyWaiting,
    /// Nobody is called to this counter.
    NobodyCalled,
    /// Nobody is at this counter.
    NobodyServed,
    /// Nobody has this number today.
    UnknownVisit,
    /// The visitor is at another counter.
    VisitBusy {
        /// Which.
        counter: CounterId,
    },
    /// Somebody is known to hold this number, and waits or is away.
    NumberKnown {
        /// Which.
        number: TicketNumber,
    },
    /// No device was ever granted this series of numbers here.
    UnknownLane {
        /// Which.
        lane: LaneCode,
    },
    /// The time given is still to come, or of another day.
    WrongTime,
    /// The visitor came after the time given.
    ArrivedLater {
        /// When.
        arrival: Time,
    },
    /// The visitor is not away.
    NotAway,
    /// The visitor is not waiting here: sent away for a while, or called in vain.
    NotHere,
    /// Both numbers are of one visit already.
    SameVisit,
    /// The visit has no other number.
    OnlyNumber,
    /// So many cannot be one party.
    PartyTooLarge {
        /// So many people at most.
        people_max: u16,
    },
    /// This counter cannot give this service.
    CannotServe {
        /// Which.
        counter: CounterId,
    },
    /// There is no such service at this site, or no counter that gives it.
    UnknownService,
    /// The service has no such outcome.
    UnknownOutcome,
    /// The site has no such coded note.
    UnknownNote,
    /// Only somebody who may choose can call out of order.
    MayNotChoose,
    /// The counter has paused.
    CounterPaused {
        /// Which.
        counter: CounterId,
    },
    /// Nothing was done here that could be taken back, or something has happened since.
    NothingToUndo,
    /// No length of time that somebody can be sent away for.
    NoSuchTime {
        /// The longest, in minutes.
        minutes_max: u16,
    },
    /// The last call was a moment ago.
    RecallTooSoon {
        /// Seconds to wait, 1 or more.
        seconds: u32,
    },
    /// Called as often as the site allows.
    RecallLimit {
        /// That many times.
        calls_max: u8,
    },
}

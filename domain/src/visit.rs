//! A visit: one party from check-in to its end.

use crate::{BookingKey, CounterId, FollowHash, Language, Service, ServiceId, TicketNumber, Time, VisitId};
use chrono::Duration;
use serde::{Deserialize, Serialize};

/// How a booked visitor came, measured against the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Punctuality {
    /// Within the window: ranks by the slot.
    OnTime,
    /// After it: ranks by arrival, keeps the right to be served.
    Late,
}

/// Where a visit stands. Each state carries only what is true in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum VisitState {
    /// Present and waiting to be called.
    Waiting,
    /// Called and on the way.
    Called {
        /// Where to go.
        counter: CounterId,
        /// When first called to this counter.
        since: Time,
        /// When last called.
        last: Time,
        /// How often called to this counter, 1 or more.
        times: u8,
    },
    /// At the counter.
    Serving {
        /// Where.
        counter: CounterId,
        /// Since when.
        since: Time,
    },
    /// Called and not come. The visitor can come back.
    Missed {
        /// Since when.
        since: Time,
    },
    /// Served.
    Finished {
        /// When.
        at: Time,
    },
}

impl VisitState {
    /// Whether the visit still needs a counter or is at one: its numbers are live.
    pub fn is_live(&self) -> bool {
        !matches!(self, Self::Finished { .. })
    }

    /// The counter that the visitor is called to or received at.
    pub fn counter(&self) -> Option<CounterId> {
        match self {
            Self::Called { counter, .. } | Self::Serving { counter, .. } => Some(*counter),
            Self::Waiting | Self::Missed { .. } | Self::Finished { .. } => None,
        }
    }
}

/// A party that is present, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its identity.
    pub id: VisitId,
    /// What for.
    pub service: ServiceId,
    /// The booking and its slot; `None` for a walk-in.
    pub booked: Option<Booked>,
    /// The earliest arrival that any of its tickets bears.
    pub arrival: Time,
    /// All the numbers in the party's hands: each is valid, all are called together.
    pub numbers: Vec<TicketNumber>,
    /// A card of articles L241-3 or R215-3 CASF was declared.
    pub priority: bool,
    /// The language chosen at the kiosk.
    pub language: Language,
    /// Applicants, 1 or more.
    pub party: u8,
    /// How a phone recognises itself as the holder of one of its tickets.
    pub follow: Vec<FollowHash>,
    /// Since when the present target counts, when it is not the arrival or the slot: set when a
    /// missed visitor comes back.
    pub returned: Option<Time>,
    /// Where it stands.
    pub state: VisitState,
}

/// The promise that a booked visit was made under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// Which booking.
    pub key: BookingKey,
    /// When the visitor was expected.
    pub slot: Time,
    /// How the visitor came; the better one, if checked in twice.
    pub punctuality: Punctuality,
}

impl Visit {
    /// By when the visit should be called: base and target of DESIGN §4. It does not move while
    /// the visitor waits, so nobody waits for ever.
    pub fn deadline(&self, service: &Service) -> Time {
        let booked = Duration::minutes(service.target_booked_minutes.into());
        let other = Duration::minutes(service.target_other_minutes.into());
        let (base, target) = match (self.returned, &self.booked) {
            (Some(back), _) => (back, other),
            (None, Some(Booked { slot, punctuality: Punctuality::OnTime, .. })) => (*slot, booked),
            (None, _) => (self.arrival, other),
        };
        // A slot at the end of time is nonsense from outside; it must not stop the rules.
        base.checked_add_signed(target).unwrap_or(Time::MAX_UTC)
    }
}

//! Where a visit stands, and the only ways from one state to another. Each takes the old state and the time;
//! what is not possible is a refusal with a name.

use crate::{CounterId, Refusal, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a visitor was given at the end, by the code that the service's configuration names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Delivered(pub String);

/// How a visit ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Ending {
    /// Served.
    Served {
        /// What was delivered, if the agent said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivered: Option<Delivered>,
    },
    /// Served while the server was away, as staff recorded afterwards.
    ServedMeanwhile {
        /// When that was recorded.
        recorded: Time,
    },
    /// The visitor said that they leave, or was seen to.
    Left,
    /// The matter was settled otherwise, or the office called it off.
    Cancelled,
    /// The visitor missed a call and did not come back.
    NoShow,
}

/// Where a visit stands. Each state carries only what is true in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Sent away for a while, to fetch a copy or to fill in a form: waits again by itself at `until`.
    Parked {
        /// The counter that knows why.
        counter: CounterId,
        /// Since when.
        since: Time,
        /// Not called before.
        until: Time,
    },
    /// Called and not come. The visitor can come back for a while.
    Missed {
        /// Since when.
        since: Time,
    },
    /// Over.
    Ended {
        /// When.
        at: Time,
        /// How.
        #[serde(flatten)]
        how: Ending,
    },
}

impl VisitState {
    /// Whether the visit still needs a counter or is at one: its numbers are live.
    pub fn is_live(&self) -> bool {
        !matches!(self, Self::Ended { .. })
    }

    /// Whether the visitor can be called at a moment.
    pub fn can_be_called(&self, now: Time) -> bool {
        match self {
            Self::Waiting => true,
            Self::Parked { until, .. } => *until <= now,
            Self::Called { .. } | Self::Serving { .. } | Self::Missed { .. } | Self::Ended { .. } => false,
        }
    }

    /// The counter that the visitor is called to or received at.
    pub fn counter(&self) -> Option<CounterId> {
        match self {
            Self::Called { counter, .. } | Self::Serving { counter, .. } => Some(*counter),
            Self::Waiting | Self::Parked { .. } | Self::Missed { .. } | Self::Ended { .. } => None,
        }
    }

    /// The visitor is called to a counter.
    ///
    /// # Errors
    /// [`Refusal::VisitBusy`] if the visitor is elsewhere, [`Refusal::VisitEnded`] if the visit is over.
    pub fn call(&self, counter: CounterId, at: Time) -> Result<Self, Refusal> {
        match self {
            // Somebody who is parked may be seen in the room, and somebody who missed a call may stand there.
            Self::Waiting | Self::Parked { .. } | Self::Missed { .. } => {
                Ok(Self::Called { counter, since: at, last: at, times: 1 })
            }
            Self::Called { counter, .. } | Self::Serving { counter, .. } => {
                Err(Refusal::VisitBusy { counter: *counter })
            }
            Self::Ended { .. } => Err(Refusal::VisitEnded),
        }
    }

    /// The visitor is called again.
    ///
    /// # Errors
    /// [`Refusal::NobodyCalled`]
    pub fn recall(&self, at: Time) -> Result<Self, Refusal> {
        let Self::Called { counter, since, times, .. } = *self else { return Err(Refusal::NobodyCalled) };
        Ok(Self::Called { counter, since, last: at, times: times.saturating_add(1) })
    }

    /// The visitor who was called is there.
    ///
    /// # Errors
    /// [`Refusal::NobodyCalled`]
    pub fn start(&self, at: Time) -> Result<Self, Refusal> {
        match self {
            Self::Called { counter, .. } => Ok(Self::Serving { counter: *counter, since: at }),
            _ => Err(Refusal::NobodyCalled),
        }
    }

    /// The visitor who was called did not come.
    ///
    /// # Errors
    /// [`Refusal::NobodyCalled`]
    pub fn miss(&self, at: Time) -> Result<Self, Refusal> {
        match self {
            Self::Called { .. } => Ok(Self::Missed { since: at }),
            _ => Err(Refusal::NobodyCalled),
        }
    }

    /// The visitor goes back among those who wait: handed on, put back, or for the next service.
    ///
    /// # Errors
    /// [`Refusal::NobodyServed`] if the visitor is at no counter.
    pub fn release(&self) -> Result<Self, Refusal> {
        match self {
            Self::Called { .. } | Self::Serving { .. } => Ok(Self::Waiting),
            _ => Err(Refusal::NobodyServed),
        }
    }

    /// The visitor is sent away until a moment.
    ///
    /// # Errors
    /// [`Refusal::NobodyServed`] if the visitor is at no counter.
    pub fn park(&self, until: Time, at: Time) -> Result<Self, Refusal> {
        match self {
            Self::Called { counter, .. } | Self::Serving { counter, .. } => {
                Ok(Self::Parked { counter: *counter, since: at, until })
            }
            _ => Err(Refusal::NobodyServed),
        }
    }

    /// The visitor is here again before the time, after a missed call, or although somebody said that it was over.
    ///
    /// # Errors
    /// [`Refusal::NotAway`] if the visitor was not away.
    pub fn come_back(&self) -> Result<Self, Refusal> {
        match self {
            Self::Parked { .. } | Self::Missed { .. } | Self::Ended { .. } => Ok(Self::Waiting),
            Self::Waiting | Self::Called { .. } | Self::Serving { .. } => Err(Refusal::NotAway),
        }
    }

    /// The visitor was served.
    ///
    /// # Errors
    /// [`Refusal::NobodyServed`] if the visitor is at no counter.
    pub fn finish(&self, delivered: Option<Delivered>, at: Time) -> Result<Self, Refusal> {
        match self {
            Self::Called { .. } | Self::Serving { .. } => {
                Ok(Self::Ended { at, how: Ending::Served { delivered } })
            }
            _ => Err(Refusal::NobodyServed),
        }
    }

    /// The visit ends without having been served.
    ///
    /// # Errors
    /// [`Refusal::VisitEnded`] if it is over already; [`Refusal::VisitBusy`] if the visitor is at a counter,
    /// which has to finish first.
    pub fn end(&self, how: Ending, at: Time) -> Result<Self, Refusal> {
        match self {
            // Only whoever missed a call can be said not to have come: the others are here.
            Self::Waiting | Self::Parked { .. } if how == Ending::NoShow => Err(Refusal::NotAway),
            Self::Waiting | Self::Parked { .. } | Self::Missed { .. } => Ok(Self::Ended { at, how }),
            Self::Called { counter, .. } | Self::Serving { counter, .. } => {
                Err(Refusal::VisitBusy { counter: *counter })
            }
            Self::Ended { .. } => Err(Refusal::VisitEnded),
        }
    }
}

//! What the waiting room may know: numbers, counters and times, never who or what for.

use crate::{CounterId, Event, Recorded, ServiceDay, TicketNumber, Time, VisitId, VisitState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many calls a board remembers that are over.
pub const CALLS_REMEMBERED: usize = 24;

/// Where a call stands, as far as the waiting room is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Somebody is expected at the counter.
    Calling,
    /// Somebody came.
    Answered,
    /// Nobody came.
    Missed,
    /// The counter took the call back.
    Withdrawn,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// Ties a recall to its call. Opaque.
    pub visit: VisitId,
    /// All the numbers of the party.
    pub numbers: Vec<TicketNumber>,
    /// Where to.
    pub counter: CounterId,
    /// When last called.
    pub at: Time,
    /// Which call this is, 1 or more.
    pub times: u8,
    /// Where it stands.
    pub state: CallState,
}

/// A change that concerns the waiting room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum BoardChange {
    /// A call, or the same one again.
    Called(Call),
    /// The call stands otherwise than before: most often it ended.
    Ended {
        /// Whose.
        visit: VisitId,
        /// How.
        state: CallState,
    },
    /// Other numbers belong to the visit than before. Most often nobody has called it yet.
    Numbers {
        /// Whose.
        visit: VisitId,
        /// All its numbers from now on.
        numbers: Vec<TicketNumber>,
    },
    /// A new day: nothing was called yet.
    DayOpened {
        /// Which.
        day: ServiceDay,
    },
}

/// The calls of the day, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Board {
    /// Every one that nobody has answered, and at most [`CALLS_REMEMBERED`] others.
    pub calls: Vec<Call>,
}

impl BoardChange {
    /// What an event changes in the waiting room, if anything.
    pub fn of(recorded: &Recorded) -> Option<Self> {
        let call = |visit: &VisitId, numbers: &[TicketNumber], counter: &CounterId, times| {
            Self::Called(Call {
                visit: *visit,
                numbers: numbers.to_vec(),
                counter: *counter,
                at: recorded.at,
                times,
                state: CallState::Calling,
            })
        };
        let ended = |visit: &VisitId, state| Some(Self::Ended { visit: *visit, state });
        match &recorded.event {
            Event::Called { visit, numbers, counter, .. } => Some(call(visit, numbers, counter, 1)),
            Event::Recalled { visit, numbers, counter, times } => Some(call(visit, numbers, counter, *times)),
            Event::Missed { visit, .. } => ended(visit, CallState::Missed),
            Event::Started { visit, .. }
            | Event::Finished { visit, .. }
            | Event::ServiceDone { visit, .. }
            | Event::Parked { visit, .. }
            | Event::Transferred { visit, .. } => ended(visit, CallState::Answered),
            Event::Returned { visit, .. } => ended(visit, CallState::Withdrawn),
            Event::Undone { visit, back_to, .. } => match back_to.state {
                VisitState::Called { .. } => ended(visit, CallState::Calling),
                VisitState::Serving { .. } => ended(visit, CallState::Answered),
                VisitState::Missed { .. } => ended(visit, CallState::Missed),
                _ => ended(visit, CallState::Withdrawn),
            },
            Event::VisitsMerged { into: visit, numbers, .. } | Event::VisitSplit { visit, numbers, .. } => {
                Some(Self::Numbers { visit: *visit, numbers: numbers.clone() })
            }
            // A call that the counter knows nothing of any more is over.
            Event::VisitConfirmed { visit, back: true } => ended(visit, CallState::Withdrawn),
            Event::DayOpened { day } => Some(Self::DayOpened { day: *day }),
            _ => None,
        }
    }
}

impl Board {
    /// Folds a change in.
    pub fn apply(&mut self, change: &BoardChange) {
        match change {
            BoardChange::Called(call) => {
                self.calls.retain(|known| known.visit != call.visit);
                self.calls.insert(0, call.clone());
                self.forget();
            }
            BoardChange::Ended { visit, state } => {
                if let Some(call) = self.calls.iter_mut().find(|call| call.visit == *visit) {
                    call.state = *state;
                }
                self.forget();
            }
            BoardChange::Numbers { visit, numbers } => {
                if let Some(call) = self.calls.iter_mut().find(|call| call.visit == *visit) {
                    call.numbers.clone_from(numbers);
                }
            }
            BoardChange::DayOpened { .. } => self.calls.clear(),
        }
    }

    /// Keeps the last of the calls that are over, and every call that somebody is still expected for: a hall can have
    /// more counters than a board has rows.
    fn forget(&mut self) {
        let mut over = 0;
        self.calls.retain(|call| {
            over += usize::from(call.state != CallState::Calling);
            call.state == CallState::Calling || over <= CALLS_REMEMBERED
        });
    }

    /// The calls that nobody has answered yet, newest first.
    pub fn calling(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.state == CallState::Calling)
    }
}

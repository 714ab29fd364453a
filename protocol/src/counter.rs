//! A counter as an agent's program sees it, and what the program says about an action.

use chrono::{DateTime, Utc};
use domain::{TicketNumber, event::Place};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What an action needs to know; each field is for the actions that name it, and refused by none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Details {
    /// `call`: whom, by one of their numbers, such as `H047`.
    #[schema(value_type = Option<String>)]
    pub number: Option<TicketNumber>,
    /// `finish`: what was delivered, by a code of the service's outcomes.
    pub delivered: Option<String>,
    /// `park`: for how long, from 1.
    pub minutes: Option<u16>,
    /// `transfer`, `add-service`: the service, by its code.
    pub service: Option<String>,
    /// `transfer`: where in the queue; in order if not given.
    #[schema(value_type = Option<String>, pattern = "^(first|in_order|last)$")]
    pub place: Option<Place>,
    /// `transfer`: a note by its code.
    pub note: Option<String>,
}

/// What an action on a visit needs to know; each field is for the actions that name it, and refused by none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VisitDetails {
    /// `merge`: the visit that goes on, by one of its numbers, such as `H047`.
    #[schema(value_type = Option<String>)]
    pub into: Option<TicketNumber>,
    /// `adopt`: what for, by the service's code.
    pub service: Option<String>,
    /// `adopt`: a priority card was seen or declared.
    pub priority: bool,
    /// `adopt`: when its holder came, such as the time on the ticket; now if not given.
    pub arrival: Option<DateTime<Utc>>,
}

/// A counter after what was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CounterView {
    /// Its number.
    pub counter: u16,
    /// Whether an agent sits there.
    pub open: bool,
    /// Whether it calls nobody for a while.
    pub paused: bool,
    /// Who is called or received.
    pub visit: Option<VisitView>,
    /// How many wait whom it can serve.
    pub waiting: usize,
}

/// A visit as an agent sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VisitView {
    /// Its identity.
    pub id: Uuid,
    /// All its numbers.
    pub numbers: Vec<String>,
    /// What for, by code.
    pub service: String,
    /// Where it stands.
    pub state: Stage,
    /// When it arrived.
    pub arrival: DateTime<Utc>,
    /// When it was expected, if booked.
    pub slot: Option<DateTime<Utc>>,
    /// How often it was called.
    pub calls: u8,
}

/// Where a visit at a counter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Called, and not there yet.
    Called,
    /// At the counter.
    Serving,
}

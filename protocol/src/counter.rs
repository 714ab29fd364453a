//! A counter as an agent's program sees it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A counter after what was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CounterView {
    /// Its number.
    pub counter: u16,
    /// Whether an agent sits there.
    pub open: bool,
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

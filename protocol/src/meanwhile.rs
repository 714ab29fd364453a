//! What staff tell of the time without the server.

use chrono::{DateTime, Utc};
use domain::{Refusal, TicketNumber};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who was served while the server was away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordServed {
    /// Each by one of their numbers, such as `H047`; at most 1,000.
    #[schema(value_type = Vec<String>)]
    pub numbers: Vec<TicketNumber>,
    /// When, as far as anybody remembers; now if not given.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ServedAnswer {
    /// The numbers whose visits are over now.
    #[schema(value_type = Vec<String>)]
    pub recorded: Vec<TicketNumber>,
    /// The numbers of the list that could not be recorded. They stopped none of the others.
    pub unrecorded: Vec<Unrecorded>,
}

/// A number that could not be recorded as served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Unrecorded {
    /// Which.
    #[schema(value_type = String)]
    pub number: TicketNumber,
    /// Why, in English.
    pub title: String,
    /// Why, for programs.
    #[schema(schema_with = crate::schema::refusal)]
    pub refusal: Refusal,
}

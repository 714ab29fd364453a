//! Problems by RFC 9457: what a client gets instead of an answer.

use domain::Refusal;
use serde::{Deserialize, Serialize};

/// The media type of a [`Problem`].
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A problem, in words for the person who reads it and in a code for the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// A URI reference that names the kind of problem: `/problems/CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short sentence about the kind of problem.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The domain's answer, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = crate::schema::refusal)]
    pub refusal: Option<Refusal>,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(code: &str, status: u16, title: impl Into<String>) -> Self {
        Self { kind: format!("/problems/{code}"), title: title.into(), status, detail: None, refusal: None }
    }

    /// The last part of [`Problem::kind`].
    pub fn code(&self) -> &str {
        self.kind.rsplit('/').next().unwrap_or_default()
    }

    /// Adds what happened this time.
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

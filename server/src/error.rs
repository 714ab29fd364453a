//! What a client gets when something was not done: the only map from causes to HTTP statuses.

use crate::{store::StoreError, writer::WriteError};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Refusal;
use protocol::{Problem, problem};
use std::time::Duration;

/// Everything that can go wrong at the edge.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No token, a wrong one, or one that was revoked.
    #[error("not signed in")]
    Unauthorized,
    /// A device or a person that may not do this.
    #[error("not allowed")]
    Forbidden,
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The request cannot be understood.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// The request's body is not what the route takes.
    #[error("bad body: {1}")]
    BadBody(StatusCode, String),
    /// Too many attempts; how long to wait.
    #[error("too many attempts")]
    TooManyAttempts(Duration),
    /// The path takes another method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// What was recorded is far ahead of the clock.
    #[error("the clock is more than a day behind what was recorded")]
    ClockBehind,
    /// It is being worked out for the first time.
    #[error("not worked out yet")]
    NotYet,
    /// The device follows a log that was lost.
    #[error("of a follower of another log")]
    OtherEpoch,
    /// Nothing was written.
    #[error("not written")]
    Write(#[from] WriteError),
    /// Nothing could be read.
    #[error("not read")]
    Store(#[from] StoreError),
}

/// The status of each answer of the rules. No wildcard: a new refusal needs a status.
pub fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::UnknownBooking | Refusal::UnknownCounter { .. } | Refusal::UnknownVisit => {
            StatusCode::NOT_FOUND
        }
        Refusal::UnknownService
        | Refusal::UnknownOutcome
        | Refusal::UnknownNote
        | Refusal::UnknownLane { .. }
        | Refusal::WrongTime
        | Refusal::NoSuchTime { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::CounterTaken { .. } | Refusal::MayNotChoose => StatusCode::FORBIDDEN,
        Refusal::RecallTooSoon { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::TooEarly { .. }
        | Refusal::TooLate { .. }
        | Refusal::WrongDay { .. }
        | Refusal::WrongSite { .. }
        | Refusal::BookingCancelled
        | Refusal::AmbiguousBooking
        | Refusal::Closed { .. }
        | Refusal::NeedsStaff
        | Refusal::ReturnTooLate { .. }
        | Refusal::VisitEnded
        | Refusal::DayWouldShift
        | Refusal::VisitBusy { .. }
        | Refusal::NumberKnown { .. }
        | Refusal::ArrivedLater { .. }
        | Refusal::NotAway
        | Refusal::NotHere
        | Refusal::SameVisit
        | Refusal::OnlyNumber
        | Refusal::PartyTooLarge { .. }
        | Refusal::CannotServe { .. }
        | Refusal::CounterPaused { .. }
        | Refusal::NothingToUndo
        | Refusal::NoWalkIn
        | Refusal::DailyLimitReached
        | Refusal::ShareSpent
        | Refusal::NoTimeLeft
        | Refusal::NoLane
        | Refusal::TooManyLanes
        | Refusal::KiosksAwaited
        | Refusal::LaneExhausted
        | Refusal::BusyElsewhere { .. }
        | Refusal::CounterNotOpen { .. }
        | Refusal::CounterBusy { .. }
        | Refusal::NobodyWaiting
        | Refusal::NobodyCalled
        | Refusal::NobodyServed
        | Refusal::RecallLimit { .. } => StatusCode::CONFLICT,
    }
}

impl ApiError {
    /// The problem as the client sees it. Causes inside the server are logged, never sent.
    pub fn problem(&self) -> Problem {
        let new = |code, status: StatusCode, title: &str| Problem::new(code, status.as_u16(), title);
        match self {
            Self::Unauthorized => {
                new("unauthorized", StatusCode::UNAUTHORIZED, "Sign in first, or pair this device.")
            }
            Self::Forbidden => new("forbidden", StatusCode::FORBIDDEN, "This is not allowed here."),
            Self::NotFound => new("not-found", StatusCode::NOT_FOUND, "There is no such thing."),
            Self::MethodNotAllowed => new(
                "method-not-allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "This path takes another method: see the header Allow.",
            ),
            Self::TooManyAttempts(_) => new(
                "too-many-attempts",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts came from this address. Wait a moment.",
            ),
            Self::ClockBehind => new(
                "clock-behind",
                StatusCode::SERVICE_UNAVAILABLE,
                "The server's clock is more than a day behind what it recorded: whoever checks in is not seen.",
            ),
            Self::NotYet => new(
                "not-yet",
                StatusCode::SERVICE_UNAVAILABLE,
                "The server has only just started. Try again in a moment.",
            ),
            Self::OtherEpoch => new(
                "other-epoch",
                StatusCode::CONFLICT,
                "The server was restored from a backup since. Take a snapshot first; nothing was stored.",
            ),
            Self::BadRequest(reason) => {
                new("bad-request", StatusCode::BAD_REQUEST, "The request cannot be understood.")
                    .with_detail(reason)
            }
            Self::BadBody(status, reason) => {
                new("bad-body", *status, "The request's body cannot be understood.").with_detail(reason)
            }
            Self::Write(WriteError::Refused(refusal)) => {
                let title = presentation::words::refusal_for_agent(
                    refusal,
                    &domain::Language::new("en"),
                    chrono_tz::Europe::Paris,
                );
                let mut problem = Problem::new("refused", status(refusal).as_u16(), title);
                problem.refusal = Some(refusal.clone());
                problem
            }
            Self::Write(WriteError::UnknownSite) => {
                new("not-found", StatusCode::NOT_FOUND, "There is no such site.")
            }
            Self::Write(WriteError::IdReused) => new(
                "idempotency-key-reused",
                StatusCode::UNPROCESSABLE_ENTITY,
                "This Idempotency-Key was used for something else.",
            ),
            Self::Write(WriteError::Forked) => {
                new("forked", StatusCode::CONFLICT, "These facts do not follow those that the server holds.")
            }
            Self::Write(WriteError::Busy | WriteError::Stopped) => {
                new("busy", StatusCode::SERVICE_UNAVAILABLE, "The server is busy. Try again in a moment.")
            }
            Self::Write(WriteError::DiskFull) => new(
                "disk-full",
                StatusCode::SERVICE_UNAVAILABLE,
                "The server's disk is full. Nothing was lost.",
            ),
            Self::Write(WriteError::Store(_) | WriteError::NoRandom(_) | WriteError::Fault)
            | Self::Store(_) => {
                new("internal", StatusCode::INTERNAL_SERVER_ERROR, "The server failed. Nothing was changed.")
            }
        }
    }
}

impl ApiError {
    /// After how many seconds it is worth trying again.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts(wait) => Some(wait.as_secs() + 1),
            Self::Write(WriteError::Refused(Refusal::RecallTooSoon { seconds })) => Some((*seconds).into()),
            Self::NotYet | Self::Write(WriteError::Busy | WriteError::Stopped | WriteError::DiskFull) => {
                Some(1)
            }
            _ => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        if problem.status >= 500 {
            tracing::error!(error = &self as &dyn std::error::Error, "a request failed");
        }
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(problem::MEDIA_TYPE));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, wait.into());
        }
        response
    }
}

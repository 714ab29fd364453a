//! Every path that a program of ours calls, once.

use domain::{CounterId, SiteId};

/// Is the server there and able to work?
pub const HEALTH: &str = "/healthz";
/// The description of the interface.
pub const OPENAPI: &str = "/api/openapi.json";
/// The certificate of the site's own authority, as PEM.
pub const AUTHORITY: &str = "/api/v1/authority.pem";
/// Enrolment of a device.
pub const PAIR: &str = "/api/v1/pair";
/// A new incarnation of an enrolled device asks for its lane.
pub const INCARNATION: &str = "/api/v1/incarnation";

/// The state that a kiosk starts from.
pub fn kiosk_snapshot(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/kiosk/snapshot")
}

/// Everything that happens at a site, for kiosks.
pub fn kiosk_stream(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/kiosk/stream")
}

/// Facts from a kiosk.
pub fn facts(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/facts")
}

/// The state that a board starts from.
pub fn board_snapshot(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/board/snapshot")
}

/// Calls, for boards.
pub fn board_stream(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/board/stream")
}

/// What an agent does at a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterAction {
    /// Sit down.
    Open,
    /// Leave.
    Close,
    /// Call the next person.
    CallNext,
    /// Call the same person again.
    Recall,
    /// The person is here.
    Start,
    /// The person was served.
    Finish,
    /// The person did not come.
    NoShow,
}

impl CounterAction {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Open, Self::Close, Self::CallNext, Self::Recall, Self::Start, Self::Finish, Self::NoShow];

    /// The last part of the path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
            Self::CallNext => "call-next",
            Self::Recall => "recall",
            Self::Start => "start",
            Self::Finish => "finish",
            Self::NoShow => "no-show",
        }
    }

    /// The action of the last part of a path.
    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.path() == path)
    }
}

/// An action at a counter.
pub fn counter(site: &SiteId, counter: CounterId, action: CounterAction) -> String {
    format!("/api/v1/sites/{site}/counters/{counter}/{}", action.path())
}

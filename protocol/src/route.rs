//! Every path that a program of ours calls, once.

use domain::{CounterId, SiteId, TicketNumber};

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

/// What a device knows of a log that was lost.
pub fn hand_back(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/hand-back")
}

/// The state that a board starts from.
pub fn board_snapshot(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/board/snapshot")
}

/// Calls, for boards.
pub fn board_stream(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/board/stream")
}

/// How long people wait.
pub fn waits(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/waits")
}

macro_rules! actions {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $action:ident = $path:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$what])* $action,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$action),*];

            /// The last part of the path.
            pub fn path(self) -> &'static str {
                match self {
                    $(Self::$action => $path,)*
                }
            }

            /// The action of the last part of a path.
            pub fn from_path(path: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.path() == path)
            }
        }
    };
}

actions! {
    /// What an agent does at a counter.
    CounterAction {
        /// Sit down.
        Open = "open",
        /// Leave.
        Close = "close",
        /// Call nobody for a while.
        Pause = "pause",
        /// Call again.
        Resume = "resume",
        /// Call the next person.
        CallNext = "call-next",
        /// Call somebody out of order, by `number`. For supervisors.
        Call = "call",
        /// Call the same person again.
        Recall = "recall",
        /// The person is here.
        Start = "start",
        /// The person was served; `delivered` if the service has outcomes.
        Finish = "finish",
        /// The person did not come.
        NoShow = "no-show",
        /// Send the person away for some `minutes`.
        Park = "park",
        /// Hand the person on to a `service`, to a `place` in the queue, with a `note`.
        Transfer = "transfer",
        /// Let a `service` follow in the same visit.
        AddService = "add-service",
        /// Put the person back in the old place.
        ReturnToQueue = "return",
        /// Take back the counter's latest action.
        Undo = "undo",
    }
}

actions! {
    /// What staff do with a visit wherever it is, by one of its numbers.
    VisitAction {
        /// A priority card was seen.
        CardSeen = "card-seen",
        /// There is no priority card.
        NoCard = "no-card",
        /// Somebody stands here who was sent away, missed a call, or was recorded as served by mistake.
        BringBack = "bring-back",
        /// The person leaves.
        Leave = "leave",
        /// The matter is settled otherwise.
        Cancel = "cancel",
        /// The visit is of one party with another: it joins the visit that has the number `into`.
        Merge = "merge",
        /// The number is of another party than the others of its visit: it waits as a visit of its own.
        Split = "split",
        /// The server was restored, and nobody knew whether this person still waits: they stand here.
        Confirm = "confirm",
        /// Somebody holds a ticket with this number that is not known here: they wait for a `service` as from an `arrival`,
        /// with `priority` or without.
        Adopt = "adopt",
    }
}

/// Who was served while the server was away.
pub fn served(site: &SiteId) -> String {
    format!("/api/v1/sites/{site}/served")
}

/// An action at a counter.
pub fn counter(site: &SiteId, counter: CounterId, action: CounterAction) -> String {
    format!("/api/v1/sites/{site}/counters/{counter}/{}", action.path())
}

/// An action on a visit.
pub fn visit(site: &SiteId, number: &TicketNumber, action: VisitAction) -> String {
    format!("/api/v1/sites/{site}/visits/{number}/{}", action.path())
}

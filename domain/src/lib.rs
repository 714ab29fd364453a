//! The rules of reception, and nothing else.
//!
//! This crate knows what a check-in, a call or a missed visit *is*; it does not know where
//! facts are stored, how they travel or how they look. It has no I/O, reads no clock, takes chance
//! only from its caller or from a fixed seed, and cannot fail except by a [`Refusal`], which is an
//! answer and not an error.
//!
//! The same two functions run in the server and in every kiosk:
//! [`decide`] turns a [`Command`] into [`Event`]s, and [`Branch::apply`] folds events into the
//! state of one site.
//!
//! # Words
//!
//! | word | meaning |
//! | --- | --- |
//! | site | one reception hall with its own log |
//! | service | what a visitor comes for; it has a neutral public label |
//! | counter | where an agent receives a visitor (« guichet ») |
//! | booking | a slot promised to somebody; booking is not presence |
//! | visit | a party that is present, from check-in to its end |
//! | lane | a series of ticket numbers that belongs to one device |
//! | ticket number | lane and counter, `H047`; what is printed is what is called |
//! | fact | what a kiosk saw happen; it cannot be refused later |
//! | decision | what the server settles, one command at a time |

pub mod apply;
pub mod board;
pub mod booking;
pub mod branch;
pub mod calling;
pub mod check_in;
pub mod command;
pub mod day;
pub mod device;
pub mod event;
pub mod forecast;
pub mod handling;
pub mod hours;
pub mod ids;
pub mod meanwhile;
pub mod number;
pub mod order;
pub mod pace;
pub mod parties;
pub mod party;
pub mod recovery;
pub mod refusal;
pub mod replica;
pub mod shares;
pub mod site;
pub mod visit;

pub use booking::{Booking, BookingKey, BookingStatus};
pub use branch::{Branch, CounterState};
pub use command::{Actor, Command, Context, decide};
pub use day::ServiceDay;
pub use device::{DeviceFault, DeviceState, Peripheral};
pub use event::{Event, Recorded};
pub use hours::{Closure, Hours, Opening};
pub use ids::{
    AgentId, CounterId, DeviceId, EventId, FollowHash, Language, ServiceId, SiteId, VisitId, ZoneId,
};
pub use number::{LaneCode, TicketNumber};
pub use party::{Companion, Party};
pub use recovery::{Doubt, Recovery};
pub use refusal::Refusal;
pub use site::{Counter, RecallRule, Service, Site, Text, WalkIn, Window};
pub use visit::{Delivered, Ending, Flag, Punctuality, Standing, Turn, Visit, VisitState};

/// A moment, in UTC. Sites have a time zone of their own, see [`Site::local`].
pub type Time = chrono::DateTime<chrono::Utc>;

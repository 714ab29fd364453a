//! What travels between the programs of Guichet, and how.
//!
//! This is the only crate that defines the JSON of the wire: envelopes of events, snapshots, the
//! stream, uploads, pairing and problems. The typed [`client`] speaks it with pinned TLS and resumes
//! a stream where it broke. What things *mean* stands in `domain`.

pub mod client;
pub mod control;
pub mod counter;
pub mod cursor;
pub mod enrolment;
pub mod envelope;
pub mod health;
pub mod json;
pub mod lookup;
pub mod meanwhile;
pub mod pairing;
pub mod problem;
pub mod recovery;
pub mod route;
pub mod schema;
pub mod snapshot;
pub mod sse;
pub mod trust;
pub mod upload;
pub mod waits;

pub use cursor::Cursor;
pub use envelope::{Envelope, Origin};
pub use lookup::LookupSecret;
pub use problem::Problem;

//! The interface for programs. Each module is one part of it; the routes stand in [`crate::router`].

mod calls;
pub mod counters;
pub mod devices;
pub mod facts;
pub mod health;
pub mod meanwhile;
pub mod recovery;
pub mod snapshots;
pub mod stream;
pub mod tail;
pub mod waits;

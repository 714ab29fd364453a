//! A day again, under other rules: who would have waited how long?
//!
//! The day is one of the log or one that is made from a seed ([`crate::sample_day`]). Who comes, when, what for and
//! how long it takes at the counter is the same under every policy; only the order of calls differs. The hall is the
//! real one: every check-in, call and end goes through [`domain::decide`] and [`domain::Branch::apply`].

pub mod command;
pub mod day;
pub mod forecasts;
pub mod measures;
pub mod play;
pub mod policy;
pub mod recorded;
pub mod report;

pub use day::Day;
pub use play::{Played, play};
pub use policy::Policy;

//! The rules of reception, said as sentences: given a hall, when somebody does something, then this follows.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calling;
mod check_in;
mod days;
mod forecast;
mod hall;
mod handling;
mod naive;
mod order;
mod parties;
mod properties;
mod two_kiosks;
mod walk_in;
mod working;

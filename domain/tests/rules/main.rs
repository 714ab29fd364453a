//! The rules of reception, said as sentences: given a hall, when somebody does something, then this follows.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod by_hand;
mod calling;
mod cases;
mod check_in;
mod closing;
mod configuration;
mod days;
mod devices;
mod forecast;
mod hall;
mod handling;
mod meanwhile;
mod naive;
mod order;
mod parties;
mod properties;
mod recovery;
mod shares;
mod two_kiosks;
mod walk_in;
mod working;

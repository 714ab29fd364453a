//! What people read and see, checked from outside: tickets, words, catalogues, colours.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod catalogue;
mod day_list;
mod theme;
mod ticket;
mod words;

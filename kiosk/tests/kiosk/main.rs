//! The kiosk without its window and its devices: whole visits, and what the database keeps of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod devices;
mod hall;
mod offline;
mod operator;
mod paper;
mod record;
mod restored;
mod visits;

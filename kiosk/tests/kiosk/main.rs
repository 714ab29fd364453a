//! The kiosk without its window and its devices: whole visits, and what the database keeps of them.

mod hall;
mod offline;
mod paper;
mod record;
mod visits;

//! The system as people meet it: real server, real kiosks and boards on screens in memory, simulated
//! devices on real wires, and things that go wrong.

mod bad_input;
mod boards;
mod console;
mod demonstration;
mod devices;
mod disk_full;
mod main_job;
mod operations;
mod proofs;
mod server_down;
mod torn_tickets;
mod two_kiosks;
mod without_server;

//! The server as programs meet it: opened on a folder of its own, listening with TLS on loopback, asked
//! by the product's own client and by one that keeps to no rule.
//!
//! What belongs here: everything that the interface promises, and what it must not do. How the rules of
//! the queue decide is tested in `domain`; how it looks to people, in `tests/`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails where something is not as it should be"
)]

mod actions;
mod actors;
mod answer;
mod backups;
mod bad_input;
mod counters;
mod crowd;
mod described;
mod doors;
mod facts;
mod full_disk;
mod helpers;
mod http1_streams;
mod kiosks;
mod meanwhile;
mod operator;
mod pairing;
mod privacy;
mod reading;
mod recovery;
mod restart;
mod shares;
mod slow_clients;
mod streams;
mod surface;
mod tls;
mod waits;
mod wire;

//! Our side of the wires against simulated devices on real sockets and pseudo-terminals.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail as tests do")]

mod printing;
mod program;
mod rig;
mod scanning;
mod serial;

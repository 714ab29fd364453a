//! Simulated devices on real wires: a printer that listens on TCP and on a pseudo-terminal and
//! keeps what it prints, a scanner that types into a pseudo-terminal, and a control socket beside
//! the wires for faults and observation. Nothing here is used by the product's own programs; tests
//! and demonstrations start it, in their process or as `guichet-devices run devices.toml`:
//!
//! ```toml
//! folder = "run"                   # slips, control.sock and the links to pseudo-terminals
//!
//! [[printer]]
//! name = "hall"
//! profile = "epson-tm-t20"         # or a file ending in .toml
//! tcp = "127.0.0.1:9100"           # port 0 takes a free one
//! pty = "hall.tty"                 # beside TCP or instead of it
//! wire_bytes_per_second = 1000000
//! paper_mm_per_second = 200
//! buffer_bytes = 65536
//!
//! [[scanner]]
//! name = "door"
//! pty = "door.tty"
//! ```

mod clock;
mod config;
mod control;
mod devices;
mod font;
mod machine;
mod mechanism;
mod paper;
mod printer;
mod pty;
mod reader;
mod scanner;
mod server;
mod wire;

pub use clock::monotonic_us;
pub use config::{ConfigError, DevicesConfig, PrinterSetup, ScannerSetup};
pub use control::{Answer, Control, ControlError, Fault, Request, SlipRecord, Slips};
pub use devices::{Devices, PrinterAt, Ready, ScannerAt, StartError};

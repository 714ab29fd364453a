//! Printers and scanners of a reception: what they understand, how to reach them, and simulated
//! ones that speak on the same wires. Knows nothing of queues, tickets or visitors.
//!
//! Three layers: a pure codec ([`escpos`]), dumb pipes with deadlines ([`transport`]), and one
//! supervising thread per device ([`printer`], [`scanner`]).

pub mod escpos;
pub mod printer;
mod retry;
pub mod scanner;
pub mod sim;
pub mod slip;
pub mod transport;

pub use escpos::{PrinterFault, PrinterStatus, Profile, encode};
pub use printer::{JobOutcome, PrintJob, Printer, PrinterConfig, PrinterEvent};
pub use scanner::{Scanner, ScannerConfig, ScannerEvent};
pub use slip::{Bitmap, Block, Slip};

//! A scanner that is looked after: one thread owns the serial line, opens it again when the
//! scanner was unplugged, and hands over what was scanned.
//!
//! Here belongs what is true of any scanner. What a code means is the caller's business.

mod decode;
mod supervisor;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

pub use decode::{Decoded, Decoder, MAX_SCAN_BYTES, ScanFault};

/// Where a scanner is.
#[derive(Debug, Clone)]
pub struct ScannerConfig {
    /// The serial line, best a name that does not change, from `/dev/serial/by-id/`.
    pub path: PathBuf,
    /// Bits per second; a USB scanner (CDC-ACM) ignores it.
    pub baud: u32,
    /// A code that is read again within this time of its last reading counts as the same scan: a
    /// scanner in presentation mode reads a code several times while it is held before it.
    pub same_code_within: Duration,
}

impl ScannerConfig {
    /// A scanner at 9600 baud (the makers' usual setting) that takes the same code within 2
    /// seconds for one scan.
    pub fn new(path: impl Into<PathBuf>) -> ScannerConfig {
        ScannerConfig { path: path.into(), baud: 9600, same_code_within: Duration::from_secs(2) }
    }
}

/// What a scanner's owner is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScannerEvent {
    /// The scanner is there.
    Connected,
    /// The scanner is not there. Reported once, while the thread goes on trying.
    Lost {
        /// Why, for the log and the operator.
        reason: String,
    },
    /// A code was read: 1 to [`MAX_SCAN_BYTES`] printable ASCII characters.
    Scan(String),
    /// Something was received that is no code.
    Rejected(ScanFault),
}

/// A scanner that is looked after. Dropping it stops the thread and waits for its end.
#[derive(Debug)]
pub struct Scanner {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Scanner {
    /// Starts the thread. `on_event` is called on it and should hand over quickly.
    pub fn start(config: ScannerConfig, on_event: impl Fn(ScannerEvent) + Send + 'static) -> Scanner {
        let stop = Arc::new(AtomicBool::new(false));
        let supervisor = supervisor::Supervisor::new(config, Box::new(on_event), Arc::clone(&stop));
        Scanner { stop, thread: Some(std::thread::spawn(move || supervisor.run())) }
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Ends a pause between two attempts to open the line.
            thread.thread().unpark();
            // The last owner may be the event handler itself, which cannot wait for its own end.
            if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
                tracing::error!("the scanner's thread panicked");
            }
        }
    }
}

//! The thread that owns a scanner.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Decoded, Decoder, ScannerConfig, ScannerEvent};
use crate::retry::Backoff;
use crate::transport::{FlowControl, Serial, Transport, TransportError};

/// How long one read waits: bounds how long a stop or the drop of a torn code takes.
const READ: Duration = Duration::from_millis(200);

/// A scanner sends a code without a pause; after this long the rest will not come.
const SILENCE: Duration = Duration::from_millis(300);

pub(super) struct Supervisor {
    config: ScannerConfig,
    on_event: Box<dyn Fn(ScannerEvent) + Send>,
    stop: Arc<AtomicBool>,
    /// The last code read and when it was last seen.
    last: Option<(String, Instant)>,
}

impl Supervisor {
    pub fn new(
        config: ScannerConfig,
        on_event: Box<dyn Fn(ScannerEvent) + Send>,
        stop: Arc<AtomicBool>,
    ) -> Supervisor {
        Supervisor { config, on_event, stop, last: None }
    }

    pub fn run(mut self) {
        let mut backoff = Backoff::new();
        let mut told_lost = false;
        while !self.stopped() {
            let error = match Serial::open(&self.config.path, self.config.baud, FlowControl::None) {
                Ok(mut line) => {
                    tracing::info!(path = %self.config.path.display(), "scanner connected");
                    (backoff, told_lost) = (Backoff::new(), false);
                    (self.on_event)(ScannerEvent::Connected);
                    self.listen(&mut line)
                }
                Err(error) => Some(error),
            };
            let Some(error) = error else { return };
            if !std::mem::replace(&mut told_lost, true) {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(path = %self.config.path.display(), error, "scanner lost");
                (self.on_event)(ScannerEvent::Lost { reason: error.to_string() });
            }
            self.pause(backoff.next_delay());
        }
    }

    /// Hands over scans until the scanner is gone, or until the thread is to stop (`None`).
    fn listen(&mut self, line: &mut Serial) -> Option<TransportError> {
        let mut decoder = Decoder::new();
        let mut heard = Instant::now();
        let mut buffer = [0; 512];
        while !self.stopped() {
            match line.read(&mut buffer, Instant::now() + READ) {
                Ok(count) => {
                    heard = Instant::now();
                    decoder.push(&buffer[..count]).into_iter().for_each(|decoded| self.tell(decoded));
                }
                Err(TransportError::TimedOut { .. }) => {
                    if decoder.is_partial() && heard.elapsed() >= SILENCE {
                        let fault = decoder.fell_silent().map(ScannerEvent::Rejected);
                        fault.into_iter().for_each(&self.on_event);
                    }
                }
                Err(error) => return Some(error),
            }
        }
        None
    }

    fn tell(&mut self, decoded: Decoded) {
        let text = match decoded {
            Decoded::Scan(text) => text,
            Decoded::Rejected(fault) => return (self.on_event)(ScannerEvent::Rejected(fault)),
        };
        let now = Instant::now();
        let repeated = self.last.as_ref().is_some_and(|(last, seen)| {
            *last == text && now.duration_since(*seen) < self.config.same_code_within
        });
        // A code held before the scanner stays one scan for as long as it is held.
        self.last = Some((text.clone(), now));
        if !repeated {
            (self.on_event)(ScannerEvent::Scan(text));
        }
    }

    fn pause(&self, delay: Duration) {
        let end = Instant::now() + delay;
        while !self.stopped() && Instant::now() < end {
            std::thread::park_timeout(end.saturating_duration_since(Instant::now()));
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

//! The state of one simulated printer, shared by its wires, its mechanism and its control: what is
//! in the buffer, what is wrong, what has been printed.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::clock::monotonic_us;
use super::control::{Fault, SlipRecord, Slips};
use super::{ConfigError, PrinterSetup};
use crate::escpos::Profile;

/// A simulated printer.
pub struct Machine {
    pub setup: PrinterSetup,
    pub profile: Profile,
    pub folder: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

/// What changes. Every change is followed by a notification.
pub struct State {
    pub stopping: bool,
    pub powered: bool,
    /// Grows with each loss of power or of the buffer: whatever was being read has no end.
    pub resets: u64,
    pub buffer: VecDeque<u8>,
    /// Up to which byte of the stream had arrived at which time, not yet processed.
    pub arrivals: VecDeque<(u64, u64)>,
    /// How many bytes have been received and processed since the start.
    pub received: u64,
    pub processed: u64,
    pub slips: Vec<SlipRecord>,
    /// The slip in the printer.
    pub current: Option<SlipRecord>,
    /// Where answers go: the wire from which bytes came last.
    output: Option<Arc<File>>,
    faults: Vec<Fault>,
    paper_left_rows: Option<u64>,
    /// What happens after so many more bytes.
    sudden: Option<(u64, Sudden)>,
}

/// What can happen in the middle of a job.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sudden {
    Drop,
    PowerOff,
    PaperOut,
}

impl Machine {
    pub fn new(setup: PrinterSetup, folder: PathBuf) -> Result<Machine, ConfigError> {
        let profile = Profile::load(&setup.profile)
            .map_err(|source| ConfigError::Profile { name: setup.name.clone(), source })?;
        let state = State {
            stopping: false,
            powered: true,
            resets: 0,
            buffer: VecDeque::new(),
            arrivals: VecDeque::new(),
            received: 0,
            processed: 0,
            slips: Vec::new(),
            current: None,
            output: None,
            faults: Vec::new(),
            paper_left_rows: None,
            sudden: None,
        };
        Ok(Machine { setup, profile, folder, state: Mutex::new(state), changed: Condvar::new() })
    }

    /// The state. A thread that panicked while holding it has already been reported.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes whoever waits for a change.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Waits until `ready` gives something, or until the deadline.
    pub fn wait<T>(&self, deadline: Instant, mut ready: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(result) = ready(&mut state) {
                drop(state);
                self.changed.notify_all();
                return Some(result);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets time pass, unless the printer is being stopped.
    pub fn pause_until(&self, end: Instant) {
        let _: Option<()> = self.wait(end, |state| state.stopping.then_some(()));
    }

    /// How long the work takes that normally takes this long.
    pub fn at_speed(&self, normal: Duration) -> Duration {
        if self.lock().has(Fault::Slow) { normal * 10 } else { normal }
    }

    /// Says something to whoever sent bytes last. Nobody there or no room: it is lost, as on a
    /// real wire.
    pub fn answer(&self, bytes: &[u8]) {
        let output = {
            let state = self.lock();
            if state.has(Fault::Silent) { None } else { state.output.clone() }
        };
        if let Some(output) = output
            && let Err(error) = (&*output).write_all(bytes)
        {
            tracing::debug!(printer = self.setup.name, %error, "answer lost");
        }
    }

    /// Takes bytes from a wire.
    pub fn receive(&self, bytes: &[u8], wire: &Arc<File>) {
        let now = monotonic_us();
        self.change(|state| {
            state.buffer.extend(bytes);
            state.received += bytes.len() as u64;
            state.arrivals.push_back((state.received, now));
            state.output = Some(Arc::clone(wire));
        });
    }

    /// A wire has ended.
    pub fn hang_up(&self, wire: &Arc<File>) {
        self.change(|state| {
            if state.output.as_ref().is_some_and(|output| Arc::ptr_eq(output, wire)) {
                state.output = None;
            }
        });
    }

    pub fn set_fault(&self, fault: Fault, on: bool) {
        let rows_per_mm = f64::from(self.profile.dpi) / 25.4;
        self.change(|state| match fault {
            Fault::DropAfter(bytes) => state.befalls(on.then_some((bytes, Sudden::Drop))),
            Fault::PowerOffAfter(bytes) => state.befalls(on.then_some((bytes, Sudden::PowerOff))),
            Fault::PaperOutAfter(bytes) => state.befalls(on.then_some((bytes, Sudden::PaperOut))),
            Fault::PaperLeft(mm) => {
                state.paper_left_rows = on.then_some((f64::from(mm) * rows_per_mm) as u64);
            }
            fault => {
                state.faults.retain(|present| *present != fault);
                if on {
                    state.faults.push(fault);
                } else if fault == Fault::PaperOut {
                    state.paper_left_rows = None;
                }
            }
        });
    }

    pub fn set_power(&self, powered: bool) {
        self.change(|state| state.set_power(powered));
    }

    pub fn stop(&self) {
        self.change(|state| state.stopping = true);
    }

    pub fn slips(&self) -> Slips {
        let state = self.lock();
        let slips = state.slips.iter().chain(&state.current).cloned().collect();
        Slips { slips, buffered_bytes: state.buffer.len() }
    }

    /// Waits until that many complete slips are printed; false if the time is up or the printer
    /// stops before.
    pub fn wait_for_slips(&self, count: usize, deadline: Instant) -> bool {
        let printed = |state: &mut State| {
            let complete = state.slips.iter().filter(|slip| slip.complete && slip.printed).count();
            (complete >= count || state.stopping).then_some(complete >= count)
        };
        self.wait(deadline, printed).unwrap_or(false)
    }
}

impl State {
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Whether the printer stands still although it has power.
    pub fn is_blocked(&self) -> bool {
        [Fault::PaperOut, Fault::CoverOpen, Fault::Cutter, Fault::Offline]
            .iter()
            .any(|fault| self.has(*fault))
    }

    /// Whether a wire has to end now.
    pub fn is_cut_off(&self) -> bool {
        self.stopping || !self.powered || self.sudden == Some((0, Sudden::Drop))
    }

    /// How many bytes may still come before something happens.
    pub fn allowed(&self) -> usize {
        self.sudden.map_or(usize::MAX, |(left, _)| usize::try_from(left).unwrap_or(usize::MAX))
    }

    /// Bytes have come.
    pub fn count(&mut self, bytes: usize) {
        self.befalls(self.sudden.map(|(left, sudden)| (left.saturating_sub(bytes as u64), sudden)));
    }

    fn befalls(&mut self, sudden: Option<(u64, Sudden)>) {
        self.sudden = sudden;
        match sudden {
            Some((0, Sudden::PowerOff)) => {
                self.sudden = None;
                self.set_power(false);
            }
            Some((0, Sudden::PaperOut)) => {
                self.sudden = None;
                self.run_out();
            }
            // The wire sees to it: see [`State::is_cut_off`].
            _ => {}
        }
    }

    fn set_power(&mut self, powered: bool) {
        self.powered = powered;
        if !powered {
            self.forget_buffer();
            self.output = None;
        }
    }

    fn run_out(&mut self) {
        if !self.has(Fault::PaperOut) {
            self.faults.push(Fault::PaperOut);
        }
    }

    /// The connection has been dropped as ordered; what it had begun is torn.
    pub fn finish_drop(&mut self) {
        if self.sudden == Some((0, Sudden::Drop)) {
            self.sudden = None;
        }
    }

    pub fn forget_buffer(&mut self) {
        self.buffer.clear();
        self.arrivals.clear();
        self.processed = self.received;
        self.resets += 1;
    }

    /// The paper moved by so many rows; the roll may end with them.
    pub fn use_paper(&mut self, rows: u32) {
        let Some(left) = self.paper_left_rows else { return };
        let left = left.saturating_sub(rows.into());
        self.paper_left_rows = Some(left);
        if left == 0 {
            self.run_out();
        }
    }

    /// The answer to `DLE EOT n`.
    pub fn real_time_status(&self, n: u8) -> u8 {
        let bit = |fault, mask| if self.has(fault) { mask } else { 0 };
        0x12 | match n {
            1 => u8::from(self.is_blocked()) * 0x08,
            2 => bit(Fault::CoverOpen, 0x04) | bit(Fault::PaperOut, 0x20) | bit(Fault::Cutter, 0x40),
            3 => bit(Fault::Cutter, 0x08),
            _ => self.paper_sensor() & 0x6c,
        }
    }

    /// The paper sensors, as `GS r 1` tells them, with the bits of `DLE EOT 4` beside them.
    pub fn paper_sensor(&self) -> u8 {
        let near = self.has(Fault::PaperNearEnd) || self.has(Fault::PaperOut);
        let out = self.has(Fault::PaperOut);
        (u8::from(near) * 0x0c) | (u8::from(out) * 0x60)
    }
}

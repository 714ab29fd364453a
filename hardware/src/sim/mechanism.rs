//! The thread that prints: takes commands from the buffer at the speed of the paper, answers
//! barriers when it comes to them, and keeps what leaves the printer.

use std::fs;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::control::SlipRecord;
use super::font::PrinterFont;
use super::machine::{Machine, State};
use super::paper::{LONGEST_ROWS, Paper};
use super::reader::{Command, Reader};
use crate::escpos::Barrier;

/// How far the mechanism may run ahead of its speed before it waits: shorter waits cost more than
/// they tell.
const LEAD: Duration = Duration::from_millis(4);

/// How long a job may become before its strip is torn off: rubbish would otherwise fill the memory.
const LONGEST_BYTES: usize = 4 << 20;

pub struct Mechanism {
    machine: Arc<Machine>,
    font: PrinterFont,
    reader: Reader,
    paper: Paper,
    /// The bytes of the slip in the printer.
    raw: Vec<u8>,
    initialised: u32,
    torn: bool,
    resets: u64,
    /// When the paper stops moving.
    free: Instant,
}

/// One command from the buffer, with its place in the stream of received bytes.
struct Taken {
    command: Command,
    raw: Vec<u8>,
    first_byte_us: u64,
    last_byte_us: u64,
    resets: u64,
}

impl Mechanism {
    pub fn new(machine: Arc<Machine>) -> Result<Mechanism, ab_glyph::InvalidFont> {
        let paper = Paper::new(machine.profile.clone());
        Ok(Mechanism {
            machine,
            font: PrinterFont::load()?,
            reader: Reader::default(),
            paper,
            raw: Vec::new(),
            initialised: 0,
            torn: false,
            resets: 0,
            free: Instant::now(),
        })
    }

    pub fn run(mut self) {
        let machine = Arc::clone(&self.machine);
        while !machine.lock().stopping {
            let tick = Instant::now() + Duration::from_secs(1);
            let taken = machine.wait(tick, |state| {
                if state.stopping {
                    return Some(None);
                }
                self.take(state).map(Some)
            });
            if let Some(Some(taken)) = taken {
                self.carry_out(taken);
            }
        }
    }

    fn take(&mut self, state: &mut State) -> Option<Taken> {
        if state.resets != self.resets {
            self.resets = state.resets;
            self.reader = Reader::default();
            self.torn |= !self.raw.is_empty();
        }
        if !state.powered || state.is_blocked() {
            return None;
        }
        let next = self.reader.next(state.buffer.make_contiguous());
        let (command, length) = match next {
            Some(next) => next,
            // A command longer than the buffer never ends: this is no printer data.
            None if state.buffer.len() >= self.machine.setup.buffer_bytes => {
                self.reader = Reader::default();
                (Command::Unknown, state.buffer.len())
            }
            None => return None,
        };
        let raw = state.buffer.drain(..length).collect();
        let first_byte_us = arrival(state, state.processed + 1);
        state.processed += length as u64;
        let last_byte_us = arrival(state, state.processed);
        Some(Taken { command, raw, first_byte_us, last_byte_us, resets: state.resets })
    }

    fn carry_out(&mut self, taken: Taken) {
        self.note(&taken);
        let rows = self.paper.apply(&taken.command, &self.font);
        self.move_paper(rows);
        let barrier = self.machine.profile.barrier;
        match &taken.command {
            // Printers that know the barrier with a mark know the plain one too.
            Command::TellSensor if barrier != Barrier::None => {
                let sensor = self.machine.lock().paper_sensor();
                self.machine.answer(&[sensor]);
            }
            Command::TellProcessed(mark) if barrier == Barrier::GsParenH => {
                self.machine.answer(&[&[0x37, 0x22], mark.as_slice(), &[0]].concat());
            }
            Command::Cut(_) if self.machine.profile.presenter.is_none() => self.deliver(),
            Command::Present if !self.raw.is_empty() => self.deliver(),
            _ if self.paper.rows() >= LONGEST_ROWS || self.raw.len() >= LONGEST_BYTES => {
                self.torn = true;
                self.deliver();
            }
            _ => {}
        }
    }

    /// Counts the command's bytes to the slip in the printer, or begins one. Status requests,
    /// barriers and zeros belong to no slip.
    fn note(&mut self, taken: &Taken) {
        let between = match taken.command {
            Command::TellSensor | Command::TellProcessed(_) => true,
            Command::Nothing | Command::Present => self.raw.is_empty(),
            _ => false,
        };
        if between || taken.resets != self.resets {
            return;
        }
        self.raw.extend_from_slice(&taken.raw);
        self.initialised += u32::from(taken.command == Command::Initialise);
        let bytes = self.raw.len();
        self.machine.change(|state| {
            let number = state.slips.len() + 1;
            let current = state.current.get_or_insert_with(|| SlipRecord {
                stem: format!("{}-{number:04}", self.machine.setup.name),
                bytes: 0,
                first_byte_us: taken.first_byte_us,
                last_byte_us: 0,
                complete: false,
                printed: false,
            });
            current.bytes = bytes;
            current.last_byte_us = taken.last_byte_us;
        });
    }

    fn move_paper(&mut self, rows: u32) {
        if rows == 0 {
            return;
        }
        let millimetres = f64::from(rows) * 25.4 / f64::from(self.machine.profile.dpi);
        let normal = Duration::from_secs_f64(millimetres / f64::from(self.machine.setup.paper_mm_per_second));
        self.free = self.free.max(Instant::now()) + self.machine.at_speed(normal);
        if self.free > Instant::now() + LEAD {
            self.machine.pause_until(self.free);
        }
        self.machine.change(|state| state.use_paper(rows));
    }

    /// The slip is cut off and falls into the run folder.
    fn deliver(&mut self) {
        // A slip is one job from its ESC @ to its cut. A second one means that the first broke off.
        let whole = self.initialised == 1 && !self.torn && !self.paper.is_blank();
        let Some(mut record) = self.machine.lock().current.clone() else { return };
        record.complete = whole;
        record.printed = true;
        if let Err(error) = self.keep(&record.stem) {
            tracing::error!(printer = self.machine.setup.name, %error, "cannot keep a slip");
        }
        tracing::info!(printer = self.machine.setup.name, slip = record.stem, whole, "slip printed");
        (self.initialised, self.torn) = (0, false);
        self.raw.clear();
        self.machine.change(|state| {
            state.current = None;
            state.slips.push(record);
        });
    }

    fn keep(&mut self, stem: &str) -> io::Result<()> {
        let file = |extension: &str| self.machine.folder.join(format!("{stem}.{extension}"));
        let (picture, text) = self.paper.take();
        fs::write(file("bin"), &self.raw)?;
        fs::write(file("txt"), text)?;
        fs::write(file("png"), picture.to_png_at(Some(self.machine.profile.dpi))?)
    }
}

/// When the byte at that place of the stream, counted from 1, arrived.
fn arrival(state: &mut State, place: u64) -> u64 {
    while state.arrivals.front().is_some_and(|(end, _)| *end < place) {
        state.arrivals.pop_front();
    }
    state.arrivals.front().map_or(0, |(_, time)| *time)
}

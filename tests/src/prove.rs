//! Proofs: each does to the real programs what goes wrong in a hall, and holds only if nothing was lost.
//!
//! `bin/prove NAME` runs one at its full length; `bin/test` runs a short form of each (`tests/scenarios/proofs`).
//! A proof asserts counts and order. Times are figures: they are printed, and decide only at full length, where the
//! document promises them.

pub mod board_restart;
pub mod idle_streams;
pub mod slow_clients;

mod clocks;
mod disk_full;
mod kill_kiosk;
mod kill_server;
mod load;
mod offline_72h;
mod power_cut;
mod record;
mod same_qr;
mod served;
mod simulate;

pub mod restore;

mod hostile_input;
mod printer;

use anyhow::bail;
use std::fmt;

/// How long and from where a proof begins. What is not given is the proof's own choice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How often it is done again.
    pub cycles: Option<u64>,
    /// The same seed gives the same run.
    pub seed: Option<u64>,
}

impl Options {
    /// A short form, for tests.
    pub fn short(cycles: u64) -> Self {
        Self { cycles: Some(cycles), seed: Some(1) }
    }

    /// How often, if nothing else was asked for.
    pub fn cycles(&self, usual: u64) -> u64 {
        self.cycles.unwrap_or(usual)
    }

    /// Whether it is at its full length, and has to keep its times as well.
    pub fn is_full(&self) -> bool {
        self.cycles.is_none()
    }

    /// The seed: the one that was asked for, or one drawn now, which is printed as a figure.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(rand::random)
    }
}

/// What a proof found, and whether it holds.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    figures: Vec<(&'static str, String)>,
    faults: Vec<String>,
}

impl Verdict {
    /// Notes a figure.
    pub fn figure(&mut self, key: &'static str, value: impl fmt::Display) {
        self.figures.push((key, value.to_string()));
    }

    /// Notes a count that has to be what is expected.
    pub fn exactly<T: PartialEq + fmt::Display>(&mut self, key: &'static str, found: T, expected: &T) {
        if found != *expected {
            self.faults.push(format!("{key} is {found} instead of {expected}"));
        }
        self.figure(key, found);
    }

    /// Notes what must hold, and what is wrong if it does not.
    pub fn require(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    /// What was found, as one line of `key=value`.
    pub fn line(&self) -> String {
        let figures: Vec<String> = self.figures.iter().map(|(key, value)| format!("{key}={value}")).collect();
        figures.join(" ")
    }

    /// Passes if nothing is wrong.
    ///
    /// # Errors
    /// With everything that is wrong, and the figures.
    pub fn holds(&self) -> anyhow::Result<()> {
        if self.faults.is_empty() {
            return Ok(());
        }
        bail!("{}\n{}", self.faults.join("\n"), self.line())
    }
}

/// One proof.
#[derive(Clone, Copy)]
pub struct Proof {
    /// What it is called.
    pub name: &'static str,
    /// What happens, and what must hold.
    pub about: &'static str,
    /// Does it.
    pub run: fn(&Options) -> anyhow::Result<Verdict>,
}

/// All of them, in the order of docs/reliability.md.
pub const ALL: &[Proof] = &[
    kill_server::PROOF,
    power_cut::PROOF,
    kill_kiosk::PROOF,
    simulate::PROOF,
    offline_72h::PROOF,
    same_qr::PROOF,
    clocks::PROOF,
    disk_full::PROOF,
    printer::PROOF,
    hostile_input::PROOF,
    restore::PROOF,
    board_restart::PROOF,
    idle_streams::PROOF,
    slow_clients::PROOF,
];

/// Runs a proof that waits for many things at once, on two threads: the server has to have the processors as well.
fn in_runtime(proof: impl Future<Output = anyhow::Result<Verdict>>) -> anyhow::Result<Verdict> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(proof)
}

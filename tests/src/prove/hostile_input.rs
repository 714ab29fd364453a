//! `hostile-input`: what nobody of good will sends, by every way in.
//!
//! Scans go through the reader's decoder into the kiosk's reception, requests over raw sockets to the real server,
//! fragments of a stream to the client that kiosks and boards follow with. Nothing may panic, no answer may blame
//! the server, nobody may get a ticket without a booking, and no command may be carried out. Each input is made
//! from the seed and its own number, so that one that fails can be made again alone.

mod fragments;
mod noise;
mod requests;
mod scans;

use super::{Options, Proof, Verdict};
use std::{
    panic,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// The proof.
pub const PROOF: Proof =
    Proof { name: "hostile-input", about: "hostile scans, malformed requests and fragments of streams", run };

/// How many of each kind.
const INPUTS: u64 = 10_000;

fn run(options: &Options) -> anyhow::Result<Verdict> {
    let (seed, inputs) = (options.seed(), options.cycles(INPUTS));
    let mut verdict = Verdict::default();
    verdict.figure("seed", seed);
    let panics = count_panics();
    let began = Instant::now();
    scans::run(seed, inputs, &mut verdict)?;
    verdict.figure("scan_seconds", began.elapsed().as_secs());
    let began = Instant::now();
    fragments::run(seed, inputs, &mut verdict)?;
    verdict.figure("fragment_seconds", began.elapsed().as_secs());
    let began = Instant::now();
    requests::run(seed, inputs, &mut verdict)?;
    verdict.figure("request_seconds", began.elapsed().as_secs());
    verdict.exactly("panics", panics.load(Ordering::Relaxed), &0);
    Ok(verdict)
}

/// Counts the panics of every thread of this process from now on.
fn count_panics() -> Arc<AtomicU64> {
    let count = Arc::new(AtomicU64::new(0));
    let (counted, before) = (Arc::clone(&count), panic::take_hook());
    panic::set_hook(Box::new(move |info| {
        counted.fetch_add(1, Ordering::Relaxed);
        before(info);
    }));
    count
}

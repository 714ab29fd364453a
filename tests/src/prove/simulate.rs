//! Days in the simulated hall, each from a seed of its own.

use super::{Options, Proof, Verdict};
use crate::simulation::{Plan, Tally, play, play_each};
use std::time::Instant;

/// See [`run`].
pub const PROOF: Proof = Proof {
    name: "simulate",
    about: "seeded days with loss, repeats, cuts, crashes, full disks, restored servers, wrong clocks and clones; in the \
            end all replicas are equal",
    run,
};

/// Every hundredth day is played twice, to see that a seed says it all.
const TWICE: u64 = 100;

/// Plays days from the seed on, one seed a day. A day that does not hold is told with its seed: `--seed S --cycles 1`
/// plays it again.
fn run(options: &Options) -> anyhow::Result<Verdict> {
    let first = options.seed.unwrap_or(0);
    let days = options.cycles(10_000);
    let began = Instant::now();
    let tally = play_each(first..first + days, Plan::drawn, |faults| faults >= 5);
    let seconds = began.elapsed().as_secs_f64();
    let mut verdict = Verdict::default();
    tell(&mut verdict, first, &tally);
    verdict.figure("restored", tally.counts.restored);
    verdict.figure("served_before_a_restore", tally.counts.served_before);
    verdict.figure("told_that_a_disk_is_full", tally.counts.full);
    verdict.exactly("days", tally.days, &days);
    for seed in (first..first + days).step_by(usize::try_from(TWICE)?).filter(|_| tally.faults.is_empty()) {
        let (one, other) = (play(seed, Plan::drawn(seed))?, play(seed, Plan::drawn(seed))?);
        verdict.require(one.fingerprint == other.fingerprint, || {
            format!("seed {seed} played two different days")
        });
    }
    verdict.figure("played_twice", days.div_ceil(TWICE));
    verdict.figure("seconds", format!("{seconds:.0}"));
    verdict.figure("ms_a_day", format!("{:.1}", seconds * 1000.0 / tally.days as f64));
    Ok(verdict)
}

/// Notes what days came to, and what is wrong with each that does not hold.
pub(super) fn tell(verdict: &mut Verdict, first: u64, tally: &Tally) {
    verdict.figure("seed", first);
    verdict.figure("tickets", tally.counts.tickets);
    verdict.figure("papers", tally.counts.papers);
    verdict.figure("calls", tally.counts.calls);
    for (seed, fault) in &tally.faults {
        verdict.require(false, || format!("seed {seed}: {fault}"));
    }
    verdict.figure("faults", tally.faults.len());
}

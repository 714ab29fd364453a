//! Clocks that are wrong by minutes, jump, and begin anew with their machines.

use super::{Options, Proof, Verdict, simulate::tell};
use crate::simulation::{Plan, play_each};

/// See [`run`].
pub const PROOF: Proof = Proof {
    name: "clocks",
    about: "clocks ten minutes off, jumps, reboots with and without the server; no wrong order, or flagged uncertain",
    run,
};

/// Plays days on which only clocks and what touches them go wrong.
fn run(options: &Options) -> anyhow::Result<Verdict> {
    let first = options.seed.unwrap_or(0);
    let days = options.cycles(2_000);
    let tally = play_each(first..first + days, Plan::of_clocks, |faults| faults >= 5);
    let mut verdict = Verdict::default();
    tell(&mut verdict, first, &tally);
    verdict.exactly("days", tally.days, &days);
    verdict.figure("compared", tally.counts.compared);
    verdict.figure("uncertain", tally.counts.uncertain);
    verdict.require(tally.counts.compared > 0 && tally.counts.uncertain > 0, || {
        "nothing was put to the test".to_owned()
    });
    Ok(verdict)
}

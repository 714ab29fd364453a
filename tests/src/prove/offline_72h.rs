//! Three days without the server.

use super::{Options, Proof, Verdict};
use crate::simulation::scenes;

/// See [`run`].
pub const PROOF: Proof = Proof {
    name: "offline-72h",
    about: "72 h without the server over three service days, 3 kiosks, 400 check-ins a day each; all delivered once, in order",
    run,
};

/// How many check in at each kiosk each day.
const A_DAY: u64 = 400;

/// Plays the days; `cycles` is how many check in at each kiosk each day.
fn run(options: &Options) -> anyhow::Result<Verdict> {
    let seed = options.seed.unwrap_or(1);
    let a_day = options.cycles(A_DAY);
    let found = scenes::three_days_offline(seed, a_day)?;
    let mut verdict = Verdict::default();
    verdict.figure("seed", seed);
    verdict.exactly("check_ins", found.delivered, &(a_day * 9));
    verdict.exactly("twice", found.twice, &0);
    verdict.exactly("out_of_order", found.out_of_order, &0);
    verdict.exactly("days", found.days, &3);
    verdict.exactly("on_another_day", found.on_another_day, &0);
    verdict.figure("hours_offline", 72);
    Ok(verdict)
}

//! One booking shown at two kiosks that cannot know of each other.

use super::{Options, Proof, Verdict};
use crate::simulation::scenes::{self, Twins};

/// See [`run`].
pub const PROOF: Proof = Proof {
    name: "same-qr",
    about: "one code at two kiosks offline, every order of upload with every repeat; and at a kiosk and its clone",
    run,
};

/// Plays every order and every repeat; and copied disks, each from a seed.
fn run(options: &Options) -> anyhow::Result<Verdict> {
    let first = options.seed.unwrap_or(0);
    let clones = options.cycles(200);
    let mut verdict = Verdict::default();
    verdict.figure("seed", first);
    let orders = scenes::orders();
    let mut held = 0;
    for order in &orders {
        match scenes::same_code(order) {
            Ok(()) => held += 1,
            Err(fault) => verdict.require(false, || format!("order {order:?}: {fault:#}")),
        }
    }
    verdict.exactly("orders", held, &orders.len());
    let (mut twins, mut told) = (0, 0);
    for seed in first..first + clones {
        match scenes::copied_disk(seed) {
            Ok(Twins { shared }) => {
                twins += 1;
                told += shared;
            }
            Err(fault) => verdict.require(false, || format!("seed {seed}, copied disk: {fault:#}")),
        }
    }
    verdict.exactly("copied_disks", twins, &clones);
    verdict.figure("numbers_in_two_hands_told", told);
    verdict.require(told > 0, || "no number was in two hands: nothing was put to the test".to_owned());
    Ok(verdict)
}

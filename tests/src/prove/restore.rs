//! The server is restored from a backup in the middle of a day, over and over: its kiosks and boards bring back what has
//! happened since, and people go on being called as if nothing had been.

mod hall;
mod kiosk;

use super::{Options, Proof, Verdict};
use crate::{Day, Setup, World};
use hall::Hall;
use rand::{SeedableRng, rngs::StdRng};

/// The proof.
pub const PROOF: Proof = Proof {
    name: "restore",
    about: "the server is restored from a backup of hours before: no check-in is lost, nobody who was served is called \
            again, no lane is granted twice",
    run,
};

/// How often the server is restored.
const CYCLES: u64 = 25;

fn run(options: &Options) -> anyhow::Result<Verdict> {
    let (cycles, seed) = (options.cycles(CYCLES), options.seed());
    let mut random = StdRng::seed_from_u64(seed);
    let bookings = usize::try_from(cycles)? * 2;
    let day = Day::at("09:40").crowd("RDV-", bookings, "RT");
    let setup = Setup { boards: 1, counters: 3, agents: 3, backups: true, ..Setup::new(day) };
    let mut hall = Hall::open(World::start(&setup)?)?;
    for _ in 0..cycles {
        hall.cycle(&mut random)?;
    }
    let found = hall.close()?;
    let mut verdict = Verdict::default();
    verdict.figure("seed", seed);
    verdict.figure("restores", cycles);
    verdict.figure("check_ins", found.check_ins);
    verdict.figure("served_since_backups", found.served);
    verdict.figure("handed_back_by_the_kiosk", found.handed_back);
    verdict.exactly("lost", found.lost, &0);
    verdict.exactly("called_again", found.called_again, &0);
    verdict.exactly("called_before_it_was_clear", found.called_early, &0);
    verdict.exactly("lanes_granted_twice", found.lanes_twice, &0);
    verdict.exactly("lanes_granted_too_early", found.lanes_early, &0);
    verdict.require(found.served > 0, || "nobody was served between a backup and its restore".into());
    verdict.require(found.handed_back > 0, || "the kiosk handed nothing back".into());
    Ok(verdict)
}

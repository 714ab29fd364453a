//! The power is cut while the server and a kiosk write.
//!
//! A kill loses nothing that the kernel holds, and so proves little about a disk. Here the programs run under
//! `strace`, and the disk is rebuilt as a power cut at any moment of the run could have left it ([`disk`]): what was
//! synced is there, the rest in any part. Each such folder is opened as the program opens it, and has to hold
//! everything that the program had begun to say to anybody. Two controls keep the proof honest: with no cut the
//! rebuilt folder is the real one, byte for byte; and the same programs made not to sync at each commit
//! (`synchronous = NORMAL`) have to lose something.

mod disk;
mod kiosk;
mod recording;
mod server;
mod trace;

use super::{Options, Proof, Verdict};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recording::{Cut, Recording};
use std::time::Instant;

/// The proof.
pub const PROOF: Proof = Proof {
    name: "power-cut",
    about: "the disks of server and kiosk as power cuts at random moments leave them: nothing acknowledged is lost; \
            without a sync at each commit the same proof fails",
    run,
};

/// What a set of cuts found.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    acknowledged: usize,
    lost: u64,
    cuts_that_lost: u64,
    unusable: u64,
    lost_without_a_cut: u64,
    differ: usize,
    fault: Option<String>,
}

impl Outcome {
    /// What nothing, and then so many cuts, left of what was acknowledged. Each is judged: how much is missing.
    fn of(
        recording: &Recording,
        acknowledged: usize,
        (cuts, random): (u64, &mut impl Rng),
        judge: impl Fn(&Cut<'_>) -> anyhow::Result<u64>,
    ) -> anyhow::Result<Self> {
        let mut outcome = Self { acknowledged, ..Self::default() };
        let look = |outcome: &mut Self, cut: &Cut<'_>| {
            outcome.count(judge(cut));
            Ok(())
        };
        outcome.differ = recording.no_cut(random, |cut| look(&mut outcome, cut))?;
        outcome.lost_without_a_cut =
            std::mem::take(&mut outcome.lost) + std::mem::take(&mut outcome.unusable);
        outcome.cuts_that_lost = 0;
        recording.cut(cuts, random, |cut| look(&mut outcome, cut))?;
        Ok(outcome)
    }

    /// Counts one cut: how much was missing, or why the folder could not be used.
    fn count(&mut self, judged: anyhow::Result<u64>) {
        match judged {
            Ok(missing) => {
                self.lost += missing;
                self.cuts_that_lost += u64::from(missing > 0);
            }
            Err(fault) => {
                self.unusable += 1;
                self.fault.get_or_insert(format!("{fault:#}"));
            }
        }
    }
}

fn run(options: &Options) -> anyhow::Result<Verdict> {
    let (seed, cuts) = (options.seed(), options.cycles(400));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // Enough to be in the middle of something at most moments, and for the log to be written anew.
    let (answers, visitors) = (cuts.clamp(40, 600), usize::try_from(cuts / 8)?.clamp(4, 50));
    let control_cuts = (cuts / 4).max(8);
    let mut verdict = Verdict::default();
    verdict.figure("seed", seed);
    verdict.figure("cuts_each", cuts);
    let begun = Instant::now();

    let found =
        server::record(&runtime, answers, random.random(), &[])?.prove(&runtime, cuts, &mut random)?;
    note(&mut verdict, &SERVER, &found);
    let control =
        server::record(&runtime, answers, random.random(), &[("FAILPOINTS", "server-not-durable=return")])?;
    let found = control.prove(&runtime, control_cuts, &mut random)?;
    must_lose(&mut verdict, "server_control_lost", &found);

    let found = kiosk::record(visitors, &[])?.prove(cuts, &mut random)?;
    note(&mut verdict, &KIOSK, &found);
    let control = kiosk::record(visitors, &[("FAILPOINTS", "kiosk-not-durable=return")])?;
    let found = control.prove(control_cuts, &mut random)?;
    must_lose(&mut verdict, "kiosk_control_lost", &found);
    verdict.figure("control_cuts_each", control_cuts);
    verdict.figure("seconds", begun.elapsed().as_secs());
    Ok(verdict)
}

/// What the figures of a program are called.
struct Keys {
    acknowledged: &'static str,
    lost: &'static str,
    unusable: &'static str,
    lost_without_a_cut: &'static str,
    differ: &'static str,
}

const SERVER: Keys = Keys {
    acknowledged: "server_acknowledged",
    lost: "server_lost",
    unusable: "server_unusable",
    lost_without_a_cut: "server_lost_without_a_cut",
    differ: "server_files_not_as_recorded",
};

const KIOSK: Keys = Keys {
    acknowledged: "kiosk_papers",
    lost: "kiosk_lost",
    unusable: "kiosk_unusable",
    lost_without_a_cut: "kiosk_lost_without_a_cut",
    differ: "kiosk_files_not_as_recorded",
};

fn note(verdict: &mut Verdict, keys: &Keys, found: &Outcome) {
    verdict.figure(keys.acknowledged, found.acknowledged);
    verdict.exactly(keys.lost, found.lost, &0);
    verdict.exactly(keys.unusable, found.unusable, &0);
    verdict.exactly(keys.lost_without_a_cut, found.lost_without_a_cut, &0);
    verdict.exactly(keys.differ, found.differ, &0);
    verdict.require(found.fault.is_none(), || found.fault.clone().unwrap_or_default());
}

/// The control: what it loses shows that the proof would see it.
fn must_lose(verdict: &mut Verdict, key: &'static str, found: &Outcome) {
    verdict.figure(key, found.cuts_that_lost);
    verdict.require(found.cuts_that_lost > 0, || format!("{key} is 0: this proof cannot see a loss"));
    verdict.require(found.lost_without_a_cut == 0 && found.differ == 0, || {
        format!("{key}: its record is not whole")
    });
}

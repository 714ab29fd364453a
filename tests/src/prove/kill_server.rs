//! The server is killed while kiosks and agents work with it, again and again.

use super::{
    Options, Proof, Verdict,
    load::{Held, Load},
    record::Record,
    served::Served,
};
use crate::{Day, bench::Percentiles, world::SITE};
use chrono::Duration;
use domain::{Branch, SiteId};
use protocol::client::Client;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

/// The proof.
pub const PROOF: Proof = Proof {
    name: "kill-server",
    about: "the server is killed with -9 under load: nothing that it acknowledged is lost, no number is used twice",
    run,
};

/// Kiosks that upload at once.
const KIOSKS: usize = 3;
/// Agents who call at once.
const AGENTS: u16 = 4;
/// At most so many answers between a start and the kill.
const ANSWERS_MAX: u64 = 20;
/// The whole is looked at after so many kills; what was answered since the last one, after each.
const WHOLE_EVERY: u64 = 50;

fn run(options: &Options) -> anyhow::Result<Verdict> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(prove(options))
}

/// What was found wrong.
#[derive(Default)]
struct Faults {
    lost: u64,
    unsound: u64,
    numbers: u64,
    places: u64,
    replays: u64,
}

async fn prove(options: &Options) -> anyhow::Result<Verdict> {
    let (seed, cycles) = (options.seed(), options.cycles(1000));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir()?;
    let mut served = Served::new(folder.path())?;
    let first = Day::at("09:40").start;
    let mut days = 0;
    served.start(&first.to_rfc3339(), &[], &[])?;
    let mut load = Load::new(&served, KIOSKS, AGENTS, random.random()).await?;
    let watcher = Watcher::new(&served).await?;
    let mut faults = Faults::default();
    let mut known = Held::default();
    let (mut starts, begun) = (Vec::new(), Instant::now());
    for cycle in 1..=cycles {
        let answers = random.random_range(1..=ANSWERS_MAX);
        load.work(answers, || served.running()?.kill()).await?;
        let new_day = load.needs_another_day();
        days += i64::from(new_day);
        let started = Instant::now();
        served.start(&(first + Duration::days(days)).to_rfc3339(), &[], &[])?;
        starts.push(started.elapsed().as_secs_f64() * 1000.0);

        let record = Record::open(&served.data().join("guichet.sqlite3"))?;
        let held = load.told.held().clone();
        faults.lost += record.missing(&held, &known)?;
        known = held;
        if cycle % WHOLE_EVERY == 0 || cycle == cycles {
            faults.whole(&record, &load, &watcher).await?;
        }
        if new_day {
            load.begin_day().await?;
        }
    }
    let mut verdict = Verdict::default();
    verdict.figure("seed", seed);
    verdict.figure("cycles", cycles);
    verdict.figure("days", days + 1);
    let held = load.told.held().clone();
    verdict.figure("acknowledged_facts", held.facts.values().sum::<u64>());
    verdict.figure("acknowledged_commands", held.commands.len());
    verdict.exactly("acknowledged_lost", faults.lost, &0);
    verdict.exactly("integrity_failures", faults.unsound, &0);
    verdict.exactly("numbers_used_twice", faults.numbers, &0);
    verdict.exactly("log_places_wrong", faults.places, &0);
    verdict.exactly("states_that_differ_from_the_log", faults.replays, &0);
    let starts = Percentiles::of(starts);
    verdict.figure("start_p50_ms", starts.p50);
    verdict.figure("start_max_ms", starts.max);
    verdict.figure("seconds", begun.elapsed().as_secs());
    Ok(verdict)
}

impl Faults {
    /// Looks at everything: the file, every answer since the beginning, the numbers, and the state.
    async fn whole(&mut self, record: &Record, load: &Load, watcher: &Watcher) -> anyhow::Result<()> {
        self.unsound += u64::from(record.integrity()? != "ok");
        let held = load.told.held().clone();
        self.lost += record.missing(&held, &Held::default())?;
        let (numbers, places) = record.used_twice()?;
        self.numbers += numbers;
        self.places += places;
        let (state, seq) = watcher.state().await?;
        self.replays += u64::from(record.replay(seq)?.for_kiosk() != state);
        Ok(())
    }
}

/// A kiosk that only asks for the state.
struct Watcher {
    client: Client,
}

impl Watcher {
    async fn new(served: &Served) -> anyhow::Result<Self> {
        Ok(Self { client: served.device().await? })
    }

    /// What the server believes, and through which place of its log.
    async fn state(&self) -> anyhow::Result<(Branch, u64)> {
        let snapshot = self.client.kiosk_snapshot(&SiteId::new(SITE)).await?;
        Ok((snapshot.branch, snapshot.cursor.seq))
    }
}

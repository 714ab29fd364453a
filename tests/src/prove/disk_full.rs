//! There is no room on the disk: the server's, and a kiosk's.

use super::{
    Options, Proof, Verdict,
    load::{Held, Load},
    record::Record,
    served::Served,
};
use crate::{Day, Setup, World, until};
use anyhow::{Context, ensure};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, File},
    io::Write,
    path::Path,
    time::Instant,
};

/// The proof.
pub const PROOF: Proof = Proof {
    name: "disk-full",
    about: "the disk of the server, and of a kiosk, fills up under load: nothing acknowledged is lost, a kiosk refuses \
            before it prints, and both go on without a restart when there is room",
    run,
};

/// The server's disk: too small for what it keeps back, and large enough.
const SERVER_DISKS: [&str; 2] = ["size=16m", "size=64m"];
/// How often one disk is filled: what the server keeps of the work in between has to find room on it.
const FILLED_MAX: u64 = 20;
/// What a disk gives at once, in bytes.
const BLOCK: u64 = 4096;

fn run(options: &Options) -> anyhow::Result<Verdict> {
    let (seed, cycles) = (options.seed(), options.cycles(100));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut verdict = Verdict::default();
    verdict.figure("seed", seed);
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut server = ServerFaults::default();
    for disk in SERVER_DISKS {
        let mut left = cycles.div_ceil(2);
        while left > 0 {
            let now = left.min(FILLED_MAX);
            runtime.block_on(server.prove(disk, now, &mut random)).context(disk)?;
            left -= now;
        }
    }
    verdict.figure("server_filled", cycles.div_ceil(2) * 2);
    verdict.figure("server_acknowledged", server.acknowledged);
    verdict.figure("server_refused", server.refused);
    verdict.exactly("server_lost", server.lost, &0);
    verdict.exactly("server_integrity_failures", server.unsound, &0);
    verdict.exactly("server_ended", server.ended, &0);
    prove_kiosk(cycles.div_ceil(4), &mut random, &mut verdict)?;
    verdict.figure("seconds", begun.elapsed().as_secs());
    Ok(verdict)
}

/// Writes until nothing more fits, at the end of what is there.
fn fill(ballast: &Path) -> anyhow::Result<()> {
    let mut file = File::options().create(true).append(true).open(ballast)?;
    let block = [0; BLOCK as usize];
    while file.write_all(&block).is_ok() {}
    Ok(())
}

/// Fills a disk up to so many bytes.
fn leave(ballast: &Path, bytes: u64) -> anyhow::Result<()> {
    fill(ballast)?;
    let file = File::options().write(true).open(ballast)?;
    Ok(file.set_len(file.metadata()?.len().saturating_sub(bytes))?)
}

#[derive(Default)]
struct ServerFaults {
    acknowledged: u64,
    refused: u64,
    lost: u64,
    unsound: u64,
    ended: u64,
}

impl ServerFaults {
    async fn prove(&mut self, disk: &str, cycles: u64, random: &mut impl Rng) -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let mut served = Served::new(folder.path())?;
        // A mount that only this process sees; a user namespace makes it possible without being root.
        let script = r#"mount -t tmpfs -o "$2" tmpfs "$1" && shift 2 && exec "$@""#;
        let words = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"];
        let mut under = words.map(OsString::from).to_vec();
        under.extend([served.data().into(), disk.into()]);
        served.start(&Day::at("09:40").training_clock(), &under, &[])?;
        let mut load = Load::new(&served, 3, 2, random.random()).await?;
        let inside = served.inside()?;
        let ballast = inside.join("ballast");
        let mut known = Held::default();
        for _ in 0..cycles {
            load.work(random.random_range(1..=20), || fill(&ballast)).await?;
            // What is kept back may be given up first, and the log may be written over from its beginning.
            while load.one_each().await {
                fill(&ballast)?;
            }
            self.refused += 1;
            self.check(&inside, &load, &known)?;
            fs::remove_file(&ballast)?;
            load.work(5, || Ok(())).await.context("it does not go on when there is room")?;
            self.check(&inside, &load, &known)?;
            known = load.told.held().clone();
            self.ended += u64::from(!served.running()?.is_running());
        }
        self.check(&inside, &load, &Held::default())?;
        self.acknowledged += load.told.answers();
        served.running()?.stop()
    }

    /// Looks at a copy, for which there is room: nobody asks the server anything meanwhile, so it is whole.
    fn check(&mut self, inside: &Path, load: &Load, known: &Held) -> anyhow::Result<()> {
        let copy = tempfile::tempdir()?;
        let names = ["guichet.sqlite3", "guichet.sqlite3-wal"];
        names.iter().try_for_each(|name| fs::copy(inside.join(name), copy.path().join(name)).map(drop))?;
        let file = copy.path().join(names[0]);
        // Whoever only reads needs what the writer made beside it: its log is taken in first.
        Connection::open(&file)?.query_row("SELECT COUNT(*) FROM meta", [], |_| Ok(()))?;
        let record = Record::open(&file)?;
        self.unsound += u64::from(record.integrity()? != "ok");
        let held = load.told.held().clone();
        self.lost += record.missing(&held, known)?;
        Ok(())
    }
}

/// A kiosk on a disk on which only some blocks are left, so that the room ends within any write.
fn prove_kiosk(cycles: u64, random: &mut impl Rng, verdict: &mut Verdict) -> anyhow::Result<()> {
    let most = usize::try_from(cycles)? * 30;
    let mut hall = Hall::start(most)?;
    let mut refused_in_all = 0;
    for _ in 0..cycles {
        leave(&hall.ballast, BLOCK * random.random_range(0..=40))?;
        let mut refused = Vec::new();
        while refused.len() < 2 {
            let code = hall.next()?;
            if !hall.scan(&code)? {
                // No paper, no number, nothing.
                refused.push(code);
            }
        }
        refused_in_all += refused.len();
        hall.papers_match_the_answers()?;
        fs::remove_file(&hall.ballast)?;
        for code in refused {
            ensure!(hall.scan(&code)?, "{code} is refused although there is room");
        }
        hall.papers_match_the_answers()?;
    }
    ensure!(hall.world.kiosks[0].screen.program()?.is_running(), "the kiosk ended");
    let events = hall.world.wait_for_events("checked_in", hall.accepted)?;
    hall.world.wait_for_events("ticket_printed", hall.accepted)?;
    let numbers: BTreeSet<&str> = events.iter().filter_map(|event| event["number"].as_str()).collect();
    verdict.figure("kiosk_filled", cycles);
    verdict.figure("kiosk_refused", refused_in_all);
    verdict.figure("kiosk_papers", hall.world.tickets(1)?.len());
    verdict.exactly("kiosk_numbers", numbers.len(), &hall.accepted);
    Ok(())
}

/// A hall whose kiosk has a small disk.
struct Hall {
    world: World,
    ballast: std::path::PathBuf,
    most: usize,
    came: usize,
    accepted: usize,
}

impl Hall {
    fn start(most: usize) -> anyhow::Result<Self> {
        let day = Day::at("09:40").crowd("D", most, "RT");
        let mut world = World::start(&Setup { printer_profile: "serial-text", ..Setup::new(day) })?;
        world.power_cut(1)?;
        let folder = world.folder().to_owned();
        let ballast = world.kiosks[0].screen.start_on_small_disk(&folder)?;
        Ok(Self { world, ballast, most, came: 0, accepted: 0 })
    }

    /// The code of whoever comes next.
    fn next(&mut self) -> anyhow::Result<String> {
        self.came += 1;
        ensure!(self.came <= self.most, "so many visitors were served that the disk cannot be full");
        Ok(format!("D{}", self.came))
    }

    /// Somebody shows a code; gives whether they were recorded.
    fn scan(&mut self, code: &str) -> anyhow::Result<bool> {
        let before = self.said()?;
        until("the scanner is open", || self.world.scan(1, code).ok())?;
        let (accepted, _) = until("the kiosk answers", || self.said().ok().filter(|said| *said != before))?;
        let is_recorded = accepted > before.0;
        self.accepted += usize::from(is_recorded);
        Ok(is_recorded)
    }

    /// How often the kiosk recorded somebody, and how often it could not.
    fn said(&mut self) -> anyhow::Result<(usize, usize)> {
        let log = self.world.kiosks[0].screen.program()?.log();
        let count = |words: &str| log.lines().filter(|line| line.contains(words)).count();
        Ok((count("outcome=\"accepted\""), count("a visitor could not be recorded")))
    }

    fn papers_match_the_answers(&self) -> anyhow::Result<()> {
        self.world.wait_for_tickets(1, self.accepted).map(drop)
    }
}

//! The server loses power while kiosks and agents work with it.

use super::{
    Outcome,
    disk::Disk,
    recording::Recording,
    trace::{Deed, strace},
};
use crate::{
    Day,
    prove::{
        load::{Held, Load},
        record::Record,
        served::Served,
    },
    world::{SAMPLE_CONFIG, SITE},
};
use anyhow::{Context, ensure};
use domain::{DeviceId, SiteId};
use protocol::json;
use rand::Rng;
use server::{Server, clock::Clock, config::Config};
use std::{collections::BTreeMap, path::Path};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// A recorded run of the server.
pub struct Recorded {
    recording: Recording,
    /// What it said to whom, with the place of the call among the calls.
    answers: Vec<(usize, Answer)>,
    _folder: TempDir,
}

/// One answer.
enum Answer {
    Facts(DeviceId, u64),
    Command(Uuid),
}

/// Lets the server work until so many answers came, and records it. `more` is what its environment has besides.
///
/// # Errors
/// If it does not work, or said more than the record shows.
pub fn record(runtime: &Runtime, answers: u64, seed: u64, more: &[(&str, &str)]) -> anyhow::Result<Recorded> {
    let folder = tempfile::tempdir()?;
    let mut served = Served::new(folder.path())?;
    let clock = Day::at("09:40").training_clock();
    served.start(&clock, &[], &[])?;
    let mut load = runtime.block_on(Load::new(&served, 3, 4, seed))?;
    served.running()?.kill()?;
    let before = Disk::of(&served.data())?;

    let trace = folder.path().join("trace");
    served.start(&clock, &strace(&trace), more)?;
    let process = served.running()?.id();
    runtime.block_on(load.work(answers, || Ok(())))?;
    served.running()?.stop()?;
    let recording = Recording::new(before, &trace, process)?;
    let answers = said(&recording, &load.tokens())?;
    let recorded = Recorded { recording, answers, _folder: folder };
    let all = recorded.held(|_| true);
    let heard = load.told.held();
    let is_known = |(device, through)| all.facts.get(device) >= Some(through);
    ensure!(heard.facts.iter().all(is_known), "a kiosk heard more than the server is seen to have said");
    ensure!(
        heard.commands.iter().all(|key| all.commands.contains(key)),
        "an agent heard an answer that is not seen"
    );
    Ok(recorded)
}

impl Recorded {
    /// Cuts the power and looks what is lost.
    ///
    /// # Errors
    /// If that cannot be done.
    pub fn prove(&self, runtime: &Runtime, cuts: u64, random: &mut impl Rng) -> anyhow::Result<Outcome> {
        Outcome::of(&self.recording, self.answers.len(), (cuts, random), |cut| {
            let held = self.held(|call| cut.is_after(&self.recording.calls[call]));
            runtime.block_on(judge(cut.folder, &held))
        })
    }

    /// What the server had said with the calls that count.
    fn held(&self, counts: impl Fn(usize) -> bool) -> Held {
        let mut held = Held::default();
        for (_, answer) in self.answers.iter().filter(|(call, _)| counts(*call)) {
            match answer {
                Answer::Facts(device, through) => {
                    let known = held.facts.entry(*device).or_default();
                    *known = (*known).max(*through);
                }
                Answer::Command(key) => held.commands.push(*key),
            }
        }
        held
    }
}

/// Finds the answers in what the server sent: each connection has one request at a time. A press is known by its
/// key, a kiosk by its secret.
fn said(recording: &Recording, tokens: &BTreeMap<String, DeviceId>) -> anyhow::Result<Vec<(usize, Answer)>> {
    let mut requests: BTreeMap<&str, String> = BTreeMap::new();
    let mut answers = Vec::new();
    for (index, call) in recording.calls.iter().enumerate() {
        match &call.deed {
            Deed::Received { socket, data } => {
                requests.entry(socket).or_default().push_str(&String::from_utf8_lossy(data));
            }
            Deed::Sent { socket, data } => {
                let said = String::from_utf8_lossy(data);
                let Some(request) = requests.remove(socket.as_str()) else { continue };
                if !said.starts_with("HTTP/1.1 200") && !said.starts_with("HTTP/1.1 409") {
                    continue;
                }
                let header = |name: &str| {
                    request
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::trim)
                        .unwrap_or_default()
                };
                let token = header("authorization: Bearer");
                if let Some(device) = tokens.get(token).filter(|_| request.contains("/facts ")) {
                    let body = said.split("\r\n\r\n").nth(1).context("an answer without a body")?;
                    let said: protocol::upload::Acknowledged = json::from_text(body)?;
                    answers.push((index, Answer::Facts(*device, said.acked_through)));
                } else if let Ok(key) = header("idempotency-key:").parse() {
                    answers.push((index, Answer::Command(key)));
                }
            }
            _ => {}
        }
    }
    Ok(answers)
}

/// Opens what a cut left as the server does, and gives how much is not there of what it had said.
async fn judge(folder: &Path, held: &Held) -> anyhow::Result<u64> {
    let mut config = Config::load(Path::new(SAMPLE_CONFIG))?;
    config.data_dir = folder.to_owned();
    let file = config.database();
    let server = Server::open(config, Clock::starting_at(Day::at("09:40").start.to_utc())).await?;
    let record = Record::open(&file)?;
    let integrity = record.integrity()?;
    ensure!(integrity == "ok", "{integrity}");
    ensure!(record.used_twice()? == (0, 0), "a number or a place of the log is taken twice");
    let (branch, seq) = {
        let live = server.app.sites.get(&SiteId::new(SITE)).context("no site")?.live();
        (live.branch.clone(), live.seq)
    };
    ensure!(record.replay(seq)? == branch, "the state is not what the log gives");
    let missing = record.missing(held, &Held::default())?;
    server.close().await;
    Ok(missing)
}

//! The hall of the proof: real server, kiosk and board, and kiosks of this process for numbers.

use super::kiosk::{FollowingKiosk, read_log};
use crate::{Agent, World, agent::Said, until, world::SITE};
use anyhow::Context;
use domain::{Event, LaneCode, SiteId, VisitId};
use protocol::{
    Cursor, Envelope, client::Client, client::ClientError, pairing::PairRequest, route::CounterAction,
};
use rand::{Rng, rngs::StdRng};
use std::collections::BTreeSet;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// What was found in all cycles.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// Numbers that were given.
    pub check_ins: usize,
    /// Visits that were served between a backup and its restore, and that a device saw served.
    pub served: usize,
    /// Events that the real kiosk handed back.
    pub handed_back: u64,
    /// Numbers that the restored server did not know in the end.
    pub lost: usize,
    /// Visits that were called after they had been served.
    pub called_again: usize,
    /// Visits of before that were called in turn while the log recovered.
    pub called_early: usize,
    /// Lanes that two kiosks hold.
    pub lanes_twice: usize,
    /// Lanes that were granted before every kiosk had come back.
    pub lanes_early: usize,
}

/// A running hall that is restored again and again.
pub struct Hall {
    world: World,
    runtime: Runtime,
    client: Client,
    agents: Vec<Agent>,
    kiosks: Vec<FollowingKiosk>,
    lanes: BTreeSet<LaneCode>,
    served: BTreeSet<VisitId>,
    scanned: usize,
    cycles: u64,
    found: Found,
}

/// How many counters work.
const COUNTERS: u16 = 3;
/// There are some twenty series of numbers, and the real kiosk and its successors need some.
const NEW_KIOSKS_MAX: usize = 8;

impl Hall {
    /// Agents sit down, and two kiosks are enrolled beside the real one.
    pub fn open(world: World) -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let client = world.client()?;
        let agents = runtime.block_on(async {
            let mut agents = Vec::new();
            for counter in 1..=COUNTERS {
                let name = format!("agent{counter}");
                agents.push(Agent::sign_in(&world, &name, world.password(counter.into()), counter).await?);
            }
            anyhow::Ok(agents)
        })?;
        let mut hall = Self {
            world,
            runtime,
            client,
            agents,
            kiosks: Vec::new(),
            lanes: BTreeSet::new(),
            served: BTreeSet::new(),
            scanned: 0,
            cycles: 0,
            found: Found::default(),
        };
        hall.enrol()?;
        hall.enrol()?;
        Ok(hall)
    }

    /// Some of a day, a backup, more of the day, and the server is restored.
    pub fn cycle(&mut self, random: &mut StdRng) -> anyhow::Result<()> {
        self.cycles += 1;
        self.come(random)?;
        self.serve(random)?;
        self.world.operate(&["backup"])?;
        let backup = self.cursor()?;
        self.come(random)?;
        self.scan()?;
        if self.kiosks.len() < NEW_KIOSKS_MAX && random.random_bool(0.3) {
            // A series of numbers of which the backup does not know.
            self.enrol()?;
        }
        self.serve(random)?;
        let head = self.cursor()?.seq;
        let log = self.runtime.block_on(read_log(&self.kiosks[0].client, backup, head))?;
        let heard = self.lose(&backup)?;
        // Every other time nobody but the real kiosk has heard of anything, and only what it heard can come back.
        let brought: Vec<(u64, Envelope)> =
            if self.cycles.is_multiple_of(2) { log.clone() } else { Vec::new() };
        let seen = if brought.is_empty() { heard } else { head };
        self.note_served(&log, seen);
        self.check_while_recovering()?;
        for kiosk in &self.kiosks {
            // Each has heard another part, and they come back in any order.
            let from = random.random_range(0..=brought.len() / 2);
            let part = if kiosk.lane == self.kiosks[0].lane { &brought[..] } else { &brought[from..] };
            self.runtime.block_on(kiosk.return_with(backup.epoch, part))?;
        }
        self.until_recovered()?;
        self.check_lanes()?;
        self.check_calls()
    }

    /// Everybody who is left is called; what is missing now is lost.
    pub fn close(mut self) -> anyhow::Result<Found> {
        let branch = self.runtime.block_on(self.client_snapshot())?.branch;
        let given = self.kiosks.iter().flat_map(FollowingKiosk::numbers);
        let given: BTreeSet<_> = given.collect();
        self.found.check_ins = given.len() + self.scanned;
        let real = branch.numbers.keys().filter(|number| !given.contains(*number)).count();
        let lost = given.iter().filter(|number| !branch.numbers.contains_key(*number)).count();
        self.found.lost = lost + self.scanned.saturating_sub(real);
        let log = std::fs::read_to_string(self.world.folder().join("kiosk1.log")).unwrap_or_default();
        self.found.handed_back = log.lines().filter_map(handed_back).sum();
        Ok(self.found)
    }

    async fn client_snapshot(&self) -> Result<protocol::snapshot::KioskSnapshot, ClientError> {
        self.kiosks[0].client.kiosk_snapshot(&SiteId::new(SITE)).await
    }

    fn cursor(&self) -> anyhow::Result<Cursor> {
        Ok(self.runtime.block_on(self.client_snapshot())?.cursor)
    }

    fn enrol(&mut self) -> anyhow::Result<()> {
        let socket = self.world.control_socket();
        let kiosk = self.runtime.block_on(FollowingKiosk::pair(&self.client, &socket))?;
        if !self.lanes.insert(kiosk.lane.clone()) {
            self.found.lanes_twice += 1;
        }
        self.kiosks.push(kiosk);
        Ok(())
    }

    fn come(&mut self, random: &mut StdRng) -> anyhow::Result<()> {
        for kiosk in &mut self.kiosks {
            self.runtime.block_on(kiosk.come(random.random_range(1..=4)))?;
        }
        Ok(())
    }

    /// Somebody shows a booking at the real kiosk.
    fn scan(&mut self) -> anyhow::Result<()> {
        self.scanned += 1;
        self.world.scan(1, &format!("RDV-{}", self.scanned))?;
        self.world.wait_for_tickets(1, self.scanned)?;
        Ok(())
    }

    /// Every agent calls some: they are received, or do not come, and the last may still be there.
    fn serve(&mut self, random: &mut StdRng) -> anyhow::Result<()> {
        for agent in &self.agents {
            for _ in 0..random.random_range(1..=4) {
                // Whoever is still there from before is finished first.
                let _finished_or_nobody = self.runtime.block_on(agent.act(CounterAction::Finish))?;
                if self.runtime.block_on(agent.act(CounterAction::CallNext))? != Said::Done {
                    break;
                }
                let end = if random.random_bool(0.1) { CounterAction::NoShow } else { CounterAction::Finish };
                if random.random_bool(0.8) {
                    self.runtime.block_on(agent.act(end))?;
                }
            }
        }
        Ok(())
    }

    /// Server and kiosk lose their power, and the server comes back from its backup. Gives up to where in the lost log
    /// the real kiosk had heard it.
    fn lose(&mut self, backup: &Cursor) -> anyhow::Result<u64> {
        let heard = self.world.heard_until_power_cut(1, backup.epoch)?;
        self.world.stop_server()?;
        let folder = self.world.folder().join("backups");
        let newest =
            std::fs::read_dir(folder)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let newest = newest.filter(|name| name.starts_with("guichet-")).max().context("no backup")?;
        let file = self.world.folder().join("backups").join(newest);
        self.world.operate(&["restore", &file.display().to_string()])?;
        self.world.start_server()?;
        Ok(heard)
    }

    /// Who was served, as far as a device saw it.
    fn note_served(&mut self, log: &[(u64, Envelope)], seen: u64) {
        for (_, envelope) in log.iter().filter(|(seq, _)| *seq <= seen) {
            match envelope.open().map(|recorded| recorded.event) {
                Some(Event::Finished { visit, .. }) => {
                    self.found.served += 1;
                    self.served.insert(visit);
                }
                Some(Event::LaneGranted { lane, .. }) => {
                    self.lanes.insert(lane);
                }
                _ => {}
            }
        }
    }

    /// Nobody of before is called, and no lane is given.
    fn check_while_recovering(&mut self) -> anyhow::Result<()> {
        for agent in &self.agents {
            let _finished_or_nobody = self.runtime.block_on(agent.act(CounterAction::Finish))?;
            if self.runtime.block_on(agent.act(CounterAction::CallNext))? == Said::Done {
                self.found.called_early += 1;
            }
        }
        let code =
            self.world.operate(&["pair", "--site", SITE, "--kind", "kiosk", "--name", "x", "--json"])?;
        let code: serde_json::Value = serde_json::from_str(&code)?;
        let code = code["code"].as_str().context("no code")?.to_owned();
        let request = PairRequest { code, incarnation: Uuid::from_bytes(rand::random()) };
        if self.runtime.block_on(self.client.pair(&request)).is_ok() {
            self.found.lanes_early += 1;
        }
        self.world.start_kiosk(1)
    }

    fn until_recovered(&self) -> anyhow::Result<()> {
        until("every device has come back", || {
            let health = self.runtime.block_on(self.client.health()).ok()?;
            (!health.recovering).then_some(())
        })
    }

    /// A kiosk that is enrolled now gets a lane that nobody has.
    fn check_lanes(&mut self) -> anyhow::Result<()> {
        if self.kiosks.len() < NEW_KIOSKS_MAX { self.enrol() } else { Ok(()) }
    }

    /// Everybody who is called from now on was not served before.
    fn check_calls(&mut self) -> anyhow::Result<()> {
        let before = self.cursor()?;
        for agent in &self.agents {
            for _ in 0..3 {
                let _finished_or_nobody = self.runtime.block_on(agent.act(CounterAction::Finish))?;
                let _called_or_nobody = self.runtime.block_on(agent.act(CounterAction::CallNext))?;
            }
        }
        let head = self.cursor()?.seq;
        let log = self.runtime.block_on(read_log(&self.kiosks[0].client, before, head))?;
        for (_, envelope) in &log {
            match envelope.open().map(|recorded| recorded.event) {
                Some(Event::Called { visit, .. }) if self.served.contains(&visit) => {
                    self.found.called_again += 1;
                }
                Some(Event::Finished { visit, .. }) => {
                    self.served.insert(visit);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// How many events a line of the kiosk's log says that it handed back.
fn handed_back(line: &str) -> Option<u64> {
    let rest = line.split("handed back what the server lost").nth(1)?.split("events=").nth(1)?;
    rest.split_whitespace().next()?.parse().ok()
}

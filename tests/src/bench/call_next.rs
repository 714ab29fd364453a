//! Calls of the next person, each by an agent who signed in and sits at a counter of their own.

use super::{
    Chain, Level,
    press::{self, Press},
};
use crate::{Agent, Day, Setup, World, wire::request, world::SITE};
use anyhow::{Context, ensure};
use domain::{CounterId, SiteId};
use protocol::route::{self, CounterAction};
use server::clock::Clock;

/// A hall with the most counters that are asked for.
pub struct Hall {
    world: World,
    agents: Vec<Agent>,
    chains: Vec<Chain>,
    arrived: usize,
    called: usize,
}

impl Hall {
    /// Builds it, with agents at all counters, and bookings for so many people.
    ///
    /// # Errors
    /// If a part does not start.
    pub async fn build(counters: usize, people: usize) -> anyhow::Result<Self> {
        let day = Day::at("09:40").crowd("RDV", people, "RT");
        let world = World::start(&Setup { kiosks: 0, agents: counters, counters, ..Setup::new(day) })?;
        let agents = Agent::at_all_counters(&world, counters).await?;
        let chains = Chain::all(&world).await?;
        Ok(Self { world, agents, chains, arrived: 0, called: 0 })
    }

    /// Lets `count` people come, and then so many agents call them one after the other. Between two calls, whoever was
    /// called is finished; that is not measured.
    ///
    /// # Errors
    /// If the server does not keep each call.
    pub async fn measure(&mut self, agents: usize, count: usize) -> anyhow::Result<Level> {
        self.let_come(count).await?;
        let mut lists = vec![Vec::new(); agents];
        for call in 0..count {
            let agent = &self.agents[call % agents];
            lists[call % agents].push(Press::timed(action(agent, CounterAction::CallNext)?));
            lists[call % agents].push(Press::between(action(agent, CounterAction::Finish)?));
        }
        let done = press::all(&self.world.door()?, lists).await?;
        self.called += count;
        let kept = self.world.events("called")?.len();
        ensure!(kept == self.called, "{kept} of {} calls are in the log", self.called);
        // Of the time that was spent in calls alone.
        let seconds = done.times.iter().sum::<f64>() / 1000.0 / agents as f64;
        Ok(Level::of(agents, done.times, seconds))
    }

    async fn let_come(&mut self, count: usize) -> anyhow::Result<()> {
        let (door, share) = (self.world.door()?, count.div_ceil(self.chains.len()));
        let mut wire = door.open().await?;
        let coming: Vec<String> =
            (self.arrived..self.arrived + count).map(|number| format!("RDV{}", number + 1)).collect();
        for (chain, references) in self.chains.iter_mut().zip(coming.chunks(share)) {
            wire.ask(&chain.check_in(references)?).await?.ok()?;
        }
        self.arrived += count;
        Ok(())
    }
}

/// An agent's press as a program sends it.
fn action(agent: &Agent, action: CounterAction) -> anyhow::Result<Vec<u8>> {
    let path = route::counter(&SiteId::new(SITE), CounterId(agent.counter), action);
    let (_, session) = agent.cookie.split_once('=').context("no session")?;
    let key = Clock::default().new_id();
    let lines = [&*format!("authorization: Bearer {session}"), &*format!("idempotency-key: {key}")];
    // A press without details has an empty body, of which the length has to be told.
    Ok(request("POST", &path, &[lines[0], lines[1], "content-length: 0"], ""))
}

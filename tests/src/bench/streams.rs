//! Everybody who listens while all counters call.

use super::Percentiles;
use crate::{Agent, World, agent::Said, device, until, world::SITE};
use anyhow::{Context, ensure};
use domain::{SiteId, board::BoardChange};
use futures_util::StreamExt;
use protocol::{
    client::{BoardFeed, FeedItem, follow},
    pairing::DeviceKind,
    route::CounterAction,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// When something came over each stream, the latest last.
type Arrivals = Arc<Vec<Mutex<Vec<Instant>>>>;

/// Changes that come faster are shown together on a desk (`server::console`): between two presses is more.
const BETWEEN_PRESSES: Duration = Duration::from_millis(150);

/// Everybody who listens to one site: a desk for each counter, and boards.
pub struct Streams {
    /// Who sits at the counters, from 1.
    pub agents: Vec<Agent>,
    consoles: Arrivals,
    boards: Arrivals,
}

impl Streams {
    /// Connects them all; `world` has an account for each counter.
    ///
    /// # Errors
    /// If one is not let in.
    pub async fn connect(world: &World, counters: usize, boards: usize) -> anyhow::Result<Self> {
        let agents = Agent::at_all_counters(world, counters).await?;
        let consoles = nothing_yet(counters);
        for (index, agent) in agents.iter().enumerate() {
            let mut stream = agent.watch().await?;
            let consoles = consoles.clone();
            tokio::spawn(async move {
                while let Some(Ok(bytes)) = stream.next().await {
                    if !bytes.starts_with(b"event: heartbeat") {
                        arrived(&consoles, index);
                    }
                }
            });
        }
        Ok(Self { agents, consoles, boards: listen(world, boards).await? })
    }

    /// Every counter calls, one call at a time; gives the times to the boards' and to the consoles' streams.
    ///
    /// # Errors
    /// If fewer people wait than there are calls, or somebody hears nothing of one.
    pub async fn measure(&self, calls: usize) -> anyhow::Result<(Percentiles, Percentiles)> {
        let (mut to_boards, mut to_consoles) = (Vec::new(), Vec::new());
        for agent in self.agents.iter().cycle().take(calls) {
            tokio::time::sleep(BETWEEN_PRESSES).await;
            let pressed = Instant::now();
            ensure!(agent.act(CounterAction::CallNext).await? == Said::Done, "nobody waits");
            for (arrivals, times) in [(&self.boards, &mut to_boards), (&self.consoles, &mut to_consoles)] {
                let first = until("the call is on every stream", || first_since(arrivals, pressed))?;
                times.extend(first.iter().map(|at| at.duration_since(pressed).as_secs_f64() * 1000.0));
            }
            tokio::time::sleep(BETWEEN_PRESSES).await;
            ensure!(agent.act(CounterAction::Finish).await? == Said::Done, "cannot finish");
        }
        Ok((Percentiles::of(to_boards), Percentiles::of(to_consoles)))
    }
}

fn nothing_yet(streams: usize) -> Arrivals {
    Arc::new((0..streams).map(|_| Mutex::default()).collect())
}

fn arrived(arrivals: &Arrivals, stream: usize) {
    arrivals[stream].lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
}

/// When the first thing after a moment came over each stream; nothing until all have heard.
fn first_since(arrivals: &Arrivals, moment: Instant) -> Option<Vec<Instant>> {
    let first = |stream: &Mutex<Vec<Instant>>| {
        let times = stream.lock().unwrap_or_else(PoisonError::into_inner);
        times.iter().find(|at| **at >= moment).copied()
    };
    arrivals.iter().map(first).collect()
}

async fn listen(world: &World, boards: usize) -> anyhow::Result<Arrivals> {
    let arrivals = nothing_yet(boards);
    let (ready, mut readied) = tokio::sync::mpsc::unbounded_channel();
    for board in 0..boards {
        let (client, _) =
            device::pair(&world.client()?, &world.control_socket(), DeviceKind::Board, Uuid::nil()).await?;
        let (arrivals, ready) = (arrivals.clone(), ready.clone());
        tokio::spawn(async move {
            let mut told = false;
            let feed = BoardFeed { client, site: SiteId::new(SITE) };
            follow(&feed, None, |item| {
                match item {
                    FeedItem::Heartbeat(_) if !std::mem::replace(&mut told, true) => drop(ready.send(())),
                    FeedItem::Event(data, _) if is_call(&data) => arrived(&arrivals, board),
                    _ => {}
                }
                true
            })
            .await;
        });
    }
    for _ in 0..boards {
        readied.recv().await.context("a board does not listen")?;
    }
    Ok(arrivals)
}

fn is_call(data: &str) -> bool {
    matches!(serde_json::from_str(data), Ok(BoardChange::Called(_)))
}

//! One call to many streams: from the agent's press to the bytes at each reader, the commit included.

use super::{Chain, Percentiles};
use crate::{
    Agent, Day, Setup, World,
    agent::Said,
    device,
    wire::{Door, Wire, request},
    world::SITE,
};
use anyhow::{Context, ensure};
use domain::SiteId;
use protocol::{
    pairing::DeviceKind,
    route::{self, CounterAction},
};
use serde::Serialize;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use uuid::Uuid;

/// How soon a call came to so many streams.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// How many read.
    pub streams: usize,
    /// Half had it sooner, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 had it sooner, in milliseconds.
    pub p99_ms: f64,
    /// All had it by then, in milliseconds.
    pub max_ms: f64,
    /// Memory of the server with all of them connected.
    pub resident_mb: f64,
}

/// How many connections are being opened at a time: a handshake takes its time, and the server waits for none.
const OPENING_MAX: usize = 32;
/// Longer than any delivery takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Something came over a stream.
enum Came {
    Call(Instant),
    End,
}

/// A hall with one agent and ever more readers.
pub struct Crowd {
    world: World,
    agent: Agent,
    door: Door,
    tell: mpsc::UnboundedSender<Came>,
    told: mpsc::UnboundedReceiver<Came>,
    readers: JoinSet<anyhow::Result<()>>,
}

impl Crowd {
    /// Builds it, with so many people who wait.
    ///
    /// # Errors
    /// If a part does not start.
    pub async fn build(people: usize) -> anyhow::Result<Self> {
        let day = Day::at("09:40").crowd("RDV", people, "RT");
        let world = World::start(&Setup { kiosks: 0, counters: 1, ..Setup::new(day) })?;
        let agent = Agent::sign_in(&world, "agent1", world.password(1), 1).await?;
        let door = world.door()?;
        let waiting: Vec<String> = (1..=people).map(|number| format!("RDV{number}")).collect();
        let chain = &mut Chain::all(&world).await?[0];
        door.open().await?.ask(&chain.check_in(&waiting)?).await?.ok()?;
        let (tell, told) = mpsc::unbounded_channel();
        Ok(Self { world, agent, door, tell, told, readers: JoinSet::new() })
    }

    /// Connects readers until there are `streams`, then calls `calls` times and gives how soon all had each call.
    ///
    /// # Errors
    /// If a reader does not hear of a call.
    pub async fn measure(&mut self, streams: usize, calls: usize) -> anyhow::Result<Delivery> {
        // From now on: what was called before is no delivery.
        let stream = board_stream(&self.world).await?;
        for wire in open_streams(&self.door, &stream, streams.saturating_sub(self.readers.len())).await? {
            self.readers.spawn(read(wire, self.tell.clone()));
        }
        let mut times = Vec::with_capacity(streams * calls);
        for _ in 0..calls {
            let pressed = Instant::now();
            ensure!(self.agent.act(CounterAction::CallNext).await? == Said::Done, "nobody waits");
            let came = self.each().await?;
            times.extend(came.iter().filter_map(|came| match came {
                Came::Call(at) => Some(at.duration_since(pressed).as_secs_f64() * 1000.0),
                Came::End => None,
            }));
            ensure!(self.agent.act(CounterAction::Finish).await? == Said::Done, "cannot finish");
            self.each().await?;
        }
        ensure!(times.len() == streams * calls, "{} deliveries of {}", times.len(), streams * calls);
        let Percentiles { p50, p99, max, .. } = Percentiles::of(times);
        let resident_mb = self.world.server_resident_mb()?;
        Ok(Delivery { streams, p50_ms: p50, p99_ms: p99, max_ms: max, resident_mb })
    }

    /// Waits until something came over every stream.
    async fn each(&mut self) -> anyhow::Result<Vec<Came>> {
        let mut came = Vec::with_capacity(self.readers.len());
        while came.len() < self.readers.len() {
            let next = tokio::select! {
                next = self.told.recv() => next.context("no reader")?,
                ended = self.readers.join_next() => anyhow::bail!("a reader ended: {ended:?}"),
                () = tokio::time::sleep(PATIENCE) => anyhow::bail!("only {} readers heard of it", came.len()),
            };
            came.push(next);
        }
        Ok(came)
    }
}

/// The request for a board's stream from now on.
///
/// # Errors
/// If the server takes no board.
pub async fn board_stream(world: &World) -> anyhow::Result<Vec<u8>> {
    let (client, paired) =
        device::pair(&world.client()?, &world.control_socket(), DeviceKind::Board, Uuid::nil()).await?;
    let site = SiteId::new(SITE);
    let cursor = client.board_snapshot(&site).await?.cursor;
    let lines = [
        &*format!("authorization: Bearer {}", paired.token),
        &*format!("last-event-id: {cursor}"),
        "accept: text/event-stream",
    ];
    Ok(request("GET", &route::board_stream(&site), &lines, ""))
}

/// Opens streams, a few at a time, each on a connection of its own; all have had their first sign of life.
///
/// # Errors
/// If the server does not open one.
pub async fn open_streams(door: &Door, stream: &[u8], count: usize) -> anyhow::Result<Vec<Wire>> {
    let places = Arc::new(Semaphore::new(OPENING_MAX));
    let mut opening = JoinSet::new();
    for _ in 0..count {
        let (door, stream, place) = (door.clone(), stream.to_owned(), places.clone().acquire_owned().await?);
        opening.spawn(async move {
            let _place = place;
            let mut wire = door.open().await?;
            wire.send(&stream).await?;
            let (status, _) = wire.head().await?;
            ensure!(status == 200, "a stream gave {status}");
            wire.next().await?;
            Ok(wire)
        });
    }
    let mut open = Vec::with_capacity(count);
    while let Some(wire) = opening.join_next().await {
        open.push(wire??);
    }
    Ok(open)
}

/// Tells of each call and of each end. Each comes as one piece, and is looked at no further than that: thousands of
/// readers work on the server's processors.
async fn read(mut wire: Wire, tell: mpsc::UnboundedSender<Came>) -> anyhow::Result<()> {
    loop {
        let piece = wire.next().await?;
        let at = Instant::now();
        ensure!(!piece.is_empty(), "the server ended a stream");
        let holds = |what: &[u8]| piece.windows(what.len()).any(|part| part == what);
        if holds(b"\"change\":\"called\"") {
            tell.send(Came::Call(at))?;
        }
        if holds(b"\"change\":\"ended\"") {
            tell.send(Came::End)?;
        }
    }
}

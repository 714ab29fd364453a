//! Thousands of readers to whom nothing happens, each on a connection of its own, while people check in: devices, which
//! ask for their stream over HTTP/1.1, and browsers, which speak HTTP/2.

use super::{Options, Proof, Verdict};
use crate::{
    Day, Setup, World,
    bench::{
        Chain, Percentiles,
        fan_out::{board_stream, open_streams},
        press::{self, Press},
    },
    device,
    process::allow_many_files,
    until,
    wire::{Wire, browser},
    world::SITE,
};
use anyhow::{bail, ensure};
use domain::SiteId;
use protocol::{pairing::DeviceKind, route};
use reqwest::{Response, Version};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// The proof.
pub const PROOF: Proof = Proof {
    name: "idle-streams",
    about: "10,000 idle streams of devices (--cycles: how many) and 100 of browsers, each a TLS connection: the server \
            stays under 200 MB, check-ins under 500 ms",
    run,
};

/// Streams over HTTP/2: more than there are counters.
const BROWSERS: usize = 100;
/// People who check in meanwhile, and the kiosks that send it.
const CHECK_INS: usize = 1000;
const CLIENTS: usize = 8;
/// Memory of the server with everybody connected, in MB.
const RESIDENT_MAX: f64 = 200.0;
/// 99 of 100 check-ins, in milliseconds.
const CHECK_IN_MAX: f64 = 500.0;

fn run(options: &Options) -> anyhow::Result<Verdict> {
    allow_many_files()?;
    super::in_runtime(prove(options))
}

async fn prove(options: &Options) -> anyhow::Result<Verdict> {
    let mut verdict = Verdict::default();
    let count = usize::try_from(options.cycles(10_000))?;
    let day = Day::at("09:40").crowd("RDV", CHECK_INS, "RT");
    let world = World::start(&Setup { kiosks: 0, agents: 0, ..Setup::new(day) })?;
    let mut lists = vec![Vec::new(); CLIENTS];
    let mut chains = Chain::all(&world).await?;
    for number in 0..CHECK_INS {
        let chain = number % chains.len();
        lists[chain % CLIENTS].push(Press::timed(chains[chain].check_in(&[format!("RDV{}", number + 1)])?));
    }
    let door = world.door()?;
    let alone_mb = world.server_resident_mb()?;
    let browsers = open_browsers(&world).await?;
    let with_browsers_mb = world.server_resident_mb()?;
    let open = open_streams(&door, &board_stream(&world).await?, count).await?;
    let (mut readers, beats) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    open.into_iter().for_each(|wire| drop(readers.spawn(read(wire, beats.clone()))));
    browsers.into_iter().for_each(|answer| drop(readers.spawn(browse(answer))));
    // A sign of life comes every ten seconds: afterwards all of them have been idle for a while.
    until("every stream has had another sign of life", || {
        (beats.load(Ordering::Relaxed) >= count).then_some(())
    })?;
    let resident_mb = world.server_resident_mb()?;
    let done = press::all(&door, lists).await?;
    let kept = world.events("checked_in")?.len();
    let Percentiles { p50, p99, .. } = Percentiles::of(done.times);
    let resident_mb = resident_mb.max(world.server_resident_mb()?);

    let ended = std::iter::from_fn(|| readers.try_join_next()).count();
    verdict.exactly("streams", count + BROWSERS - ended, &(count + BROWSERS));
    verdict.figure("resident_mb", resident_mb);
    verdict.figure("without_streams_mb", alone_mb);
    verdict.figure("stream_kb", kb_each(resident_mb - with_browsers_mb, count));
    verdict.figure("http2_stream_kb", kb_each(with_browsers_mb - alone_mb, BROWSERS));
    verdict.require(resident_mb <= RESIDENT_MAX, || format!("the server takes {resident_mb} MB"));
    verdict.exactly("check_ins", kept, &CHECK_INS);
    verdict.figure("check_in_p50_ms", p50);
    verdict.figure("check_in_p99_ms", p99);
    if options.is_full() {
        verdict.require(p99 < CHECK_IN_MAX, || format!("99 of 100 check-ins took up to {p99} ms"));
    }
    Ok(verdict)
}

fn kb_each(mb: f64, streams: usize) -> f64 {
    (mb * 1024.0 / streams as f64 * 10.0).round() / 10.0
}

/// Opens streams over HTTP/2; all have had their first sign of life.
async fn open_browsers(world: &World) -> anyhow::Result<Vec<Response>> {
    let site = SiteId::new(SITE);
    let (board, paired) =
        device::pair(&world.client()?, &world.control_socket(), DeviceKind::Board, Uuid::nil()).await?;
    let from = board.board_snapshot(&site).await?.cursor.to_string();
    let stream = format!("{}{}", world.url(), route::board_stream(&site));
    let mut open = Vec::with_capacity(BROWSERS);
    for _ in 0..BROWSERS {
        // A client for each: one alone would send them all over the same connection.
        let request = browser(world.authority())?.build()?.get(&stream);
        let mut answer = request.bearer_auth(&paired.token).header("last-event-id", &from).send().await?;
        ensure!(answer.status() == 200 && answer.version() == Version::HTTP_2, "{answer:?}");
        answer.chunk().await?;
        open.push(answer);
    }
    Ok(open)
}

/// Ends only if the server ends the stream.
async fn browse(mut answer: Response) -> anyhow::Result<()> {
    while answer.chunk().await?.is_some() {}
    bail!("the server ended a stream")
}

/// The same, and tells of each sign of life.
async fn read(mut wire: Wire, beats: Arc<AtomicUsize>) -> anyhow::Result<()> {
    loop {
        ensure!(!wire.next().await?.is_empty(), "the server ended a stream");
        beats.fetch_add(1, Ordering::Relaxed);
    }
}

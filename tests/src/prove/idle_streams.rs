//! Thousands of readers to whom nothing happens, each on a connection of its own, while people check in.

use super::{Options, Proof, Verdict};
use crate::{
    Day, Setup, World,
    bench::{
        Chain, Percentiles,
        fan_out::{board_stream, open_streams},
        press::{self, Press},
    },
    process::allow_many_files,
    until,
    wire::Wire,
};
use anyhow::ensure;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::task::JoinSet;

/// The proof.
pub const PROOF: Proof = Proof {
    name: "idle-streams",
    about: "10,000 idle streams over TLS (--cycles: how many), each a connection: the server stays under 200 MB, \
            check-ins under 500 ms",
    run,
};

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
    let open = open_streams(&door, &board_stream(&world).await?, count).await?;
    let (mut readers, beats) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    open.into_iter().for_each(|wire| drop(readers.spawn(read(wire, beats.clone()))));
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
    verdict.exactly("streams", count - ended, &count);
    verdict.figure("resident_mb", resident_mb);
    verdict.figure("without_streams_mb", alone_mb);
    verdict.require(resident_mb <= RESIDENT_MAX, || format!("the server takes {resident_mb} MB"));
    verdict.exactly("check_ins", kept, &CHECK_INS);
    verdict.figure("check_in_p50_ms", p50);
    verdict.figure("check_in_p99_ms", p99);
    if options.is_full() {
        verdict.require(p99 < CHECK_IN_MAX, || format!("99 of 100 check-ins took up to {p99} ms"));
    }
    Ok(verdict)
}

/// Ends only if the server ends the stream.
async fn read(mut wire: Wire, beats: Arc<AtomicUsize>) -> anyhow::Result<()> {
    loop {
        ensure!(!wire.next().await?.is_empty(), "the server ended a stream");
        beats.fetch_add(1, Ordering::Relaxed);
    }
}

//! Clients that say or take next to nothing, for ever: each kind is hung up on, while people check in.

use super::{Options, Proof, Verdict};
use crate::{
    Day, Setup, World,
    bench::{Chain, Percentiles},
    device, until,
    wire::{Door, Wire, browser, request},
    world::SITE,
};
use anyhow::{Context, ensure};
use domain::SiteId;
use protocol::{Cursor, pairing::DeviceKind, route};
use std::{
    collections::BTreeSet,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{io::AsyncWriteExt, task::JoinSet, time::interval};
use uuid::Uuid;

/// The proof.
pub const PROOF: Proof = Proof {
    name: "slow-clients",
    about: "slow handshakes, heads, bodies and readers, 20 of each (--cycles): dropped within 15 s, others unharmed",
    run,
};

/// How slow the slow ones are: a byte each time.
const DRIBBLE: Duration = Duration::from_millis(500);
/// Kiosks that go on meanwhile, and how often each has somebody.
const KIOSKS: usize = 8;
const ARRIVALS: Duration = Duration::from_millis(100);
/// What the slow readers find in the log: more than lies between two programs.
const FACTS: usize = 6000;
/// By when the last slow client has to be gone, in seconds.
const DROPPED_MAX: f64 = 15.0;
/// Room for what nobody reads, in bytes; the system doubles it.
const NARROW: u32 = 4096;

fn run(options: &Options) -> anyhow::Result<Verdict> {
    super::in_runtime(prove(options))
}

async fn prove(options: &Options) -> anyhow::Result<Verdict> {
    let count = usize::try_from(options.cycles(20))?;
    let world = World::start(&Setup { kiosks: 0, agents: 0, ..Setup::new(Day::at("09:40")) })?;
    let door = world.door()?;
    let mut chains = Chain::all(&world).await?;
    fill_log(&door, &mut chains).await?;
    let others = Others::begin(&door, chains);

    let mut verdict = Verdict::default();
    let (mut slow, mut begun) = (Slow::new(&world).await?, Vec::new());
    for kind in Kind::ALL {
        for _ in 0..count {
            let (began, port) = (Instant::now(), slow.begin(kind).await?);
            begun.push(Begun { kind, port, began, dropped_after: None });
        }
    }
    // Whoever is still there when patience ends is a fault of the count.
    let _patience_ended = until("every slow client is dropped", || {
        let held = connected(world.port()).ok()?;
        for client in begun.iter_mut().filter(|client| !held.contains(&client.port)) {
            client.dropped_after.get_or_insert_with(|| client.began.elapsed().as_secs_f64());
        }
        begun.iter().all(|client| client.dropped_after.is_some()).then_some(())
    });
    let slowest = |kind: Option<Kind>| {
        let clients = begun.iter().filter(|client| kind.is_none_or(|kind| client.kind == kind));
        let seconds = clients.filter_map(|client| client.dropped_after).fold(0.0, f64::max);
        (seconds * 10.0).round() / 10.0
    };
    for kind in Kind::ALL {
        verdict.figure(kind.key(), slowest(Some(kind)));
    }
    let dropped = begun.iter().filter(|client| client.dropped_after.is_some()).count();
    verdict.exactly("dropped", dropped, &begun.len());
    let last = slowest(None);
    verdict.figure("dropped_after_s", last);
    if options.is_full() {
        verdict.require(last <= DROPPED_MAX, || format!("the last one was dropped after {last} s"));
    }
    let times = others.end().await?;
    let kept = world.events("checked_in")?.len() - FACTS;
    verdict.exactly("check_ins", kept, &times.len());
    verdict.require(kept > 0, || "nobody checked in meanwhile".into());
    let Percentiles { p50, p99, max, .. } = Percentiles::of(times);
    verdict.figure("check_in_p50_ms", p50);
    verdict.figure("check_in_p99_ms", p99);
    verdict.figure("check_in_max_ms", max);
    Ok(verdict)
}

/// A slow client.
struct Begun {
    kind: Kind,
    /// On its side.
    port: u16,
    began: Instant,
    /// In seconds.
    dropped_after: Option<f64>,
}

/// A way of being slow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Handshake,
    Head,
    Body,
    Reader,
    Http2Reader,
}

impl Kind {
    /// All of them, the ones that take longest to begin first.
    const ALL: [Self; 5] = [Self::Http2Reader, Self::Reader, Self::Body, Self::Head, Self::Handshake];

    /// After how many seconds the last of them was dropped.
    fn key(self) -> &'static str {
        match self {
            Self::Handshake => "slow_handshakes_s",
            Self::Head => "slow_heads_s",
            Self::Body => "slow_bodies_s",
            Self::Reader => "slow_readers_s",
            Self::Http2Reader => "slow_http2_readers_s",
        }
    }
}

/// The slow ones. They go on until they are dropped, or this is.
struct Slow {
    door: Door,
    url: String,
    authority: String,
    server_port: u16,
    token: String,
    stream: String,
    from: Cursor,
    clients: JoinSet<()>,
}

impl Slow {
    async fn new(world: &World) -> anyhow::Result<Self> {
        let site = SiteId::new(SITE);
        let (client, paired) =
            device::pair(&world.client()?, &world.control_socket(), DeviceKind::Kiosk, Uuid::nil()).await?;
        let cursor = client.kiosk_snapshot(&site).await?.cursor;
        Ok(Self {
            door: world.door()?,
            url: world.url(),
            authority: world.authority().to_owned(),
            server_port: world.port(),
            token: paired.token,
            stream: route::kiosk_stream(&site),
            // From the beginning: there is much to read.
            from: Cursor { seq: 0, ..cursor },
            clients: JoinSet::new(),
        })
    }

    /// Lets one begin; gives the port of its side.
    async fn begin(&mut self, kind: Kind) -> anyhow::Result<u16> {
        match kind {
            Kind::Handshake => {
                let mut stream = self.door.open_bare(None).await?;
                let port = stream.local_addr()?.port();
                // The head of a TLS record that promises a greeting of 500 bytes, and then zeros.
                stream.write_all(&[0x16, 3, 1, 1, 0xf4, 1]).await?;
                self.clients.spawn(async move {
                    let mut slowly = interval(DRIBBLE);
                    while stream.write_all(&[0]).await.is_ok() {
                        slowly.tick().await;
                    }
                });
                Ok(port)
            }
            Kind::Head => {
                let wire = self.door.open().await?;
                self.dribble(wire, b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-long: ").await
            }
            Kind::Body => {
                let wire = self.door.open().await?;
                let head = format!(
                    "POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n",
                    route::PAIR
                );
                self.dribble(wire, head.as_bytes()).await
            }
            Kind::Reader => {
                let mut wire = self.door.open_narrow(Some(NARROW)).await?;
                let port = wire.port()?;
                let (token, from) = (
                    format!("authorization: Bearer {}", self.token),
                    format!("last-event-id: {}", self.from),
                );
                wire.send(&request("GET", &self.stream, &[&token, &from], "")).await?;
                self.clients.spawn(async move {
                    let _wire = wire;
                    std::future::pending().await
                });
                Ok(port)
            }
            Kind::Http2Reader => self.http2_reader().await,
        }
    }

    async fn dribble(&mut self, mut wire: Wire, beginning: &[u8]) -> anyhow::Result<u16> {
        wire.send(beginning).await?;
        let port = wire.port()?;
        self.clients.spawn(async move {
            let mut slowly = interval(DRIBBLE);
            while wire.send(b"1").await.is_ok() {
                slowly.tick().await;
            }
        });
        Ok(port)
    }

    /// One that answers whether it is there, but takes nothing of its stream.
    async fn http2_reader(&mut self) -> anyhow::Result<u16> {
        let before = connected(self.server_port)?;
        let http = browser(&self.authority)?
            .http2_initial_stream_window_size(65_535)
            .http2_initial_connection_window_size(65_535)
            .build()?;
        let stream = http.get(format!("{}{}", self.url, self.stream)).bearer_auth(&self.token);
        let answer =
            stream.header("last-event-id", self.from.to_string()).send().await?.error_for_status()?;
        ensure!(answer.version() == reqwest::Version::HTTP_2, "the server does not speak HTTP/2");
        let port = connected(self.server_port)?.difference(&before).next().copied();
        self.clients.spawn(async move {
            let _unread = (http, answer);
            std::future::pending().await
        });
        port.context("the connection is not there")
    }
}

/// Those who are not slow.
struct Others {
    stop: Arc<AtomicBool>,
    kiosks: JoinSet<anyhow::Result<Vec<f64>>>,
}

impl Others {
    fn begin(door: &Door, chains: Vec<Chain>) -> Self {
        let (stop, mut kiosks) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        // Their numbers are those that are left.
        for (kiosk, mut chain) in chains.into_iter().rev().take(KIOSKS).enumerate() {
            let (door, stop) = (door.clone(), stop.clone());
            kiosks.spawn(async move {
                let (mut wire, mut times, mut arrivals) =
                    (door.open().await?, Vec::new(), interval(ARRIVALS));
                while !stop.load(Ordering::Relaxed) {
                    arrivals.tick().await;
                    let fact = chain.check_in(&[format!("NEXT{kiosk}-{}", times.len())])?;
                    let sent = Instant::now();
                    wire.ask(&fact).await?.ok()?;
                    times.push(sent.elapsed().as_secs_f64() * 1000.0);
                }
                Ok(times)
            });
        }
        Self { stop, kiosks }
    }

    /// What each check-in took, in milliseconds; none failed.
    async fn end(mut self) -> anyhow::Result<Vec<f64>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut times = Vec::new();
        while let Some(kiosk) = self.kiosks.join_next().await {
            times.extend(kiosk?.context("somebody could not check in")?);
        }
        Ok(times)
    }
}

async fn fill_log(door: &Door, chains: &mut [Chain]) -> anyhow::Result<()> {
    let people: Vec<String> = (1..=FACTS).map(|number| format!("RDV{number}")).collect();
    let mut wire = door.open().await?;
    for (chain, references) in chains.iter_mut().zip(people.chunks(400)) {
        wire.ask(&chain.check_in(references)?).await?.ok()?;
    }
    Ok(())
}

/// The ports on the other side of a server's connections that neither side has closed.
fn connected(server: u16) -> anyhow::Result<BTreeSet<u16>> {
    const ESTABLISHED: &str = "01";
    let table = fs::read_to_string("/proc/net/tcp")?;
    let port = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
    let of_server = table.lines().skip(1).filter_map(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let (here, there, state) = (columns.next()?, columns.next()?, columns.next()?);
        (port(here)? == server && state == ESTABLISHED).then(|| port(there))?
    });
    Ok(of_server.collect())
}

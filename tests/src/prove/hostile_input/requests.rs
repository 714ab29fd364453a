//! What is sent to the server's port.

use super::noise;
use crate::{
    Agent, Day, Setup, World,
    agent::Said,
    device::{self, SimulatedKiosk},
    prove::Verdict,
    wait::PATIENCE,
    world::SITE,
};
use anyhow::Context;
use protocol::{
    client::Client,
    pairing::DeviceKind,
    route::{CounterAction, VisitAction},
};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, pki_types::pem::PemObject};
use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Connections at once.
const AT_ONCE: usize = 12;
/// What is not answered by then is no whole request: this side ends.
const WHOLE_WITHIN: Duration = Duration::from_millis(250);

/// Who may ask, by tokens that are true.
#[derive(Clone)]
struct Keys {
    kiosk: String,
    board: String,
    agent: String,
    cookie: String,
}

/// What the server said.
#[derive(Default)]
struct Tally {
    /// Answers by their status; 0 is a connection that was closed without one.
    statuses: BTreeMap<u16, u64>,
    /// Answers that blame the server, other than « later » with a time.
    faults: Vec<String>,
    /// Connections that neither answered nor ended.
    stuck: u64,
}

pub fn run(seed: u64, inputs: u64, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut world = World::start(&Setup { kiosks: 0, ..Setup::new(Day::at("09:40")) })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (keys, agent) = runtime.block_on(prepare(&world))?;
    let before = events(&world)?;
    let tls = Arc::new(tls(&world)?);
    let (port, next, tally) = (world.port(), AtomicU64::new(0), Mutex::new(Tally::default()));
    let ask = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= inputs {
                return anyhow::Ok(());
            }
            let request = hostile(&mut noise::maker(seed, 3, at), &keys);
            let answer = exchange(&tls, port, &request)?;
            tally.lock().unwrap_or_else(PoisonError::into_inner).note(at, &answer);
        }
    };
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().try_for_each(|thread| thread.join().unwrap_or(Ok(())))
    })?;
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let said: Vec<String> =
        tally.statuses.iter().map(|(status, count)| format!("{status}:{count}")).collect();
    verdict.figure("requests", inputs);
    verdict.figure("answers", said.join(","));
    verdict.exactly("requests_stuck", tally.stuck, &0);
    verdict.exactly("server_faults", tally.faults.len(), &0);
    verdict.require(tally.faults.is_empty(), || tally.faults.join("\n"));
    let after = events(&world)?;
    verdict.require(after == before, || format!("something was carried out: {before:?} became {after:?}"));
    let said = runtime.block_on(agent.act(CounterAction::CallNext))?;
    verdict.require(said == Said::Done, || format!("the next press was answered with {said:?}"));
    let server = world.server()?;
    let panics =
        server.log().matches("panicked at").count() + server.log().matches("fault of its own").count();
    verdict.require(server.is_running(), || "the server is gone".into());
    verdict.exactly("server_panics", panics, &0);
    Ok(())
}

/// Somebody waits and somebody sits at a counter, so that a press would have an effect.
async fn prepare(world: &World) -> anyhow::Result<(Keys, Agent)> {
    let client: Client = world.client()?;
    let socket = world.control_socket();
    let mut waiting = SimulatedKiosk::pair(&client, &socket).await?;
    waiting.state_facts(3).await?;
    let (_, kiosk) = device::pair(&client, &socket, DeviceKind::Kiosk, Uuid::from_u128(2)).await?;
    let (_, board) = device::pair(&client, &socket, DeviceKind::Board, Uuid::from_u128(3)).await?;
    let agent = Agent::sign_in(world, "agent1", world.password(1), 1).await?;
    let secret = agent.cookie.split_once('=').context("a cookie without a value")?.1.to_owned();
    let keys = Keys { kiosk: kiosk.token, board: board.token, agent: secret, cookie: agent.cookie.clone() };
    Ok((keys, agent))
}

/// How many events of each kind are in the log, apart from those that only time brings.
fn events(world: &World) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut counts = world.event_counts()?;
    counts.retain(|kind, _| !kind.starts_with("day_"));
    Ok(counts)
}

fn tls(world: &World) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(rustls::pki_types::CertificateDer::from_pem_slice(world.authority().as_bytes())?)?;
    Ok(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

/// Sends bytes and reads until the server ends it; `None` if it does not.
fn exchange(tls: &Arc<ClientConfig>, port: u16, request: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(WHOLE_WITHIN))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let connection = ClientConnection::new(Arc::clone(tls), "127.0.0.1".try_into()?)?;
    let mut stream = StreamOwned::new(connection, stream);
    // The server may have said no before the end.
    let _cut_short = stream.write_all(request).and_then(|()| stream.flush());
    let (mut answer, mut chunk) = (Vec::new(), [0; 16 << 10]);
    let (deadline, mut ended) = (Instant::now() + PATIENCE, false);
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(Some(answer)),
            Ok(count) => answer.extend_from_slice(&chunk[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if !std::mem::replace(&mut ended, true) {
                    stream.conn.send_close_notify();
                    let _gone = stream.flush();
                    let _gone = stream.sock.shutdown(Shutdown::Write);
                } else if Instant::now() > deadline {
                    return Ok(None);
                }
            }
            // Closed in the middle of something: an answer too.
            Err(_) => return Ok(Some(answer)),
        }
    }
}

impl Tally {
    fn note(&mut self, at: u64, answer: &Option<Vec<u8>>) {
        let Some(answer) = answer else {
            self.stuck += 1;
            return;
        };
        let text = String::from_utf8_lossy(answer);
        let heads: Vec<&str> = text.match_indices("HTTP/1.1 ").map(|(start, _)| &text[start..]).collect();
        if heads.is_empty() {
            *self.statuses.entry(0).or_default() += 1;
        }
        for head in heads {
            let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
            *self.statuses.entry(status).or_default() += 1;
            let head = head.split("\r\n\r\n").next().unwrap_or_default();
            let is_later = status == 503 && head.to_ascii_lowercase().contains("\r\nretry-after: ");
            if status >= 500 && !is_later {
                self.faults.push(format!("request {at}: {head}"));
            }
        }
    }
}

/// A request that can mean nothing: where its head is right, its body is not, and the other way round.
fn hostile(rng: &mut StdRng, keys: &Keys) -> Vec<u8> {
    match rng.random_range(0..16) {
        0 => noise::bytes(rng, 2000),
        1 => {
            // What is left of it may be right: it must be nobody's who could do anything.
            let right = broken_body(rng, &Keys { agent: "nobody".into(), ..keys.clone() });
            noise::spoiled(rng, &right)
        }
        2 => head_of_rubbish(rng, keys),
        3 => {
            let mut preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
            preface.extend(frames(rng));
            preface
        }
        4 | 5 => broken_path(rng, keys),
        6 => broken_headers(rng, keys),
        7 => broken_length(rng, keys),
        8 => broken_form(rng, keys),
        _ => broken_body(rng, keys),
    }
}

/// Frames of HTTP/2 that nobody asked for.
fn frames(rng: &mut StdRng) -> Vec<u8> {
    let mut frames = Vec::new();
    for _ in 0..rng.random_range(0..6) {
        let content = noise::bytes(rng, 200);
        let length = if rng.random_bool(0.8) { content.len() as u32 } else { rng.random_range(0..1 << 24) };
        frames.extend_from_slice(&length.to_be_bytes()[1..]);
        frames.extend([rng.random_range(0..12_u8), rng.random::<u8>()]);
        frames.extend(rng.random_range(0..9_u32).to_be_bytes());
        frames.extend(content);
    }
    frames
}

/// A way to say who asks.
fn who(rng: &mut StdRng, keys: &Keys) -> String {
    let bearer = |token: &str| format!("authorization: Bearer {token}\r\n");
    match rng.random_range(0..6) {
        0 => String::new(),
        1 => bearer(&keys.kiosk),
        2 => bearer(&keys.board),
        3 => bearer(&keys.agent),
        // A cookie counts only together with the page's own origin, which is not sent.
        4 => format!("cookie: {}\r\n", keys.cookie),
        _ => bearer(&noise::text(rng).replace(|c: char| c.is_control() || !c.is_ascii(), "?")),
    }
}

/// Every address of the interface to which something is sent.
fn posts(rng: &mut StdRng) -> String {
    let site = if rng.random_bool(0.9) { SITE } else { "roubaix" };
    let counter = rng.random_range(0..12);
    let (lane, number) = (rng.random_range('A'..='Z'), rng.random_range(0..1000));
    let at_counter = CounterAction::ALL.choose(rng).map_or("open", |action| action.path());
    let on_visit = VisitAction::ALL.choose(rng).map_or("leave", |action| action.path());
    match rng.random_range(0..4) {
        0 => device_post(rng),
        1 | 2 => format!("/api/v1/sites/{site}/counters/{counter}/{at_counter}"),
        _ => format!("/api/v1/sites/{site}/visits/{lane}{number:03}/{on_visit}"),
    }
}

/// Every address to which devices send something.
fn device_post(rng: &mut StdRng) -> String {
    match rng.random_range(0..3) {
        0 => protocol::route::PAIR.into(),
        1 => protocol::route::INCARNATION.into(),
        _ => format!("/api/v1/sites/{SITE}/facts"),
    }
}

/// Every address from which something is read.
fn gets(rng: &mut StdRng) -> String {
    let paths = [
        "healthz",
        "api/openapi.json",
        "api/v1/authority.pem",
        "console",
        "console/sign-in",
        "console/counters/1",
    ];
    let of_site = ["kiosk/snapshot", "kiosk/stream", "board/snapshot", "board/stream", "waits"];
    match rng.random_range(0..2) {
        0 => format!("/{}", paths.choose(rng).copied().unwrap_or_default()),
        _ => format!("/api/v1/sites/{SITE}/{}", of_site.choose(rng).copied().unwrap_or_default()),
    }
}

/// Right in everything but what is said. An object with fields that nobody knows is no fault, so each has one that is
/// known and wrong.
fn broken_body(rng: &mut StdRng, keys: &Keys) -> Vec<u8> {
    let id = Uuid::from_u128(rng.random());
    let rubbish = noise::json(rng);
    let of_devices = rng.random_bool(0.4);
    let body: Vec<u8> = match rng.random_range(0..8) {
        0 => noise::bytes(rng, 300),
        1 => b"{\"code\": \"\xff\xfe\"}".to_vec(),
        2 if of_devices => {
            format!("{{\"code\":{rubbish},\"incarnation\":{}}}", noise::json(rng)).into_bytes()
        }
        3 if of_devices => format!("{{\"incarnation\":\"{id}\",\"facts\":{rubbish}}}").into_bytes(),
        4 => format!("{{\"number\":{rubbish},\"minutes\":{{}},\"into\":{{}}}}").into_bytes(),
        5 => format!("{{\"service\":[{rubbish}],\"place\":1,\"into\":7}}").into_bytes(),
        6 => {
            let many = rng.random_range(1..9);
            format!("{{\"minutes\":{many}0000000000000000000000,\"into\":[]}}").into_bytes()
        }
        _ => format!("[{rubbish}]").into_bytes(),
    };
    let kinds = [
        "application/json",
        "application/json; charset=utf-16",
        "text/plain",
        "application/x-www-form-urlencoded",
    ];
    let kind = if rng.random_bool(0.8) { kinds[0] } else { kinds.choose(rng).copied().unwrap_or_default() };
    let path = if of_devices { device_post(rng) } else { posts(rng) };
    let (who, length) = (who(rng, keys), body.len());
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{who}content-type: {kind}\r\n\
         content-length: {length}\r\n\r\n"
    );
    [head.into_bytes(), body].concat()
}

/// A line that is none.
fn head_of_rubbish(rng: &mut StdRng, keys: &Keys) -> Vec<u8> {
    let method = [
        "GET",
        "get",
        "G\u{0}T",
        "PÖST",
        "",
        "GETGETGETGET",
        "BREW",
        "TRACE",
        "CONNECT",
        "OPTIONS",
        "PUT",
        "DELETE",
    ];
    let method = method.choose(rng).copied().unwrap_or_default();
    let version = ["HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "HTTP/", "http/1.1", "", "HTTP/1.1 HTTP/1.1"];
    let version = version.choose(rng).copied().unwrap_or_default();
    let path = if rng.random() { posts(rng) } else { noise::text(rng) };
    format!("{method} {path} {version}\r\nhost: localhost\r\n{}content-type: x\r\n\r\n", who(rng, keys))
        .into_bytes()
}

/// An address that leads nowhere.
fn broken_path(rng: &mut StdRng, keys: &Keys) -> Vec<u8> {
    let rubbish = noise::text(rng);
    let encoded: String = rubbish.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let part = match rng.random_range(0..6) {
        0 => rubbish,
        1 => "%ff%fe%80".into(),
        2 => "%".into(),
        3 => "a".repeat(rng.random_range(1..20_000)),
        4 => "../".repeat(rng.random_range(1..50)),
        _ => encoded,
    };
    let path = match rng.random_range(0..7) {
        0 => format!("/{part}"),
        1 => format!("/api/v1/sites/{part}/kiosk/snapshot"),
        2 => format!("/api/v1/sites/{SITE}/counters/{part}/call-next"),
        3 => format!("/api/v1/sites/{SITE}/visits/{part}/leave"),
        4 => format!("/api/v1/sites/{SITE}/counters/1/{part}"),
        5 => format!("/console/counters/{part}/stream"),
        _ => format!("/console/assets/{part}"),
    };
    let method = if rng.random() { "GET" } else { "POST" };
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{}content-type: application/json\r\n\r\n", who(rng, keys)).into_bytes()
}

/// Right but for a header.
fn broken_headers(rng: &mut StdRng, keys: &Keys) -> Vec<u8> {
    let rubbish = noise::text(rng);
    let broken = match rng.random_range(0..8) {
        0 => format!("last-event-id: {rubbish}\r\n"),
        1 => format!("cookie: __Host-guichet={rubbish}; guichet={rubbish}\r\n"),
        2 => format!("authorization: {rubbish}\r\n"),
        3 => "x-a: b\r\n".repeat(rng.random_range(60..2000)),
        4 => format!("x-long: {}\r\n", "a".repeat(rng.random_range(1000..200_000))),
        5 => format!("{rubbish}: {rubbish}\r\n"),
        6 => format!("accept-language: {rubbish}\r\nhost: {rubbish}\r\n"),
        _ => " folded\r\n\tand on\r\n".into(),
    };
    let keyed = rng.random_bool(0.3);
    let (method, path) = if keyed { ("POST", posts(rng)) } else { ("GET", gets(rng)) };
    let key =
        if keyed { format!("idempotency-key: no{}\r\n", rng.random_range(0..100)) } else { String::new() };
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{key}{broken}{}\r\n",
        who(rng, keys)
    )
    .into_bytes()
}

/// A body that is not as long as it says, or says two things.
fn broken_length(rng: &mut StdRng, keys: &Keys) -> Vec<u8> {
    let length = match rng.random_range(0..7) {
        0 => "content-length: -1\r\n\r\n{}".to_owned(),
        1 => format!("content-length: {}\r\n\r\n{{}}", u64::MAX),
        2 => "content-length: 2\r\ncontent-length: 3\r\n\r\n{}".into(),
        3 => "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".into(),
        4 => format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{{", rng.random::<u64>()),
        5 => "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n".into(),
        _ => "content-length: 20\r\n\r\n{".into(),
    };
    format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\n{}content-type: application/json\r\n{length}",
        posts(rng),
        who(rng, keys)
    )
    .into_bytes()
}

/// A form of the console, from another page than the console's.
fn broken_form(rng: &mut StdRng, keys: &Keys) -> Vec<u8> {
    let body = match rng.random_range(0..4) {
        0 => noise::bytes(rng, 300),
        1 => format!("key={}&name={}", noise::text(rng), noise::text(rng)).into_bytes(),
        2 => b"name=%ff%fe&password=%00".to_vec(),
        _ => b"key=00000000-0000-0000-0000-000000000000".to_vec(),
    };
    let action = CounterAction::ALL.choose(rng).map_or("open", |action| action.path());
    let path = match rng.random_range(0..4) {
        0 => "/console/language".to_owned(),
        1 => "/console/sign-out".into(),
        _ => format!("/console/counters/{}/{action}", rng.random_range(0..12)),
    };
    let origin = if rng.random() { "origin: https://example.org\r\n" } else { "origin: null\r\n" };
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{origin}cookie: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        keys.cookie,
        body.len()
    );
    [head.into_bytes(), body].concat()
}

//! What a server that has lost its mind, or somebody in its place, sends on a stream.

use super::noise;
use crate::{
    prove::Verdict,
    windowless::{Alone, EPOCH},
};
use anyhow::ensure;
use domain::{Language, SiteId};
use kiosk::reception::{News, Outcome, Reception};
use protocol::{
    Cursor,
    client::{Client, FeedItem, KioskFeed, follow},
    sse::Parser,
};
use rand::{Rng, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Fragments on one connection: the client hangs up at the first that breaks a rule.
const ON_ONE: u64 = 8;

/// What became of them.
#[derive(Default)]
struct Tally {
    /// Messages that the parser found in them.
    messages: u64,
    /// What the follower handed on.
    events: u64,
    heartbeats: u64,
    /// Connections that it gave up.
    lost: u64,
}

pub fn run(seed: u64, inputs: u64, verdict: &mut Verdict) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let Alone { mut reception, clock, .. } = Alone::open(folder.path(), 1)?;
    let now = clock.now().time;
    let mut tally = Tally::default();
    let connections = inputs.div_ceil(ON_ONE);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let client = Client::new(&format!("http://{}", listener.local_addr()?), None, Some("token".into()))?;
        for connection in 0..connections {
            let fragments: Vec<Vec<u8>> = (connection * ON_ONE..inputs.min((connection + 1) * ON_ONE))
                .map(|at| fragment(&mut noise::maker(seed, 2, at)))
                .collect();
            let mut parser = Parser::default();
            for bytes in &fragments {
                let parsed = parser.push(bytes);
                tally.messages += parsed.map_or(0, |messages| messages.len() as u64);
            }
            converse(&listener, &client, &fragments, &mut reception, &mut tally).await?;
        }
        anyhow::Ok(())
    })?;
    verdict.figure("fragments", inputs);
    verdict.figure("messages", tally.messages);
    verdict.figure("events_followed", tally.events);
    verdict.figure("heartbeats_followed", tally.heartbeats);
    verdict.exactly("connections_given_up", tally.lost, &connections);
    // A kiosk states nothing because of what it hears, and serves whoever comes next.
    let stated = reception.outgoing()?.map_or(0, |outgoing| outgoing.facts.len());
    verdict.exactly("facts_of_rubbish", stated, &0);
    reception.hear(vec![News::Heartbeat(now)])?;
    let next = reception.check_in("RDV-0", &Language::new("fr"))?;
    verdict.require(matches!(next, Outcome::Issued(_)), || format!("the next visitor was told {next:?}"));
    Ok(())
}

/// The client follows, and is sent these fragments.
async fn converse(
    listener: &TcpListener,
    client: &Client,
    fragments: &[Vec<u8>],
    reception: &mut Reception,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let serve = async {
        let (stream, _) = listener.accept().await?;
        serve(stream, fragments).await
    };
    let mut news = Vec::new();
    let feed = KioskFeed { client: client.clone(), site: SiteId::new("lille") };
    let read = follow(&feed, Some(Cursor { epoch: EPOCH, seq: 1 }), |item| match item {
        FeedItem::Event(text, cursor) => {
            news.push(News::Event(text, cursor));
            true
        }
        FeedItem::Heartbeat(heartbeat) => {
            news.push(News::Heartbeat(heartbeat.server_time));
            true
        }
        FeedItem::Snapshot(..) => true,
        FeedItem::Lost(_) => false,
    });
    let (served, ()) = tokio::join!(serve, read);
    served?;
    let heartbeats = news.iter().filter(|news| matches!(news, News::Heartbeat(_))).count() as u64;
    tally.heartbeats += heartbeats;
    tally.events += news.len() as u64 - heartbeats;
    tally.lost += 1;
    reception.hear(news)?;
    Ok(())
}

async fn serve(mut stream: TcpStream, fragments: &[Vec<u8>]) -> anyhow::Result<()> {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        ensure!(stream.read_buf(&mut asked).await? > 0, "the client did not ask");
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        .await?;
    for fragment in fragments {
        // It may have heard enough.
        if stream.write_all(fragment).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// A piece of a stream: whole messages, spoiled ones, lines of no meaning.
fn fragment(rng: &mut StdRng) -> Vec<u8> {
    let envelope = r#"{"id":"01936d5c-0000-7000-8000-000000000001","version":1,"site":"lille","day":"2026-11-23","number":"H047","at":"2026-11-23T08:01:00Z","body":{"kind":"walk_in_taken","visit":"01936d5c-0000-7000-8000-000000000002","number":"H047","service":"INFO","party":{"applicants":1},"language":"fr","priority":false,"follow":"00","clock_certain":true}}"#;
    let cursor = format!("{EPOCH}:{}", rng.random_range(0..u64::MAX));
    let right = format!("id: {cursor}\ndata: {envelope}\n\n").into_bytes();
    match rng.random_range(0..16) {
        0 => noise::bytes(rng, 600),
        1..=3 => noise::spoiled(rng, &right),
        4 => format!("id: {cursor}\ndata: {}\n\n", noise::json(rng)).into_bytes(),
        5 => format!("id: {}\ndata: {envelope}\n\n", noise::text(rng)).into_bytes(),
        6 => format!("event: heartbeat\ndata: {}\n\n", noise::json(rng)).into_bytes(),
        7 => b"event: heartbeat\ndata: {\"server_time\":\"+262142-12-31T23:59:59Z\"}\n\n".to_vec(),
        8 => format!("event: {}\ndata: x\n\n", noise::text(rng)).into_bytes(),
        9 => {
            format!("id: {cursor}\ndata: {}\n\n", envelope.replace("\"fr\"", &noise::json(rng))).into_bytes()
        }
        10 => {
            format!("id: {cursor}\ndata: {}\n\n", envelope.replace("2026-11-23", "9999-99-99")).into_bytes()
        }
        11 => format!("{}: {}\r\r\n", noise::text(rng), noise::text(rng)).into_bytes(),
        13 => b"event: heartbeat\ndata: {\"server_time\":\"2026-11-23T08:00:05Z\"}\n\n".to_vec(),
        12 => b"data\n\n\0\n\r\n:\n\n".to_vec(),
        _ => right,
    }
}

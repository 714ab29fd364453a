//! The stream: every event once and in order, whoever writes and however slowly somebody reads.

use crate::{
    actors::{Caller, Kiosk, new_id},
    helpers::{TestServer, lille, soon},
};
use domain::{Branch, Recorded, board::CallState};
use protocol::{
    Cursor, Envelope,
    client::{FeedItem, KioskFeed, follow},
    control::Ask,
    route::{self, CounterAction},
};
use std::sync::Arc;
use tokio::sync::Barrier;

/// Folds an event in and says where the fold stands.
fn fold(branch: &mut Branch, data: &str) -> Option<()> {
    let envelope: Envelope = serde_json::from_str(data).unwrap();
    let recorded: Recorded = envelope.open()?;
    branch.apply(&recorded);
    Some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshot_and_stream_hold_every_event_once_while_eight_kiosks_write() {
    let server = TestServer::start().await;
    let reader = server.kiosk().await;
    let barrier = Arc::new(Barrier::new(9));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut kiosk, barrier) = (server.kiosk().await, barrier.clone());
        writers.spawn(async move {
            barrier.wait().await;
            for _ in 0..25 {
                kiosk.crowd(2).await;
            }
        });
    }
    let head = server.head() + 8 * 50;
    let (mut branch, mut at, mut read) = (Branch::default(), 0, 0);
    let feed = KioskFeed { client: reader.client.clone(), site: lille() };
    let following = follow(&feed, None, |item| {
        match item {
            FeedItem::Snapshot(snapshot, cursor) => (branch, at) = (snapshot.branch, cursor.seq),
            FeedItem::Event(data, cursor) => {
                assert_eq!(cursor.seq, at + 1, "dense and in order");
                fold(&mut branch, &data).unwrap();
                (at, read) = (cursor.seq, read + 1);
            }
            FeedItem::Heartbeat(_) => {}
            FeedItem::Lost(error) => panic!("{error:?}"),
        }
        at < head
    });
    let reading = async {
        barrier.wait().await;
        soon("every event", following).await;
    };
    tokio::join!(reading, async { while writers.join_next().await.transpose().unwrap().is_some() {} });
    assert_eq!(at, head);
    assert!(read > 0, "the snapshot was taken while they wrote");
    assert_eq!(branch.visits.len(), 400);
    let now = reader.client.kiosk_snapshot(&lille()).await.unwrap();
    assert_eq!(now.cursor.seq, head);
    assert!(now.branch == branch, "what was followed is what is");
}

#[tokio::test]
async fn a_reader_goes_on_where_it_broke_off() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let mut cursor = kiosk.cursor().await;
    let start = cursor.seq;
    for _ in 0..4 {
        kiosk.crowd(5).await;
        // Reads three of five and hangs up in the middle.
        let mut stream = kiosk.read(cursor).await;
        for _ in 0..3 {
            let (at, _) = stream.event().await;
            assert_eq!((at.epoch, at.seq), (cursor.epoch, cursor.seq + 1));
            cursor = at;
        }
    }
    let mut stream = kiosk.read(cursor).await;
    for seq in start + 13..=start + 20 {
        assert_eq!(stream.event().await.0.seq, seq);
    }
}

#[tokio::test]
async fn a_cursor_that_the_log_does_not_know_is_reset() {
    let server = TestServer::start().await;
    let kiosk = server.kiosk().await;
    let known = kiosk.cursor().await;
    let path = route::kiosk_stream(&lille());
    let lost = [
        Cursor { epoch: new_id(), ..known }.to_string(),
        Cursor { seq: known.seq + 1, ..known }.to_string(),
        Cursor { seq: u64::MAX, ..known }.to_string(),
        format!("{}:-1", known.epoch),
        format!("{known}0000000000000000000000"),
        "nonsense".to_owned(),
        "x".repeat(4000),
    ];
    for cursor in lost {
        kiosk.raw.read(&path, Some(&cursor)).await.must_be_reset().await;
    }
    kiosk.raw.read(&path, None).await.must_be_reset().await;
    let board = server.board().await;
    board.raw.read(&route::board_stream(&lille()), None).await.must_be_reset().await;
    kiosk.read(kiosk.cursor().await).await.heartbeat().await;
}

/// A client that takes no more than it reads: what is not read stays at the server.
fn narrow(server: &TestServer, kiosk: &Kiosk) -> Caller {
    let narrow = Caller::built(&server.url(), &server.authority, |builder| {
        builder.http2_initial_stream_window_size(65_535).http2_initial_connection_window_size(65_535)
    });
    narrow.with_token(&kiosk.paired.token)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_reads_nothing_for_two_thousand_events_misses_none() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let from = kiosk.cursor().await;
    let path = route::kiosk_stream(&lille());
    let mut slow = narrow(&server, &kiosk).read(&path, Some(&from.to_string())).await;
    slow.heartbeat().await;
    let mut quick = kiosk.read(from).await;
    kiosk.crowd(2500).await;
    for seq in from.seq + 1..=from.seq + 2500 {
        assert_eq!(quick.event().await.0.seq, seq, "the others do not wait for it");
    }
    for seq in from.seq + 1..=from.seq + 2500 {
        assert_eq!(slow.event().await.0.seq, seq);
    }
    kiosk.crowd(1).await;
    assert_eq!(slow.event().await.0.seq, from.seq + 2501, "and it is up to date again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_reader_that_lags_behind_does_not_get_the_rest() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let other = server.kiosk().await;
    let from = kiosk.cursor().await;
    kiosk.crowd(5000).await;
    let path = route::kiosk_stream(&lille());
    let mut slow = narrow(&server, &other).read(&path, Some(&from.to_string())).await;
    slow.event().await;
    // When a second stream of the same device ends, the server has noticed.
    let mut witness = other.read(kiosk.cursor().await).await;
    witness.heartbeat().await;
    server.operate(Ask::Revoke { device: other.paired.device }).await;
    witness.end().await;
    let mut read = 0;
    while slow.next().await.is_some() {
        read += 1;
    }
    assert!(read < 2000, "it was told {read} events more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_reads_nothing_does_not_keep_the_server_from_stopping() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let from = kiosk.cursor().await;
    kiosk.crowd(2500).await;
    let path = route::kiosk_stream(&lille());
    let mut slow = narrow(&server, &kiosk).read(&path, Some(&from.to_string())).await;
    slow.event().await;
    let _folder = server.stop().await;
}

#[tokio::test]
async fn a_heartbeat_tells_the_servers_time() {
    let server = TestServer::start().await;
    let kiosk = server.kiosk().await;
    let before = server.app.clock.now();
    let mut stream = kiosk.read(kiosk.cursor().await).await;
    assert_eq!(stream.response.headers()["content-type"], "text/event-stream");
    let time = stream.heartbeat().await.server_time;
    assert!(before <= time && time <= server.app.clock.now(), "{time}");
    assert_eq!(time.date_naive().to_string(), "2026-11-23", "training time, not the machine's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_reaches_thirty_boards() {
    let server = TestServer::start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(1).await;
    agent.open(3).await;
    let mut boards = Vec::new();
    for _ in 0..30 {
        let board = server.board().await;
        let cursor = board.client.board_snapshot(&lille()).await.unwrap().cursor;
        boards.push(board.read(cursor).await);
    }
    agent.act(3, CounterAction::CallNext).await.ok();
    for board in &mut boards {
        let (_, call) = board.event().await;
        assert!(call.contains("\"A001\"") && call.contains("\"counter\":3,"), "{call}");
    }
    agent.act(3, CounterAction::Start).await.ok();
    agent.act(3, CounterAction::Finish).await.ok();
    for board in &mut boards {
        assert!(board.event().await.1.contains("answered"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_the_streams_and_a_device_comes_back_by_its_cursor() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let cursor = kiosk.cursor().await;
    kiosk.crowd(3).await;
    let mut stream = kiosk.read(cursor).await;
    let (at, _) = stream.event().await;
    let (server, ()) = tokio::join!(server.restart(chrono::Duration::zero()), async { stream.end().await });
    let back = server.anon().with_token(&kiosk.paired.token);
    let mut stream = back.read(&route::kiosk_stream(&lille()), Some(&at.to_string())).await;
    assert_eq!(stream.event().await.0, Cursor { seq: at.seq + 1, ..at });
}

#[tokio::test]
async fn a_kiosk_begins_anew_when_a_day_begins_because_other_bookings_have_come_near() {
    let server = TestServer::start().await;
    let kiosk = server.kiosk().await;
    let cursor = kiosk.cursor().await;
    let server = server.restart(chrono::Duration::days(1)).await;
    let kiosk = kiosk.at(&server);
    // Somebody has to notice the new day first.
    server.agent("nadia").await.open(1).await;
    kiosk.read(cursor).await.must_be_reset().await;
    assert!(kiosk.cursor().await.seq > cursor.seq);
    // From there on the day goes by without another.
    kiosk.read(kiosk.cursor().await).await.heartbeat().await;
}

#[tokio::test]
async fn a_board_that_starts_at_noon_shows_the_calls_of_the_morning() {
    let server = TestServer::start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(4).await;
    agent.open(2).await;
    for _ in 0..3 {
        for action in [CounterAction::CallNext, CounterAction::Start, CounterAction::Finish] {
            agent.act(2, action).await.ok();
        }
    }
    agent.act(2, CounterAction::CallNext).await.ok();
    let board = server.board().await;
    let snapshot = board.raw.get(&route::board_snapshot(&lille())).await.text();
    let snapshot: protocol::snapshot::BoardSnapshot = serde_json::from_str(&snapshot).unwrap();
    let states: Vec<CallState> = snapshot.board.calls.iter().map(|call| call.state).collect();
    assert_eq!(states, [CallState::Calling, CallState::Answered, CallState::Answered, CallState::Answered]);
}

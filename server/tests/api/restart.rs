//! What was answered is there after a restart; what is not ours to open is left as it is.

use crate::{
    actors::{everything, new_id},
    helpers::{Setup, TestServer, lille},
};
use axum::extract::State;
use chrono::Duration;
use protocol::{Cursor, route::CounterAction};
use server::{Server, StartError, api::health::health, clock::Clock, store::OpenError};
use std::{fs, path::Path};
use tempfile::TempDir;

async fn open(folder: &Path) -> Result<Server, StartError> {
    let setup = Setup::default();
    Server::open(setup.config(folder), Clock::starting_at(setup.start)).await
}

async fn refusal(folder: &Path) -> StartError {
    match open(folder).await {
        Ok(_) => panic!("it must not start"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn everything_that_was_answered_is_there_after_a_restart() {
    let server = TestServer::start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    let facts = kiosk.walk_ins(3);
    let acked = kiosk.upload(&facts).await.unwrap();
    agent.open(1).await;
    let key = new_id();
    let called = agent.act_once(1, CounterAction::CallNext, key).await.ok();
    let before = kiosk.client.kiosk_snapshot(&lille()).await.unwrap();
    let log = everything(&kiosk).await;

    let server = server.restart(Duration::minutes(2)).await;
    let (mut kiosk, agent) = (kiosk.at(&server), agent.at(&server));
    let after = kiosk.client.kiosk_snapshot(&lille()).await.unwrap();
    assert_eq!(after.cursor, before.cursor, "the same epoch, the same place");
    assert!(after.branch == before.branch, "the same state");
    assert_eq!(everything(&kiosk).await, log, "the same log");
    assert_eq!(kiosk.upload(&facts).await.unwrap(), acked, "a repeat of before is still a repeat");
    assert_eq!(agent.act_once(1, CounterAction::CallNext, key).await.ok(), called);
    assert_eq!(kiosk.cursor().await, before.cursor, "neither left an event");
    kiosk.crowd(1).await;
    assert_eq!(kiosk.cursor().await, Cursor { seq: before.cursor.seq + 1, ..before.cursor });
}

#[tokio::test]
async fn a_new_day_begins_and_the_old_one_is_folded_away() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    kiosk.crowd(5).await;
    let before = kiosk.cursor().await;
    let server = server.restart(Duration::days(1)).await;
    let mut kiosk = kiosk.at(&server);
    let snapshot = kiosk.client.kiosk_snapshot(&lille()).await.unwrap();
    assert_eq!(snapshot.branch.day.unwrap().to_string(), "2026-11-24");
    assert_eq!((snapshot.branch.visits.len(), snapshot.branch.lanes.len()), (0, 1));
    assert!(snapshot.cursor.seq > before.seq && snapshot.cursor.epoch == before.epoch);
    // A fact of yesterday is taken, and enters nobody's queue.
    kiosk.crowd(1).await;
    let server = server.restart(Duration::zero()).await;
    assert_eq!(server.head(), snapshot.cursor.seq + 1);
    assert!(server.app.sites.get(&lille()).unwrap().live().branch.visits.is_empty());
}

#[tokio::test]
async fn a_clock_far_behind_the_log_is_told_and_nobody_is_received() {
    let server = TestServer::start().await;
    let mut app = server.app.clone();
    app.clock = Clock::starting_at(server.setup.start - Duration::hours(23));
    assert!(health(State(app.clone())).await.is_ok(), "clocks differ");
    app.clock = Clock::starting_at(server.setup.start - Duration::hours(25));
    let problem = health(State(app)).await.unwrap_err().problem();
    assert_eq!((problem.code(), problem.status), ("clock-behind", 503));
    let setup = Setup { start: server.setup.start - Duration::hours(25), ..server.setup.clone() };
    let folder = server.stop().await;
    let error =
        Server::open(setup.config(folder.path()), Clock::starting_at(setup.start)).await.err().unwrap();
    let said = server::control::in_words(&error);
    assert!(said.contains("2026-11-23 08:40") && said.contains("2026-11-22 07:40"), "{said}");
    assert_eq!(error.exit_status(), server::clock::EXIT_CLOCK);
    open(folder.path()).await.unwrap().close().await;
}

#[tokio::test]
async fn a_training_and_a_true_day_never_share_a_folder() {
    let folder = TempDir::new().unwrap();
    open(folder.path()).await.unwrap().close().await;
    let open_truly = |folder: &Path| Server::open(Setup::default().config(folder), Clock::default());
    let error = open_truly(folder.path()).await.err().unwrap();
    assert!(server::control::in_words(&error).contains("was used for training"), "{error:?}");
    let folder = TempDir::new().unwrap();
    open_truly(folder.path()).await.unwrap().close().await;
    let error = refusal(folder.path()).await;
    assert!(server::control::in_words(&error).contains("is not for training"), "{error:?}");
    open_truly(folder.path()).await.unwrap().close().await;
}

#[tokio::test]
async fn two_servers_never_share_a_folder() {
    let server = TestServer::start().await;
    let error = refusal(server.folder.path()).await;
    assert!(matches!(error, StartError::InUse(_)), "{error:?}");
    server.anon().get(protocol::route::HEALTH).await.ok();
    let folder = server.stop().await;
    open(folder.path()).await.unwrap().close().await;
}

/// A folder that a server left, and its database.
async fn left_behind() -> (TempDir, std::path::PathBuf) {
    let server = TestServer::start().await;
    server.kiosk().await.crowd(400).await;
    let folder = server.stop().await;
    let file = folder.path().join("guichet.sqlite3");
    assert!(!folder.path().join("guichet.sqlite3-wal").exists(), "a stopped server leaves one whole file");
    (folder, file)
}

/// Bytes of the database and of everything that SQLite keeps beside it.
fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("sqlite3"))
        .filter_map(|path| Some((path.to_string_lossy().into_owned(), fs::read(&path).ok()?)))
        .filter(|(_, bytes)| !bytes.is_empty())
        .filter(|(path, _)| !path.ends_with("-shm"))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_and_left_as_it_is() {
    let (folder, file) = left_behind().await;
    let set = |version: u32| {
        let db = rusqlite::Connection::open(&file).unwrap();
        db.execute_batch(&format!("PRAGMA user_version = {version}")).unwrap();
    };
    set(99);
    let before = bytes(folder.path());
    let error = refusal(folder.path()).await;
    let StartError::Open(OpenError::Newer { found: 99, known: 4, .. }) = error else { panic!("{error:?}") };
    assert!(bytes(folder.path()) == before, "not a byte was changed");
    set(4);
    open(folder.path()).await.unwrap().close().await;
}

#[tokio::test]
async fn a_damaged_database_is_refused_and_left_as_it_is() {
    let (folder, file) = left_behind().await;
    let whole = fs::read(&file).unwrap();
    let scribbled = {
        let mut bytes = whole.clone();
        // Every page but the first, so that whatever is read is wrong.
        bytes[4096..].iter_mut().for_each(|byte| *byte ^= 0x5a);
        bytes
    };
    let torn = whole[..whole.len() / 2 + 100].to_vec();
    for damaged in [scribbled, torn, b"this is a letter and not a database".repeat(100)] {
        fs::write(&file, &damaged).unwrap();
        let error = refusal(folder.path()).await;
        let said = server::control::in_words(&error);
        assert!(matches!(error, StartError::Open(_)), "{said}");
        assert!(said.contains("guichet.sqlite3"), "{said}");
        assert!(fs::read(&file).unwrap() == damaged, "the file is left as it is: {said}");
    }
    fs::write(&file, &whole).unwrap();
    open(folder.path()).await.unwrap().close().await;
}

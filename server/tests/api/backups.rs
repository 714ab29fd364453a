//! Backups of a server that works, and their way back.

use crate::helpers::{Setup, TestServer, lille};
use protocol::{
    client::ClientError,
    control::{Answer, Ask},
    health,
    pairing::DeviceKind,
};
use rusqlite::Connection;
use server::{
    clock::Clock,
    restore::{RestoreError, Restored, restore},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A server that keeps so many backups in a folder.
async fn with_backups(folder: &Path, keep: u16) -> TestServer {
    Setup { backup: Some((folder.to_owned(), keep)), ..Setup::default() }.start().await
}

/// Makes a backup as the operator does.
pub async fn back_up(server: &TestServer) -> PathBuf {
    match server.operate(Ask::Backup).await {
        Answer::Backup { file } => file,
        other => panic!("{other:?}"),
    }
}

/// Stops a server, restores a backup and starts it again.
pub async fn restored(server: TestServer, backup: &Path) -> (TestServer, Restored) {
    let setup = server.setup.clone();
    let folder = server.stop().await;
    let restored = restore(&setup.config(folder.path()), backup, Clock::default()).unwrap();
    (setup.start_in(folder).await.unwrap(), restored)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_of_a_working_server_is_whole_and_for_its_user_alone() {
    let folder = TempDir::new().unwrap();
    let server = with_backups(folder.path(), 3).await;
    server.kiosk().await.crowd(20).await;
    let file = back_up(&server).await;
    assert_eq!(mode(&file), 0o600);
    assert_eq!((mode(&folder.path().join("tls")), files(&folder.path().join("tls")).len()), (0o700, 2));
    let copy = Connection::open(&file).unwrap();
    let count: u64 =
        copy.query_row("SELECT COUNT(*) FROM event WHERE site = 'lille'", [], |row| row.get(0)).unwrap();
    assert_eq!(count, server.head());
    assert_eq!(server.client().health().await.unwrap().backup, health::Backup::Good);
}

#[tokio::test]
async fn the_oldest_backups_are_given_up_and_other_files_are_left_alone() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("guichet-2025.sqlite3"), "not ours").unwrap();
    for old in ["20251101T000000Z", "20251102T000000Z", "20251103T000000Z"] {
        fs::write(folder.path().join(format!("guichet-{old}.sqlite3")), "old").unwrap();
    }
    let server = with_backups(folder.path(), 2).await;
    let file = back_up(&server).await;
    let newest = file.file_name().unwrap().to_str().unwrap();
    let left = files(folder.path());
    assert!(
        left.contains(&newest.to_owned()) && left.contains(&"guichet-20251103T000000Z.sqlite3".to_owned())
    );
    assert_eq!(left.len(), 4, "two backups, the authority, and what is not ours: {left:?}");
}

#[tokio::test]
async fn a_backup_that_fails_is_told_and_takes_no_other_with_it() {
    let folder = TempDir::new().unwrap();
    let old = folder.path().join("guichet-20251101T000000Z.sqlite3");
    fs::write(&old, "old").unwrap();
    // Whatever lies where the unfinished copy would: a folder cannot be written over.
    fs::create_dir(folder.path().join("unfinished.sqlite3")).unwrap();
    let server = with_backups(folder.path(), 1).await;
    let Answer::Failed { reason } = server.operate(Ask::Backup).await else { panic!("it was made") };
    assert!(reason.contains("unfinished.sqlite3"), "{reason}");
    assert_eq!(server.client().health().await.unwrap().backup, health::Backup::Failed);
    assert!(old.exists());
}

#[tokio::test]
async fn without_a_folder_for_backups_there_are_none_and_check_says_so() {
    let server = TestServer::start().await;
    let Answer::Failed { reason } = server.operate(Ask::Backup).await else { panic!("it was made") };
    assert!(reason.contains("[backup]"), "{reason}");
    assert_eq!(server.client().health().await.unwrap().backup, health::Backup::Off);
    let found = server::check::everything(&server.app.config, Clock::default());
    assert!(found.notes.iter().any(|note| note.contains("no backup is configured")), "{found:?}");
}

fn refused(server: &TestServer, backup: &Path) -> String {
    let error = restore(&server.app.config, backup, Clock::default()).unwrap_err();
    server::control::in_words(&error)
}

#[tokio::test]
async fn nothing_is_restored_over_a_server_that_runs() {
    let folder = TempDir::new().unwrap();
    let server = with_backups(folder.path(), 3).await;
    let file = back_up(&server).await;
    let error = restore(&server.app.config, &file, Clock::default()).unwrap_err();
    assert!(matches!(error, RestoreError::Start(_)), "{error:?}");
    assert!(refused(&server, &file).contains("another guichet-server"), "{error}");
}

#[tokio::test]
async fn a_backup_that_is_torn_or_newer_or_no_backup_is_refused_and_nothing_is_changed() {
    let folder = TempDir::new().unwrap();
    let server = with_backups(folder.path(), 3).await;
    server.kiosk().await.crowd(200).await;
    let file = back_up(&server).await;
    let config = server.app.config.clone();
    let data = server.stop().await;
    let before = fs::read(config.database()).unwrap();
    let words = |file: &Path| {
        let error = restore(&config, file, Clock::default()).unwrap_err();
        server::control::in_words(&error)
    };

    let bytes = fs::read(&file).unwrap();
    let torn = folder.path().join("torn");
    fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    assert!(words(&torn).contains("backup cannot be used"), "{}", words(&torn));
    let newer = folder.path().join("newer");
    fs::copy(&file, &newer).unwrap();
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(words(&newer).contains("newer version"), "{}", words(&newer));
    let other = folder.path().join("other");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE meta (key TEXT)").unwrap();
    assert!(words(&other).contains("no database of Guichet"), "{}", words(&other));
    assert!(words(&folder.path().join("nothing")).contains("cannot read"));
    assert_eq!(fs::read(config.database()).unwrap(), before);
    assert!(files(data.path()).iter().all(|name| !name.contains("before-restore")));
}

#[tokio::test]
async fn a_restored_log_is_another_one_and_the_old_database_is_kept() {
    let folder = TempDir::new().unwrap();
    let server = with_backups(folder.path(), 3).await;
    let mut kiosk = server.kiosk().await;
    let file = back_up(&server).await;
    kiosk.crowd(3).await;
    let before = kiosk.cursor().await;
    let (server, restored) = restored(server, &file).await;
    let kiosk = kiosk.at(&server);
    let after = kiosk.cursor().await;
    assert_ne!(after.epoch, before.epoch);
    let aside = Connection::open(restored.aside.unwrap()).unwrap();
    let count: u64 =
        aside.query_row("SELECT COUNT(*) FROM event WHERE site = 'lille'", [], |row| row.get(0)).unwrap();
    assert_eq!(count, before.seq);
    assert_eq!(restored.awaited, [("hall".to_owned(), true)]);
    assert!(server.client().health().await.unwrap().recovering);
}

#[tokio::test]
async fn whoever_was_revoked_since_the_backup_stays_out_and_whoever_was_enrolled_stays_in() {
    let folder = TempDir::new().unwrap();
    let server = with_backups(folder.path(), 3).await;
    let revoked = server.kiosk().await;
    let file = back_up(&server).await;
    let newer = server.kiosk().await;
    server.operate(Ask::Revoke { device: revoked.paired.device }).await;
    let (server, restored) = restored(server, &file).await;
    assert_eq!((restored.devices_known, restored.awaited.len()), (Some(true), 1));
    let (revoked, newer) = (revoked.at(&server), newer.at(&server));
    let error = revoked.client.kiosk_snapshot(&lille()).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    let snapshot = newer.client.kiosk_snapshot(&lille()).await.unwrap();
    let awaited: Vec<_> = snapshot.branch.recovery.unwrap().awaited.into_keys().collect();
    assert_eq!(awaited, [newer.paired.device]);
}

#[tokio::test]
async fn a_machine_that_is_set_up_anew_from_a_backup_is_the_server_that_its_devices_believe() {
    let folder = TempDir::new().unwrap();
    let server = with_backups(folder.path(), 3).await;
    let kiosk = server.kiosk().await;
    let (file, authority, setup) = (back_up(&server).await, server.authority.clone(), server.setup.clone());
    drop(server.stop().await);
    let machine = TempDir::new().unwrap();
    let restored = restore(&setup.config(machine.path()), &file, Clock::default()).unwrap();
    assert_eq!((restored.aside, restored.devices_known, restored.authority), (None, None, true));
    let server = setup.start_in(machine).await.unwrap();
    assert_eq!(server.authority, authority);
    assert!(kiosk.at(&server).client.kiosk_snapshot(&lille()).await.is_ok());
}

#[tokio::test]
async fn a_code_of_before_the_restore_enrols_nobody() {
    let folder = TempDir::new().unwrap();
    let server = with_backups(folder.path(), 3).await;
    let code = server.code(&lille(), DeviceKind::Board).await;
    let file = back_up(&server).await;
    let (server, _) = restored(server, &file).await;
    let request = protocol::pairing::PairRequest { code, incarnation: uuid::Uuid::nil() };
    let error = server.client().pair(&request).await.unwrap_err();
    assert!(matches!(error, ClientError::Refused(_)) && error.is_unauthorized(), "{error:?}");
}

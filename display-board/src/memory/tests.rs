use super::*;
use domain::{Language, Text, board::Board};
use protocol::Cursor;
use uuid::Uuid;

fn state(seq: u64) -> BoardSnapshot {
    BoardSnapshot {
        cursor: Cursor { epoch: Uuid::nil(), seq },
        server_time: "2026-11-23T09:42:00Z".parse().unwrap(),
        site: SiteId::new("lille"),
        name: Text::new([(Language::new("fr"), "Préfecture du Nord".to_owned())]),
        zone: "Europe/Paris".to_owned(),
        board: Board::default(),
        awaited: false,
    }
}

#[test]
fn the_last_state_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(recall(folder.path(), &SiteId::new("lille")).is_none());
    let keeper = Keeper::start(folder.path()).unwrap();
    for seq in 1..=100 {
        keeper.keep(&state(seq));
    }
    drop(keeper);
    let recalled = recall(folder.path(), &SiteId::new("lille")).unwrap().snapshot;
    assert_eq!((recalled.cursor.seq, recalled.name.get("fr")), (100, "Préfecture du Nord"));
}

#[test]
fn a_machine_whose_clock_is_wrong_knows_how_old_its_memory_is() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = Keeper::start(folder.path()).unwrap();
    // The server's clock shows another year than this machine's.
    keeper.keep(&state(1));
    drop(keeper);
    let Remembered { snapshot, written } = recall(folder.path(), &SiteId::new("lille")).unwrap();
    let clock = crate::clock::Clock::resumed(snapshot.server_time, written);
    let age = clock.time(std::time::Instant::now()) - snapshot.server_time;
    assert!((0..60).contains(&age.num_minutes()), "{age}");
    let since_yesterday =
        crate::clock::Clock::resumed(snapshot.server_time, written - chrono::TimeDelta::days(1));
    let age = since_yesterday.time(std::time::Instant::now()) - snapshot.server_time;
    assert!((24..25).contains(&age.num_hours()), "{age}");
}

#[test]
fn another_site_or_a_torn_file_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = Keeper::start(folder.path()).unwrap();
    keeper.keep(&state(1));
    drop(keeper);
    assert!(recall(folder.path(), &SiteId::new("dunkerque")).is_none());
    std::fs::write(folder.path().join(FILE), b"{\"cursor\":").unwrap();
    assert!(recall(folder.path(), &SiteId::new("lille")).is_none());
}

#[test]
fn a_disk_that_takes_nothing_does_not_stop_the_board() {
    let folder = tempfile::tempdir().unwrap();
    // A file stands where the folder should be.
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, b"").unwrap();
    let keeper = Keeper::start(&blocked).unwrap();
    keeper.keep(&state(1));
    keeper.keep(&state(2));
    drop(keeper);
}

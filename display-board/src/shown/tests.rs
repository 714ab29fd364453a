use super::*;
use chrono::DateTime;
use domain::{
    CounterId, SiteId, VisitId,
    board::{Board, Call, CallState},
};
use protocol::Cursor;
use uuid::Uuid;

fn snapshot(epoch: u128, awaited: bool, calls: Vec<Call>) -> BoardSnapshot {
    BoardSnapshot {
        cursor: Cursor { epoch: Uuid::from_u128(epoch), seq: 5 },
        server_time: DateTime::UNIX_EPOCH,
        site: SiteId::new("lille"),
        name: domain::Text::new([]),
        zone: "Europe/Paris".to_owned(),
        board: Board { calls },
        awaited,
    }
}

fn call() -> Call {
    Call {
        visit: VisitId(Uuid::from_u128(7)),
        numbers: vec!["H047".parse().unwrap()],
        counter: CounterId(3),
        at: DateTime::UNIX_EPOCH,
        times: 1,
        state: CallState::Calling,
    }
}

#[test]
fn what_was_shown_before_the_server_was_restored_is_handed_back() {
    let mut shown = Shown::new(None);
    assert!(shown.replaced(&snapshot(1, false, Vec::new())).is_none());
    shown.changed(&BoardChange::Called(call()));
    let part = shown.replaced(&snapshot(2, true, Vec::new())).unwrap();
    assert_eq!((part.epoch, part.calls, part.last), (Uuid::from_u128(1), vec![call()], true));
}

#[test]
fn a_board_that_remembers_nothing_says_so() {
    let mut shown = Shown::new(None);
    let part = shown.replaced(&snapshot(2, true, vec![call()])).unwrap();
    assert!(part.last && part.calls.is_empty());
    let restarted = Shown::new(Some(snapshot(2, true, vec![call()])));
    assert!(restarted.at_start().is_some_and(|part| part.last && part.calls.is_empty()));
    assert!(Shown::new(Some(snapshot(2, false, Vec::new()))).at_start().is_none());
}

//! The parts as the program puts them together.

use crate::room::{DESKTOP, call, opening, put_up, time};
use display_board::{
    clock::Clock,
    memory::{self, Keeper},
    run::Board,
    state::{Message, State},
};
use domain::{Language, SiteId, board::BoardChange};
use i_slint_backend_testing::ElementHandle;
use protocol::Cursor;
use slint::{ComponentHandle, platform::WindowEvent};
use std::time::Instant;
use uuid::Uuid;

fn board(keeper: Option<Keeper>) -> std::rc::Rc<std::cell::RefCell<Board>> {
    let state = State::new(None, Clock::told(time("09:42:00"), Instant::now()));
    Board::new(state, put_up("fr", Some("en"), false, DESKTOP), Language::new("fr"), keeper)
}

#[test]
fn what_is_told_is_shown_at_once_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let board = board(Some(Keeper::start(folder.path()).unwrap()));
    let cursor = Cursor { epoch: Uuid::nil(), seq: 7 };
    let called = BoardChange::Called(call(1, &["H047"], 12, "09:42:00"));
    let arrived = Instant::now();
    Board::take_in(
        &board,
        vec![(Message::Snapshot(opening()), arrived), (Message::Change(called, cursor), arrived)],
    );
    let taken = arrived.elapsed();
    println!("told to shown: {taken:?}");
    let label = "Ticket H047, guichet 12";
    assert_eq!(ElementHandle::find_by_accessible_label(board.borrow().screen().handle(), label).count(), 1);
    drop(board);
    let remembered = memory::recall(folder.path(), &SiteId::new("lille")).unwrap().snapshot;
    assert_eq!((remembered.cursor, remembered.board.calls.len()), (cursor, 1));
}

#[test]
fn the_window_cannot_be_closed() {
    let board = board(None);
    let board = board.borrow();
    let window = board.screen().handle().window();
    window.dispatch_event(WindowEvent::CloseRequested);
    assert!(window.is_visible());
}

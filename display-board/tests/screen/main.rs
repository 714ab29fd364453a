//! What the waiting room sees: real states, the real window, real pixels, no display.

#![expect(clippy::unwrap_used, reason = "a test that panics says what is wrong")]

mod room;
mod together;

use domain::board::{BoardChange, CallState};
use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use room::{DESKTOP, PORTRAIT, Room, SMALL, call};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A morning in a hall: people come and go.
fn busy(room: &mut Room) {
    let calls: [(u128, &[&str], u16, &str); 9] = [
        (1, &["H041"], 7, "09:20:00"),
        (2, &["K108"], 12, "09:22:00"),
        (3, &["A310"], 3, "09:24:00"),
        (4, &["H042", "K109"], 9, "09:27:00"),
        (5, &["A311"], 12, "09:30:00"),
        (6, &["H043"], 21, "09:33:00"),
        (7, &["AK004"], 5, "09:36:00"),
        (8, &["H044"], 3, "09:40:00"),
        (9, &["K112"], 14, "09:41:00"),
    ];
    for (visit, numbers, counter, at) in calls {
        room.change(BoardChange::Called(call(visit, numbers, counter, at)));
        if visit < 8 && visit != 6 {
            let state = if visit == 3 { CallState::Missed } else { CallState::Answered };
            room.change(BoardChange::Ended { visit: room::visit(visit), state });
        }
    }
}

fn labels(room: &Room, role: AccessibleRole) -> Vec<String> {
    let found = ElementQuery::from_root(room.window()).match_accessible_role(role).find_all();
    found.iter().filter_map(ElementHandle::accessible_label).map(Into::into).collect()
}

#[test]
fn idle() {
    let room = Room::open(DESKTOP);
    room.picture("idle");
    assert!(labels(&room, AccessibleRole::Text).iter().any(|text| text == "Votre numéro s’affichera ici."));
    assert!(labels(&room, AccessibleRole::Text).iter().any(|text| text == "lundi 23 novembre 2026"));
}

#[test]
fn idle_after_the_last_call() {
    let mut room = Room::open(DESKTOP);
    busy(&mut room);
    for visit in [6, 8, 9] {
        room.change(BoardChange::Ended { visit: room::visit(visit), state: CallState::Answered });
    }
    room.pass(9 * SECOND);
    room.picture("idle-later");
    assert!(labels(&room, AccessibleRole::Text).iter().any(|text| text == "Bienvenue"));
    room.lose(false);
    room.picture("idle-later-stale");
    assert_eq!(labels(&room, AccessibleRole::ListItem)[0], "Ticket K112, guichet 14, passé");
}

#[test]
fn one_call_is_new_and_then_rests() {
    let mut room = Room::open(DESKTOP);
    room.change(BoardChange::Called(call(1, &["H047"], 12, "09:42:00")));
    let new = room.picture("new");
    assert!(labels(&room, AccessibleRole::Text).iter().any(|text| text == "Ticket H047, guichet 12"));
    let accent = [0xFF, 0xC2, 0x4A];
    assert!(new.share(accent) > 0.4, "the call is the screen: {}", new.share(accent));
    room.pass(9 * SECOND);
    let resting = room.picture("resting");
    assert_eq!(resting.share_in_hero(accent).round(), 0.0, "it rests after eight seconds");
}

#[test]
fn a_new_call_pulses_once_a_second_and_not_where_nothing_may_move() {
    let mut room = Room::open(DESKTOP);
    room.change(BoardChange::Called(call(1, &["H047"], 12, "09:42:00")));
    let grounds: Vec<[u8; 3]> = room.grounds_over(4 * SECOND);
    let changes = grounds.windows(2).filter(|pair| (pair[0][2] < 0x70) != (pair[1][2] < 0x70)).count();
    assert!((4..=8).contains(&changes), "up and down once a second, at most: {changes} in four seconds");

    let mut still = Room::open_still(DESKTOP);
    still.change(BoardChange::Called(call(1, &["H047"], 12, "09:42:00")));
    let grounds = still.grounds_over(2 * SECOND);
    assert!(grounds.iter().all(|ground| *ground == grounds[0]));
}

#[test]
fn several_calls() {
    let mut room = Room::open(DESKTOP);
    busy(&mut room);
    room.change(BoardChange::Called(call(10, &["H047"], 12, "09:42:00")));
    room.picture("several");
    let rows = labels(&room, AccessibleRole::ListItem);
    assert_eq!(rows[0], "Ticket K112, guichet 14, appelé");
    assert!(rows.contains(&"Ticket AK004, guichet 5, passé".to_owned()), "{rows:?}");
    assert!(rows.contains(&"Ticket H042, K109, guichet 9, passé".to_owned()), "{rows:?}");
}

#[test]
fn two_numbers_of_one_visit() {
    let mut room = Room::open(DESKTOP);
    busy(&mut room);
    room.change(BoardChange::Called(call(10, &["H047", "AK112"], 4, "09:42:00")));
    room.picture("two-numbers");
    assert!(labels(&room, AccessibleRole::Text).iter().any(|text| text == "Ticket H047, AK112, guichet 4"));
}

#[test]
fn a_large_party() {
    let mut room = Room::open(DESKTOP);
    room.change(BoardChange::Called(call(10, &["H047", "H048", "AK112", "K900", "H333"], 4, "09:42:00")));
    room.pass(9 * SECOND);
    room.change(BoardChange::Called(call(11, &["H050"], 9, "09:42:09")));
    room.pass(9 * SECOND);
    room.change(BoardChange::Called(call(10, &["H047", "H048", "AK112", "K900", "H333"], 4, "09:42:18")));
    room.picture("large-party");
}

#[test]
fn a_recall_is_marked() {
    let mut room = Room::open(DESKTOP);
    busy(&mut room);
    let mut again = call(9, &["K112"], 14, "09:42:00");
    again.times = 2;
    room.change(BoardChange::Called(again));
    room.picture("recall");
}

#[test]
fn a_call_that_was_taken_back_sends_nobody_to_a_counter() {
    let mut room = Room::open(DESKTOP);
    busy(&mut room);
    room.change(BoardChange::Called(call(10, &["H047"], 12, "09:42:00")));
    room.pass(9 * SECOND);
    room.change(BoardChange::Ended { visit: room::visit(10), state: CallState::Withdrawn });
    room.picture("withdrawn");
    let rows = labels(&room, AccessibleRole::ListItem);
    assert!(rows.contains(&"Ticket H047, appel annulé".to_owned()), "{rows:?}");
}

#[test]
fn a_stale_screen_says_so() {
    let mut room = Room::open(DESKTOP);
    busy(&mut room);
    room.pass(30 * SECOND);
    room.lose(false);
    room.pass(6 * SECOND);
    room.picture("stale");
    let said = labels(&room, AccessibleRole::Text);
    assert!(
        said.iter().any(|text| text == "Cet écran n’est plus à jour depuis 10:42. Écoutez le personnel."),
        "{said:?}"
    );
    room.lose(true);
    room.picture("refused");
}

#[test]
fn a_start_without_a_server_and_without_a_memory() {
    let room = Room::open_unknown(DESKTOP);
    room.picture("not-connected");
}

#[test]
fn other_screens() {
    for (size, name) in [(SMALL, "720p"), (PORTRAIT, "portrait")] {
        let mut room = Room::open(size);
        room.picture(&format!("idle-{name}"));
        busy(&mut room);
        room.change(BoardChange::Called(call(10, &["H047", "K117"], 12, "09:42:00")));
        room.picture(&format!("several-{name}"));
        room.pass(30 * SECOND);
        room.lose(false);
        room.pass(6 * SECOND);
        room.picture(&format!("stale-{name}"));
    }
}

#[test]
fn in_english_alone() {
    let mut room = Room::open_in("en", None, DESKTOP);
    busy(&mut room);
    room.picture("english");
    assert_eq!(labels(&room, AccessibleRole::ListItem)[0], "Ticket H044, counter 3, called");
}

#[test]
fn digits_are_as_high_as_the_check_says() {
    let mut room = Room::open(DESKTOP);
    room.change(BoardChange::Called(call(1, &["H047"], 12, "09:42:00")));
    room.pass(9 * SECOND);
    let picture = room.picture("measure");
    // The counter of a resting call is the only accent in the hero beside its arrow, which is lower.
    let height = picture.height_of_accent_right_of_arrow();
    let share = height as f32 / picture.height as f32;
    assert!(share >= display_board::legibility::LARGE_DIGIT, "{share}");
}

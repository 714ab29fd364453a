use super::*;
use crate::announce::{FRESH, HELD};
use domain::{CounterId, ServiceDay, SiteId, TicketNumber, board::Board};
use uuid::Uuid;

fn time(text: &str) -> DateTime<Utc> {
    format!("2026-11-23T{text}Z").parse().unwrap()
}

fn call(visit: u128, number: &str, at: &str) -> Call {
    Call {
        visit: VisitId(Uuid::from_u128(visit)),
        numbers: vec![number.parse::<TicketNumber>().unwrap()],
        counter: CounterId(3),
        at: time(at),
        times: 1,
        state: CallState::Calling,
    }
}

fn cursor(seq: u64) -> Cursor {
    Cursor { epoch: Uuid::nil(), seq }
}

fn snapshot(calls: Vec<Call>, server_time: &str) -> BoardSnapshot {
    BoardSnapshot {
        cursor: cursor(5),
        server_time: time(server_time),
        site: SiteId::new("lille"),
        name: domain::Text::new([]),
        zone: "Europe/Paris".to_owned(),
        board: Board { calls },
        awaited: false,
    }
}

fn live(calls: Vec<Call>, at: &str, now: Instant) -> State {
    let mut state = State::new(None, Clock::told(time("00:00:00"), now));
    state.step(Message::Snapshot(snapshot(calls, at)), now);
    state
}

fn turn(state: &State) -> Option<u128> {
    state.announcer.turn().map(|turn| turn.visit.0.as_u128())
}

#[test]
fn a_change_is_shown_and_remembered_with_its_place_in_the_log() {
    let now = Instant::now();
    let mut state = live(Vec::new(), "09:00:00", now);
    let later = now + Duration::from_secs(30);
    assert!(state.step(Message::Change(BoardChange::Called(call(1, "H047", "09:00:30")), cursor(6)), later));
    assert_eq!(turn(&state), Some(1));
    let known = state.known().unwrap();
    assert_eq!((known.cursor, known.server_time, known.board.calls.len()), (cursor(6), time("09:00:30"), 1));
}

#[test]
fn a_start_announces_what_was_called_just_now_oldest_first() {
    let now = Instant::now();
    let calls = vec![call(3, "H049", "09:00:00"), call(2, "H048", "08:59:55"), call(1, "H047", "08:20:00")];
    let mut state = live(calls, "09:00:01", now);
    assert_eq!(turn(&state), Some(2));
    state.advance(now + HELD);
    assert_eq!(turn(&state), Some(3));
    state.advance(now + HELD + FRESH);
    assert_eq!(turn(&state), Some(3), "the call of 08:20 stands in the list and is not announced again");
}

#[test]
fn calls_that_come_late_are_listed_and_not_announced() {
    let now = Instant::now();
    let mut state = live(Vec::new(), "09:10:00", now);
    state.step(Message::Change(BoardChange::Called(call(1, "H047", "09:02:00")), cursor(6)), now);
    assert_eq!((turn(&state), state.known().unwrap().board.calls.len()), (None, 1));
}

#[test]
fn a_snapshot_after_a_reset_does_not_announce_twice() {
    let now = Instant::now();
    let standing = call(1, "H047", "09:00:00");
    let mut state = live(vec![standing.clone()], "09:00:05", now);
    state.advance(now + HELD);
    let later = now + Duration::from_secs(20);
    let again = Call { times: 2, at: time("09:00:20"), ..call(2, "H048", "09:00:20") };
    state.step(Message::Snapshot(snapshot(vec![again, standing], "09:00:25")), later);
    assert_eq!(turn(&state), Some(2));
    assert_eq!(state.next_change(later + HELD), Some(later + FRESH), "only the new one had to be announced");
    state.advance(later + HELD);
    assert_eq!(turn(&state), Some(2));
}

#[test]
fn an_ended_call_leaves_after_its_least_time() {
    let now = Instant::now();
    let mut state = live(vec![call(1, "H047", "09:00:00")], "09:00:01", now);
    let visit = VisitId(Uuid::from_u128(1));
    state.step(Message::Change(BoardChange::Ended { visit, state: CallState::Answered }, cursor(6)), now);
    assert_eq!(turn(&state), Some(1));
    state.advance(now + HELD);
    assert_eq!(turn(&state), None);
}

#[test]
fn only_a_memory_of_today_is_gone_on_from() {
    let now = Instant::now();
    let remembered = || Some(snapshot(Vec::new(), "09:00:00"));
    assert_eq!(State::new(remembered(), Clock::told(time("09:20:00"), now)).resumes_at(now), Some(cursor(5)));
    assert_eq!(State::new(remembered(), Clock::told(time("23:20:00"), now)).resumes_at(now), None);
    assert_eq!(State::new(None, Clock::told(time("09:20:00"), now)).resumes_at(now), None);
}

#[test]
fn a_new_day_begins_empty() {
    let now = Instant::now();
    let mut state = live(vec![call(1, "H047", "09:00:00")], "09:00:01", now);
    let day = ServiceDay("2026-11-24".parse().unwrap());
    state.step(Message::Change(BoardChange::DayOpened { day }, cursor(7)), now);
    assert_eq!((turn(&state), state.known().unwrap().board.calls.len()), (None, 0));
}

#[test]
fn a_lost_link_is_told_after_a_while_and_a_start_without_a_server_at_once() {
    let now = Instant::now();
    let mut state = live(Vec::new(), "09:00:00", now);
    state.step(Message::Lost { refused: false }, now);
    assert_eq!(state.link, Link::Lost { told_from: now + TOLD_AFTER, refused: false });
    assert_eq!(state.next_change(now), Some(now + TOLD_AFTER));
    state.step(Message::Lost { refused: true }, now + TOLD_AFTER);
    assert_eq!(state.link, Link::Lost { told_from: now + TOLD_AFTER, refused: true });
    state.step(Message::Alive(time("09:01:00")), now + Duration::from_secs(60));
    assert_eq!((state.link, state.heard), (Link::Live, Some(time("09:01:00"))));

    let mut state = State::new(None, Clock::told(time("09:00:00"), now));
    state.step(Message::Lost { refused: false }, now);
    assert_eq!(state.link, Link::Lost { told_from: now, refused: false });
}

#[test]
fn a_call_whose_party_grows_shows_all_numbers_and_is_not_announced_again() {
    let now = Instant::now();
    let mut state = live(Vec::new(), "09:00:00", now);
    state.step(Message::Change(BoardChange::Called(call(1, "H047", "09:00:00")), cursor(6)), now);
    let before = turn(&state);
    let numbers = vec!["H047".parse().unwrap(), "K112".parse().unwrap()];
    let grown = BoardChange::Numbers { visit: VisitId(Uuid::from_u128(1)), numbers: numbers.clone() };
    assert!(state.step(Message::Change(grown, cursor(7)), now));
    assert_eq!(state.known().unwrap().board.calls[0].numbers, numbers);
    assert_eq!((turn(&state), before), (Some(1), Some(1)));
}

use super::*;
use crate::{
    announce::{FRESH, HELD},
    clock::Clock,
    state::Message,
};
use domain::{
    CounterId, SiteId, Text,
    board::{Board, BoardChange},
};
use protocol::{Cursor, snapshot::BoardSnapshot};
use uuid::Uuid;

const FRENCH: &str = "fr";

fn time(text: &str) -> DateTime<Utc> {
    format!("2026-11-23T{text}Z").parse().unwrap()
}

fn call(visit: u128, numbers: &[&str], counter: u16, at: &str) -> Call {
    Call {
        visit: VisitId(Uuid::from_u128(visit)),
        numbers: numbers.iter().map(|number| number.parse().unwrap()).collect(),
        counter: CounterId(counter),
        at: time(at),
        times: 1,
        state: CallState::Calling,
    }
}

fn snapshot(calls: Vec<Call>, server_time: &str) -> BoardSnapshot {
    BoardSnapshot {
        cursor: Cursor { epoch: Uuid::nil(), seq: 5 },
        server_time: time(server_time),
        site: SiteId::new("lille"),
        name: Text::new([(Language::new(FRENCH), "Préfecture du Nord".to_owned())]),
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

fn seen(state: &State, now: Instant) -> ViewModel {
    view(state, &Language::new(FRENCH), now)
}

fn change(state: &mut State, change: BoardChange, now: Instant) {
    state.step(Message::Change(change, Cursor { epoch: Uuid::nil(), seq: 6 }), now);
}

#[test]
fn nothing_is_called() {
    let now = Instant::now();
    let view = seen(&live(Vec::new(), "09:42:10", now), now);
    assert_eq!((view.site.as_str(), view.clock.as_str()), ("Préfecture du Nord", "10:42"));
    assert_eq!(view.date, "lundi 23 novembre 2026");
    assert_eq!((view.hero, view.rows, view.sign), (None, Vec::new(), Sign::None));
}

#[test]
fn all_the_numbers_of_a_party_are_shown() {
    let now = Instant::now();
    let view = seen(&live(vec![call(1, &["H047", "K112"], 12, "09:42:00")], "09:42:10", now), now);
    let hero =
        Hero { numbers: vec!["H047".into(), "K112".into()], counter: "12".into(), again: false, fresh: true };
    assert_eq!((view.hero, view.rows.len()), (Some(hero), 0));
}

#[test]
fn a_call_that_waits_for_its_turn_stands_in_the_list_at_once() {
    let now = Instant::now();
    let mut state = live(vec![call(1, &["H047"], 12, "09:42:10")], "09:42:10", now);
    change(&mut state, BoardChange::Called(call(2, &["K112"], 4, "09:42:11")), now);
    let view = seen(&state, now);
    assert_eq!(view.hero.unwrap().numbers, ["H047"]);
    assert_eq!(
        view.rows,
        [Row { numbers: vec!["K112".into()], counter: "4".into(), standing: Standing::Called }]
    );
    state.advance(now + HELD);
    let view = seen(&state, now + HELD);
    assert_eq!(
        (view.hero.unwrap().numbers, view.rows[0].numbers.clone()),
        (vec!["K112".into()], vec!["H047".into()])
    );
}

#[test]
fn in_a_burst_the_list_shows_first_whom_the_large_part_has_not_shown() {
    let now = Instant::now();
    let mut state = live(vec![call(50, &["A001"], 1, "09:41:00")], "09:42:00", now);
    for visit in 1..=14 {
        let counter = u16::try_from(visit).unwrap();
        let number = format!("H{visit:03}");
        change(&mut state, BoardChange::Called(call(visit, &[number.as_str()], counter, "09:42:00")), now);
    }
    let later = now + HELD;
    state.advance(later);
    let view = seen(&state, later);
    assert_eq!(view.hero.unwrap().numbers, ["H002"]);
    let listed: Vec<String> = view.rows.iter().map(|row| row.numbers[0].clone()).collect();
    assert_eq!(listed[..6], ["H003", "H004", "H005", "H006", "H007", "H008"]);
    assert!(view.rows.iter().all(|row| row.standing == Standing::Called));
}

#[test]
fn a_call_is_new_for_a_while_and_then_rests() {
    let now = Instant::now();
    let state = live(vec![call(1, &["H047"], 12, "09:42:00")], "09:42:00", now);
    assert!(seen(&state, now + FRESH - Duration::from_millis(1)).hero.unwrap().fresh);
    assert!(!seen(&state, now + FRESH).hero.unwrap().fresh);
}

#[test]
fn a_recall_is_marked() {
    let now = Instant::now();
    let mut state = live(Vec::new(), "09:42:00", now);
    change(&mut state, BoardChange::Called(Call { times: 2, ..call(1, &["H047"], 12, "09:42:00") }), now);
    assert!(seen(&state, now).hero.unwrap().again);
}

#[test]
fn the_newest_call_that_stands_comes_back_when_the_other_is_answered() {
    let now = Instant::now();
    let mut state = live(vec![call(1, &["H047"], 12, "09:30:00")], "09:42:00", now);
    change(&mut state, BoardChange::Called(call(2, &["K112"], 4, "09:42:00")), now);
    let ended = BoardChange::Ended { visit: VisitId(Uuid::from_u128(2)), state: CallState::Answered };
    change(&mut state, ended, now);
    assert_eq!(seen(&state, now).hero.unwrap().numbers, ["K112"], "its least time");
    state.advance(now + HELD);
    let view = seen(&state, now + HELD);
    let hero = view.hero.unwrap();
    assert_eq!((hero.numbers, hero.fresh), (vec!["H047".to_owned()], false));
    assert_eq!(view.rows[0].standing, Standing::Past);
}

#[test]
fn a_call_that_was_taken_back_leaves_the_large_part_at_once_and_is_listed_as_withdrawn() {
    let now = Instant::now();
    let mut state = live(vec![call(1, &["H047"], 12, "09:41:00")], "09:42:00", now);
    change(&mut state, BoardChange::Called(call(2, &["K112"], 4, "09:42:00")), now);
    let taken_back = BoardChange::Ended { visit: VisitId(Uuid::from_u128(2)), state: CallState::Withdrawn };
    change(&mut state, taken_back, now);
    let view = seen(&state, now);
    assert_eq!(view.hero.unwrap().numbers, ["H047"]);
    let row = Row { numbers: vec!["K112".into()], counter: "4".into(), standing: Standing::Withdrawn };
    assert_eq!(view.rows, [row]);
    change(&mut state, BoardChange::Called(call(2, &["K112"], 5, "09:42:06")), now);
    let view = seen(&state, now);
    assert_eq!(
        (view.hero.unwrap().counter, view.rows.len()),
        ("5".to_owned(), 1),
        "called again it stands once"
    );
}

#[test]
fn what_is_remembered_is_shown_with_its_time() {
    let now = Instant::now();
    let remembered = snapshot(vec![call(1, &["H047"], 12, "09:41:00")], "09:42:00");
    let state = State::new(Some(remembered.clone()), Clock::told(time("10:05:00"), now));
    let view = seen(&state, now);
    assert_eq!(view.sign, Sign::Since("10:42".into()));
    assert_eq!((view.clock.as_str(), view.hero.map(|hero| hero.fresh)), ("11:05", Some(false)));

    let next_morning = Clock::told(time("09:42:00") + TimeDelta::hours(22), now);
    let view = seen(&State::new(Some(remembered), next_morning), now);
    assert_eq!((view.hero, view.rows.len()), (None, 0), "yesterday's calls call nobody");
}

#[test]
fn a_lost_link_is_told_plainly() {
    let now = Instant::now();
    let mut state = live(Vec::new(), "09:42:00", now);
    state.step(Message::Lost { refused: false }, now + Duration::from_secs(25));
    assert_eq!(seen(&state, now + Duration::from_secs(26)).sign, Sign::None);
    assert_eq!(seen(&state, now + Duration::from_secs(30)).sign, Sign::Since("10:42".into()));
    state.step(Message::Lost { refused: true }, now + Duration::from_secs(40));
    assert_eq!(seen(&state, now + Duration::from_secs(40)).sign, Sign::Refused);
    let never = State::new(None, Clock::told(time("09:42:00"), now));
    assert_eq!(seen(&never, now).sign, Sign::NotConnected);
}

#[test]
fn the_screen_wakes_for_the_minute_and_for_turns_and_for_nothing_else() {
    let now = Instant::now();
    let state = live(Vec::new(), "09:42:10", now);
    assert_eq!(unchanged_for(&state, now), Duration::from_secs(50));
    let state = live(vec![call(1, &["H047"], 12, "09:42:10")], "09:42:10", now);
    assert_eq!(unchanged_for(&state, now), HELD);
    assert_eq!(unchanged_for(&state, now + HELD), FRESH - HELD);
    assert_eq!(unchanged_for(&state, now + FRESH), Duration::from_secs(42));
}

#[test]
fn the_clock_changes_with_daylight_saving() {
    let now = Instant::now();
    let mut state = live(Vec::new(), "09:42:10", now);
    for (utc, shown) in [
        ("2026-03-29T00:59:59Z", "01:59"),
        ("2026-03-29T01:00:00Z", "03:00"),
        ("2026-10-25T01:00:00Z", "02:00"),
    ] {
        state.step(Message::Alive(utc.parse().unwrap()), now);
        assert_eq!(seen(&state, now).clock, shown);
    }
}

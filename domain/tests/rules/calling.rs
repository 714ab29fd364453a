//! What agents do at their counters.

use crate::hall::{Hall, ONE, THREE, TWO, agent, finish, visit_of};
use domain::{
    Actor, Command, CounterId, Ending, Event, Refusal, VisitId, VisitState,
    board::{Board, BoardChange, CALLS_REMEMBERED, Call, CallState},
    order::Class,
};

/// One person called to counter 1 at 10:00, another waiting.
fn called() -> Hall {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").booked(2, "10:05").check_in(1, 1).unwrap();
    hall.check_in(1, 2).unwrap();
    assert_eq!(hall.call(ONE), visit_of(1));
    hall
}

#[test]
fn a_counter_that_is_busy_calls_nobody_else() {
    let mut hall = called();
    let number = hall.numbers(1)[0].clone();
    for step in [Command::Tick, Command::Start(ONE)] {
        hall.agent(step, ONE).unwrap();
        let refused = Err(Refusal::CounterBusy { number: number.clone() });
        assert_eq!(hall.agent(Command::CallNext(ONE), ONE), refused);
        assert_eq!(hall.agent(Command::CloseCounter(ONE), ONE), refused);
    }
}

#[test]
fn two_counters_never_call_the_same_person() {
    let mut hall = called();
    assert_eq!(hall.call(TWO), visit_of(2));
}

#[test]
fn a_recall_waits_for_the_cool_down() {
    let mut hall = called();
    let too_soon = |seconds| Err(Refusal::RecallTooSoon { seconds });
    assert_eq!(hall.agent(Command::Recall(ONE), ONE), too_soon(5));
    assert_eq!(hall.at("10:00:04").agent(Command::Recall(ONE), ONE), too_soon(1));
    let events = hall.at("10:00:05").agent(Command::Recall(ONE), ONE).unwrap();
    assert!(matches!(events.as_slice(), [Event::Recalled { times: 2, .. }]));
    assert_eq!(hall.at("10:00:09").agent(Command::Recall(ONE), ONE), too_soon(1));
}

#[test]
fn after_the_third_call_there_is_no_fourth() {
    let mut hall = called();
    for time in ["10:01", "10:02"] {
        hall.at(time).agent(Command::Recall(ONE), ONE).unwrap();
    }
    let limit = Err(Refusal::RecallLimit { calls_max: 3 });
    assert_eq!(hall.at("10:03").agent(Command::Recall(ONE), ONE), limit);
    // The agent decides what it means.
    assert!(hall.agent(Command::NoShow(ONE), ONE).is_ok());
}

#[test]
fn whoever_is_received_is_not_recalled_nor_marked_absent() {
    let mut hall = called();
    hall.agent(Command::Start(ONE), ONE).unwrap();
    for command in [Command::Recall(ONE), Command::Start(ONE), Command::NoShow(ONE)] {
        assert_eq!(hall.at("10:01").agent(command, ONE), Err(Refusal::NobodyCalled));
    }
}

#[test]
fn somebody_who_was_only_called_can_be_finished_and_one_undo_takes_that_back() {
    let mut hall = called();
    let events = hall.at("10:04").finish(ONE).unwrap();
    assert!(matches!(events.as_slice(), [Event::Finished { .. }]));
    let how = Ending::Served { delivered: None };
    assert_eq!(hall.visit(visit_of(1)).state, VisitState::Ended { at: hall.now, how });
    hall.agent(Command::Undo(ONE), ONE).unwrap();
    assert!(matches!(hall.visit(visit_of(1)).state, VisitState::Called { counter: ONE, times: 1, .. }));
    hall.finish(ONE).unwrap();
    assert_eq!(hall.finish(ONE), Err(Refusal::NobodyServed));
    assert_eq!(hall.call(ONE), visit_of(2));
}

#[test]
fn a_missed_visitor_frees_the_counter_and_is_not_called_until_back() {
    let mut hall = called();
    hall.agent(Command::NoShow(ONE), ONE).unwrap();
    assert_eq!(hall.call(ONE), visit_of(2));
    assert_eq!(hall.agent(Command::CallNext(TWO), TWO), Err(Refusal::NobodyWaiting));
    hall.at("10:05").check_in(1, 1).unwrap();
    assert_eq!(hall.call(TWO), visit_of(1));
}

#[test]
fn a_counter_belongs_to_the_agent_who_opened_it() {
    let mut hall = called();
    let commands = [
        Command::OpenCounter(ONE),
        Command::CallNext(ONE),
        Command::Recall(ONE),
        Command::Start(ONE),
        finish(ONE),
        Command::NoShow(ONE),
        Command::CloseCounter(ONE),
    ];
    for command in &commands {
        assert_eq!(hall.ask(command, agent(TWO)), Err(Refusal::CounterTaken { counter: ONE }), "{command:?}");
    }
    assert_eq!(hall.ask(&commands[1], Actor::System), Err(Refusal::CounterTaken { counter: ONE }));
    assert_eq!(hall.ask(&commands[0], agent(ONE)), Ok(vec![]), "to sit down twice changes nothing");
}

#[test]
fn a_counter_that_nobody_opened_or_that_does_not_exist_calls_nobody() {
    let mut hall = Hall::open();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    assert_eq!(hall.agent(Command::CallNext(ONE), ONE), Err(Refusal::CounterNotOpen { counter: ONE }));
    let counter = CounterId(99);
    assert_eq!(hall.agent(Command::OpenCounter(counter), ONE), Err(Refusal::UnknownCounter { counter }));
    assert_eq!(hall.ask(&Command::OpenCounter(ONE), Actor::Operator), Err(Refusal::NeedsStaff));
}

#[test]
fn a_counter_that_was_left_can_be_taken_by_another_agent() {
    let mut hall = Hall::staffed();
    hall.agent(Command::CloseCounter(ONE), ONE).unwrap();
    hall.ask(&Command::OpenCounter(ONE), agent(TWO)).unwrap();
    assert_eq!(hall.agent(Command::CallNext(ONE), ONE), Err(Refusal::CounterTaken { counter: ONE }));
}

#[test]
fn a_board_forgets_no_call_that_somebody_is_expected_for() {
    let call = |counter: u16| Call {
        visit: VisitId(uuid::Uuid::from_u128(counter.into())),
        numbers: Vec::new(),
        counter: CounterId(counter),
        at: Hall::open().now,
        times: 1,
        state: CallState::Calling,
    };
    let mut board = Board::default();
    (1..=60).for_each(|counter| board.apply(&BoardChange::Called(call(counter))));
    assert_eq!(board.calling().count(), 60, "as many as the largest hall has counters");
    for counter in 1..=60 {
        let visit = VisitId(uuid::Uuid::from_u128(counter));
        board.apply(&BoardChange::Ended { visit, state: CallState::Answered });
    }
    assert_eq!(board.calls.len(), CALLS_REMEMBERED);
    assert_eq!(board.calls[0].counter, CounterId(60), "the newest first");
}

#[test]
fn taking_a_recall_back_makes_it_neither_unheard_nor_uncounted() {
    let mut hall = called();
    let recall = |hall: &mut Hall, time: &str| hall.at(time).agent(Command::Recall(ONE), ONE);
    recall(&mut hall, "10:01").unwrap();
    hall.agent(Command::Undo(ONE), ONE).unwrap();
    assert_eq!(recall(&mut hall, "10:01:02"), Err(Refusal::RecallTooSoon { seconds: 3 }));
    recall(&mut hall, "10:01:05").unwrap();
    hall.agent(Command::Undo(ONE), ONE).unwrap();
    assert_eq!(recall(&mut hall, "10:02"), Err(Refusal::RecallLimit { calls_max: 3 }));
}

#[test]
fn putting_somebody_back_and_calling_them_is_a_call_that_was_just_heard() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    hall.call(ONE);
    hall.agent(Command::ReturnToQueue(ONE), ONE).unwrap();
    assert_eq!(hall.agent(Command::CallNext(ONE), ONE), Err(Refusal::RecallTooSoon { seconds: 5 }));
    hall.at("10:00:05").agent(Command::CallNext(ONE), ONE).unwrap();
}

#[test]
fn whoever_was_called_a_moment_ago_stops_no_counter() {
    let mut hall = called();
    hall.agent(Command::Undo(ONE), ONE).unwrap();
    assert_eq!(hall.at("10:00:03").call(TWO), visit_of(2), "whom nobody has called yet");
    hall.agent(Command::Undo(TWO), TWO).unwrap();
    let too_soon = Err(Refusal::RecallTooSoon { seconds: 2 });
    assert_eq!(hall.agent(Command::CallNext(ONE), ONE), too_soon, "until the first can be called again");
    assert_eq!(hall.at("10:00:05").call(ONE), visit_of(1));
}

#[test]
fn a_card_that_missed_its_call_and_is_back_at_once_stops_no_counter() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    let card = hall.came_for_information(true);
    assert_eq!(hall.call(THREE), card);
    hall.agent(Command::NoShow(THREE), THREE).unwrap();
    let number = hall.visit(card).numbers[0].clone();
    hall.agent(Command::BringBack { number }, TWO).unwrap();
    let events = hall.agent(Command::CallNext(ONE), ONE).unwrap();
    let [Event::Called { visit, reason, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*visit, &reason.class), (visit_of(1), &Class::BookedOnTime { slot: hall.now }));
    assert_eq!(hall.at("10:00:05").call(THREE), card);
}

#[test]
fn whoever_was_put_back_is_called_anew_and_can_be_recalled_as_often() {
    let mut hall = called();
    for time in ["10:01", "10:02"] {
        hall.at(time).agent(Command::Recall(ONE), ONE).unwrap();
    }
    hall.agent(Command::ReturnToQueue(ONE), ONE).unwrap();
    assert_eq!(hall.at("10:25").call(TWO), visit_of(1));
    for time in ["10:26", "10:27"] {
        hall.at(time).agent(Command::Recall(TWO), TWO).unwrap();
    }
    let limit = Err(Refusal::RecallLimit { calls_max: 3 });
    assert_eq!(hall.at("10:28").agent(Command::Recall(TWO), TWO), limit);
}

#[test]
fn whoever_had_not_come_after_all_was_called_a_moment_ago() {
    let mut hall = called();
    hall.at("10:00:02").agent(Command::Start(ONE), ONE).unwrap();
    hall.agent(Command::Undo(ONE), ONE).unwrap();
    let too_soon = Err(Refusal::RecallTooSoon { seconds: 2 });
    assert_eq!(hall.at("10:00:03").agent(Command::Recall(ONE), ONE), too_soon);
}

#[test]
fn whoever_came_is_called_by_the_next_counter_at_once() {
    let mut hall = called();
    hall.agent(Command::Start(ONE), ONE).unwrap();
    let to = domain::ServiceId::new(crate::hall::TITLES);
    let place = domain::event::Place::InOrder;
    hall.agent(Command::Transfer { counter: ONE, to, place, note: None }, ONE).unwrap();
    assert!(hall.agent(Command::CallNext(TWO), TWO).is_ok());
}

#[test]
fn a_counter_that_was_taken_out_of_the_configuration_can_be_taken_over_with_whoever_is_there() {
    let mut hall = called();
    hall.configured(|site| {
        site.counters.remove(&ONE);
    });
    assert_eq!(hall.agent(Command::OpenCounter(ONE), TWO), Err(Refusal::CounterTaken { counter: ONE }));
    hall.supervisor(Command::OpenCounter(ONE), TWO).unwrap();
    hall.agent(Command::ReturnToQueue(ONE), TWO).unwrap();
    assert_eq!(hall.at("10:01").sit(TWO).call(TWO), visit_of(1));
}

#[test]
fn whoever_sits_down_at_another_counter_has_left_the_first() {
    let mut hall = Hall::open();
    hall.sit(ONE).sit(THREE);
    let moved = hall.agent(Command::OpenCounter(TWO), ONE).unwrap();
    let person = agent(ONE).person().unwrap();
    let expected =
        [Event::CounterClosed { counter: ONE }, Event::CounterOpened { counter: TWO, agent: person }];
    assert_eq!(moved, expected);
    assert_eq!(hall.agent(Command::CallNext(ONE), ONE), Err(Refusal::CounterNotOpen { counter: ONE }));
    assert!(hall.branch.counters.contains_key(&THREE), "where somebody else sits");
}

#[test]
fn whoever_has_somebody_at_a_counter_sits_down_at_no_other() {
    let mut hall = called();
    hall.agent(Command::CloseCounter(THREE), THREE).unwrap();
    for step in [Command::Tick, Command::Start(ONE)] {
        hall.agent(step, ONE).unwrap();
        let refused = Err(Refusal::BusyElsewhere { counter: ONE });
        assert_eq!(hall.agent(Command::OpenCounter(THREE), ONE), refused);
        assert_eq!(hall.supervisor(Command::OpenCounter(TWO), ONE), refused, "not even to take it over");
    }
    hall.finish(ONE).unwrap();
    assert!(hall.agent(Command::OpenCounter(THREE), ONE).is_ok());
}

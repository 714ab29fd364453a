//! Sent away, handed on, put back, taken back: what agents do apart from calling and serving.

use crate::hall::{Hall, INFORMATION, ONE, THREE, TITLES, TWO, finish, visit_of};
use domain::{
    Command, CounterId, Ending, Event, Refusal, ServiceId, TicketNumber, Turn, VisitId, VisitState,
    event::Place, order::Class, site::SiteFault,
};

fn transfer(to: &str, place: Place) -> Command {
    Command::Transfer { counter: ONE, to: ServiceId::new(to), place, note: None }
}

/// Visitor 1, booked at 10:00, is received at counter 1 at 10:00.
fn received() -> Hall {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    hall.call(ONE);
    hall.agent(Command::Start(ONE), ONE).unwrap();
    hall
}

fn number(hall: &Hall, visit: VisitId) -> TicketNumber {
    hall.visit(visit).numbers[0].clone()
}

/// Why the next one was called.
fn class(hall: &mut Hall, counter: CounterId) -> Class {
    let events = hall.agent(Command::CallNext(counter), counter).unwrap();
    let [Event::Called { reason, .. }] = events.as_slice() else { panic!("{events:?}") };
    reason.class.clone()
}

#[test]
fn whoever_is_parked_is_not_called_before_the_time_and_then_keeps_the_place() {
    let mut hall = received();
    hall.agent(Command::Park { counter: ONE, minutes: 10 }, ONE).unwrap();
    assert_eq!(hall.at("10:09:59").agent(Command::CallNext(TWO), TWO), Err(Refusal::NobodyWaiting));
    hall.booked(2, "10:05").check_in(1, 2).unwrap();
    assert_eq!(hall.at("10:10").call(TWO), visit_of(1), "due at 10:10, before 10:15");
}

#[test]
fn whoever_is_parked_can_be_brought_back_by_the_kiosk_and_by_hand() {
    for by_hand in [false, true] {
        let mut hall = received();
        hall.agent(Command::Park { counter: ONE, minutes: 60 }, ONE).unwrap();
        if by_hand {
            let number = number(&hall, visit_of(1));
            hall.agent(Command::BringBack { number }, TWO).unwrap();
        } else {
            let since = hall.log.last().unwrap().id;
            assert_eq!(hall.check_in(1, 1), Ok(vec![Event::CameBack { visit: visit_of(1), since }]));
        }
        assert_eq!((hall.call(TWO), hall.visit(visit_of(1)).turn), (visit_of(1), Turn::Entry));
    }
}

#[test]
fn nobody_is_parked_for_no_time_or_for_ever() {
    let mut hall = received();
    for minutes in [0, 241, u16::MAX] {
        let refused = hall.agent(Command::Park { counter: ONE, minutes }, ONE);
        assert_eq!(refused, Err(Refusal::NoSuchTime { minutes_max: 240 }));
    }
}

#[test]
fn whoever_is_handed_on_in_order_keeps_the_deadline_of_the_entry() {
    let mut hall = received();
    hall.at("10:20").agent(transfer(INFORMATION, Place::InOrder), ONE).unwrap();
    let visit = hall.visit(visit_of(1));
    assert_eq!((visit.service.as_str(), hall.branch.deadline(visit)), (INFORMATION, hall.wall("10:10")));
    assert_eq!(hall.agent(Command::CallNext(TWO), TWO), Err(Refusal::NobodyWaiting), "another skill");
    assert_eq!(hall.call(THREE), visit_of(1));
}

#[test]
fn whoever_is_put_first_goes_before_all_but_priority() {
    let mut hall = received();
    hall.booked(2, "09:50").check_in(1, 2).unwrap();
    let card = hall.came_for_information(true);
    hall.at("10:30").agent(transfer(INFORMATION, Place::First), ONE).unwrap();
    assert_eq!(hall.call(ONE), card);
    hall.finish(ONE).unwrap();
    assert_eq!(class(&mut hall, ONE), Class::First { since: hall.now });
    hall.finish(ONE).unwrap();
    assert_eq!(hall.call(ONE), visit_of(2));
}

#[test]
fn whoever_is_put_last_waits_from_then_on() {
    let mut hall = received();
    hall.at("10:20").agent(transfer(TITLES, Place::Last), ONE).unwrap();
    let visit = hall.visit(visit_of(1));
    assert_eq!(hall.branch.deadline(visit), hall.wall("11:00"));
}

#[test]
fn nobody_is_handed_on_to_where_nobody_gives_the_service() {
    let mut hall = received();
    assert_eq!(hall.agent(transfer("MARRIAGE", Place::InOrder), ONE), Err(Refusal::UnknownService));
    let note = Some("gossip".to_owned());
    let with_note = Command::Transfer { counter: ONE, to: ServiceId::new(TITLES), place: Place::First, note };
    assert_eq!(hall.agent(with_note, ONE), Err(Refusal::UnknownNote));
}

#[test]
fn a_second_service_of_the_same_visit_waits_from_the_end_of_the_first() {
    let mut hall = received();
    hall.agent(Command::AddService { counter: ONE, service: ServiceId::new(INFORMATION) }, ONE).unwrap();
    let events = hall.at("10:20").finish(ONE).unwrap();
    assert!(matches!(events.as_slice(), [Event::ServiceDone { .. }]), "{events:?}");
    let visit = hall.visit(visit_of(1));
    assert_eq!((visit.state.clone(), visit.turn), (VisitState::Waiting, Turn::Next { since: hall.now }));
    assert_eq!(hall.branch.deadline(visit), hall.wall("10:30"));
    let since = hall.now;
    assert_eq!(class(&mut hall, THREE), Class::NextService { since });
    let events = hall.finish(THREE).unwrap();
    assert!(matches!(events.as_slice(), [Event::Finished { .. }]), "nothing follows: {events:?}");
}

#[test]
fn a_service_can_say_what_follows_it() {
    let mut hall = Hall::staffed();
    hall.configured(|site| {
        let desk = site.services.get_mut(&ServiceId::new(TITLES)).unwrap();
        desk.then = vec![ServiceId::new(INFORMATION)];
    });
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    hall.call(TWO);
    hall.finish(TWO).unwrap();
    assert_eq!(hall.call(THREE), visit_of(1));
    hall.finish(THREE).unwrap();
    assert!(!hall.visit(visit_of(1)).state.is_live());
}

#[test]
fn whoever_is_put_back_has_the_old_place() {
    let mut hall = received();
    hall.agent(Command::ReturnToQueue(ONE), ONE).unwrap();
    assert_eq!(hall.at("10:30").call(TWO), visit_of(1));
    assert_eq!(hall.visit(visit_of(1)).turn, Turn::Entry);
}

#[test]
fn the_latest_action_of_a_counter_can_be_taken_back_whatever_it_was() {
    let add = Command::AddService { counter: ONE, service: ServiceId::new(INFORMATION) };
    let actions = [
        finish(ONE),
        Command::Park { counter: ONE, minutes: 5 },
        transfer(INFORMATION, Place::Last),
        add,
        Command::ReturnToQueue(ONE),
    ];
    for action in actions {
        let mut hall = received();
        let before = hall.branch.clone();
        hall.agent(action.clone(), ONE).unwrap();
        hall.agent(Command::Undo(ONE), ONE).unwrap();
        assert_eq!(hall.visit(visit_of(1)).standing(), before.visits[&visit_of(1)].standing(), "{action:?}");
        assert_eq!(hall.branch.at_counter(ONE).map(|visit| visit.id), Some(visit_of(1)));
        assert_eq!(hall.agent(Command::Undo(ONE), ONE), Err(Refusal::NothingToUndo), "once");
        hall.finish(ONE).unwrap();
    }
}

#[test]
fn a_call_that_is_taken_back_leaves_the_visitor_where_they_were() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    let before = hall.visit(visit_of(1)).standing();
    hall.call(ONE);
    hall.agent(Command::Undo(ONE), ONE).unwrap();
    assert_eq!(hall.visit(visit_of(1)).standing(), before);
    assert_eq!(hall.at("10:01").call(TWO), visit_of(1));
    assert_eq!(hall.agent(Command::Undo(ONE), ONE), Err(Refusal::NothingToUndo));
}

#[test]
fn what_somebody_else_built_on_is_not_taken_back() {
    let mut hall = received();
    hall.agent(transfer(INFORMATION, Place::InOrder), ONE).unwrap();
    hall.call(THREE);
    assert_eq!(hall.agent(Command::Undo(ONE), ONE), Err(Refusal::NothingToUndo));
    hall.agent(Command::Undo(THREE), THREE).unwrap();
    assert_eq!(hall.agent(Command::Undo(ONE), ONE), Err(Refusal::NothingToUndo), "the call happened");
}

#[test]
fn only_somebody_who_may_choose_calls_out_of_order_and_the_call_says_so() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").booked(2, "10:10").check_in(1, 1).unwrap();
    hall.check_in(1, 2).unwrap();
    let call = Command::Call { counter: ONE, number: number(&hall, visit_of(2)) };
    assert_eq!(hall.agent(call.clone(), ONE), Err(Refusal::MayNotChoose));
    let events = hall.supervisor(call.clone(), ONE).unwrap();
    let [Event::Called { visit, reason, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((*visit, &reason.class), (visit_of(2), &Class::ByHand));
    let again = Command::Call { counter: TWO, number: number(&hall, visit_of(2)) };
    assert_eq!(hall.supervisor(again, TWO), Err(Refusal::VisitBusy { counter: ONE }));
    let elsewhere = Command::Call { counter: THREE, number: number(&hall, visit_of(1)) };
    assert_eq!(hall.supervisor(elsewhere, THREE), Err(Refusal::CannotServe { counter: THREE }));
    let nobody = Command::Call { counter: TWO, number: "Z999".parse().unwrap() };
    assert_eq!(hall.supervisor(nobody, TWO), Err(Refusal::UnknownVisit));
}

#[test]
fn a_paused_counter_finishes_whoever_is_there_and_calls_nobody() {
    let mut hall = received();
    hall.booked(2, "10:00").check_in(1, 2).unwrap();
    hall.agent(Command::Pause(ONE), ONE).unwrap();
    hall.finish(ONE).unwrap();
    let paused = Err(Refusal::CounterPaused { counter: ONE });
    assert_eq!(hall.agent(Command::CallNext(ONE), ONE), paused);
    hall.agent(Command::Resume(ONE), ONE).unwrap();
    assert_eq!(hall.call(ONE), visit_of(2));
}

#[test]
fn a_card_that_is_withdrawn_gives_the_deadline_that_the_visit_would_have_had() {
    let mut hall = Hall::staffed();
    let card = hall.came_for_information(true);
    hall.booked(1, "10:05").check_in(1, 1).unwrap();
    let shown = |hall: &Hall, shown| Command::SeeCard { number: number(hall, card), shown };
    let withdrawn = shown(&hall, false);
    hall.agent(withdrawn, THREE).unwrap();
    assert_eq!(hall.branch.deadline(hall.visit(card)), hall.wall("10:40"));
    assert_eq!(hall.branch.next_for(ONE, hall.now).unwrap().id, visit_of(1));
    let seen = shown(&hall, true);
    hall.agent(seen, THREE).unwrap();
    assert_eq!(hall.branch.next_for(ONE, hall.now).unwrap().id, card);
}

#[test]
fn whoever_leaves_is_called_no_more_and_whoever_is_at_a_counter_is_finished_there() {
    let mut hall = received();
    let end = |hall: &Hall, how| Command::End { number: number(hall, visit_of(1)), how };
    let left = end(&hall, Ending::Left);
    assert_eq!(hall.agent(left.clone(), TWO), Err(Refusal::VisitBusy { counter: ONE }));
    hall.agent(Command::ReturnToQueue(ONE), ONE).unwrap();
    hall.agent(left.clone(), TWO).unwrap();
    assert_eq!(hall.agent(Command::CallNext(ONE), ONE), Err(Refusal::NobodyWaiting));
    assert_eq!(hall.agent(left, TWO), Err(Refusal::VisitEnded));
    assert_eq!(hall.check_in(1, 1), Err(Refusal::VisitEnded));
}

#[test]
fn whoever_missed_a_call_can_come_back_for_a_while_and_then_a_person_decides() {
    for (time, back) in [("11:00", true), ("11:00:01", false)] {
        let mut hall = Hall::staffed();
        hall.booked(1, "10:00").check_in(1, 1).unwrap();
        hall.call(ONE);
        hall.agent(Command::NoShow(ONE), ONE).unwrap();
        let until = hall.wall("11:00");
        let answer = hall.at(time).check_in(1, 1);
        if back {
            assert!(answer.is_ok());
        } else {
            assert_eq!(answer, Err(Refusal::ReturnTooLate { until }));
            let number = number(&hall, visit_of(1));
            hall.agent(Command::BringBack { number }, TWO).unwrap();
        }
        let due = hall.branch.deadline(hall.visit(visit_of(1)));
        assert_eq!(due, hall.now + chrono::Duration::minutes(40), "from then on");
    }
}

#[test]
fn what_was_delivered_is_one_of_the_services_own_codes() {
    let mut hall = received();
    let delivered =
        |code: &str| Command::Finish { counter: ONE, delivered: Some(domain::Delivered(code.into())) };
    assert_eq!(hall.agent(delivered("gold"), ONE), Err(Refusal::UnknownOutcome));
    let events = hall.agent(delivered("done"), ONE).unwrap();
    assert!(matches!(&events[..], [Event::Finished { delivered: Some(code), .. }] if code.0 == "done"));
}

#[test]
fn whoever_waits_in_another_zone_is_not_called_across_the_building() {
    let mut hall = Hall::staffed();
    hall.configured(|site| {
        let (hall, annex) = (domain::ZoneId::new("hall"), domain::ZoneId::new("annex"));
        site.zones = [hall.clone(), annex.clone()].map(|zone| (zone, crate::hall::text("Salle"))).into();
        site.counters.get_mut(&ONE).unwrap().zone = Some(hall);
        site.counters.get_mut(&TWO).unwrap().zone = Some(annex.clone());
        site.services.get_mut(&ServiceId::new(TITLES)).unwrap().zones = [annex].into();
        site.counters.get_mut(&ONE).unwrap().serves.remove(&ServiceId::new(TITLES));
    });
    // A counter that says that it gives what it can call nobody for is a fault; the rules do not rest on that.
    let serves = |site: &mut domain::Site| {
        site.counters.get_mut(&ONE).unwrap().serves.insert(ServiceId::new(TITLES));
    };
    serves(hall.branch.site.as_mut().unwrap());
    assert!(matches!(hall.branch.site.as_ref().unwrap().faults()[..], [SiteFault::OutOfReach(..)]));
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    assert_eq!(hall.agent(Command::CallNext(ONE), ONE), Err(Refusal::NobodyWaiting));
    assert_eq!(hall.call(TWO), visit_of(1));
}

#[test]
fn a_service_that_is_taken_away_leaves_nobody_waiting_for_ever() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    hall.configured(|site| {
        let titles = ServiceId::new(TITLES);
        site.services.remove(&titles);
        site.counters.values_mut().for_each(|counter| {
            counter.serves.remove(&titles);
        });
    });
    assert_eq!(hall.call(THREE), visit_of(1));
}

#[test]
fn whoever_missed_a_call_and_is_picked_by_hand_has_lost_the_place_all_the_same() {
    let after: [(&str, Command); 3] = [
        ("put back", Command::ReturnToQueue(ONE)),
        ("handed on", transfer(TITLES, Place::InOrder)),
        ("sent away", Command::Park { counter: ONE, minutes: 5 }),
    ];
    for (what, action) in after {
        let mut hall = Hall::staffed();
        hall.booked(1, "10:00").check_in(1, 1).unwrap();
        hall.call(ONE);
        hall.at("10:05").agent(Command::NoShow(ONE), ONE).unwrap();
        let number = number(&hall, visit_of(1));
        hall.at("10:30").supervisor(Command::Call { counter: ONE, number }, ONE).unwrap();
        hall.agent(action, ONE).unwrap();
        assert_eq!(hall.branch.deadline(hall.visit(visit_of(1))), hall.wall("11:10"), "{what}");
    }
}

#[test]
fn a_place_keeps_the_targets_of_the_service_that_it_was_given_for() {
    let mut hall = Hall::staffed();
    hall.configured(|site| {
        let information = site.services.get_mut(&ServiceId::new(INFORMATION)).unwrap();
        (information.target_booked_minutes, information.target_other_minutes) = (2, 5);
    });
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    hall.call(ONE);
    hall.agent(transfer(TITLES, Place::Last), ONE).unwrap();
    hall.at("10:10").call(ONE);
    hall.agent(transfer(INFORMATION, Place::InOrder), ONE).unwrap();
    assert_eq!(hall.branch.deadline(hall.visit(visit_of(1))), hall.wall("10:40"));
}

#[test]
fn whoever_was_said_to_have_left_and_stands_here_has_the_old_place() {
    for how in [Ending::Left, Ending::Cancelled] {
        let mut hall = Hall::staffed();
        hall.booked(1, "10:00").check_in(1, 1).unwrap();
        let number = number(&hall, visit_of(1));
        hall.agent(Command::End { number: number.clone(), how }, ONE).unwrap();
        hall.at("10:20").agent(Command::BringBack { number }, TWO).unwrap();
        assert_eq!(hall.branch.deadline(hall.visit(visit_of(1))), hall.wall("10:10"));
        assert_eq!(hall.call(ONE), visit_of(1));
    }
}

#[test]
fn only_whoever_missed_a_call_can_be_said_not_to_have_come() {
    let mut hall = received();
    hall.finish(ONE).unwrap();
    hall.booked(2, "10:00").check_in(1, 2).unwrap();
    let number = number(&hall, visit_of(2));
    let end = Command::End { number, how: Ending::NoShow };
    assert_eq!(hall.agent(end.clone(), ONE), Err(Refusal::NotAway));
    hall.call(ONE);
    hall.agent(Command::NoShow(ONE), ONE).unwrap();
    hall.agent(end, ONE).unwrap();
    assert!(!hall.visit(visit_of(2)).state.is_live());
}

#[test]
fn a_visit_whose_number_somebody_else_has_by_now_does_not_come_to_life_again() {
    let mut hall = Hall::boundless();
    hall.sit(ONE);
    for _ in 0..domain::number::NUMBERS_PER_LANE {
        hall.came_for_information(false);
    }
    let served = hall.call(ONE);
    let theirs = number(&hall, served);
    hall.finish(ONE).unwrap();
    let other = hall.came_for_information(false);
    assert_eq!(number(&hall, other), theirs, "all others are in hands");
    assert_eq!(hall.agent(Command::Undo(ONE), ONE), Err(Refusal::NothingToUndo));
}

#[test]
fn a_visit_is_not_brought_back_while_somebody_else_has_one_of_its_numbers() {
    let mut hall = Hall::boundless();
    hall.sit(ONE).booked(1, "10:00");
    let mut unheard = hall.cut_off(2);
    unheard.check_in(2, 1).unwrap();
    hall.check_in(1, 1).unwrap();
    unheard.log.iter().for_each(|fact| hall.branch.apply(fact));
    let [theirs, own] = [0, 1].map(|place| hall.numbers(1)[place].clone());
    for _ in 1..domain::number::NUMBERS_PER_LANE {
        hall.came_for_information(false);
    }
    let ends: [fn(&mut Hall, TicketNumber); 3] = [
        |hall, _| {
            assert_eq!(hall.call(ONE), visit_of(1));
            hall.finish(ONE).unwrap();
        },
        |hall, number| {
            hall.agent(Command::End { number, how: Ending::Left }, ONE).unwrap();
        },
        |hall, number| {
            hall.agent(Command::RecordServed { numbers: vec![number], at: None }, ONE).unwrap();
        },
    ];
    for end in ends {
        let mut hall = hall.clone();
        end(&mut hall, own.clone());
        let other = hall.came_for_information(false);
        assert_eq!(number(&hall, other), theirs, "all others are in hands");
        let bring_back = Command::BringBack { number: own.clone() };
        assert_eq!(hall.agent(bring_back, ONE), Err(Refusal::VisitEnded));
    }
}

#[test]
fn whoever_was_finished_by_mistake_is_brought_back_to_the_old_place_when_nothing_can_be_undone() {
    let mistaken = || {
        let mut hall = Hall::staffed();
        hall.booked(1, "10:00").booked(2, "10:05").check_in(1, 1).unwrap();
        hall.check_in(1, 2).unwrap();
        assert_eq!(hall.call(ONE), visit_of(1));
        hall.finish(ONE).unwrap();
        hall
    };
    let mut next_called = mistaken();
    next_called.call(ONE);
    next_called.agent(Command::Undo(ONE), ONE).unwrap();
    let mut left = mistaken();
    left.agent(Command::CloseCounter(ONE), ONE).unwrap();
    left.sit(ONE);
    for mut hall in [next_called, left] {
        assert_eq!(hall.agent(Command::Undo(ONE), ONE), Err(Refusal::NothingToUndo));
        let number = hall.numbers(1)[0].clone();
        let back = hall.at("10:20").agent(Command::BringBack { number }, ONE);
        assert_eq!(back, Ok(vec![Event::BroughtBack { visit: visit_of(1) }]));
        assert_eq!(hall.branch.deadline(hall.visit(visit_of(1))), hall.wall("10:10"));
        assert_eq!(hall.call(TWO), visit_of(1), "ahead of whoever is due later");
    }
}

#[test]
fn whoever_missed_a_call_and_was_thought_to_be_gone_waits_from_when_they_are_seen_again() {
    let ends: [fn(TicketNumber) -> Command; 4] = [
        |number| Command::End { number, how: Ending::Left },
        |number| Command::End { number, how: Ending::NoShow },
        |number| Command::End { number, how: Ending::Cancelled },
        |number| Command::RecordServed { numbers: vec![number], at: None },
    ];
    for end in ends {
        let mut hall = Hall::staffed();
        hall.booked(1, "10:00").check_in(1, 1).unwrap();
        hall.call(ONE);
        hall.at("10:02").agent(Command::NoShow(ONE), ONE).unwrap();
        let number = hall.numbers(1)[0].clone();
        hall.at("10:05").agent(end(number.clone()), TWO).unwrap();
        hall.at("11:30").agent(Command::BringBack { number: number.clone() }, TWO).unwrap();
        let visit = hall.visit(visit_of(1));
        assert_eq!(hall.branch.deadline(visit), hall.wall("12:10"), "after {:?}", end(number));
    }
}

#[test]
fn how_long_a_call_can_be_missed_is_for_the_service_that_it_was_for_to_say() {
    let mut hall = Hall::staffed();
    hall.configured(|site| {
        let information = site.services.get_mut(&ServiceId::new(INFORMATION)).unwrap();
        information.return_minutes = 5;
    });
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    hall.call(ONE);
    hall.agent(transfer(INFORMATION, Place::InOrder), ONE).unwrap();
    assert_eq!(hall.call(THREE), visit_of(1));
    hall.agent(Command::NoShow(THREE), THREE).unwrap();
    let until = hall.wall("10:05");
    assert_eq!(hall.at("10:06").check_in(1, 1), Err(Refusal::ReturnTooLate { until }));
}

#[test]
fn a_card_and_a_call_by_hand_change_nothing_about_how_long_somebody_waited() {
    let mut hall = Hall::staffed();
    let visit = hall.came_for_information(true);
    hall.call(THREE);
    let service = ServiceId::new(TITLES);
    hall.agent(Command::AddService { counter: THREE, service }, THREE).unwrap();
    hall.at("11:00").finish(THREE).unwrap();
    hall.at("11:01");
    let by_hand = Command::Call { counter: TWO, number: number(&hall, visit) };
    for (command, class) in [(Command::CallNext(TWO), Class::Priority), (by_hand, Class::ByHand)] {
        let events = hall.clone().supervisor(command, TWO).unwrap();
        let [Event::Called { reason, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!((&reason.class, reason.waited_seconds), (&class, 60));
    }
}

#[test]
fn a_reason_says_how_long_somebody_waited_for_this_call() {
    let mut hall = received();
    hall.agent(Command::AddService { counter: ONE, service: ServiceId::new(INFORMATION) }, ONE).unwrap();
    hall.at("11:00").finish(ONE).unwrap();
    let events = hall.at("11:05").agent(Command::CallNext(THREE), THREE).unwrap();
    let [Event::Called { reason, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(
        (&reason.class, reason.waited_seconds),
        (&Class::NextService { since: hall.wall("11:00") }, 300)
    );

    let mut hall = received();
    hall.agent(transfer(TITLES, Place::Last), ONE).unwrap();
    let since = hall.now;
    assert_eq!(class(hall.at("10:30"), ONE), Class::PutLast { since }, "not « came back »");
}

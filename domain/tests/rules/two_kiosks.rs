//! The same booking at two kiosks that do not hear of each other.

use crate::hall::{Hall, ONE, TWO, finish, lane, visit_of};
use domain::{BookingStatus, Branch, Command, Event, Flag, Punctuality, Recorded, Turn, VisitState};

/// The facts that two kiosks state while they are cut off: the first at one time, the second at another.
fn two_tickets(first: &str, second: &str) -> (Hall, Vec<Recorded>) {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00");
    let facts = [(1, first), (2, second)].into_iter().flat_map(|(kiosk, time)| {
        let mut alone = hall.cut_off(kiosk);
        alone.at(time).check_in(kiosk, 1).unwrap();
        alone.log
    });
    let facts = facts.collect();
    (hall, facts)
}

fn with(branch: &Branch, facts: &[Recorded]) -> Branch {
    let mut branch = branch.clone();
    facts.iter().for_each(|fact| branch.apply(fact));
    branch
}

#[test]
fn it_is_one_visit_with_two_numbers_that_arrived_at_the_earlier_time() {
    let (hall, facts) = two_tickets("10:16", "10:05");
    let branch = with(&hall.branch, &facts);
    assert_eq!(branch.visits.len(), 1);
    let visit = &branch.visits[&visit_of(1)];
    assert_eq!(visit.numbers.iter().map(|n| n.lane.clone()).collect::<Vec<_>>(), [lane(1), lane(2)]);
    assert_eq!((visit.arrival, visit.language.as_str()), (hall.wall("10:05"), "en"));
    assert_eq!(
        visit.booked.unwrap().punctuality,
        Punctuality::OnTime,
        "late at one kiosk, on time at the other"
    );
    assert!(visit.numbers.iter().all(|number| branch.holder(number).unwrap().id == visit.id));
}

#[test]
fn both_orders_of_arrival_say_the_same() {
    let (hall, mut facts) = two_tickets("10:16", "10:05");
    let forth = with(&hall.branch, &facts);
    facts.reverse();
    assert_eq!(with(&hall.branch, &facts), forth);
}

#[test]
fn a_call_names_both_numbers_and_nobody_is_left_to_call() {
    let (mut hall, facts) = two_tickets("10:01", "10:02");
    hall.branch = with(&hall.branch, &facts);
    let events = hall.at("10:03").agent(Command::CallNext(ONE), ONE).unwrap();
    let [Event::Called { numbers, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(numbers, hall.numbers(1));
    assert_eq!(numbers.len(), 2);
    assert_eq!(hall.agent(Command::CallNext(TWO), TWO), Err(domain::Refusal::NobodyWaiting));
}

#[test]
fn a_second_number_that_comes_to_light_after_the_call_is_added_and_the_call_stands() {
    let (mut hall, facts) = two_tickets("10:01", "10:02");
    hall.branch = with(&hall.branch, &facts[..1]);
    hall.at("10:03").call(ONE);
    hall.branch = with(&hall.branch, &facts[1..]);
    assert_eq!(hall.numbers(1).len(), 2);
    assert!(matches!(hall.visit(visit_of(1)).state, VisitState::Called { counter: ONE, .. }));
    let events = hall.at("10:04").agent(Command::Recall(ONE), ONE).unwrap();
    assert!(matches!(events.as_slice(), [Event::Recalled { numbers, .. }] if numbers.len() == 2));
}

#[test]
fn facts_of_one_lane_that_come_in_the_wrong_order_do_not_turn_its_count_back() {
    let hall = Hall::open();
    let mut kiosk = hall.cut_off(1);
    for _ in 0..3 {
        kiosk.came_for_information(false);
    }
    let backwards: Vec<Recorded> = kiosk.log.iter().rev().cloned().collect();
    let branch = with(&hall.branch, &backwards);
    assert_eq!(branch.lanes, kiosk.branch.lanes);
    assert_eq!(branch, kiosk.branch);
}

/// One holder was served (or missed the call) before the other's ticket came to light.
fn came_late(action: Command) -> (Hall, Vec<Recorded>) {
    let (mut hall, facts) = two_tickets("10:01", "10:02");
    hall.branch = with(&hall.branch, &facts[..1]);
    hall.at("10:03").call(ONE);
    hall.at("10:05").agent(action, ONE).unwrap();
    (hall, facts)
}

#[test]
fn a_number_that_comes_to_light_after_the_visit_is_another_holder_who_waits() {
    let (mut hall, facts) = came_late(finish(ONE));
    hall.branch = with(&hall.branch, &facts[1..]);
    let first = hall.visit(visit_of(1)).clone();
    let second = hall.visit(visit_of(1).next_holder()).clone();
    assert!(!first.state.is_live() && first.numbers.len() == 1);
    assert_eq!((second.state.clone(), second.numbers.len()), (VisitState::Waiting, 1));
    assert!(second.flags.contains(&Flag::SecondHolder));
    assert_eq!(hall.call(TWO), second.id);
}

#[test]
fn a_number_that_was_not_called_is_not_missed() {
    let (mut hall, facts) = came_late(Command::NoShow(ONE));
    hall.branch = with(&hall.branch, &facts[1..]);
    assert_eq!(hall.visit(visit_of(1)).turn, Turn::Entry, "the place is the old one");
    let events = hall.agent(Command::CallNext(TWO), TWO).unwrap();
    assert!(matches!(events.as_slice(), [Event::Called { numbers, .. }] if numbers.len() == 2));
}

#[test]
fn it_does_not_matter_whether_the_late_number_is_heard_before_or_after_the_decision() {
    for action in [finish(ONE), Command::NoShow(ONE)] {
        let (hall, facts) = came_late(action);
        // Everything that was recorded, with the second ticket at each place after the call of the first.
        let (before, after) = hall.log.split_at(hall.log.len() - 2);
        let fold = |place: usize| {
            let mut all: Vec<Recorded> = before.to_vec();
            all.push(facts[0].clone());
            all.extend(after[..place].iter().cloned());
            all.push(facts[1].clone());
            all.extend(after[place..].iter().cloned());
            with(&Branch::default(), &all)
        };
        let said = |branch: &Branch| {
            branch
                .visits
                .values()
                .map(|v| (v.id, v.standing(), v.numbers.clone(), v.flags.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(said(&fold(0)), said(&fold(2)));
        assert_eq!(said(&fold(1)), said(&fold(2)));
    }
}

#[test]
fn a_booking_that_was_cancelled_meanwhile_is_flagged_and_called_all_the_same() {
    let (mut hall, facts) = two_tickets("10:01", "10:02");
    let mut cancelled = hall.booking(1, "10:00");
    cancelled.status = BookingStatus::Cancelled;
    hall.operator(Command::RecordBookings(vec![cancelled]));
    hall.branch = with(&hall.branch, &facts[..1]);
    assert!(hall.visit(visit_of(1)).flags.contains(&Flag::CancelledMeanwhile));
    assert_eq!(hall.call(ONE), visit_of(1));
}

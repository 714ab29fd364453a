//! Who is next, and why.

use crate::hall::{Hall, ONE, THREE, TWO, visit_of};
use domain::{Command, Event, Refusal, VisitId, order::Class};

/// Everybody in the order in which a counter calls them.
fn all_called(hall: &mut Hall) -> Vec<VisitId> {
    let mut called = Vec::new();
    while hall.branch.next_for(ONE, hall.now).is_some() {
        called.push(hall.call(ONE));
        hall.finish(ONE).unwrap();
    }
    called
}

#[test]
fn people_on_time_are_called_by_slot_and_not_by_arrival() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:20").booked(2, "10:00").booked(3, "10:10");
    for reference in 1..=3 {
        hall.check_in(1, reference).unwrap();
    }
    assert_eq!(all_called(&mut hall), [2, 3, 1].map(visit_of));
}

#[test]
fn an_early_visitor_with_nobody_before_is_served_early() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:30").check_in(1, 1).unwrap();
    assert_eq!(hall.call(ONE), visit_of(1));
}

#[test]
fn a_late_visitor_has_lost_the_slot_and_ranks_by_arrival() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").booked(2, "10:40").at("10:16").check_in(1, 1).unwrap();
    hall.at("10:17").check_in(1, 2).unwrap();
    // 10:16 and 40 minutes is later than 10:40 and 10 minutes.
    assert_eq!(all_called(&mut hall), [2, 1].map(visit_of));
}

#[test]
fn somebody_without_a_booking_waits_at_most_the_target_of_people_who_come_later() {
    let mut hall = Hall::staffed();
    let first = hall.came_for_information(false);
    hall.booked(1, "10:29").booked(2, "10:31");
    hall.at("10:29").check_in(1, 1).unwrap();
    hall.check_in(1, 2).unwrap();
    // Due at 10:40, between 10:39 and 10:41.
    assert_eq!(all_called(&mut hall), [visit_of(1), first, visit_of(2)]);
}

#[test]
fn priority_goes_before_everybody_also_who_is_overdue_and_among_itself_by_arrival() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    let first = hall.at("10:20").came_for_information(true);
    let second = hall.at("10:21").came_for_information(true);
    assert_eq!(all_called(&mut hall), [first, second, visit_of(1)]);
}

#[test]
fn the_same_deadline_goes_to_whoever_came_first() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:10").booked(2, "10:10");
    hall.at("10:01").check_in(1, 2).unwrap();
    hall.at("10:02").check_in(1, 1).unwrap();
    assert_eq!(all_called(&mut hall), [2, 1].map(visit_of));
}

#[test]
fn whoever_missed_a_call_and_is_back_waits_from_then_on() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").booked(2, "10:25").check_in(1, 1).unwrap();
    hall.check_in(1, 2).unwrap();
    hall.call(ONE);
    hall.agent(Command::NoShow(ONE), ONE).unwrap();
    let between = hall.at("10:01").came_for_information(false);
    hall.at("10:02").check_in(1, 1).unwrap();
    assert_eq!(all_called(&mut hall), [visit_of(2), between, visit_of(1)]);
}

#[test]
fn a_counter_calls_only_whom_it_can_serve() {
    let mut hall = Hall::staffed();
    let information = hall.came_for_information(false);
    assert_eq!(hall.agent(Command::CallNext(TWO), TWO), Err(Refusal::NobodyWaiting));
    assert_eq!(hall.call(THREE), information);
}

#[test]
fn a_call_says_why() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:05").check_in(1, 1).unwrap();
    hall.came_for_information(false);
    hall.at("10:03").came_for_information(true);
    let (slot, arrived) = (hall.wall("10:05"), hall.wall("10:00"));
    hall.at("10:14");
    let mut reasons = Vec::new();
    for _ in 0..3 {
        let events = hall.agent(Command::CallNext(ONE), ONE).unwrap();
        let [Event::Called { reason, .. }] = events.as_slice() else { panic!("{events:?}") };
        reasons.push((reason.class.clone(), reason.waited_seconds / 60));
        hall.finish(ONE).unwrap();
    }
    assert_eq!(reasons, [(Class::Priority, 11), (Class::BookedOnTime { slot }, 14), (Class::WalkIn, 14)]);
    assert_eq!(hall.visit(visit_of(1)).arrival, arrived);
}

//! Coming without a booking.

use crate::hall::{DAILY_LIMIT, Hall, INFORMATION, ONE, TITLES, lane};
use domain::{Command, Event, Refusal, ServiceId, VisitState, event::Place, number::NUMBERS_PER_LANE};
use std::collections::BTreeSet;

#[test]
fn only_services_that_take_people_without_a_booking_give_a_ticket() {
    let mut hall = Hall::open();
    assert_eq!(hall.walk_in(1, TITLES, false), Err(Refusal::NoWalkIn));
    assert_eq!(hall.walk_in(1, "MARIAGE", false), Err(Refusal::NoWalkIn));
    assert!(hall.walk_in(1, INFORMATION, false).is_ok());
}

#[test]
fn the_daily_limit_counts_everybody_of_the_day_also_who_has_gone() {
    let mut hall = Hall::staffed();
    hall.came_for_information(false);
    hall.call(ONE);
    hall.finish(ONE).unwrap();
    for _ in 1..DAILY_LIMIT {
        hall.came_for_information(false);
    }
    assert_eq!(hall.walk_in(2, INFORMATION, false), Err(Refusal::DailyLimitReached));
    hall.on("2026-11-24").at("09:00");
    assert!(hall.walk_in(2, INFORMATION, false).is_ok(), "a new day, a new count");
}

#[test]
fn whoever_was_handed_on_has_taken_one_of_the_days_tickets_all_the_same() {
    let mut hall = Hall::staffed();
    hall.came_for_information(false);
    hall.call(ONE);
    let to = ServiceId::new(TITLES);
    hall.agent(Command::Transfer { counter: ONE, to, place: Place::InOrder, note: None }, ONE).unwrap();
    for _ in 1..DAILY_LIMIT {
        hall.came_for_information(false);
    }
    assert_eq!(hall.walk_in(2, INFORMATION, false), Err(Refusal::DailyLimitReached));
}

#[test]
fn nobody_takes_a_ticket_while_the_doors_are_closed() {
    let mut hall = Hall::open();
    let opens_at = Some(hall.wall("08:30"));
    assert_eq!(hall.at("08:00").walk_in(1, INFORMATION, false), Err(Refusal::Closed { opens_at }));
    assert_eq!(hall.at("17:00").walk_in(1, INFORMATION, false), Err(Refusal::Closed { opens_at: None }));
}

#[test]
fn numbers_follow_one_another_in_each_kiosks_own_lane() {
    let mut hall = Hall::open();
    let mut numbers = |kiosk| {
        let events = hall.walk_in(kiosk, INFORMATION, false).unwrap();
        let [Event::WalkInTaken { ticket }] = events.as_slice() else { panic!("{events:?}") };
        ticket.number.clone()
    };
    let (a, h, next) = (numbers(1), numbers(2), numbers(1));
    assert_eq!((&a.lane, &h.lane), (&lane(1), &lane(2)));
    assert_eq!(next, a.next());
}

#[test]
fn a_lane_goes_round_past_the_numbers_that_are_still_in_hands() {
    let mut hall = Hall::boundless();
    hall.sit(ONE);
    for _ in 0..NUMBERS_PER_LANE {
        hall.came_for_information(false);
    }
    let given: BTreeSet<_> = hall.branch.numbers.keys().cloned().collect();
    assert_eq!(given.len(), usize::from(NUMBERS_PER_LANE), "all different");
    assert_eq!(hall.walk_in(1, INFORMATION, false), Err(Refusal::LaneExhausted));
    assert!(hall.walk_in(2, INFORMATION, false).is_ok(), "the other kiosk has its own");
    let served = hall.call(ONE);
    let free = hall.visit(served).numbers.clone();
    hall.finish(ONE).unwrap();
    let again = hall.came_for_information(false);
    assert_eq!((&hall.visit(again).numbers, &hall.visit(again).state), (&free, &VisitState::Waiting));
}

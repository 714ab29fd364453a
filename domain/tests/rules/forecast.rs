//! How long people will wait, as a range.

use crate::hall::{Hall, INFORMATION, ONE, THREE, TITLES, TWO, key, visit_of};
use chrono::Duration;
use domain::{
    Command, CounterId, ServiceId,
    command::Asking,
    event::Place,
    forecast::{Wait, WaitRange},
};

fn information() -> ServiceId {
    ServiceId::new(INFORMATION)
}

/// How long somebody who came for information now would wait.
fn wait(hall: &Hall) -> Option<Wait> {
    hall.branch.wait_for(&information(), hall.now)
}

fn minutes(hall: &Hall) -> (u16, u16) {
    let WaitRange { from_minutes, to_minutes } = wait(hall).unwrap().range();
    (from_minutes, to_minutes)
}

#[test]
fn whoever_comes_to_a_free_counter_does_not_wait() {
    let hall = Hall::staffed();
    assert_eq!(minutes(&hall), (0, 0));
}

#[test]
fn nobody_can_tell_while_no_counter_that_gives_the_service_is_open() {
    let mut hall = Hall::open();
    assert_eq!(wait(&hall), None);
    hall.sit(TWO);
    assert_eq!(wait(&hall), None, "counter 2 gives titles");
    hall.sit(THREE);
    assert!(wait(&hall).is_some());
    hall.agent(Command::Pause(THREE), THREE).unwrap();
    assert_eq!(wait(&hall), None, "a counter that has paused calls nobody");
}

#[test]
fn each_who_waits_makes_the_wait_of_the_next_longer() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    let mut before = 0.0;
    for _ in 0..8 {
        hall.came_for_information(false);
        let now = wait(&hall).unwrap().middle;
        assert!(now > before, "{now} seconds after {before}");
        before = now;
    }
    // Eight of ten minutes each at one counter.
    assert!((60.0..100.0).contains(&(before / 60.0)), "{before}");
}

#[test]
fn a_second_counter_halves_the_wait() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    hall.crowd(12);
    let alone = wait(&hall).unwrap().middle;
    hall.sit(ONE);
    let both = wait(&hall).unwrap().middle;
    assert!((0.4..0.6).contains(&(both / alone)), "{both} of {alone}");
}

#[test]
fn a_counter_that_has_let_somebody_wait_for_long_is_not_counted_as_open() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    hall.sit(ONE);
    hall.crowd(4);
    hall.call(THREE);
    let with_both = wait(&hall).unwrap().middle;
    // Nobody is at counter 1, and its agent has called nobody for eleven minutes.
    hall.now += chrono::Duration::minutes(11);
    hall.finish(THREE).unwrap();
    hall.call(THREE);
    let with_one = wait(&hall).unwrap().middle;
    assert!(with_one > with_both, "{with_one} after {with_both}");
}

#[test]
fn a_counter_whose_reception_nobody_closed_is_not_counted_as_nearly_free_for_ever() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    hall.crowd(3);
    hall.call(THREE);
    assert!(wait(&hall).is_some());
    // Ten minutes say the settings; it has lasted an hour.
    hall.now += chrono::Duration::minutes(60);
    assert_eq!(wait(&hall), None, "nobody can tell when anybody comes to this counter");
}

#[test]
fn a_counter_that_finds_nobody_takes_whoever_comes_to_it_from_another() {
    // Titles are followed by information; counter 2 gives titles alone, counter 3 information alone.
    let middle_of_titles = |is_shared: bool| {
        let mut hall = Hall::open();
        hall.configured(|site| {
            site.services.get_mut(&ServiceId::new(TITLES)).unwrap().then = vec![information()];
        });
        hall.sit(ONE).sit(THREE);
        if !is_shared {
            hall.agent(Command::Pause(THREE), THREE).unwrap();
        }
        (1..6).for_each(|reference| drop(hall.booked(reference, "10:30").check_in(1, reference).unwrap()));
        let waits = hall.branch.waits(hall.now);
        waits[&visit_of(5)].middle / 60.0
    };
    let (alone, shared) = (middle_of_titles(false), middle_of_titles(true));
    assert!(shared < 0.92 * alone, "{shared} minutes, and {alone} without counter 3");
}

#[test]
fn what_was_seen_today_counts_more_than_what_the_configuration_says() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    // Ten minutes say the settings; three it takes.
    (0..20).for_each(|_| hall.received(3));
    hall.crowd(5);
    let middle = wait(&hall).unwrap().middle / 60.0;
    assert!((12.0..30.0).contains(&middle), "{middle} minutes for five people");
}

#[test]
fn the_less_is_known_the_wider_is_the_range() {
    let spread = |seen: usize| {
        let mut hall = Hall::open();
        hall.sit(THREE);
        // As long as the settings say, so that only knowledge differs.
        (0..seen).for_each(|_| hall.received(10));
        hall.crowd(10);
        let wait = wait(&hall).unwrap();
        (wait.high - wait.low) / wait.middle
    };
    let (nothing, something, much) = (spread(0), spread(6), spread(20));
    assert!(nothing > something && something > much, "{nothing} {something} {much}");
}

#[test]
fn an_end_that_was_taken_back_is_not_counted_twice() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    hall.came_for_information(false);
    hall.call(THREE);
    hall.now += chrono::Duration::minutes(4);
    hall.finish(THREE).unwrap();
    hall.agent(Command::Undo(THREE), THREE).unwrap();
    hall.now += chrono::Duration::minutes(3);
    hall.finish(THREE).unwrap();
    let seen: Vec<f64> = hall.branch.pace.seconds(&information()).collect();
    assert_eq!(seen, [7.0 * 60.0]);
}

#[test]
fn the_time_between_two_visitors_is_part_of_what_the_next_wait() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    hall.crowd(2);
    for _ in 0..2 {
        hall.call(THREE);
        hall.now += chrono::Duration::minutes(5);
        hall.finish(THREE).unwrap();
        hall.now += chrono::Duration::minutes(2);
    }
    let seen: Vec<f64> = hall.branch.pace.seconds(&information()).collect();
    assert_eq!(seen, [5.0 * 60.0, 7.0 * 60.0]);
}

#[test]
fn whoever_is_booked_and_still_to_come_is_reckoned_with() {
    let middle = |bookings: u8| {
        let mut hall = Hall::open();
        hall.sit(ONE);
        hall.crowd(3);
        for reference in 1..=bookings {
            hall.booked(reference, "10:05");
        }
        wait(&hall).unwrap().middle
    };
    assert!(middle(6) > middle(0) + 15.0 * 60.0, "{} after {}", middle(6), middle(0));
}

#[test]
fn whoever_is_too_late_to_come_any_more_is_not_reckoned_with() {
    let wait_with = |bookings: u8| {
        let mut hall = Hall::open();
        hall.sit(ONE);
        hall.crowd(3);
        for reference in 1..=bookings {
            hall.booked(reference, "08:30");
        }
        wait(&hall)
    };
    assert_eq!(wait_with(6), wait_with(0));
}

#[test]
fn everybody_who_waits_has_a_range_and_the_order_is_that_of_the_calls() {
    let mut hall = Hall::open();
    hall.sit(ONE);
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    let (first, second) = (hall.came_for_information(false), hall.came_for_information(true));
    let waits = hall.branch.waits(hall.now);
    assert_eq!(waits.len(), 3);
    assert!(waits[&second].middle < waits[&visit_of(1)].middle, "priority goes first");
    assert!(waits[&visit_of(1)].middle < waits[&first].middle);
}

#[test]
fn the_same_state_gives_the_same_range_everywhere() {
    let mut hall = Hall::open();
    hall.sit(ONE);
    hall.crowd(6);
    let kiosk = hall.branch.for_kiosk();
    assert_eq!(kiosk.wait_for(&information(), hall.now), wait(&hall));
}

#[test]
fn the_services_that_follow_in_the_same_visit_take_time_as_well() {
    let middle = |then: Vec<ServiceId>| {
        let mut hall = Hall::open();
        hall.configured(|site| site.services.get_mut(&ServiceId::new(TITLES)).unwrap().then = then);
        hall.sit(ONE);
        (1..4).for_each(|reference| drop(hall.booked(reference, "10:00").check_in(1, reference).unwrap()));
        hall.crowd(2);
        wait(&hall).unwrap().middle
    };
    assert!(middle(vec![information()]) > middle(Vec::new()) + 15.0 * 60.0);
}

#[test]
fn where_nobody_comes_without_a_booking_the_wait_is_that_of_somebody_booked_for_now() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    hall.crowd(6);
    let walk_in = wait(&hall).unwrap().range();
    hall.configured(|site| site.services.get_mut(&information()).unwrap().walk_in = None);
    let booked = wait(&hall).unwrap().range();
    assert!(booked.to_minutes < walk_in.from_minutes, "{booked:?} {walk_in:?}");
}

#[test]
fn whoever_is_handed_on_to_the_same_service_is_received_anew() {
    let mut hall = Hall::open();
    hall.sit(ONE).sit(THREE);
    hall.came_for_information(false);
    hall.call(THREE);
    hall.now += Duration::minutes(5);
    let onwards = Command::Transfer { counter: THREE, to: information(), place: Place::InOrder, note: None };
    hall.agent(onwards, THREE).unwrap();
    hall.at("11:00").call(ONE);
    hall.agent(Command::Pause(THREE), THREE).unwrap();
    assert_eq!(hall.branch.counters[&ONE].since, Some(hall.now), "counter 1 is theirs since it called");
    assert!(wait(&hall).is_some());
    hall.now += Duration::minutes(3);
    hall.finish(ONE).unwrap();
    let seen: Vec<f64> = hall.branch.pace.seconds(&information()).collect();
    assert_eq!(seen, [5.0 * 60.0, 3.0 * 60.0]);
}

#[test]
fn an_agent_who_is_idle_when_somebody_comes_back_is_there() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    hall.came_for_information(false);
    hall.call(THREE);
    hall.agent(Command::Park { counter: THREE, minutes: 30 }, THREE).unwrap();
    // Arrived more than half an hour ago, but can be called for a minute only.
    hall.now += Duration::minutes(31);
    assert!(wait(&hall).is_some(), "counter 3 is not counted as left alone");
    hall.now += Duration::minutes(11);
    assert_eq!(wait(&hall), None, "now it is");
}

#[test]
fn an_agent_who_is_idle_when_somebody_is_handed_on_to_them_is_there() {
    let mut hall = Hall::open();
    hall.configured(|site| {
        site.services.get_mut(&information()).unwrap().minutes = 20;
        site.counters.get_mut(&TWO).unwrap().serves.clear();
    });
    hall.sit(ONE).sit(THREE);
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    hall.call(ONE);
    hall.now += Duration::minutes(25);
    let onwards = Command::Transfer { counter: ONE, to: information(), place: Place::InOrder, note: None };
    hall.agent(onwards, ONE).unwrap();
    hall.agent(Command::Pause(ONE), ONE).unwrap();
    assert!(wait(&hall).is_some(), "the agent of counter 3 has known of them for a moment");
}

#[test]
fn a_configuration_that_is_wrong_for_all_services_is_corrected_by_the_first_receptions() {
    let middle = |seen: usize| {
        let mut hall = Hall::open();
        hall.sit(ONE).sit(THREE);
        // Ten minutes say the settings, twenty it takes; nobody was received for titles yet.
        (0..seen).for_each(|_| hall.received(20));
        hall.agent(Command::Pause(THREE), THREE).unwrap();
        let slot = hall.now.with_timezone(&chrono_tz::Europe::Paris).format("%H:%M").to_string();
        (1..6).for_each(|reference| drop(hall.booked(reference, &slot).check_in(1, reference).unwrap()));
        hall.branch.waits(hall.now)[&visit_of(5)].middle / 60.0
    };
    let (before, after) = (middle(0), middle(8));
    assert!((1.4..2.2).contains(&(after / before)), "{before} minutes for four, and then {after}");
}

#[test]
fn an_agent_who_has_just_come_back_from_a_pause_is_there() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    hall.agent(Command::Pause(THREE), THREE).unwrap();
    hall.at("10:05").came_for_information(false);
    hall.at("10:30").agent(Command::Resume(THREE), THREE).unwrap();
    assert!(wait(&hall).is_some(), "nobody has been at a counter that calls for more than a moment");
}

#[test]
fn only_whoever_was_received_tells_how_long_a_reception_takes() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    hall.crowd(3);
    let leaves: [fn(CounterId) -> Command; 3] =
        [Command::NoShow, |counter| Command::Park { counter, minutes: 30 }, Command::ReturnToQueue];
    for leave in leaves {
        hall.call(THREE);
        hall.now += Duration::minutes(2);
        hall.agent(leave(THREE), THREE).unwrap();
    }
    assert_eq!(hall.branch.pace.seconds(&information()).count(), 0);
}

#[test]
fn whoever_is_parked_is_reckoned_with_from_when_they_are_back() {
    let middle = |parked: u8| {
        let mut hall = Hall::open();
        hall.sit(THREE);
        for _ in 0..parked {
            hall.came_for_information(false);
            hall.call(THREE);
            hall.agent(Command::Park { counter: THREE, minutes: 5 }, THREE).unwrap();
        }
        // Counter 3 is free for one more before they are back.
        hall.came_for_information(false);
        assert_eq!(hall.branch.waits(hall.now).len(), usize::from(parked) + 1, "the parked are told as well");
        wait(&hall).unwrap().middle / 60.0
    };
    let (before, after) = (middle(0), middle(3));
    assert!(after > before + 20.0, "{before} minutes, and {after} with three of ten minutes each");
}

#[test]
fn many_cards_today_let_more_be_expected() {
    let middle = |card: bool| {
        let mut hall = Hall::boundless();
        hall.at("09:00").sit(THREE).sit(ONE);
        for _ in 0..20 {
            hall.came_for_information(card);
            hall.call(THREE);
            hall.now += Duration::minutes(3);
            hall.finish(THREE).unwrap();
        }
        // Counter 1 gives titles as well: whoever is booked is due after those who wait, unless they have a card.
        hall.agent(Command::Pause(THREE), THREE).unwrap();
        for reference in 1..=12 {
            hall.booked(reference, "10:45");
        }
        hall.crowd(12);
        wait(&hall).unwrap().middle / 60.0
    };
    let (few, many) = (middle(false), middle(true));
    assert!(many > few + 8.0, "{few} minutes, and {many} if every other has a card");
}

#[test]
fn a_card_counts_for_the_next_service_as_well() {
    let middle = |then: Vec<ServiceId>| {
        let mut hall = Hall::open();
        hall.configured(|site| site.services.get_mut(&ServiceId::new(TITLES)).unwrap().then = then);
        let first = hall.came_for_information(false);
        hall.crowd(3);
        // Those are due at 10:40, and the second service of somebody who comes now would be some minutes later.
        hall.at("10:35").sit(ONE).booked(1, "10:35");
        let asking = Asking { priority: true, ..hall.asking(1) };
        hall.at_device(&Command::CheckIn { booking: key(1), asking }, 1).unwrap();
        hall.branch.waits(hall.now)[&first].middle / 60.0
    };
    let (one, two) = (middle(Vec::new()), middle(vec![information()]));
    assert!(two > one + 5.0, "{one} minutes after one service of somebody with a card, {two} after two");
}

#[test]
fn whoever_is_booked_and_comes_late_is_reckoned_behind_those_who_wait() {
    let middle = |bookings: u8| {
        let mut hall = Hall::open();
        hall.sit(ONE);
        for reference in 1..=bookings {
            hall.booked(reference, "09:50");
        }
        // Whoever comes now is late: due 40 minutes after they come.
        hall.at("10:07").crowd(3);
        wait(&hall).unwrap().middle / 60.0
    };
    let (without, with) = (middle(0), middle(12));
    assert!((without - with).abs() < 6.0, "{without} minutes, and {with} with twelve who are late");
}

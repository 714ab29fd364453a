//! How long people will wait, as a range, and what follows from it.

use crate::hall::{Hall, INFORMATION, ONE, THREE, TITLES, TWO, visit_of};
use chrono::Duration;
use domain::{
    Command, Refusal, ServiceId,
    command::{ClockState, Knowledge},
    event::Place,
    forecast::{Outlook, Wait, WaitRange},
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

/// Somebody is received for information at a counter, for so many minutes.
fn received(hall: &mut Hall, minutes: i64) {
    hall.came_for_information(false);
    hall.call(THREE);
    hall.now += chrono::Duration::minutes(minutes);
    hall.finish(THREE).unwrap();
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
    (0..20).for_each(|_| received(&mut hall, 3));
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
        (0..seen).for_each(|_| received(&mut hall, 10));
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
fn no_ticket_is_given_that_could_not_be_called_before_the_doors_close() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    (0..8).for_each(|_| received(&mut hall, 10));
    // The doors close at 16:00, and the last call is ten minutes before; each takes ten minutes.
    hall.at("15:20");
    let given = given(&mut hall);
    assert!((1..=4).contains(&given), "{given} were given");
    assert_eq!(hall.walk_in(1, INFORMATION, false), Err(Refusal::NoTimeLeft));
    // Another counter opens: there is time again.
    hall.sit(ONE);
    assert!(hall.walk_in(1, INFORMATION, false).is_ok());
}

#[test]
fn a_kiosk_that_cannot_know_lets_everybody_in_while_the_doors_are_open() {
    for (knowledge, clock) in
        [(Knowledge::Stale, ClockState::Certain), (Knowledge::Current, ClockState::Uncertain)]
    {
        let mut hall = Hall::open();
        hall.at("15:40").sit(THREE);
        while hall.walk_in(1, INFORMATION, false).is_ok() {}
        (hall.knowledge, hall.clock) = (knowledge, clock);
        assert!(hall.walk_in(1, INFORMATION, false).is_ok(), "{knowledge:?} {clock:?}");
    }
}

#[test]
fn staff_are_warned_three_quarters_of_an_hour_before_tickets_stop() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    let outlook = |hall: &Hall| hall.branch.outlook(&information(), hall.now);
    hall.at("15:04");
    assert_eq!(outlook(&hall), Outlook::Open);
    hall.at("15:06");
    assert_eq!(outlook(&hall), Outlook::StopsSoon { at: hall.wall("15:50") });
    // The more wait, the sooner it stops.
    hall.at("14:00");
    hall.crowd(4);
    assert!(
        matches!(outlook(&hall), Outlook::StopsSoon { at } if at < hall.wall("15:10")),
        "{:?}",
        outlook(&hall)
    );
}

#[test]
fn tickets_stop_before_the_doors_close_also_when_nobody_is_at_a_counter() {
    let mut hall = Hall::open();
    hall.at("15:45").sit(THREE);
    hall.agent(Command::Pause(THREE), THREE).unwrap();
    let outlook = |hall: &Hall| hall.branch.outlook(&information(), hall.now);
    assert_eq!(outlook(&hall), Outlook::StopsSoon { at: hall.wall("15:50") });
    hall.at("15:58");
    assert_eq!(outlook(&hall), Outlook::Stopped);
    assert_eq!(hall.walk_in(1, INFORMATION, false), Err(Refusal::NoTimeLeft));
}

#[test]
fn a_site_may_give_tickets_as_long_as_its_doors_are_open() {
    let mut hall = Hall::open();
    hall.configured(|site| {
        let service = site.services.get_mut(&information()).unwrap();
        service.walk_in.as_mut().unwrap().stop_before_closing_minutes = None;
    });
    hall.at("15:58").sit(THREE);
    hall.crowd(10);
    assert_eq!(hall.branch.outlook(&information(), hall.now), Outlook::Open);
    hall.at("16:01");
    assert_eq!(hall.branch.outlook(&information(), hall.now), Outlook::Stopped, "and no longer");
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

/// How many tickets are given at a moment until they stop.
fn given(hall: &mut Hall) -> usize {
    std::iter::from_fn(|| hall.walk_in(1, INFORMATION, false).ok()).take(60).count()
}

fn outlook(hall: &Hall) -> Outlook {
    hall.branch.outlook(&information(), hall.now)
}

#[test]
fn tickets_that_stopped_are_not_given_again_because_the_only_agent_pauses() {
    let mut hall = Hall::open();
    hall.at("14:40").sit(THREE);
    assert!(given(&mut hall) >= 3);
    hall.call(THREE);
    hall.at("14:50");
    hall.finish(THREE).unwrap();
    hall.agent(Command::Pause(THREE), THREE).unwrap();
    assert_eq!(wait(&hall), None, "nobody can tell when the agent is back");
    assert!(given(&mut hall) <= 1);
    assert_eq!(outlook(&hall), Outlook::Stopped);
    // Nor because the agent has left, and nobody sits there.
    hall.agent(Command::CloseCounter(THREE), THREE).unwrap();
    hall.agent(Command::OpenCounter(TWO), TWO).unwrap();
    hall.at("15:30");
    assert_eq!(outlook(&hall), Outlook::Stopped);
}

#[test]
fn tickets_that_stopped_are_not_given_again_because_nobody_closes_a_reception() {
    let mut hall = Hall::open();
    hall.at("14:20").sit(THREE);
    assert!(given(&mut hall) >= 4);
    hall.call(THREE);
    hall.at("15:15");
    assert_eq!(wait(&hall), None, "the agent seems to have gone");
    assert_eq!(outlook(&hall), Outlook::Stopped);
}

#[test]
fn a_long_service_begins_so_early_that_it_is_over_when_the_doors_close() {
    let mut hall = Hall::open();
    hall.configured(|site| site.services.get_mut(&information()).unwrap().minutes = 25);
    hall.sit(THREE).at("15:34");
    assert_eq!(outlook(&hall), Outlook::StopsSoon { at: hall.wall("15:35") });
    hall.at("15:36");
    assert_eq!(outlook(&hall), Outlook::Stopped);
}

/// An afternoon minute by minute: somebody comes for information every so many minutes from two o'clock on, and one
/// counter takes ten minutes for each. Tells when the warning came, when tickets stopped, and how often it was better than
/// the minute before.
fn afternoon(every: i64, lasts: impl Fn(i64) -> i64) -> (i64, i64, usize) {
    let mut hall = Hall::open();
    hall.at("13:00").sit(THREE).sit(ONE);
    (0..6).for_each(|_| received(&mut hall, 10));
    hall.at("14:00");
    let (mut warned, mut stopped, mut better, mut last) = (None, None, 0, 0);
    let mut ends = std::collections::BTreeMap::new();
    let mut calls = 0;
    for minute in 0..100 {
        for counter in [ONE, THREE] {
            if ends.get(&counter) == Some(&minute) {
                hall.finish(counter).unwrap();
            }
        }
        if minute % every == 0 {
            let _stopped = hall.walk_in(1, INFORMATION, false);
        }
        for counter in [ONE, THREE] {
            if ends.get(&counter).is_none_or(|end| *end <= minute)
                && hall.agent(Command::CallNext(counter), counter).is_ok()
            {
                calls += 1;
                ends.insert(counter, minute + lasts(calls));
            }
        }
        let state = match outlook(&hall) {
            Outlook::Open => 0,
            Outlook::StopsSoon { .. } => 1,
            Outlook::Stopped => 2,
        };
        let seen = if state == 2 { &mut stopped } else { &mut warned };
        if state > 0 {
            seen.get_or_insert(minute);
        }
        better += usize::from(state < last);
        last = state;
        hall.now += Duration::minutes(1);
    }
    (warned.unwrap_or(stopped.unwrap_or(99)), stopped.unwrap_or(99), better)
}

#[test]
fn in_a_rush_the_warning_comes_three_quarters_of_an_hour_before_tickets_stop_and_stays() {
    for every in [3, 4] {
        let (warned, stopped, better) = afternoon(every, |_| 10);
        assert!((30..=60).contains(&(stopped - warned)), "{every}: {warned} {stopped}");
        assert_eq!(better, 0, "{every}: it did not come and go");
    }
}

#[test]
fn a_warning_does_not_come_and_go_with_every_reception_that_is_short_or_long() {
    for seed in 0..6 {
        let (_, _, better) = afternoon(4, |call| 4 + (call * 7 + seed) % 13);
        assert!(better <= 1, "{seed}: {better} times better than the minute before");
    }
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
        (0..seen).for_each(|_| received(&mut hall, 20));
        hall.agent(Command::Pause(THREE), THREE).unwrap();
        let slot = hall.now.with_timezone(&chrono_tz::Europe::Paris).format("%H:%M").to_string();
        (1..6).for_each(|reference| drop(hall.booked(reference, &slot).check_in(1, reference).unwrap()));
        hall.branch.waits(hall.now)[&visit_of(5)].middle / 60.0
    };
    let (before, after) = (middle(0), middle(8));
    assert!((1.4..2.2).contains(&(after / before)), "{before} minutes for four, and then {after}");
}

//! When tickets without a booking stop, and the breaks of a day.

use crate::hall::{Hall, INFORMATION, ONE, THREE, TITLES, TWO, wall};
use chrono::Duration;
use domain::{
    Command, Opening, Refusal, ServiceId,
    command::{ClockState, Knowledge},
    forecast::{Outlook, Wait},
};

fn information() -> ServiceId {
    ServiceId::new(INFORMATION)
}

/// How long somebody who came for information now would wait.
fn wait(hall: &Hall) -> Option<Wait> {
    hall.branch.wait_for(&information(), hall.now)
}

#[test]
fn no_ticket_is_given_that_could_not_be_called_before_the_doors_close() {
    let mut hall = Hall::open();
    hall.sit(THREE);
    (0..8).for_each(|_| hall.received(10));
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
    (0..6).for_each(|_| hall.received(10));
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
fn no_ticket_is_given_for_a_first_service_of_which_the_next_could_not_begin_before_the_doors_close() {
    // Information is followed by titles, which counter 2 alone gives today.
    let outlook_with = |waiting: u8| {
        let mut hall = Hall::open();
        hall.configured(|site| {
            site.services.get_mut(&information()).unwrap().then = vec![ServiceId::new(TITLES)];
        });
        hall.sit(THREE).sit(TWO).at("15:00");
        (1..=waiting).for_each(|reference| drop(hall.booked(reference, "15:00").check_in(1, reference)));
        assert_eq!(wait(&hall).unwrap().range().to_minutes, 0, "counter 3 is free");
        outlook(&hall)
    };
    assert_ne!(outlook_with(1), Outlook::Stopped);
    assert_eq!(outlook_with(12), Outlook::Stopped, "counter 2 has two hours of work and one until closing");
}

#[test]
fn the_service_that_follows_also_has_to_end_before_the_doors_close() {
    let mut hall = Hall::open();
    hall.configured(|site| {
        site.services.get_mut(&information()).unwrap().then = vec![ServiceId::new(TITLES)];
        site.services.get_mut(&ServiceId::new(TITLES)).unwrap().minutes = 30;
    });
    hall.at("15:10").sit(THREE).sit(TWO);
    assert_ne!(outlook(&hall), Outlook::Stopped);
    hall.at("15:25");
    assert_eq!(outlook(&hall), Outlook::Stopped, "ten minutes, and thirty");
    hall.agent(Command::CloseCounter(TWO), TWO).unwrap();
    assert_eq!(outlook(&hall), Outlook::Stopped, "also while nobody gives what follows");
}

/// A hall that closes from 12:00 to 13:30.
fn with_lunch() -> Hall {
    let mut hall = Hall::boundless();
    hall.configured(|site| {
        let opening = |from: &str, to: &str| Opening { from: wall(from), to: wall(to) };
        let day = vec![opening("08:30", "12:00"), opening("13:30", "16:00")];
        site.hours.week = std::array::from_fn(|_| day.clone());
        let information = site.services.get_mut(&information()).unwrap();
        information.walk_in.as_mut().unwrap().stop_before_closing_minutes = Some(10);
    });
    hall.at("08:40").sit(THREE);
    (0..16).for_each(|_| hall.received(10));
    hall
}

/// Everybody who waits is called to counter 3, one every ten minutes as long as the doors are open; how many.
fn called_until(hall: &mut Hall, last: &str) -> usize {
    let mut called = 0;
    while hall.now <= hall.wall(last) && hall.agent(Command::CallNext(THREE), THREE).is_ok() {
        called += 1;
        hall.now += Duration::minutes(10);
        hall.finish(THREE).unwrap();
    }
    called
}

#[test]
fn everybody_with_a_ticket_from_before_lunch_is_called_before_the_doors_close() {
    let mut hall = with_lunch();
    hall.at("11:30");
    let given = given(&mut hall);
    let before = called_until(&mut hall, "11:50");
    hall.at("13:30");
    let called = before + called_until(&mut hall, "15:50");
    assert_eq!(called, given, "of 18 for whom there is time");
    assert!(given >= 14, "{given}");
}

#[test]
fn whoever_is_not_called_before_lunch_waits_until_after_it() {
    let mut hall = with_lunch();
    hall.at("11:41");
    hall.came_for_information(false);
    let next = wait(&hall).unwrap().range();
    assert!(next.to_minutes < 19, "still before lunch: {next:?}");
    hall.call(THREE);
    hall.at("11:51").finish(THREE).unwrap();
    hall.at("11:55").crowd(2);
    let last = wait(&hall).unwrap().range();
    assert!((95..=110).contains(&last.from_minutes) && last.to_minutes <= 150, "{last:?}");
    // In the middle of it.
    hall.at("12:30");
    let later = wait(&hall).unwrap().range();
    assert!((65..=80).contains(&later.from_minutes), "two are before them: {later:?}");
}

#[test]
fn lunch_makes_nobody_forgotten_and_no_agent_absent() {
    let mut hall = with_lunch();
    hall.configured(|site| site.counters.get_mut(&TWO).unwrap().serves.extend([information()]));
    hall.at("11:55").sit(ONE).sit(TWO);
    hall.agent(Command::Pause(THREE), THREE).unwrap();
    hall.came_for_information(false);
    hall.call(TWO);
    hall.came_for_information(false);
    // Counter 1 is free, and calls after lunch; at counter 2 nobody pressed « finish » before it.
    hall.at("13:31");
    let both = wait(&hall).unwrap();
    hall.agent(Command::Pause(ONE), ONE).unwrap();
    let one = wait(&hall).unwrap();
    assert!(both.middle < one.middle, "{both:?} {one:?}");
    hall.at("14:30");
    assert_eq!(wait(&hall), None, "an hour later it is another matter");
}

#[test]
fn the_time_that_staff_are_told_leaves_lunch_out() {
    let mut hall = with_lunch();
    hall.configured(|site| {
        let afternoon = || Opening { from: wall("13:30"), to: wall("14:00") };
        site.hours.week.iter_mut().for_each(|day| day[1] = afternoon());
    });
    hall.at("11:54");
    assert_eq!(outlook(&hall), Outlook::StopsSoon { at: hall.wall("13:50") });
    hall.at("11:10");
    assert_eq!(outlook(&hall), Outlook::Open, "an hour and ten minutes are left");
}

#[test]
fn the_work_that_comes_for_a_service_which_follows_brings_the_stop_nearer() {
    let outlook_after = |came: usize| {
        let mut hall = Hall::open();
        hall.configured(|site| {
            let information = site.services.get_mut(&information()).unwrap();
            (information.minutes, information.then) = (2, vec![ServiceId::new(TITLES)]);
        });
        hall.at("13:25").sit(THREE).sit(TWO);
        // Counter 3 has done its part of each in two minutes, counter 2 in ten; one comes every three.
        for place in (0..came).rev() {
            hall.now = hall.wall("13:42") - Duration::minutes(3 * place as i64);
            hall.came_for_information(false);
        }
        outlook(&hall)
    };
    assert_eq!(outlook_after(1), Outlook::Open);
    assert!(matches!(outlook_after(5), Outlook::StopsSoon { .. }), "at this rate: {:?}", outlook_after(5));
}

#[test]
fn whoever_is_booked_for_a_service_before_this_one_brings_the_stop_nearer() {
    let outlook_with = |bookings: u8| {
        let mut hall = Hall::open();
        hall.configured(|site| {
            site.services.get_mut(&ServiceId::new(TITLES)).unwrap().then = vec![information()];
        });
        for reference in 1..=bookings {
            hall.booked(reference, "15:15");
        }
        hall.at("14:40").sit(THREE).sit(TWO);
        outlook(&hall)
    };
    assert_eq!(outlook_with(0), Outlook::Open);
    assert!(matches!(outlook_with(12), Outlook::StopsSoon { .. }), "{:?}", outlook_with(12));
}

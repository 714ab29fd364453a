//! Days that are played again: that it is the real hall which plays, and what the orders of calls do.

use crate::lille;
use chrono::{Duration, NaiveDate};
use domain::{BookingKey, Branch, CounterId, ServiceDay, ServiceId, Site, Time};
use server::{
    replay::{
        Day, Policy,
        command::play_all,
        day::{Expected, Shift, Visitor, as_one_pool, with_counters, with_minutes_off},
        forecasts::Accuracy,
        measures::Measures,
        play,
        play::{Class, Outcome},
        recorded::Book,
    },
    sample_day::{Options, SampleDay},
};
use std::collections::BTreeSet;

const DATE: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();

fn days(site: &Site, seeds: std::ops::RangeInclusive<u64>, options: &Options) -> Vec<Day> {
    seeds.map(|seed| Day::generated(site, &SampleDay::generate(seed, DATE, options))).collect()
}

/// The sample's hall, with a number of counters that all give everything.
fn pool(counters: u16) -> Site {
    as_one_pool(&with_counters(&lille().0, counters))
}

fn policy(name: &str) -> Policy {
    Policy::shipped().into_iter().find(|policy| policy.name == name).unwrap()
}

fn ours() -> Policy {
    policy("deadline (ours)")
}

#[test]
fn every_shipped_policy_can_be_read_and_ours_comes_first() {
    let names: Vec<String> = Policy::shipped().into_iter().map(|policy| policy.name).collect();
    insta::assert_debug_snapshot!(names);
}

#[test]
fn a_played_day_is_a_day_of_the_real_hall() {
    let day = &days(&lille().0, 1..=1, &Options::default())[0];
    let played = play(day, &ours(), false);
    assert!(played.refused.is_empty(), "{:?}", played.refused);
    assert_eq!(played.visitors.len() + played.turned_away, day.visitors.len());
    assert!(played.visitors.iter().all(|visitor| visitor.called.is_some()), "everybody is called");
    let mut branch = Branch::default();
    played.log.iter().for_each(|recorded| branch.apply(recorded));
    assert_eq!(branch.visits.len(), played.visitors.len());
    assert!(branch.visits.values().all(|visit| !visit.state.is_live()), "everybody is served");
}

#[test]
fn no_policy_but_the_two_lists_leaves_a_counter_idle_while_somebody_could_be_served() {
    let days = days(&pool(15), 1..=3, &Options::default());
    for policy in Policy::shipped() {
        let idle = Measures::of(&play_all(&days, &policy, false)).idle_in_vain_hours;
        assert_eq!(idle > 0.0, policy.name == "two lists", "{}: {idle} h", policy.name);
    }
}

#[test]
fn the_same_day_is_the_same_under_every_policy_but_for_the_order() {
    let days = days(&pool(14), 1..=2, &Options::default());
    let arrivals = |policy: &Policy| -> BTreeSet<_> {
        let played = play_all(&days, policy, false);
        played.into_iter().flat_map(|day| day.visitors).map(|v| (v.arrival, v.class, v.slot)).collect()
    };
    let ours = arrivals(&ours());
    assert!(Policy::shipped().iter().all(|policy| arrivals(policy) == ours));
}

/// The sample's hall, with a number of counters that each have their own services.
fn specialised(counters: u16) -> Site {
    with_counters(&lille().0, counters)
}

/// The worst breach of each day, on average over the days, and that of the worst day: from the slot or the arrival,
/// whichever is later, and to the letter from the slot.
fn breaches(days: &[Day], policy: &Policy) -> [(f64, f64); 2] {
    let found = Measures::of(&play_all(days, policy, false));
    [(found.breach_mean, found.breach_worst), (found.from_slot.breach_mean, found.from_slot.breach_worst)]
}

/// No order that honours the law breaks commitments less than ours, but for so many minutes.
fn ours_is_best(hall: &str, site: &Site, days: &[Day], but_for: f64) {
    let found = breaches(days, &ours());
    for other in Policy::shipped().iter().filter(|policy| policy.priority_first) {
        for (ours, theirs) in found.into_iter().zip(breaches(days, other)) {
            assert!(
                ours.0 <= theirs.0 + but_for && ours.1 <= theirs.1 + but_for,
                "{} is better with {} counters, {hall}: {theirs:?} against {ours:?}",
                other.name,
                site.counters.len()
            );
        }
    }
}

/// The committed comparison over a hundred seeds stands in docs/queue-policy.md; this is the same over fewer.
#[test]
fn our_order_keeps_commitments_best_among_those_that_honour_the_law() {
    for site in [16, 15, 14].map(pool) {
        ours_is_best("one pool", &site, &days(&site, 1..=8, &Options::default()), 0.0);
    }
}

#[test]
fn our_order_keeps_commitments_best_also_where_each_counter_has_its_own_services() {
    for site in [16, 15, 14].map(specialised) {
        ours_is_best("specialised", &site, &days(&site, 1..=8, &Options::default()), 0.0);
    }
}

/// With 18 counters the hall is so quiet that a day hangs on one long reception: another order may be better by some
/// seconds on average where each counter has its own services, and counted to the letter also in one pool.
#[test]
fn in_a_quiet_hall_our_order_breaks_commitments_by_less_than_a_minute_more_than_any() {
    for (hall, site) in [("one pool", pool(18)), ("specialised", specialised(18))] {
        ours_is_best(hall, &site, &days(&site, 1..=8, &Options::default()), 1.0);
    }
}

#[test]
fn our_order_keeps_commitments_best_on_the_largest_day() {
    for (hall, site) in [("one pool", pool(60)), ("specialised", specialised(60))] {
        ours_is_best(hall, &site, &days(&site, 1..=1, &Options::for_visitors(2500)), 0.0);
    }
}

#[test]
fn no_other_order_is_better_both_for_the_booked_and_for_the_others() {
    for counters in [18, 16, 15, 14] {
        let days = days(&pool(counters), 1..=8, &Options::default());
        let waits = |policy: &Policy| {
            let measures = Measures::of(&play_all(&days, policy, false));
            (measures.waits[&Class::OnTime].quantile(0.9), measures.waits[&Class::WalkIn].quantile(0.99))
        };
        let (on_time, walk_in) = waits(&ours());
        for other in Policy::shipped() {
            let theirs = waits(&other);
            assert!(
                theirs.0 >= on_time || theirs.1 >= walk_in,
                "{} with {counters} counters: {theirs:?} against {on_time} {walk_in}",
                other.name
            );
        }
    }
}

#[test]
fn ranges_hold_most_waits_and_are_narrower_than_the_place_in_the_queue_alone_would_tell() {
    let mut all = Vec::new();
    // No hall hides another; in the one with 18 counters most people are called at once, which any range holds.
    for (counters, most) in [(18, 0.96), (16, 0.93), (15, 0.92), (14, 0.92)] {
        let told = play_all(&days(&pool(counters), 1..=4, &Options::default()), &ours(), true);
        let accuracy = Accuracy::of(&told);
        println!("{counters}: {accuracy:?}");
        assert!((0.80..=most).contains(&accuracy.held), "{counters}: {accuracy:?}");
        assert!(accuracy.held_of_waiting >= 0.78, "{counters}: {accuracy:?}");
        assert!(accuracy.width <= 1.25 * accuracy.width_by_position, "{counters}: {accuracy:?}");
        assert_eq!((accuracy.told_no_range, accuracy.never_called), (0, 0));
        all.extend(told);
    }
    let accuracy = Accuracy::of(&all);
    println!("all: {accuracy:?}");
    assert!((0.80..=0.90).contains(&accuracy.held), "{accuracy:?}");
}

#[test]
fn ranges_hold_most_waits_also_where_the_configured_minutes_are_wrong() {
    for counters in [16, 15, 14] {
        for factor in [0.6, 2.0] {
            let site = with_minutes_off(&pool(counters), factor);
            let accuracy = Accuracy::of(&play_all(&days(&site, 1..=3, &Options::default()), &ours(), true));
            println!("{counters}, {factor}: {accuracy:?}");
            assert!(accuracy.held >= 0.80, "{counters} counters, minutes x {factor}: {accuracy:?}");
            assert!(accuracy.width <= 1.25 * accuracy.width_by_position, "{accuracy:?}");
        }
    }
}

#[test]
fn a_day_of_the_log_played_under_the_order_that_it_had_is_the_same_day() {
    let day = &days(&pool(15), 3..=3, &Options::default())[0];
    let lived = play(day, &ours(), false);
    let mut book = Book::new(ServiceDay(DATE));
    lived.log.iter().for_each(|recorded| book.note(recorded));
    let again = play(&book.close().unwrap(), &ours(), false);
    assert!(again.refused.is_empty(), "{:?}", again.refused);
    assert_eq!(sorted(again.visitors), sorted(lived.visitors));
}

fn sorted(mut visitors: Vec<Outcome>) -> Vec<Outcome> {
    visitors.sort_by_key(|visitor| (visitor.arrival, visitor.class, visitor.slot, visitor.called));
    visitors
}

#[test]
fn a_day_of_the_log_has_its_agents_pauses_and_its_visitors_who_left() {
    let site = pool(2);
    let mut day =
        days(&site, 1..=1, &Options { walk_ins: 12, bookings_per_slot: 0.0, no_show: 0.0 }).remove(0);
    let opens = day.shifts[0].from;
    let at = |minutes: i64| opens + Duration::minutes(minutes);
    // One agent, who pauses from 9:00 to 10:00; one visitor gives up during the pause.
    day.shifts = vec![
        Shift { counter: domain::CounterId(1), from: opens, until: Some(at(30)) },
        Shift { counter: domain::CounterId(1), from: at(90), until: None },
    ];
    let tired: Visitor = Visitor { arrival: at(35), leaves: Some(at(50)), ..day.visitors[0].clone() };
    day.visitors.push(tired);
    let lived = play(&day, &ours(), false);
    assert!(lived.visitors.iter().any(|visitor| visitor.called.is_none()), "one has left");
    assert!(lived.visitors.iter().filter_map(|v| v.called).all(|called| called < at(30) || called >= at(90)));
    let mut book = Book::new(ServiceDay(DATE));
    lived.log.iter().for_each(|recorded| book.note(recorded));
    let again = play(&book.close().unwrap(), &ours(), false);
    assert_eq!(sorted(again.visitors), sorted(lived.visitors));
}

#[test]
fn counters_that_are_left_out_are_those_that_are_missed_least() {
    let (site, _) = lille();
    let left = with_counters(&site, 14);
    assert_eq!(left.counters.len(), 14);
    assert!(site.services.keys().all(|service| left.counters.keys().any(|c| left.can_serve(*c, service))));
    assert_eq!(with_counters(&site, 60).counters.len(), 60);
    let pan = |site: &Site| {
        site.counters.values().filter(|c| c.serves.contains(&domain::ServiceId::new("PAN"))).count()
    };
    assert_eq!((pan(&left), pan(&with_counters(&site, 54))), (3, 9), "digital help is spared");
}

/// Minutes after the doors open.
fn after_opening(minutes: i64) -> Time {
    let opens: Time = "2026-11-23T07:30:00Z".parse().unwrap();
    opens + Duration::minutes(minutes)
}

/// Somebody who comes so long after the doors open, with or without a slot, and takes ten minutes.
fn somebody(day: &mut Day, comes: i64, slot: Option<i64>, priority: bool) {
    let service = ServiceId::new(if slot.is_some() { "RT" } else { "INFO" });
    let booking = slot.map(|slot| {
        let key = BookingKey([day.expected.len() as u8 + 1; 16]);
        let slot = after_opening(slot);
        day.expected.push(Expected { key, slot, service: service.clone() });
        key
    });
    day.visitors.push(Visitor {
        arrival: after_opening(comes),
        booking,
        services: vec![(service, Duration::minutes(10))],
        priority,
        leaves: None,
        is_gone: false,
    });
}

/// One counter that gives everything, from the opening on or later.
fn small_day(from: i64) -> Day {
    let counter = CounterId(1);
    let shifts = vec![Shift { counter, from: after_opening(from), until: None }];
    Day { site: pool(1), expected: Vec::new(), visitors: Vec::new(), shifts }
}

/// In which order people are called, as places in the day.
fn order(day: &Day, policy: &Policy) -> Vec<usize> {
    let played = play(day, policy, false);
    assert!(played.refused.is_empty(), "{:?}", played.refused);
    let place = |arrival: Time| day.visitors.iter().position(|v| v.arrival == arrival).unwrap();
    let mut called: Vec<_> =
        played.visitors.iter().filter_map(|v| Some((v.called?, place(v.arrival)))).collect();
    called.sort();
    called.into_iter().map(|(_, place)| place).collect()
}

#[test]
fn every_order_calls_a_small_day_as_it_says_and_as_no_other_does() {
    // The counter opens an hour after the doors.
    let mut day = small_day(60);
    somebody(&mut day, 10, None, false); // 0: no booking, first to come
    somebody(&mut day, 35, Some(65), false); // 1: early, slot in five minutes
    somebody(&mut day, 45, Some(15), false); // 2: late, slot long past
    somebody(&mut day, 50, Some(50), false); // 3: on time
    somebody(&mut day, 55, None, true); // 4: a card, no booking
    somebody(&mut day, 22, None, false); // 5: no booking, second to come
    let expected = [
        ("deadline (ours)", [4, 0, 3, 5, 1, 2]),
        ("first come", [0, 5, 1, 2, 3, 4]),
        ("first come, cards first", [4, 0, 5, 1, 2, 3]),
        ("slot order", [0, 2, 5, 3, 4, 1]),
        ("slot order, cards first", [4, 0, 2, 5, 3, 1]),
        ("appointments first", [2, 3, 1, 0, 5, 4]),
        ("appointments first, cards first", [4, 2, 3, 1, 0, 5]),
        ("two lists", [4, 2, 3, 1, 0, 5]),
    ];
    let shipped = Policy::shipped();
    assert_eq!(expected.len(), shipped.len());
    for (name, expected) in expected {
        assert_eq!(order(&day, &policy(name)), expected, "{name}");
    }
    // Two lists differ from appointments first in that they call nobody before the slot.
    let mut early = small_day(0);
    somebody(&mut early, 10, Some(30), false);
    somebody(&mut early, 12, None, false);
    assert_eq!(order(&early, &policy("appointments first, cards first")), [0, 1]);
    assert_eq!(order(&early, &policy("two lists")), [1, 0]);
}

#[test]
fn two_lists_call_nobody_before_the_slot_and_let_no_early_card_hold_up_those_who_are_due() {
    let mut day = small_day(0);
    somebody(&mut day, 31, Some(60), true); // a card, early
    somebody(&mut day, 32, Some(45), false);
    // Comes when an appointment is due but still to come: nobody is called.
    somebody(&mut day, 44, None, false);
    let played = play(&day, &policy("two lists"), false);
    let called: Vec<_> = played.visitors.iter().map(|v| v.called.unwrap()).collect();
    assert_eq!(called, [after_opening(65), after_opening(45), after_opening(55)]);
    assert_eq!(played.idle_in_vain, Duration::minutes(45 - 31), "while somebody was there");
}

#[test]
fn whoever_is_never_called_counts_as_waiting_until_the_doors_close() {
    // The only counter is there for half an hour; whoever comes later is called by nobody.
    let mut day = small_day(0);
    day.shifts[0].until = Some(after_opening(30));
    somebody(&mut day, 10, None, false);
    somebody(&mut day, 60, None, false);
    let measures = Measures::of(&[play(&day, &ours(), false)]);
    let closing = 450.0;
    assert_eq!(measures.unserved, 1);
    assert_eq!(measures.waits[&Class::WalkIn].longest(), closing - 60.0);
    assert_eq!(measures.waits[&Class::WalkIn].quantile(0.99), closing - 60.0);
    assert_eq!(measures.breach_worst, closing - 60.0 - 40.0);
    assert_eq!((measures.kept, measures.waits[&Class::WalkIn].within(1000.0)), (0.5, 0.5));
    // Who leaves has waited until then.
    day.visitors[1].leaves = Some(after_opening(75));
    let measures = Measures::of(&[play(&day, &ours(), false)]);
    assert_eq!((measures.waits[&Class::WalkIn].longest(), measures.kept), (15.0, 0.5));
}

#[test]
fn the_promise_of_the_slot_is_told_from_the_slot_and_from_the_arrival() {
    let mut day = small_day(0);
    somebody(&mut day, 20, None, false);
    somebody(&mut day, 29, Some(15), false);
    let measures = Measures::of(&[play(&day, &ours(), false)]);
    assert_eq!((measures.kept, measures.breach_worst), (1.0, 0.0), "called a minute after the arrival");
    assert_eq!((measures.from_slot.kept, measures.from_slot.breach_worst), (0.5, 5.0));
}

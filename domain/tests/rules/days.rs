//! One service day ends, another begins.

use crate::hall::{Hall, INFORMATION, ONE, agent, site, visit_of};
use domain::{Actor, Branch, Command, Event, Refusal, ServiceDay};

fn day(date: &str) -> ServiceDay {
    ServiceDay(date.parse().unwrap())
}

/// A Monday with somebody waiting, somebody called, and a booking for the next day.
fn monday_evening() -> Hall {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").booked(2, "10:05").check_in(1, 1).unwrap();
    hall.check_in(1, 2).unwrap();
    hall.call(ONE);
    hall.on("2026-11-24").booked(3, "09:00").on("2026-11-23").at("19:00");
    hall
}

#[test]
fn the_day_ends_at_four_in_the_morning_and_not_before() {
    let mut hall = monday_evening();
    let tick = |hall: &mut Hall| hall.ask(&Command::Tick, Actor::System).unwrap();
    assert_eq!(tick(hall.on("2026-11-24").at("03:59:59")), []);
    assert_eq!(tick(hall.at("04:00")), [Event::DayOpened { day: day("2026-11-24") }]);
    assert_eq!(tick(hall.at("04:01")), []);
}

#[test]
fn a_new_day_begins_with_an_empty_hall() {
    let mut hall = monday_evening();
    hall.on("2026-11-24").at("08:00").ask(&Command::Tick, Actor::System).unwrap();
    let Branch { visits, numbers, counters, lanes, .. } = &hall.branch;
    assert!(visits.is_empty() && numbers.is_empty() && counters.is_empty());
    assert!(lanes.len() == 2 && lanes.values().all(|lane| lane.last.is_none()), "lanes stay, counting anew");
}

#[test]
fn the_first_command_of_a_day_opens_it_without_a_tick() {
    let mut hall = monday_evening();
    let events = hall.on("2026-11-24").at("09:00").check_in(2, 3).unwrap();
    assert!(
        matches!(events.as_slice(), [Event::DayOpened { .. }, Event::CheckedIn { .. }]),
        "opened, then decided: {events:?}"
    );
    // Yesterday's agent has to sit down anew.
    assert_eq!(hall.ask(&Command::CallNext(ONE), agent(ONE)), Err(Refusal::CounterNotOpen { counter: ONE }));
}

#[test]
fn a_booking_of_yesterday_is_said_to_be_of_yesterday() {
    let mut hall = monday_evening();
    hall.on("2026-11-24").at("09:00");
    assert_eq!(hall.check_in(1, 1), Err(Refusal::WrongDay { day: day("2026-11-23") }));
    hall.walk_in(1, INFORMATION, false).unwrap();
    assert_eq!(hall.check_in(1, 1), Err(Refusal::WrongDay { day: day("2026-11-23") }));
    assert!(!hall.branch.bookings.keys().any(|key| domain::VisitId::of_booking(key) == visit_of(1)));
}

#[test]
fn a_booking_of_long_ago_is_forgotten() {
    let mut hall = monday_evening();
    hall.ask(&Command::Tick, Actor::System).unwrap();
    for date in ["2026-11-24", "2026-12-23"] {
        hall.on(date).at("09:00").ask(&Command::Tick, Actor::System).unwrap();
        assert_eq!(hall.check_in(1, 1), Err(Refusal::WrongDay { day: day("2026-11-23") }), "{date}");
    }
    hall.on("2026-12-24").at("09:00").ask(&Command::Tick, Actor::System).unwrap();
    assert_eq!(hall.check_in(1, 1), Err(Refusal::UnknownBooking));
}

#[test]
fn a_ticket_of_yesterday_that_comes_to_light_today_does_not_enter_todays_queue() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00");
    let mut alone = hall.cut_off(1);
    alone.check_in(1, 1).unwrap();
    let fact = alone.log.pop().unwrap();
    hall.on("2026-11-24").at("09:00").ask(&Command::Tick, Actor::System).unwrap();
    hall.branch.apply(&fact);
    assert!(hall.branch.visits.is_empty() && hall.branch.numbers.is_empty());
    assert!(hall.branch.lanes.values().all(|lane| lane.last.is_none()));
}

#[test]
fn the_clocks_change_and_each_day_opens_once() {
    for (sunday, monday) in [("2026-03-29", "2026-03-30"), ("2027-10-31", "2027-11-01")] {
        let mut hall = Hall::open();
        hall.branch = Branch::default();
        hall.on(sunday).at("10:00").operator(Command::Configure(Box::new(site())));
        let until = hall.on(monday).wall("10:00");
        let mut opened = Vec::new();
        while hall.now < until {
            opened.extend(hall.ask(&Command::Tick, Actor::System).unwrap());
            hall.now += chrono::Duration::minutes(10);
        }
        assert_eq!(opened, [Event::DayOpened { day: day(monday) }]);
    }
}

#[test]
fn before_a_site_is_set_up_everything_is_for_staff() {
    let mut hall = Hall::open();
    hall.branch = Branch::default();
    assert_eq!(hall.ask(&Command::Tick, Actor::System), Err(Refusal::NeedsStaff));
    assert_eq!(hall.check_in(1, 1), Err(Refusal::NeedsStaff));
}

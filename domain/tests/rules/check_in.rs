//! Presence begins with checking in: every outcome, at the edges.

use crate::hall::{Hall, ONE, TITLES, TWO, key, visit_of};
use chrono::Duration;
use domain::{
    Actor, BookingStatus, Command, DeviceId, Event, Flag, Language, Punctuality, Refusal, ServiceDay,
    ServiceId, SiteId, Text, VisitState, Window,
    command::{ClockState, Knowledge},
};
use uuid::Uuid;

/// How somebody with a booking at 10:30 is answered at a time of the day.
fn answer_at(time: &str) -> Result<Punctuality, Refusal> {
    let mut hall = Hall::open();
    match hall.booked(1, "10:30").at(time).check_in(1, 1)?.as_slice() {
        [Event::CheckedIn { punctuality, .. }] => Ok(*punctuality),
        other => panic!("not a check-in: {other:?}"),
    }
}

#[test]
fn thirty_one_minutes_before_is_too_early_and_the_visitor_hears_when_to_come_back() {
    let hall = Hall::open();
    let too_early = Refusal::TooEarly { opens_at: hall.wall("10:00"), slot: hall.wall("10:30") };
    assert_eq!(answer_at("09:59"), Err(too_early.clone()));
    assert_eq!(answer_at("09:59:59"), Err(too_early));
}

#[test]
fn from_thirty_minutes_before_to_fifteen_after_is_on_time() {
    for time in ["10:00", "10:30", "10:45", "10:45:59"] {
        assert_eq!(answer_at(time), Ok(Punctuality::OnTime), "{time}");
    }
}

#[test]
fn from_sixteen_minutes_after_is_late_and_still_served() {
    for time in ["10:46", "11:30", "11:30:59"] {
        assert_eq!(answer_at(time), Ok(Punctuality::Late), "{time}");
    }
}

#[test]
fn past_the_late_limit_a_person_decides() {
    let slot = Hall::open().wall("10:30");
    assert_eq!(answer_at("11:31"), Err(Refusal::TooLate { slot }));
}

/// A window in minutes before the slot, after it and late.
type Minutes = (u16, u16, u16);

/// What is answered so many minutes after the slot.
#[rustfmt::skip]
const WINDOWS: [(Minutes, [(i64, &str); 7]); 2] = [
    ((30, 15, 60), [
        (-31, "too early"), (-30, "on time"), (0, "on time"), (15, "on time"), (16, "late"), (60, "late"), (61, "too late"),
    ]),
    ((10, 5, 5), [
        (-11, "too early"), (-10, "on time"), (0, "on time"), (5, "on time"), (6, "too late"), (15, "too late"), (16, "too late"),
    ]),
];

#[test]
fn each_service_has_its_own_window_and_it_is_as_wide_on_the_sundays_when_the_clocks_change() {
    for (date, slot) in [("2026-11-23", "10:30"), ("2027-03-28", "09:00"), ("2027-10-31", "09:00")] {
        for ((before_minutes, after_minutes, late_minutes), answers) in WINDOWS {
            for (minutes, expected) in answers {
                let mut hall = Hall::open();
                hall.configured(|site| {
                    let titles = site.services.get_mut(&ServiceId::new(TITLES)).unwrap();
                    titles.window = Window { before_minutes, after_minutes, late_minutes };
                });
                hall.on(date).at("08:30").booked(1, slot);
                hall.now = hall.wall(slot) + Duration::minutes(minutes);
                let answered = match hall.check_in(1, 1) {
                    Ok(events) => match events.last() {
                        Some(Event::CheckedIn { punctuality: Punctuality::OnTime, .. }) => "on time",
                        Some(Event::CheckedIn { punctuality: Punctuality::Late, .. }) => "late",
                        other => panic!("not a check-in: {other:?}"),
                    },
                    Err(Refusal::TooEarly { .. }) => "too early",
                    Err(Refusal::TooLate { .. }) => "too late",
                    Err(other) => panic!("{other:?}"),
                };
                assert_eq!(answered, expected, "{minutes} minutes after {slot} of {date}");
            }
        }
    }
}

#[test]
fn with_an_uncertain_clock_no_window_refuses_anyone_and_the_ticket_says_so() {
    for time in ["04:10", "09:00", "11:31", "23:00"] {
        let mut hall = Hall::open();
        hall.clock = ClockState::Uncertain;
        let events = hall.booked(1, "10:30").at(time).check_in(1, 1).unwrap();
        let [Event::CheckedIn { ticket, punctuality: Punctuality::OnTime, .. }] = events.as_slice() else {
            panic!("{time}: {events:?}");
        };
        assert!(!ticket.clock_certain);
    }
}

#[test]
fn an_uncertain_clock_puts_nobody_behind_others_so_that_everybody_booked_ranks_by_the_slot() {
    let mut hall = Hall::open();
    hall.booked(1, "09:00").booked(2, "10:30").clock = ClockState::Uncertain;
    // By a clock that may be hours ahead, one of them is late and the other is too.
    for reference in [1, 2] {
        hall.at("12:00").check_in(1, reference).unwrap();
    }
    for (reference, due) in [(1, "09:10"), (2, "10:40")] {
        let visit = hall.visit(visit_of(reference));
        assert_eq!(hall.branch.deadline(visit), hall.wall(due));
        assert!(visit.flags.contains(&Flag::ClockUncertain), "whoever calls them is told");
    }
}

#[test]
fn another_day_is_told_by_its_date() {
    let mut hall = Hall::open();
    hall.on("2026-11-24").booked(1, "10:30").on("2026-11-23").at("10:30");
    let day = ServiceDay("2026-11-24".parse().unwrap());
    assert_eq!(hall.check_in(1, 1), Err(Refusal::WrongDay { day }));
}

#[test]
fn another_site_is_told_by_its_name() {
    let mut hall = Hall::open();
    let (site, day) = (SiteId::new("douai"), hall.branch.day.unwrap());
    hall.operator(Command::RecordElsewhere { site: site.clone(), day, keys: vec![key(1)] });
    assert_eq!(hall.check_in(1, 1), Err(Refusal::WrongSite { site: site.clone(), name: None, day }));
    let name = Text::new([(Language::new("fr"), "Sous-préfecture de Douai".to_owned())]);
    let mut configured = hall.branch.site.clone().unwrap();
    configured.neighbours.insert(site.clone(), name.clone());
    hall.operator(Command::Configure(Box::new(configured)));
    assert_eq!(hall.check_in(1, 1), Err(Refusal::WrongSite { site, name: Some(name), day }));
    // The booking moves here.
    hall.booked(1, "10:15");
    assert!(hall.branch.elsewhere.is_empty());
    assert!(hall.check_in(1, 1).is_ok());
}

#[test]
fn a_cancelled_booking_is_said_to_be_cancelled() {
    let mut hall = Hall::open();
    let cancelled = domain::Booking { status: BookingStatus::Cancelled, ..hall.booking(1, "10:00") };
    hall.operator(Command::RecordBookings(vec![cancelled]));
    assert_eq!(hall.check_in(1, 1), Err(Refusal::BookingCancelled));
}

#[test]
fn what_a_kiosk_with_an_old_list_does_not_know_goes_to_staff_and_is_not_called_unknown() {
    let mut hall = Hall::open();
    assert_eq!(hall.check_in(1, 1), Err(Refusal::UnknownBooking));
    hall.knowledge = Knowledge::Stale;
    assert_eq!(hall.check_in(1, 1), Err(Refusal::NeedsStaff));
}

#[test]
fn before_the_doors_open_and_after_they_close_nobody_checks_in() {
    let mut hall = Hall::open();
    hall.booked(1, "08:45").booked(2, "15:50");
    let opens_at = Some(hall.wall("08:30"));
    assert_eq!(hall.at("08:29:59").check_in(1, 1), Err(Refusal::Closed { opens_at }));
    assert!(hall.at("08:30").check_in(1, 1).is_ok());
    assert_eq!(hall.at("16:00").check_in(1, 2), Err(Refusal::Closed { opens_at: None }));
    assert!(hall.at("15:59:59").check_in(1, 2).is_ok());
}

#[test]
fn a_kiosk_without_a_lane_gives_no_number() {
    let mut hall = Hall::open();
    hall.booked(1, "10:00").branch.lanes.clear();
    assert_eq!(hall.check_in(1, 1), Err(Refusal::NoLane));
}

#[test]
fn a_device_that_goes_on_asking_for_lanes_leaves_some_for_the_others() {
    let mut hall = Hall::open();
    let grant = |device: u128, incarnation: u128| Command::GrantLane {
        device: DeviceId(Uuid::from_u128(device)),
        incarnation: Uuid::from_u128(incarnation),
    };
    for incarnation in 11..=14 {
        hall.operator(grant(1, incarnation));
    }
    assert_eq!(hall.branch.lanes.len(), 6, "the first lane of each, and four more");
    assert_eq!(hall.ask(&grant(1, 15), Actor::Operator), Err(Refusal::TooManyLanes));
    assert_eq!(hall.ask(&grant(1, 14), Actor::Operator), Ok(vec![]), "what it has, it keeps");
    assert!(hall.ask(&grant(2, 15), Actor::Operator).is_ok());
}

#[test]
fn whoever_waits_is_called_or_is_received_keeps_number_and_place() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    let steps = [Command::Tick, Command::CallNext(ONE), Command::Start(ONE)];
    for step in steps {
        hall.agent(step, ONE).unwrap();
        let before = hall.visit(visit_of(1)).clone();
        assert_eq!(hall.check_in(2, 1), Ok(vec![Event::SeenAgain { visit: visit_of(1) }]));
        assert_eq!(hall.visit(visit_of(1)), &before);
    }
}

#[test]
fn whoever_missed_the_call_waits_again_under_the_same_number() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    let numbers = hall.numbers(1).to_vec();
    hall.call(ONE);
    hall.at("10:10").agent(Command::NoShow(ONE), ONE).unwrap();
    let since = hall.log.last().unwrap().id;
    assert_eq!(hall.at("10:20").check_in(2, 1), Ok(vec![Event::CameBack { visit: visit_of(1), since }]));
    let visit = hall.visit(visit_of(1));
    assert_eq!((&visit.state, &visit.numbers), (&VisitState::Waiting, &numbers));
    assert_eq!(hall.branch.deadline(visit), hall.wall("11:00"), "forty minutes from then on");
}

#[test]
fn whoever_was_served_is_sent_to_staff() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    hall.call(ONE);
    hall.finish(ONE).unwrap();
    assert_eq!(hall.check_in(1, 1), Err(Refusal::VisitEnded));
}

#[test]
fn a_booking_loaded_twice_changes_nothing_and_a_changed_one_counts() {
    let mut hall = Hall::open();
    let booking = hall.booking(1, "10:30");
    hall.operator(Command::RecordBookings(vec![booking.clone()]));
    let again = hall.ask(&Command::RecordBookings(vec![booking]), domain::Actor::Operator);
    assert_eq!(again, Ok(vec![]));
    // The slot moves to the afternoon.
    hall.booked(1, "14:00");
    assert!(matches!(hall.at("10:30").check_in(1, 1), Err(Refusal::TooEarly { .. })));
}

#[test]
fn a_booking_that_should_be_among_todays_is_for_staff_and_not_for_another_day() {
    let mut hall = Hall::open();
    let (site, day) = (SiteId::new("lille"), hall.branch.day.unwrap());
    hall.branch.elsewhere.insert(key(1), domain::booking::Elsewhere { site, day });
    assert_eq!(hall.check_in(1, 1), Err(Refusal::NeedsStaff));
}

#[test]
fn whoever_is_too_early_is_told_an_hour_at_which_the_doors_are_open() {
    let mut hall = Hall::open();
    let refused = hall.booked(1, "08:45").at("08:00").check_in(1, 1);
    let (opens_at, slot) = (hall.wall("08:30"), hall.wall("08:45"));
    assert_eq!(refused, Err(Refusal::TooEarly { opens_at, slot }));
}

#[test]
fn whom_a_kiosk_sends_to_a_person_that_person_lets_in() {
    // By when they are due: from the slot, or from the arrival of whoever is too late for it or has none.
    let cases = [
        ("09:40", Turnout::Booked, "10:40"),
        ("12:00", Turnout::Booked, "12:40"),
        ("16:30", Turnout::Booked, "17:10"),
        ("10:00", Turnout::Without, "10:40"),
    ];
    for (time, turnout, due) in cases {
        let mut hall = Hall::staffed();
        hall.booked(1, "10:30").at(time);
        let asking = hall.asking(1);
        let command = match turnout {
            Turnout::Booked => Command::CheckIn { booking: key(1), asking },
            // The kiosk gives no ticket for this service without a booking.
            Turnout::Without => Command::TakeWalkIn { service: ServiceId::new(TITLES), asking },
        };
        let device = Actor::Device(DeviceId(Uuid::from_u128(1)));
        assert!(hall.ask(&command, device).is_err(), "at {time}");
        hall.ask(&command, crate::hall::agent(ONE)).unwrap();
        let waiting: Vec<_> = hall.branch.waiting(hall.now).collect();
        let [visit] = waiting[..] else { panic!("at {time}: {waiting:?}") };
        assert_eq!(hall.branch.deadline(visit), hall.wall(due), "at {time}");
    }
}

#[test]
fn whoever_is_booked_for_a_service_that_was_taken_away_is_let_in_by_staff_and_called_by_any_counter() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").configured(|site| {
        let titles = ServiceId::new(TITLES);
        site.services.remove(&titles);
        for counter in site.counters.values_mut() {
            counter.serves.remove(&titles);
        }
    });
    assert_eq!(hall.check_in(1, 1), Err(Refusal::NeedsStaff));
    let asking = hall.asking(1);
    hall.agent(Command::CheckIn { booking: key(1), asking }, ONE).unwrap();
    assert_eq!(hall.branch.deadline(hall.visit(visit_of(1))), hall.wall("10:10"));
    assert_eq!(hall.call(TWO), visit_of(1));
}

/// How somebody comes.
#[derive(Clone, Copy)]
enum Turnout {
    Booked,
    Without,
}

#[test]
fn a_kiosk_that_does_not_know_the_time_takes_back_whoever_missed_a_call_and_tells_nobody_of_another_day() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").booked(2, "10:30").check_in(1, 1).unwrap();
    hall.call(ONE);
    hall.agent(Command::NoShow(ONE), ONE).unwrap();
    hall.clock = ClockState::Uncertain;
    assert!(hall.at("14:00").check_in(1, 1).is_ok());
    let mut ahead = hall.cut_off(1);
    assert_eq!(ahead.on("2026-11-24").at("10:00").check_in(1, 2), Err(Refusal::NeedsStaff));
}

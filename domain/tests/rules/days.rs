//! One service day ends, another begins.

use crate::hall::{Hall, INFORMATION, ONE, THREE, agent, key, lane, site, text, visit_of, wall};
use domain::{
    Actor, BookingStatus, Branch, Closure, Command, Event, EventId, Opening, Recorded, Refusal, ServiceDay,
    TicketNumber, branch::Belated,
};
use uuid::Uuid;

fn day(date: &str) -> ServiceDay {
    ServiceDay(date.parse().unwrap())
}

/// A Monday with somebody waiting, somebody called, and a booking for the next day.
fn monday_evening() -> Hall {
    let mut hall = Hall::boundless();
    hall.sit(ONE).booked(1, "10:00").booked(2, "10:05").check_in(1, 1).unwrap();
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
    let closed = Event::DayClosed {
        day: day("2026-11-23"),
        unserved: vec![visit_of(2)],
        unfinished: vec![visit_of(1)],
        no_show: vec![],
        absent: vec![],
    };
    assert_eq!(tick(hall.at("04:00")), [closed, Event::DayOpened { day: day("2026-11-24") }]);
    assert_eq!(tick(hall.at("04:01")), []);
}

#[test]
fn no_configuration_ends_the_day_or_makes_it_yesterday_again() {
    let mut hall = monday_evening();
    let with = |change: &dyn Fn(&mut domain::Site)| {
        let mut site = site();
        change(&mut site);
        Command::Configure(Box::new(site))
    };
    let at_ten = with(&|site| site.rollover_hour = 10);
    let on_an_island = with(&|site| site.zone = chrono_tz::Pacific::Tahiti);
    let refused = Err(Refusal::DayWouldShift);
    hall.on("2026-11-24").at("08:45").check_in(1, 3).unwrap();
    assert_eq!(hall.at("09:59").ask(&at_ten, Actor::Operator), refused, "it would be Monday again");
    assert_eq!(hall.ask(&on_an_island, Actor::Operator), refused);
    let before = hall.branch.visits.clone();
    let Command::Configure(site) = &at_ten else { panic!() };
    let configured = Event::SiteConfigured { site: site.clone() };
    assert_eq!(
        hall.at("10:00").ask(&at_ten, Actor::Operator).map(|events| events[0].clone()),
        Ok(configured)
    );
    assert_eq!(hall.branch.visits, before, "everybody waits on");
    let again_at_four = with(&|_| {});
    let early = hall.on("2026-11-25").at("05:00").ask(&again_at_four, Actor::Operator);
    assert_eq!(early, refused, "Tuesday would end at once");
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
fn whether_a_ticket_of_yesterday_came_out_is_asked_no_more() {
    let mut hall = monday_evening();
    let number = hall.numbers(1)[0].clone();
    hall.record(Event::PrintUncertain { number });
    assert_eq!(hall.branch.print_uncertain.len(), 1);
    hall.on("2026-11-24").at("08:00").ask(&Command::Tick, Actor::System).unwrap();
    assert!(hall.branch.print_uncertain.is_empty());
}

#[test]
fn the_first_command_of_a_day_opens_it_without_a_tick() {
    let mut hall = monday_evening();
    let events = hall.on("2026-11-24").at("09:00").check_in(2, 3).unwrap();
    assert!(
        matches!(
            events.as_slice(),
            [Event::DayClosed { .. }, Event::DayOpened { .. }, Event::CheckedIn { .. }]
        ),
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

    let known: Vec<_> = hall.branch.belated.iter().collect();
    let number = fact.event.number().unwrap();
    assert_eq!(known, [(number, &Belated { day: fact.day, at: fact.at })], "staff can see it");
    hall.branch.apply(&fact);
    assert_eq!(hall.branch.belated.len(), 1);
    hall.on("2026-11-25").at("09:00").ask(&Command::Tick, Actor::System).unwrap();
    assert!(hall.branch.belated.is_empty(), "until the day ends on which it came to light");
}

#[test]
fn the_clocks_change_and_each_day_opens_once() {
    for (saturday, sunday, monday) in
        [("2026-03-28", "2026-03-29", "2026-03-30"), ("2027-10-30", "2027-10-31", "2027-11-01")]
    {
        let mut hall = Hall::boundless();
        hall.branch = Branch::default();
        hall.on(saturday).at("10:00").operator(Command::Configure(Box::new(site())));
        let fours = [sunday, monday].map(|date| hall.on(date).wall("04:00"));
        let until = hall.on(monday).wall("10:00");
        hall.on(saturday).at("10:00");
        let mut opened = Vec::new();
        while hall.now < until {
            let events = hall.ask(&Command::Tick, Actor::System).unwrap();
            opened.extend(events.into_iter().map(|event| (hall.now, event)));
            hall.now += chrono::Duration::minutes(10);
        }
        let days = opened.into_iter().filter_map(|(at, event)| match event {
            Event::DayClosed { day, .. } => Some((at, "closed", day)),
            Event::DayOpened { day } => Some((at, "opened", day)),
            _ => None,
        });
        let expected = [
            (fours[0], "closed", day(saturday)),
            (fours[0], "opened", day(sunday)),
            (fours[1], "closed", day(sunday)),
            (fours[1], "opened", day(monday)),
        ];
        assert_eq!(days.collect::<Vec<_>>(), expected, "at four by the wall, once each");
    }
}

#[test]
fn before_a_site_is_set_up_everything_is_for_staff() {
    let mut hall = Hall::boundless();
    hall.branch = Branch::default();
    assert_eq!(hall.ask(&Command::Tick, Actor::System), Err(Refusal::NeedsStaff));
    assert_eq!(hall.check_in(1, 1), Err(Refusal::NeedsStaff));
}

#[test]
fn the_end_of_a_day_tells_who_was_not_received_and_who_did_not_come() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").booked(2, "10:15").booked(3, "10:30").check_in(1, 1).unwrap();
    hall.check_in(1, 2).unwrap();
    hall.call(ONE);
    hall.finish(ONE).unwrap();
    let [missed, left_there] = [(); 2].map(|()| hall.came_for_information(false));
    hall.call(THREE);
    hall.agent(Command::NoShow(THREE), THREE).unwrap();
    hall.call(THREE);
    let mut cancelled = hall.booking(4, "11:00");
    cancelled.status = BookingStatus::Cancelled;
    hall.operator(Command::RecordBookings(vec![cancelled]));
    let events = hall.on("2026-11-24").at("08:00").ask(&Command::Tick, Actor::System).unwrap();
    let closed = Event::DayClosed {
        day: day("2026-11-23"),
        unserved: vec![visit_of(2)],
        unfinished: vec![left_there],
        no_show: vec![missed],
        absent: vec![key(3)],
    };
    assert_eq!(events[0], closed);
}

#[test]
fn a_ticket_of_a_clock_that_is_ahead_waits_for_its_day() {
    let mut hall = Hall::boundless();
    hall.on("2026-11-24").booked(1, "09:00").on("2026-11-23").at("18:00");
    let mut ahead = hall.cut_off(1);
    ahead.on("2026-11-24").at("08:55").check_in(1, 1).unwrap();
    let facts: Vec<Recorded> =
        ahead.log.iter().filter(|recorded| recorded.event.is_fact()).cloned().collect();
    facts.iter().for_each(|fact| hall.branch.apply(fact));
    assert!(hall.branch.visits.is_empty(), "it is not tomorrow yet");
    hall.on("2026-11-24").at("08:00").ask(&Command::Tick, Actor::System).unwrap();
    assert_eq!(hall.visit(visit_of(1)).numbers.len(), 1);
    assert!(hall.branch.ahead.is_empty());
}

#[test]
fn what_a_clock_that_is_ahead_stated_is_taken_in_the_order_in_which_it_happened() {
    // Whichever has the smaller id, and whichever is heard first.
    for [uncertain_id, printed_id] in [[1, 2], [2, 1]] {
        let mut hall = Hall::boundless();
        let (number, day) = (TicketNumber::new(lane(1), 7), day("2026-11-24"));
        let mut state = |id: u128, time: &str, event: Event| {
            let at = hall.on("2026-11-24").wall(time);
            hall.branch.apply(&Recorded { id: EventId(Uuid::from_u128(id)), at, day, event });
        };
        let printed = Event::TicketPrinted { number: number.clone(), confirmed: true };
        state(printed_id, "08:56", printed);
        state(uncertain_id, "08:55", Event::PrintUncertain { number });
        hall.at("08:00").ask(&Command::Tick, Actor::System).unwrap();
        assert!(hall.branch.ahead.is_empty());
        assert!(hall.branch.print_uncertain.is_empty(), "it came out in the end");
    }
}

#[test]
fn doors_open_by_the_day_of_the_week_and_not_on_days_of_closure() {
    let mut hall = Hall::boundless();
    hall.configured(|site| {
        site.hours.week[0] = [("08:30", "12:15"), ("13:30", "16:00")]
            .map(|(from, to)| Opening { from: wall(from), to: wall(to) })
            .into();
        site.hours.week[1].clear();
        let holiday = "2026-11-30".parse().unwrap();
        site.hours.closures = vec![Closure { from: holiday, to: holiday, reason: text("Fermeture") }];
    });
    let is_open = |hall: &mut Hall, date: &str, time: &str| {
        let now = hall.on(date).wall(time);
        hall.branch.site.as_ref().unwrap().is_open(now)
    };
    for (date, time, open) in [
        ("2026-11-23", "12:14", true),
        ("2026-11-23", "12:15", false),
        ("2026-11-23", "13:30", true),
        ("2026-11-24", "10:00", false),
        ("2026-11-25", "10:00", true),
        ("2026-11-30", "10:00", false),
    ] {
        assert_eq!(is_open(&mut hall, date, time), open, "{date} {time}");
    }
    let opens_at = Some(hall.on("2026-11-23").wall("13:30"));
    hall.at("12:30");
    assert_eq!(hall.walk_in(1, INFORMATION, false), Err(Refusal::Closed { opens_at }));
}

#[test]
fn a_kiosk_that_follows_holds_what_a_kiosk_that_starts_now_is_given() {
    let mut hall = monday_evening();
    let mut kiosk = hall.branch.for_kiosk();
    let mut follow = |hall: &mut Hall, number: u8, date: &str| {
        let before = hall.log.len();
        hall.on(date).booked(number, "10:00").on("2026-11-23").at("19:00");
        for recorded in hall.log[before..].iter().cloned() {
            let event = recorded.event.for_kiosk(&hall.branch);
            kiosk.apply(&Recorded { event, ..recorded });
        }
        kiosk.last_event_at = hall.branch.last_event_at;
        assert_eq!(kiosk, hall.branch.for_kiosk(), "after a booking on {date}");
        (kiosk.bookings.contains_key(&key(number)), kiosk.elsewhere.contains_key(&key(number)))
    };
    assert_eq!(follow(&mut hall, 7, "2026-11-26"), (true, false), "three days ahead");
    assert_eq!(follow(&mut hall, 8, "2026-11-27"), (false, true), "four days ahead");
    assert_eq!(follow(&mut hall, 7, "2026-12-11"), (false, true), "put off");
    assert_eq!(follow(&mut hall, 7, "2026-11-25"), (true, false), "and brought forward");
    let agents: Vec<_> = kiosk.counters.values().map(|counter| counter.agent).collect();
    assert!(!agents.is_empty() && agents.iter().all(|known| known.0.is_nil()), "no agent is known there");
}

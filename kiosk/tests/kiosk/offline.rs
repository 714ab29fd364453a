//! Without the server, after restarts, and when it is back.

use crate::hall::{EPOCH, Hall, INCARNATION, identity, lane, monday, secret};
use domain::{Event, LaneCode, ServiceDay, ServiceId, command::ClockState, event::ShareOf};
use kiosk::{
    flow::{Msg, NoticeKind, Page},
    local::LocalStore,
    reception::{News, Paper, Standing},
};
use protocol::{
    Cursor,
    pairing::{DeviceKind, Paired},
    snapshot::KioskSnapshot,
};
use uuid::Uuid;

#[test]
fn a_kiosk_works_on_without_the_server_and_sends_unknown_codes_to_a_person() {
    let mut hall = Hall::open("09:00");
    hall.pass(61);
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::Ticket);
    hall.scan("RDV-NOBODY");
    assert_eq!(hall.view().notice.kind, NoticeKind::NeedsStaff, "it may exist by now");
    hall.heartbeat();
    hall.pass(5);
    hall.scan("RDV-NOBODY");
    assert_eq!(hall.view().notice.kind, NoticeKind::Unknown);
}

#[test]
fn a_restart_without_the_server_loses_nothing() {
    let mut hall = Hall::open("09:00");
    hall.happens(Event::BookingRecorded { booking: booking("RDV-NEW") });
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.paper(Paper::Printed);
    hall.restart();
    hall.pass(5);
    hall.scan("RDV-0910");
    assert_eq!((hall.view().page, hall.number()), (Page::Already, number));
    hall.scan("RDV-NEW");
    assert_eq!(hall.view().page, Page::Ticket, "an event that came after the snapshot");
    assert_eq!(hall.reception().cursor(), Some(Cursor { epoch: EPOCH, seq: 11 }));
}

#[test]
fn after_a_reboot_without_the_server_no_window_refuses_anyone_and_the_fact_says_so() {
    let mut hall = Hall::open("09:00");
    hall.reboot();
    assert_eq!(hall.clock.now().state, ClockState::Uncertain);
    hall.scan("RDV-1130");
    assert_eq!(hall.view().page, Page::Ticket);
    assert_eq!(hall.outbox()[0].body["clock_certain"], false);
    hall.heartbeat();
    assert_eq!(hall.clock.now().state, ClockState::Certain);
}

#[test]
fn a_clock_that_was_wrong_by_years_is_forgotten_when_the_server_is_back() {
    let mut hall = Hall::open("09:00");
    let right = hall.clock.now().time;
    let far = ServiceDay(monday().0 + chrono::TimeDelta::days(400));
    hall.happens(share_of("H", far));
    hall.machine.lock().unwrap().wall += chrono::TimeDelta::days(400);
    hall.reboot();
    hall.walk_in();
    assert_eq!(hall.view().page, Page::Ticket);
    hall.hear(News::Heartbeat(right));
    assert_eq!((hall.clock.now().time, hall.reception().branch().day), (right, Some(monday())));
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::Ticket);
}

#[test]
fn the_day_rolls_over_by_the_kiosks_own_clock() {
    let mut hall = Hall::open("15:30");
    hall.walk_in();
    hall.pass(18 * 3600);
    hall.scan("RDV-TOMORROW");
    assert_eq!(hall.view().page, Page::Ticket);
    let tuesday = ServiceDay("2026-11-24".parse().unwrap());
    assert_eq!(hall.reception().branch().day, Some(tuesday));
    assert_eq!(hall.kinds(), ["walk_in_taken", "checked_in"], "opening a day is not a fact of a kiosk");
    assert_eq!(hall.outbox()[1].day, tuesday);
    let number = hall.number();
    hall.restart();
    hall.pass(5);
    hall.scan("RDV-TOMORROW");
    assert_eq!((hall.view().page, hall.number()), (Page::PrintQuestion, number), "here already");
}

#[test]
fn a_morning_without_the_server_comes_back_whole() {
    let mut hall = Hall::paired("09:00");
    let references: Vec<String> = (0..200).map(|number| format!("RDV-{number:05}")).collect();
    for reference in &references {
        let booking = booking(reference);
        hall.server.bookings.insert(booking.key, booking);
    }
    hall.snapshot();
    for reference in &references {
        hall.pass(4);
        hall.scan(reference);
        hall.paper(Paper::Printed);
    }
    let facts = hall.outbox();
    assert_eq!(facts.len(), 400);
    hall.reception().acknowledged(INCARNATION, 400, 400).unwrap();
    let news = facts.iter().zip(11..).map(|(fact, seq)| {
        hall.server.apply(&fact.open().unwrap());
        News::Event(fact.to_json().unwrap(), Cursor { epoch: EPOCH, seq })
    });
    let news = news.collect();
    hall.reception().hear(news).unwrap();
    let server = hall.server.clone();
    assert!(*hall.reception().branch() == server, "the kiosk and the server know the same");
    assert_eq!(server.numbers.len(), 200, "every number once");
    hall.restart();
    assert!(*hall.reception().branch() == server, "after a restart too");
}

#[test]
fn facts_leave_in_one_chain_and_once_acknowledged_they_are_not_sent_again() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    hall.paper(Paper::Printed);
    hall.restart();
    hall.scan("RDV-0920");
    let facts = hall.outbox();
    let mut previous = protocol::envelope::Hash::zero();
    for (fact, seq) in facts.iter().zip(1..) {
        let origin = fact.origin.as_ref().unwrap();
        assert_eq!((origin.incarnation, origin.seq, &origin.previous), (INCARNATION, seq, &previous));
        previous = fact.hash();
    }
    assert_eq!(hall.reception().acknowledged(INCARNATION, 2, 2).unwrap(), Standing::Whole);
    assert_eq!(hall.kinds(), ["checked_in"]);
    assert_eq!(hall.reception().acknowledged(INCARNATION, 3, 3).unwrap(), Standing::Whole);
    assert!(hall.reception().outgoing().unwrap().is_none());
    assert_eq!(hall.reception().acknowledged(INCARNATION, 9, 9).unwrap(), Standing::Forked);
}

#[test]
fn own_facts_stand_until_the_server_tells_them_whatever_snapshot_comes() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    let (number, fact) = (hall.number(), hall.outbox()[0].clone());
    hall.paper(Paper::Failed("no paper".into()));
    let holder = |hall: &mut Hall| hall.reception().branch().holder(&number.parse().unwrap()).is_some();
    hall.snapshot();
    assert!(holder(&mut hall), "a snapshot from before");
    hall.reception().acknowledged(INCARNATION, 1, 1).unwrap();
    hall.snapshot();
    assert!(holder(&mut hall), "a snapshot that crossed the upload");
    hall.server.apply(&fact.open().unwrap());
    hall.tell(&fact);
    let server = hall.server.clone();
    assert_eq!(*hall.reception().branch(), server, "now it is the server's");
    hall.restart();
    assert_eq!(*hall.reception().branch(), server);
}

#[test]
fn facts_that_a_snapshot_contains_are_settled_by_signs_of_life() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    let fact = hall.outbox()[0].clone();
    hall.paper(Paper::Failed("no paper".into()));
    hall.reception().acknowledged(INCARNATION, 1, 1).unwrap();
    hall.server.apply(&fact.open().unwrap());
    hall.snapshot();
    hall.heartbeat();
    hall.heartbeat();
    let server = hall.server.clone();
    hall.restart();
    assert_eq!(*hall.reception().branch(), server);
}

#[test]
fn a_server_that_was_restored_is_refilled() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.reception().acknowledged(INCARNATION, 1, 1).unwrap();
    assert!(hall.outbox().is_empty());
    let cursor = Cursor { epoch: Uuid::from_u128(0xE2), seq: 4 };
    let (server_time, branch) = (hall.clock.now().time, hall.server.clone());
    hall.hear(News::Snapshot(Box::new(KioskSnapshot { cursor, server_time, branch })));
    assert_eq!(hall.kinds(), ["checked_in"]);
    assert!(hall.reception().branch().holder(&number.parse().unwrap()).is_some());
}

#[test]
fn a_server_whose_file_was_put_back_is_refilled() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    hall.reception().acknowledged(INCARNATION, 1, 1).unwrap();
    hall.snapshot();
    assert!(hall.outbox().is_empty(), "a snapshot that knows as much asks for nothing");
    let cursor = Cursor { epoch: EPOCH, seq: hall.seq - 1 };
    let (server_time, branch) = (hall.clock.now().time, hall.server.clone());
    hall.hear(News::Snapshot(Box::new(KioskSnapshot { cursor, server_time, branch })));
    assert_eq!(hall.kinds(), ["checked_in"]);
}

#[test]
fn a_kiosk_that_runs_while_its_server_is_restored_gives_no_number_twice() {
    let mut hall = Hall::open("09:00");
    let (server_time, before) = (hall.clock.now().time, hall.server.clone());
    let cursor = Cursor { epoch: EPOCH, seq: hall.seq };
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.paper(Paper::Printed);
    // The server holds what was sent and has told it back, so that it is settled here.
    for fact in hall.outbox() {
        hall.tell(&fact);
    }
    hall.reception().acknowledged(INCARNATION, 2, 2).unwrap();
    hall.heartbeat();
    assert!(hall.outbox().is_empty() && !hall.reception().take_unsent());
    let cursor = Cursor { seq: cursor.seq - 1, ..cursor };
    hall.hear(News::Snapshot(Box::new(KioskSnapshot { cursor, server_time, branch: before })));
    assert!(hall.reception().take_unsent(), "whoever sends is woken");
    assert_eq!(hall.kinds(), ["checked_in", "ticket_printed"]);
    hall.pass(30);
    hall.scan("RDV-0910");
    assert_eq!((hall.view().page, hall.number()), (Page::Already, number.clone()));
    hall.pass(30);
    hall.scan("RDV-0920");
    assert_eq!(hall.view().page, Page::Ticket);
    assert_ne!(hall.number(), number);
}

#[test]
fn what_the_server_told_and_then_lost_stands_here_after_a_restart() {
    let mut hall = Hall::open("09:00");
    let (server_time, branch) = (hall.clock.now().time, hall.server.clone());
    let cursor = Cursor { epoch: EPOCH, seq: hall.seq };
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.paper(Paper::Printed);
    let facts = hall.outbox();
    hall.reception().acknowledged(INCARNATION, 2, 2).unwrap();
    let mut news: Vec<News> = facts.iter().map(|fact| hall.news(fact)).collect();
    news.push(News::Snapshot(Box::new(KioskSnapshot { cursor, server_time, branch })));
    hall.reception().hear(news).unwrap();
    hall.restart();
    assert!(hall.reception().branch().holder(&number.parse().unwrap()).is_some());
    hall.scan("RDV-0920");
    assert_eq!(hall.view().page, Page::Ticket);
    assert_ne!(hall.number(), number);
}

#[test]
fn what_a_full_disk_could_not_keep_is_kept_with_the_next_news() {
    let mut hall = Hall::open("09:00");
    let booked = |reference| Event::BookingRecorded { booking: booking(reference) };
    hall.reception = None;
    let lost_key = booking("RDV-LOST").key;
    let full = format!(
        "CREATE TRIGGER full BEFORE INSERT ON stream_event WHEN NEW.envelope LIKE '%{lost_key}%' \
         BEGIN SELECT RAISE(ABORT, 'full'); END"
    );
    rusqlite::Connection::open(hall.database()).unwrap().execute_batch(&full).unwrap();
    hall.restart();
    let lost = hall.decides(booked("RDV-LOST"));
    assert!(hall.reception().hear(vec![lost]).is_err(), "it says that it could not keep it");
    let next = hall.decides(booked("RDV-NEXT"));
    hall.reception().hear(vec![next]).unwrap();
    let server = hall.server.clone();
    assert_eq!(*hall.reception().branch(), server, "in memory both are there");
    hall.restart();
    assert_eq!(*hall.reception().branch(), server, "and on the disk");
}

#[test]
fn how_prints_ended_is_kept_as_soon_as_the_disk_takes_it() {
    let mut hall = Hall::open("09:00");
    hall.reception = None;
    let full = "CREATE TRIGGER full BEFORE UPDATE ON print_job WHEN (SELECT count(*) FROM ticket) < 3
                BEGIN SELECT RAISE(ABORT, 'full'); END";
    rusqlite::Connection::open(hall.database()).unwrap().execute_batch(full).unwrap();
    hall.restart();
    hall.scan("RDV-0910");
    hall.scan("RDV-0920");
    for paper in [Paper::Printed, Paper::Unknown("silent".into())] {
        let job = hall.jobs.remove(0);
        assert!(hall.reception().printed(job, &paper).is_err());
    }
    assert!(hall.reception().keep_prints().is_err(), "not yet");
    hall.touch(Msg::Home);
    hall.walk_in();
    assert!(hall.reception().keep_prints().unwrap());
    assert_eq!(hall.kinds()[3..], ["ticket_printed", "print_uncertain"]);
    assert!(!hall.reception().keep_prints().unwrap(), "once");
}

#[test]
fn a_copied_disk_goes_on_as_a_new_incarnation_with_a_lane_of_its_own() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    hall.reception().acknowledged(INCARNATION, 1, 1).unwrap();
    hall.scan("RDV-0920");
    let kept = hall.outbox()[0].id;
    let incarnation = Uuid::from_u128(0x2);
    hall.reception().reincarnate(incarnation, paired(Some(lane("K")))).unwrap();
    let facts = hall.outbox();
    assert_eq!(facts.len(), 1, "only what the server does not hold");
    let origin = facts[0].origin.as_ref().unwrap();
    assert_eq!((facts[0].id, origin.incarnation, origin.seq), (kept, incarnation, 1));
    hall.happens(share_of("K", monday()));
    hall.touch(Msg::Home);
    hall.walk_in();
    assert!(hall.number().starts_with('K'), "{}", hall.number());
    hall.restart();
    hall.touch(Msg::Home);
    hall.walk_in();
    assert!(hall.number().starts_with('K'), "{}", hall.number());
}

#[test]
fn facts_of_one_site_never_go_to_another() {
    let mut hall = Hall::open("09:00");
    hall.walk_in();
    hall.reception = None;
    let mut store = LocalStore::open(&hall.database()).unwrap();
    let elsewhere = kiosk::local::Identity { site: domain::SiteId::new("roubaix"), ..identity() };
    let error = store.adopt(&elsewhere).unwrap_err().to_string();
    assert!(error.contains("lille") && error.contains("roubaix"), "{error}");
}

/// Two walk-ins for the first service, on a day.
fn share_of(series: &str, day: ServiceDay) -> Event {
    let share = ShareOf { day, service: ServiceId::new("INFO"), lane: lane(series) };
    Event::ShareGranted { share, total: 2 }
}

fn booking(reference: &str) -> domain::Booking {
    domain::Booking {
        key: secret().key(reference).unwrap(),
        slot: crate::hall::at("09:10"),
        service: domain::ServiceId::new("RT"),
        party: domain::Party::default(),
        status: domain::BookingStatus::Booked,
    }
}

fn paired(lane: Option<LaneCode>) -> Paired {
    let identity = identity();
    Paired {
        device: identity.device,
        kind: DeviceKind::Kiosk,
        site: identity.site,
        name: identity.name,
        token: String::new(),
        lane,
        lookup: Some(secret()),
        follow_url: identity.follow_url,
    }
}

#[test]
fn what_this_kiosk_can_spare_of_its_share_is_given_back_once_also_after_a_restart() {
    let mut hall = Hall::open("09:00");
    hall.walk_in();
    let share = ShareOf { day: monday(), service: ServiceId::new("INFO"), lane: lane("H") };
    hall.happens(Event::ShareAskedBack { share, keep: 0 });
    let answers = |hall: &mut Hall| {
        let facts = hall.outbox();
        facts.into_iter().filter(|fact| fact.kind() == "share_returned").collect::<Vec<_>>()
    };
    let [answer] = &answers(&mut hall)[..] else { panic!("{:?}", hall.kinds()) };
    assert_eq!(answer.body["kept"], 1, "the ticket that was given is not undone");
    hall.restart();
    hall.heartbeat();
    assert_eq!(answers(&mut hall).len(), 1);
    hall.walk_in();
    assert_eq!(hall.view().notice.kind, NoticeKind::NeedsStaff, "the desk may have others");
}

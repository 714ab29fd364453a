//! A server that was restored from a backup, and what the kiosk hands back to it.

use crate::hall::{EPOCH, Hall, INCARNATION, device, lane, monday};
use domain::{
    Branch, DeviceId, Event,
    branch::Lane,
    recovery::{Awaited, Recovery},
};
use kiosk::reception::{News, Paper};
use protocol::{
    Cursor,
    recovery::{HandBack, PART_MAX, Stated},
    snapshot::KioskSnapshot,
};
use uuid::Uuid;

/// The log of the restored server.
const RESTORED: Uuid = Uuid::from_u128(0xE2);

/// The server is restored to a state and waits for a device.
fn restored(hall: &mut Hall, branch: &Branch, device: DeviceId) -> News {
    let awaited = Awaited { name: "hall".into(), gives_numbers: true };
    let server_time = hall.clock.now().time;
    let recovery = Some(Recovery { since: server_time, awaited: [(device, awaited)].into() });
    let cursor = Cursor { epoch: RESTORED, seq: 4 };
    let branch = Branch { recovery, ..branch.clone() };
    News::Snapshot(Box::new(KioskSnapshot { cursor, server_time, branch }))
}

fn next(hall: &mut Hall) -> Option<HandBack> {
    hall.reception().hand_back().unwrap()
}

fn kinds(part: &HandBack) -> Vec<&str> {
    part.events.iter().map(|handed| handed.event["body"]["kind"].as_str().unwrap()).collect()
}

/// Somebody came and was called in vain, as everybody knows.
fn busy_morning() -> (Hall, Branch) {
    let mut hall = Hall::open("09:00");
    let backup = hall.server.clone();
    hall.scan("RDV-0910");
    hall.call_in_vain();
    hall.paper(Paper::Printed);
    hall.reception().acknowledged(INCARNATION, 2, 2).unwrap();
    (hall, backup)
}

#[test]
fn what_the_server_lost_is_handed_back_with_its_place_and_how_far_the_facts_were() {
    let (mut hall, backup) = busy_morning();
    assert_eq!(next(&mut hall), None, "nothing is lost");
    let news = restored(&mut hall, &backup, device());
    hall.hear(news);
    assert!(hall.reception().take_unsent(), "whoever sends is woken");
    hall.pass(30);
    hall.scan("RDV-0920");
    let part = next(&mut hall).unwrap();
    assert_eq!((part.epoch, part.last), (EPOCH, true));
    assert_eq!(kinds(&part), ["checked_in", "counter_opened", "called", "missed"]);
    assert_eq!(part.events.iter().map(|handed| handed.seq).collect::<Vec<_>>(), [11, 12, 13, 14]);
    assert_eq!(part.stated, Some(Stated { incarnation: INCARNATION, through: 2 }), "the third is new");
    assert_eq!(part.calls.len(), 1);
    assert!(part.lanes.contains_key(&lane("H")));
}

#[test]
fn it_is_handed_back_until_the_server_has_it_and_then_no_more() {
    let (mut hall, backup) = busy_morning();
    let news = restored(&mut hall, &backup, device());
    hall.hear(news);
    let part = next(&mut hall).unwrap();
    hall.restart();
    assert_eq!(next(&mut hall), Some(part.clone()), "also after a restart");
    hall.reception().handed_back(&part, true).unwrap();
    assert_eq!(next(&mut hall), None);
    hall.restart();
    let again = next(&mut hall).unwrap();
    assert!(again.events.is_empty() && again.last, "it was awaited still: nothing is left but to say so");
    hall.reception().handed_back(&again, false).unwrap();
    assert_eq!(next(&mut hall), None);
}

#[test]
fn a_long_day_is_handed_back_in_parts_also_after_it_was_folded_into_the_replica() {
    let mut hall = Hall::open("09:00");
    let backup = hall.server.clone();
    let count = PART_MAX + 20;
    for _ in 0..count {
        hall.happens(Event::RecoveryEnded);
    }
    let news = restored(&mut hall, &backup, device());
    hall.hear(news);
    let first = next(&mut hall).unwrap();
    assert_eq!((first.events.len(), first.last, first.stated), (PART_MAX, false, None));
    hall.reception().handed_back(&first, true).unwrap();
    let second = next(&mut hall).unwrap();
    assert_eq!((second.events.len(), second.last, second.stated.is_some()), (20, true, true));
}

#[test]
fn what_came_in_one_breath_with_the_news_of_the_restore_is_handed_back_too() {
    let mut hall = Hall::open("09:00");
    let backup = hall.server.clone();
    let event = hall.decides(Event::RecoveryEnded);
    let news = restored(&mut hall, &backup, device());
    hall.reception().hear(vec![event, news]).unwrap();
    assert_eq!(next(&mut hall).unwrap().events.len(), 1);
}

#[test]
fn a_server_that_waits_for_others_is_told_nothing() {
    let (mut hall, backup) = busy_morning();
    let news = restored(&mut hall, &backup, DeviceId(Uuid::from_u128(99)));
    hall.hear(news);
    assert_eq!(next(&mut hall), None);
    assert_eq!(hall.kinds(), ["checked_in", "ticket_printed"], "its own facts are sent again all the same");
}

#[test]
fn a_series_that_only_the_lost_log_knew_is_handed_back() {
    let mut hall = Hall::open("09:00");
    let backup = hall.server.clone();
    let (device_, incarnation) = (DeviceId(Uuid::from_u128(8)), Uuid::from_u128(8));
    hall.happens(Event::LaneGranted { lane: lane("M"), device: device_, incarnation });
    let news = restored(&mut hall, &backup, device());
    hall.hear(news);
    let part = next(&mut hall).unwrap();
    assert_eq!(
        part.lanes.get(&lane("M")),
        Some(&Lane { device: device_, incarnation, last: None, active_on: Some(monday()), revoked_on: None })
    );
}

#[test]
fn events_of_days_that_are_over_are_kept_no_longer() {
    let (mut hall, _) = busy_morning();
    let tomorrow = domain::ServiceDay("2026-11-24".parse().unwrap());
    let branch = Branch { day: Some(tomorrow), ..hall.server.clone() };
    let news = restored(&mut hall, &branch, device());
    hall.hear(news);
    let part = next(&mut hall).unwrap();
    assert!(part.events.is_empty() && part.last);
}

#[test]
fn facts_say_which_log_the_kiosk_follows() {
    let (mut hall, backup) = busy_morning();
    let news = restored(&mut hall, &backup, device());
    hall.hear(news);
    assert_eq!(hall.reception().outgoing().unwrap().unwrap().epoch, Some(RESTORED));
}

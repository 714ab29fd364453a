//! The day's tickets without a booking, shared out to kiosks.

use crate::hall::{Hall, INFORMATION, TITLES, lane};
use domain::{Actor, Command, DeviceId, Event, LaneCode, Recorded, Refusal, ServiceDay, ServiceId};
use proptest::prelude::*;
use uuid::Uuid;

/// A hall in which at most so many come for information without a booking.
fn limited(limit: u32) -> Hall {
    let mut hall = Hall::boundless();
    limit_to(&mut hall, limit);
    hall
}

fn limit_to(hall: &mut Hall, limit: u32) {
    hall.configured(|site| {
        let information = site.services.get_mut(&ServiceId::new(INFORMATION)).unwrap();
        let walk_in = information.walk_in.as_mut().unwrap();
        (walk_in.daily_limit, walk_in.stop_before_closing_minutes) = (Some(limit), None);
    });
}

fn granted(hall: &Hall, day: &str, lane: &LaneCode) -> u32 {
    let day = ServiceDay(day.parse().unwrap());
    let share = hall.branch.shares[&day][&ServiceId::new(INFORMATION)].get(lane);
    share.map_or(0, |share| share.granted)
}

/// Takes tickets until there is none, and says how many there were and what was said then.
fn all_of(hall: &mut Hall, kiosk: usize) -> (u32, Refusal) {
    for taken in 0.. {
        if let Err(refusal) = hall.walk_in(kiosk, INFORMATION, false) {
            return (taken, refusal);
        }
    }
    unreachable!("some limit is reached")
}

/// The same at the first kiosk, while the server hears no other: nobody answers for those.
fn all_while_others_are_silent(hall: &mut Hall) -> (u32, Refusal) {
    for taken in 0.. {
        let command = Command::TakeWalkIn { service: ServiceId::new(INFORMATION), asking: hall.asking(1) };
        if let Err(refusal) = hall.ask(&command, Actor::Device(DeviceId(Uuid::from_u128(1)))) {
            return (taken, refusal);
        }
        hall.ask(&Command::Tick, Actor::System).unwrap();
    }
    unreachable!("some limit is reached")
}

#[test]
fn half_of_a_days_tickets_is_shared_out_ahead_and_the_rest_is_kept_for_whoever_needs_it() {
    let hall = limited(20);
    for day in ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"] {
        assert_eq!([1, 2].map(|kiosk| granted(&hall, day, &lane(kiosk))), [5, 5], "{day}");
    }
}

#[test]
fn two_kiosks_that_nobody_hears_give_no_more_than_their_shares_together() {
    let hall = limited(20);
    let [mut one, mut other] = [1, 2].map(|kiosk| hall.cut_off(kiosk));
    assert_eq!(all_of(&mut one, 1), (5, Refusal::ShareSpent));
    assert_eq!(all_of(&mut other, 2), (5, Refusal::ShareSpent));
}

#[test]
fn a_kiosk_that_is_heard_gives_what_the_others_do_not_need() {
    let mut hall = limited(20);
    assert_eq!(all_of(&mut hall, 1), (19, Refusal::ShareSpent), "one is left at the other kiosk");
    assert_eq!(all_of(&mut hall, 2), (1, Refusal::DailyLimitReached));
}

#[test]
fn a_share_moves_only_when_its_holder_has_said_what_it_keeps() {
    let mut hall = limited(20);
    let mut away = hall.cut_off(2);
    let alone = all_while_others_are_silent(&mut hall);
    assert_eq!(alone, (15, Refusal::ShareSpent), "a kiosk that may be giving them has the other five");
    assert_eq!(all_of(&mut away, 2).0, 5);
}

#[test]
fn a_kiosk_that_is_asked_keeps_at_least_what_it_has_given() {
    let mut hall = limited(20);
    let mut away = hall.cut_off(2);
    for _ in 0..4 {
        away.walk_in(2, INFORMATION, false).unwrap();
    }
    // Three of its five are asked back meanwhile.
    limit_to(&mut hall, 4);
    hall.ask(&Command::Tick, Actor::System).unwrap();
    let asked: Vec<&Recorded> =
        hall.log.iter().filter(|recorded| recorded.event.lane() == Some(&lane(2))).collect();
    asked.iter().for_each(|recorded| away.branch.apply(recorded));
    let answers = away.branch.shares_to_return(&lane(2));
    let today = ServiceDay("2026-11-23".parse().unwrap());
    let kept = answers.iter().find_map(|answer| match answer {
        Event::ShareReturned { share, kept, .. } if share.day == today => Some(*kept),
        _ => None,
    });
    assert_eq!(kept, Some(4), "{answers:?}");
}

#[test]
fn a_lowered_limit_takes_back_what_was_not_given_yet() {
    let mut hall = limited(20);
    limit_to(&mut hall, 4);
    for _ in 0..4 {
        hall.deal();
    }
    let shares = [1, 2].map(|kiosk| granted(&hall, "2026-11-23", &lane(kiosk)));
    assert!(shares.iter().sum::<u32>() <= 4, "{shares:?}");
    assert_eq!(all_of(&mut hall, 1).0 + all_of(&mut hall, 2).0, 4);
}

#[test]
fn an_answer_that_is_heard_twice_takes_nothing_twice() {
    let mut hall = limited(20);
    limit_to(&mut hall, 4);
    hall.deal();
    let is_answer = |recorded: &&Recorded| matches!(recorded.event, Event::ShareReturned { .. });
    let answers: Vec<Recorded> = hall.log.iter().filter(is_answer).cloned().collect();
    assert!(!answers.is_empty());
    hall.deal();
    let before = hall.branch.clone();
    answers.iter().for_each(|answer| hall.branch.apply(answer));
    assert_eq!(hall.branch, before);
}

#[test]
fn a_kiosk_that_rolls_over_alone_has_its_share_of_the_new_day() {
    let hall = limited(20);
    let mut away = hall.cut_off(1);
    away.on("2026-11-25").at("09:00");
    assert_eq!(all_of(&mut away, 1), (5, Refusal::ShareSpent));
    // Nobody has dealt for the day after the last that it knows.
    away.on("2026-11-27").at("09:00");
    assert_eq!(all_of(&mut away, 1), (0, Refusal::ShareSpent));
}

#[test]
fn what_a_dead_kiosk_had_left_counts_as_spent() {
    let mut hall = limited(20);
    hall.operator(Command::RevokeLanes(DeviceId(Uuid::from_u128(2))));
    let given = all_while_others_are_silent(&mut hall).0;
    assert_eq!(given, 15, "it may have given the other five before it died");
    hall.on("2026-11-27").at("09:00");
    hall.deal();
    assert_eq!(granted(&hall, "2026-11-27", &lane(2)), 0, "it gets nothing any more");
    assert_eq!(all_while_others_are_silent(&mut hall).0, 20);
}

#[test]
fn kiosks_have_their_shares_after_days_on_which_nobody_came() {
    let mut hall = limited(20);
    hall.came_for_information(false);
    hall.on("2026-12-04").at("09:00");
    hall.ask(&Command::Tick, Actor::System).unwrap();
    assert_eq!([1, 2].map(|kiosk| granted(&hall, "2026-12-04", &lane(kiosk))), [5, 5]);
    for kiosk in [1, 2] {
        assert!(hall.walk_in(kiosk, INFORMATION, false).is_ok());
    }
}

#[test]
fn kiosks_that_died_unnoticed_keep_no_more_than_half_of_a_days_tickets() {
    // Kiosk 1 is alone with one dead kiosk, two, four.
    for (dead, given) in [(1, 15), (2, 14), (4, 12)] {
        let mut hall = limited(20);
        for device in 3..dead + 2 {
            let device = Uuid::from_u128(device);
            hall.operator(Command::GrantLane { device: DeviceId(device), incarnation: device });
        }
        hall.on("2026-12-04").at("09:00");
        hall.ask(&Command::Tick, Actor::System).unwrap();
        assert_eq!(all_while_others_are_silent(&mut hall), (given, Refusal::ShareSpent), "{dead} dead");
    }
}

#[test]
fn shares_of_days_that_are_over_are_forgotten() {
    let mut hall = limited(20);
    hall.on("2026-11-25").at("09:00");
    hall.ask(&Command::Tick, Actor::System).unwrap();
    let days: Vec<String> = hall.branch.shares.keys().map(ServiceDay::to_string).collect();
    assert_eq!(days, ["2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28"]);
}

#[test]
fn a_code_of_a_revoked_kiosk_is_granted_again_but_not_on_a_day_on_which_it_was_seen() {
    let mut hall = Hall::open();
    hall.came_for_information(false);
    hall.operator(Command::RevokeLanes(DeviceId(Uuid::from_u128(1))));
    let grant = |device: u128| Command::GrantLane {
        device: DeviceId(Uuid::from_u128(device)),
        incarnation: Uuid::from_u128(device),
    };
    hall.operator(grant(3));
    assert_eq!(hall.branch.lane_of(DeviceId(Uuid::from_u128(3)), Uuid::from_u128(3)), Some(&third()));
    hall.on("2026-11-24").at("09:00");
    hall.operator(grant(4));
    assert_eq!(hall.branch.lane_of(DeviceId(Uuid::from_u128(4)), Uuid::from_u128(4)), Some(&lane(1)));
}

fn third() -> LaneCode {
    LaneCode::all().nth(2).unwrap()
}

/// One thing that happens while shares are dealt.
#[derive(Clone, Copy, Debug)]
enum Happens {
    /// Somebody asks a kiosk for a ticket.
    Asks(usize),
    /// The server hears what a kiosk has stated so far.
    Hears(usize),
    /// A kiosk hears what the server has decided so far.
    Tells(usize),
    /// The server deals.
    Deals,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        6 => (1..=2usize).prop_map(Happens::Asks),
        2 => (1..=2usize).prop_map(Happens::Hears),
        2 => (1..=2usize).prop_map(Happens::Tells),
        2 => Just(Happens::Deals),
    ]
}

proptest! {
    #![proptest_config(crate::cases::config(10_000))]

    #[test]
    fn however_badly_kiosks_and_server_hear_of_each_other_no_day_gives_more_than_its_limit(
        limit in 0..12u32,
        steps in prop::collection::vec(happens(), 1..120),
    ) {
        let mut server = limited(limit);
        let mut kiosks = [1, 2].map(|kiosk| (server.cut_off(kiosk), 0, server.log.len()));
        for step in steps {
            match step {
                Happens::Asks(kiosk) => {
                    let _refused = kiosks[kiosk - 1].0.walk_in(kiosk, INFORMATION, false);
                }
                Happens::Hears(kiosk) => {
                    let (hall, heard, _) = &mut kiosks[kiosk - 1];
                    for fact in hall.log.iter().skip(*heard) {
                        server.branch.apply(fact);
                        server.log.push(fact.clone());
                    }
                    *heard = hall.log.len();
                }
                Happens::Tells(kiosk) => {
                    let (hall, _, told) = &mut kiosks[kiosk - 1];
                    server.log[*told..].iter().for_each(|recorded| hall.branch.apply(recorded));
                    *told = server.log.len();
                    hall.answer_for_shares(kiosk);
                }
                Happens::Deals => { server.ask(&Command::Tick, Actor::System).unwrap(); }
            }
            let given: usize = kiosks.iter().map(|(hall, ..)| hall.tickets_given()).sum();
            prop_assert!(given <= limit as usize, "{} of {}", given, limit);
        }
    }
}

#[test]
fn a_service_without_a_limit_needs_no_shares() {
    let hall = Hall::boundless();
    let mut away = hall.cut_off(1);
    assert!((0..60).all(|_| away.walk_in(1, INFORMATION, false).is_ok()));
    assert_eq!(away.walk_in(1, TITLES, false), Err(Refusal::NoWalkIn));
}

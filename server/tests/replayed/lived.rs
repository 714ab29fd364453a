//! What a day of the log becomes when it is played again: who came, and how long they took.

use crate::lille;
use chrono::{Duration, NaiveDate};
use domain::{
    Actor, Booking, BookingKey, BookingStatus, Branch, Command, Context, CounterId, DeviceId, Ending, Event,
    EventId, FollowHash, LaneCode, Language, Party, Recorded, ServiceDay, ServiceId, TicketNumber, Time,
    command::{Asking, ClockState, Knowledge},
    decide,
};
use server::replay::{
    Day, Policy,
    day::{Visitor, as_one_pool, with_counters},
    play,
    play::agent,
    recorded::Book,
};
use uuid::Uuid;

const DATE: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
const COUNTER: CounterId = CounterId(1);
const KIOSK: Actor = Actor::Device(DeviceId(Uuid::from_u128(1)));

/// A hall with one counter, and its log.
struct Lived {
    branch: Branch,
    log: Vec<Recorded>,
    ids: u128,
    now: Time,
}

impl Lived {
    fn new() -> Self {
        let mut lived = Self { branch: Branch::default(), log: Vec::new(), ids: 1 << 70, now: time(0) };
        let site = as_one_pool(&with_counters(&lille().0, 1));
        lived.ask(Command::Configure(Box::new(site)), Actor::Operator);
        let lane =
            Command::GrantLane { device: DeviceId(Uuid::from_u128(1)), incarnation: Uuid::from_u128(1) };
        lived.ask(lane, Actor::Operator);
        lived.ask(Command::OpenCounter(COUNTER), agent(COUNTER));
        lived
    }

    fn ask(&mut self, command: Command, actor: Actor) -> Vec<Event> {
        self.ids += 7;
        let context = Context { now: self.now, actor, new_id: Uuid::from_u128(self.ids) };
        let events = decide(&self.branch, &command, &context).unwrap();
        for event in &events {
            self.ids += 7;
            let id = EventId(Uuid::from_u128(self.ids));
            let recorded = Recorded { id, at: self.now, day: ServiceDay(DATE), event: event.clone() };
            self.branch.apply(&recorded);
            self.log.push(recorded);
        }
        events
    }

    /// It becomes so many minutes after the doors opened.
    fn at(&mut self, minutes: i64) -> &mut Self {
        self.now = time(minutes);
        self
    }

    fn counter(&mut self, command: Command) -> &mut Self {
        self.ask(command, agent(COUNTER));
        self
    }

    fn call(&mut self) -> &mut Self {
        self.counter(Command::CallNext(COUNTER))
    }

    fn finish(&mut self) -> &mut Self {
        self.counter(Command::Finish { counter: COUNTER, delivered: None })
    }

    fn walk_in(&mut self) -> TicketNumber {
        let events =
            self.ask(Command::TakeWalkIn { service: ServiceId::new("INFO"), asking: asking() }, KIOSK);
        self.ask(Command::Tick, Actor::System);
        match events.first() {
            Some(Event::WalkInTaken { ticket }) => ticket.number.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn book(&mut self, status: BookingStatus) {
        let slot = time(30);
        let service = ServiceId::new("RT");
        let booking = Booking { key: BookingKey([1; 16]), slot, service, party: Party::default(), status };
        self.ask(Command::RecordBookings(vec![booking]), Actor::Operator);
    }

    fn day(&self) -> Day {
        let mut book = Book::new(ServiceDay(DATE));
        self.log.iter().for_each(|recorded| book.note(recorded));
        book.close().unwrap()
    }

    fn visitors(&self) -> Vec<Visitor> {
        self.day().visitors
    }
}

fn time(minutes: i64) -> Time {
    let opens: Time = "2026-11-23T07:30:00Z".parse().unwrap();
    opens + Duration::minutes(minutes)
}

fn asking() -> Asking {
    Asking {
        lane: LaneCode::all().next().unwrap(),
        language: Language::new("fr"),
        priority: false,
        follow: FollowHash::new(""),
        knowledge: Knowledge::Current,
        clock: ClockState::Certain,
    }
}

/// How many minutes each service of a visitor takes.
fn minutes(visitor: &Visitor) -> Vec<i64> {
    visitor.services.iter().map(|(_, lasts)| lasts.num_minutes()).collect()
}

#[test]
fn whoever_missed_the_call_for_good_is_called_in_vain_again() {
    let mut lived = Lived::new();
    lived.walk_in();
    lived.call().at(2).counter(Command::NoShow(COUNTER));
    let day = lived.day();
    assert!(day.visitors[0].is_gone);
    assert_eq!(minutes(&day.visitors[0]), [2], "as long as the counter waited");
    let again = play(&day, &Policy::shipped()[0], false);
    assert!(again.refused.is_empty(), "{:?}", again.refused);
    assert!(again.log.iter().any(|recorded| matches!(recorded.event, Event::Missed { .. })));
    assert!(!again.log.iter().any(|recorded| matches!(recorded.event, Event::Finished { .. })));
}

#[test]
fn what_was_taken_back_goes_on() {
    for what in [
        Command::NoShow(COUNTER),
        Command::Park { counter: COUNTER, minutes: 5 },
        Command::ReturnToQueue(COUNTER),
        Command::Finish { counter: COUNTER, delivered: None },
    ] {
        let mut lived = Lived::new();
        lived.walk_in();
        lived.call().at(2).counter(what.clone()).counter(Command::Undo(COUNTER)).at(20).finish();
        let visitors = lived.visitors();
        assert!(!visitors[0].is_gone);
        assert_eq!(minutes(&visitors[0]), [20], "{what:?}");
    }
}

#[test]
fn whoever_was_finished_by_mistake_or_said_to_have_left_goes_on() {
    for end in ["finished", "undone and away", "left"] {
        let mut lived = Lived::new();
        let number = lived.walk_in();
        let bring_back = Command::BringBack { number: number.clone() };
        match end {
            "finished" => lived.call().at(2).finish(),
            "undone and away" => {
                let park = Command::Park { counter: COUNTER, minutes: 5 };
                lived.call().finish().counter(Command::Undo(COUNTER)).at(2).counter(park)
            }
            _ => lived.counter(Command::End { number, how: Ending::Left }),
        };
        lived.at(4).counter(bring_back).at(5).call().at(20).finish();
        let visitors = lived.visitors();
        assert_eq!(visitors[0].leaves, None, "{end}");
        let lasted = if end == "left" { 15 } else { 17 };
        assert_eq!(minutes(&visitors[0]), [lasted], "{end}");
    }
}

#[test]
fn two_tickets_that_were_joined_are_one_visitor() {
    let mut lived = Lived::new();
    let first = lived.walk_in();
    let second = lived.at(1).walk_in();
    lived.at(2).counter(Command::Merge { number: second, into: first });
    lived.at(3).call().at(9).finish();
    let visitors = lived.visitors();
    assert_eq!(visitors.len(), 1);
    assert_eq!((visitors[0].arrival, minutes(&visitors[0])), (time(0), vec![6]));
}

#[test]
fn two_tickets_that_were_parted_again_are_two_visitors() {
    let mut lived = Lived::new();
    let first = lived.walk_in();
    let second = lived.at(1).walk_in();
    lived.at(2).counter(Command::Merge { number: second.clone(), into: first });
    lived.counter(Command::Split { number: second });
    lived.at(3).call().at(13).finish().call().at(20).finish();
    let mut visitors = lived.visitors();
    visitors.sort_by_key(|visitor| visitor.arrival);
    let seen: Vec<_> = visitors.iter().map(|visitor| (visitor.arrival, minutes(visitor))).collect();
    assert_eq!(seen, [(time(0), vec![10]), (time(1), vec![7])]);
}

#[test]
fn whoever_has_checked_in_is_let_in_again_whatever_became_of_the_booking() {
    let mut lived = Lived::new();
    lived.book(BookingStatus::Booked);
    lived.at(10).ask(Command::CheckIn { booking: BookingKey([1; 16]), asking: asking() }, KIOSK);
    lived.at(12).book(BookingStatus::Cancelled);
    lived.at(13).call().at(20).finish();
    let again = play(&lived.day(), &Policy::shipped()[0], false);
    assert_eq!((again.turned_away, again.visitors.len()), (0, 1));
    // One whose booking this log never had.
    lived.log.retain(|recorded| !matches!(recorded.event, Event::BookingRecorded { .. }));
    let again = play(&lived.day(), &Policy::shipped()[0], false);
    assert_eq!((again.turned_away, again.visitors.len()), (0, 1));
}

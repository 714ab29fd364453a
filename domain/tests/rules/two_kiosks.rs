//! The same booking at two kiosks that do not hear of each other.

use crate::hall::{Hall, INFORMATION, ONE, TITLES, TWO, finish, lane, visit_of};
use domain::{
    Booking, BookingStatus, Branch, Command, Event, Flag, FollowHash, Punctuality, Recorded, ServiceId, Turn,
    VisitState,
};

/// The facts that two kiosks state while they are cut off: the first at one time, the second at another.
fn two_tickets(first: &str, second: &str) -> (Hall, Vec<Recorded>) {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00");
    let facts = [(1, first), (2, second)].into_iter().flat_map(|(kiosk, time)| {
        let mut alone = hall.cut_off(kiosk);
        alone.at(time).check_in(kiosk, 1).unwrap();
        alone.log
    });
    let facts = facts.collect();
    (hall, facts)
}

fn with(branch: &Branch, facts: &[Recorded]) -> Branch {
    let mut branch = branch.clone();
    facts.iter().for_each(|fact| branch.apply(fact));
    branch
}

#[test]
fn it_is_one_visit_with_two_numbers_that_arrived_at_the_earlier_time() {
    let (hall, facts) = two_tickets("10:16", "10:05");
    let branch = with(&hall.branch, &facts);
    assert_eq!(branch.visits.len(), 1);
    let visit = &branch.visits[&visit_of(1)];
    assert_eq!(visit.numbers.iter().map(|n| n.lane.clone()).collect::<Vec<_>>(), [lane(1), lane(2)]);
    assert_eq!((visit.arrival, visit.language.as_str()), (hall.wall("10:05"), "en"));
    assert_eq!(
        visit.booked.unwrap().punctuality,
        Punctuality::OnTime,
        "late at one kiosk, on time at the other"
    );
    assert!(visit.numbers.iter().all(|number| branch.holder(number).unwrap().id == visit.id));
}

#[test]
fn both_orders_of_arrival_say_the_same() {
    let (hall, mut facts) = two_tickets("10:16", "10:05");
    let forth = with(&hall.branch, &facts);
    facts.reverse();
    assert_eq!(with(&hall.branch, &facts), forth);
}

#[test]
fn a_call_names_both_numbers_and_nobody_is_left_to_call() {
    let (mut hall, facts) = two_tickets("10:01", "10:02");
    hall.branch = with(&hall.branch, &facts);
    let events = hall.at("10:03").agent(Command::CallNext(ONE), ONE).unwrap();
    let [Event::Called { numbers, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(numbers, hall.numbers(1));
    assert_eq!(numbers.len(), 2);
    assert_eq!(hall.agent(Command::CallNext(TWO), TWO), Err(domain::Refusal::NobodyWaiting));
}

#[test]
fn a_second_number_that_comes_to_light_after_the_call_is_added_and_the_call_stands() {
    let (mut hall, facts) = two_tickets("10:01", "10:02");
    hall.branch = with(&hall.branch, &facts[..1]);
    hall.at("10:03").call(ONE);
    hall.branch = with(&hall.branch, &facts[1..]);
    assert_eq!(hall.numbers(1).len(), 2);
    assert!(matches!(hall.visit(visit_of(1)).state, VisitState::Called { counter: ONE, .. }));
    let events = hall.at("10:04").agent(Command::Recall(ONE), ONE).unwrap();
    assert!(matches!(events.as_slice(), [Event::Recalled { numbers, .. }] if numbers.len() == 2));
}

#[test]
fn facts_of_one_lane_that_come_in_the_wrong_order_do_not_turn_its_count_back() {
    let hall = Hall::open();
    let mut kiosk = hall.cut_off(1);
    for _ in 0..3 {
        kiosk.came_for_information(false);
    }
    let backwards: Vec<Recorded> = kiosk.log.iter().rev().cloned().collect();
    let branch = with(&hall.branch, &backwards);
    assert_eq!(branch.lanes, kiosk.branch.lanes);
    assert_eq!(branch, kiosk.branch);
}

/// One holder was served (or missed the call) before the other's ticket came to light.
fn came_late(action: Command) -> (Hall, Vec<Recorded>) {
    let (mut hall, facts) = two_tickets("10:01", "10:02");
    hall.branch = with(&hall.branch, &facts[..1]);
    hall.at("10:03").call(ONE);
    hall.at("10:05").agent(action, ONE).unwrap();
    (hall, facts)
}

#[test]
fn a_number_that_comes_to_light_after_the_visit_is_another_holder_who_waits() {
    let (mut hall, facts) = came_late(finish(ONE));
    hall.branch = with(&hall.branch, &facts[1..]);
    let first = hall.visit(visit_of(1)).clone();
    let second = hall.visit(visit_of(1).next_holder()).clone();
    assert!(!first.state.is_live() && first.numbers.len() == 1);
    assert_eq!((second.state.clone(), second.numbers.len()), (VisitState::Waiting, 1));
    assert!(second.flags.contains(&Flag::SecondHolder));
    assert_eq!(hall.call(TWO), second.id);
}

#[test]
fn a_number_that_was_not_called_is_not_missed() {
    let (mut hall, facts) = came_late(Command::NoShow(ONE));
    hall.branch = with(&hall.branch, &facts[1..]);
    assert_eq!(hall.visit(visit_of(1)).turn, Turn::Entry, "the place is the old one");
    let events = hall.agent(Command::CallNext(TWO), TWO).unwrap();
    assert!(matches!(events.as_slice(), [Event::Called { numbers, .. }] if numbers.len() == 2));
}

#[test]
fn it_does_not_matter_whether_the_late_number_is_heard_before_or_after_the_decision() {
    for action in [finish(ONE), Command::NoShow(ONE)] {
        let (hall, facts) = came_late(action);
        // Everything that was recorded, with the second ticket at each place after the call of the first.
        let (before, after) = hall.log.split_at(hall.log.len() - 2);
        let fold = |place: usize| {
            let mut all: Vec<Recorded> = before.to_vec();
            all.push(facts[0].clone());
            all.extend(after[..place].iter().cloned());
            all.push(facts[1].clone());
            all.extend(after[place..].iter().cloned());
            with(&Branch::default(), &all)
        };
        let said = |branch: &Branch| {
            branch
                .visits
                .values()
                .map(|v| (v.id, v.standing(), v.numbers.clone(), v.flags.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(said(&fold(0)), said(&fold(2)));
        assert_eq!(said(&fold(1)), said(&fold(2)));
    }
}

#[test]
fn a_booking_that_was_cancelled_meanwhile_is_flagged_and_called_all_the_same() {
    let (mut hall, facts) = two_tickets("10:01", "10:02");
    let mut cancelled = hall.booking(1, "10:00");
    cancelled.status = BookingStatus::Cancelled;
    hall.operator(Command::RecordBookings(vec![cancelled]));
    hall.branch = with(&hall.branch, &facts[..1]);
    assert!(hall.visit(visit_of(1)).flags.contains(&Flag::CancelledMeanwhile));
    assert_eq!(hall.call(ONE), visit_of(1));
}

/// A booking that was changed while the first of two kiosks heard nothing, shown at both.
fn shown_before_and_after(change: impl Fn(&mut Hall)) -> (Hall, Recorded, Recorded) {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00");
    let mut old = hall.cut_off(1);
    old.at("10:02").check_in(1, 1).unwrap();
    change(&mut hall);
    let mut new = hall.cut_off(2);
    new.at("10:01").check_in(2, 1).unwrap();
    (hall, old.log[0].clone(), new.log[0].clone())
}

#[test]
fn the_ticket_that_was_given_first_says_what_somebody_came_for_whichever_is_heard_first() {
    let service = |hall: &mut Hall| {
        let booking = Booking { service: ServiceId::new(INFORMATION), ..hall.booking(1, "10:00") };
        hall.operator(Command::RecordBookings(vec![booking]));
    };
    let follows = |hall: &mut Hall| {
        hall.configured(|site| {
            site.services.get_mut(&ServiceId::new(TITLES)).unwrap().then = vec![ServiceId::new(INFORMATION)];
        });
    };
    for change in [&service as &dyn Fn(&mut Hall), &follows] {
        let (hall, old, new) = shown_before_and_after(change);
        let [one, other] = [[&old, &new], [&new, &old]].map(|facts| {
            let mut branch = hall.branch.clone();
            facts.into_iter().for_each(|fact| branch.apply(fact));
            branch
        });
        assert_eq!(one, other);
        assert_eq!(one.visits[&visit_of(1)].wants().last(), Some(&ServiceId::new(INFORMATION)));
    }
}

#[test]
fn a_second_holder_who_waits_is_told_the_number_and_one_who_missed_a_call_comes_back() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00");
    let mut alone = hall.cut_off(2);
    alone.at("10:01").check_in(2, 1).unwrap();
    hall.check_in(1, 1).unwrap();
    hall.at("10:05").call(ONE);
    hall.finish(ONE).unwrap();
    hall.branch.apply(&alone.log[0]);
    assert!(matches!(hall.check_in(2, 1).unwrap()[..], [Event::SeenAgain { .. }]));
    hall.at("10:06").call(ONE);
    hall.agent(Command::NoShow(ONE), ONE).unwrap();
    assert!(matches!(hall.at("10:10").check_in(2, 1).unwrap()[..], [Event::CameBack { .. }]));
}

#[test]
fn a_number_that_two_people_hold_leads_to_the_first_and_staff_are_told_of_both() {
    let hall = Hall::staffed();
    let [mut disk, mut copy] = [1, 1].map(|kiosk| hall.cut_off(kiosk));
    disk.came_for_information(false);
    copy.at("10:01").came_for_information(false);
    let mut late = copy.log[0].clone();
    late.id = domain::EventId(uuid::Uuid::from_u128(5));
    if let Event::WalkInTaken { ticket } = &mut late.event {
        ticket.visit = domain::VisitId(uuid::Uuid::from_u128(5));
        ticket.follow = FollowHash::new("another paper");
    }
    let first = disk.log[0].clone();
    let [one, other] = [[&first, &late], [&late, &first]].map(|facts| {
        let mut branch = hall.branch.clone();
        facts.into_iter().for_each(|fact| branch.apply(fact));
        branch
    });
    assert_eq!((&one.visits, &one.numbers), (&other.visits, &other.numbers));
    assert_eq!(one.visits.len(), 2);
    assert!(one.visits.values().all(|visit| visit.flags.contains(&Flag::TwoHolders)));
}

#[test]
fn a_return_that_is_heard_late_brings_nobody_back_who_was_called_again_since() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    hall.call(ONE);
    hall.at("10:05").agent(Command::NoShow(ONE), ONE).unwrap();
    let mut kiosk = hall.cut_off(2);
    kiosk.at("10:20").check_in(2, 1).unwrap();
    let returned = kiosk.log[0].clone();
    let start = hall.log.len();
    let before = hall.branch.clone();
    let number = hall.numbers(1)[0].clone();
    hall.at("10:30").agent(Command::BringBack { number }, TWO).unwrap();
    hall.call(ONE);
    hall.at("10:35").agent(Command::NoShow(ONE), ONE).unwrap();
    let lived = &hall.log[start..];
    let heard_after = |count: usize| {
        let mut branch = before.clone();
        lived[..count].iter().for_each(|event| branch.apply(event));
        branch.apply(&returned);
        lived[count..].iter().for_each(|event| branch.apply(event));
        branch
    };
    let last = heard_after(lived.len());
    assert!((0..lived.len()).all(|count| heard_after(count).visits == last.visits));
    assert!(matches!(last.visits[&visit_of(1)].state, VisitState::Missed { .. }));
}

/// A kiosk and a machine with a copy of its disk each give a ticket to somebody: it bears the same number.
fn one_number_twice() -> (Hall, Vec<Recorded>) {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").booked(2, "10:10");
    let facts = [(1, "10:01"), (2, "10:02")].into_iter().flat_map(|(reference, time)| {
        let mut alone = hall.cut_off(1);
        let mut given = alone.at(time).check_in(1, reference).map(|_| alone.log).unwrap();
        for recorded in &mut given {
            let Event::CheckedIn { ticket, .. } = &mut recorded.event else { panic!("{recorded:?}") };
            ticket.number = "A047".parse().unwrap();
            ticket.follow = FollowHash::new(format!("paper {reference}"));
        }
        given
    });
    let facts = facts.collect();
    (hall, facts)
}

#[test]
fn whoever_holds_a_number_that_is_on_two_papers_is_called_and_staff_are_told() {
    let (mut hall, mut facts) = one_number_twice();
    let forth = with(&hall.branch, &facts);
    facts.reverse();
    let back = with(&hall.branch, &facts);
    for branch in [&forth, &back] {
        assert_eq!(branch.visits.len(), 2);
        assert!(branch.visits.values().all(|visit| visit.flags.contains(&Flag::TwoHolders)));
    }
    assert_eq!(with(&forth, &facts), forth, "a repeat changes nothing");
    hall.branch = forth;
    assert_eq!([hall.at("10:15").call(ONE), hall.call(TWO)], [visit_of(1), visit_of(2)], "both are called");
}

#[test]
fn a_fact_that_is_heard_twice_is_one_paper() {
    let (hall, facts) = one_number_twice();
    let branch = with(&with(&hall.branch, &facts[..1]), &facts[..1]);
    assert!(branch.visits.values().all(|visit| visit.flags.is_empty()), "{:?}", branch.visits);
}

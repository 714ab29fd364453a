//! One visit of two, and two of one.

use crate::hall::{Answer, Hall, INFORMATION, ONE, THREE, TITLES, TWO, finish, lane, visit_of};
use domain::{
    BookingStatus, Branch, Command, CounterId, Event, Flag, Party, Recorded, Refusal, ServiceId,
    TicketNumber, Turn, Visit, VisitId, VisitState,
    board::{BoardChange, CallState},
    order::Class,
};

fn number(hall: &Hall, visit: VisitId) -> TicketNumber {
    hall.visit(visit).numbers[0].clone()
}

fn merge(hall: &mut Hall, number: &TicketNumber, into: &TicketNumber, counter: CounterId) -> Answer {
    hall.agent(Command::Merge { number: number.clone(), into: into.clone() }, counter)
}

fn split(hall: &mut Hall, number: &TicketNumber, counter: CounterId) -> Answer {
    hall.agent(Command::Split { number: number.clone() }, counter)
}

fn holder<'a>(hall: &'a Hall, number: &TicketNumber) -> &'a Visit {
    hall.branch.holder(number).unwrap()
}

fn services(visit: &Visit) -> Vec<&str> {
    visit.wants().map(ServiceId::as_str).collect()
}

/// Visitor 1, booked at 10:00, and somebody who came for information at 10:00; by their numbers.
fn family() -> (Hall, TicketNumber, TicketNumber) {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    let walk_in = hall.came_for_information(false);
    let (booked, walk_in) = (number(&hall, visit_of(1)), number(&hall, walk_in));
    (hall, booked, walk_in)
}

#[test]
fn a_family_that_took_two_tickets_is_called_once_by_both_numbers_and_wants_the_services_of_both() {
    let (mut hall, booked, walk_in) = family();
    merge(&mut hall, &walk_in, &booked, THREE).unwrap();
    let events = hall.agent(Command::CallNext(ONE), ONE).unwrap();
    let [Event::Called { visit, numbers, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((*visit, numbers.as_slice()), (visit_of(1), [booked.clone(), walk_in.clone()].as_slice()));
    assert_eq!(hall.agent(Command::CallNext(THREE), THREE), Err(Refusal::NobodyWaiting));
    assert_eq!(services(holder(&hall, &walk_in)), [TITLES, INFORMATION]);
    let events = hall.finish(ONE).unwrap();
    assert!(matches!(events.as_slice(), [Event::ServiceDone { .. }]), "{events:?}");
    assert_eq!(hall.call(THREE), visit_of(1));
    hall.finish(THREE).unwrap();
    assert!(!holder(&hall, &booked).state.is_live());
}

#[test]
fn a_service_that_both_want_is_given_once() {
    let mut hall = Hall::staffed();
    let tickets = [1, 2].map(|_| hall.came_for_information(false));
    let [one, other] = tickets.map(|visit| number(&hall, visit));
    merge(&mut hall, &other, &one, ONE).unwrap();
    assert_eq!(services(holder(&hall, &one)), [INFORMATION]);
}

#[test]
fn the_earlier_arrival_and_the_earlier_deadline_count_whichever_joins() {
    for is_booked_first in [true, false] {
        let mut hall = Hall::staffed();
        hall.booked(1, "10:20");
        let walk_in = hall.came_for_information(false);
        hall.at("10:05").check_in(1, 1).unwrap();
        let (booked, walk_in) = (number(&hall, visit_of(1)), number(&hall, walk_in));
        let (from, into) = if is_booked_first { (&booked, &walk_in) } else { (&walk_in, &booked) };
        merge(&mut hall, from, into, ONE).unwrap();
        let visit = holder(&hall, &booked).clone();
        assert_eq!(visit.arrival, hall.wall("10:00"), "that of the walk-in");
        assert_eq!(hall.branch.deadline(&visit), hall.wall("10:30"), "that of the booking");
        let events = hall.agent(Command::CallNext(ONE), ONE).unwrap();
        let [Event::Called { reason, .. }] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(reason.class, Class::BookedOnTime { slot: hall.wall("10:20") });
    }
}

#[test]
fn whoever_missed_a_call_has_only_the_place_of_whom_they_join() {
    let (mut hall, booked, walk_in) = family();
    hall.call(ONE);
    hall.agent(Command::NoShow(ONE), ONE).unwrap();
    hall.at("10:20").agent(Command::BringBack { number: booked.clone() }, ONE).unwrap();
    merge(&mut hall, &walk_in, &booked, ONE).unwrap();
    assert_eq!(hall.branch.deadline(holder(&hall, &booked)), hall.wall("10:40"), "not 10:10, nor 11:00");
}

#[test]
fn a_split_gives_each_what_it_brought() {
    let (mut hall, booked, walk_in) = family();
    let claims = |hall: &Hall, number| {
        let visit = holder(hall, number);
        let wants: Vec<String> = services(visit).into_iter().map(str::to_owned).collect();
        (
            visit.numbers.clone(),
            wants,
            hall.branch.deadline(visit),
            visit.arrival,
            visit.booked,
            visit.priority,
        )
    };
    hall.agent(Command::SeeCard { number: walk_in.clone(), shown: true }, ONE).unwrap();
    let before = [&booked, &walk_in].map(|number| claims(&hall, number));
    for (from, into) in [(&walk_in, &booked), (&booked, &walk_in)] {
        let mut hall = hall.clone();
        merge(&mut hall, from, into, ONE).unwrap();
        assert!(holder(&hall, from).priority, "the card counts for all");
        for taken in [from, into] {
            let mut hall = hall.clone();
            split(&mut hall, taken, ONE).unwrap();
            assert_eq!([&booked, &walk_in].map(|number| claims(&hall, number)), before);
        }
    }
}

#[test]
fn a_card_that_is_not_there_is_that_of_one_party_only() {
    let mut hall = Hall::staffed();
    let tickets = [true, true].map(|card| hall.came_for_information(card));
    let [one, other] = tickets.map(|visit| number(&hall, visit));
    merge(&mut hall, &other, &one, ONE).unwrap();
    let none = |number: &TicketNumber| Command::SeeCard { number: number.clone(), shown: false };
    hall.agent(none(&other), ONE).unwrap();
    assert!(holder(&hall, &one).priority, "the other card still counts");
    assert_eq!(hall.agent(none(&other), ONE), Ok(Vec::new()), "it is known");
    split(&mut hall, &other, ONE).unwrap();
    assert_eq!([&one, &other].map(|number| holder(&hall, number).priority), [true, false]);
}

#[test]
fn a_service_that_is_done_is_not_wanted_after_a_split() {
    let (mut hall, booked, walk_in) = family();
    merge(&mut hall, &walk_in, &booked, ONE).unwrap();
    hall.call(ONE);
    hall.at("10:15").finish(ONE).unwrap();
    split(&mut hall, &walk_in, ONE).unwrap();
    assert_eq!(services(holder(&hall, &walk_in)), [INFORMATION]);
    assert_eq!(holder(&hall, &walk_in).turn, Turn::Next { since: hall.wall("10:15") });
    assert_eq!(services(holder(&hall, &booked)), [INFORMATION], "nobody is left without a service");
}

#[test]
fn whoever_is_received_can_be_joined_there_and_stays_while_a_stranger_goes_back() {
    let (mut hall, booked, walk_in) = family();
    hall.call(ONE);
    merge(&mut hall, &walk_in, &booked, ONE).unwrap();
    let [call] = hall.branch.board.calls.as_slice() else { panic!() };
    assert_eq!(call.numbers, [booked.clone(), walk_in.clone()], "the board shows both");
    hall.agent(Command::Start(ONE), ONE).unwrap();
    split(&mut hall, &walk_in, ONE).unwrap();
    assert!(matches!(holder(&hall, &booked).state, VisitState::Serving { counter: ONE, .. }));
    assert_eq!(hall.branch.board.calls[0].numbers, [booked]);
    assert_eq!(hall.branch.board.calls[0].state, CallState::Answered);
    assert_eq!(hall.call(THREE), holder(&hall, &walk_in).id);
}

#[test]
fn a_board_hears_of_the_numbers_of_a_visit() {
    let (mut hall, booked, walk_in) = family();
    merge(&mut hall, &walk_in, &booked, ONE).unwrap();
    let numbers = vec![booked, walk_in];
    let change = BoardChange::Numbers { visit: visit_of(1), numbers };
    assert_eq!(BoardChange::of(hall.log.last().unwrap()), Some(change));
}

#[test]
fn nobody_is_joined_or_parted_who_is_away_gone_or_at_a_counter_of_somebody_else() {
    let (mut hall, booked, walk_in) = family();
    let nobody: TicketNumber = "Z999".parse().unwrap();
    assert_eq!(merge(&mut hall, &nobody, &booked, ONE), Err(Refusal::UnknownVisit));
    assert_eq!(merge(&mut hall, &booked, &nobody, ONE), Err(Refusal::UnknownVisit));
    assert_eq!(merge(&mut hall, &booked, &booked, ONE), Err(Refusal::SameVisit));
    assert_eq!(split(&mut hall, &booked, ONE), Err(Refusal::OnlyNumber));
    hall.call(ONE);
    let busy = Err(Refusal::VisitBusy { counter: ONE });
    assert_eq!(merge(&mut hall, &booked, &walk_in, ONE), busy, "whoever is called does not go elsewhere");
    assert_eq!(merge(&mut hall, &walk_in, &booked, TWO), busy);
    assert_eq!(split(&mut hall, &booked, TWO), busy);
    hall.agent(Command::Park { counter: ONE, minutes: 5 }, ONE).unwrap();
    assert_eq!(merge(&mut hall, &booked, &walk_in, ONE), Err(Refusal::NotHere));
    assert_eq!(merge(&mut hall, &walk_in, &booked, ONE), Err(Refusal::NotHere));
    assert_eq!(split(&mut hall, &booked, ONE), Err(Refusal::NotHere));
    hall.at("10:05").call(ONE);
    hall.finish(ONE).unwrap();
    assert_eq!(merge(&mut hall, &walk_in, &booked, ONE), Err(Refusal::VisitEnded));
}

#[test]
fn a_party_is_of_so_many_people_and_no_more() {
    let mut hall = Hall::staffed();
    for (reference, people) in [(1, 98), (2, 1), (3, 1)] {
        let booking = domain::Booking { party: Party::of(people), ..hall.booking(reference, "10:00") };
        hall.operator(Command::RecordBookings(vec![booking]));
        hall.check_in(1, reference).unwrap();
    }
    let [many, one, other] = [1, 2, 3].map(|reference| number(&hall, visit_of(reference)));
    merge(&mut hall, &one, &many, ONE).unwrap();
    assert_eq!(holder(&hall, &one).party.people(), 99);
    assert_eq!(merge(&mut hall, &other, &many, ONE), Err(Refusal::PartyTooLarge { people_max: 99 }));
}

#[test]
fn an_action_before_is_not_taken_back_over_a_merge() {
    let (mut hall, booked, walk_in) = family();
    hall.call(ONE);
    hall.agent(Command::ReturnToQueue(ONE), ONE).unwrap();
    merge(&mut hall, &walk_in, &booked, ONE).unwrap();
    assert_eq!(hall.agent(Command::Undo(ONE), ONE), Err(Refusal::NothingToUndo));
}

#[test]
fn a_booking_that_is_shown_again_leads_to_where_its_ticket_is() {
    let (mut hall, booked, walk_in) = family();
    merge(&mut hall, &booked, &walk_in, ONE).unwrap();
    let joined = holder(&hall, &walk_in).id;
    assert_eq!(hall.check_in(2, 1), Ok(vec![Event::SeenAgain { visit: joined }]));
    split(&mut hall, &booked, ONE).unwrap();
    let parted = holder(&hall, &booked).id;
    assert_ne!(parted, joined);
    assert_eq!(hall.check_in(2, 1), Ok(vec![Event::SeenAgain { visit: parted }]));
}

#[test]
fn a_booking_that_several_hold_leads_to_whom_staff_still_expect() {
    let (mut hall, facts) = two_holders();
    facts.iter().for_each(|fact| hall.branch.apply(fact));
    let second = hall.numbers(1)[1].clone();
    split(&mut hall, &second, ONE).unwrap();
    let parted = holder(&hall, &second).id;
    let first = hall.numbers(1)[0].clone();
    hall.agent(Command::End { number: first, how: domain::Ending::Left }, ONE).unwrap();
    assert_eq!(hall.check_in(1, 1), Ok(vec![Event::SeenAgain { visit: parted }]));
}

#[test]
fn whoever_joined_another_has_kept_the_booking() {
    let (mut hall, booked, walk_in) = family();
    merge(&mut hall, &booked, &walk_in, ONE).unwrap();
    let events = hall.on("2026-11-24").at("10:00").ask(&Command::Tick, domain::Actor::System).unwrap();
    let Event::DayClosed { absent, .. } = &events[0] else { panic!("{events:?}") };
    assert!(absent.is_empty());
    assert!(hall.branch.moved.is_empty(), "a new day begins with nothing of the last");
}

#[test]
fn a_booking_that_is_cancelled_flags_whom_its_holder_joined_until_they_part() {
    let (mut hall, booked, walk_in) = family();
    merge(&mut hall, &booked, &walk_in, ONE).unwrap();
    let mut cancelled = hall.booking(1, "10:00");
    cancelled.status = BookingStatus::Cancelled;
    hall.operator(Command::RecordBookings(vec![cancelled]));
    let is_flagged = |hall: &Hall, number| holder(hall, number).flags.contains(&Flag::CancelledMeanwhile);
    assert!(is_flagged(&hall, &walk_in));
    split(&mut hall, &booked, ONE).unwrap();
    assert_eq!([&booked, &walk_in].map(|number| is_flagged(&hall, number)), [true, false]);
}

#[test]
fn strangers_with_one_booking_are_called_apart() {
    let (mut hall, facts) = two_holders();
    facts.iter().for_each(|fact| hall.branch.apply(fact));
    let [first, second] = [lane(1), lane(2)]
        .map(|lane| hall.numbers(1).iter().find(|number| number.lane == lane).cloned().unwrap());
    split(&mut hall, &second, ONE).unwrap();
    let mut called = [hall.call(ONE), hall.call(TWO)];
    called.sort();
    let mut both = [visit_of(1), holder(&hall, &second).id];
    both.sort();
    assert_eq!(called, both);
    assert_eq!(holder(&hall, &first).numbers, std::slice::from_ref(&first));
    let before = hall.branch.clone();
    facts.iter().for_each(|fact| hall.branch.apply(fact));
    assert_eq!(hall.branch, before, "what both kiosks send again changes nothing");
}

/// The same booking at two kiosks that do not hear of each other.
fn two_holders() -> (Hall, Vec<Recorded>) {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00");
    let facts = [1, 2].into_iter().flat_map(|kiosk| {
        let mut alone = hall.cut_off(kiosk);
        alone.check_in(kiosk, 1).unwrap();
        alone.log
    });
    let facts = facts.collect();
    (hall, facts)
}

#[test]
fn a_number_that_comes_to_light_after_a_merge_is_another_holder_who_waits_whenever_it_comes() {
    let (mut hall, facts) = two_holders();
    hall.branch.apply(&facts[0]);
    let walk_in = hall.came_for_information(false);
    let (joins, into) = (number(&hall, visit_of(1)), number(&hall, walk_in));
    let known = hall.log.len();
    merge(&mut hall, &joins, &into, ONE).unwrap();
    hall.call(THREE);
    hall.agent(finish(THREE), THREE).unwrap();
    let lived = hall.log[known..].to_vec();
    let start: Vec<Recorded> = hall.log[..known].iter().cloned().chain([facts[0].clone()]).collect();
    let fold = |place: usize| {
        let mut branch = Branch::default();
        start.iter().chain(&lived[..place]).for_each(|event| branch.apply(event));
        branch.apply(&facts[1]);
        lived[place..].iter().for_each(|event| branch.apply(event));
        branch
    };
    let first = fold(0);
    let second = &first.visits[&visit_of(1).next_holder()];
    assert_eq!((second.state.clone(), second.numbers.len()), (VisitState::Waiting, 1));
    assert!(second.flags.contains(&Flag::SecondHolder));
    for place in 1..=lived.len() {
        let mut other = fold(place);
        other.counters.values_mut().for_each(|counter| counter.latest = None);
        let mut first = first.clone();
        first.counters.values_mut().for_each(|counter| counter.latest = None);
        assert_eq!(other, first, "heard at {place}");
    }
}

#[test]
fn whoever_joined_another_and_was_sent_away_comes_back_with_them_by_their_own_booking() {
    let (mut hall, booked, walk_in) = family();
    merge(&mut hall, &booked, &walk_in, ONE).unwrap();
    hall.call(ONE);
    hall.agent(Command::Park { counter: ONE, minutes: 60 }, ONE).unwrap();
    assert!(matches!(hall.check_in(2, 1).unwrap()[..], [Event::CameBack { .. }]));
    assert_eq!(holder(&hall, &walk_in).state, VisitState::Waiting);
    let back = hall.log.last().unwrap().clone();
    let before = hall.branch.clone();
    hall.branch.apply(&back);
    assert_eq!(hall.branch, before, "once");
}

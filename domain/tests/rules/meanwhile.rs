//! What staff tell of the time without the server: who was served, and tickets that nobody here knows.

use crate::{
    cases::config,
    hall::{Answer, DAILY_LIMIT, Hall, INFORMATION, ONE, THREE, TITLES, TWO, lane, visit_of},
};
use chrono::Duration;
use domain::{
    Actor, Branch, Command, Ending, Event, Flag, Recorded, Refusal, ServiceId, TicketNumber, Turn, Visit,
    VisitId, VisitState, meanwhile::unrecorded,
};
use proptest::prelude::*;

fn number(text: &str) -> TicketNumber {
    text.parse().unwrap()
}

fn numbers_of(hall: &Hall, visits: &[VisitId]) -> Vec<TicketNumber> {
    visits.iter().map(|visit| hall.visit(*visit).numbers[0].clone()).collect()
}

fn record(hall: &mut Hall, numbers: &[TicketNumber], at: &str) -> Answer {
    let at = Some(hall.wall(at));
    hall.agent(Command::RecordServed { numbers: numbers.to_vec(), at }, ONE)
}

fn adopt(hall: &mut Hall, number: &TicketNumber, service: &str, arrival: &str) -> Answer {
    let (number, service, arrival) = (number.clone(), ServiceId::new(service), Some(hall.wall(arrival)));
    hall.agent(Command::AdoptTicket { number, service, priority: false, arrival }, ONE)
}

fn holder<'a>(hall: &'a Hall, number: &TicketNumber) -> &'a Visit {
    hall.branch.holder(number).unwrap()
}

/// What a kiosk states that nobody hears, from 10:02 on.
fn unheard(hall: &Hall, kiosk: usize, state: impl FnOnce(&mut Hall)) -> (Vec<Recorded>, Vec<TicketNumber>) {
    let mut alone = hall.cut_off(kiosk);
    alone.at("10:02");
    state(&mut alone);
    let numbers = alone.log.iter().filter_map(|fact| fact.event.number().cloned()).collect();
    (alone.log, numbers)
}

fn hear(hall: &mut Hall, facts: &[Recorded]) {
    facts.iter().for_each(|fact| hall.branch.apply(fact));
}

#[test]
fn many_who_were_served_meanwhile_are_recorded_at_once_and_the_others_wait_on() {
    let mut hall = Hall::staffed();
    let visits = [0; 3].map(|_| hall.came_for_information(false));
    let numbers = numbers_of(&hall, &visits);
    record(hall.at("11:00"), &numbers[..2], "10:30").unwrap();
    for visit in &visits[..2] {
        let over = VisitState::Ended {
            at: hall.wall("10:30"),
            how: Ending::ServedMeanwhile { recorded: hall.wall("11:00") },
        };
        assert_eq!(hall.visit(*visit).state, over, "when it was, and when that was recorded");
    }
    assert_eq!(hall.call(THREE), visits[2]);
}

#[test]
fn whoever_is_away_or_missed_a_call_can_have_been_served_meanwhile() {
    let mut hall = Hall::staffed();
    let visits = [0; 2].map(|_| hall.came_for_information(false));
    hall.call(THREE);
    hall.agent(Command::Park { counter: THREE, minutes: 30 }, THREE).unwrap();
    hall.call(THREE);
    hall.agent(Command::NoShow(THREE), THREE).unwrap();
    let numbers = numbers_of(&hall, &visits);
    assert_eq!(record(hall.at("10:20"), &numbers, "10:15").unwrap().len(), 2);
}

#[test]
fn a_number_that_cannot_be_recorded_is_told_and_stops_none_of_the_others() {
    let mut hall = Hall::staffed();
    let [over, here, waits] = [0; 3].map(|_| hall.came_for_information(false));
    hall.call(ONE);
    hall.finish(ONE).unwrap();
    hall.call(THREE);
    let later = hall.at("10:40").came_for_information(false);
    let mut numbers = numbers_of(&hall, &[over, here, later, waits]);
    numbers.insert(0, number("X000"));
    let at = hall.wall("10:30");
    let told: Vec<Refusal> = unrecorded(&hall.branch, &numbers, at).into_iter().map(|(_, why)| why).collect();
    assert_eq!(
        told,
        [
            Refusal::UnknownVisit,
            Refusal::VisitEnded,
            Refusal::VisitBusy { counter: THREE },
            Refusal::ArrivedLater { arrival: hall.wall("10:40") },
        ]
    );
    let events = record(&mut hall, &numbers, "10:30").unwrap();
    assert!(matches!(events.as_slice(), [Event::ServedMeanwhile { visit, .. }] if *visit == waits));
}

#[test]
fn nobody_was_served_in_time_to_come_or_on_another_day_and_only_staff_say_so() {
    let mut hall = Hall::staffed();
    let visit = hall.at("10:00").came_for_information(false);
    let numbers = numbers_of(&hall, &[visit]);
    for at in [hall.now + Duration::seconds(1), hall.now - Duration::days(1)] {
        let command = Command::RecordServed { numbers: numbers.clone(), at: Some(at) };
        assert_eq!(hall.agent(command, ONE), Err(Refusal::WrongTime));
    }
    let command = Command::RecordServed { numbers, at: None };
    assert_eq!(hall.ask(&command, Actor::System), Err(Refusal::NeedsStaff));
    assert_eq!(hall.agent(command, ONE).unwrap().len(), 1, "now, if nobody says when");
}

#[test]
fn staff_write_down_minutes_so_that_the_minute_of_the_arrival_counts_as_after_it() {
    let mut hall = Hall::staffed();
    let visit = hall.at("10:05:42").came_for_information(false);
    let numbers = numbers_of(&hall, &[visit]);
    record(hall.at("10:30"), &numbers, "10:05").unwrap();
    assert!(matches!(hall.visit(visit).state, VisitState::Ended { at, .. } if at == hall.wall("10:05:42")));
}

#[test]
fn two_numbers_of_one_visit_are_recorded_once() {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00").check_in(1, 1).unwrap();
    let (facts, _) = unheard(&booked_hall(), 2, |alone| {
        alone.check_in(2, 1).unwrap();
    });
    hear(&mut hall, &facts);
    let numbers = hall.numbers(1).to_vec();
    assert_eq!(numbers.len(), 2);
    assert_eq!(record(hall.at("10:20"), &numbers, "10:10").unwrap().len(), 1);
}

fn booked_hall() -> Hall {
    let mut hall = Hall::staffed();
    hall.booked(1, "10:00");
    hall
}

#[test]
fn whoever_was_recorded_by_mistake_is_brought_back_to_the_old_place() {
    let mut hall = Hall::staffed();
    let [first, second] = [0; 2].map(|_| hall.came_for_information(false));
    let numbers = numbers_of(&hall, &[first, second]);
    record(hall.at("10:30"), &numbers[..1], "10:20").unwrap();
    let before = hall.branch.clone();
    hall.at("10:31").agent(Command::BringBack { number: numbers[0].clone() }, TWO).unwrap();
    assert_eq!(hall.visit(first).turn, Turn::Entry);
    assert_eq!(hall.call(THREE), first, "ahead of whoever came later");
    assert_eq!(before.holder(&numbers[1]).unwrap().id, second);
}

#[test]
fn a_number_that_comes_to_light_after_the_recording_waits_and_joins_again_if_it_was_a_mistake() {
    for is_late in [true, false] {
        let mut hall = booked_hall();
        let (facts, late) = unheard(&hall, 2, |alone| {
            alone.check_in(2, 1).unwrap();
        });
        hall.check_in(1, 1).unwrap();
        let mut decided = hall.cut_off(3);
        let number = decided.numbers(1)[0].clone();
        record(decided.at("10:30"), std::slice::from_ref(&number), "10:20").unwrap();
        let served = decided.log;
        let parts = if is_late { [served, facts] } else { [facts, served] };
        parts.iter().for_each(|events| hear(&mut hall, events));
        assert!(!holder(&hall, &number).state.is_live());
        assert_eq!(holder(&hall, &late[0]).state, VisitState::Waiting);
        assert!(holder(&hall, &late[0]).flags.contains(&Flag::SecondHolder));
        hall.at("10:40").agent(Command::BringBack { number: number.clone() }, ONE).unwrap();
        assert_eq!(holder(&hall, &number).numbers.len(), 2, "one party again");
        assert_eq!(hall.branch.visits.len(), 1);
    }
}

#[test]
fn a_ticket_that_is_not_known_waits_as_from_the_time_that_is_printed_on_it() {
    let mut hall = Hall::staffed();
    let (_, numbers) = unheard(&hall, 2, |alone| {
        alone.walk_in(2, INFORMATION, false).unwrap();
    });
    hall.at("10:20").crowd(1);
    adopt(hall.at("10:30"), &numbers[0], INFORMATION, "10:02").unwrap();
    let adopted = holder(&hall, &numbers[0]);
    assert_eq!((adopted.arrival, adopted.service.as_str()), (hall.wall("10:02"), INFORMATION));
    assert!(adopted.flags.contains(&Flag::Adopted));
    let adopted = adopted.id;
    assert_eq!(hall.call(THREE), adopted);
}

#[test]
fn a_card_that_staff_see_on_the_holder_of_an_unknown_ticket_counts() {
    let mut hall = Hall::staffed();
    hall.crowd(2);
    let command = Command::AdoptTicket {
        number: TicketNumber::new(lane(2), 7),
        service: ServiceId::new(INFORMATION),
        priority: true,
        arrival: None,
    };
    hall.at("10:10").agent(command, ONE).unwrap();
    assert_eq!(hall.call(THREE), holder(&hall, &TicketNumber::new(lane(2), 7)).id);
}

#[test]
fn the_fact_of_an_adopted_ticket_finds_it_and_what_staff_decided_stands() {
    let mut hall = booked_hall();
    let (facts, numbers) = unheard(&hall, 1, |alone| {
        alone.check_in(1, 1).unwrap();
    });
    adopt(hall.at("10:30"), &numbers[0], INFORMATION, "10:20").unwrap();
    let called = hall.at("10:31").call(THREE);
    hear(&mut hall, &facts);
    hear(&mut hall, &facts);
    assert_eq!(hall.branch.visits.len(), 1, "one visit");
    let visit = hall.visit(called);
    assert_eq!(visit.numbers, numbers, "with one number");
    assert!(matches!(visit.state, VisitState::Called { counter: THREE, .. }), "the call stands");
    assert_eq!(visit.service.as_str(), INFORMATION, "and what for");
    assert_eq!(visit.arrival, hall.wall("10:02"), "the kiosk knows better when");
    assert_eq!(visit.booked.unwrap().slot, hall.wall("10:00"), "and with which booking");
    assert_eq!(visit.flags, [].into(), "nothing is in doubt any more");
    assert_eq!(hall.check_in(2, 1).unwrap(), [Event::SeenAgain { visit: called }], "at any kiosk");
}

#[test]
fn a_ticket_whose_fact_came_first_is_known_and_not_adopted() {
    let mut hall = booked_hall();
    let (facts, numbers) = unheard(&hall, 1, |alone| {
        alone.check_in(1, 1).unwrap();
    });
    hear(&mut hall, &facts);
    let known = Refusal::NumberKnown { number: numbers[0].clone() };
    assert_eq!(adopt(hall.at("10:30"), &numbers[0], TITLES, "10:02"), Err(known));
    hall.call(ONE);
    let busy = Refusal::VisitBusy { counter: ONE };
    assert_eq!(adopt(&mut hall, &numbers[0], TITLES, "10:02"), Err(busy));
    hall.finish(ONE).unwrap();
    assert_eq!(adopt(&mut hall, &numbers[0], TITLES, "10:02"), Err(Refusal::VisitEnded));
}

#[test]
fn a_number_of_no_kiosk_here_is_not_adopted_nor_for_a_service_that_nobody_gives() {
    let mut hall = Hall::staffed();
    let unknown = Refusal::UnknownLane { lane: lane(6) };
    assert_eq!(adopt(&mut hall, &TicketNumber::new(lane(6), 1), TITLES, "09:50"), Err(unknown));
    let known = TicketNumber::new(lane(1), 1);
    assert_eq!(adopt(&mut hall, &known, "NOTHING", "09:50"), Err(Refusal::UnknownService));
    assert_eq!(adopt(&mut hall, &known, TITLES, "10:01"), Err(Refusal::WrongTime));
}

#[test]
fn a_ticket_that_was_given_after_the_adopted_one_was_over_is_in_other_hands() {
    let mut hall = Hall::staffed();
    let mut kiosk = hall.cut_off(1);
    let later = {
        kiosk.at("10:45").came_for_information(false);
        kiosk.log[0].event.number().unwrap().clone()
    };
    adopt(hall.at("10:30"), &later, INFORMATION, "10:02").unwrap();
    hall.agent(Command::End { number: later.clone(), how: Ending::Cancelled }, ONE).unwrap();
    hear(&mut hall, &kiosk.log);
    assert!(holder(&hall, &later).state.is_live(), "somebody read a number wrongly, and its holder waits");
}

#[test]
fn an_adopted_ticket_that_joined_another_visit_is_found_there() {
    for is_late in [true, false] {
        let mut hall = booked_hall();
        let (facts, numbers) = unheard(&hall, 2, |alone| {
            alone.check_in(2, 1).unwrap();
        });
        hall.crowd(1);
        let other = hall.branch.numbers.keys().next().unwrap().clone();
        adopt(hall.at("10:30"), &numbers[0], INFORMATION, "10:20").unwrap();
        let known = hall.clone();
        let merge = Command::Merge { number: numbers[0].clone(), into: other.clone() };
        hall.agent(merge, ONE).unwrap();
        let merged = hall.log.last().unwrap().clone();
        let mut branch: Branch = known.branch;
        if !is_late {
            facts.iter().for_each(|fact| branch.apply(fact));
        }
        branch.apply(&merged);
        if is_late {
            facts.iter().for_each(|fact| branch.apply(fact));
        }
        let visit = branch.holder(&other).unwrap();
        assert_eq!(visit.numbers.len(), 2);
        assert_eq!(branch.deadline(visit), hall.wall("10:10"), "the place of the booking");
    }
}

#[test]
fn the_list_of_the_day_has_everybody_who_can_be_called_in_calling_order_and_then_the_others() {
    let mut hall = Hall::staffed();
    let [called, parked, waits] = [0; 3].map(|_| hall.came_for_information(false));
    let with_card = hall.at("10:01").came_for_information(true);
    hall.booked(1, "10:10").at("10:02").check_in(1, 1).unwrap();
    let mut away = hall.clone();
    assert_eq!(away.call(THREE), with_card);
    let order =
        |hall: &Hall| hall.branch.everybody(hall.now).into_iter().map(|visit| visit.id).collect::<Vec<_>>();
    assert_eq!(order(&hall), [with_card, visit_of(1), called, parked, waits]);
    assert_eq!(
        order(&away),
        [visit_of(1), called, parked, waits, with_card],
        "who is at a counter comes last"
    );
    away.finish(THREE).unwrap();
    assert_eq!(order(&away), [visit_of(1), called, parked, waits], "who is gone is not there");
}

/// What staff do with visits of the day after they adopted some of them.
#[derive(Clone, Debug)]
enum Step {
    Call(u16),
    Finish(u16),
    NoShow(u16),
    Undo(u16),
    Visit(fn(TicketNumber) -> Command, prop::sample::Index),
    Merge(prop::sample::Index, prop::sample::Index),
    WalkIn,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let visit: Vec<fn(TicketNumber) -> Command> = vec![
        |number| Command::SeeCard { number, shown: true },
        |number| Command::BringBack { number },
        |number| Command::End { number, how: Ending::Left },
        |number| Command::Split { number },
        |number| Command::RecordServed { numbers: vec![number], at: None },
        |number| Command::RecordServed { numbers: vec![number], at: None },
        |number| Command::BringBack { number },
    ];
    let index = any::<prop::sample::Index>;
    prop_oneof![
        3 => (1..=3u16).prop_map(Step::Call),
        2 => (1..=3u16).prop_map(Step::Finish),
        1 => (1..=3u16).prop_map(Step::NoShow),
        1 => (1..=3u16).prop_map(Step::Undo),
        4 => (prop::sample::select(visit), index()).prop_map(|(what, whose)| Step::Visit(what, whose)),
        2 => (index(), index()).prop_map(|(whose, into)| Step::Merge(whose, into)),
        1 => Just(Step::WalkIn),
        2 => (0..600i64).prop_map(Step::Wait),
    ]
}

fn take(hall: &mut Hall, step: &Step) {
    let numbers: Vec<TicketNumber> = hall.branch.numbers.keys().cloned().collect();
    let one = |at: &prop::sample::Index| numbers[at.index(numbers.len())].clone();
    let counter = domain::CounterId;
    let _refused = match step {
        Step::Call(at) => hall.agent(Command::CallNext(counter(*at)), counter(*at)),
        Step::Finish(at) => hall.finish(counter(*at)),
        Step::NoShow(at) => hall.agent(Command::NoShow(counter(*at)), counter(*at)),
        Step::Undo(at) => hall.agent(Command::Undo(counter(*at)), counter(*at)),
        Step::Visit(what, whose) => hall.agent(what(one(whose)), ONE),
        Step::Merge(whose, into) => hall.agent(Command::Merge { number: one(whose), into: one(into) }, ONE),
        Step::WalkIn => hall.walk_in(2, INFORMATION, false),
        Step::Wait(seconds) => {
            hall.now += Duration::seconds(*seconds);
            Ok(Vec::new())
        }
    };
}

proptest! {
    #![proptest_config(config(10_000))]

    /// Two holders of bookings and two without took tickets at a kiosk that nobody heard; staff adopted them.
    #[test]
    fn an_adopted_ticket_is_the_same_visit_whenever_its_fact_comes(
        steps in prop::collection::vec(step(), 1..60),
        places in prop::collection::vec(any::<prop::sample::Index>(), 4),
        others in prop::collection::vec(any::<prop::sample::Index>(), 4),
    ) {
        let mut hall = Hall::staffed();
        hall.configured(|site| {
            let information = site.services.get_mut(&ServiceId::new(INFORMATION)).unwrap();
            information.walk_in.as_mut().unwrap().daily_limit = Some(DAILY_LIMIT * 10);
        });
        hall.booked(1, "10:00").booked(2, "10:15");
        let (facts, numbers) = unheard(&hall, 1, |alone| {
            alone.check_in(1, 1).unwrap();
            alone.came_for_information(true);
            alone.check_in(1, 2).unwrap();
            alone.came_for_information(false);
        });
        hall.at("10:20");
        for (number, service) in numbers.iter().zip([TITLES, INFORMATION, INFORMATION, INFORMATION]) {
            adopt(&mut hall, number, service, "10:10").unwrap();
        }
        let (start, known) = (hall.branch.clone(), hall.log.len());
        steps.iter().for_each(|step| take(&mut hall, step));
        let lived = &hall.log[known..];
        let heard = |places: &[prop::sample::Index]| {
            let mut places: Vec<usize> = places.iter().map(|place| place.index(lived.len() + 1)).collect();
            places.sort_unstable();
            let mut branch = start.clone();
            for place in 0..=lived.len() {
                let now = facts.iter().zip(&places).filter(|(_, at)| **at == place);
                now.for_each(|(fact, _)| branch.apply(fact));
                lived.get(place).into_iter().for_each(|event| branch.apply(event));
            }
            branch.counters.values_mut().for_each(|counter| counter.latest = None);
            branch
        };
        let (one, other) = (heard(&places), heard(&others));
        prop_assert_eq!(&one.visits, &other.visits);
        prop_assert_eq!(&one, &other);
        let mut again = one.clone();
        facts.iter().for_each(|fact| again.apply(fact));
        prop_assert_eq!(&again, &one, "heard once more it changes nothing");
        for number in &numbers {
            let holders = one.visits.values().filter(|visit| visit.numbers.contains(number)).count();
            prop_assert_eq!(holders, 1, "one number is of one visit");
        }
    }
}

#[test]
fn a_fact_that_is_heard_before_its_adoption_gives_the_same_visit() {
    let mut hall = booked_hall();
    let (facts, numbers) = unheard(&hall, 1, |alone| {
        alone.check_in(1, 1).unwrap();
    });
    let start = hall.branch.clone();
    let known = hall.log.len();
    adopt(hall.at("10:30"), &numbers[0], TITLES, "10:20").unwrap();
    let adopted = &hall.log[known..];
    let [mut forth, mut back] = [start.clone(), start];
    facts.iter().chain(adopted).for_each(|event| forth.apply(event));
    adopted.iter().chain(&facts).for_each(|event| back.apply(event));
    assert_eq!(forth, back);
}

//! What holds whatever people do, in whatever order.

use crate::{
    cases::config,
    hall::{Answer, Hall, INFORMATION, ONE, THREE, TITLES, TWO, agent, finish, key, lane},
    naive::Model,
};
use chrono::Duration;
use domain::{
    Actor, Branch, Command, Context, CounterId, CounterState, DeviceId, Ending, Event, Recorded, ServiceId,
    TicketNumber, Time, Turn, Visit, VisitId, VisitState,
    board::{Board, BoardChange},
    command::Asking,
    decide,
    event::Place,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How long somebody who was called and did not come is not called again: see [`crate::hall::site`].
const COOL_DOWN: Duration = Duration::seconds(5);

/// One thing that somebody does.
#[derive(Clone, Debug)]
enum Step {
    Book {
        reference: u8,
        quarter: i64,
    },
    CheckIn {
        kiosk: usize,
        reference: u8,
        priority: bool,
    },
    WalkIn {
        kiosk: usize,
        priority: bool,
    },
    /// The second counter says whose agent acts.
    Act {
        what: fn(CounterId) -> Command,
        at: CounterId,
        by: CounterId,
    },
    /// Something that is done to whoever has one of the day's numbers.
    Desk {
        what: fn(CounterId, TicketNumber) -> Command,
        at: CounterId,
        whose: prop::sample::Index,
    },
    /// Whoever has one of the day's numbers was served some minutes ago.
    Served {
        at: CounterId,
        whose: prop::sample::Index,
        minutes: i64,
    },
    /// Whoever has one number joins whoever has another.
    Merge {
        at: CounterId,
        whose: prop::sample::Index,
        into: prop::sample::Index,
    },
    Wait {
        seconds: i64,
    },
}

fn transfer(counter: CounterId, to: &str, place: Place) -> Command {
    Command::Transfer { counter, to: ServiceId::new(to), place, note: None }
}

fn step() -> impl Strategy<Value = Step> {
    let counter = || prop::sample::select(vec![ONE, TWO, THREE]);
    let what: Vec<fn(CounterId) -> Command> = vec![
        Command::OpenCounter,
        Command::OpenCounter,
        Command::CloseCounter,
        Command::CallNext,
        Command::CallNext,
        Command::Recall,
        Command::Start,
        finish,
        finish,
        Command::NoShow,
        Command::ReturnToQueue,
        Command::Undo,
        Command::Undo,
        Command::Pause,
        Command::Resume,
        Command::Resume,
        |counter| Command::Park { counter, minutes: 5 },
        |counter| transfer(counter, INFORMATION, Place::InOrder),
        |counter| transfer(counter, TITLES, Place::First),
        |counter| transfer(counter, INFORMATION, Place::Last),
        |counter| Command::AddService { counter, service: ServiceId::new(INFORMATION) },
    ];
    let desk: Vec<fn(CounterId, TicketNumber) -> Command> = vec![
        |counter, number| Command::Call { counter, number },
        |_, number| Command::SeeCard { number, shown: true },
        |_, number| Command::SeeCard { number, shown: false },
        |_, number| Command::BringBack { number },
        |_, number| Command::End { number, how: Ending::Left },
        |_, number| Command::Split { number },
        |_, number| Command::Split { number },
    ];
    let own = |(what, at)| Step::Act { what, at, by: at };
    prop_oneof![
        6 => (1..12u8, -2..10i64).prop_map(|(reference, quarter)| Step::Book { reference, quarter }),
        18 => (1..=2usize, 1..12u8, prop::bool::weighted(0.1))
            .prop_map(|(kiosk, reference, priority)| Step::CheckIn { kiosk, reference, priority }),
        9 => (1..=2usize, prop::bool::weighted(0.2)).prop_map(|(kiosk, priority)| Step::WalkIn { kiosk, priority }),
        36 => (prop::sample::select(what.clone()), counter()).prop_map(own),
        3 => (prop::sample::select(what), counter(), counter())
            .prop_map(|(what, at, by)| Step::Act { what, at, by }),
        9 => (prop::sample::select(desk), counter(), any::<prop::sample::Index>())
            .prop_map(|(what, at, whose)| Step::Desk { what, at, whose }),
        4 => (counter(), any::<prop::sample::Index>(), any::<prop::sample::Index>())
            .prop_map(|(at, whose, into)| Step::Merge { at, whose, into }),
        3 => (counter(), any::<prop::sample::Index>(), 0..20i64)
            .prop_map(|(at, whose, minutes)| Step::Served { at, whose, minutes }),
        12 => (0..600i64).prop_map(|seconds| Step::Wait { seconds }),
        1 => (0..90_000i64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

fn number() -> TicketNumber {
    TicketNumber::new(lane(1), 0)
}

/// What is asked, and by whom; nothing where a step needs somebody and nobody is there. Time passes meanwhile.
fn asked(hall: &mut Hall, step: &Step) -> Option<(Command, Actor)> {
    let device = |kiosk: usize| Actor::Device(DeviceId(Uuid::from_u128(kiosk as u128)));
    Some(match *step {
        Step::Desk { what, at, whose } => {
            let numbers: Vec<TicketNumber> = hall.branch.numbers.keys().cloned().collect();
            let number = numbers.get(whose.index(numbers.len().max(1)))?;
            (what(at, number.clone()), Actor::Supervisor(agent(at).person()?))
        }
        Step::Served { at, whose, minutes } => {
            let numbers: Vec<TicketNumber> = hall.branch.numbers.keys().cloned().collect();
            let number = numbers.get(whose.index(numbers.len().max(1)))?;
            let at_time = Some(hall.now - Duration::minutes(minutes));
            (Command::RecordServed { numbers: vec![number.clone()], at: at_time }, agent(at))
        }
        Step::Merge { at, whose, into } => {
            let numbers: Vec<TicketNumber> = hall.branch.numbers.keys().cloned().collect();
            let number = |place: prop::sample::Index| numbers.get(place.index(numbers.len().max(1))).cloned();
            let command = Command::Merge { number: number(whose)?, into: number(into)? };
            (command, Actor::Supervisor(agent(at).person()?))
        }
        Step::Book { reference, quarter } => {
            let mut booking = hall.booking(reference, "10:00");
            booking.slot = hall.now + Duration::minutes(15 * quarter);
            (Command::RecordBookings(vec![booking]), Actor::Operator)
        }
        Step::CheckIn { kiosk, reference, priority } => {
            let asking = Asking { priority, ..hall.asking(kiosk) };
            (Command::CheckIn { booking: key(reference), asking }, device(kiosk))
        }
        Step::WalkIn { kiosk, priority } => {
            let asking = Asking { priority, ..hall.asking(kiosk) };
            (Command::TakeWalkIn { service: ServiceId::new(INFORMATION), asking }, device(kiosk))
        }
        Step::Act { what, at, by } => (what(at), agent(by)),
        Step::Wait { seconds } => {
            hall.now += Duration::seconds(seconds);
            (Command::Tick, Actor::System)
        }
    })
}

fn take(hall: &mut Hall, step: &Step) -> Answer {
    match (asked(hall, step), step) {
        (Some((command, _)), Step::WalkIn { kiosk, .. }) => hall.at_device(&command, *kiosk),
        (Some((command, actor)), _) => hall.ask(&command, actor),
        (None, _) => Ok(Vec::new()),
    }
}

/// No two live tickets share a number, and each leads back to its visit.
fn numbers_are_unique(branch: &Branch) -> Result<(), TestCaseError> {
    let mut seen: BTreeSet<&TicketNumber> = BTreeSet::new();
    for visit in branch.visits.values().filter(|visit| visit.state.is_live()) {
        for number in &visit.numbers {
            prop_assert!(seen.insert(number), "{} is in two hands", number);
            prop_assert_eq!(branch.numbers.get(number), Some(&visit.id));
        }
    }
    Ok(())
}

/// A counter has at most one visit and a visit at most one counter, and both say the same.
fn counters_agree(branch: &Branch) -> Result<(), TestCaseError> {
    let said: BTreeMap<CounterId, VisitId> =
        branch.counters.iter().filter_map(|(counter, state)| Some((*counter, state.visit?))).collect();
    let mut held = BTreeMap::new();
    for visit in branch.visits.values() {
        if let Some(counter) = visit.state.counter() {
            prop_assert_eq!(held.insert(counter, visit.id), None, "two visits at counter {}", counter);
        }
    }
    prop_assert_eq!(said, held);
    Ok(())
}

/// Where everybody who waits stands in the one order, apart from the card, which may be seen or withdrawn.
fn places(branch: &Branch, now: Time) -> BTreeMap<VisitId, (bool, Time)> {
    let is_behind = |visit: &Visit| !matches!(visit.turn, Turn::First { .. });
    branch.waiting(now).map(|visit| (visit.id, (is_behind(visit), branch.deadline(visit)))).collect()
}

/// Something as it comes back from where it was stored.
fn stored<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// The stored log folded; after so many events the state is stored as well and goes on from there.
fn replay(log: &[Recorded], stored_after: usize) -> Branch {
    let mut branch = Branch::default();
    for (place, recorded) in log.iter().enumerate() {
        if place == stored_after {
            branch = stored(&branch);
        }
        branch.apply(&stored(recorded));
    }
    branch
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn the_hall_does_what_a_naive_model_expects(steps in prop::collection::vec(step(), 1..120)) {
        const LIMIT: usize = 4;
        let mut hall = Hall::staffed();
        hall.configured(|site| {
            let information = site.services.get_mut(&ServiceId::new(INFORMATION)).unwrap();
            information.walk_in.as_mut().unwrap().daily_limit = Some(LIMIT as u32);
            (information.target_booked_minutes, information.target_other_minutes) = (15, 30);
            information.return_minutes = 45;
        });
        let agents = [ONE, TWO, THREE].map(|counter| (counter, agent(counter).person().unwrap()));
        let mut model = Model::staffed(hall.now, LIMIT, agents);
        for step in &steps {
            let Some((command, actor)) = asked(&mut hall, step) else { continue };
            let answer = match step {
                Step::WalkIn { kiosk, .. } => hall.at_device(&command, *kiosk),
                _ => hall.ask(&command, actor),
            };
            let heard = model.hears(hall.now, actor, &command, &answer);
            prop_assert!(heard.is_ok(), "{}", heard.unwrap_err());
            let differences = model.differences(hall.now, &hall.branch);
            prop_assert!(differences.is_empty(), "after {:?}: {:#?}", command, differences);
        }
    }

    #[test]
    fn whatever_people_do_the_hall_stays_consistent(
        steps in prop::collection::vec(step(), 1..120),
        middle in any::<prop::sample::Index>(),
    ) {
        let mut hall = Hall::staffed();
        for step in &steps {
            let before = (places(&hall.branch, hall.now), hall.branch.day, hall.log.len());
            if take(&mut hall, step).is_err() {
                prop_assert_eq!(hall.log.len(), before.2, "a refusal records nothing");
            }
            numbers_are_unique(&hall.branch)?;
            counters_agree(&hall.branch)?;
            for counter in [ONE, TWO, THREE] {
                let order = hall.branch.waiting_for(counter, hall.now);
                let next = order.into_iter().find(|visit| hall.branch.cools_down(visit, hall.now).is_none());
                prop_assert_eq!(next, hall.branch.next_for(counter, hall.now));
            }
            let is_other = match step {
                Step::Act { what, .. } => matches!(what(ONE), Command::Undo(_)),
                Step::Desk { what, .. } => matches!(what(ONE, number()), Command::Split { .. }),
                _ => false,
            };
            for (visit, place) in places(&hall.branch, hall.now).into_iter().filter(|_| !is_other) {
                if let Some(known) = before.0.get(&visit).filter(|_| before.1 == hall.branch.day) {
                    // Whoever is joined by somebody who is due earlier is due then, or as early on other grounds.
                    let is_joined = matches!(step, Step::Merge { .. }) && place.1 <= known.1;
                    prop_assert!(*known == place || is_joined, "a deadline moved while its visit waited");
                }
            }
        }
        let replayed = replay(&hall.log, middle.index(hall.log.len()));
        prop_assert_eq!(&replayed, &hall.branch, "the log says the same as what was lived");
        let mut followed = Board::default();
        hall.log.iter().filter_map(BoardChange::of).for_each(|change| followed.apply(&change));
        prop_assert_eq!(followed, hall.branch.board, "a board that starts now shows what one shows that ran");
    }

}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn no_free_counter_is_refused_while_somebody_waits_whom_nobody_has_just_called(
        steps in prop::collection::vec(step(), 1..100),
    ) {
        let mut hall = Hall::staffed();
        let mut called: BTreeMap<VisitId, Time> = BTreeMap::new();
        for step in &steps {
            for event in take(&mut hall, step).into_iter().flatten() {
                if let Event::Called { visit, .. } | Event::Recalled { visit, .. } = event {
                    called.insert(visit, hall.now);
                }
            }
            let (branch, now) = (&hall.branch, hall.now);
            let is_fresh = |visit: &Visit| called.get(&visit.id).is_none_or(|at| now - *at >= COOL_DOWN);
            let is_free = |open: &CounterState| open.visit.is_none() && open.paused.is_none();
            for (counter, open) in branch.counters.iter().filter(|(_, open)| is_free(open)) {
                if branch.waiting_for(*counter, now).into_iter().any(is_fresh) {
                    let context = Context { now, actor: Actor::Agent(open.agent), new_id: Uuid::nil() };
                    let answer = decide(branch, &Command::CallNext(*counter), &context);
                    prop_assert!(answer.is_ok(), "counter {}: {:?}", counter, answer);
                }
            }
        }
    }

    #[test]
    fn applying_an_event_twice_changes_nothing(steps in prop::collection::vec(step(), 1..50)) {
        let mut hall = Hall::staffed();
        for step in &steps {
            let _refused = take(&mut hall, step);
        }
        let mut twice = Branch::default();
        for recorded in &hall.log {
            twice.apply(recorded);
            twice.apply(recorded);
        }
        prop_assert_eq!(&twice, &hall.branch);
        // A kiosk that sends again what it stated, much later.
        let is_fact = |recorded: &&Recorded| {
            recorded.event.number().is_some() || matches!(recorded.event, Event::CameBack { .. })
        };
        for fact in hall.log.iter().filter(is_fact) {
            twice.apply(fact);
        }
        // What is stated again on another day is not recorded again; if it were, staff would be told of it.
        twice.belated.clear();
        prop_assert_eq!(&twice, &hall.branch);
    }

    #[test]
    fn the_order_in_which_two_kiosks_are_heard_does_not_matter(
        steps in prop::collection::vec(step(), 1..40),
        first in prop::collection::vec(any::<bool>(), 120),
        second in prop::collection::vec(any::<bool>(), 120),
    ) {
        let mut hall = Hall::staffed();
        for reference in 1..12 {
            hall.booked(reference, ["09:45", "10:00", "10:15", "10:30"][usize::from(reference % 4)]);
        }
        let facts = [1, 2].map(|kiosk| cut_off(&hall, kiosk, &steps));
        let heard = |order: &[bool]| merged(&hall.branch, &facts, order);
        let (forth, back) = (heard(&first), heard(&second));
        prop_assert_eq!(&forth, &back);
        numbers_are_unique(&forth)?;
        let stated: BTreeSet<_> = facts.iter().flatten().filter_map(|fact| fact.event.number()).collect();
        prop_assert!(stated.into_iter().eq(forth.numbers.keys()), "every number that is on paper is known");
        let said: usize = forth.visits.values().map(|visit| visit.numbers.len()).sum();
        prop_assert_eq!(said, forth.numbers.len(), "every number belongs to one visit");
    }
}

proptest! {
    #![proptest_config(config(10_000))]

    /// The server decides about what it has heard of one kiosk; the other is heard at any time meanwhile, in any portions,
    /// and more than once.
    #[test]
    fn facts_that_come_late_give_the_same_hall_whenever_they_come(
        steps in prop::collection::vec(step(), 1..50),
        late_steps in prop::collection::vec(step(), 1..30),
        places in prop::collection::vec(any::<prop::sample::Index>(), 60),
        others in prop::collection::vec(any::<prop::sample::Index>(), 60),
    ) {
        let mut hall = Hall::staffed();
        for reference in 1..12 {
            hall.booked(reference, ["09:45", "10:00", "10:15", "10:30"][usize::from(reference % 4)]);
        }
        // Two who are away when the second kiosk is cut off: it may see them come back.
        for reference in [1, 4] {
            hall.check_in(1, reference).unwrap();
        }
        hall.call(ONE);
        hall.agent(Command::NoShow(ONE), ONE).unwrap();
        hall.call(TWO);
        hall.agent(Command::Park { counter: TWO, minutes: 30 }, TWO).unwrap();
        let start = hall.branch.clone();
        let late = cut_off(&hall, 2, &late_steps);
        let known = hall.log.len();
        for step in &steps {
            let is_late = matches!(step, Step::CheckIn { kiosk: 2, .. } | Step::WalkIn { kiosk: 2, .. });
            if !is_late {
                let _refused = take(&mut hall, step);
            }
        }
        let lived = &hall.log[known..];
        let placed = |places: &[_]| {
            let mut branch = placed(&start, lived, &late, places);
            // What a counter could take back says where the visit stood, which another ticket may have changed before
            // or after.
            branch.counters.values_mut().for_each(|counter| counter.latest = None);
            let mut again = branch.clone();
            late.iter().for_each(|fact| again.apply(fact));
            // Staff are told which tickets came to light when their day was over.
            branch.belated.clear();
            (branch, again)
        };
        let ((one, again), (other, other_again)) = (placed(&places), placed(&others));
        prop_assert_eq!(&one.visits, &other.visits);
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(&again, &other_again);
        prop_assert_eq!(&one, &Branch { belated: BTreeMap::new(), ..again }, "heard once more it changes nothing");
        numbers_are_unique(&one)?;
        counters_agree(&one)?;
    }
}

/// The log with the late facts in it, each after those before it.
fn placed(start: &Branch, lived: &[Recorded], late: &[Recorded], places: &[prop::sample::Index]) -> Branch {
    let mut places: Vec<usize> =
        places.iter().take(late.len()).map(|place| place.index(lived.len() + 1)).collect();
    places.sort_unstable();
    let mut branch = start.clone();
    let mut late = late.iter().zip(places).peekable();
    for place in 0..=lived.len() {
        while let Some((fact, _)) = late.next_if(|(_, at)| *at == place) {
            branch.apply(fact);
        }
        lived.get(place).into_iter().for_each(|event| branch.apply(event));
    }
    branch
}

/// What a kiosk states while nobody hears it. The two kiosks' clocks never show the same second.
fn cut_off(hall: &Hall, kiosk: usize, steps: &[Step]) -> Vec<Recorded> {
    let mut alone = hall.cut_off(kiosk);
    alone.now += Duration::seconds(kiosk as i64);
    for step in steps {
        match step {
            Step::CheckIn { kiosk: at, .. } | Step::WalkIn { kiosk: at, .. } if *at == kiosk => {
                let _refused = take(&mut alone, step);
            }
            // Some references are shown at both.
            Step::CheckIn { reference, priority, .. } if reference % 3 == 0 => {
                let _refused =
                    take(&mut alone, &Step::CheckIn { kiosk, reference: *reference, priority: *priority });
            }
            Step::Wait { seconds } => alone.now += Duration::seconds(seconds % 600 / 2 * 2),
            _ => {}
        }
    }
    alone.log
}

fn merged(branch: &Branch, facts: &[Vec<Recorded>; 2], order: &[bool]) -> Branch {
    let mut branch = branch.clone();
    let mut queues = facts.each_ref().map(|facts| facts.iter());
    for turn in order {
        if let Some(fact) = queues[usize::from(*turn)].next() {
            branch.apply(fact);
        }
    }
    queues.into_iter().flatten().for_each(|fact| branch.apply(fact));
    branch
}

#[test]
fn the_steps_above_reach_every_state() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..60 {
        let steps = prop::collection::vec(step(), 120).new_tree(&mut runner).unwrap().current();
        let mut hall = Hall::staffed();
        for step in &steps {
            let _refused = take(&mut hall, step);
            reached.extend(hall.branch.visits.values().map(|visit| match (&visit.state, visit.turn) {
                (VisitState::Waiting, _) if !visit.misses.is_empty() => "waiting, back",
                (VisitState::Waiting, Turn::Entry | Turn::Back { .. }) => "waiting",
                (VisitState::Waiting, Turn::Last { .. }) => "waiting, last",
                (VisitState::Waiting, Turn::First { .. }) => "waiting, first",
                (VisitState::Waiting, Turn::Next { .. }) => "waiting, next service",
                (VisitState::Called { times: 1, .. }, _) => "called",
                (VisitState::Called { .. }, _) => "recalled",
                (VisitState::Serving { .. }, _) => "serving",
                (VisitState::Parked { .. }, _) => "parked",
                (VisitState::Missed { .. }, _) => "missed",
                (VisitState::Ended { how: Ending::Served { .. }, .. }, _) => "served",
                (VisitState::Ended { how: Ending::ServedMeanwhile { .. }, .. }, _) => "served meanwhile",
                (VisitState::Ended { .. }, _) => "left",
            }));
            reached.extend(
                hall.branch.visits.values().filter(|v| v.card == Some(false)).map(|_| "card withdrawn"),
            );
            reached.extend(hall.branch.counters.values().filter(|c| c.paused.is_some()).map(|_| "paused"));
            reached.extend(hall.log.iter().filter_map(|recorded| match recorded.event {
                Event::Undone { .. } => Some("undone"),
                Event::DayClosed { .. } => Some("day closed"),
                Event::VisitsMerged { .. } => Some("merged"),
                Event::VisitSplit { .. } => Some("split"),
                Event::ServedTakenBack { .. } => Some("taken back"),
                _ => None,
            }));
        }
    }
    let all = [
        "called",
        "card withdrawn",
        "day closed",
        "left",
        "merged",
        "missed",
        "parked",
        "paused",
        "recalled",
        "served",
        "served meanwhile",
        "serving",
        "split",
        "taken back",
        "undone",
        "waiting",
        "waiting, back",
        "waiting, first",
        "waiting, last",
        "waiting, next service",
    ];
    assert_eq!(reached.into_iter().collect::<Vec<_>>(), all);
}

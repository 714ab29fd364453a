//! A hall in which every agent calls the next as soon as nobody is at the counter: nobody waits for ever, and for whom
//! somebody waits can be reckoned.

use crate::{
    cases::config,
    hall::{Answer, Hall, INFORMATION, ONE, THREE, TITLES, TWO, key, visit_of},
};
use chrono::Duration;
use domain::{Actor, Command, CounterId, DeviceId, Event, Time, VisitId, VisitState, command::Asking};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Somebody who comes.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Minutes after nine.
    pub comes: i64,
    /// The slot of the booking, in quarters of an hour after nine; none: for information.
    pub slot: Option<i64>,
    pub priority: bool,
    /// Minutes at the counter.
    pub lasts: i64,
}

impl Guest {
    pub fn service(&self) -> &'static str {
        if self.slot.is_some() { TITLES } else { INFORMATION }
    }
}

/// As DESIGN §4 says it: cards by arrival (0), whoever was put first (1), then the slot and 10 minutes or the arrival
/// and 40 (2).
pub type Rank = (u8, Time, Time, VisitId);

/// What happened to somebody.
#[derive(Clone, Debug)]
struct Story {
    service: &'static str,
    rank: Rank,
    came: Time,
    called: Option<(Time, CounterId)>,
    left: Option<Time>,
}

pub fn guest() -> impl Strategy<Value = Guest> {
    let slot = prop::option::weighted(0.6, 0..10i64);
    (0..150i64, slot, prop::bool::weighted(0.1), 1..20i64).prop_map(|(comes, slot, priority, lasts)| Guest {
        comes,
        slot,
        priority,
        lasts,
    })
}

pub fn gives(counter: CounterId, service: &str) -> bool {
    match counter {
        TWO => service == TITLES,
        THREE => service == INFORMATION,
        _ => true,
    }
}

pub fn comes(hall: &mut Hall, reference: u8, guest: &Guest) -> Answer {
    if guest.slot.is_none() {
        return hall.walk_in(1, INFORMATION, guest.priority);
    }
    let asking = Asking { priority: guest.priority, ..hall.asking(1) };
    hall.ask(
        &Command::CheckIn { booking: key(reference), asking },
        Actor::Device(DeviceId(Uuid::from_u128(1))),
    )
}

/// Who is sooner, written from DESIGN §4 alone.
pub fn rank(guest: &Guest, slot: Option<Time>, came: Time, id: VisitId) -> Rank {
    let by = match slot {
        _ if guest.priority => came,
        Some(slot) if came < slot + Duration::minutes(16) => slot + Duration::minutes(10),
        _ => came + Duration::minutes(40),
    };
    (if guest.priority { 0 } else { 2 }, by, came, id)
}

/// Plays the guests' day to its end.
fn day(guests: &[Guest], open: &[CounterId]) -> BTreeMap<VisitId, Story> {
    let mut hall = Hall::open();
    hall.at("09:00");
    let nine = hall.now;
    let slot = |guest: &Guest| guest.slot.map(|quarter| nine + Duration::minutes(15 * quarter));
    for (reference, guest) in (1u8..).zip(guests) {
        if let Some(slot) = slot(guest) {
            let mut booking = hall.booking(reference, "09:00");
            booking.slot = slot;
            hall.operator(Command::RecordBookings(vec![booking]));
        }
    }
    for counter in open {
        hall.sit(*counter);
    }
    let mut stories: BTreeMap<VisitId, Story> = BTreeMap::new();
    let mut ends: BTreeMap<CounterId, (Time, VisitId)> = BTreeMap::new();
    let mut lasts: BTreeMap<VisitId, i64> = BTreeMap::new();
    let mut to_come: Vec<(Time, u8)> = (1u8..)
        .zip(guests)
        .map(|(reference, guest)| (nine + Duration::minutes(guest.comes), reference))
        .collect();
    to_come.sort_by(|a, b| b.cmp(a));
    loop {
        let next_end = ends.values().map(|(at, _)| *at).min();
        let Some(now) = to_come.last().map(|(at, _)| *at).into_iter().chain(next_end).min() else { break };
        hall.now = now;
        for (counter, (_, visit)) in ends.clone().into_iter().filter(|(_, (at, _))| *at == now) {
            hall.finish(counter).unwrap();
            ends.remove(&counter);
            stories.get_mut(&visit).unwrap().left = Some(now);
        }
        while let Some((_, reference)) = to_come.pop_if(|(at, _)| *at == now) {
            let guest = &guests[usize::from(reference) - 1];
            let Ok(events) = comes(&mut hall, reference, guest) else { continue };
            let id = match events.as_slice() {
                [Event::WalkInTaken { ticket }] => ticket.visit,
                _ => visit_of(reference),
            };
            let service = guest.service();
            let rank = rank(guest, slot(guest), now, id);
            stories.insert(id, Story { service, rank, came: now, called: None, left: None });
            lasts.insert(id, guest.lasts);
        }
        for counter in open {
            if !ends.contains_key(counter)
                && let Ok(events) = hall.agent(Command::CallNext(*counter), *counter)
            {
                let [Event::Called { visit, .. }] = events.as_slice() else { panic!("{events:?}") };
                let story = stories.get_mut(visit).unwrap();
                assert_eq!(story.called.replace((now, *counter)), None, "called twice");
                ends.insert(*counter, (now + Duration::minutes(lasts[visit]), *visit));
            }
        }
        let at = |wanted: fn(&VisitState) -> bool| {
            hall.branch.visits.values().filter(|v| wanted(&v.state)).count()
        };
        let waiting = at(|state| matches!(state, VisitState::Waiting));
        let called = at(|state| matches!(state, VisitState::Called { .. } | VisitState::Serving { .. }));
        let ended = at(|state| matches!(state, VisitState::Ended { .. }));
        assert_eq!(waiting + called + ended, stories.len(), "whoever came is somewhere, and once");
        assert_eq!(
            (called, ended),
            (ends.len(), stories.values().filter(|story| story.left.is_some()).count())
        );
    }
    stories
}

pub fn some_counters() -> impl Strategy<Value = Vec<CounterId>> {
    prop::sample::subsequence(vec![ONE, TWO, THREE], 1..=3)
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn everybody_whom_an_open_counter_can_serve_is_called_and_nobody_else(
        guests in prop::collection::vec(guest(), 1..25),
        open in some_counters(),
    ) {
        for story in day(&guests, &open).values() {
            let can = open.iter().any(|counter| gives(*counter, story.service));
            prop_assert_eq!(story.called.is_some(), can, "{:?}", story);
            prop_assert_eq!(story.left.is_some(), can, "{:?}", story);
        }
    }

    #[test]
    fn a_wait_is_no_longer_than_the_work_of_whoever_goes_before(
        guests in prop::collection::vec(guest(), 1..25),
        open in some_counters(),
    ) {
        let stories = day(&guests, &open);
        for story in stories.values() {
            let Some((called, _)) = story.called else { continue };
            let mine: Vec<CounterId> = open.iter().copied().filter(|counter| gives(*counter, story.service)).collect();
            let mut work = Duration::zero();
            for other in stories.values() {
                let Some(((at, counter), left)) = other.called.zip(other.left) else { continue };
                if !mine.contains(&counter) || at > called || left <= story.came || other.rank == story.rank {
                    continue;
                }
                if at >= story.came && at < called {
                    prop_assert!(other.rank < story.rank, "{:?} was called before {:?}", other, story);
                }
                // What was left of it when this visitor came, up to the call.
                work += left.min(called) - at.max(story.came);
            }
            let wait = called - story.came;
            let counters = i32::try_from(mine.len()).unwrap();
            prop_assert_eq!(wait * counters, work, "no counter that could serve them was idle: {:?}", story);
        }
    }

    #[test]
    fn a_priority_card_is_next_at_the_first_counter_that_is_free(
        guests in prop::collection::vec(guest(), 1..25),
        open in some_counters(),
    ) {
        let stories = day(&guests, &open);
        let cards = stories.values().filter(|story| story.rank.0 == 0);
        for (card, (called, _)) in cards.filter_map(|card| Some((card, card.called?))) {
            let before: BTreeSet<VisitId> = stories
                .values()
                .filter(|other| other.called.is_some_and(|(at, counter)| {
                    at >= card.came && at < called && gives(counter, card.service) && open.contains(&counter)
                }))
                .map(|other| other.rank.3)
                .collect();
            for other in before {
                prop_assert!(stories[&other].rank.0 == 0, "{:?} went before {:?}", stories[&other], card);
                prop_assert!(stories[&other].came <= card.came);
            }
        }
    }
}

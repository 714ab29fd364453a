//! Nobody waits for ever, whatever agents do by hand: the wait of everybody whom some open counter can serve is the work
//! of earlier places, of priority cards and of whoever was picked, shared among the counters that could have served them.

use crate::{
    cases::config,
    hall::{Hall, ONE, agent, finish, visit_of},
    working::{Guest, Rank, comes, gives, guest, rank, some_counters},
};
use chrono::Duration;
use domain::{Actor, Command, CounterId, Event, ServiceId, Time, VisitId, event::Place};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of somebody at the counter the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Served,
    Parked,
    Missed,
    PutFirst,
    PutLast,
}

/// Somebody who can be called, and since when.
#[derive(Clone, Debug)]
struct Spell {
    service: &'static str,
    from: Time,
    rank: Rank,
}

/// How it ended.
#[derive(Clone, Debug)]
struct Called {
    spell: Spell,
    at: Time,
    counter: CounterId,
    by_hand: bool,
    left: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Ends(CounterId),
    Returns(VisitId),
    Comes(u8),
}

struct Day {
    hall: Hall,
    guests: BTreeMap<VisitId, (Guest, Fate)>,
    waiting: BTreeMap<VisitId, Spell>,
    away: BTreeMap<VisitId, Spell>,
    at: BTreeMap<CounterId, (VisitId, Called)>,
    due: BTreeSet<(Time, Due)>,
    over: Vec<Called>,
}

impl Day {
    fn comes(&mut self, reference: u8, guest: &Guest, fate: Fate, slot: Option<Time>) {
        let Ok(events) = comes(&mut self.hall, reference, guest) else { return };
        let id = match events.as_slice() {
            [Event::WalkInTaken { ticket }] => ticket.visit,
            _ => visit_of(reference),
        };
        let (now, service) = (self.hall.now, guest.service());
        let rank = rank(guest, slot, now, id);
        self.waiting.insert(id, Spell { service, from: now, rank });
        self.guests.insert(id, (guest.clone(), fate));
    }

    /// Somebody goes from a counter, and perhaps waits again.
    fn ends(&mut self, counter: CounterId) {
        let Some((id, called)) = self.at.remove(&counter) else { return };
        let now = self.hall.now;
        let fate = std::mem::replace(&mut self.guests.get_mut(&id).unwrap().1, Fate::Served);
        let to = ServiceId::new(called.spell.service);
        let transfer = |place| Command::Transfer { counter, to: to.clone(), place, note: None };
        let command = match fate {
            Fate::Served => finish(counter),
            Fate::Parked => Command::Park { counter, minutes: 5 },
            Fate::Missed => Command::NoShow(counter),
            Fate::PutFirst => transfer(Place::First),
            Fate::PutLast => transfer(Place::Last),
        };
        self.hall.agent(command, counter).unwrap();
        let (group, _, came, _) = called.spell.rank;
        let place = |group: u8, by: Time| (group, by, came, id);
        let again = |from: Time, rank: Rank| Spell { from, rank, ..called.spell.clone() };
        let has_card = group == 0;
        let spell = match fate {
            Fate::Served => None,
            Fate::Parked => Some(again(now + Duration::minutes(5), called.spell.rank)),
            _ if has_card && fate != Fate::Missed => Some(again(now, called.spell.rank)),
            Fate::PutFirst => Some(again(now, place(1, now))),
            Fate::PutLast => Some(again(now, place(2, now + Duration::minutes(40)))),
            Fate::Missed => {
                let back = now + Duration::minutes(3);
                let rank = if has_card { called.spell.rank } else { place(2, back + Duration::minutes(40)) };
                Some(again(back, rank))
            }
        };
        match spell {
            Some(spell) if spell.from > now => {
                self.due.insert((spell.from, Due::Returns(id)));
                self.away.insert(id, spell);
            }
            Some(spell) => drop(self.waiting.insert(id, spell)),
            None => {}
        }
        self.over.push(Called { left: now, ..called });
    }

    fn returns(&mut self, id: VisitId) {
        let visit = &self.hall.branch.visits[&id];
        if matches!(visit.state, domain::VisitState::Missed { .. }) {
            let number = visit.numbers[0].clone();
            self.hall.agent(Command::BringBack { number }, ONE).unwrap();
        }
        let spell = self.away.remove(&id).unwrap();
        self.waiting.insert(id, spell);
    }

    /// A free counter calls the next, or the last by hand.
    fn calls(&mut self, counter: CounterId, by_hand: bool) {
        let now = self.hall.now;
        let Some(last) =
            self.hall.branch.waiting_for(counter, now).last().map(|visit| visit.numbers[0].clone())
        else {
            return;
        };
        let person = agent(counter).person().unwrap();
        let events = if by_hand {
            self.hall.ask(&Command::Call { counter, number: last }, Actor::Supervisor(person))
        } else {
            self.hall.agent(Command::CallNext(counter), counter)
        };
        let events = events.unwrap();
        let [Event::Called { visit, .. }] = events.as_slice() else { panic!("{events:?}") };
        let spell = self.waiting.remove(visit).unwrap();
        let (guest, fate) = &self.guests[visit];
        let lasts = if *fate == Fate::Served { guest.lasts } else { 1 + guest.lasts / 4 };
        self.due.insert((now + Duration::minutes(lasts), Due::Ends(counter)));
        self.at.insert(counter, (*visit, Called { spell, at: now, counter, by_hand, left: now }));
    }
}

/// Plays the guests' day to its end: every call, with who was called and why.
fn day(guests: &[(Guest, Fate)], open: &[CounterId], picks: &[bool]) -> Vec<Called> {
    let mut hall = Hall::boundless();
    hall.at("09:00");
    let nine = hall.now;
    let slot = |guest: &Guest| guest.slot.map(|quarter| nine + Duration::minutes(15 * quarter));
    let mut due = BTreeSet::new();
    for (reference, (guest, _)) in (1u8..).zip(guests) {
        due.insert((nine + Duration::minutes(guest.comes), Due::Comes(reference)));
        if let Some(slot) = slot(guest) {
            let mut booking = hall.booking(reference, "09:00");
            booking.slot = slot;
            hall.operator(Command::RecordBookings(vec![booking]));
        }
    }
    for counter in open {
        hall.sit(*counter);
    }
    let (guests_of, waiting, away) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut day = Day { hall, guests: guests_of, waiting, away, at: BTreeMap::new(), due, over: Vec::new() };
    let mut picks = picks.iter().copied().cycle();
    while let Some((now, first)) = day.due.pop_first() {
        day.hall.now = now;
        match first {
            Due::Ends(counter) => day.ends(counter),
            Due::Returns(visit) => day.returns(visit),
            Due::Comes(reference) => {
                let (guest, fate) = &guests[usize::from(reference) - 1];
                day.comes(reference, guest, *fate, slot(guest));
            }
        }
        if day.due.first().is_some_and(|(next, _)| *next == now) {
            continue;
        }
        for counter in open {
            if !day.at.contains_key(counter) {
                day.calls(*counter, picks.next().unwrap_or_default());
            }
        }
    }
    let left = day.waiting.values().filter(|spell| open.iter().any(|counter| gives(*counter, spell.service)));
    assert_eq!(left.count(), 0, "nobody whom an open counter can serve is left");
    day.over
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Served),
        1 => Just(Fate::Parked),
        1 => Just(Fate::Missed),
        1 => Just(Fate::PutFirst),
        1 => Just(Fate::PutLast),
    ]
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn a_wait_is_the_work_of_earlier_places_of_cards_and_of_whoever_was_picked(
        guests in prop::collection::vec((guest(), fate()), 1..25),
        open in some_counters(),
        picks in prop::collection::vec(prop::bool::weighted(0.2), 1..12),
    ) {
        let calls = day(&guests, &open, &picks);
        for one in &calls {
            let Spell { service, from, rank } = &one.spell;
            let mine = open.iter().filter(|counter| gives(**counter, service)).count();
            let mut work = Duration::zero();
            let others = calls.iter().filter(|other| gives(other.counter, service));
            for other in others.filter(|other| other.at < one.at && other.left > *from) {
                if other.at >= *from {
                    prop_assert!(other.by_hand || other.spell.rank < *rank, "{:?} before {:?}", other, one);
                }
                // What was left of it when this visitor could be called, up to the call.
                work += other.left.min(one.at) - other.at.max(*from);
            }
            let wait = one.at - *from;
            prop_assert_eq!(wait * i32::try_from(mine).unwrap(), work, "no counter was idle: {:?}", one);
        }
    }
}

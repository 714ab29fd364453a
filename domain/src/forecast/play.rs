//! A day played on, many times.

use super::{
    breaks::Breaks,
    draw::Comings,
    lengths::{Lengths, Scale},
};
use crate::order::Group;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// How many days are played: as many as give the ends of the range to about a minute.
const DAYS: u64 = 100;
/// The service of a person, as a place in the lists of [`Hall`].
type Kind = usize;
/// Smaller is sooner: group, deadline and arrival in seconds from now, identity.
type Rank = (Group, f64, f64, u128);

/// The hall as it stands. All times are seconds from now.
pub(super) struct Hall {
    /// The counters that are really open.
    pub(super) desks: Vec<Desk>,
    /// Whoever waits, or is parked.
    pub(super) people: Vec<Person>,
    /// Whoever is booked and not here yet, by the time from which on they can come.
    pub(super) comers: Vec<Comer>,
    /// How those come.
    pub(super) comings: Comings,
    /// How long each service takes.
    pub(super) lengths: Vec<Lengths>,
    /// What they have in common.
    pub(super) scale: Scale,
    /// Within how long of the one before each service should be begun when it follows in the same visit.
    pub(super) next: Vec<f64>,
    /// When nobody is called.
    pub(super) breaks: Breaks,
}

/// Until when a day is played.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Everybody who is asked about was called.
    AllCalled,
    /// One of them was called.
    Called(usize),
    /// One of them was called for the last service of the visit: of this one that call is asked about.
    CalledLast(usize),
}

/// A counter.
pub(super) struct Desk {
    /// What it gives.
    pub(super) gives: Vec<bool>,
    /// Who is there, and for how long already.
    pub(super) with: Option<(Person, f64)>,
}

/// Somebody in the queue.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) rank: Rank,
    /// Not called before.
    pub(super) from: f64,
    pub(super) kind: Kind,
    /// What follows in the same visit.
    pub(super) then: Vec<Kind>,
    /// The place in the answer, for those that are asked about.
    pub(super) asked: Option<usize>,
}

/// Somebody who is booked.
pub(super) struct Comer {
    pub(super) slot: f64,
    /// Measured from the slot: from here on late, and the bounds of checking in.
    pub(super) late_after: f64,
    pub(super) earliest: f64,
    pub(super) latest: f64,
    /// The targets.
    pub(super) on_time: f64,
    pub(super) other: f64,
    pub(super) kind: Kind,
    pub(super) then: Vec<Kind>,
}

impl Hall {
    /// The waits of everybody who is asked about, one for each day that is played; infinite where no counter
    /// serves them.
    pub(super) fn play(&self, until: Until) -> Vec<Vec<f64>> {
        let asked = self.people.iter().filter(|person| person.asked.is_some()).count();
        let mut seen = vec![Vec::with_capacity(DAYS as usize); asked];
        for day in 0..DAYS {
            let waits = self.play_once(asked, until, &mut ChaCha8Rng::seed_from_u64(day));
            seen.iter_mut().zip(waits).for_each(|(seen, wait)| seen.push(wait));
        }
        seen
    }

    fn play_once(&self, asked: usize, until: Until, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let common = self.scale.drift(rng);
        let drift: Vec<f64> = self.lengths.iter().map(|lengths| lengths.drift(common, rng)).collect();
        let mut queue: Vec<Person> = self.people.clone();
        queue.sort_by(|a, b| earlier(&a.rank, &b.rank));
        // When each counter looks for somebody: as soon as it is free, or as somebody may have come.
        let mut looks = Vec::with_capacity(self.desks.len());
        let mut is_idle = vec![false; self.desks.len()];
        for desk in &self.desks {
            looks.push(match &desk.with {
                None => 0.0,
                Some((person, lasted)) => {
                    let end = self.lengths[person.kind].rest(*lasted, drift[person.kind], rng);
                    self.following(person, end).into_iter().for_each(|next| insert(&mut queue, next));
                    end
                }
            });
        }
        let mut waits = vec![f64::INFINITY; asked];
        let mut left = asked;
        let mut comers = self.comers.iter().peekable();
        while let Some((desk, at)) = soonest(&looks, &is_idle) {
            let at = self.breaks.call_from(at);
            while let Some(comer) = comers.next_if(|comer| comer.opens() <= at) {
                self.comes(comer, rng).into_iter().for_each(|person| insert(&mut queue, person));
            }
            let gives = &self.desks[desk].gives;
            let Some(place) = queue.iter().position(|person| person.from <= at && gives[person.kind]) else {
                let coming = queue.iter().filter(|person| gives[person.kind]).map(|person| person.from);
                let opens = comers.peek().map(|comer| comer.opens());
                looks[desk] = coming.chain(opens).fold(f64::INFINITY, f64::min);
                is_idle[desk] = true;
                continue;
            };
            let person = queue.remove(place);
            let end = at + self.lengths[person.kind].draw(drift[person.kind], rng);
            (looks[desk], is_idle[desk]) = (end, false);
            let mut is_asked = person.asked;
            if let Some(mut next) = self.following(&person, end) {
                next.asked = is_asked.take_if(|asked| until == Until::CalledLast(*asked));
                // Whoever found nobody before does now.
                for other in (0..looks.len()).filter(|it| is_idle[*it] && self.desks[*it].gives[next.kind]) {
                    looks[other] = looks[other].min(end);
                }
                insert(&mut queue, next);
            }
            if let Some(asked) = is_asked {
                waits[asked] = at;
                left -= 1;
                if left == 0 || until == Until::Called(asked) || until == Until::CalledLast(asked) {
                    break;
                }
            }
        }
        waits
    }

    /// Whoever has another service in the same visit waits again.
    fn following(&self, person: &Person, end: f64) -> Option<Person> {
        let (kind, then) = person.then.split_first()?;
        let rank = match person.rank.0 {
            Group::Priority => person.rank,
            _ => (Group::Others, end + self.next[*kind], person.rank.2, person.rank.3),
        };
        Some(Person { rank, from: end, kind: *kind, then: then.to_vec(), asked: None })
    }

    fn comes(&self, comer: &Comer, rng: &mut ChaCha8Rng) -> Option<Person> {
        let from = self.comings.draw(comer.slot, (comer.earliest, comer.latest), rng)?;
        let is_late = from > comer.slot + comer.late_after;
        let by = if is_late { from + comer.other } else { comer.slot + comer.on_time };
        let rank = if self.comings.has_card(rng) {
            (Group::Priority, from, from, u128::MAX)
        } else {
            (Group::Others, by, from, u128::MAX)
        };
        Some(Person { rank, from, kind: comer.kind, then: comer.then.clone(), asked: None })
    }
}

impl Comer {
    /// When the booking can be shown for the first time.
    pub(super) fn opens(&self) -> f64 {
        self.slot + self.earliest
    }
}

fn insert(queue: &mut Vec<Person>, person: Person) {
    let place = queue.partition_point(|other| earlier(&other.rank, &person.rank).is_lt());
    queue.insert(place, person);
}

fn earlier(a: &Rank, b: &Rank) -> std::cmp::Ordering {
    let order = a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
    order.then(a.2.total_cmp(&b.2)).then(a.3.cmp(&b.3))
}

/// The counter that looks first, if any ever does: of two, the one that has been idle.
fn soonest(looks: &[f64], is_idle: &[bool]) -> Option<(usize, f64)> {
    let desks = looks.iter().copied().enumerate();
    let first = desks.min_by(|a, b| a.1.total_cmp(&b.1).then(is_idle[b.0].cmp(&is_idle[a.0])));
    first.filter(|(_, at)| at.is_finite())
}

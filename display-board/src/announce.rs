//! Whose turn it is in the large part of the screen.
//!
//! Calls come in bursts; an eye needs seconds. Each call holds the large part for [`HELD`] before the
//! next one takes it, in the order in which they were made; for less while many wait, who stand in the
//! list meanwhile. Only turns belong here: the calls themselves belong to the [`crate::state`].

use domain::VisitId;
use std::{collections::VecDeque, time::Duration, time::Instant};

/// A call keeps the large part at least so long: time to look up, find the number and read the counter.
pub const HELD: Duration = Duration::from_secs(4);

/// The least while many wait: whoever has looked for it in the list finds it in the large part as well.
pub const HELD_LEAST: Duration = Duration::from_secs(2);

/// How long a call keeps the large part while so many others wait for it.
fn held(waiting: usize) -> Duration {
    let share = HELD * 3 / u32::try_from(waiting + 2).unwrap_or(u32::MAX);
    share.clamp(HELD_LEAST, HELD)
}

/// A call is shown as new for so long, then it rests.
pub const FRESH: Duration = Duration::from_secs(8);

/// The turn of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Whose call.
    pub visit: VisitId,
    /// When it took the large part.
    pub since: Instant,
}

impl Turn {
    /// Whether the call is to be shown as new.
    pub fn is_fresh(&self, now: Instant) -> bool {
        now < self.since + FRESH
    }
}

/// The turns: one now, the others in order.
#[derive(Clone, Debug, Default)]
pub struct Announcer {
    turn: Option<Turn>,
    waiting: VecDeque<VisitId>,
}

impl Announcer {
    /// A call was made, or made again. Called again, a visit gets a turn like any other; one that still
    /// waits for its turn keeps its place, and one that has the large part begins its turn anew.
    pub fn call(&mut self, visit: VisitId, now: Instant) {
        match &mut self.turn {
            Some(turn) if turn.visit == visit => turn.since = now,
            _ if self.waiting.contains(&visit) => {}
            _ => self.waiting.push_back(visit),
        }
    }

    /// Moves on as far as `now` allows. `stands` says whether a call still waits for its visitor: one
    /// that ended before its turn is passed over, because it would send somebody to a counter where
    /// nobody is expected; one that ends during its turn leaves after [`HELD`].
    pub fn advance(&mut self, now: Instant, stands: impl Fn(VisitId) -> bool) {
        self.waiting.retain(|visit| stands(*visit));
        let held = held(self.waiting.len());
        if self.turn.is_some_and(|turn| now < turn.since + held) {
            return;
        }
        match self.waiting.pop_front() {
            Some(visit) => self.turn = Some(Turn { visit, since: now }),
            None => self.turn = self.turn.filter(|turn| stands(turn.visit)),
        }
    }

    /// Forgets everything: a new day.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Who has the large part.
    pub fn turn(&self) -> Option<Turn> {
        self.turn
    }

    /// Which place a visit has among those that wait for the large part, from 0.
    pub fn place(&self, visit: VisitId) -> Option<usize> {
        self.waiting.iter().position(|waiting| *waiting == visit)
    }

    /// When [`Announcer::advance`] or [`Turn::is_fresh`] will next say something new by time alone.
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        let turn = self.turn?;
        [turn.since + held(self.waiting.len()), turn.since + FRESH].into_iter().find(|at| *at > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn visit(n: u128) -> VisitId {
        VisitId(uuid::Uuid::from_u128(n))
    }

    fn after(start: Instant, seconds: f64) -> Instant {
        start + Duration::from_secs_f64(seconds)
    }

    /// Lets time pass in steps of what the announcer itself asks for; gives every turn with its start.
    fn turns(
        announcer: &mut Announcer,
        start: Instant,
        until: f64,
        ended: &BTreeSet<VisitId>,
    ) -> Vec<(VisitId, f64)> {
        let mut seen: Vec<(VisitId, f64)> = Vec::new();
        let mut now = start;
        loop {
            announcer.advance(now, |visit| !ended.contains(&visit));
            if let Some(turn) = announcer.turn()
                && seen.last().is_none_or(|(last, _)| *last != turn.visit)
            {
                seen.push((turn.visit, (turn.since - start).as_secs_f64()));
            }
            match announcer.next_change(now).filter(|at| *at <= after(start, until)) {
                Some(at) => now = at,
                None => return seen,
            }
        }
    }

    #[test]
    fn a_first_call_is_shown_at_once() {
        let (mut announcer, start) = (Announcer::default(), Instant::now());
        announcer.call(visit(1), start);
        announcer.advance(start, |_| true);
        assert_eq!(announcer.turn(), Some(Turn { visit: visit(1), since: start }));
        assert!(announcer.turn().unwrap().is_fresh(after(start, 7.9)));
        assert!(!announcer.turn().unwrap().is_fresh(after(start, 8.0)));
    }

    #[test]
    fn a_burst_is_shown_in_order_and_nothing_is_dropped() {
        let (mut announcer, start) = (Announcer::default(), Instant::now());
        for n in 1..=20 {
            announcer.call(visit(n), start);
        }
        let seen = turns(&mut announcer, start, 200.0, &BTreeSet::new());
        assert_eq!(
            seen.iter().map(|(visit, _)| *visit).collect::<Vec<_>>(),
            (1..=20).map(visit).collect::<Vec<_>>()
        );
        let last: Vec<f64> = seen.iter().rev().take(5).rev().map(|(_, at)| *at).collect();
        // Two seconds each while many wait, and four for the last ones.
        assert_eq!(last, [30.0, 32.0, 34.4, 37.4, 41.4]);
    }

    #[test]
    fn a_later_call_waits_only_for_the_rest_of_the_time() {
        let (mut announcer, start) = (Announcer::default(), Instant::now());
        announcer.call(visit(1), start);
        announcer.advance(start, |_| true);
        announcer.call(visit(2), after(start, 3.0));
        announcer.advance(after(start, 3.0), |_| true);
        assert_eq!(announcer.turn().unwrap().visit, visit(1));
        announcer.advance(after(start, 4.0), |_| true);
        assert_eq!(announcer.turn().unwrap().visit, visit(2));
        announcer.call(visit(3), after(start, 60.0));
        announcer.advance(after(start, 60.0), |_| true);
        assert_eq!(announcer.turn(), Some(Turn { visit: visit(3), since: after(start, 60.0) }));
    }

    #[test]
    fn a_recall_gets_a_turn_again() {
        let (mut announcer, start) = (Announcer::default(), Instant::now());
        for n in [1, 2] {
            announcer.call(visit(n), start);
        }
        assert_eq!(turns(&mut announcer, start, 20.0, &BTreeSet::new()).len(), 2);
        announcer.call(visit(1), after(start, 30.0));
        announcer.advance(after(start, 30.0), |_| true);
        assert_eq!(announcer.turn(), Some(Turn { visit: visit(1), since: after(start, 30.0) }));
        announcer.call(visit(1), after(start, 45.0));
        assert_eq!(
            announcer.turn().unwrap().since,
            after(start, 45.0),
            "a recall in its own turn is new again"
        );
    }

    #[test]
    fn a_recall_before_its_turn_keeps_its_place() {
        let (mut announcer, start) = (Announcer::default(), Instant::now());
        for n in [1, 2, 3, 2] {
            announcer.call(visit(n), start);
        }
        let seen = turns(&mut announcer, start, 60.0, &BTreeSet::new());
        assert_eq!(seen.iter().map(|(visit, _)| *visit).collect::<Vec<_>>(), [visit(1), visit(2), visit(3)]);
    }

    #[test]
    fn an_answered_call_leaves_after_its_least_time() {
        let (mut announcer, start) = (Announcer::default(), Instant::now());
        announcer.call(visit(1), start);
        announcer.advance(start, |_| true);
        announcer.advance(after(start, 1.0), |_| false);
        assert!(announcer.turn().is_some());
        announcer.advance(after(start, 4.0), |_| false);
        assert!(announcer.turn().is_none());
    }

    #[test]
    fn a_call_that_ended_before_its_turn_sends_nobody() {
        let (mut announcer, start) = (Announcer::default(), Instant::now());
        for n in [1, 2, 3] {
            announcer.call(visit(n), start);
        }
        let seen = turns(&mut announcer, start, 60.0, &BTreeSet::from([visit(2)]));
        assert_eq!(seen, [(visit(1), 0.0), (visit(3), 4.0)]);
    }
}

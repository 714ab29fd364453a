//! The breaks of a day: the stretches between two of its openings, in which nobody is called. A reception that was begun
//! before goes on into them. A site that receives people through lunch has one opening.

use crate::{Site, Time};

/// In order and apart, in seconds from now.
#[derive(Clone)]
pub(super) struct Breaks(Vec<(f64, f64)>);

impl Breaks {
    /// Those of the day of a moment.
    pub(super) fn of(site: Option<&Site>, now: Time) -> Self {
        let seconds = |time: Time| (time - now).as_seconds_f64();
        let breaks = site.into_iter().flat_map(|site| site.breaks(now));
        Self(breaks.map(|(from, to)| (seconds(from), seconds(to))).collect())
    }

    /// A moment, or the end of the break that it falls into.
    pub(super) fn call_from(&self, at: f64) -> f64 {
        self.0.iter().find(|(from, to)| (*from..*to).contains(&at)).map_or(at, |(_, to)| *to)
    }

    /// For how long people are called between now and a moment, in seconds; negative for one that is over.
    pub(super) fn worked(&self, at: f64) -> f64 {
        let (first, last) = (at.min(0.0), at.max(0.0));
        let overlap = |(from, to): &(f64, f64)| (to.min(last) - from.max(first)).max(0.0);
        at - at.signum() * self.0.iter().map(overlap).sum::<f64>()
    }

    /// When people have been called for so many seconds from now.
    pub(super) fn after(&self, worked: f64) -> f64 {
        let later = self.0.iter().filter(|(_, to)| *to > 0.0);
        later.fold(worked, |at, (from, to)| if *from <= at { at + to - from.max(0.0) } else { at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_worked_and_when_it_will_have_been_are_each_others_reverse() {
        // One break is over, one begins in a minute; then in the middle of one.
        for breaks in [Breaks(vec![(-90.0, -30.0), (60.0, 100.0)]), Breaks(vec![(-10.0, 20.0)])] {
            for worked in [0.0, 1.0, 59.0, 61.0, 500.0] {
                assert_eq!(breaks.worked(breaks.after(worked)), worked, "{worked}");
            }
        }
    }

    #[test]
    fn nothing_is_worked_in_a_break() {
        let breaks = Breaks(vec![(-90.0, -30.0), (60.0, 100.0)]);
        assert_eq!(
            [-120.0, -60.0, -10.0, 80.0, 110.0].map(|at| breaks.worked(at)),
            [-60.0, -30.0, -10.0, 60.0, 70.0]
        );
        assert_eq!([59.0, 60.0, 99.0, 100.0].map(|at| breaks.call_from(at)), [59.0, 100.0, 100.0, 100.0]);
    }
}

//! Whether the range that people are told holds their wait, and how wide it is.

use domain::{Branch, Time, Visit, forecast::WaitRange};

/// What somebody was told with the ticket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Whose: the place among those who got a ticket.
    pub visitor: usize,
    /// How many were before them, of those that the same counters serve.
    pub position: usize,
    /// The range; `None` if nobody could tell.
    pub range: Option<WaitRange>,
    /// Before it is rounded: from, middle and to, in seconds.
    pub exact: Option<(f64, f64, f64)>,
}

pub(super) fn told(branch: &Branch, visit: &Visit, visitor: usize, now: Time) -> Told {
    let wait = branch.wait_of(visit, now);
    Told {
        visitor,
        position: position(branch, visit, now),
        range: wait.map(|wait| wait.range()),
        exact: wait.map(|wait| (wait.low, wait.middle, wait.high)),
    }
}

fn position(branch: &Branch, visit: &Visit, now: Time) -> usize {
    let Some(site) = &branch.site else { return 0 };
    let rank = branch.rank(visit);
    let shares = |other: &Visit| {
        site.counters.keys().any(|counter| {
            site.can_serve(*counter, &visit.service) && site.can_serve(*counter, &other.service)
        })
    };
    branch.waiting(now).filter(|other| branch.rank(other) < rank && shares(other)).count()
}

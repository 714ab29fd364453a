//! How often people may try to sign in. In memory, and bounded by its own rule.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Over how long attempts are counted.
const WINDOW: Duration = Duration::from_secs(30);
/// Attempts with one name within the window.
const PER_NAME_MAX: usize = 10;
/// Attempts with any name within the window. Enough for a whole staff in the morning; it bounds the
/// work of checking passwords and the memory of this list, but does not let one prankster lock out all.
const ALL_MAX: usize = 120;

/// The attempts that have not succeeded, oldest first.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<VecDeque<(Instant, String)>>);

impl Attempts {
    /// Counts an attempt before its password is checked, so that many at once count as many.
    ///
    /// # Errors
    /// How long to wait, if there were too many.
    pub(super) fn begin(&self, name: &str, now: Instant) -> Result<(), Duration> {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while attempts.front().is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            attempts.pop_front();
        }
        let same = || attempts.iter().filter(|(_, known)| known == name);
        let oldest = if same().count() >= PER_NAME_MAX {
            same().next()
        } else if attempts.len() >= ALL_MAX {
            attempts.front()
        } else {
            None
        };
        match oldest {
            Some((at, _)) => Err(WINDOW.saturating_sub(now.duration_since(*at))),
            None => {
                attempts.push_back((now, name.to_owned()));
                Ok(())
            }
        }
    }

    /// Forgets the attempts of a name: it was the right person.
    pub(super) fn succeeded(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(_, known)| known != name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_of_a_name_make_it_wait_and_no_other() {
        let attempts = Attempts::default();
        let start = Instant::now();
        for second in 0..10 {
            attempts.begin("nadia", start + Duration::from_secs(second)).unwrap();
        }
        let later = start + Duration::from_secs(12);
        assert_eq!(attempts.begin("nadia", later), Err(Duration::from_secs(18)));
        attempts.begin("paul", later).unwrap();
        attempts.begin("nadia", start + WINDOW).unwrap();
    }

    #[test]
    fn a_success_wipes_the_slate() {
        let attempts = Attempts::default();
        let now = Instant::now();
        (0..9).for_each(|_| attempts.begin("nadia", now).unwrap());
        attempts.succeeded("nadia");
        (0..10).for_each(|_| attempts.begin("nadia", now).unwrap());
        assert!(attempts.begin("nadia", now).is_err());
    }

    #[test]
    fn names_that_are_made_up_do_not_fill_the_memory() {
        let attempts = Attempts::default();
        let now = Instant::now();
        let let_through = (0..10_000).filter(|n| attempts.begin(&n.to_string(), now).is_ok()).count();
        assert_eq!(let_through, ALL_MAX);
    }
}

//! How often people may try to sign in, and devices to be enrolled. In memory, and bounded by its own rule.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Over how long attempts are counted.
const WINDOW: Duration = Duration::from_secs(30);
/// Attempts with one name, or one code after the other, from one address within the window.
const PER_NAME_MAX: usize = 10;
/// Attempts from one address within the window: enough for a whole staff behind one proxy in the morning.
/// One prankster locks out nobody but those who share the prankster's address.
const PER_ADDRESS_MAX: usize = 120;

/// The attempts that have not succeeded, by address, the oldest first. An address leaves the list when
/// its last attempt is older than the window, so the list is as short as the window.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<IpAddr, VecDeque<(Instant, String)>>>);

impl Attempts {
    /// Counts an attempt before its password is checked, so that many at once count as many.
    ///
    /// # Errors
    /// How long to wait, if there were too many.
    pub fn begin(&self, from: IpAddr, name: &str, now: Instant) -> Result<(), Duration> {
        let is_old = |at: &Instant| now.duration_since(*at) >= WINDOW;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, attempts| attempts.back().is_some_and(|(at, _)| !is_old(at)));
        let attempts = known.entry(from).or_default();
        while attempts.front().is_some_and(|(at, _)| is_old(at)) {
            attempts.pop_front();
        }
        let same = || attempts.iter().filter(|(_, known)| known == name);
        let oldest = if same().count() >= PER_NAME_MAX {
            same().next()
        } else if attempts.len() >= PER_ADDRESS_MAX {
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

    /// Forgets the attempts with a name from an address: it was the right person.
    pub fn succeeded(&self, from: IpAddr, name: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(attempts) = known.get_mut(&from) {
            attempts.retain(|(_, known)| known != name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const DESK: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const HALL: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn ten_failures_of_a_name_make_it_wait_and_no_other() {
        let attempts = Attempts::default();
        let start = Instant::now();
        for second in 0..10 {
            attempts.begin(DESK, "nadia", start + Duration::from_secs(second)).unwrap();
        }
        let later = start + Duration::from_secs(12);
        assert_eq!(attempts.begin(DESK, "nadia", later), Err(Duration::from_secs(18)));
        attempts.begin(DESK, "paul", later).unwrap();
        attempts.begin(HALL, "nadia", later).unwrap();
        attempts.begin(DESK, "nadia", start + WINDOW).unwrap();
    }

    #[test]
    fn a_success_wipes_the_slate() {
        let attempts = Attempts::default();
        let now = Instant::now();
        (0..9).for_each(|_| attempts.begin(DESK, "nadia", now).unwrap());
        attempts.succeeded(DESK, "nadia");
        (0..10).for_each(|_| attempts.begin(DESK, "nadia", now).unwrap());
        assert!(attempts.begin(DESK, "nadia", now).is_err());
    }

    #[test]
    fn names_that_are_made_up_stop_their_own_address_only() {
        let attempts = Attempts::default();
        let now = Instant::now();
        let let_through = (0..10_000).filter(|n| attempts.begin(HALL, &n.to_string(), now).is_ok()).count();
        assert_eq!(let_through, PER_ADDRESS_MAX);
        attempts.begin(DESK, "nadia", now).unwrap();
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let attempts = Attempts::default();
        let start = Instant::now();
        for host in 0..200 {
            attempts.begin(Ipv4Addr::new(10, 0, 0, host).into(), "nadia", start).unwrap();
        }
        attempts.begin(DESK, "nadia", start + WINDOW).unwrap();
        assert_eq!(attempts.0.lock().unwrap().len(), 1);
    }
}

//! The operator's PIN: which may be one, how it is kept, and how long to wait after wrong ones.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::{fmt, time::Duration};

/// How many digits a PIN has at least.
pub const DIGITS_MIN: usize = 6;
/// And at most.
pub const DIGITS_MAX: usize = 12;

/// So many wrong ones are mistakes.
const MISTAKES: u32 = 5;
/// How long to wait after one more; twice as long after each other.
const PAUSE: Duration = Duration::from_secs(30);
/// Nobody waits longer: a day has time for fewer than a hundred attempts at a million PINs.
const PAUSE_MAX: Duration = Duration::from_secs(15 * 60);

/// What is typed. Never shown in a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pin(pub String);

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// Why something cannot be a PIN.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitPin {
    /// Nothing but digits can be typed at the kiosk, and a short one is soon found.
    #[error("a PIN is {DIGITS_MIN} to {DIGITS_MAX} digits")]
    Digits,
    /// It is the first that anybody would try.
    #[error("this PIN is too easy: do not repeat one digit, and do not count up or down")]
    Easy,
}

impl Pin {
    /// Whether it is good enough to be chosen.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), UnfitPin> {
        let digits = self.0.as_bytes();
        let is_long_enough = (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len());
        if !is_long_enough || !digits.iter().all(u8::is_ascii_digit) {
            return Err(UnfitPin::Digits);
        }
        let steps = || digits.windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0]));
        let first = steps().next().unwrap_or_default();
        let is_easy = (-1..=1).contains(&first) && steps().all(|step| step == first);
        if is_easy { Err(UnfitPin::Easy) } else { Ok(()) }
    }

    /// How it is kept: argon2id, as a PHC string.
    ///
    /// # Errors
    /// If it cannot be hashed.
    pub fn hash(&self) -> Result<String, argon2::password_hash::Error> {
        Ok(Argon2::default().hash_password(self.0.as_bytes())?.to_string())
    }

    /// Whether it is the one that was kept so.
    pub fn is(&self, hash: &str) -> bool {
        // The parameters come from the stored string.
        PasswordHash::new(hash)
            .is_ok_and(|kept| Argon2::default().verify_password(self.0.as_bytes(), &kept).is_ok())
    }
}

/// How long nobody can try again after so many wrong ones.
pub fn pause_after(failures: u32) -> Duration {
    match failures.checked_sub(MISTAKES) {
        None => Duration::ZERO,
        Some(more) => PAUSE.saturating_mul(2_u32.saturating_pow(more)).min(PAUSE_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(digits: &str) -> Pin {
        Pin(digits.to_owned())
    }

    #[test]
    fn a_pin_is_recognised_and_no_other() {
        let hash = pin("274951").hash().unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(pin("274951").is(&hash));
        assert!(!pin("274952").is(&hash) && !pin("").is(&hash));
    }

    #[test]
    fn a_pin_is_long_enough_and_not_the_first_that_anybody_tries() {
        assert_eq!(pin("274951").check(), Ok(()));
        for digits in ["27495", "2749513333333", "27495a", ""] {
            assert_eq!(pin(digits).check(), Err(UnfitPin::Digits), "{digits}");
        }
        for digits in ["000000", "123456", "987654"] {
            assert_eq!(pin(digits).check(), Err(UnfitPin::Easy), "{digits}");
        }
    }

    #[test]
    fn whoever_tries_many_waits_ever_longer() {
        let seconds = |failures| pause_after(failures).as_secs();
        assert_eq!([4, 5, 6, 7, 50].map(seconds), [0, 30, 60, 120, 900]);
    }
}

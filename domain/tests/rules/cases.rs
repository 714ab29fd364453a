//! How many cases properties are tried on, and how to see the same ones again.

use proptest::{prelude::ProptestConfig, test_runner::RngSeed};
use std::{
    hash::{BuildHasher, RandomState},
    ops::RangeInclusive,
};

/// As many cases as GUICHET_CASES says, or else `cases`; the same ones again with the GUICHET_SEED that is printed when
/// one fails. `bin/test-rules` tries many more.
pub fn config(cases: u32) -> ProptestConfig {
    let number = |name: &str, range| {
        let text = std::env::var(name).ok()?;
        Some(asked_for(name, &text, range).unwrap_or_else(|why| panic!("{why}")))
    };
    let seed = number("GUICHET_SEED", 0..=u64::MAX).unwrap_or_else(|| RandomState::new().hash_one(0));
    let cases = number("GUICHET_CASES", 1..=u32::MAX.into())
        .and_then(|cases| u32::try_from(cases).ok())
        .unwrap_or(cases);
    println!(
        "to see these cases again: GUICHET_SEED={seed} GUICHET_CASES={cases} cargo test -p {} --test {}",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_CRATE_NAME"),
    );
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A number that somebody asks for, or what is wrong with it: a run that tries something else, or nothing, looks green.
fn asked_for(name: &str, text: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("{name}={text}: a number from {} to {}", range.start(), range.end()))
}

#[test]
fn a_seed_or_a_number_of_cases_that_cannot_be_is_said_in_words() {
    let seed = asked_for("GUICHET_SEED", "xyz", 0..=u64::MAX);
    assert_eq!(seed.unwrap_err(), "GUICHET_SEED=xyz: a number from 0 to 18446744073709551615");
    for cases in ["0", "-5", "", "5000000000"] {
        assert!(asked_for("GUICHET_CASES", cases, 1..=u32::MAX.into()).is_err(), "{cases}");
    }
    assert_eq!(asked_for("GUICHET_CASES", "5", 1..=u32::MAX.into()), Ok(5));
}

//! Days in a hall, played from seeds: everything goes wrong, and in the end everybody knows the same.
//!
//! `GUICHET_SEED=42` plays one day again; with `GUICHET_TRACE=1` it tells everything that happened.

use e2e::simulation::{Counts, Plan, play, play_each};

/// So many days are played with every run of the tests; `bin/prove simulate` plays ten thousand.
const DAYS: u64 = 120;

fn asked_for() -> Option<u64> {
    std::env::var("GUICHET_SEED").ok()?.parse().ok()
}

#[test]
fn whatever_goes_wrong_everybody_knows_the_same_in_the_end() {
    if let Some(seed) = asked_for() {
        let played =
            play(seed, Plan::drawn(seed)).unwrap_or_else(|fault| panic!("GUICHET_SEED={seed}: {fault:#}"));
        println!("seed={seed} {played:?}");
        return;
    }
    let tally = play_each(0..DAYS, Plan::drawn, |faults| faults > 0);
    println!("days={} {:?}", tally.days, tally.counts);
    if let Some((seed, fault)) = tally.faults.first() {
        panic!("play it again with GUICHET_SEED={seed}: {fault}");
    }
    let Counts { tickets, full, restored, served_before, .. } = tally.counts;
    assert!(tickets > 10 * DAYS as usize, "too little happened");
    assert!(full > 0 && restored > 0 && served_before > 0, "some faults never came");
}

#[test]
fn the_same_seed_plays_the_same_day() {
    for seed in [3, 17, 171] {
        let fingerprints = [(); 2].map(|()| play(seed, Plan::drawn(seed)).map(|played| played.fingerprint));
        let [Ok(first), Ok(second)] = fingerprints else { panic!("seed {seed}: {fingerprints:?}") };
        assert_eq!(first, second, "seed {seed}");
    }
}

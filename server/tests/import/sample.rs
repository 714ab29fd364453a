//! The committed sample: what the generator writes, and what the import reads.

use crate::{lille, parse, sample_path};
use chrono::NaiveDate;
use server::sample_day::{Options, SampleDay};
use std::{collections::BTreeMap, fs};

/// The seed of the committed sample: the department's number.
const SEED: u64 = 59;
const NAME: &str = "lille-2026-11-23.csv";

fn day(seed: u64) -> SampleDay {
    SampleDay::generate(seed, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(), &Options::default())
}

#[test]
fn the_committed_sample_is_what_its_seed_makes() {
    let made = day(SEED).to_csv();
    let committed = fs::read(sample_path(NAME)).unwrap();
    assert!(
        made == committed,
        "samples/{NAME} is not what the generator makes: run \
         `guichet-server sample-day --seed {SEED} --date 2026-11-23 --out samples/{NAME}`"
    );
}

#[test]
fn the_sample_loads_without_a_fault_and_says_what_was_made() {
    let parsed = parse(fs::read(sample_path(NAME)).unwrap());
    assert_eq!(parsed.faults, []);
    let (site, _) = lille();
    let made = day(SEED);
    assert_eq!(parsed.bookings.len(), made.bookings.len());
    for (read, made) in parsed.bookings.iter().zip(&made.bookings) {
        assert_eq!(read.person.reference, made.reference);
        assert_eq!(site.local(read.booking.slot).naive_local(), made.slot);
        assert_eq!(
            (read.booking.service.as_str(), read.booking.party.applicants),
            (made.service, made.party)
        );
        assert_eq!(read.person.last_name.as_deref(), Some(made.last_name));
    }
}

#[test]
fn the_sample_fits_the_site_that_the_repository_ships() {
    let (site, _) = lille();
    let day = day(SEED);
    for walk_in in &day.walk_ins {
        let service = &site.services[&domain::ServiceId::new(walk_in.service)];
        assert!(service.walk_in.is_some(), "{} takes nobody without a booking", walk_in.service);
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    day.walk_ins.iter().for_each(|walk_in| *counts.entry(walk_in.service).or_default() += 1);
    for (code, count) in counts {
        let limit = site.services[&domain::ServiceId::new(code)].walk_in.as_ref().unwrap().daily_limit;
        assert!(limit.is_none_or(|limit| limit as usize >= count), "{count} of {code} are over the limit");
    }
}

#[test]
fn nobody_in_the_sample_can_be_reached() {
    for line in String::from_utf8(day(SEED).to_csv()).unwrap().lines().skip(1) {
        let fields: Vec<&str> = line.split(';').collect();
        assert!(fields[6].starts_with("06 39 98 "), "{line}");
        assert!(fields[7].is_ascii() && fields[7].ends_with("@example.org"), "{line}");
    }
}

//! After a restore: what is still to come, and of whom only staff can tell whether they are here.

use super::{Moment, moment, numbers, service};
use crate::console::words::{Words, clock, fill};
use domain::{Branch, Doubt, Site, Visit};

/// How many are shown one by one.
const SHOWN: usize = 12;

/// What agents should know and can settle.
#[derive(Debug)]
pub(in crate::console) struct Doubts {
    /// What happened, and which devices are still waited for.
    pub told: Vec<String>,
    /// Those of whom nobody knows whether they still wait, by arrival.
    pub rows: Vec<Row>,
    /// How many there are in all.
    pub count: usize,
    /// Those who are not shown one by one.
    pub more: usize,
}

/// Somebody who may be here or not.
#[derive(Debug)]
pub(in crate::console) struct Row {
    /// One of their numbers.
    pub number: String,
    /// All of them.
    pub numbers: String,
    /// What for.
    pub service: String,
    /// When they came.
    pub arrival: Moment,
    /// Why nobody knows.
    pub why: String,
}

/// `None` if nobody is in doubt and nothing is to come.
pub(super) fn doubts(branch: &Branch, site: &Site, words: &Words) -> Option<Doubts> {
    let in_doubt = branch.in_doubt();
    let told = told(branch, site, words);
    if in_doubt.is_empty() && told.is_empty() {
        return None;
    }
    let row = |visit: &&Visit| {
        Some(Row {
            number: visit.numbers.first()?.to_string(),
            numbers: numbers(visit),
            service: service(branch, visit, words),
            arrival: moment(visit.arrival, site),
            why: why(visit.doubt?, site, words),
        })
    };
    let rows: Vec<Row> = in_doubt.iter().take(SHOWN).filter_map(row).collect();
    Some(Doubts { told, count: in_doubt.len(), more: in_doubt.len() - rows.len(), rows })
}

/// That the log recovers, and what is waited for.
pub(in crate::console) fn told(branch: &Branch, site: &Site, words: &Words) -> Vec<String> {
    let Some(recovery) = &branch.recovery else { return Vec::new() };
    let names: Vec<&str> = recovery.awaited.values().map(|device| device.name.as_str()).collect();
    let awaited = (!names.is_empty()).then(|| fill(words.awaited, "names", names.join(", ")));
    std::iter::once(fill(words.restored, "time", clock(recovery.since, site))).chain(awaited).collect()
}

fn why(doubt: Doubt, site: &Site, words: &Words) -> String {
    match doubt {
        Doubt::Restored => words.perhaps_received.into(),
        Doubt::Called { counter, at } => {
            fill(&fill(words.seen_called, "counter", counter), "time", clock(at, site))
        }
    }
}

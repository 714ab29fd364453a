//! How fast the rules are in a hall that is full: `cargo bench -p server --bench queue`.
//!
//! The days are those of `guichet-server replay`: Lille's, and the stress day of 2,500 visitors at 60 counters.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use chrono::NaiveDate;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use domain::{Actor, Branch, Command, Context, CounterId, Recorded, ServiceId, Site, SiteId, Time, decide};
use server::{
    config::Config,
    replay::{
        Day, Policy,
        day::{as_one_pool, with_counters},
        play,
        play::agent,
    },
    sample_day::{Options, SampleDay},
};
use std::{hint::black_box, path::Path};
use uuid::Uuid;

const DATE: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();

fn lille() -> Site {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/lille.toml"));
    let id = SiteId::new("lille");
    Config::load(path).unwrap().sites[&id].to_site(&id)
}

/// The log of a day, played under our order.
fn log(counters: u16, options: &Options) -> Vec<Recorded> {
    let site = as_one_pool(&with_counters(&lille(), counters));
    let day = Day::generated(&site, &SampleDay::generate(1, DATE, options));
    play(&day, &Policy::shipped()[0], false).log
}

fn folded(log: &[Recorded]) -> Branch {
    let mut branch = Branch::default();
    log.iter().for_each(|recorded| branch.apply(recorded));
    branch
}

/// A stress day at whose single counter so many wait, of all services.
fn crowded(waiting: usize) -> (Branch, Time) {
    let site = as_one_pool(&with_counters(&lille(), 1));
    let sample = SampleDay::generate(1, DATE, &Options::for_visitors(4000));
    let mut branch = Branch::default();
    let played = play(&Day::generated(&site, &sample), &Policy::shipped()[0], false);
    for recorded in &played.log {
        branch.apply(recorded);
        let is_free =
            branch.counters.contains_key(&CounterId(1)) && branch.at_counter(CounterId(1)).is_none();
        if is_free && branch.waiting(recorded.at).count() >= waiting {
            return (branch, recorded.at);
        }
    }
    panic!("never so many");
}

fn rules(criterion: &mut Criterion) {
    let (branch, now) = crowded(1000);
    let context = Context { now, actor: agent(CounterId(1)), new_id: Uuid::from_u128(1) };
    let waiting = branch.waiting(now).count();
    criterion.bench_function(&format!("decide: call next, {waiting} waiting"), |bencher| {
        bencher.iter(|| decide(black_box(&branch), &Command::CallNext(CounterId(1)), &context).unwrap());
    });
    let context = Context { actor: Actor::System, ..context };
    criterion.bench_function("decide: nothing but time, the same hall", |bencher| {
        bencher.iter(|| decide(black_box(&branch), &Command::Tick, &context).unwrap());
    });
    let stress = log(60, &Options::for_visitors(2500));
    criterion.bench_function(&format!("fold a stress day, {} events", stress.len()), |bencher| {
        bencher.iter_batched(|| (), |()| folded(black_box(&stress)), BatchSize::PerIteration);
    });
}

/// At half past ten, when most wait.
fn at_half_past_ten(log: &[Recorded]) -> (Branch, Time) {
    let now: Time = "2026-11-23T09:30:00Z".parse().unwrap();
    (folded(&log.iter().filter(|recorded| recorded.at < now).cloned().collect::<Vec<_>>()), now)
}

fn forecasts(criterion: &mut Criterion) {
    for (name, counters, options) in
        [("Lille, 14 counters", 14, Options::default()), ("stress day", 60, Options::for_visitors(2500))]
    {
        let (branch, now) = at_half_past_ten(&log(counters, &options));
        let waiting = branch.waiting(now).count();
        let service = ServiceId::new("INFO");
        criterion.bench_function(&format!("wait of the next, {name}, {waiting} waiting"), |bencher| {
            bencher.iter(|| black_box(&branch).wait_for(&service, now).unwrap());
        });
        criterion.bench_function(&format!("waits of all, {name}, {waiting} waiting"), |bencher| {
            bencher.iter(|| black_box(&branch).waits(now));
        });
    }
}

criterion_group!(queue, rules, forecasts);
criterion_main!(queue);

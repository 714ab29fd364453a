//! `guichet-server replay`

use super::{
    day::{self, Day},
    forecasts::Accuracy,
    measures::Measures,
    play::{Played, play},
    policy::Policy,
    recorded::Book,
    report::{self, Row},
};
use crate::{
    config::Config,
    sample_day::{Options, SampleDay},
    store::{self, OpenError, StoreError},
};
use chrono::NaiveDate;
use domain::{ServiceDay, Site, SiteId};
use std::{
    fmt::Write,
    num::NonZero,
    path::{Path, PathBuf},
};

/// What to replay.
#[derive(Clone, Debug, clap::Args)]
pub struct Asked {
    /// Which day: of the log, or for which days are made.
    #[arg(long)]
    pub day: NaiveDate,
    /// A file that says in which order people are called (see samples/policies). Several can be given; without any,
    /// all that come with the program are compared.
    #[arg(long)]
    pub policy: Vec<PathBuf>,
    /// Which site; not needed where there is only one.
    #[arg(long)]
    pub site: Option<String>,
    /// Instead of the log: this many days that are made, from the seeds 1, 2, …
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub seeds: Option<u64>,
    /// The first seed.
    #[arg(long, default_value_t = 1, requires = "seeds")]
    pub first_seed: u64,
    /// How many of the site's counters have an agent; more than it has are added in its proportions.
    #[arg(long, requires = "seeds", value_parser = clap::value_parser!(u16).range(1..=999))]
    pub counters: Option<u16>,
    /// How many people come to a day that is made, about.
    #[arg(long, requires = "seeds", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub visitors: Option<u32>,
    /// As if every counter gave every service.
    #[arg(long, requires = "seeds")]
    pub one_pool: bool,
    /// As if the minutes that the site is configured with were wrong by this factor: what the ranges make of it.
    #[arg(long, requires = "seeds", value_name = "FACTOR", value_parser = factor)]
    pub minutes_off: Option<f64>,
    /// Also tell how well expected waits would have been told, under the first policy.
    #[arg(long)]
    pub forecasts: bool,
}

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (0.1..=10.0).contains(factor));
    factor.ok_or_else(|| "a number from 0.1 to 10".to_owned())
}

/// Why nothing can be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// No such site.
    #[error("there is no site `{0}`: the configuration has {1}")]
    UnknownSite(String, String),
    /// Several sites, and none named.
    #[error("say which site with --site: the configuration has {0}")]
    WhichSite(String),
    /// A policy cannot be used.
    #[error("{path}: {reason}")]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Days cannot be made for a date on which nobody is received.
    #[error("{site} is closed on {day}: nobody comes on such a day, so give one on which it is open")]
    Closed {
        /// Where.
        site: SiteId,
        /// When.
        day: NaiveDate,
    },
    /// There are no such seeds.
    #[error("there are no {seeds} seeds from {first} on: the last is {last}", last = u64::MAX)]
    NoSeeds {
        /// How many.
        seeds: u64,
        /// From which on.
        first: u64,
    },
    /// The database cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is nothing to replay.
    #[error(
        "nobody took a ticket at {site} on {day}, as far as {database} knows; --seeds makes days instead of reading the log"
    )]
    NoDay {
        /// Where.
        site: SiteId,
        /// When.
        day: NaiveDate,
        /// Which file was read.
        database: PathBuf,
    },
}

/// Replays what is asked and says what came of it, as text with tables.
///
/// # Errors
/// If the site, a policy or the day is not there.
pub fn replay(config: &Config, asked: &Asked) -> Result<String, ReplayError> {
    let site = site(config, asked.site.as_deref())?;
    let policies = policies(&asked.policy)?;
    let days = match asked.seeds {
        Some(seeds) => made(&site, asked, seeds)?,
        None => vec![from_the_log(config, &site.id, asked.day)?],
    };
    let mut rows = Vec::new();
    let mut accuracy = None;
    for (place, policy) in policies.iter().enumerate() {
        let with_forecasts = asked.forecasts && place == 0;
        let played = play_all(&days, policy, with_forecasts);
        accuracy = accuracy.or(with_forecasts.then(|| Accuracy::of(&played)));
        rows.push(Row { policy: policy.name.clone(), measures: Measures::of(&played) });
    }
    let mut text = heading(&days, asked);
    let _ = writeln!(
        text,
        "Waits in minutes: of those on time from the slot or the arrival, whichever is later; of the others from the arrival.\n"
    );
    let tables =
        [report::overview(&rows), report::from_slot(&rows), report::by_class(&rows), report::counters(&rows)];
    text.push_str(&tables.join("\n"));
    if rows.iter().any(|row| row.measures.refused > 0) {
        text.push_str(
            "\nSome of what was asked was refused: these days were not played as they should have been.\n",
        );
    }
    if let Some(accuracy) = &accuracy {
        let _ = write!(text, "\nExpected waits, told with the ticket:\n\n{}", report::forecasts(accuracy));
    }
    Ok(text)
}

fn heading(days: &[Day], asked: &Asked) -> String {
    let people = days.iter().map(|day| day.visitors.len()).sum::<usize>() / days.len().max(1);
    let mut counters: Vec<_> = days.iter().flat_map(|day| &day.shifts).map(|shift| shift.counter).collect();
    counters.sort();
    counters.dedup();
    let (count, pool) = (counters.len(), if asked.one_pool { " in one pool" } else { "" });
    match asked.seeds {
        Some(1) => {
            format!("A day made from seed {}: {count} counters{pool}, {people} visitors.\n", asked.first_seed)
        }
        Some(seeds) => format!(
            "{seeds} days made from seeds {} to {}: {count} counters{pool}, about {people} visitors a day.\n",
            asked.first_seed,
            asked.first_seed + (seeds - 1)
        ),
        None => format!("{}: {count} counters, {people} visitors.\n", asked.day),
    }
}

fn site(config: &Config, code: Option<&str>) -> Result<Site, ReplayError> {
    let known = || config.sites.keys().map(SiteId::as_str).collect::<Vec<_>>().join(", ");
    let id = match (code, config.sites.keys().next()) {
        (Some(code), _) => SiteId::new(code),
        (None, Some(only)) if config.sites.len() == 1 => only.clone(),
        (None, _) => return Err(ReplayError::WhichSite(known())),
    };
    let site = config.sites.get(&id).map(|site| site.to_site(&id));
    site.ok_or_else(|| ReplayError::UnknownSite(id.to_string(), known()))
}

fn policies(files: &[PathBuf]) -> Result<Vec<Policy>, ReplayError> {
    if files.is_empty() {
        return Ok(Policy::shipped());
    }
    files.iter().map(|path| policy(path)).collect()
}

fn policy(path: &Path) -> Result<Policy, ReplayError> {
    let failed = |reason: String| ReplayError::Policy { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    Policy::read(&text).map_err(failed)
}

fn made(site: &Site, asked: &Asked, seeds: u64) -> Result<Vec<Day>, ReplayError> {
    let (first, date) = (asked.first_seed, asked.day);
    if site.hours.on(date).is_empty() {
        return Err(ReplayError::Closed { site: site.id.clone(), day: date });
    }
    let last = first.checked_add(seeds - 1).ok_or(ReplayError::NoSeeds { seeds, first })?;
    let options = asked.visitors.map_or_else(Options::default, Options::for_visitors);
    let count = asked.counters.unwrap_or(u16::try_from(site.counters.len()).unwrap_or(u16::MAX));
    let mut site = day::with_counters(site, count);
    if asked.one_pool {
        site = day::as_one_pool(&site);
    }
    if let Some(factor) = asked.minutes_off {
        site = day::with_minutes_off(&site, factor);
    }
    let made = |seed| Day::generated(&site, &SampleDay::generate(seed, date, &options));
    Ok((first..=last).map(made).collect())
}

fn from_the_log(config: &Config, site: &SiteId, day: NaiveDate) -> Result<Day, ReplayError> {
    let database = config.database();
    let none = || ReplayError::NoDay { site: site.clone(), day, database: database.clone() };
    if crate::check::has_no_database(config) {
        return Err(none());
    }
    let db = store::open_to_examine(&database, true)?;
    let mut book = Book::new(ServiceDay(day));
    store::log::each(&db, site, |stored| stored.envelope.open().iter().for_each(|event| book.note(event)))?;
    book.close().ok_or_else(none)
}

/// Plays each day, on as many processors as there are. The logs are not kept: a hundred of them fill the memory.
pub fn play_all(days: &[Day], policy: &Policy, forecasts: bool) -> Vec<Played> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = days.len().div_ceil(processors).max(1);
    let play_share = |days: &[Day]| -> Vec<Played> {
        days.iter().map(|day| Played { log: Vec::new(), ..play(day, policy, forecasts) }).collect()
    };
    std::thread::scope(|scope| {
        let play_share = &play_share;
        let threads: Vec<_> = days.chunks(share).map(|days| scope.spawn(move || play_share(days))).collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(played) => played,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    })
}

//! What to show, as plain data: a pure function of the state and the time. Words belong to the
//! screens' catalogues, looks to `board-ui`.

use crate::state::{Link, State};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use domain::{
    Language, VisitId,
    board::{Call, CallState},
};
use std::time::{Duration, Instant};

/// A call that is older says nothing to anybody in the room: it was made yesterday and the server
/// could not say so yet.
const CALL_AGE_MAX: TimeDelta = TimeDelta::hours(12);

/// The most calls of the list. More fit on no screen.
const ROWS_MAX: usize = 10;

/// Everything on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewModel {
    /// The site's name; empty before the server said it.
    pub site: String,
    /// The time of day at the site, `10:42`.
    pub clock: String,
    /// The day at the site, in words.
    pub date: String,
    /// The call that fills the screen; none when nobody is called.
    pub hero: Option<Hero>,
    /// The other calls: those that wait for the large part in their order, then whoever is expected, then the
    /// past ones, newest first.
    pub rows: Vec<Row>,
    /// Whether all that can be believed.
    pub sign: Sign,
}

/// The call in the large part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hero {
    /// All the numbers of the party.
    pub numbers: Vec<String>,
    /// Where to.
    pub counter: String,
    /// It was called before.
    pub again: bool,
    /// It is new and wants to be seen.
    pub fresh: bool,
}

/// A call in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// All the numbers of the party.
    pub numbers: Vec<String>,
    /// Where to.
    pub counter: String,
    /// Whether anybody is expected there.
    pub standing: Standing,
}

/// How a call of the list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Somebody is expected at the counter.
    Called,
    /// Likewise, and they were called before.
    CalledAgain,
    /// It is over.
    Past,
    /// The counter took it back: whoever it was waits on, and did not miss it.
    Withdrawn,
}

/// What the screen says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Nothing: all is well.
    None,
    /// What is shown was true at this time of day.
    Since(String),
    /// Nothing is known at all.
    NotConnected,
    /// The server refuses this board.
    Refused,
}

/// What to show at `now`, with the date in `language`.
pub fn view(state: &State, language: &Language, now: Instant) -> ViewModel {
    let zone = zone(state);
    let time = state.clock.time(now);
    let calls: Vec<&Call> = state
        .known
        .iter()
        .flat_map(|known| &known.board.calls)
        .filter(|call| time - call.at < CALL_AGE_MAX)
        .collect();
    let hero = hero(state, &calls, now);
    let mut rows: Vec<&Call> = calls
        .iter()
        .filter(|call| hero.as_ref().is_none_or(|(visit, _)| *visit != call.visit))
        .copied()
        .collect();
    // In a burst those come first whom the large part has not shown yet: a list is never long enough for
    // all. Stable: the newest of each kind stays first.
    rows.sort_by_key(|call| match state.announcer.place(call.visit) {
        Some(place) => (0, place),
        None if call.state == CallState::Calling => (1, 0),
        None => (2, 0),
    });
    ViewModel {
        site: state
            .known
            .as_ref()
            .map(|known| known.name.get(language.as_str()).to_owned())
            .unwrap_or_default(),
        clock: time_of_day(time, zone),
        date: presentation::format::date(time.with_timezone(&zone).date_naive(), language),
        rows: rows.into_iter().take(ROWS_MAX).map(row).collect(),
        hero: hero.map(|(_, hero)| hero),
        sign: sign(state, zone, now),
    }
}

/// How long [`view`] stays the same if nothing happens.
pub fn unchanged_for(state: &State, now: Instant) -> Duration {
    let time = state.clock.time(now);
    let of_minute = Duration::new(u64::from(time.second()), time.nanosecond() % 1_000_000_000);
    let minute = Duration::from_secs(60).saturating_sub(of_minute);
    state.next_change(now).map_or(minute, |at| minute.min(at.saturating_duration_since(now)))
}

/// The call whose turn it is, or else the newest that still waits for its visitor.
fn hero(state: &State, calls: &[&Call], now: Instant) -> Option<(VisitId, Hero)> {
    let turn = state.announcer.turn();
    // An answered call keeps its least time; one that was taken back sends nobody anywhere any more.
    let is_turn = |call: &&&Call| {
        turn.is_some_and(|turn| call.visit == turn.visit) && call.state != CallState::Withdrawn
    };
    let of_turn = calls.iter().find(is_turn);
    let call = of_turn.or_else(|| calls.iter().find(|call| call.state == CallState::Calling))?;
    let fresh = of_turn.is_some() && turn.is_some_and(|turn| turn.is_fresh(now));
    let hero =
        Hero { numbers: numbers(call), counter: call.counter.to_string(), again: call.times > 1, fresh };
    Some((call.visit, hero))
}

fn row(call: &Call) -> Row {
    Row {
        numbers: numbers(call),
        counter: call.counter.to_string(),
        standing: match call.state {
            CallState::Calling if call.times > 1 => Standing::CalledAgain,
            CallState::Calling => Standing::Called,
            CallState::Answered | CallState::Missed => Standing::Past,
            CallState::Withdrawn => Standing::Withdrawn,
        },
    }
}

fn numbers(call: &Call) -> Vec<String> {
    call.numbers.iter().map(ToString::to_string).collect()
}

fn sign(state: &State, zone: Tz, now: Instant) -> Sign {
    match state.link {
        Link::Live => Sign::None,
        Link::Lost { refused: true, .. } => Sign::Refused,
        Link::Lost { told_from, .. } if now < told_from => Sign::None,
        Link::Starting | Link::Lost { .. } => match state.heard {
            Some(heard) => Sign::Since(time_of_day(heard, zone)),
            None => Sign::NotConnected,
        },
    }
}

fn time_of_day(time: DateTime<Utc>, zone: Tz) -> String {
    time.with_timezone(&zone).format("%H:%M").to_string()
}

/// The zone of the site; France's until the server said it.
fn zone(state: &State) -> Tz {
    let named = state.known.as_ref().and_then(|known| known.zone.parse().ok());
    named.unwrap_or(chrono_tz::Europe::Paris)
}

#[cfg(test)]
mod tests;

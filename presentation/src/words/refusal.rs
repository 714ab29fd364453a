//! Words for every refusal, for agents: one sentence with the fact. Visitors read a page of the kiosk,
//! whose words stand in its own catalogue.

use crate::{Catalogue, format};
use chrono_tz::Tz;
use domain::{Language, Refusal, Time};

/// A refusal in one sentence, as an agent reads it at a counter.
pub fn refusal_for_agent(refusal: &Refusal, language: &Language, zone: Tz) -> String {
    let words = Catalogue::for_language(language);
    let clock = |at: &Time| format::clock(words, &at.with_timezone(&zone));
    let fill = |english, values: &[(&str, &str)]| words.fill(english, values);
    match refusal {
        Refusal::TooEarly { opens_at, slot } => fill(
            "Too early: check-in opens at {opens}, the appointment is at {slot}.",
            &[("opens", &clock(opens_at)), ("slot", &clock(slot))],
        ),
        Refusal::TooLate { slot } => {
            fill("Too late: the appointment was at {slot}. You decide.", &[("slot", &clock(slot))])
        }
        Refusal::WrongDay { day } => {
            fill("The appointment is on another day: {day}.", &[("day", &format::calendar(words, day.0))])
        }
        Refusal::WrongSite { site, name, day } => fill(
            "The appointment is at another site: {site}, {day}.",
            &[
                ("site", name.as_ref().map_or(site.as_str(), |name| name.get(language.as_str()))),
                ("day", &format::calendar(words, day.0)),
            ],
        ),
        Refusal::BookingCancelled => words.say("The appointment was cancelled.").to_owned(),
        Refusal::UnknownBooking => words.say("No appointment has this reference.").to_owned(),
        Refusal::AmbiguousBooking => words.say("This code fits more than one appointment.").to_owned(),
        Refusal::Closed { opens_at: Some(at) } => {
            fill("The reception is closed. It opens at {time}.", &[("time", &clock(at))])
        }
        Refusal::Closed { opens_at: None } => words.say("The reception is closed for today.").to_owned(),
        Refusal::NeedsStaff => words.say("A member of staff has to settle this by hand.").to_owned(),
        Refusal::ReturnTooLate { until } => fill(
            "Too late to come back by oneself: that was possible until {until}. You decide.",
            &[("until", &clock(until))],
        ),
        Refusal::VisitEnded => words.say("This visit has already ended today.").to_owned(),
        Refusal::NoWalkIn => words.say("This service takes nobody without an appointment.").to_owned(),
        Refusal::DailyLimitReached => {
            words.say("All tickets without an appointment are taken for today.").to_owned()
        }
        Refusal::ShareSpent => words
            .say("This kiosk has given its share of the tickets without an appointment; another one, or the desk, may have some left.")
            .to_owned(),
        Refusal::NoTimeLeft => words
            .say("Too many people wait: a ticket given now would not be called before the doors close.")
            .to_owned(),
        Refusal::NoLane => words.say("This device has no series of ticket numbers.").to_owned(),
        Refusal::TooManyLanes => words
            .say("This device took too many series of ticket numbers: the IT department has to pair it anew.")
            .to_owned(),
        Refusal::KiosksAwaited => words
            .say("The server was restored from a backup: no series of ticket numbers is given before every kiosk has come back.")
            .to_owned(),
        Refusal::LaneExhausted => words.say("Every number of this series is in use.").to_owned(),
        Refusal::UnknownCounter { counter } => {
            fill("There is no counter {counter} here.", &[("counter", &counter.to_string())])
        }
        Refusal::CounterTaken { counter } => {
            fill("Another agent is at counter {counter}.", &[("counter", &counter.to_string())])
        }
        Refusal::BusyElsewhere { counter } => fill(
            "You have somebody at counter {counter}: finish there first.",
            &[("counter", &counter.to_string())],
        ),
        Refusal::CounterNotOpen { counter } => {
            fill("Counter {counter} is not open.", &[("counter", &counter.to_string())])
        }
        Refusal::CounterBusy { number } => {
            fill("Finish with {number} first.", &[("number", &number.to_string())])
        }
        Refusal::DayWouldShift => words.say("The service day cannot change now: people wait.").to_owned(),
        Refusal::NobodyWaiting => words.say("Nobody is waiting for this counter.").to_owned(),
        Refusal::NobodyCalled => words.say("Nobody is called to this counter.").to_owned(),
        Refusal::NobodyServed => words.say("Nobody is at this counter.").to_owned(),
        Refusal::UnknownVisit => words.say("Nobody has this number today.").to_owned(),
        Refusal::VisitBusy { counter } => {
            fill("This person is at counter {counter}.", &[("counter", &counter.to_string())])
        }
        Refusal::NumberKnown { number } => fill(
            "{number} is known already: this person waits or is away.",
            &[("number", &number.to_string())],
        ),
        Refusal::UnknownLane { lane } => {
            fill("No kiosk here gives numbers that begin with {letters}.", &[("letters", lane.as_str())])
        }
        Refusal::WrongTime => words.say("The time has to be of today and not still to come.").to_owned(),
        Refusal::ArrivedLater { arrival } => {
            fill("This person came later, at {time}.", &[("time", &clock(arrival))])
        }
        Refusal::NotAway => words.say("This person is not away.").to_owned(),
        Refusal::NotHere => words.say("This person is away: bring them back first.").to_owned(),
        Refusal::SameVisit => words.say("These numbers already belong together.").to_owned(),
        Refusal::OnlyNumber => words.say("This person has no other number.").to_owned(),
        Refusal::PartyTooLarge { people_max } => {
            fill("A party has at most {people} people.", &[("people", &people_max.to_string())])
        }
        Refusal::CannotServe { counter } => {
            fill("Counter {counter} does not give this service.", &[("counter", &counter.to_string())])
        }
        Refusal::UnknownService => words.say("No counter gives this service.").to_owned(),
        Refusal::UnknownOutcome => words.say("This service has no such outcome.").to_owned(),
        Refusal::UnknownNote => words.say("There is no such note.").to_owned(),
        Refusal::MayNotChoose => words.say("Only a supervisor can choose whom to call.").to_owned(),
        Refusal::CounterPaused { counter } => {
            fill("Counter {counter} has paused.", &[("counter", &counter.to_string())])
        }
        Refusal::NothingToUndo => words.say("There is nothing to take back.").to_owned(),
        Refusal::NoSuchTime { minutes_max } => {
            fill("Choose a time from 1 to {minutes} minutes.", &[("minutes", &minutes_max.to_string())])
        }
        Refusal::RecallTooSoon { seconds } => words.count(
            "Wait {seconds} second before calling again.",
            "Wait {seconds} seconds before calling again.",
            *seconds,
            &[("seconds", &seconds.to_string())],
        ),
        Refusal::RecallLimit { calls_max } => words.count(
            "Already called {times} time, the most that is allowed.",
            "Already called {times} times, the most that is allowed.",
            u32::from(*calls_max),
            &[("times", &calls_max.to_string())],
        ),
    }
}

//! Words for every refusal. Agents get one sentence with the fact; visitors get what happened and
//! what to do now, in French at level A2, and never a hint that it is their fault.

use crate::{Catalogue, format};
use chrono_tz::Tz;
use domain::{Language, Refusal, SiteId, Time};

/// What a visitor reads when something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorWords {
    /// What happened, in a few words.
    pub title: String,
    /// What to do now, in one sentence or two.
    pub advice: String,
}

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
        Refusal::WrongSite { site, day } => fill(
            "The appointment is at another site: {site}, {day}.",
            &[("site", &place(site)), ("day", &format::calendar(words, day.0))],
        ),
        Refusal::BookingCancelled => words.say("The appointment was cancelled.").to_owned(),
        Refusal::UnknownBooking => words.say("No appointment has this reference.").to_owned(),
        Refusal::AmbiguousBooking => words.say("This code fits more than one appointment.").to_owned(),
        Refusal::Closed { opens_at: Some(at) } => {
            fill("The reception is closed. It opens at {time}.", &[("time", &clock(at))])
        }
        Refusal::Closed { opens_at: None } => words.say("The reception is closed for today.").to_owned(),
        Refusal::NeedsStaff => words.say("A member of staff has to settle this by hand.").to_owned(),
        Refusal::VisitEnded => words.say("This visit has already ended today.").to_owned(),
        Refusal::NoWalkIn => words.say("This service takes nobody without an appointment.").to_owned(),
        Refusal::DailyLimitReached => {
            words.say("All tickets without an appointment are taken for today.").to_owned()
        }
        Refusal::NoLane => words.say("This device has no series of ticket numbers.").to_owned(),
        Refusal::LaneExhausted => words.say("Every number of this series is in use.").to_owned(),
        Refusal::UnknownCounter { counter } => {
            fill("There is no counter {counter} here.", &[("counter", &counter.to_string())])
        }
        Refusal::CounterTaken { counter } => {
            fill("Another agent is at counter {counter}.", &[("counter", &counter.to_string())])
        }
        Refusal::CounterNotOpen { counter } => {
            fill("Counter {counter} is not open.", &[("counter", &counter.to_string())])
        }
        Refusal::CounterBusy { number } => {
            fill("Finish with {number} first.", &[("number", &number.to_string())])
        }
        Refusal::NobodyWaiting => words.say("Nobody is waiting for this counter.").to_owned(),
        Refusal::NobodyCalled => words.say("Nobody is called to this counter.").to_owned(),
        Refusal::NobodyServed => words.say("Nobody is at this counter.").to_owned(),
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

/// A refusal as a visitor reads it. What concerns only agents sends the visitor to the desk.
pub fn refusal_for_visitor(refusal: &Refusal, language: &Language, zone: Tz) -> VisitorWords {
    let words = Catalogue::for_language(language);
    let clock = |at: &Time| format::clock(words, &at.with_timezone(&zone));
    let answer =
        |title: &'static str, advice: String| VisitorWords { title: words.say(title).to_owned(), advice };
    let desk = |title| answer(title, words.say("Please go to the reception desk.").to_owned());
    match refusal {
        Refusal::TooEarly { opens_at, slot } => answer(
            "You are early",
            words.fill(
                "Your appointment is at {slot}. Please come back here from {opens}.",
                &[("slot", &clock(slot)), ("opens", &clock(opens_at))],
            ),
        ),
        Refusal::TooLate { slot } => answer(
            "Your appointment time has passed",
            words.fill(
                "Your appointment was at {slot}. Please go to the reception desk.",
                &[("slot", &clock(slot))],
            ),
        ),
        Refusal::WrongDay { day } => answer(
            "Your appointment is on another day",
            words.fill("You are expected on {day}.", &[("day", &format::calendar(words, day.0))]),
        ),
        Refusal::WrongSite { site, day } => answer(
            "Your appointment is at another place",
            words.fill(
                "You are expected in {site} on {day}.",
                &[("site", &place(site)), ("day", &format::calendar(words, day.0))],
            ),
        ),
        Refusal::BookingCancelled => desk("Your appointment was cancelled"),
        Refusal::UnknownBooking => desk("We did not find your appointment"),
        Refusal::AmbiguousBooking => desk("We found more than one appointment"),
        Refusal::Closed { opens_at: Some(at) } => answer(
            "The reception is closed",
            words.fill("It opens at {time}. Please come back then.", &[("time", &clock(at))]),
        ),
        Refusal::Closed { opens_at: None } => {
            answer("The reception is closed", words.say("Please come back another day.").to_owned())
        }
        Refusal::VisitEnded => desk("Your visit has ended"),
        Refusal::NoWalkIn => desk("You need an appointment for this"),
        Refusal::DailyLimitReached => desk("No more tickets today"),
        Refusal::NeedsStaff
        | Refusal::NoLane
        | Refusal::LaneExhausted
        | Refusal::UnknownCounter { .. }
        | Refusal::CounterTaken { .. }
        | Refusal::CounterNotOpen { .. }
        | Refusal::CounterBusy { .. }
        | Refusal::NobodyWaiting
        | Refusal::NobodyCalled
        | Refusal::NobodyServed
        | Refusal::RecallTooSoon { .. }
        | Refusal::RecallLimit { .. } => desk("Our staff will help you"),
    }
}

/// The name of a site of which only the code is known: `saint-omer` is « Saint-Omer ».
fn place(site: &SiteId) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    site.as_str().split('-').map(capital).collect::<Vec<_>>().join("-")
}

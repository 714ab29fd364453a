//! Every refusal and every reason has words, in each language, with nothing left to fill.

use chrono_tz::Europe::Paris;
use domain::{
    CounterId, Language, Refusal, ServiceDay, SiteId, Text, Time,
    forecast::WaitRange,
    order::{CallReason, Class},
};
use presentation::words::{call_reason, expected_wait, refusal_for_agent, wait_in_short};

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn dunkerque() -> Text {
    Text::new([(Language::new("fr"), "Sous-préfecture de Dunkerque".to_owned())])
}

fn refusals() -> Vec<Refusal> {
    let (slot, counter) = (at("2026-11-23T09:20:00Z"), CounterId(7));
    let day = ServiceDay("2026-12-01".parse().unwrap());
    vec![
        Refusal::TooEarly { opens_at: at("2026-11-23T08:50:00Z"), slot },
        Refusal::TooLate { slot },
        Refusal::WrongDay { day },
        Refusal::WrongSite { site: SiteId::new("dunkerque"), name: None, day },
        Refusal::WrongSite { site: SiteId::new("dunkerque"), name: Some(dunkerque()), day },
        Refusal::BookingCancelled,
        Refusal::UnknownBooking,
        Refusal::AmbiguousBooking,
        Refusal::Closed { opens_at: Some(slot) },
        Refusal::Closed { opens_at: None },
        Refusal::NeedsStaff,
        Refusal::VisitEnded,
        Refusal::NoWalkIn,
        Refusal::DailyLimitReached,
        Refusal::ShareSpent,
        Refusal::NoTimeLeft,
        Refusal::NoLane,
        Refusal::TooManyLanes,
        Refusal::LaneExhausted,
        Refusal::KiosksAwaited,
        Refusal::UnknownCounter { counter },
        Refusal::CounterTaken { counter },
        Refusal::BusyElsewhere { counter },
        Refusal::CounterNotOpen { counter },
        Refusal::CounterBusy { number: "H047".parse().unwrap() },
        Refusal::DayWouldShift,
        Refusal::NobodyWaiting,
        Refusal::NobodyCalled,
        Refusal::NobodyServed,
        Refusal::NumberKnown { number: "H047".parse().unwrap() },
        Refusal::UnknownLane { lane: "K".to_owned().try_into().unwrap() },
        Refusal::WrongTime,
        Refusal::ArrivedLater { arrival: slot },
        Refusal::RecallTooSoon { seconds: 1 },
        Refusal::RecallTooSoon { seconds: 20 },
        Refusal::RecallLimit { calls_max: 3 },
    ]
}

#[test]
fn every_refusal_has_words_in_french_and_in_english() {
    let (french, english) = (Language::new("fr"), Language::new("en"));
    for refusal in refusals() {
        let agent = [&french, &english].map(|language| refusal_for_agent(&refusal, language, Paris));
        assert_ne!(agent[0], agent[1]);
        for text in &agent {
            assert!(!text.is_empty() && !text.contains('{'), "{text}");
            assert!(!text.contains('!'), "{text}");
        }
    }
}

#[test]
fn refusals_say_the_wall_time_and_the_place() {
    let say =
        |refusal: &Refusal| refusal_for_agent(refusal, &Language::new("fr"), Paris).replace('\u{a0}', " ");
    assert_eq!(say(&refusals()[0]), "Trop tôt : l’accueil commence à 9 h 50 pour ce rendez-vous de 10 h 20.");
    assert_eq!(
        say(&refusals()[4]),
        "Le rendez-vous est sur un autre site : Sous-préfecture de Dunkerque, mardi 1er décembre 2026."
    );
}

#[test]
fn a_call_says_why_in_one_line() {
    let slot = at("2026-11-23T09:20:00Z");
    let reason =
        |class| CallReason { class, arrival: at("2026-11-23T09:06:00Z"), waited_seconds: 14 * 60 + 30 };
    let say = |class, code| call_reason(&reason(class), &Language::new(code), Paris).replace('\u{a0}', " ");
    assert_eq!(say(Class::BookedOnTime { slot }, "fr"), "RDV 10 h 20, à l’heure, attend depuis 14 min");
    assert_eq!(say(Class::BookedOnTime { slot }, "en"), "Booked 10:20, on time, waiting 14 min");
    for class in [
        Class::Priority,
        Class::BookedLate { slot },
        Class::WalkIn,
        Class::Returned { since: slot },
        Class::PutLast { since: slot },
    ] {
        assert_ne!(say(class.clone(), "fr"), say(class, "en"));
    }
}

#[test]
fn a_long_wait_is_told_in_hours_and_a_short_one_in_minutes() {
    let said = |from_minutes, to_minutes, code| {
        let range = WaitRange { from_minutes, to_minutes };
        expected_wait(range, &Language::new(code)).replace('\u{a0}', " ")
    };
    assert_eq!(said(10, 20, "fr"), "Attente : 10 à 20 minutes");
    assert_eq!(said(0, 0, "fr"), "Attente : 1 minute au plus");
    assert_eq!(said(42, 59, "en"), "Wait: 42 to 59 minutes");
    assert_eq!(said(42, 61, "fr"), "Attente : 40 min à 1 h 05");
    assert_eq!(said(105, 149, "fr"), "Attente : 1 h 45 à 2 h 30");
    assert_eq!(said(4, 120, "en"), "Wait: at most 2 h");
    let short = |from_minutes, to_minutes| {
        wait_in_short(WaitRange { from_minutes, to_minutes }, &Language::new("fr")).replace('\u{a0}', " ")
    };
    assert_eq!([short(0, 0), short(10, 20), short(7, 7)], ["≤ 1 min", "10–20 min", "7 min"]);
    assert_eq!([short(42, 61), short(105, 149)], ["40 min – 1 h 05", "1 h 45 – 2 h 30"]);
}

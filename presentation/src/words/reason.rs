//! Why somebody was called, in one line for the agent.

use crate::{Catalogue, format};
use chrono_tz::Tz;
use domain::{
    Language,
    order::{CallReason, Class},
};

/// Why this visit was called now, in one line: « RDV 10 h 20, à l’heure, attend depuis 14 min ».
pub fn call_reason(reason: &CallReason, language: &Language, zone: Tz) -> String {
    let words = Catalogue::for_language(language);
    let waited = format::length(words, reason.waited_seconds);
    let with_slot = |sentence, slot: &domain::Time| {
        let slot = format::clock(words, &slot.with_timezone(&zone));
        words.fill(sentence, &[("slot", &slot), ("waited", &waited)])
    };
    let without = |sentence| words.fill(sentence, &[("waited", &waited)]);
    match &reason.class {
        Class::Priority => without("Priority card, waiting {waited}"),
        Class::BookedOnTime { slot } => with_slot("Booked {slot}, on time, waiting {waited}", slot),
        Class::BookedLate { slot } => with_slot("Booked {slot}, late, waiting {waited}", slot),
        Class::WalkIn => without("No booking, waiting {waited}"),
        Class::Returned { .. } => without("Came back, waiting {waited}"),
        Class::PutLast { .. } => without("Put last, waiting {waited}"),
        Class::NextService { since } => {
            let since = format::clock(words, &since.with_timezone(&zone));
            words.fill(
                "Next service since {since}, waiting {waited}",
                &[("since", &since), ("waited", &waited)],
            )
        }
        Class::First { since } => {
            let since = format::clock(words, &since.with_timezone(&zone));
            words.fill("Put first at {since}, waiting {waited}", &[("since", &since), ("waited", &waited)])
        }
        Class::ByHand => without("Chosen by hand, waiting {waited}"),
    }
}

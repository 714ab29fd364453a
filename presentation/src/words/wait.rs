//! How long people will wait, in words.

use crate::Catalogue;
use domain::{Language, forecast::WaitRange};

/// From so many minutes on a wait is told in hours and minutes, to five minutes: nobody counts to 149.
const LONG: u16 = 60;

/// « Attente : 10 à 20 minutes », « Attente : 50 min à 1 h 30 »; nobody is told « 0 minutes ».
pub fn expected_wait(range: WaitRange, language: &Language) -> String {
    in_words(Catalogue::for_language(language), range)
}

/// The same for a table: « 10–20 min », « 50 min – 1 h 30 », « ≤ 5 min ».
pub fn wait_in_short(range: WaitRange, language: &Language) -> String {
    let words = Catalogue::for_language(language);
    let (from, to) = rounded(range);
    match (from, to) {
        (0, _) => format!("≤ {}", span(words, to)),
        (_, LONG..) => format!("{} – {}", span(words, from), span(words, to)),
        _ if from >= to => span(words, to),
        _ => format!("{from}–{}", span(words, to)),
    }
}

pub(crate) fn in_words(words: &Catalogue, range: WaitRange) -> String {
    let (from, to) = rounded(range);
    if to >= LONG {
        let values = [("from", &*span(words, from)), ("to", &*span(words, to))];
        let sentence = if from == 0 { "Wait: at most {to}" } else { "Wait: {from} to {to}" };
        return words.fill(sentence, &values);
    }
    let values = [("from", &*from.to_string()), ("to", &*to.to_string())];
    if from == 0 {
        words.count("Wait: at most {to} minute", "Wait: at most {to} minutes", to.into(), &values)
    } else if from >= to {
        words.count("Wait: about {to} minute", "Wait: about {to} minutes", to.into(), &values)
    } else {
        words.count("Wait: {from} to {to} minute", "Wait: {from} to {to} minutes", to.into(), &values)
    }
}

/// From and to in minutes as they are told, both ends outwards.
fn rounded(range: WaitRange) -> (u16, u16) {
    match (range.from_minutes, range.to_minutes.max(1)) {
        (from, to @ LONG..) => (from / 5 * 5, to.div_ceil(5).saturating_mul(5)),
        short => short,
    }
}

fn span(words: &Catalogue, minutes: u16) -> String {
    let (hours, rest) = ((minutes / 60).to_string(), minutes % 60);
    match (minutes, rest) {
        (..60, _) => words.fill("{minutes} min", &[("minutes", &minutes.to_string())]),
        (_, 0) => words.fill("{hours} h", &[("hours", &hours)]),
        _ => words.fill("{hours} h {minutes}", &[("hours", &hours), ("minutes", &format!("{rest:02}"))]),
    }
}

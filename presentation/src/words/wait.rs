//! How long people will wait, in words.

use crate::Catalogue;
use domain::{Language, forecast::WaitRange};

/// « Attente : 10 à 20 minutes »; nobody is told « 0 minutes ».
pub fn expected_wait(range: WaitRange, language: &Language) -> String {
    in_words(Catalogue::for_language(language), range)
}

pub(crate) fn in_words(words: &Catalogue, range: WaitRange) -> String {
    let to_minutes = range.to_minutes.max(1);
    let (from, to) = (range.from_minutes.to_string(), to_minutes.to_string());
    let values = [("from", from.as_str()), ("to", to.as_str())];
    let count = to_minutes.into();
    if range.from_minutes == 0 {
        words.count("Wait: at most {to} minute", "Wait: at most {to} minutes", count, &values)
    } else if range.from_minutes >= to_minutes {
        words.count("Wait: about {to} minute", "Wait: about {to} minutes", count, &values)
    } else {
        words.count("Wait: {from} to {to} minute", "Wait: {from} to {to} minutes", count, &values)
    }
}

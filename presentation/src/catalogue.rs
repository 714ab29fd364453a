//! The sentences of the product in the languages that it ships.
//!
//! English is the source and stands in the code; the translations are gettext files in `lang/`,
//! taken into the program when it is built. Here belongs finding and filling a sentence; not
//! which sentence to say ([`crate::words`], [`crate::ticket`]).

mod po;

use domain::Language;
use std::{collections::HashMap, sync::LazyLock};

pub use po::{Entry, PoError, parse};

/// The translations as shipped: the language's code and its gettext file.
pub const SHIPPED: [(&str, &str); 2] =
    [("fr", include_str!("../lang/fr.po")), ("ar", include_str!("../lang/ar.po"))];

/// The language of a visitor or a site that names none that is shipped.
const FALLBACK: &str = "fr";

static CATALOGUES: LazyLock<Vec<Catalogue>> = LazyLock::new(|| {
    let english = Catalogue { code: "en", sentences: HashMap::new() };
    // A file that could not be read leaves the English; a test keeps that from being shipped.
    let read = |(code, file)| Catalogue { code, sentences: by_source(parse(file).unwrap_or_default()) };
    std::iter::once(english).chain(SHIPPED.map(read)).collect()
});

fn by_source(entries: Vec<Entry>) -> HashMap<String, Vec<String>> {
    entries.into_iter().map(|entry| (entry.source, entry.translations)).collect()
}

/// The sentences of one language.
#[derive(Debug)]
pub struct Catalogue {
    code: &'static str,
    sentences: HashMap<String, Vec<String>>,
}

impl Catalogue {
    /// The catalogue of a language, of its base language (`fr` for `fr-BE`), or else French.
    pub fn for_language(language: &Language) -> &'static Catalogue {
        let base = language.as_str().split(['-', '_']).next().unwrap_or_default();
        let find = |code: &str| CATALOGUES.iter().find(|catalogue| catalogue.code == code);
        find(base).or_else(|| find(FALLBACK)).unwrap_or(&CATALOGUES[0])
    }

    /// The French catalogue, which stands on every ticket.
    pub fn french() -> &'static Catalogue {
        Self::for_language(&Language::new(FALLBACK))
    }

    /// The code of the language, such as `fr`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Whether the language is written from right to left.
    pub fn is_right_to_left(&self) -> bool {
        self.code == "ar"
    }

    /// A sentence, by its English.
    pub fn say(&self, english: &'static str) -> &str {
        self.sentences.get(english).and_then(|forms| forms.first()).map_or(english, String::as_str)
    }

    /// A sentence with its blanks filled: `{time}` by the value that goes by the name `time`.
    pub fn fill(&self, english: &'static str, values: &[(&str, &str)]) -> String {
        filled(self.say(english), values)
    }

    /// A sentence that depends on a count, by its English singular and plural, with its blanks filled.
    pub fn count(
        &self,
        one: &'static str,
        many: &'static str,
        count: u32,
        values: &[(&str, &str)],
    ) -> String {
        let form = plural_form(self.code, count);
        let translated = self.sentences.get(one).and_then(|forms| forms.get(form)).map(String::as_str);
        filled(translated.unwrap_or(if count == 1 { one } else { many }), values)
    }
}

fn filled(sentence: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(sentence.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Which `msgstr[n]` a count takes, as the `Plural-Forms` of gettext's manual say for the language.
fn plural_form(code: &str, count: u32) -> usize {
    match code {
        "fr" => usize::from(count > 1),
        "ar" => match (count, count % 100) {
            (0, _) => 0,
            (1, _) => 1,
            (2, _) => 2,
            (_, 3..=10) => 3,
            (_, 11..=99) => 4,
            _ => 5,
        },
        _ => usize::from(count != 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_falls_back_to_its_base_and_then_to_french() {
        let code = |language: &str| Catalogue::for_language(&Language::new(language)).code();
        assert_eq!(["fr", "fr-BE", "en_GB", "ar", "tlh", ""].map(code), ["fr", "fr", "en", "ar", "fr", "fr"]);
    }

    #[test]
    fn blanks_are_filled_and_counts_choose_their_form() {
        let french = Catalogue::french();
        let (one, many) =
            ("Wait {seconds} second before calling again.", "Wait {seconds} seconds before calling again.");
        let say = |n: u32| french.count(one, many, n, &[("seconds", &n.to_string())]);
        assert_eq!(say(1), "Attendez 1 seconde avant de rappeler.");
        assert_eq!(say(20), "Attendez 20 secondes avant de rappeler.");
        let arabic: Vec<_> = [0, 1, 2, 3, 10, 11, 99, 100, 102, 103].map(|n| plural_form("ar", n)).into();
        assert_eq!(arabic, [0, 1, 2, 3, 3, 4, 4, 5, 5, 3]);
    }
}

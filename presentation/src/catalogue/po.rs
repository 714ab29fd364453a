//! Reading a gettext `.po` file, as far as ours use it: comments, `msgid`, `msgid_plural`,
//! `msgstr`, `msgstr[n]`, texts over several lines. Contexts and fuzzy entries are refused, so
//! that nothing is silently left out.

use thiserror::Error;

/// One sentence and its translations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// The English; empty for the header of the file.
    pub source: String,
    /// The English plural, where there is one.
    pub source_plural: Option<String>,
    /// The translations: one, or one for each plural form.
    pub translations: Vec<String>,
}

/// What is wrong with a `.po` file, and in which line (from 1). None of it mends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PoError {
    /// A line that begins with no known word.
    #[error("line {0}: not a line of a .po file that we use")]
    UnknownLine(usize),
    /// A text that is not between quotation marks, or ends in the middle of an escape.
    #[error("line {0}: a text must stand between quotation marks")]
    Quotes(usize),
    /// `msgstr[n]` out of order.
    #[error("line {0}: plural forms must be numbered from 0 in order")]
    PluralOrder(usize),
    /// A translation that somebody has to look at again.
    #[error("line {0}: a fuzzy translation must be confirmed or removed")]
    Fuzzy(usize),
}

/// The text that following quoted lines go on with.
#[derive(Clone, Copy)]
enum Part {
    Source,
    Plural,
    Translation,
}

/// Reads a `.po` file; the header comes as an entry with an empty source.
///
/// # Errors
/// The first line that cannot be read.
pub fn parse(file: &str) -> Result<Vec<Entry>, PoError> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut part = Part::Source;
    for (index, line) in file.lines().map(str::trim).enumerate() {
        let number = index + 1;
        if line.starts_with("#,") && line.contains("fuzzy") {
            return Err(PoError::Fuzzy(number));
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, text) = line.split_at(line.find('"').ok_or(PoError::Quotes(number))?);
        let text = unquote(text).ok_or(PoError::Quotes(number))?;
        let word = word.trim();
        if word == "msgid" {
            entries.push(Entry { source: text, ..Entry::default() });
            part = Part::Source;
            continue;
        }
        let entry = entries.last_mut().ok_or(PoError::UnknownLine(number))?;
        match (word, part) {
            ("", Part::Source) => entry.source.push_str(&text),
            ("", Part::Plural) => entry.source_plural.get_or_insert_default().push_str(&text),
            ("", Part::Translation) => {
                entry.translations.last_mut().ok_or(PoError::UnknownLine(number))?.push_str(&text);
            }
            ("msgid_plural", Part::Source) => {
                entry.source_plural = Some(text);
                part = Part::Plural;
            }
            _ if word.starts_with("msgstr") => {
                let expected = entry.translations.len();
                if word != format!("msgstr[{expected}]") && (word, expected) != ("msgstr", 0) {
                    return Err(PoError::PluralOrder(number));
                }
                entry.translations.push(text);
                part = Part::Translation;
            }
            _ => return Err(PoError::UnknownLine(number)),
        }
    }
    Ok(entries)
}

/// The text between quotation marks with its escapes undone.
fn unquote(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '"' => return None,
            '\\' => match characters.next()? {
                'n' => '\n',
                't' => '\t',
                literal @ ('"' | '\\') => literal,
                _ => return None,
            },
            plain => plain,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_plurals_escapes_and_long_texts_are_read() {
        let file = "# us\nmsgid \"\"\nmsgstr \"\"\n\"Language: fr\\n\"\n\n#: a.rs\nmsgid \"Say \\\"yes\\\"\"\nmsgstr \"Dites \"\n\"« oui »\"\n\nmsgid \"one\"\nmsgid_plural \"many\"\nmsgstr[0] \"un\"\nmsgstr[1] \"des\"\n";
        let entries = parse(file).unwrap();
        assert_eq!(entries[0].translations, ["Language: fr\n"]);
        assert_eq!(
            (entries[1].source.as_str(), entries[1].translations[0].as_str()),
            ("Say \"yes\"", "Dites « oui »")
        );
        assert_eq!(entries[2].source_plural.as_deref(), Some("many"));
        assert_eq!(entries[2].translations, ["un", "des"]);
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() {
        assert_eq!(parse("msgctxt \"menu\""), Err(PoError::UnknownLine(1)));
        assert_eq!(parse("msgid \"a\"\nmsgctxt \"menu\""), Err(PoError::UnknownLine(2)));
        assert_eq!(parse("msgid \"a"), Err(PoError::Quotes(1)));
        assert_eq!(parse("msgid \"a\\"), Err(PoError::Quotes(1)));
        assert_eq!(parse("msgid \"a\"\nmsgstr[1] \"b\""), Err(PoError::PluralOrder(2)));
        assert_eq!(parse("#, fuzzy\nmsgid \"a\""), Err(PoError::Fuzzy(1)));
        assert_eq!(parse("hello"), Err(PoError::Quotes(1)));
    }
}

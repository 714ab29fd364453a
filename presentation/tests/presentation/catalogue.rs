//! Every sentence that the code says stands in the shipped catalogues, and nothing else does.

use presentation::catalogue::{Entry, SHIPPED, parse};
use std::{collections::BTreeSet, path::Path};

/// The English sentences that a source file hands to a catalogue: each literal with a capital, a
/// blank or a space that is an argument of `say`, `fill` or `count`, or of a helper that passes it on.
fn sentences(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap();
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Literals of the sources whose path fits, from which a catalogue's sentences are taken.
fn literals(fits: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.iter().filter(|file| fits(&file.to_string_lossy())).flat_map(|file| sentences(file)).collect()
}

fn entries(code: &str) -> Vec<Entry> {
    let (_, file) = SHIPPED.iter().find(|(shipped, _)| *shipped == code).unwrap();
    parse(file).unwrap().into_iter().filter(|entry| !entry.source.is_empty()).collect()
}

/// What is visible has a space, or is the name of a day, a month or a duplicate; names of blanks,
/// languages and fonts are none.
fn is_sentence(literal: &str) -> bool {
    let name = literal.starts_with(char::is_uppercase) && literal.chars().all(char::is_alphabetic);
    let outside: String = literal.split('}').filter_map(|part| part.split('{').next()).collect();
    let filled = literal.contains(' ') && outside.chars().any(char::is_alphabetic);
    (name || filled)
        && !literal.starts_with("the ")
        && !literal.starts_with("a ")
        && !literal.starts_with("line ")
}

fn blanks(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn assert_covers(code: &str, fits: impl Fn(&str) -> bool) {
    let known: BTreeSet<_> =
        entries(code).into_iter().flat_map(|e| [Some(e.source), e.source_plural]).flatten().collect();
    let fonts = [presentation::fonts::LATIN_FAMILY, presentation::fonts::ARABIC_FAMILY];
    let said = literals(fits).into_iter().filter(|l| is_sentence(l) && !fonts.contains(&l.as_str()));
    let missing: Vec<_> = said.filter(|literal| !known.contains(literal)).collect();
    assert!(missing.is_empty(), "{code}.po lacks {missing:#?}");
}

#[test]
fn french_has_every_sentence() {
    assert_covers("fr", |path| !path.contains("catalogue") && !path.ends_with("ticket.rs"));
}

#[test]
fn arabic_has_every_sentence_of_the_ticket() {
    assert_covers("ar", |path| path.contains("ticket/") || path.ends_with("format.rs"));
}

#[test]
fn no_catalogue_keeps_what_nobody_says() {
    let said = literals(|_| true);
    for (code, _) in SHIPPED {
        let stale: Vec<_> =
            entries(code).into_iter().map(|e| e.source).filter(|source| !said.contains(source)).collect();
        assert!(stale.is_empty(), "{code}.po keeps {stale:#?}");
    }
}

#[test]
fn translations_are_not_empty_and_have_the_blanks_of_their_source() {
    for (code, file) in SHIPPED {
        let header = &parse(file).unwrap()[0];
        let forms: usize = header.translations[0].split("nplurals=").nth(1).unwrap()[..1].parse().unwrap();
        for entry in entries(code) {
            let expected = if entry.source_plural.is_some() { forms } else { 1 };
            assert_eq!(entry.translations.len(), expected, "{code}: {}", entry.source);
            for translation in &entry.translations {
                assert!(!translation.trim().is_empty(), "{code}: {}", entry.source);
                assert_eq!(blanks(translation), blanks(&entry.source), "{code}: {}", entry.source);
            }
        }
    }
}

//! Every word of the screens is in every catalogue that is shipped.

#![expect(clippy::unwrap_used, reason = "a test that panics says what is wrong")]

use std::{collections::BTreeSet, fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The first text of every `@tr("…"` of the screens.
fn sources() -> BTreeSet<String> {
    let mut sources = BTreeSet::new();
    for file in fs::read_dir(Path::new(ROOT).join("ui")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "slint") {
            let text = fs::read_to_string(&path).unwrap();
            let words = text.split("@tr(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
            sources.extend(words);
        }
    }
    sources
}

/// The entries of a catalogue whose texts stand on one line each, as ours do.
fn entries(catalogue: &str) -> Vec<(String, String)> {
    let value = |line: &str| line.split_once('"').unwrap().1.trim_end_matches('"').to_owned();
    let lines: Vec<&str> = catalogue.lines().collect();
    let pairs =
        lines.windows(2).filter(|pair| pair[0].starts_with("msgid ") && pair[1].starts_with("msgstr "));
    pairs.map(|pair| (value(pair[0]), value(pair[1]))).filter(|(source, _)| !source.is_empty()).collect()
}

#[test]
fn every_word_is_in_every_catalogue() {
    let sources = sources();
    assert!(sources.len() > 10, "the screens' words are not found: {sources:?}");
    for language in fs::read_dir(Path::new(ROOT).join("lang")).unwrap() {
        let path = language.unwrap().path().join("LC_MESSAGES/board-ui.po");
        let entries = entries(&fs::read_to_string(&path).unwrap());
        let known: BTreeSet<String> = entries.iter().map(|(source, _)| source.clone()).collect();
        assert_eq!(known, sources, "{} and the screens differ", path.display());
        for (source, words) in entries {
            assert!(!words.is_empty(), "{source} has no words in {}", path.display());
            assert_eq!(words.matches("{}").count(), source.matches("{}").count(), "{source}: {words}");
        }
    }
}

#[test]
fn words_stand_in_one_file_alone() {
    for file in fs::read_dir(Path::new(ROOT).join("ui")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "slint") && !path.ends_with("words.slint") {
            let text = fs::read_to_string(&path).unwrap();
            let bare =
                text.lines().filter(|line| line.trim_start().starts_with("text: \"")).collect::<Vec<_>>();
            // A figure to measure by is no word, and nobody sees it.
            assert!(bare.iter().all(|line| line.contains("\"H000\"")), "{}: {bare:?}", path.display());
            assert!(!text.contains("@tr("), "{}", path.display());
        }
    }
}

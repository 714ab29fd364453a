//! The French catalogue holds every text of the screens, and nothing that is no longer said.

use std::collections::BTreeSet;
use std::path::Path;

/// A sentence is at most this many words long, so that it is read at level A2.
const WORDS_IN_A_SENTENCE: usize = 12;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The texts that stand first in every `@tr(` of the screens.
fn said(folder: &Path, texts: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            said(&path, texts);
        } else if path.extension().is_some_and(|it| it == "slint") {
            let source = std::fs::read_to_string(&path).unwrap();
            for call in source.split("@tr(").skip(1) {
                let call = call.trim_start();
                let text = call.strip_prefix('"').unwrap_or_else(|| panic!("{path:?}: @tr without a text"));
                texts.insert(text[..text.find('"').unwrap()].to_owned());
            }
        }
    }
}

/// Each text of the catalogue with its translations (two where there is a plural).
fn translated() -> Vec<(String, Vec<String>)> {
    let file = std::fs::read_to_string(root().join("lang/fr/LC_MESSAGES/kiosk-ui.po")).unwrap();
    let quoted = |line: &str| line[line.find('"').unwrap() + 1..line.rfind('"').unwrap()].to_owned();
    let mut entries: Vec<(String, Vec<String>)> = Vec::new();
    for line in file.lines() {
        if line.starts_with("msgid ") {
            entries.push((quoted(line), Vec::new()));
        } else if line.starts_with("msgstr") {
            entries.last_mut().unwrap().1.push(quoted(line));
        }
    }
    entries.into_iter().filter(|(text, _)| !text.is_empty()).collect()
}

#[test]
fn every_text_is_in_the_french_catalogue_and_no_other() {
    let mut texts = BTreeSet::new();
    said(&root().join("ui"), &mut texts);
    assert!(texts.len() > 60, "the screens say more than {} texts", texts.len());
    let catalogue = translated();
    let known: BTreeSet<String> = catalogue.iter().map(|(text, _)| text.clone()).collect();
    assert_eq!(known.len(), catalogue.len(), "a text stands twice in the catalogue");
    assert_eq!(texts.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "without a translation");
    assert_eq!(known.difference(&texts).collect::<Vec<_>>(), Vec::<&String>::new(), "no longer said");
}

#[test]
fn every_translation_is_there_and_plain() {
    let holders = |text: &str| text.matches('{').count();
    for (text, french) in translated() {
        assert!(!french.is_empty() && french.iter().all(|it| !it.trim().is_empty()), "« {text} » is empty");
        for said in french.iter().chain([&text]) {
            assert_eq!(holders(said), holders(&text), "« {said} » has other placeholders");
            assert!(!said.contains('!'), "« {said} » shouts");
            for sentence in said.split(['.', '?']) {
                let words = sentence.split_whitespace().count();
                assert!(words <= WORDS_IN_A_SENTENCE, "« {sentence} » has {words} words");
            }
        }
    }
}

//! What the screens say is plain. That every text is translated is checked over all crates, in `tests/tidy`.

/// A sentence is at most this many words long, so that it is read at level A2.
const WORDS_IN_A_SENTENCE: usize = 12;

/// Each text of the catalogue with its translations (two where there is a plural).
fn translated() -> Vec<(String, Vec<String>)> {
    let catalogue = concat!(env!("CARGO_MANIFEST_DIR"), "/lang/fr/LC_MESSAGES/kiosk-ui.po");
    let file = std::fs::read_to_string(catalogue).unwrap();
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
fn every_sentence_is_short_and_calm() {
    assert!(translated().len() > 60, "the screens say more");
    for (text, french) in translated() {
        for said in french.iter().chain([&text]) {
            assert!(!said.contains('!'), "« {said} » shouts");
            for sentence in said.split(['.', '?']) {
                let words = sentence.split_whitespace().count();
                assert!(words <= WORDS_IN_A_SENTENCE, "« {sentence} » has {words} words");
            }
        }
    }
}

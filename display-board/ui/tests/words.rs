//! Where the words of the screen stand. That each is translated is checked over all crates, in `tests/tidy`.

use std::{fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

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

//! What must be true of every file, whatever it is written in.

use crate::files::{none, root, texts};
use std::path::Path;

/// A file longer than this has more than one subject.
const LINES_MAX: usize = 600;

/// Written by a tool or by others.
fn is_foreign(path: &str) -> bool {
    path == "Cargo.lock" || path.contains("/vendor/") || path.ends_with(".snap") || path.contains("LICENSE")
}

#[test]
fn nothing_names_a_machine_or_a_way_of_working() {
    let mut words: Vec<String> = [
        "/home/",
        "/root/",
        "/Users/",
        "C:\\Users",
        "crates.io",
        "registry.npmjs",
        "pypi.org",
        "sparse+http",
        "TODO",
        "FIXME",
        "XXX",
    ]
    .map(str::to_owned)
    .into();
    // Wherever this checkout is, unless a path so short may stand for something else.
    words.extend(Some(format!("{}/", root().display())).filter(|path| path.matches('/').count() > 2));
    let mut strays = Vec::new();
    for (path, text) in texts(|path| !is_foreign(path) && !path.starts_with("tests/tidy/")) {
        for (number, line) in text.lines().enumerate() {
            let named = words.iter().filter(|word| line.contains(*word));
            strays.extend(named.map(|word| format!("{path}:{}: `{word}`", number + 1)));
        }
    }
    none(&strays);
}

#[test]
fn packages_come_from_where_everybody_gets_them() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources = lock.lines().filter_map(|line| line.strip_prefix("source = "));
    let others: Vec<_> = sources
        .filter(|source| *source != "\"registry+https://github.com/rust-lang/crates.io-index\"")
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn no_file_is_too_long() {
    let sources = texts(|path| [".rs", ".slint", ".css", ".js"].iter().any(|end| path.ends_with(end)));
    let long =
        sources.into_iter().filter(|(path, text)| !is_foreign(path) && text.lines().count() > LINES_MAX);
    none(&long.map(|(path, text)| format!("{path} has {} lines", text.lines().count())).collect::<Vec<_>>());
}

#[test]
fn documents_link_to_what_is_there() {
    let mut strays = Vec::new();
    for (path, text) in texts(|path| path.ends_with(".md")) {
        let folder = root().join(Path::new(&path).parent().unwrap());
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            if !link.is_empty() && !link.contains(':') && !folder.join(link).exists() {
                strays.push(format!("{path}: {link} is not there"));
            }
        }
    }
    none(&strays);
}

//! Which files there are, and how a check tells what it found.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What is made from the sources, or is no part of them.
const SKIPPED: &[&str] = &[".git", ".idea", ".vscode", "target", "out"];

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if SKIPPED.contains(&entry.file_name().to_string_lossy().as_ref()) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The text files whose path from the root fits, with their text, in order; pictures and fonts are no text.
pub fn texts(fits: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    paths.sort();
    let relative = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    paths
        .into_iter()
        .map(|path| (relative(&path), path))
        .filter(|(name, _)| fits(name))
        .filter_map(|(name, path)| Some((name, String::from_utf8(fs::read(path).unwrap()).ok()?)))
        .collect()
}

/// Whether `path` is `place`: a file, a folder, or a module with the folder beside it.
pub fn is_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
}

/// Fails with `strays`, one a line, if there are any.
#[track_caller]
pub fn none(strays: &[String]) {
    let shown = &strays[..strays.len().min(40)];
    assert!(strays.is_empty(), "{} found\n{}", strays.len(), shown.join("\n"));
}

//! What a parser says, as an operator understands it.

use crate::{example, file::line_and_column, key::Key, mend::Unfit};
use std::{
    io::{self, ErrorKind},
    path::Path,
};

/// The longest value that is told with its key, in characters.
const SHORT: usize = 60;

/// Why there is nothing to read.
pub(crate) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file; name the configuration file with --config FILE".into(),
        ErrorKind::IsADirectory => "this is a folder, not a file".into(),
        ErrorKind::InvalidData => "this is not a text in UTF-8; save it as UTF-8".into(),
        ErrorKind::PermissionDenied => "this user may not read the file".into(),
        _ => format!("the file cannot be read: {error}"),
    }
}

/// A file that is no TOML: the place, what was found there, and the line itself.
pub(crate) fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let offset = error.span().map_or(0, |span| span.start);
    let (line, column) = line_and_column(text, offset);
    let written = text.lines().nth(line - 1).unwrap_or_default();
    let reason = error.message();
    let path = path.display();
    format!("{path}, line {line}, column {column}: this cannot be read as TOML: {reason}\n    {written}")
}

/// A key with its value, where that is short.
pub(crate) fn with_value(name: &str, value: Option<&str>) -> String {
    value.filter(|value| is_short(value)).map_or(name.to_owned(), |value| format!("{name} = {value}"))
}

/// Whether a value can be told in a sentence.
pub(crate) fn is_short(value: &str) -> bool {
    value.chars().count() <= SHORT && !value.contains('\n')
}

/// The key that a value does not fit, and what it has to be. `key` is where reading stopped and `problem`
/// what was said there.
pub(crate) fn unfit(key: Key, problem: &str, sample: &str) -> Unfit {
    let unfit = |key, reason| Unfit { key, reason, is_unknown: false };
    if let Some(name) = problem.strip_prefix("missing field ").and_then(quoted) {
        let key = key.child(name);
        let such = example(sample, &key).map(|value| format!(", such as {name} = {value}"));
        let reason = format!("it is missing and has no default; write it{}", such.unwrap_or_default());
        return unfit(key, reason);
    }
    let expected = problem.split_once(", expected ").map(|(_, expected)| expected);
    if problem.starts_with("unknown field ") {
        let known = expected.map_or("none".into(), list);
        let reason = format!("there is no such key; the keys here are {known}");
        return Unfit { key, reason, is_unknown: true };
    }
    if problem.starts_with("unknown variant ") {
        return unfit(key, format!("it must be one of {}", expected.map_or_else(String::new, list)));
    }
    let such = example(sample, &key).map(|value| format!(", such as {value}")).unwrap_or_default();
    let reason = match expected.filter(|_| problem.starts_with("invalid ")) {
        Some(expected) => format!("it must be {}{such}", meant(expected)),
        None => match SAID.iter().find(|(said, _)| problem.starts_with(said)) {
            Some((_, meant)) => format!("{meant}{such}"),
            // What a type of ours says that takes several forms.
            None => match problem.strip_prefix("expected ") {
                Some(expected) => format!("it must be {expected}{such}"),
                None => problem.to_owned(),
            },
        },
    };
    unfit(key, reason)
}

/// `name` out of "`name`, and more".
fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('`')?.split('`').next()
}

/// "one of `a`, `b`" as "a, b".
fn list(names: &str) -> String {
    let names: Vec<&str> = names.split('`').skip(1).step_by(2).collect();
    names.join(", ")
}

/// What is said of values that are texts of a certain form.
const SAID: &[(&str, &str)] = &[
    ("invalid socket address syntax", "it must be an address and a port"),
    ("failed to parse timezone", "it must be the name of a time zone"),
    ("invalid digit found in string", "its name must be a whole number from 0 to 65535"),
    ("number too large to fit in target type", "its name must be a whole number from 0 to 65535"),
];

/// The names of the language's own types are not the operator's.
fn meant(expected: &str) -> &str {
    match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, not below 0",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "path string" => "a path in quotes",
        "socket address" => "an address and a port in quotes",
        "a sequence" => "a list in brackets",
        "a map" => "a section",
        other if other.starts_with("struct ") => "a section",
        other => other,
    }
}

//! What a parser says, as an operator understands it.

/// A file that is no TOML: the parser shows the line and points at the place.
pub(crate) fn syntax(error: &toml::de::Error) -> String {
    format!("this is not TOML:\n{}", error.to_string().trim_end())
}

/// A value that does not fit: the key, what is wrong, and the line if it is known.
pub(crate) fn fault(key: &str, problem: &str, line: Option<usize>) -> String {
    let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    let section = key.rsplit_once('.').map_or("", |(section, _)| section);
    let in_section = |name: &str, section: &str| match section {
        "" | "." => name.to_owned(),
        section => format!("{section}.{name}"),
    };
    if let Some(name) = quoted(problem.strip_prefix("missing field ")) {
        return format!("{place}`{}` is missing", in_section(name, key));
    }
    if let Some(rest) = problem.strip_prefix("unknown field ") {
        let name = quoted(Some(rest)).unwrap_or_default();
        let known = rest.split_once(", expected ").map(|(_, known)| known.replace("one of ", ""));
        let known = known.map(|known| format!(" (known: {known})")).unwrap_or_default();
        // The path ends with the unknown name itself.
        return format!("{place}`{}` is not a key{known}", in_section(name, section));
    }
    format!("{place}`{key}`: {}", plain(problem))
}

/// `name` out of "`name`, and more".
fn quoted(text: Option<&str>) -> Option<&str> {
    text?.strip_prefix('`')?.split('`').next()
}

/// The names of the language's own types are not the operator's.
fn plain(problem: &str) -> String {
    let types = [
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected u16", "expected a whole number from 0 to 65535"),
        ("expected u32", "expected a whole number from 0"),
        ("expected u64", "expected a whole number from 0"),
        ("expected f32", "expected a number"),
        ("expected f64", "expected a number"),
        ("invalid socket address syntax", "this is not an address with a port, such as 0.0.0.0:8443"),
        ("expected a boolean", "expected true or false"),
        ("expected a map", "expected a section"),
        ("expected path string", "expected a path"),
    ];
    types.iter().fold(problem.to_owned(), |text, (named, meant)| {
        if text.ends_with(named) { text.replace(named, meant) } else { text }
    })
}

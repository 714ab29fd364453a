//! `GUICHET_BOARD__WINDOW__WIDTH=1280` stands over `window.width` of the file.

use toml::{Table, Value};

/// What the names of overriding variables begin with.
pub(super) const PREFIX: &str = "GUICHET_BOARD__";

/// The file's text with the variables laid over it.
pub(super) fn overlay(text: &str, variables: Vec<(String, String)>) -> Result<Table, String> {
    let mut root: Table = toml::from_str(text).map_err(|error: toml::de::Error| error.to_string())?;
    for (name, value) in variables {
        let path: Vec<String> = name[PREFIX.len()..].split("__").map(str::to_lowercase).collect();
        let Some((key, sections)) = path.split_last().filter(|_| !path.iter().any(String::is_empty)) else {
            return Err(format!("{name} names no key"));
        };
        let mut table = &mut root;
        for section in sections {
            let place = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
            table = place.as_table_mut().ok_or_else(|| format!("{name}: `{section}` is not a section"))?;
        }
        table.insert(key.clone(), read(&value));
    }
    Ok(root)
}

/// A value as TOML if it is one, or else as a text.
fn read(value: &str) -> Value {
    let document: Result<Table, _> = toml::from_str(&format!("value = {value}"));
    document
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_names_no_key_is_told() {
        for name in ["GUICHET_BOARD__", "GUICHET_BOARD__WINDOW__", "GUICHET_BOARD____WIDTH"] {
            assert!(overlay("", vec![(name.to_owned(), "1".to_owned())]).is_err(), "{name}");
        }
        assert!(overlay("a = 1", vec![("GUICHET_BOARD__A__B".to_owned(), "1".to_owned())]).is_err());
    }
}

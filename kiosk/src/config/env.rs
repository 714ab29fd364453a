//! `GUICHET_KIOSK__PRINTER__TCP=host:9100` stands over `printer.tcp` of the file.

use toml::{Table, Value};

/// What the names of overriding variables begin with.
pub(super) const PREFIX: &str = "GUICHET_KIOSK__";

/// The file's text with the variables laid over it.
pub(super) fn overlay(text: &str, variables: Vec<(String, String)>) -> Result<Value, String> {
    let mut root: Value = toml::from_str(text).map_err(|error: toml::de::Error| error.to_string())?;
    for (name, value) in variables {
        let path: Vec<String> = name[PREFIX.len()..].split("__").map(str::to_lowercase).collect();
        let Some((key, sections)) = path.split_last().filter(|(key, _)| !key.is_empty()) else {
            return Err(format!("{name} names no key"));
        };
        let mut place = &mut root;
        for section in sections {
            place = place
                .as_table_mut()
                .ok_or_else(|| format!("{name}: `{section}` is not in a section"))?
                .entry(section.clone())
                .or_insert_with(|| Value::Table(Table::new()));
        }
        let table = place.as_table_mut().ok_or_else(|| format!("{name}: `{key}` is not in a section"))?;
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

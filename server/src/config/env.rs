//! `GUICHET__LISTEN__HTTPS=0.0.0.0:443` stands over `listen.https` of the file.

use toml::{Table, Value};

/// What the names of overriding variables begin with.
pub(super) const PREFIX: &str = "GUICHET__";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_stands_over_the_file() {
        let variables = vec![
            ("GUICHET__LISTEN__HTTPS".to_owned(), "127.0.0.1:0".to_owned()),
            ("GUICHET__TLS__NAMES".to_owned(), "[\"a\", \"b\"]".to_owned()),
        ];
        let value = overlay("data_dir = 'x'\n[listen]\nhttps = '0.0.0.0:1'", variables).unwrap();
        assert_eq!(value["listen"]["https"].as_str(), Some("127.0.0.1:0"));
        assert_eq!(value["tls"]["names"].as_array().map(Vec::len), Some(2));
        assert_eq!(value["data_dir"].as_str(), Some("x"));
    }

    #[test]
    fn a_variable_without_a_key_is_told() {
        assert!(overlay("", vec![("GUICHET__".to_owned(), "1".to_owned())]).is_err());
        assert!(overlay("a = 1", vec![("GUICHET__A__B".to_owned(), "1".to_owned())]).is_err());
    }
}

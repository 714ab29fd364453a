//! Environment variables that stand over keys.

use crate::key::Key;
use std::ffi::OsString;
use toml::{Table, Value};

/// A variable that names a key.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// As it is set.
    pub name: String,
    /// As it is set.
    pub text: String,
    /// Which key it names; with the capitals of the file once it was laid over it.
    pub key: Key,
    as_text: bool,
}

/// The variables of an environment that begin with a prefix and two underscores, or what is wrong with one.
pub(crate) fn find(
    prefix: &str,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<Variable>, String> {
    let mut variables = Vec::new();
    for (name, text) in environment {
        // What is not a text is somebody else's.
        let Some(name) = name.to_str() else { continue };
        let Some(path) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix("__")) else { continue };
        let parts: Vec<String> = path.split("__").map(str::to_lowercase).collect();
        if parts.iter().any(String::is_empty) {
            return Err(format!(
                "environment variable {name}: it names no key; write {prefix}__SECTION__KEY"
            ));
        }
        let text = text
            .into_string()
            .map_err(|_| format!("environment variable {name}: its value is not a text in UTF-8"))?;
        variables.push(Variable { name: name.to_owned(), text, key: Key::new(parts), as_text: false });
    }
    variables.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(variables)
}

impl Variable {
    /// Puts the value where the name says, over what stands there.
    pub(crate) fn lay_over(&mut self, root: &mut Value) -> Result<(), String> {
        let (value, mut place, mut parts) = (self.value(), root, Vec::new());
        for part in self.key.parts() {
            let Some(table) = place.as_table_mut() else {
                let above = Key::new(parts);
                return Err(format!("environment variable {}: {above} is a value, not a section", self.name));
            };
            let named = same_name(table, part);
            place = table.entry(named.clone()).or_insert_with(|| Value::Table(Table::new()));
            parts.push(named);
        }
        *place = value;
        self.key = Key::new(parts);
        Ok(())
    }

    /// A value as TOML if it is one, or else as a text.
    fn value(&self) -> Value {
        let text = || Value::String(self.text.clone());
        if self.as_text {
            return text();
        }
        // No key is a date or a time in TOML's sense, and reading `08:30` as one would change it.
        let read = self.text.parse().ok().filter(|value: &Value| !value.is_datetime());
        read.unwrap_or_else(text)
    }

    /// Reads the value as a text from now on; false if it was one already, or cannot be meant as one.
    pub(crate) fn read_as_text(&mut self) -> bool {
        let value = self.value();
        let changes = !value.is_str() && !value.is_array() && !value.is_table();
        self.as_text |= changes;
        changes
    }
}

/// A key as the file writes it, where it differs from the variable only by capitals: a service's code, say.
fn same_name(table: &Table, name: &str) -> String {
    table.keys().find(|known| known.to_lowercase() == name).cloned().unwrap_or_else(|| name.to_owned())
}

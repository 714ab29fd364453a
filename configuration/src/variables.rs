//! Environment variables that stand over keys.

use crate::Error;
use toml::{Table, Value};

/// A variable that names a key.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// As it is set.
    pub name: String,
    key: Vec<String>,
    text: String,
    as_text: bool,
}

/// The variables of an environment that begin with a prefix and two underscores.
pub(crate) fn find(prefix: &str, all: impl IntoIterator<Item = (String, String)>) -> Vec<Variable> {
    let named = all.into_iter().filter_map(|(name, text)| {
        let path = name.strip_prefix(prefix)?.strip_prefix("__")?;
        let key = path.split("__").map(str::to_lowercase).collect();
        Some(Variable { name, key, text, as_text: false })
    });
    let mut named: Vec<Variable> = named.collect();
    named.sort_by(|one, other| one.name.cmp(&other.name));
    named
}

impl Variable {
    /// Puts the value where the name says, over what stands there.
    pub(crate) fn lay_over(&self, root: &mut Value) -> Result<(), Error> {
        let wrong = |reason: String| Error::Variable { name: self.name.clone(), reason };
        let Some((key, sections)) =
            self.key.split_last().filter(|_| self.key.iter().all(|part| !part.is_empty()))
        else {
            return Err(wrong("it names no key".into()));
        };
        let mut place = root;
        for section in sections {
            let table =
                place.as_table_mut().ok_or_else(|| wrong(format!("there is no section for `{section}`")))?;
            let named = same_name(table, section);
            place = table.entry(named).or_insert_with(|| Value::Table(Table::new()));
        }
        let table = place.as_table_mut().ok_or_else(|| wrong(format!("there is no section for `{key}`")))?;
        let named = same_name(table, key);
        table.insert(named, self.value());
        Ok(())
    }

    /// A value as TOML if it is one, or else as a text.
    fn value(&self) -> Value {
        let text = || Value::String(self.text.clone());
        if self.as_text {
            return text();
        }
        let document: Result<Table, _> = toml::from_str(&format!("value = {}", self.text));
        document.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(text)
    }

    /// Reads the value as a text from now on; false if it was one already.
    pub(crate) fn read_as_text(&mut self) -> bool {
        let changes = !self.as_text && !self.value().is_str();
        self.as_text = true;
        changes
    }

    /// Whether a fault of a key is one of this variable: of the key itself, of something inside it, or of a
    /// name that is not known in its section.
    pub(crate) fn is_about(&self, key: &str, problem: &str) -> bool {
        let own = self.key.join(".");
        let key = key.to_lowercase();
        let inside = key == own || key.strip_prefix(&own).is_some_and(|rest| rest.starts_with(['.', '[']));
        let last = self.key.last().map(String::as_str).unwrap_or_default();
        inside || (problem.starts_with(&format!("unknown field `{last}`")) && own.ends_with(last))
    }
}

/// A key as the file writes it, where it differs from the variable only by capitals: a service's code, say.
fn same_name(table: &Table, name: &str) -> String {
    table.keys().find(|known| known.to_lowercase() == name).cloned().unwrap_or_else(|| name.to_owned())
}

//! The file as it is written: what stands on which line.

use crate::{key::Key, words};
use std::{ops::Range, path::Path};
use toml::{
    Spanned, Table, Value,
    de::{DeTable, DeValue},
};

/// A file that is TOML.
pub(crate) struct File<'t> {
    pub(crate) path: &'t Path,
    text: &'t str,
    values: Table,
    places: Spanned<DeTable<'t>>,
}

/// Where a key stands, and its value.
struct Found {
    key: Range<usize>,
    value: Range<usize>,
    whole: bool,
}

impl<'t> File<'t> {
    /// Reads the text, or says in a sentence where it is no TOML.
    pub(crate) fn parse(path: &'t Path, text: &'t str) -> Result<Self, String> {
        let places = DeTable::parse(text).map_err(|error| words::syntax(path, text, &error))?;
        let values = toml::from_str(text).map_err(|error| words::syntax(path, text, &error))?;
        Ok(Self { path, text, values, places })
    }

    /// Everything in it.
    pub(crate) fn value(&self) -> Value {
        Value::Table(self.values.clone())
    }

    /// The line of a key, or else of the section that it would stand in.
    pub(crate) fn line(&self, key: &Key) -> Option<usize> {
        Some(line_and_column(self.text, self.find(key)?.key.start).0)
    }

    /// The value as it is written.
    pub(crate) fn written(&self, key: &Key) -> Option<&str> {
        let found = self.find(key).filter(|found| found.whole)?;
        self.text.get(found.value)
    }

    /// The innermost part of a key that stands in the file.
    fn find(&self, key: &Key) -> Option<Found> {
        let (mut table, mut found) = (self.places.get_ref(), None);
        for (depth, part) in key.parts().iter().enumerate() {
            let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == part) else { break };
            let whole = depth + 1 == key.parts().len() && !matches!(value.get_ref(), DeValue::Table(_));
            found = Some(Found { key: name.span(), value: value.span(), whole });
            let DeValue::Table(inside) = value.get_ref() else { break };
            table = inside;
        }
        found
    }
}

/// A place as an editor counts it, both from 1.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

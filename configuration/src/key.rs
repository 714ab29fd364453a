//! The way from the top of a configuration to a value: `sites.lille.counters.5`.

use serde_path_to_error::{Path, Segment};
use std::fmt;
use toml::Value;

/// A way through sections, and places of a list such as `[0]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(Vec<String>);

impl Key {
    pub(crate) fn new(parts: Vec<String>) -> Self {
        Self(parts)
    }

    /// Where reading stopped.
    pub(crate) fn of(path: &Path) -> Self {
        let part = |segment: &Segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            Segment::Seq { index } => Some(format!("[{index}]")),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        Self(path.iter().filter_map(part).collect())
    }

    /// As people write it.
    pub(crate) fn parse(key: &str) -> Self {
        Self(key.split('.').map(str::to_owned).collect())
    }

    pub(crate) fn parts(&self) -> &[String] {
        &self.0
    }

    /// With one more part.
    pub(crate) fn child(&self, name: &str) -> Self {
        Self(self.0.iter().cloned().chain([name.to_owned()]).collect())
    }

    /// The section that it stands in.
    pub(crate) fn parent(&self) -> Self {
        Self(self.0.split_last().map(|(_, section)| section.to_vec()).unwrap_or_default())
    }

    /// Whether it is `other` or something inside it.
    pub(crate) fn is_in(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Whether it is a section, and not the whole, with `other` inside.
    pub(crate) fn is_section_of(&self, other: &Self) -> bool {
        !self.0.is_empty() && other.is_in(self)
    }

    /// The value there, or that of the first neighbour where a section is named otherwise: any site
    /// shows how a site is written.
    pub(crate) fn find_alike<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        let (last, sections) = self.0.split_last()?;
        let mut place = root.as_table()?;
        for section in sections {
            place = place.get(section).or_else(|| place.values().next())?.as_table()?;
        }
        place.get(last)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, part) in self.0.iter().enumerate() {
            let between = if place == 0 || part.starts_with('[') { "" } else { "." };
            write!(f, "{between}{part}")?;
        }
        Ok(())
    }
}

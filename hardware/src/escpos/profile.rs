//! What differs between printers, as data. Here belong the facts of a model; not its address and
//! not the commands themselves.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Barrier;

/// A printer model: what it can do and which of several commands it understands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The name by which configuration refers to it.
    pub name: String,
    /// How many dots fit between the margins: 8 to 2040.
    pub width_dots: u16,
    /// Dots per inch, the same in both directions: 100 to 255.
    pub dpi: u8,
    /// How slips are best laid out for it.
    pub mode: Mode,
    /// The number `n` of `ESC t n` that selects Windows-1252. It differs between makers.
    pub windows_1252: u8,
    /// The most rows that one raster command carries: 1 to 1024. Small buffers want few.
    #[serde(default = "standard_band_rows")]
    pub band_rows: u16,
    /// How the paper is cut.
    pub cut: Cut,
    /// White paper between the last dot and the cut, beyond what the cut itself feeds, in dots.
    #[serde(default)]
    pub feed_before_cut_dots: u16,
    /// The transport that hands the slip out, if there is one.
    #[serde(default)]
    pub presenter: Option<Presenter>,
    /// How the printer tells its state.
    pub status: StatusSource,
    /// How the printer tells that it has processed everything before.
    pub barrier: Barrier,
    /// How long after its last byte a job may take to be confirmed, in milliseconds.
    #[serde(default = "standard_barrier_timeout_ms")]
    pub barrier_timeout_ms: u32,
}

fn standard_band_rows() -> u16 {
    128
}

fn standard_barrier_timeout_ms() -> u32 {
    8000
}

/// How a slip is best laid out for a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One picture: any script, and the paper is the picture. QR codes are drawn here.
    Raster,
    /// The printer's own font and its own QR codes: for serial lines too slow for pictures.
    Text,
}

/// The command that cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// No cutter: the paper is torn off by hand.
    None,
    /// `GS V 65`: feeds to the blade and cuts right through.
    Full,
    /// `GS V 66`: feeds to the blade and leaves one point.
    Partial,
}

/// The transport that pushes a cut slip out to the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presenter {
    /// How far the slip is pushed out, in the printer's steps of about 7 mm.
    pub steps: u8,
    /// After how many seconds an untaken slip is drawn back; 0 means never.
    #[serde(default)]
    pub retract_after_seconds: u8,
}

/// How a printer tells its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusSource {
    /// By the real-time requests `DLE EOT` 1 to 4.
    DleEot,
    /// Not at all, or only through a line in one direction.
    None,
}

/// Why a profile cannot be used.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// There is no built-in profile of that name.
    #[error("no printer profile is called {name:?}; there are {}", Profile::built_in_names().join(", "))]
    UnknownName {
        /// The name asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read the printer profile {path}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The text is not a profile.
    #[error("the printer profile {origin} is not valid TOML or lacks a field")]
    Malformed {
        /// Where the text comes from.
        origin: String,
        /// What is wrong and where.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A number is outside its range.
    #[error("the printer profile {name} has {field} = {value}, which must be {expected}")]
    OutOfRange {
        /// The profile.
        name: String,
        /// The field.
        field: &'static str,
        /// Its value.
        value: u32,
        /// What it may be.
        expected: &'static str,
    },
}

/// The profiles that come with the program, by file.
const BUILT_IN: [(&str, &str); 5] = [
    ("epson-tm-t88v", include_str!("../../profiles/epson-tm-t88v.toml")),
    ("epson-tm-t20", include_str!("../../profiles/epson-tm-t20.toml")),
    ("custom-vkp80", include_str!("../../profiles/custom-vkp80.toml")),
    ("generic-80mm", include_str!("../../profiles/generic-80mm.toml")),
    ("serial-text", include_str!("../../profiles/serial-text.toml")),
];

impl Profile {
    /// The names of the profiles that come with the program.
    pub fn built_in_names() -> Vec<&'static str> {
        BUILT_IN.iter().map(|(name, _)| *name).collect()
    }

    /// The profile of that name among those that come with the program.
    ///
    /// # Errors
    /// [`ProfileError::UnknownName`] if there is none.
    pub fn built_in(name: &str) -> Result<Profile, ProfileError> {
        let text = BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        Profile::parse(text.ok_or_else(|| ProfileError::UnknownName { name: name.into() })?, name)
    }

    /// A profile from a TOML file, for a model that the program does not know.
    ///
    /// # Errors
    /// If the file cannot be read, is not a profile, or has a number out of range.
    pub fn from_file(path: &Path) -> Result<Profile, ProfileError> {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ProfileError::Unreadable { path: origin.clone(), source })?;
        Profile::parse(&text, &origin)
    }

    /// The built-in profile of that name or, if the text ends in `.toml`, the profile in that file.
    ///
    /// # Errors
    /// As [`built_in`](Self::built_in) and [`from_file`](Self::from_file).
    pub fn load(name_or_file: &str) -> Result<Profile, ProfileError> {
        if name_or_file.ends_with(".toml") {
            Profile::from_file(Path::new(name_or_file))
        } else {
            Profile::built_in(name_or_file)
        }
    }

    /// Reads a profile from TOML. `origin` says in errors where the text comes from.
    ///
    /// # Errors
    /// If the text is not a profile or has a number out of range.
    pub fn parse(text: &str, origin: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text)
            .map_err(|source| ProfileError::Malformed { origin: origin.into(), source: Box::new(source) })?;
        profile.checked()
    }

    fn checked(self) -> Result<Profile, ProfileError> {
        let wrong = |field, value: u32, expected| {
            Err(ProfileError::OutOfRange { name: self.name.clone(), field, value, expected })
        };
        if !(8..=2040).contains(&self.width_dots) || !self.width_dots.is_multiple_of(8) {
            return wrong("width_dots", self.width_dots.into(), "a multiple of 8 from 8 to 2040");
        }
        if self.dpi < 100 {
            return wrong("dpi", self.dpi.into(), "from 100 to 255");
        }
        if !(1..=1024).contains(&self.band_rows) {
            return wrong("band_rows", self.band_rows.into(), "from 1 to 1024");
        }
        if !(100..=120_000).contains(&self.barrier_timeout_ms) {
            return wrong("barrier_timeout_ms", self.barrier_timeout_ms, "from 100 to 120000");
        }
        Ok(self)
    }

    /// How many characters of the standard font (12 dots wide) fit on a line.
    pub fn columns(&self) -> u16 {
        self.width_dots / 12
    }

    /// How long after its last byte a job may take to be confirmed.
    pub fn barrier_timeout(&self) -> Duration {
        Duration::from_millis(self.barrier_timeout_ms.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_reads_and_bears_its_own_name() {
        for name in Profile::built_in_names() {
            assert_eq!(Profile::built_in(name).unwrap().name, name);
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = Profile::built_in("tm-u220").unwrap_err().to_string();
        assert!(error.contains("tm-u220") && error.contains("epson-tm-t88v"), "{error}");
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let text = BUILT_IN[0].1.replace("width_dots = 512", "width_dots = 513");
        let error = Profile::parse(&text, "test").unwrap_err().to_string();
        assert!(error.contains("width_dots = 513"), "{error}");
    }
}

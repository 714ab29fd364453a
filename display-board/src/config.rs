//! The configuration: a TOML file, with every key overridable by `GUICHET_BOARD__SECTION__KEY`.

mod env;

use domain::Language;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The languages that the screens speak.
pub const LANGUAGES: [&str; 2] = ["fr", "en"];

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The one folder in which everything is kept.
    pub data_dir: PathBuf,
    /// The language of the screen.
    #[serde(default = "french")]
    pub language: Language,
    /// A second language that stands beside it.
    #[serde(default)]
    pub second_language: Option<Language>,
    /// The window.
    #[serde(default)]
    pub window: Window,
    /// The room.
    #[serde(default)]
    pub room: Room,
}

/// How the window stands on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// Whether it covers the screen.
    pub fullscreen: bool,
    /// Its width in pixels, where it does not cover the screen or no window manager makes it do so.
    pub width: u32,
    /// Its height in pixels, likewise.
    pub height: u32,
    /// Nothing moves; a new call is told by its colour alone.
    pub reduced_motion: bool,
}

impl Default for Window {
    fn default() -> Self {
        Self { fullscreen: true, width: 1920, height: 1080, reduced_motion: false }
    }
}

/// The room, to tell whether the number can be read from its back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Room {
    /// From the screen to the farthest seat, in metres.
    pub viewing_distance_m: Option<f32>,
    /// The height of the lit panel, in millimetres.
    pub screen_height_mm: Option<f32>,
}

fn french() -> Language {
    Language::new("fr")
}

/// What is wrong with a configuration, in words.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or not readable.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file does not say what it should.
    #[error("{path}: {reason}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// It says something impossible.
    #[error("`{key}`: {reason}")]
    Value {
        /// Which key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

impl Config {
    /// Reads the file and the variables of this process.
    ///
    /// # Errors
    /// If something is missing, unknown or impossible; the message names it.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let variables = std::env::vars().filter(|(name, _)| name.starts_with(env::PREFIX)).collect();
        Self::parse(&text, variables).map_err(|error| match error {
            ConfigError::Parse { reason, .. } => ConfigError::Parse { path: path.to_owned(), reason },
            other => other,
        })
    }

    fn parse(text: &str, variables: Vec<(String, String)>) -> Result<Self, ConfigError> {
        let parse = |reason: String| ConfigError::Parse { path: PathBuf::new(), reason };
        let value = env::overlay(text, variables).map_err(parse)?;
        let config: Self = value.try_into().map_err(|error: toml::de::Error| parse(error.to_string()))?;
        config.validated()
    }

    fn validated(self) -> Result<Self, ConfigError> {
        let unknown = |language: &&Language| !LANGUAGES.contains(&language.as_str());
        if let Some(language) = [&self.language].into_iter().chain(&self.second_language).find(unknown) {
            let reason = format!("the screens do not speak `{language}`, only {}", LANGUAGES.join(" and "));
            return Err(ConfigError::Value { key: "language", reason });
        }
        let sides = [("window.width", self.window.width), ("window.height", self.window.height)];
        if let Some((key, side)) = sides.into_iter().find(|(_, side)| !(480..=8192).contains(side)) {
            return Err(ConfigError::Value { key, reason: format!("from 480 to 8192 pixels, not {side}") });
        }
        let lengths = [
            ("room.viewing_distance_m", self.room.viewing_distance_m, 1.0..=100.0),
            ("room.screen_height_mm", self.room.screen_height_mm, 100.0..=5000.0),
        ];
        for (key, length, range) in lengths {
            if let Some(length) = length.filter(|length| !range.contains(length)) {
                let reason = format!("from {} to {}, not {length}", range.start(), range.end());
                return Err(ConfigError::Value { key, reason });
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests;

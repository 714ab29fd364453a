//! The configuration: a TOML file, with every key overridable by `GUICHET_BOARD__SECTION__KEY`.

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

/// What the names of overriding variables begin with.
const PREFIX: &str = "GUICHET_BOARD";

impl Config {
    /// Reads the file and the variables of this process.
    ///
    /// # Errors
    /// If something is missing, unknown or impossible; the message names it.
    pub fn load(path: &Path) -> Result<Self, configuration::Error> {
        let config: Self = configuration::load(path, PREFIX)?;
        let faults = config.faults();
        if faults.is_empty() { Ok(config) } else { Err(configuration::Error::Faults { faults }) }
    }

    /// Everything that is wrong and can be told without starting.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let languages =
            [("language", Some(&self.language)), ("second_language", self.second_language.as_ref())];
        for (key, language) in languages {
            if let Some(language) = language.filter(|language| !LANGUAGES.contains(&language.as_str())) {
                faults.push(format!("{key} = \"{language}\": the screens speak {}", LANGUAGES.join(", ")));
            }
        }
        for (key, side) in [("window.width", self.window.width), ("window.height", self.window.height)] {
            if !(480..=8192).contains(&side) {
                faults.push(format!("{key} = {side}: it must be from 480 to 8192 pixels"));
            }
        }
        let lengths = [
            ("room.viewing_distance_m", self.room.viewing_distance_m, 1.0..=100.0),
            ("room.screen_height_mm", self.room.screen_height_mm, 100.0..=5000.0),
        ];
        for (key, length, range) in lengths {
            if let Some(length) = length.filter(|length| !range.contains(length)) {
                faults.push(format!(
                    "{key} = {length}: it must be from {} to {}",
                    range.start(),
                    range.end()
                ));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests;

//! The configuration: a TOML file, with every key overridable by `GUICHET_BOARD__SECTION__KEY`.

use configuration::{Configuration, Fault};
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

impl Config {
    /// Reads the file and the variables of this process.
    ///
    /// # Errors
    /// If something is missing, unknown or impossible; the message names it.
    pub fn load(path: &Path) -> Result<Self, configuration::Error> {
        configuration::load(path)
    }
}

impl Configuration for Config {
    const PREFIX: &str = "GUICHET_BOARD";
    const SAMPLE: &str = include_str!("../../samples/board.toml");

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let unknown = |language: &Language| !LANGUAGES.contains(&language.as_str());
        let known = format!("it must be one of {}", LANGUAGES.join(", "));
        if unknown(&self.language) {
            faults.push(Fault::new("language", &known));
        }
        if self.second_language.as_ref().is_some_and(unknown) {
            faults.push(Fault::new("second_language", &known));
        }
        for (key, side) in [("window.width", self.window.width), ("window.height", self.window.height)] {
            if !(480..=8192).contains(&side) {
                faults.push(Fault::new(key, "it must be from 480 to 8192 pixels"));
            }
        }
        if self.room.viewing_distance_m.is_some_and(|length| !(1.0..=100.0).contains(&length)) {
            faults.push(Fault::new("room.viewing_distance_m", "it must be from 1 to 100 metres"));
        }
        if self.room.screen_height_mm.is_some_and(|length| !(100.0..=5000.0).contains(&length)) {
            faults.push(Fault::new("room.screen_height_mm", "it must be from 100 to 5000 millimetres"));
        }
        faults
    }
}

#[cfg(test)]
mod tests;

//! The configuration: a TOML file, with every key overridable by `GUICHET_KIOSK__SECTION__KEY`.

use configuration::{Configuration, Fault};
use hardware::{
    Profile,
    transport::{Address, FlowControl},
};
use serde::Deserialize;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The languages that the screens speak.
pub const LANGUAGES: [&str; 2] = ["fr", "en"];

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The one folder in which everything is kept.
    pub data_dir: PathBuf,
    /// The window.
    #[serde(default)]
    pub window: Window,
    /// The ticket printer.
    #[serde(default)]
    pub printer: Printer,
    /// The code reader; a kiosk without one only gives tickets to people without a booking.
    #[serde(default)]
    pub scanner: Option<Scanner>,
    /// How a visit goes.
    #[serde(default)]
    pub session: Session,
}

/// The window.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// Cover the whole screen.
    pub fullscreen: bool,
    /// In pixels: of a window that does not cover the screen, and of the screen where nothing manages
    /// windows (a bare X server).
    pub width: u32,
    /// In pixels, as the width.
    pub height: u32,
    /// Nothing moves by itself.
    pub reduced_motion: bool,
}

/// The ticket printer: exactly one of `tcp`, `serial` and `device`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Printer {
    /// `"printer.local:9100"`
    pub tcp: Option<String>,
    /// `"/dev/serial/by-id/…"`
    pub serial: Option<PathBuf>,
    /// Bits per second of the serial line.
    pub baud: u32,
    /// How a printer on a serial line makes the kiosk wait: `none`, `software` or `hardware`.
    pub flow: Flow,
    /// `"/dev/usb/lp0"`
    pub device: Option<PathBuf>,
    /// A built-in profile by its name, or a file that ends in `.toml`.
    pub profile: String,
}

/// How a serial device makes the sender wait.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// It cannot.
    #[default]
    None,
    /// XOFF and XON.
    Software,
    /// CTS.
    Hardware,
}

/// The code reader.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanner {
    /// `"/dev/serial/by-id/…"`
    pub serial: PathBuf,
    /// Bits per second; USB readers ignore it.
    #[serde(default = "scanner_baud")]
    pub baud: u32,
}

/// How a visit goes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// After so long without a touch somebody is asked whether they are still there. 5 to 600.
    pub idle_seconds: u16,
    /// And after so long without an answer the kiosk goes back to the start. 5 to 120.
    pub warn_seconds: u16,
    /// The language that a visit begins in.
    pub language: String,
}

impl Default for Window {
    fn default() -> Self {
        Self { fullscreen: true, width: 1080, height: 1920, reduced_motion: false }
    }
}

/// DESIGN names no figures; half a minute to read and a quarter to answer leaves room for people who
/// read slowly (WCAG 2.2.1 asks for 20 s to answer at least when nothing else extends the time: here
/// every touch does).
impl Default for Session {
    fn default() -> Self {
        Self { idle_seconds: 30, warn_seconds: 15, language: "fr".into() }
    }
}

impl Default for Printer {
    fn default() -> Self {
        let (tcp, serial, device) = (None, None, None);
        Self { tcp, serial, baud: 115_200, flow: Flow::None, device, profile: "generic-80mm".into() }
    }
}

fn scanner_baud() -> u32 {
    9600
}

impl Config {
    /// Reads the file and the environment, and checks the whole.
    ///
    /// # Errors
    /// Everything that is wrong, in words for the operator.
    pub fn load(path: &Path) -> Result<Self, configuration::Error> {
        configuration::load(path)
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("kiosk.sqlite3")
    }

    /// Where a running kiosk says how it is.
    pub fn status_socket(&self) -> PathBuf {
        self.data_dir.join(crate::status::SOCKET)
    }
}

impl Configuration for Config {
    const PREFIX: &str = "GUICHET_KIOSK";
    const SAMPLE: &str = include_str!("../../samples/kiosk.toml");

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(self.printer.address().err());
        if let Err(error) = Profile::load(&self.printer.profile) {
            faults.push(Fault::new("printer.profile", error.to_string()));
        }
        let mut within = |key: &str, value: u32, from: u32, to: u32, unit: &str| {
            if !(from..=to).contains(&value) {
                faults.push(Fault::new(key, format!("it must be from {from} to {to} {unit}")));
            }
        };
        within("session.idle_seconds", self.session.idle_seconds.into(), 5, 600, "seconds");
        within("session.warn_seconds", self.session.warn_seconds.into(), 5, 120, "seconds");
        within("window.width", self.window.width, 320, 8192, "pixels");
        within("window.height", self.window.height, 320, 8192, "pixels");
        if !LANGUAGES.contains(&self.session.language.as_str()) {
            let known = LANGUAGES.join(", ");
            faults.push(Fault::new("session.language", format!("it must be one of {known}")));
        }
        faults
    }
}

impl Printer {
    /// Where the printer is.
    ///
    /// # Errors
    /// If the section does not name exactly one place.
    pub fn address(&self) -> Result<Address, Fault> {
        match (&self.tcp, &self.serial, &self.device) {
            (Some(tcp), None, None) => format!("tcp://{tcp}").parse().map_err(|_| {
                Fault::new(
                    "printer.tcp",
                    "it must be a name or an address with a port, such as \"printer:9100\"",
                )
            }),
            (None, Some(path), None) => Ok(Address::Serial {
                path: path.clone(),
                baud: self.baud,
                flow: match self.flow {
                    Flow::None => FlowControl::None,
                    Flow::Software => FlowControl::Software,
                    Flow::Hardware => FlowControl::Hardware,
                },
            }),
            (None, None, Some(path)) => Ok(Address::DeviceFile { path: path.clone() }),
            _ => Err(Fault::new(
                "printer",
                "write exactly one of tcp, serial and device in the section [printer]",
            )),
        }
    }
}

impl Session {
    /// How long nobody has to touch anything before being asked.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds.into())
    }

    /// How long there is to answer.
    pub fn warn(&self) -> Duration {
        Duration::from_secs(self.warn_seconds.into())
    }
}

#[cfg(test)]
mod tests;

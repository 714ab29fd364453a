//! Which devices to simulate, from a TOML file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::escpos::ProfileError;

/// All simulated devices of one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevicesConfig {
    /// The run folder: slips, `control.sock`, and the links to pseudo-terminals. Made if missing.
    /// Relative paths count from the folder of the file. It belongs to one run at a time.
    pub folder: PathBuf,
    /// The printers.
    #[serde(default, rename = "printer")]
    pub printers: Vec<PrinterSetup>,
    /// The scanners.
    #[serde(default, rename = "scanner")]
    pub scanners: Vec<ScannerSetup>,
}

/// One simulated printer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterSetup {
    /// Its name: letters, digits, `-` and `_`; slips are called `NAME-0001` and so on.
    pub name: String,
    /// The model: the name of a built-in profile, or a file ending in `.toml`.
    #[serde(default = "standard_profile")]
    pub profile: String,
    /// Where it listens; port 0 takes a free one.
    #[serde(default)]
    pub tcp: Option<SocketAddr>,
    /// Where the link to its pseudo-terminal is made; relative paths count from the run folder.
    #[serde(default)]
    pub pty: Option<PathBuf>,
    /// How fast the wire carries bytes: 100 upwards. About 1 MB/s is a printer's Ethernet; 11520 a
    /// serial line at 115200 baud.
    #[serde(default = "standard_wire")]
    pub wire_bytes_per_second: u32,
    /// How fast the paper moves: 1 upwards.
    #[serde(default = "standard_paper")]
    pub paper_mm_per_second: u32,
    /// How much it takes in before it makes the sender wait: 8192 upwards.
    #[serde(default = "standard_buffer")]
    pub buffer_bytes: usize,
}

/// One simulated scanner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannerSetup {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// Where the link to its pseudo-terminal is made; relative paths count from the run folder.
    pub pty: PathBuf,
    /// What it sends after each code.
    #[serde(default = "standard_terminator")]
    pub terminator: String,
}

fn standard_profile() -> String {
    "epson-tm-t20".into()
}

fn standard_wire() -> u32 {
    1_000_000
}

fn standard_paper() -> u32 {
    200
}

fn standard_buffer() -> usize {
    65_536
}

fn standard_terminator() -> String {
    "\r".into()
}

impl PrinterSetup {
    /// A printer of the model TM-T20 on a free port of the loopback interface.
    pub fn on_tcp(name: &str) -> PrinterSetup {
        PrinterSetup {
            name: name.into(),
            profile: standard_profile(),
            tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            pty: None,
            wire_bytes_per_second: standard_wire(),
            paper_mm_per_second: standard_paper(),
            buffer_bytes: standard_buffer(),
        }
    }
}

impl ScannerSetup {
    /// A scanner that ends each code with CR, with its link in the run folder.
    pub fn new(name: &str) -> ScannerSetup {
        ScannerSetup {
            name: name.into(),
            pty: format!("{name}.tty").into(),
            terminator: standard_terminator(),
        }
    }
}

/// Why a configuration of simulated devices cannot be used. All are permanent.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a configuration.
    #[error("{} is not a configuration of simulated devices", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A printer's profile cannot be used.
    #[error("the simulated printer {name:?} has no usable profile")]
    Profile {
        /// The printer.
        name: String,
        /// Why.
        #[source]
        source: ProfileError,
    },
    /// A device has a value that cannot be used.
    #[error("the simulated device {name:?} {problem}")]
    Device {
        /// The device.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl DevicesConfig {
    /// Reads a configuration from a file and checks it.
    ///
    /// # Errors
    /// If the file cannot be read or is not valid.
    pub fn from_file(path: &Path) -> Result<DevicesConfig, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
        let mut config: DevicesConfig = toml::from_str(&text)
            .map_err(|source| ConfigError::Malformed { path: path.into(), source: Box::new(source) })?;
        if let Some(folder) = path.parent() {
            config.folder = folder.join(&config.folder);
        }
        config.check()?;
        Ok(config)
    }

    /// Checks what the types do not say.
    ///
    /// # Errors
    /// [`ConfigError::Device`] for the first device that cannot be simulated.
    pub fn check(&self) -> Result<(), ConfigError> {
        let names: Vec<&str> = self
            .printers
            .iter()
            .map(|printer| printer.name.as_str())
            .chain(self.scanners.iter().map(|scanner| scanner.name.as_str()))
            .collect();
        for (at, name) in names.iter().enumerate() {
            let plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
            if name.is_empty() || !name.chars().all(plain) {
                return wrong(name, "must be named with letters, digits, - and _");
            }
            if names[..at].contains(name) {
                return wrong(name, "shares its name with another device");
            }
        }
        for printer in &self.printers {
            let problem = match printer {
                _ if printer.tcp.is_none() && printer.pty.is_none() => "has neither tcp nor pty",
                _ if printer.wire_bytes_per_second < 100 => "has wire_bytes_per_second below 100",
                _ if printer.paper_mm_per_second == 0 => "has paper_mm_per_second = 0",
                // The longest single command that a ticket contains is a QR code's contents.
                _ if printer.buffer_bytes < 8192 => "has buffer_bytes below 8192",
                _ => continue,
            };
            return wrong(&printer.name, problem);
        }
        Ok(())
    }
}

fn wrong(name: &str, problem: &'static str) -> Result<(), ConfigError> {
    Err(ConfigError::Device { name: name.into(), problem })
}

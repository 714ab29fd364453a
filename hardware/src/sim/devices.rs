//! All simulated devices of one run.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::clock::monotonic_us;
use super::control::{Answer, LONGEST_WAIT, Request};
use super::printer::SimPrinter;
use super::scanner::SimScanner;
use super::server::Server;
use super::{ConfigError, DevicesConfig};

/// Why simulated devices cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error("the configuration of the simulated devices cannot be used")]
    Config {
        /// What is wrong with it.
        #[from]
        source: ConfigError,
    },
    /// The run folder or its control socket cannot be made.
    #[error("cannot use the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A device cannot be put on its wire.
    #[error("the simulated device {name:?} cannot start")]
    Device {
        /// The device.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Where everything is, once it is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The run folder.
    pub folder: PathBuf,
    /// The control socket.
    pub control: PathBuf,
    /// The printers.
    pub printers: Vec<PrinterAt>,
    /// The scanners.
    pub scanners: Vec<ScannerAt>,
}

/// Where a simulated printer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterAt {
    /// Its name.
    pub name: String,
    /// Where it listens, with the port that it really has.
    pub tcp: Option<SocketAddr>,
    /// The link to its pseudo-terminal.
    pub pty: Option<PathBuf>,
}

/// Where a simulated scanner is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScannerAt {
    /// Its name.
    pub name: String,
    /// The link to its pseudo-terminal.
    pub pty: PathBuf,
}

/// Running simulated devices. Dropping them stops all threads and removes the links; the slips stay.
pub struct Devices {
    ready: Ready,
    _server: Server,
}

/// The devices themselves, shared with the connections to the control socket.
pub(super) struct Rack {
    printers: Vec<SimPrinter>,
    scanners: Vec<SimScanner>,
}

impl Devices {
    /// Starts all devices and the control socket. They are ready when this returns.
    ///
    /// # Errors
    /// If the configuration, the run folder or a wire cannot be used.
    pub fn start(config: DevicesConfig) -> Result<Devices, StartError> {
        config.check()?;
        let folder = |source| StartError::Folder { path: config.folder.clone(), source };
        std::fs::create_dir_all(&config.folder).map_err(folder)?;
        let path = config.folder.canonicalize().map_err(folder)?;
        let start_printer = |setup| SimPrinter::start(setup, &path);
        let start_scanner = |setup| SimScanner::start(setup, &path);
        let rack = Rack {
            printers: config.printers.into_iter().map(start_printer).collect::<Result<_, _>>()?,
            scanners: config.scanners.into_iter().map(start_scanner).collect::<Result<_, _>>()?,
        };
        let printers = rack.printers.iter().map(|printer| PrinterAt {
            name: printer.machine.setup.name.clone(),
            tcp: printer.tcp,
            pty: printer.pty.clone(),
        });
        let scanners = rack
            .scanners
            .iter()
            .map(|scanner| ScannerAt { name: scanner.setup.name.clone(), pty: scanner.link.clone() });
        let ready = Ready {
            control: path.join(super::control::SOCKET),
            folder: path.clone(),
            printers: printers.collect(),
            scanners: scanners.collect(),
        };
        let server = Server::start(&ready.control, Arc::new(rack))
            .map_err(|source| StartError::Folder { path, source })?;
        Ok(Devices { ready, _server: server })
    }

    /// Where everything is.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }
}

impl Rack {
    pub fn answer(&self, request: Request) -> Answer {
        self.try_answer(request).unwrap_or_else(|reason| Answer::Refused { reason })
    }

    fn try_answer(&self, request: Request) -> Result<Answer, String> {
        let done = || Ok(Answer::Done { at_us: monotonic_us() });
        match request {
            Request::Scan { name, text } => {
                let written = self.scanner(&name)?.scan(&text);
                let written_us = written.map_err(|error| format!("{name}: {error}"))?;
                Ok(Answer::Scanned { written_us })
            }
            Request::Fault { name, fault, on } => {
                self.printer(&name)?.machine.set_fault(fault, on);
                done()
            }
            Request::Unplug { name } => {
                match self.printer(&name) {
                    Ok(printer) => printer.machine.set_power(false),
                    Err(_) => self.scanner(&name)?.unplug(),
                }
                done()
            }
            Request::Plug { name } => {
                match self.printer(&name) {
                    Ok(printer) => printer.machine.set_power(true),
                    Err(_) => self.scanner(&name)?.plug().map_err(|error| format!("{name}: {error}"))?,
                }
                done()
            }
            Request::Slips { name } => Ok(Answer::Slips(self.printer(&name)?.machine.slips())),
            Request::WaitForSlips { name, count, timeout_ms } => {
                let machine = &self.printer(&name)?.machine;
                let wait = Duration::from_millis(timeout_ms).min(LONGEST_WAIT);
                if machine.wait_for_slips(count, Instant::now() + wait) {
                    return Ok(Answer::Slips(machine.slips()));
                }
                Err(format!("{name} has not printed {count} complete slips within {} ms", wait.as_millis()))
            }
        }
    }

    /// Ends waits for slips, so that nobody keeps the devices alive.
    pub fn stop(&self) {
        self.printers.iter().for_each(|printer| printer.machine.stop());
    }

    fn printer(&self, name: &str) -> Result<&SimPrinter, String> {
        let found = self.printers.iter().find(|printer| printer.machine.setup.name == name);
        found.ok_or_else(|| format!("no simulated printer is called {name:?}"))
    }

    fn scanner(&self, name: &str) -> Result<&SimScanner, String> {
        let found = self.scanners.iter().find(|scanner| scanner.setup.name == name);
        found.ok_or_else(|| format!("no simulated device is called {name:?}"))
    }
}

//! What `guichet-server check` finds, and what `serve` tells of it at its start. Looks and changes nothing:
//! what is made here would belong to whoever asked, and not to the service.

use crate::{Server, StartError, clock::Clock, config::Config, control::in_words, disk, store, tls};
use nix::unistd::AccessFlags;
use std::{io::ErrorKind, net::TcpListener, path::Path};

/// Below this the disk counts as full, in megabytes.
const ROOM_MIN: u64 = 16;
/// Below this somebody should look after the disk, in megabytes: some weeks of a large site.
const ROOM_SOON: u64 = 500;

/// What is not as it should be, in sentences without a full stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What does not work.
    pub faults: Vec<String>,
    /// What works, and may not be what was meant.
    pub notes: Vec<String>,
}

impl Findings {
    pub(crate) fn fault(&mut self, text: impl Into<String>) {
        self.faults.push(text.into());
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    fn fault_of(&mut self, error: &dyn std::error::Error) {
        self.fault(in_words(error));
    }
}

/// What the configuration and the files that it names tell. Needs no data folder and no port.
pub fn configuration(config: &Config, clock: Clock) -> Findings {
    let mut findings = Findings { notes: config.doubts(), ..Findings::default() };
    if let Err(error) = tls::examine(config, clock, &mut findings) {
        findings.fault_of(&error);
    }
    findings
}

/// Everything that can be told before a start: the configuration, the data folder, the disk, the database and
/// the addresses.
pub fn everything(config: &Config, clock: Clock) -> Findings {
    let mut findings = configuration(config, clock);
    let folder = &config.data_dir;
    let is_running = Server::is_running(folder);
    match examine_folder(folder) {
        Ok(true) => {
            room(folder, &mut findings);
            database(config, clock, is_running, &mut findings);
        }
        Ok(false) => {
            findings
                .note(format!("data_dir {} is not there yet; the first start makes it", folder.display()));
        }
        Err(reason) => findings.fault(format!("data_dir {}: {reason}", folder.display())),
    }
    addresses(config, is_running, &mut findings);
    findings
}

/// Whether it is there; an error says why it cannot be used.
fn examine_folder(folder: &Path) -> Result<bool, String> {
    match std::fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => Err("it is not a folder".into()),
        Ok(_) => {
            let mode = AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK;
            let refused = |error| format!("it cannot be read and written: {error}");
            nix::unistd::access(folder, mode).map(|()| true).map_err(refused)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

fn room(folder: &Path, findings: &mut Findings) {
    match disk::free_megabytes(folder) {
        Ok(free @ ..ROOM_MIN) => findings.fault(format!("the disk of data_dir is full: {free} MB are left")),
        Ok(free @ ..ROOM_SOON) => {
            findings.note(format!("the disk of data_dir is nearly full: {free} MB are left"))
        }
        Ok(_) => {}
        Err(error) => findings.fault(format!("the disk of data_dir: {error}")),
    }
}

fn database(config: &Config, clock: Clock, is_running: bool, findings: &mut Findings) {
    if !config.database().exists() {
        let moved = if tls::authority_folder(config).exists() {
            ", although a server was here before: was it moved away?"
        } else {
            ""
        };
        return findings.note(format!("there is no database yet; the first start makes it{moved}"));
    }
    let examined = store::open_to_examine(&config.database(), is_running)
        .map_err(StartError::from)
        .and_then(|db| crate::examine(&db, config, clock));
    match examined {
        Ok(notes) => findings.notes.extend(notes),
        Err(error) => findings.fault_of(&error),
    }
}

fn addresses(config: &Config, is_running: bool, findings: &mut Findings) {
    for address in std::iter::once(config.listen.https).chain(config.listen.http) {
        match TcpListener::bind(address) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AddrInUse && is_running => {
                findings.note(format!("{address} is in use: a server runs on this data_dir"));
            }
            Err(error) => findings.fault(format!("cannot listen on {address}: {error}")),
        }
    }
}

//! What `guichet-server check` finds, and what `serve` tells of it at its start. Looks and changes nothing:
//! what is made here would belong to whoever asked, and not to the service.

use crate::{
    Server, StartError,
    app::App,
    backup,
    clock::Clock,
    config::{Config, SiteConfig},
    control::in_words,
    disk, store, tls,
};
use domain::{Booking, BookingStatus, Branch, ServiceDay, ServiceId, Site, SiteId};
use nix::unistd::AccessFlags;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::ErrorKind,
    net::TcpListener,
    path::{Path, PathBuf},
};

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
            let unusable: Vec<_> = unusable_files(config).collect();
            if unusable.is_empty() {
                database(config, clock, is_running, &mut findings);
            }
            for (file, reason) in unusable {
                findings.fault(format!("{}: {reason}", file.display()));
            }
        }
        Ok(false) => {
            findings
                .note(format!("data_dir {} is not there yet; the first start makes it", folder.display()));
        }
        Err(reason) => findings.fault(format!("data_dir {}: {reason}", folder.display())),
    }
    addresses(config, is_running, &mut findings);
    backups(config, clock, &mut findings);
    findings
}

/// Whether it is there; an error says why it cannot be used.
fn examine_folder(folder: &Path) -> Result<bool, String> {
    match std::fs::metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => Err("it is not a folder".into()),
        Ok(_) => {
            may(folder, AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK)?;
            match crate::is_of_its_own(folder) {
                Ok(true) => Ok(true),
                Ok(false) => Err(crate::SHARED_FOLDER.into()),
                Err(error) => Err(error.to_string()),
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether this user may; an error says why not.
fn may(path: &Path, mode: AccessFlags) -> Result<(), String> {
    nix::unistd::access(path, mode).map_err(|error| format!("it cannot be read and written: {error}"))
}

/// The files of the data folder that are there and that a server could not write, each with the reason: somebody
/// else may have made them, or put them back.
pub(crate) fn unusable_files(config: &Config) -> impl Iterator<Item = (PathBuf, String)> {
    let database = config.database();
    let beside = ["sqlite3-wal", "sqlite3-shm"].map(|name| database.with_extension(name));
    let files = [config.data_dir.join(crate::LOCK), database].into_iter().chain(beside);
    files.filter(|file| file.exists()).filter_map(|file| {
        let usable = match file.is_file() {
            true => may(&file, AccessFlags::R_OK | AccessFlags::W_OK),
            false => Err("it is not a file".into()),
        };
        usable.err().map(|reason| (file, reason))
    })
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

fn backups(config: &Config, clock: Clock, findings: &mut Findings) {
    if let Some(folder) = config.backups.folder.as_deref().filter(|folder| folder.exists())
        && let Err(reason) = may(folder, AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK)
    {
        findings.fault(format!("backup.folder {}: {reason}", folder.display()));
    }
    findings.notes.extend(backup::doubts(&config.backups, clock.now()));
}

fn database(config: &Config, clock: Clock, is_running: bool, findings: &mut Findings) {
    if has_no_database(config) {
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

/// Whether there is no database, or nothing in its file, as a failed copy leaves it.
pub(crate) fn has_no_database(config: &Config) -> bool {
    std::fs::metadata(config.database()).map_or(true, |file| file.len() == 0)
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

/// What a site's configuration no longer has although the present day uses it: nobody can be called there, or for
/// that. `today` is the present day; bookings of the days to come count as well.
pub(crate) fn no_longer_there(site: &Site, branch: &Branch, today: ServiceDay) -> Vec<String> {
    let mut found = Vec::new();
    let is_today = branch.day == Some(today);
    for counter in branch.counters.keys().filter(|counter| is_today && !site.counters.contains_key(counter)) {
        found.push(format!("counter {counter} of {} is open, and no longer in the configuration", site.id));
    }
    let mut visits: BTreeMap<&ServiceId, usize> = BTreeMap::new();
    for visit in branch.visits.values().filter(|visit| is_today && visit.state.is_live()) {
        let services: BTreeSet<_> = std::iter::once(&visit.service).chain(&visit.then).collect();
        services.into_iter().for_each(|service| *visits.entry(service).or_default() += 1);
    }
    let mut bookings: BTreeMap<&ServiceId, usize> = BTreeMap::new();
    let stands =
        |booking: &&Booking| booking.status == BookingStatus::Booked && site.day(booking.slot) >= today;
    for booking in branch.bookings.values().filter(stands) {
        *bookings.entry(&booking.service).or_default() += 1;
    }
    for (what, used) in [("present visitor(s)", visits), ("booking(s)", bookings)] {
        for (service, count) in used.into_iter().filter(|(service, _)| !site.services.contains_key(*service))
        {
            found.push(format!(
                "{count} {what} of {} are there for {service}, which is no longer in the configuration",
                site.id
            ));
        }
    }
    found
}

/// The same of every site of a server that was opened.
pub fn days(app: &App) -> Vec<String> {
    let site = |(id, site): (&SiteId, &SiteConfig)| {
        let (site, live) = (site.to_site(id), app.sites.get(id)?.live());
        Some(no_longer_there(&site, &live.branch, site.day(app.clock.now())))
    };
    let lost = app.reader.read(|db| crate::lost_sites(db, &app.config)).unwrap_or_default();
    lost.into_iter().chain(app.config.sites.iter().filter_map(site).flatten()).collect()
}

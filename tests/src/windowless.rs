//! A kiosk without a window: its own desk, worker, database and printer's thread in this process, a simulated
//! printer on the wire, and a clock that the caller moves. What would be shown can be read, and touched.

use crate::wait::PATIENCE;
use anyhow::{Context, anyhow, bail};
use chrono::TimeDelta;
use domain::{
    Booking, BookingStatus, Branch, DeviceId, LaneCode, Language, Party, ServiceId, Site, SiteId, Time,
    branch::Lane,
};
use hardware::{
    Printer, PrinterConfig, Profile,
    sim::{Control, Devices, DevicesConfig, PrinterSetup},
    transport::Address,
};
use kiosk::{
    clock::{KioskClock, Reading},
    desk,
    flow::{Code, Device, Msg, Settings, ViewModel, Visit},
    local::{Identity, LocalStore},
    reception::{News, Reception},
    ticket::Press,
    worker::{Job, Worker},
};
use protocol::{Cursor, LookupSecret, snapshot::KioskSnapshot};
use rusqlite::{Connection, OpenFlags};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::Notify;
use uuid::Uuid;

/// The simulated printer's name.
pub const PRINTER: &str = "printer";
/// The kiosk's database in its folder.
const DATABASE: &str = "kiosk.sqlite3";
/// The log that it follows.
pub const EPOCH: Uuid = Uuid::from_u128(1);
/// It is asked for its state when a ticket is to be printed, and not in between: the byte at which it dies is
/// then always the same.
const POLL: Duration = Duration::from_secs(24 * 3600);

/// A kiosk and its printer.
pub struct Windowless {
    /// The simulated printer.
    pub control: Control,
    desk: Sender<Msg>,
    views: Receiver<ViewModel>,
    view: Option<ViewModel>,
    machine: Arc<Mutex<Reading>>,
    jobs: Jobs,
    worker: JoinHandle<Result<(), String>>,
    folder: TempDir,
    _devices: Devices,
}

/// The one way to the worker, which ends when it is cut.
#[derive(Clone)]
struct Jobs(Arc<Mutex<Option<Sender<Job>>>>);

impl Jobs {
    /// False once it is cut.
    fn send(&self, job: Job) -> bool {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok())
    }

    fn cut(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// What a kiosk leaves on its disk.
pub struct Left {
    /// Its database.
    pub db: Connection,
    /// The folder of its printer's slips. It is removed with this.
    pub slips: PathBuf,
    _folder: TempDir,
}

impl Windowless {
    /// A kiosk at 09:00 of a working day, with a printer of this profile that is as fast as the machine. So many
    /// bookings are due: `RDV-0`, `RDV-1` and so on.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(profile: &Profile, bookings: usize) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("guichet-kiosk-")?;
        let file = folder.path().join("printer.toml");
        std::fs::write(&file, toml::to_string(profile)?)?;
        let setup = PrinterSetup {
            profile: file.display().to_string(),
            wire_bytes_per_second: u32::MAX,
            paper_mm_per_second: u32::MAX,
            buffer_bytes: 1 << 20,
            ..PrinterSetup::on_tcp(PRINTER)
        };
        let config = DevicesConfig {
            folder: folder.path().join("slips"),
            printers: vec![setup],
            scanners: Vec::new(),
        };
        let devices = Devices::start(config)?;
        let control = Control::connect(&devices.ready().folder)?;
        let printer =
            devices.ready().printers.first().and_then(|printer| printer.tcp).context("no printer")?;

        let Alone { reception, clock, machine } = Alone::open(folder.path(), bookings)?;
        let (jobs, inbox) = channel();
        let (desk, desk_inbox) = channel();
        let (shown, views) = channel();
        let jobs = Jobs(Arc::new(Mutex::new(Some(jobs))));
        let address = Address::Tcp { host: printer.ip().to_string(), port: printer.port() };
        let config = PrinterConfig { poll_interval: POLL, ..PrinterConfig::new(address, profile.clone()) };
        let told = jobs.clone();
        let printer = Printer::start(config, move |event| {
            let _going_on = told.send(Job::Printer(event));
        });
        let worker = Worker {
            reception,
            paperwork: (Press::new(profile.clone()), printer),
            desk: desk.clone(),
            outbox: Arc::new(Notify::new()),
        };
        let worker = std::thread::spawn(move || worker.run(&inbox).map_err(|error| format!("{error:?}")));
        let visit = Visit::new(settings(), clock.since_boot());
        let (asked, asks) = channel();
        let forward = jobs.clone();
        std::thread::spawn(move || while asks.recv().is_ok_and(|job| forward.send(job)) {});
        std::thread::spawn(move || {
            let show = |model| {
                let _ended = shown.send(model);
            };
            desk::run(visit, &clock, &desk_inbox, &asked, show, || {});
        });
        desk.send(Msg::Device(Device::Scanner, true))?;
        let mut kiosk =
            Self { control, desk, views, view: None, machine, jobs, worker, folder, _devices: devices };
        kiosk.until("it knows its site", |view| !view.site_name.is_empty() && view.printer_ready)?;
        Ok(kiosk)
    }

    /// A code is held before the reader.
    ///
    /// # Errors
    /// If the desk has ended.
    pub fn scan(&self, code: &str) -> anyhow::Result<()> {
        self.touch(Msg::Scanned(Code(code.to_owned())))
    }

    /// A visitor, who has seen the page for a second, does something.
    ///
    /// # Errors
    /// If the desk has ended.
    pub fn touch(&self, msg: Msg) -> anyhow::Result<()> {
        {
            let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
            machine.since_boot += Duration::from_secs(1);
            machine.wall += TimeDelta::seconds(1);
        }
        self.desk.send(msg).map_err(|_| anyhow!("the desk has ended"))
    }

    /// Waits until the screen shows this, and gives what it shows then.
    ///
    /// # Errors
    /// If it does not come.
    pub fn until(&mut self, what: &str, is_it: impl Fn(&ViewModel) -> bool) -> anyhow::Result<ViewModel> {
        loop {
            if let Some(view) = self.view.as_ref().filter(|view| is_it(view)) {
                return Ok(view.clone());
            }
            match self.views.recv_timeout(PATIENCE) {
                Ok(view) => self.view = Some(view),
                Err(_) => bail!("waited in vain: {what}; the screen shows {:?}", self.view),
            }
        }
    }

    /// Ends the kiosk and gives what it leaves.
    ///
    /// # Errors
    /// If a thread of it panicked or failed.
    pub fn end(self) -> anyhow::Result<Left> {
        self.jobs.cut();
        drop(self.desk);
        drop(self.views);
        match self.worker.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => bail!("the worker failed: {error}"),
            Err(_) => bail!("the worker panicked"),
        }
        let db = self.folder.path().join(DATABASE);
        Ok(Left {
            db: Connection::open_with_flags(db, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
            slips: self.folder.path().join("slips"),
            _folder: self.folder,
        })
    }
}

/// A kiosk's rules and database with nothing around them, at 09:00 of a working day. It heard a moment ago of so many
/// bookings that are due: `RDV-0`, `RDV-1` and so on.
pub struct Alone {
    /// The rules and the database.
    pub reception: Reception,
    /// Its clock.
    pub clock: Arc<KioskClock>,
    /// What the clock reads.
    pub machine: Arc<Mutex<Reading>>,
}

impl Alone {
    /// A paired kiosk with its database in `folder`.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn open(folder: &Path, bookings: usize) -> anyhow::Result<Self> {
        let site = sample_site()?;
        let now = nine_o_clock(&site)?;
        let machine = Arc::new(Mutex::new(Reading { wall: now, since_boot: Duration::from_secs(1000) }));
        let read = Arc::clone(&machine);
        let clock = Arc::new(KioskClock::reading("boot", move || {
            *read.lock().unwrap_or_else(PoisonError::into_inner)
        }));
        let mut store = LocalStore::open(&folder.join(DATABASE))?;
        store.adopt(&identity(&site)?)?;
        let mut reception = Reception::open(store, Arc::clone(&clock))?;
        let snapshot = KioskSnapshot {
            cursor: Cursor { epoch: EPOCH, seq: 1 },
            server_time: now,
            branch: morning(&site, bookings, now)?,
        };
        reception.hear(vec![News::Snapshot(Box::new(snapshot))])?;
        Ok(Self { reception, clock, machine })
    }
}

fn settings() -> Settings {
    Settings {
        // The clock stands still but for the touches.
        idle: Duration::from_secs(3600),
        warn: Duration::from_secs(15),
        language: Language::new("fr"),
        reduced_motion: false,
    }
}

fn nine_o_clock(site: &Site) -> anyhow::Result<Time> {
    let day: chrono::NaiveDate = "2026-11-23".parse()?;
    let nine = day.and_hms_opt(9, 0, 0).and_then(|nine| nine.and_local_timezone(site.zone).single());
    Ok(nine.context("there is no nine o'clock")?.to_utc())
}

fn secret() -> LookupSecret {
    LookupSecret::new([7; 32])
}

fn identity(site: &Site) -> anyhow::Result<Identity> {
    Ok(Identity {
        server: "https://localhost:1".into(),
        authority: None,
        device: DeviceId(Uuid::from_u128(0xD)),
        site: site.id.clone(),
        name: "Borne 1".into(),
        token: "token".into(),
        lookup: secret(),
        follow_url: Some("https://suivi.example/t".into()),
        incarnation: Uuid::from_u128(1),
        lane: lane()?,
    })
}

fn lane() -> anyhow::Result<LaneCode> {
    LaneCode::try_from("H".to_owned()).map_err(|_| anyhow!("H is no lane"))
}

fn morning(site: &Site, bookings: usize, slot: Time) -> anyhow::Result<Branch> {
    let mut branch = Branch { site: Some(site.clone()), day: Some(site.day(slot)), ..Branch::default() };
    for number in 0..bookings {
        let key = secret().key(&format!("RDV-{number}")).context("no reference")?;
        let (service, party, status) = (ServiceId::new("RT"), Party::default(), BookingStatus::Booked);
        branch.bookings.insert(key, Booking { key, slot, service, party, status });
    }
    let owner = Lane {
        device: DeviceId(Uuid::from_u128(0xD)),
        incarnation: Uuid::from_u128(1),
        last: None,
        active_on: None,
        revoked_on: None,
    };
    branch.lanes.insert(lane()?, owner);
    Ok(branch)
}

/// The site of the sample configuration.
fn sample_site() -> anyhow::Result<Site> {
    let config = server::config::Config::load(std::path::Path::new(crate::world::SAMPLE_CONFIG))?;
    let id = SiteId::new(crate::world::SITE);
    Ok(config.sites.get(&id).context("no such site")?.to_site(&id))
}

//! Puts the threads together and runs the kiosk until it is told to stop.

use crate::{
    clock::KioskClock,
    config::Config,
    desk,
    flow::{Code, Device, Msg, Settings, Visit},
    local::{LocalStore, OpenError, StoreError},
    reception::Reception,
    status,
    sync::Sync,
    ticket::Press,
    ui::{self, Window},
    worker::{Job, Worker},
};
use hardware::{Printer, PrinterConfig, Profile, Scanner, ScannerConfig, ScannerEvent};
use protocol::client::ClientError;
use std::{
    io::Write,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};
use tokio::sync::Notify;

/// Why the kiosk does not run, or does not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database cannot be opened.
    #[error("the kiosk's database cannot be used")]
    Open(#[from] OpenError),
    /// The database failed. Starting anew recovers what was recorded.
    #[error("the kiosk's database failed")]
    Store(#[from] StoreError),
    /// The server's address or authority is wrong.
    #[error("the stored server cannot be used: pair the kiosk anew")]
    Server(#[from] ClientError),
    /// There is no display.
    #[error("the window cannot be shown")]
    Window(#[from] slint::PlatformError),
    /// The machine does not give what every program needs.
    #[error("the machine refused")]
    Machine(#[from] std::io::Error),
    /// The printer is not described right.
    #[error("the printer cannot be used: {0}")]
    Printer(String),
}

impl RunError {
    /// Whether there is no room on the disk: it works again when there is.
    fn is_full(&self) -> bool {
        match self {
            Self::Open(error) => error.is_full(),
            Self::Store(error) => error.is_full(),
            _ => false,
        }
    }
}

/// How often a kiosk that was started on a full disk looks whether there is room.
const ROOM_AGAIN: Duration = Duration::from_secs(2);

/// Runs the kiosk. Called on the main thread, which the window needs.
///
/// # Errors
/// If it cannot start, or its database fails.
pub fn run(config: &Config) -> Result<(), RunError> {
    let clock = Arc::new(KioskClock::system()?);
    let reception = match open(config, &clock) {
        Err(error) if error.is_full() => {
            tracing::error!(error = &error as &dyn std::error::Error, "out of order until there is room");
            None
        }
        opened => Some(opened?),
    };
    let press = Press::new(profile(config)?);
    let (desk_sender, desk_inbox) = channel();
    let (job_sender, job_inbox) = channel();
    let window = Window::open(&config.window, &desk_sender)?;
    let display = window.display();
    let visit = Visit::new(settings(config), clock.since_boot());

    let office = Office {
        config: config.clone(),
        jobs: job_sender.clone(),
        inbox: job_inbox,
        desk: desk_sender.clone(),
    };
    let (desk_clock, scanner_jobs) = (Arc::clone(&clock), job_sender.clone());
    thread::Builder::new().name("desk".into()).spawn(move || {
        let show = |model| display.show(model);
        desk::run(visit, &desk_clock, &desk_inbox, &job_sender, show, || ui::after_shown(tell_ready));
    })?;
    let (ended_sender, ended) = channel();
    thread::Builder::new().name("worker".into()).spawn(move || {
        if let Err(error) = office.work(reception, press, &clock) {
            // Received after the window has closed.
            let _received = ended_sender.send(error);
        }
        ui::quit();
    })?;
    let _scanner = scanner(config, &desk_sender, &scanner_jobs);
    window.run()?;
    match ended.try_recv() {
        Ok(error) => Err(error),
        Err(_) => Ok(()),
    }
}

fn open(config: &Config, clock: &Arc<KioskClock>) -> Result<Reception, RunError> {
    Ok(Reception::open(LocalStore::open(&config.database())?, Arc::clone(clock))?)
}

/// What the worker's thread starts from.
struct Office {
    config: Config,
    jobs: Sender<Job>,
    inbox: Receiver<Job>,
    desk: Sender<Msg>,
}

impl Office {
    /// Starts the network side and the printer, and works until nobody can ask any more.
    fn work(
        self,
        reception: Option<Reception>,
        press: Press,
        clock: &Arc<KioskClock>,
    ) -> Result<(), RunError> {
        let reception = match reception {
            Some(reception) => reception,
            None => self.wait_for_room(clock)?,
        };
        let outbox = Arc::new(Notify::new());
        let (identity, cursor) = (reception.identity().clone(), reception.cursor());
        let sync = Sync::new(
            identity,
            Arc::clone(clock),
            self.jobs.clone(),
            self.desk.clone(),
            Arc::clone(&outbox),
        )?;
        thread::Builder::new().name("sync".into()).spawn(move || {
            if let Err(error) = sync.run(cursor) {
                tracing::error!(%error, "the network side could not start: the kiosk goes on without the server");
            }
        })?;
        let status = self.config.status_socket();
        if let Err(error) = status::listen(&status, self.jobs.clone()) {
            tracing::warn!(%error, "`guichet-kiosk status` cannot ask this kiosk while it runs");
        }
        let printer = printer(&self.config, reception.printer_may_hold_part()?, &self.jobs)?;
        Ok(Worker { reception, paperwork: (press, printer), desk: self.desk, outbox }.run(&self.inbox)?)
    }

    /// Visitors are told that a person helps, until their number can be recorded.
    fn wait_for_room(&self, clock: &Arc<KioskClock>) -> Result<Reception, RunError> {
        // The desk ends only with the program.
        let say = |out| {
            let _ending = self.desk.send(Msg::OutOfOrder(out));
        };
        say(true);
        loop {
            match open(&self.config, clock) {
                Err(error) if error.is_full() => {
                    // Nobody asks anything of a kiosk that is out of order: only time passes.
                    let _nothing = self.inbox.recv_timeout(ROOM_AGAIN);
                }
                Err(error) => return Err(error),
                Ok(reception) => {
                    tracing::info!("there is room again");
                    say(false);
                    return Ok(reception);
                }
            }
        }
    }
}

/// Tells whoever started the kiosk that visitors can come.
fn tell_ready() {
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{{\"ready\":true}}").and_then(|()| out.flush()) {
        tracing::debug!(%error, "nobody wants to know that the kiosk is ready");
    }
}

fn settings(config: &Config) -> Settings {
    Settings {
        idle: config.session.idle(),
        warn: config.session.warn(),
        language: domain::Language::new(config.session.language.as_str()),
        reduced_motion: config.window.reduced_motion,
    }
}

fn profile(config: &Config) -> Result<Profile, RunError> {
    Profile::load(&config.printer.profile).map_err(|error| RunError::Printer(error.to_string()))
}

fn printer(config: &Config, recover_first: bool, jobs: &Sender<Job>) -> Result<Printer, RunError> {
    let address = config.printer.address().map_err(|fault| RunError::Printer(fault.reason))?;
    let jobs = jobs.clone();
    let printer = PrinterConfig { recover_first, ..PrinterConfig::new(address, profile(config)?) };
    Ok(Printer::start(printer, move |event| {
        // The worker ends only with the program.
        let _ending = jobs.send(Job::Printer(event));
    }))
}

/// The code reader. Without one, the welcome page says so and offers the desk.
fn scanner(config: &Config, desk: &Sender<Msg>, jobs: &Sender<Job>) -> Option<Scanner> {
    let (desk, jobs) = (desk.clone(), jobs.clone());
    // The desk ends only with the program.
    let say = move |msg| {
        let _ending = desk.send(msg);
    };
    let Some(reader) = &config.scanner else {
        say(Msg::Device(Device::Scanner, false));
        return None;
    };
    // The visit itself tells a code that is held for long from one that comes again.
    let reader = ScannerConfig { baud: reader.baud, ..ScannerConfig::new(&reader.serial) };
    let is_there = move |there| {
        let _ending = jobs.send(Job::Scanner(there));
    };
    Some(Scanner::start(reader, move |event| match event {
        ScannerEvent::Connected => {
            say(Msg::Device(Device::Scanner, true));
            is_there(true);
        }
        ScannerEvent::Lost { reason } => {
            tracing::warn!(reason, "the code reader is not there");
            say(Msg::Device(Device::Scanner, false));
            is_there(false);
        }
        ScannerEvent::Scan(code) => say(Msg::Scanned(Code(code))),
        ScannerEvent::Rejected(fault) => {
            tracing::info!(?fault, "what was read is no code");
            say(Msg::ScanRejected);
        }
    }))
}

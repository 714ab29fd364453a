//! Puts the threads together and runs the kiosk until it is told to stop.

use crate::{
    clock::KioskClock,
    config::Config,
    desk,
    flow::{Code, Device, Msg, Settings, Visit},
    local::{LocalStore, OpenError, StoreError},
    reception::Reception,
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
        mpsc::{Sender, channel},
    },
    thread,
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

/// Runs the kiosk. Called on the main thread, which the window needs.
///
/// # Errors
/// If it cannot start, or its database fails.
pub fn run(config: &Config) -> Result<(), RunError> {
    let clock = Arc::new(KioskClock::system()?);
    let reception = Reception::open(LocalStore::open(&config.database())?, Arc::clone(&clock))?;
    let (desk_sender, desk_inbox) = channel();
    let (job_sender, job_inbox) = channel();
    let outbox = Arc::new(Notify::new());
    let cursor = reception.cursor();
    let identity = reception.identity().clone();
    let sync = Sync::new(identity, job_sender.clone(), desk_sender.clone(), Arc::clone(&outbox))?;
    let printer = printer(config, reception.printer_may_hold_part()?, &job_sender)?;
    let worker =
        Worker { reception, press: Press::new(profile(config)?), printer, desk: desk_sender.clone(), outbox };
    let window = Window::open(&config.window, &desk_sender)?;
    let display = window.display();
    let visit = Visit::new(settings(config), clock.since_boot());

    thread::Builder::new().name("desk".into()).spawn(move || {
        let show = |model| display.show(model);
        desk::run(visit, &clock, &desk_inbox, &job_sender, show, || ui::after_shown(tell_ready));
    })?;
    let (ended_sender, ended) = channel();
    thread::Builder::new().name("worker".into()).spawn(move || {
        if let Err(error) = worker.run(&job_inbox) {
            // Received after the window has closed.
            let _received = ended_sender.send(error);
        }
        ui::quit();
    })?;
    thread::Builder::new().name("sync".into()).spawn(move || {
        if let Err(error) = sync.run(cursor) {
            tracing::error!(%error, "the network side could not start: the kiosk goes on without the server");
        }
    })?;
    let _scanner = scanner(config, &desk_sender);
    window.run()?;
    match ended.try_recv() {
        Ok(error) => Err(error.into()),
        Err(_) => Ok(()),
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
fn scanner(config: &Config, desk: &Sender<Msg>) -> Option<Scanner> {
    let desk = desk.clone();
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
    Some(Scanner::start(reader, move |event| match event {
        ScannerEvent::Connected => say(Msg::Device(Device::Scanner, true)),
        ScannerEvent::Lost { reason } => {
            tracing::warn!(reason, "the code reader is not there");
            say(Msg::Device(Device::Scanner, false));
        }
        ScannerEvent::Scan(code) => say(Msg::Scanned(Code(code))),
        ScannerEvent::Rejected(fault) => {
            tracing::info!(?fault, "what was read is no code");
            say(Msg::ScanRejected);
        }
    }))
}

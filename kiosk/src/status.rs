//! What the operator asks of a kiosk: who it is, what waits, what is wrong. A running kiosk answers on a socket
//! in its data folder, because nobody else can open its database meanwhile.

use crate::{reception::Reception, worker::Job};
use chrono::SecondsFormat;
use domain::{DeviceFault, Peripheral, command::ClockState};
use std::{
    fmt::{self, Write as _},
    io::{Read as _, Write as _},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    path::Path,
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

/// The socket in the data folder.
pub const SOCKET: &str = "status.sock";

/// How long the operator waits for a worker that is busy, and the kiosk for an operator who does not read.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers on the socket for as long as the program runs, on a thread of its own.
///
/// # Errors
/// If the socket or the thread cannot be made.
pub fn listen(path: &Path, jobs: Sender<Job>) -> std::io::Result<()> {
    let _stale = std::fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    thread::Builder::new().name("status".into()).spawn(move || {
        for stream in listener.incoming() {
            if let Err(error) = stream.and_then(|stream| answer(stream, &jobs)) {
                tracing::debug!(%error, "the operator was not answered");
                // A system that has no more files to give would be asked without end.
                thread::park_timeout(Duration::from_millis(100));
            }
        }
    })?;
    Ok(())
}

fn answer(mut stream: UnixStream, jobs: &Sender<Job>) -> std::io::Result<()> {
    let (sender, answer) = channel();
    let ended = || std::io::Error::other("the worker has ended");
    jobs.send(Job::Status(sender)).map_err(|_| ended())?;
    let text = answer.recv_timeout(PATIENCE).map_err(|_| ended())?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(text.as_bytes())
}

/// Asks a running kiosk; `None` if none runs here.
///
/// # Errors
/// If it does not answer.
pub fn ask(path: &Path) -> std::io::Result<Option<String>> {
    let Ok(mut stream) = UnixStream::connect(path) else { return Ok(None) };
    stream.set_read_timeout(Some(PATIENCE * 2))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(Some(text))
}

/// The state of a kiosk in words.
///
/// # Errors
/// Only if memory cannot take the text.
pub fn in_words(reception: &Reception) -> Result<String, fmt::Error> {
    let who = reception.identity();
    let mut text = String::new();
    writeln!(text, "Kiosk      « {} » of {}, device {}", who.name, who.site, who.device)?;
    writeln!(text, "Lane       {}, incarnation {}", who.lane, who.incarnation)?;
    writeln!(text, "Server     {}", who.server)?;
    match reception.heard_ago() {
        Some(ago) => writeln!(text, "           heard {} s ago", ago.as_secs())?,
        None => writeln!(text, "           not heard since the kiosk was started")?,
    }
    let now = reception.now();
    let certain = match now.state {
        ClockState::Certain => "certain",
        ClockState::Uncertain => "uncertain: rebooted since the server was heard, no window refuses anyone",
    };
    writeln!(text, "Clock      {}, {certain}", now.time.to_rfc3339_opts(SecondsFormat::Secs, true))?;
    for (peripheral, name) in [(Peripheral::Printer, "Printer"), (Peripheral::Scanner, "Reader")] {
        let state = reception.branch().device(who.device, peripheral);
        match state.and_then(|state| Some((state.fault?, state.since))) {
            None => writeln!(text, "{name:<10} nothing reported")?,
            Some((fault, since)) => {
                let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
                writeln!(text, "{name:<10} {} since {since}", fault_in_words(fault))?;
            }
        }
    }
    // What cannot be read is told beside the rest: it is then that the operator looks here.
    match reception.outbox() {
        Ok(outbox) => {
            let held = outbox.acknowledged.map_or("none".to_owned(), |seq| format!("up to {seq}"));
            writeln!(text, "Facts      {} to send; held by the server: {held}", outbox.waiting)?;
        }
        Err(error) => writeln!(text, "Facts      cannot be read: {error}")?,
    }
    match reception.open_questions() {
        Ok(open) if open.is_empty() => {}
        Ok(open) => {
            let numbers: Vec<String> = open.iter().map(|print| print.number.to_string()).collect();
            writeln!(text, "Tickets    perhaps not printed: {}", numbers.join(", "))?;
        }
        Err(error) => writeln!(text, "Tickets    cannot be read: {error}")?,
    }
    match reception.rejected_facts() {
        Ok(rejected) => {
            for fact in rejected {
                let what = fact.what.unwrap_or_else(|| "no longer kept here".into());
                writeln!(text, "Rejected   fact {} ({what}): {}", fact.seq, fact.reason)?;
            }
        }
        Err(error) => writeln!(text, "Rejected   cannot be read: {error}")?,
    }
    Ok(text)
}

fn fault_in_words(fault: DeviceFault) -> &'static str {
    match fault {
        DeviceFault::PaperLow => "paper nearly used up",
        DeviceFault::PaperOut => "no paper",
        DeviceFault::CoverOpen => "cover open",
        DeviceFault::Cutter => "cutter stuck",
        DeviceFault::Recovering => "recovering by itself",
        DeviceFault::Broken => "out of order",
        DeviceFault::Offline => "offline",
        DeviceFault::Silent => "does not answer",
        DeviceFault::Absent => "not there",
    }
}

//! The control socket: a thread that accepts, and one for each connection.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::control::{Answer, Request};
use super::devices::Rack;
use super::wire::{TICK, is_readable};

/// A running control socket. Dropping it ends all connections and, with the last of them, the
/// devices.
pub struct Server {
    path: PathBuf,
    rack: Arc<Rack>,
    stop: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<UnixStream>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(path: &Path, rack: Arc<Rack>) -> io::Result<Server> {
        // Left over from a run that was killed; a running one would answer.
        if path.exists() {
            if UnixStream::connect(path).is_ok() {
                return Err(io::Error::new(io::ErrorKind::AddrInUse, "other simulated devices run here"));
            }
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        let stop = Arc::new(AtomicBool::new(false));
        let open = Arc::new(Mutex::new(Vec::new()));
        let thread = {
            let (rack, stop, open) = (Arc::clone(&rack), Arc::clone(&stop), Arc::clone(&open));
            std::thread::spawn(move || accept(&listener, &rack, &stop, &open))
        };
        Ok(Server { path: path.into(), rack, stop, open, thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.rack.stop();
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // It may be closed already.
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

fn accept(listener: &UnixListener, rack: &Arc<Rack>, stop: &AtomicBool, open: &Mutex<Vec<UnixStream>>) {
    let mut connections = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        if !is_readable(listener, TICK) {
            continue;
        }
        let Ok((stream, _)) = listener.accept() else { continue };
        if let Ok(copy) = stream.try_clone() {
            open.lock().unwrap_or_else(PoisonError::into_inner).push(copy);
        }
        let rack = Arc::clone(rack);
        connections.push(std::thread::spawn(move || {
            if let Err(error) = converse(stream, &rack) {
                tracing::debug!(%error, "control connection ended");
            }
        }));
    }
    for connection in connections {
        let _ = connection.join();
    }
}

fn converse(stream: UnixStream, rack: &Rack) -> io::Result<()> {
    let mut answers = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        let answer = match serde_json::from_str::<Request>(&line?) {
            Ok(request) => rack.answer(request),
            Err(error) => Answer::Refused { reason: format!("not a request: {error}") },
        };
        let mut text = serde_json::to_string(&answer)?;
        text.push('\n');
        answers.write_all(text.as_bytes())?;
    }
    Ok(())
}

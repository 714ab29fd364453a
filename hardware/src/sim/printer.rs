//! A simulated printer: its threads and its wires.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use super::machine::Machine;
use super::mechanism::Mechanism;
use super::pty::Pty;
use super::wire::{TICK, is_readable, serve};
use super::{PrinterSetup, StartError};

/// A running printer. Dropping it stops its threads.
pub struct SimPrinter {
    pub machine: Arc<Machine>,
    /// Where it listens, with the port that it really has.
    pub tcp: Option<SocketAddr>,
    pub pty: Option<PathBuf>,
    threads: Vec<JoinHandle<()>>,
}

impl SimPrinter {
    pub fn start(setup: PrinterSetup, folder: &Path) -> Result<SimPrinter, StartError> {
        let name = setup.name.clone();
        let device = |source: io::Error| StartError::Device { name: name.clone(), source };
        let machine = Arc::new(Machine::new(setup, folder.into())?);
        let mechanism = Mechanism::new(Arc::clone(&machine))
            .map_err(|error| device(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        let pty = machine.setup.pty.as_ref().map(|link| folder.join(link));
        let mut printer =
            SimPrinter { machine: Arc::clone(&machine), tcp: None, pty: pty.clone(), threads: Vec::new() };
        if let Some(address) = machine.setup.tcp {
            let listener = TcpListener::bind(address).map_err(device)?;
            printer.tcp = Some(listener.local_addr().map_err(device)?);
            let machine = Arc::clone(&machine);
            printer.threads.push(std::thread::spawn(move || listen(&machine, listener)));
        }
        if let Some(link) = pty {
            let pty = Pty::open(&link).map_err(device)?;
            let machine = Arc::clone(&machine);
            printer.threads.push(std::thread::spawn(move || attach(&machine, pty, &link)));
        }
        printer.threads.push(std::thread::spawn(move || mechanism.run()));
        Ok(printer)
    }
}

impl Drop for SimPrinter {
    fn drop(&mut self) {
        self.machine.stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!(printer = self.machine.setup.name, "a simulated printer panicked");
            }
        }
    }
}

/// Accepts one connection at a time, as network printers do, while there is power.
fn listen(machine: &Machine, listener: TcpListener) {
    let Ok(address) = listener.local_addr() else { return };
    let mut listener = Some(listener);
    while let Some(powered) = power(machine) {
        match (&listener, powered) {
            (None, true) => listener = TcpListener::bind(address).ok(),
            (Some(_), false) => listener = None,
            (Some(socket), true) => {
                if is_readable(socket, TICK)
                    && let Ok((stream, _)) = socket.accept()
                    && stream.set_nonblocking(true).and_then(|()| stream.set_nodelay(true)).is_ok()
                {
                    serve(machine, File::from(OwnedFd::from(stream)));
                }
                continue;
            }
            (None, false) => {}
        }
        machine.pause_until(Instant::now() + TICK);
    }
}

/// Serves a pseudo-terminal while there is power.
fn attach(machine: &Machine, pty: Pty, link: &Path) {
    let mut pty = Some(pty);
    while let Some(powered) = power(machine) {
        match (&pty, powered) {
            (None, true) => pty = Pty::open(link).ok(),
            (Some(_), false) => pty = None,
            (Some(open), true) if open.is_open() => {
                if let Ok(wire) = open.master().try_clone() {
                    serve(machine, wire);
                }
                // Anew for the next program, see `Pty`.
                pty = None;
            }
            (Some(_), true) => {}
            (None, false) => {}
        }
        machine.pause_until(Instant::now() + TICK / 2);
    }
}

/// Whether there is power; nothing once the printer is to stop.
fn power(machine: &Machine) -> Option<bool> {
    let state = machine.lock();
    (!state.stopping).then_some(state.powered)
}

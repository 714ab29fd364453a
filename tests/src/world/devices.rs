//! Printers and scanners, and what goes wrong with them.

use super::{Setup, World};
use crate::{
    paper,
    process::{Running, program},
    wait::{PATIENCE, until},
};
use anyhow::ensure;
use hardware::sim::{Control, DevicesConfig, Fault, PrinterSetup, Ready, ScannerSetup, SlipRecord};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{MutexGuard, PoisonError},
    time::Instant,
};

/// The speed of serial printers, in bits per second; a byte takes ten.
pub(super) const SERIAL_BAUD: u32 = 115_200;

impl World {
    /// A visitor holds a code to a kiosk's scanner, counted from 1; gives the time at which its last byte
    /// was on the wire, as CLOCK_MONOTONIC in microseconds.
    ///
    /// # Errors
    /// If nobody listens to the scanner.
    pub fn scan(&self, kiosk: usize, code: &str) -> anyhow::Result<u64> {
        Ok(self.devices().scan(&scanner_name(kiosk), code)?)
    }

    /// Waits until a kiosk's printer has printed so many tickets in all, and gives them.
    ///
    /// # Errors
    /// If they do not come, or more than that do.
    pub fn wait_for_tickets(&self, kiosk: usize, count: usize) -> anyhow::Result<Vec<SlipRecord>> {
        let deadline = Instant::now() + PATIENCE;
        let slips = self.devices().wait_for_slips(&printer_name(kiosk), count, deadline)?;
        ensure!(slips.len() == count, "{} tickets instead of {count}", slips.len());
        Ok(slips)
    }

    /// What a kiosk's printer has printed so far.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn tickets(&self, kiosk: usize) -> anyhow::Result<Vec<SlipRecord>> {
        Ok(self.devices().slips(&printer_name(kiosk))?.slips)
    }

    /// The hashes of the codes on all tickets that a kiosk printed, as the log keeps them.
    ///
    /// # Errors
    /// If a ticket has no code, or more than one.
    pub fn follow_hashes(&self, kiosk: usize) -> anyhow::Result<Vec<String>> {
        let pictures = self.tickets(kiosk)?;
        pictures.iter().map(|slip| paper::follow_hash(&self.ticket_picture(slip))).collect()
    }

    /// The picture of a ticket.
    pub fn ticket_picture(&self, slip: &SlipRecord) -> PathBuf {
        self.ticket_folder().join(format!("{}.png", slip.stem))
    }

    /// What a ticket says in letters; a picture on it has none.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn ticket_text(&self, slip: &SlipRecord) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.ticket_folder().join(format!("{}.txt", slip.stem)))?)
    }

    /// Waits until the first bytes of a kiosk's slip, counted from 1, are in its printer.
    ///
    /// # Errors
    /// If it does not come.
    pub fn wait_for_slip_to_begin(&self, kiosk: usize, slip: usize) -> anyhow::Result<()> {
        until("a slip begins", || (self.tickets(kiosk).ok()?.len() >= slip).then_some(()))
    }

    /// Something goes wrong with a kiosk's printer.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn printer_fault(&self, kiosk: usize, fault: Fault) -> anyhow::Result<()> {
        self.devices().fault(&printer_name(kiosk), fault)?;
        Ok(())
    }

    /// It is put right.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn printer_repaired(&self, kiosk: usize, fault: Fault) -> anyhow::Result<()> {
        self.devices().repair(&printer_name(kiosk), fault)?;
        Ok(())
    }

    /// A kiosk's scanner is pulled out of its socket.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn unplug_scanner(&self, kiosk: usize) -> anyhow::Result<()> {
        self.devices().unplug(&scanner_name(kiosk))?;
        Ok(())
    }

    /// It is put back.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn plug_scanner(&self, kiosk: usize) -> anyhow::Result<()> {
        self.devices().plug(&scanner_name(kiosk))?;
        Ok(())
    }

    /// The simulated devices' control.
    fn devices(&self) -> MutexGuard<'_, Control> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the devices keep the tickets.
    pub fn ticket_folder(&self) -> &Path {
        &self.ready.folder
    }
}

/// The name of a kiosk's printer.
pub(super) fn printer_name(number: usize) -> String {
    format!("printer{number}")
}

/// The name of a kiosk's scanner.
pub(super) fn scanner_name(number: usize) -> String {
    format!("scanner{number}")
}

/// Starts a printer and a scanner for each kiosk.
pub(super) fn start(folder: &Path, setup: &Setup) -> anyhow::Result<(Running, Ready)> {
    let printer = |number: usize| {
        let name = printer_name(number);
        let on_network =
            PrinterSetup { profile: setup.printer_profile.into(), ..PrinterSetup::on_tcp(&name) };
        if !setup.serial_printers {
            return on_network;
        }
        let pty = Some(format!("{name}.tty").into());
        PrinterSetup { tcp: None, pty, wire_bytes_per_second: SERIAL_BAUD / 10, ..on_network }
    };
    let config = DevicesConfig {
        folder: folder.join("devices"),
        printers: (1..=setup.kiosks).map(printer).collect(),
        scanners: (1..=setup.kiosks).map(|number| ScannerSetup::new(&scanner_name(number))).collect(),
    };
    let file = folder.join("devices.toml");
    fs::write(&file, toml::to_string(&config)?)?;
    let mut command = Command::new(program("guichet-devices")?);
    command.arg("run").arg(&file);
    let running = Running::start("devices", command, folder)?;
    let ready = serde_json::from_value(running.json()?)?;
    Ok((running, ready))
}

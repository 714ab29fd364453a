//! A kiosk loses power while visitors take tickets.

use super::{
    Outcome,
    disk::Disk,
    recording::Recording,
    trace::{Deed, strace},
};
use crate::{Day, Setup, World, until};
use anyhow::{Context, ensure};
use kiosk::{clock::KioskClock, local::LocalStore, reception::Reception};
use rand::Rng;
use rusqlite::{Connection, OpenFlags};
use std::{fs, path::Path, sync::Arc};

/// A recorded run of a kiosk.
pub struct Recorded {
    recording: Recording,
    /// Each number that went to the printer, with the first call that sent it there.
    papers: Vec<(usize, String)>,
    _world: World,
}

/// Lets so many visitors take a ticket, and records the kiosk. `more` is what its environment has besides.
///
/// # Errors
/// If they do not all get one, or a number is on paper that was not seen to go there.
pub fn record(visitors: usize, more: &[(&str, &str)]) -> anyhow::Result<Recorded> {
    // A printer that takes letters, so that the numbers can be read in what is sent to it.
    let day = Day::at("09:40").crowd("RDV-", visitors, "RT");
    let mut world = World::start(&Setup { printer_profile: "serial-text", ..Setup::new(day) })?;
    world.power_cut(1)?;
    let (folder, trace) = (world.folder().to_owned(), world.folder().join("trace"));
    let before = Disk::of(&folder.join("kiosk1"))?;
    world.kiosks[0].screen.start_under(&folder, &strace(&trace), more)?;
    let process = world.kiosks[0].screen.program()?.id();
    for visitor in 1..=visitors {
        until("the scanner is open", || world.scan(1, &format!("RDV-{visitor}")).ok())?;
        world.wait_for_tickets(1, visitor)?;
    }
    let checked_in = world.wait_for_events("checked_in", visitors)?;
    world.wait_for_events("ticket_printed", visitors)?;
    at_rest(&trace)?;
    world.power_cut(1)?;
    let recording = Recording::new(before, &trace, process)?;
    let mut papers = Vec::new();
    for event in checked_in {
        let number = event["number"].as_str().context("no number")?.to_owned();
        let bears = |data: &[u8]| data.windows(number.len()).any(|window| window == number.as_bytes());
        let printed = recording
            .calls
            .iter()
            .position(|call| matches!(&call.deed, Deed::Sent { data, .. } if bears(data)));
        papers.push((printed.with_context(|| format!("{number} was not seen to be printed"))?, number));
    }
    Ok(Recorded { recording, papers, _world: world })
}

/// Waits until the kiosk does nothing for a while: of a call in which it is ended nobody knows whether it was done.
fn at_rest(trace: &Path) -> anyhow::Result<()> {
    let (mut last, mut same) = (0, 0);
    until("the kiosk is at rest", || {
        let now = fs::metadata(trace).ok()?.len();
        same = if now == last { same + 1 } else { 0 };
        last = now;
        (same >= 100).then_some(())
    })
}

impl Recorded {
    /// Cuts the power and looks what is lost.
    ///
    /// # Errors
    /// If that cannot be done.
    pub fn prove(&self, cuts: u64, random: &mut impl Rng) -> anyhow::Result<Outcome> {
        Outcome::of(&self.recording, self.papers.len(), (cuts, random), |cut| {
            let printed = self.papers.iter().filter(|(call, _)| cut.is_after(&self.recording.calls[*call]));
            judge(cut.folder, printed.map(|(_, number)| number.as_str()))
        })
    }
}

/// Opens what a cut left as the kiosk does, and gives how many papers are not on record.
fn judge<'a>(folder: &Path, printed: impl Iterator<Item = &'a str>) -> anyhow::Result<u64> {
    let file = folder.join("kiosk.sqlite3");
    let reception = Reception::open(LocalStore::open(&file)?, Arc::new(KioskClock::system()?))?;
    // It alone may have the file open.
    drop(reception);
    let db = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let integrity: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    ensure!(integrity == "ok", "{integrity}");
    let chain =
        "SELECT (SELECT COUNT(*) FROM fact) = last_seq AND (SELECT max(seq) FROM fact) IS nullif(last_seq, 0)
                 FROM identity";
    ensure!(db.query_row(chain, [], |row| row.get::<_, bool>(0))?, "the chain of facts has a hole");
    let mut missing = 0;
    for number in printed {
        let there = "SELECT EXISTS (SELECT 1 FROM fact WHERE json_extract(envelope, '$.number') = ?1)
                        AND EXISTS (SELECT 1 FROM ticket WHERE number = ?1)
                        AND EXISTS (SELECT 1 FROM print_job WHERE number = ?1)";
        missing += u64::from(!db.query_row(there, [number], |row| row.get::<_, bool>(0))?);
    }
    Ok(missing)
}

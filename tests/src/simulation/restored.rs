//! The server is put back to a backup of before, and what the devices know of what it lost comes back.

use super::{
    faults::Fault,
    hall::{Hall, Happening},
    wire::site,
};
use anyhow::ensure;
use domain::{Actor, Event, EventId, Recorded, ServiceDay, VisitId};
use protocol::Envelope;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};
use uuid::Uuid;

/// What is known of backups and of what was lost since.
#[derive(Debug, Default)]
pub struct Restored {
    backup: Option<Backup>,
    /// Who was served since the backup, as kiosks know that came back: by which event, and on which day.
    served: BTreeMap<VisitId, (EventId, ServiceDay)>,
    /// All that was lost.
    lost: BTreeSet<EventId>,
}

/// A backup.
#[derive(Clone, Debug)]
struct Backup {
    file: PathBuf,
    /// How many events are in it.
    events: usize,
    /// What agents had been answered.
    answers: BTreeMap<Uuid, String>,
}

impl Hall {
    /// A backup is made.
    pub(super) fn back_up(&mut self) -> anyhow::Result<()> {
        let (file, events) = (self.office.back_up()?, self.envelopes_on_record()?.len());
        let answers = self.people.answers.clone();
        self.restored.backup = Some(Backup { file, events, answers });
        Ok(())
    }

    /// The server is put back to the last backup, and is started again a while later.
    pub(super) fn restore(&mut self, disk_is_gone: bool) -> anyhow::Result<()> {
        let Some(backup) = self.restored.backup.clone() else { return Ok(()) };
        if self.office.is_running() {
            self.crash_server();
        }
        let lost = self.envelopes_on_record()?.split_off(backup.events);
        self.restored.served = self.served_in(&lost, backup.events);
        self.restored.lost = lost.iter().map(|envelope| envelope.id).collect();
        self.people.counts.restored += 1;
        self.office.restore(&backup.file, disk_is_gone)?;
        self.people.answers = backup.answers;
        let lists = self.bookings.values().cloned().collect();
        self.after(130_000, Happening::Bookings(lists));
        self.after(120_000, Happening::Fault(Fault::StartServer));
        Ok(())
    }

    /// The operator waits no longer for a kiosk whose disk was copied: of two machines that are the same kiosk, one needs
    /// a series of numbers before its facts can come, and while a kiosk is awaited none is given.
    pub(super) fn wait_for_no_twin(&mut self) -> anyhow::Result<()> {
        let is_recovering = self.office.log(&site())?.site.live().branch.recovery.is_some();
        if is_recovering && !self.people.twins.is_empty() {
            self.note(format_args!("the operator waits no longer"));
            self.office
                .at_once(|writer| async move { writer.end_recovery(site(), Actor::Operator).await })?;
            self.pump_all();
        }
        Ok(())
    }

    /// Whom kiosks know to be served in the log that is lost now. Only those of whom everything that came after the
    /// backup is known, and who were alone all the time.
    fn served_in(&self, lost: &[Envelope], backup: usize) -> BTreeMap<VisitId, (EventId, ServiceDay)> {
        let epoch = self.office.epoch;
        let known: BTreeSet<u64> = self
            .kiosks
            .iter()
            .filter_map(|kiosk| Some((kiosk, kiosk.kept.filter(|kept| kept.epoch == epoch)?)))
            .flat_map(|(kiosk, kept)| kiosk.heard.iter().filter(move |told| told.seq <= kept.seq))
            .filter(|told| told.epoch == epoch)
            .map(|told| told.seq)
            .collect();
        let mut last: BTreeMap<VisitId, Option<Recorded>> = BTreeMap::new();
        for (seq, envelope) in (backup as u64 + 1..).zip(lost) {
            let Some(recorded) = envelope.open() else { continue };
            let about: Vec<VisitId> = recorded.event.visits().collect();
            let is_told = known.contains(&seq) && about.len() == 1;
            for visit in about {
                let known = last.entry(visit).or_insert_with(|| Some(recorded.clone()));
                *known = known.take().filter(|_| is_told).map(|_| recorded.clone());
            }
        }
        let served = last.into_iter().filter_map(|(visit, last)| {
            let Recorded { id, day, event, .. } = last?;
            matches!(event, Event::Finished { .. }).then_some((visit, (id, day)))
        });
        served.collect()
    }

    /// Whoever was served before the server was put back, as a kiosk knows, is not called again, unless they said that
    /// they are here.
    pub(super) fn nobody_served_is_called_again(&mut self, log: &[Envelope]) -> anyhow::Result<()> {
        let live = self.office.log(&site())?.site.live().branch.clone();
        ensure!(live.recovery.is_none(), "the server still waits for devices: {:?}", live.recovery);
        if !self.people.twins.is_empty() {
            // Of two machines that say that they are the same kiosk, only the first is waited for.
            return Ok(());
        }
        let mut open = self.restored.served.clone();
        self.people.counts.served_before = open.len();
        let recorded: Vec<Recorded> = log.iter().filter_map(Envelope::open).collect();
        let begun = recorded.iter().rposition(|it| matches!(it.event, Event::RecoveryBegun { .. }));
        for Recorded { id, event, .. } in recorded.iter().skip(begun.unwrap_or(recorded.len())) {
            match event {
                Event::Finished { visit, .. } if open.get(visit).is_some_and(|(end, _)| end == id) => {
                    open.remove(visit);
                }
                Event::VisitConfirmed { visit, .. } => {
                    open.remove(visit);
                }
                Event::Called { visit, numbers, .. } if !self.restored.lost.contains(id) => {
                    ensure!(!open.contains_key(visit), "{numbers:?} were served and are called again");
                }
                _ => {}
            }
        }
        // Whoever had been served before the backup, and once more since, is not there either.
        let is_here = |id: &VisitId| live.visits.get(id).is_some_and(|visit| visit.state.is_live());
        open.retain(|visit, (_, day)| Some(*day) == live.day && is_here(visit));
        ensure!(open.is_empty(), "nobody told the server that these were served: {open:?}");
        Ok(())
    }
}

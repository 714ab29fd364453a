//! What staff have to be told, and what nobody should have to care about.

use super::{
    super::{hall::Hall, wire::Node},
    Record,
};
use anyhow::ensure;
use domain::{Branch, DeviceId, Event, Flag, FollowHash, TicketNumber, VisitId, event::Issued};
use protocol::Envelope;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

impl Hall {
    /// Whoever got a ticket today can be called by it, and what is uncertain about it is flagged.
    pub(super) fn staff_were_told(&self, record: &Record) -> anyhow::Result<()> {
        let live = &record.live;
        for recorded in record.log.iter().filter_map(Envelope::open) {
            let (Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket }) = &recorded.event else {
                continue;
            };
            let number = &ticket.number;
            let holder = live.follower(&ticket.follow);
            if live.day.is_some_and(|day| recorded.day < day) {
                ensure!(holder.is_none(), "{number} of {} is in the queue of another day", recorded.day);
                continue;
            }
            let Some(visit) = holder else {
                // Two papers of one booking that bear the same number are called as one.
                let twin = live.visits.values().find(|visit| visit.tickets.contains_key(number));
                let is_told = twin.is_some_and(|visit| visit.flags.contains(&Flag::TwoHolders));
                ensure!(is_told, "nobody can call {number}: it is in no visit");
                continue;
            };
            let is_flagged = visit.flags.contains(&Flag::ClockUncertain);
            ensure!(ticket.clock_certain || is_flagged, "{number} is of an uncertain clock and not flagged");
        }
        Ok(())
    }

    /// A kiosk that needs a new series of numbers gets one, however often it has to ask. Only one that lost its power
    /// while it asked takes another.
    pub(super) fn no_series_is_wasted(&self, record: &Record) -> anyhow::Result<()> {
        let mut wasted: BTreeMap<DeviceId, BTreeSet<Uuid>> = BTreeMap::new();
        for recorded in record.log.iter().filter_map(Envelope::open) {
            if let Event::LaneGranted { device, incarnation, .. } = recorded.event
                && !self.kiosks.iter().any(|kiosk| kiosk.incarnations.contains(&incarnation))
            {
                wasted.entry(device).or_default().insert(incarnation);
            }
        }
        for (device, wasted) in wasted {
            let machines = (0..self.kiosks.len()).filter(|place| self.row(Node::Kiosk(*place)).id == device);
            let restarts: u64 = machines.map(|place| self.kiosks[place].run - 1).sum();
            ensure!(
                wasted.len() as u64 <= restarts,
                "{} series were granted to kiosk {device} that it never used",
                wasted.len()
            );
        }
        Ok(())
    }
}

/// Whoever came to a visit that was over is another holder, and staff are told.
pub(super) fn second_holders_are_told(record: &Record) -> anyhow::Result<()> {
    let mut over: BTreeSet<VisitId> = BTreeSet::new();
    let mut second: BTreeMap<VisitId, Vec<(TicketNumber, FollowHash)>> = BTreeMap::new();
    for recorded in record.log.iter().filter_map(Envelope::open) {
        match recorded.event {
            Event::DayOpened { .. } => {
                over.clear();
                second.clear();
            }
            Event::Finished { visit, .. } | Event::Ended { visit, .. } => {
                over.insert(visit);
            }
            Event::Undone { visit, .. } | Event::BroughtBack { visit } | Event::CameBack { visit, .. } => {
                over.remove(&visit);
                second.remove(&visit);
            }
            Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket } => {
                let Issued { visit, number, follow, .. } = ticket;
                if over.contains(&visit) && record.live.day == Some(recorded.day) {
                    second.entry(visit).or_default().push((number, follow));
                }
            }
            _ => {}
        }
    }
    for (number, follow) in second.into_values().flatten() {
        ensure!(
            is_told(&record.live, &follow),
            "{number} came when its visit was over, and staff are not told"
        );
    }
    Ok(())
}

fn is_told(live: &Branch, follow: &FollowHash) -> bool {
    live.follower(follow).is_none_or(|visit| visit.flags.contains(&Flag::SecondHolder))
}

//! What hangs on the kiosk: staff hear of it when it changes, and not of every flicker.

use super::Reception;
use crate::local::StoreError;
use domain::{DeviceFault, Event, Peripheral};
use std::{collections::BTreeMap, time::Duration};

/// What lasts no longer is not told: a printer that was just found says a moment later that its cover is open.
const SETTLES_WITHIN: Duration = Duration::from_secs(1);
/// What a report costs. A device that is calm earns it back, so that a loose plug does not fill the log: in the
/// long run there is one in so long.
const EACH: Duration = Duration::from_secs(180);
/// What a device may have earned: as many reports may follow each other at once.
const CREDIT: Duration = EACH.saturating_mul(20);

/// What hangs on the kiosk, as it says itself.
pub(super) type Devices = BTreeMap<Peripheral, Watched>;

/// One device.
#[derive(Debug)]
pub(super) struct Watched {
    fault: Option<DeviceFault>,
    /// Since when, by the clock since boot.
    since: Duration,
    /// When all its reports will have been earned, by the same clock.
    earned_at: Duration,
}

impl Watched {
    /// When a report is possible.
    fn ready_at(&self) -> Duration {
        self.earned_at.saturating_sub(CREDIT).max(self.since + SETTLES_WITHIN)
    }

    fn told_at(&mut self, now: Duration) {
        self.earned_at = self.earned_at.max(now) + EACH;
    }
}

impl Reception {
    /// A device says how it is. Reported by [`Reception::report_devices`] if it stays so.
    pub fn device_is(&mut self, peripheral: Peripheral, fault: Option<DeviceFault>) {
        let since = self.clock.since_boot();
        let watched = self.devices.entry(peripheral).or_insert(Watched { fault, since, earned_at: since });
        if watched.fault != fault {
            (watched.fault, watched.since) = (fault, since);
        }
    }

    /// How soon there is something to report; `None` if nothing has changed.
    pub fn report_due(&self) -> Option<Duration> {
        let now = self.clock.since_boot();
        let unreported =
            self.devices.iter().filter(|(peripheral, watched)| self.is_news(**peripheral, watched));
        unreported.map(|(_, watched)| watched.ready_at().saturating_sub(now)).min()
    }

    /// States what changed with the devices, as a fact that goes to the server like any other. Gives whether
    /// there is something new to send.
    ///
    /// # Errors
    /// If it cannot be recorded: then it is tried again later.
    pub fn report_devices(&mut self) -> Result<bool, StoreError> {
        let now = self.clock.since_boot();
        let due: Vec<(Peripheral, Option<DeviceFault>)> = self
            .devices
            .iter()
            .filter(|(peripheral, watched)| watched.ready_at() <= now && self.is_news(**peripheral, watched))
            .map(|(peripheral, watched)| (*peripheral, watched.fault))
            .collect();
        let Some(site) = self.replica.branch().site.clone().filter(|_| !due.is_empty()) else {
            return Ok(false);
        };
        for (peripheral, fault) in due {
            if let Some(watched) = self.devices.get_mut(&peripheral) {
                watched.told_at(now);
            }
            let event = Event::DeviceReported { kiosk: self.identity.device, peripheral, fault };
            let recorded = self.recorded(event, &site, self.now());
            self.store.record(std::slice::from_ref(&recorded))?;
            self.clock.raise_floor(recorded.at);
            self.replica.state(recorded);
        }
        Ok(true)
    }

    /// Whether staff know otherwise. What was always well needs no report.
    fn is_news(&self, peripheral: Peripheral, watched: &Watched) -> bool {
        let branch = self.replica.branch();
        let known = branch.device(self.identity.device, peripheral).and_then(|state| state.fault);
        branch.site.is_some() && known != watched.fault
    }
}

//! What hangs on a kiosk, and what is wrong with it. It concerns no visit and tells nothing of a person.

use crate::{Branch, DeviceId, EventId, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that hangs on a kiosk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Peripheral {
    /// Prints tickets.
    Printer,
    /// Reads codes.
    Scanner,
}

/// What somebody has to see to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceFault {
    /// The roll is nearly used up. A warning: it prints.
    PaperLow,
    /// There is no paper.
    PaperOut,
    /// The cover is open.
    CoverOpen,
    /// The blade is stuck.
    Cutter,
    /// It is too hot, say, and goes on by itself.
    Recovering,
    /// It needs a restart or a repair.
    Broken,
    /// It was put out of service on the spot, or gives no reason.
    Offline,
    /// It is connected and does not answer.
    Silent,
    /// It is not there: no power, or its cable is out.
    Absent,
}

/// How something that hangs on a kiosk was last reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceState {
    /// What is wrong with it; `None` if nothing is.
    pub fault: Option<DeviceFault>,
    /// Since when.
    pub since: Time,
    /// The report: of several of one moment, the last counts.
    pub event: EventId,
}

impl Branch {
    /// What a kiosk reported last of something that hangs on it; `None` if it never did.
    pub fn device(&self, kiosk: DeviceId, peripheral: Peripheral) -> Option<&DeviceState> {
        self.devices.get(&kiosk)?.get(&peripheral)
    }

    /// Takes a report in. The newest counts, in whatever order they come and whatever day they bear.
    pub(crate) fn report(&mut self, kiosk: DeviceId, peripheral: Peripheral, told: DeviceState) {
        let known = self.devices.entry(kiosk).or_default().entry(peripheral).or_insert(told);
        if (told.since, told.event) > (known.since, known.event) {
            *known = told;
        }
    }
}

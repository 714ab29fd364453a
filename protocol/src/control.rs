//! Commands of the operator to a running server, over a Unix socket that only the server's own
//! user can open: one JSON object a line each way.

use crate::pairing::DeviceKind;
use chrono::{DateTime, Utc};
use domain::{AgentId, DeviceId, SiteId};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What somebody who signs in may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Works at a counter.
    #[default]
    Agent,
    /// Works at a counter, and may choose whom to call.
    Supervisor,
}

/// What the operator asks.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Load bookings from a file.
    Import {
        /// Where the file is, absolute.
        file: PathBuf,
        /// Whose bookings.
        site: SiteId,
        /// Only report, load nothing.
        dry_run: bool,
    },
    /// Make a pairing code.
    Pair {
        /// For which site.
        site: SiteId,
        /// For what.
        kind: DeviceKind,
        /// What the device is called.
        name: String,
    },
    /// List the devices.
    Devices,
    /// List the facts that could not be used.
    Review,
    /// Refuse a device from now on.
    Revoke {
        /// Which.
        device: DeviceId,
    },
    /// Make an account for an agent.
    AddAgent {
        /// For which site.
        site: SiteId,
        /// The name to sign in with.
        name: String,
        /// The password, as typed.
        password: String,
        /// What the person may do.
        role: Role,
    },
    /// Give an account another password, and end its sessions.
    SetPassword {
        /// At which site.
        site: SiteId,
        /// The name to sign in with.
        name: String,
        /// The new password, as typed.
        password: String,
    },
    /// Make a backup now.
    Backup,
    /// After a restore: wait for no other device.
    Recovered {
        /// Where; everywhere if not said.
        site: Option<SiteId>,
    },
    /// Let nobody in with an account, until it gets another password.
    CloseAccount {
        /// At which site.
        site: SiteId,
        /// The name to sign in with.
        name: String,
    },
}

/// What the server answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// A file was read.
    Imported(Imported),
    /// A code was made.
    Code {
        /// To be typed on the device.
        code: String,
        /// For how long it works, in seconds.
        valid_seconds: u32,
        /// The fingerprint that the device should pin; `None` if a public authority signed the certificate.
        fingerprint: Option<String>,
    },
    /// The devices.
    Devices {
        /// Each of them.
        devices: Vec<Device>,
    },
    /// A backup was made and checked.
    Backup {
        /// The file.
        file: PathBuf,
    },
    /// The facts that could not be used.
    Review {
        /// Oldest first.
        facts: Vec<Rejected>,
    },
    /// It is done.
    Done,
    /// An account was made.
    Agent {
        /// Its identity.
        agent: AgentId,
    },
    /// It could not be done.
    Failed {
        /// In words.
        reason: String,
    },
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Lines that hold a booking.
    pub read: usize,
    /// Bookings that were new or had changed; what would change, in a dry run.
    pub changed: usize,
    /// Bookings that were known as they are.
    pub unchanged: usize,
    /// Bookings that are known for a day of the file and are not in it. They stay as they are.
    pub missing: usize,
    /// Each line that could not be used, by its number in the file.
    pub faults: Vec<LineFault>,
    /// Lines that could be used and look wrong.
    #[serde(default)]
    pub doubts: Vec<LineFault>,
}

/// A line with which something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineFault {
    /// Counted from 1, the header included; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong with it, in words.
    pub reason: String,
}

/// An enrolled device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Device {
    /// Its identity.
    pub device: DeviceId,
    /// Where.
    pub site: SiteId,
    /// For what.
    pub kind: DeviceKind,
    /// What it is called.
    pub name: String,
    /// Whether it was revoked.
    pub revoked: bool,
    /// How many of its facts could not be read, and why the last of them: they are kept for staff.
    #[serde(default)]
    pub rejected: Option<(u64, String)>,
}

/// A fact of a kiosk that the server keeps and cannot use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Where.
    pub site: SiteId,
    /// Of which kiosk.
    pub device: DeviceId,
    /// What the kiosk is called.
    pub name: String,
    /// Its place among the kiosk's facts; 0 if it bears none.
    pub seq: u64,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Why it cannot be used, in words.
    pub reason: String,
    /// What it calls itself, if it says so.
    pub kind: Option<String>,
    /// The ticket number that it is about, if it says so.
    pub number: Option<String>,
}

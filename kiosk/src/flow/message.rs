//! What comes to a visit, and what it asks for.

use super::operator::{OperatorEffect, OperatorMsg};
use crate::reception::{Outcome, Paper, SiteView, Ticket};
use domain::{Language, ServiceId};
use std::fmt;

/// What a reader read. Never shown in a log: it may be the reference of a person's booking.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(pub String);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// Something on the kiosk that can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// The code reader.
    Scanner,
    /// The ticket printer.
    Printer,
    /// The connection to the server.
    Link,
}

/// What happens to a visit.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A code was read.
    Scanned(Code),
    /// Something was read that is no code.
    ScanRejected,
    /// A language was touched.
    ChoseLanguage(Language),
    /// « I have no appointment. »
    NoAppointment,
    /// A service was touched.
    ChoseService(ServiceId),
    /// Back to the start.
    Home,
    /// « I am still here. »
    Stay,
    /// The screen was touched.
    Touched,
    /// The ticket came out, or not.
    PrintAnswer(bool),
    /// Nothing but the passing of time.
    Tick,
    /// The answer to an [`Effect`] with the same `request`.
    Decided {
        /// Which question.
        request: u64,
        /// The answer; `None` if it could not be recorded, so that nothing happened.
        outcome: Option<Outcome>,
    },
    /// What became of a ticket's paper.
    Paper {
        /// Which print job.
        job: u64,
        /// What became of it.
        paper: Paper,
    },
    /// What became of [`Effect::Reprint`].
    Reprinting {
        /// The job of the ticket that did not come out.
        job: u64,
        /// The job that prints it once more, if one does.
        again: Option<u64>,
    },
    /// A device is there, or not.
    Device(Device, bool),
    /// What the kiosk knows of its site.
    Site(SiteView),
    /// The kiosk can serve nobody, or can again.
    OutOfOrder(bool),
    /// The operator does something, or is answered.
    Operator(OperatorMsg),
}

impl Msg {
    /// Whether it comes of touching what a page offers. The languages stand on every page, at the same place.
    pub(super) fn is_meant_for_a_page(&self) -> bool {
        match self {
            Self::Operator(msg) => msg.is_meant_for_a_page(),
            Self::NoAppointment | Self::ChoseService(_) | Self::Home | Self::Stay | Self::PrintAnswer(_) => {
                true
            }
            _ => false,
        }
    }
}

/// What a visit asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Check the holder of a code in.
    CheckIn {
        /// To be repeated in the answer.
        request: u64,
        /// What was read.
        code: Code,
        /// The language of the screen.
        language: Language,
    },
    /// Give somebody without a booking a ticket.
    WalkIn {
        /// To be repeated in the answer.
        request: u64,
        /// For what.
        service: ServiceId,
        /// The language of the screen.
        language: Language,
    },
    /// Record what the visitor said of the paper.
    Answer {
        /// Which print job.
        job: u64,
        /// Whether it came out.
        came_out: bool,
    },
    /// Record that the visitor has no ticket, and print it once more.
    Reprint {
        /// The one that did not come out.
        ticket: Box<Ticket>,
    },
    /// What the operator's page asks for.
    Operator(OperatorEffect),
}

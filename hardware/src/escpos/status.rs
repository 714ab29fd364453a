//! The state of a printer, from its answers to `DLE EOT` 1 to 4.

use escpos::utils::{RealTimeStatusRequest as Request, RealTimeStatusResponse as Bit};
use thiserror::Error;

/// Asks for all four states at once: one round trip.
pub const STATUS_REQUEST: [u8; 12] = [0x10, 4, 1, 0x10, 4, 2, 0x10, 4, 3, 0x10, 4, 4];

/// How many bytes answer [`STATUS_REQUEST`].
pub const STATUS_REPLIES: usize = 4;

/// What a printer says about itself. All false is a printer that is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrinterStatus {
    /// It does not print now, for whatever reason.
    pub offline: bool,
    /// The cover is open.
    pub cover_open: bool,
    /// The roll is nearly used up. A warning: it prints.
    pub paper_near_end: bool,
    /// There is no paper.
    pub paper_out: bool,
    /// The blade is stuck.
    pub cutter_error: bool,
    /// An error that ends by itself, such as a hot print head.
    pub recovering: bool,
    /// An error that needs the printer switched off and on, or repaired.
    pub unrecoverable_error: bool,
}

/// Why a printer cannot print, or cannot say that it did. `Display` tells the operator what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum PrinterFault {
    /// There is no paper.
    #[error("no paper: put in a new roll")]
    PaperOut,
    /// The cover is open.
    #[error("cover open: close it until it clicks")]
    CoverOpen,
    /// The blade is stuck.
    #[error("cutter stuck: open the cover, remove the paper that jams it, close it")]
    Cutter,
    /// The print head is too hot, or another state that ends by itself.
    #[error("the printer is recovering by itself: wait a minute")]
    Recovering,
    /// It needs a restart or a repair.
    #[error("printer error: switch it off and on; if it stays, have it repaired")]
    Broken,
    /// It says that it is offline and gives no reason.
    #[error("the printer is offline: press its feed or online button")]
    Offline,
    /// It cannot be reached.
    #[error("printer not reachable: check its power and its cable")]
    Unreachable,
    /// It is connected and does not answer.
    #[error("the printer does not answer: switch it off and on")]
    Silent,
    /// The connection broke while the job was on its way.
    #[error("the connection to the printer broke: check its power and its cable")]
    ConnectionLost,
    /// This program stopped before the job was confirmed.
    #[error("the program was stopped")]
    Stopped,
}

impl PrinterStatus {
    /// Reads the four answers to [`STATUS_REQUEST`], in the order of the requests. `None` if one
    /// of them is no answer to `DLE EOT`.
    pub fn from_replies(replies: [u8; STATUS_REPLIES]) -> Option<PrinterStatus> {
        let [printer, offline, error, paper] = replies;
        let printer = Bit::parse(Request::Printer, printer).ok()?;
        let offline = Bit::parse(Request::OfflineCause, offline).ok()?;
        let error = Bit::parse(Request::ErrorCause, error).ok()?;
        let paper = Bit::parse(Request::RollPaperSensor, paper).ok()?;
        Some(PrinterStatus {
            offline: !printer[&Bit::Online],
            cover_open: !offline[&Bit::CoverClosed],
            paper_near_end: !paper[&Bit::RollPaperNearEndSensorPaperAdequate],
            paper_out: !paper[&Bit::RollPaperEndSensorPaperPresent]
                || offline[&Bit::PrintingStopsDueToPaperEnd],
            cutter_error: error[&Bit::AutocutterErrorOccurred],
            recovering: error[&Bit::AutoRecoverableErrorOccurred],
            unrecoverable_error: error[&Bit::UnrecoverableErrorOccurred],
        })
    }

    /// What keeps the printer from printing, the cause that an operator must deal with first.
    pub fn fault(&self) -> Option<PrinterFault> {
        let causes = [
            (self.cover_open, PrinterFault::CoverOpen),
            (self.paper_out, PrinterFault::PaperOut),
            (self.cutter_error, PrinterFault::Cutter),
            (self.unrecoverable_error, PrinterFault::Broken),
            (self.recovering, PrinterFault::Recovering),
            (self.offline, PrinterFault::Offline),
        ];
        causes.into_iter().find_map(|(present, fault)| present.then_some(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_means_what_the_manual_says() {
        let ready = PrinterStatus::default();
        for (replies, expected) in [
            ([0x12, 0x12, 0x12, 0x12], ready),
            ([0x1a, 0x12, 0x12, 0x12], PrinterStatus { offline: true, ..ready }),
            ([0x12, 0x16, 0x12, 0x12], PrinterStatus { cover_open: true, ..ready }),
            ([0x12, 0x32, 0x12, 0x12], PrinterStatus { paper_out: true, ..ready }),
            ([0x12, 0x12, 0x1a, 0x12], PrinterStatus { cutter_error: true, ..ready }),
            ([0x12, 0x12, 0x32, 0x12], PrinterStatus { unrecoverable_error: true, ..ready }),
            ([0x12, 0x12, 0x52, 0x12], PrinterStatus { recovering: true, ..ready }),
            ([0x12, 0x12, 0x12, 0x1e], PrinterStatus { paper_near_end: true, ..ready }),
            ([0x12, 0x12, 0x12, 0x72], PrinterStatus { paper_out: true, ..ready }),
        ] {
            assert_eq!(PrinterStatus::from_replies(replies), Some(expected), "{replies:02x?}");
        }
        assert_eq!(PrinterStatus::from_replies([0x12, 0x12, 0x00, 0x12]), None);
    }

    #[test]
    fn the_fault_is_the_cause_and_not_the_symptom() {
        let status =
            PrinterStatus { offline: true, paper_out: true, paper_near_end: true, ..Default::default() };
        assert_eq!(status.fault(), Some(PrinterFault::PaperOut));
        let warning = PrinterStatus { paper_near_end: true, ..Default::default() };
        assert_eq!(warning.fault(), None);
    }
}

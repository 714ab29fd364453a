//! What devices say of themselves, in the words of the facts.
//!
//! A check-in stands whatever the printer does: the number is on record before a byte is sent, and on the screen.
//! While the printer cannot print, the welcome page says before anything is scanned that the number has to be
//! remembered.
//!
//! | fault | noticed by | what the visitor sees | staff read at their counters | how it goes back |
//! | --- | --- | --- | --- | --- |
//! | paper near end | status | nothing | « bientôt plus de papier » | a new roll |
//! | no paper, cover open, cutter, offline | status before a job | the number, to be remembered, and a code for the phone | what, and since when | put right: status every 2 s |
//! | the same during a job | status every 0.3 s until the barrier | the question whether the ticket came out | the same, and « ticket peut-être pas sorti » at the number | the visitor's answer; what the printer still holds comes out with a new roll, under the same number |
//! | recovering by itself | status | as no paper | « elle repart seule » | by itself |
//! | no answer | 1.5 s without one; 15 s without the barrier's | the number, or the question if bytes were sent | « sans réponse » | the connection is opened anew; a torn job is cleared away before the next |
//! | late answer | it bears the mark of its job | as no answer | as no answer | it is taken for no other job's |
//! | connection closed after any byte | the write or the read fails | the question | « éteinte ou débranchée », and the number's doubt | reconnects after 0.25 to 5 s, clears away, cuts |
//! | not there | cannot be connected | the number, to be remembered | « éteinte ou débranchée » | reconnects by itself |
//! | the kiosk stops during a job | the job is on record as *sending* | asked when the booking is shown again | the number's doubt | as after a closed connection |
//!
//! Whoever answers that there is no ticket gets it once more, marked DUPLICATA, under the same number; nothing is
//! ever printed a second time by itself.

use domain::DeviceFault;
use hardware::escpos::{PrinterFault, PrinterStatus};

/// What somebody has to see to with a printer that says this of itself.
pub fn of_status(status: &PrinterStatus) -> Option<DeviceFault> {
    match status.fault() {
        Some(fault) => of_printer(fault),
        None => status.paper_near_end.then_some(DeviceFault::PaperLow),
    }
}

/// What somebody has to see to; nothing if it is only this program that ends.
pub fn of_printer(fault: PrinterFault) -> Option<DeviceFault> {
    Some(match fault {
        PrinterFault::PaperOut => DeviceFault::PaperOut,
        PrinterFault::CoverOpen => DeviceFault::CoverOpen,
        PrinterFault::Cutter => DeviceFault::Cutter,
        PrinterFault::Recovering => DeviceFault::Recovering,
        PrinterFault::Broken => DeviceFault::Broken,
        PrinterFault::Offline => DeviceFault::Offline,
        PrinterFault::Silent => DeviceFault::Silent,
        PrinterFault::Unreachable | PrinterFault::ConnectionLost => DeviceFault::Absent,
        PrinterFault::Stopped => return None,
    })
}

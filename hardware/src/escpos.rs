//! The language of receipt printers: a slip becomes bytes, reply bytes become a status.
//!
//! Pure: nothing here opens a device, waits, or reads a clock. The commands that the `escpos` crate
//! builds rightly come from it, through a driver that writes to memory; rasters and text are our
//! own, because that crate sends characters it does not know as raw UTF-8 and puts a CAN before
//! each raster.

mod barrier;
mod encode;
mod profile;
mod raster;
mod reply;
mod status;

pub use barrier::{Barrier, BarrierMark};
pub use encode::{EncodeError, MAX_QR_BYTES, encode};
pub use profile::{Cut, Mode, Presenter, Profile, ProfileError, StatusSource};
pub use reply::{Reply, ReplyReader};
pub use status::{PrinterFault, PrinterStatus, STATUS_REPLIES, STATUS_REQUEST};

use encode::commands;

/// What brings a printer back to a clean state after a job that was torn in the middle, and cuts
/// off what it had printed of it, so that the next person does not get a stranger's number.
///
/// The zeros finish a picture that the printer may still be waiting for; outside a picture they
/// mean nothing. `DLE ENQ 2` then leaves an error state and drops what is buffered, `ESC @`
/// returns to the standard settings.
pub fn recovery(profile: &Profile) -> Vec<u8> {
    let picture_bytes = usize::from(profile.width_dots).div_ceil(8) * usize::from(profile.band_rows);
    let mut bytes = vec![0; picture_bytes];
    bytes.extend([0x10, 0x05, 0x02]);
    bytes.extend([0x1b, b'@']);
    commands::finish(&mut bytes, profile);
    bytes
}

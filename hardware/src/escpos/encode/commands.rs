//! Single commands. Where the `escpos` crate builds them rightly they come from it, through a
//! driver that writes to memory.

use std::cell::RefCell;
use std::rc::Rc;

use escpos::driver::Driver;
use escpos::errors::{PrinterError, Result};
use escpos::printer::Printer;
use escpos::utils::{JustifyMode, Protocol, QRCodeCorrectionLevel, QRCodeModel, QRCodeOption};

use super::super::{Cut, Profile};
use crate::slip::{Align, TextSize};

/// Takes what the `escpos` crate would send to a device.
#[derive(Default, Clone)]
struct Memory(Rc<RefCell<Vec<u8>>>);

impl Driver for Memory {
    fn name(&self) -> String {
        "memory".into()
    }

    fn write(&self, data: &[u8]) -> Result<()> {
        self.0.borrow_mut().extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _: &mut [u8]) -> Result<usize> {
        Ok(0)
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}

/// The bytes of the commands that `build` asks for. A new printer each time, because the crate
/// sends commands again after an error.
fn built(
    build: impl FnOnce(&mut Printer<Memory>) -> Result<()>,
) -> std::result::Result<Vec<u8>, PrinterError> {
    let memory = Memory::default();
    let mut printer = Printer::new(memory.clone(), Protocol::default(), None);
    build(&mut printer)?;
    printer.print()?;
    Ok(memory.0.take())
}

/// Standard settings, feeds counted in dots, Windows-1252.
pub(in crate::escpos) fn begin(
    out: &mut Vec<u8>,
    profile: &Profile,
) -> std::result::Result<(), PrinterError> {
    out.extend(built(|printer| {
        // Motion units: some printers count feeds in half dots unless told otherwise.
        printer.init()?.motion_units(profile.dpi, profile.dpi)?;
        Ok(())
    })?);
    // The crate knows only Epson's number for the page.
    out.extend([0x1b, b't', profile.windows_1252]);
    Ok(())
}

/// Size, weight and alignment of what follows.
pub(super) fn style(size: TextSize, bold: bool, align: Align) -> std::result::Result<Vec<u8>, PrinterError> {
    let (width, height) = size.factors();
    built(|printer| {
        printer.justify(match align {
            Align::Left => JustifyMode::LEFT,
            Align::Centre => JustifyMode::CENTER,
            Align::Right => JustifyMode::RIGHT,
        })?;
        printer.bold(bold)?.size(width, height)?;
        Ok(())
    })
}

/// A QR code drawn by the printer, centred, with the white above and below that readers need:
/// printers draw only the modules.
pub(super) fn qr(out: &mut Vec<u8>, data: &str, module_dots: u8) -> std::result::Result<(), PrinterError> {
    let quiet_dots = u16::from(module_dots) * super::QUIET_MODULES as u16;
    // The crate's default is the obsolete model 1.
    let option = QRCodeOption::new(QRCodeModel::Model2, module_dots, QRCodeCorrectionLevel::M);
    let code = built(|printer| {
        printer.justify(JustifyMode::CENTER)?.qrcode_option(data, option)?;
        Ok(())
    })?;
    feed(out, quiet_dots);
    out.extend(code);
    feed(out, quiet_dots);
    Ok(())
}

/// White paper: `ESC J` carries at most 255 dots.
pub(super) fn feed(out: &mut Vec<u8>, dots: u16) {
    let mut left = dots;
    while left > 0 {
        let step = left.min(255);
        out.extend([0x1b, b'J', step as u8]);
        left -= step;
    }
}

/// The feed before the cut, the cut, and the presenter.
pub(in crate::escpos) fn finish(out: &mut Vec<u8>, profile: &Profile) {
    feed(out, profile.feed_before_cut_dots);
    match profile.cut {
        Cut::None => {}
        Cut::Full => out.extend([0x1d, b'V', 65, 0]),
        Cut::Partial => out.extend([0x1d, b'V', 66, 0]),
    }
    if let Some(presenter) = profile.presenter {
        match presenter.retract_after_seconds {
            0 => out.extend([0x1d, b'e', 0x03, presenter.steps]),
            seconds => out.extend([0x1d, b'e', 0x20, presenter.steps, seconds]),
        }
    }
}

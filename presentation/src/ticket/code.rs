//! The QR code: model 2, error correction M, four modules of white around it.

use super::{Paper, TicketError};
use hardware::slip::Bitmap;
use qrcode::{Color, EcLevel, QrCode};

/// White on each side, in modules (ISO/IEC 18004).
pub(super) const QUIET_MODULES: u32 = 4;
/// The code itself is at least this wide, in millimetres, so that an old phone reads it.
const CODE_MM: f32 = 25.0;
/// The largest module that printers draw by themselves, in dots.
const MODULE_MAX_DOTS: u32 = 16;
/// A module below 0.35 mm is lost in the paper.
const MODULE_MIN_MM: f32 = 0.35;

/// A QR code and the size at which it suits a paper.
pub(super) struct Code {
    colours: Vec<Color>,
    pub(super) modules: u32,
    /// The side of one module in dots.
    pub(super) module_dots: u8,
}

impl Code {
    pub(super) fn new(data: &str, paper: &Paper) -> Result<Self, TicketError> {
        let wrong = || TicketError::CodeData { bytes: data.len() };
        if data.is_empty() {
            return Err(wrong());
        }
        let code = QrCode::with_error_correction_level(data, EcLevel::M).map_err(|_| wrong())?;
        let (width, modules) = (u32::from(paper.width_dots), code.width() as u32);
        let wanted = paper.dots(CODE_MM).div_ceil(modules).max(paper.dots(MODULE_MIN_MM));
        let module_dots = wanted.min(width / (modules + 2 * QUIET_MODULES)).min(MODULE_MAX_DOTS);
        if module_dots < paper.dots(MODULE_MIN_MM) {
            return Err(TicketError::CodeTooWide { modules: code.width(), width_dots: paper.width_dots });
        }
        Ok(Self { colours: code.to_colors(), modules, module_dots: module_dots as u8 })
    }

    /// The side of the code with the white around it, in dots.
    pub(super) fn side_dots(&self) -> u32 {
        (self.modules + 2 * QUIET_MODULES) * u32::from(self.module_dots)
    }

    /// The white on each side, in dots.
    pub(super) fn quiet_dots(&self) -> u32 {
        QUIET_MODULES * u32::from(self.module_dots)
    }

    /// The code with the white around it.
    pub(super) fn draw(&self) -> Bitmap {
        let (side, quiet, dots) = (self.side_dots(), self.quiet_dots(), u32::from(self.module_dots));
        let mut picture = Bitmap::new(side, side);
        for y in 0..self.modules * dots {
            for x in 0..self.modules * dots {
                let module = (y / dots * self.modules + x / dots) as usize;
                if self.colours.get(module) == Some(&Color::Dark) {
                    picture.set(quiet + x, quiet + y);
                }
            }
        }
        picture
    }
}

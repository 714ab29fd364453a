//! The printer's own font on the simulated paper.

use ab_glyph::{Font, FontRef, PxScale, point};

use crate::slip::Bitmap;

/// The standard cell of receipt printers (font A), in dots.
pub const CELL_WIDTH: u32 = 12;
/// See [`CELL_WIDTH`].
pub const CELL_HEIGHT: u32 = 24;

/// From the top of a cell to the line on which letters stand, in dots: leaves room for accents on
/// capitals above and for descenders below.
const BASELINE: f32 = 19.0;

/// One character in its cell.
#[derive(Debug, Clone, Copy)]
pub struct Glyph {
    /// The character.
    pub character: char,
    /// Factors of width and height.
    pub size: (u8, u8),
    /// Drawn twice, one dot apart, as print heads do it.
    pub bold: bool,
}

/// IBM Plex Mono, under the SIL Open Font License.
pub struct PrinterFont {
    font: FontRef<'static>,
    /// Pixels per em that make a character as wide as a cell.
    em: f32,
}

impl PrinterFont {
    pub fn load() -> Result<PrinterFont, ab_glyph::InvalidFont> {
        let font = FontRef::try_from_slice(include_bytes!("../../fonts/IBMPlexMono-Medium.ttf"))?;
        let units = font.units_per_em().unwrap_or(1000.0);
        let advance = font.h_advance_unscaled(font.glyph_id('0'));
        let em = CELL_WIDTH as f32 * units / advance.max(1.0);
        Ok(PrinterFont { font, em })
    }

    /// Draws the glyph with the upper left corner of its cell at `left`, `top`.
    pub fn draw(&self, picture: &mut Bitmap, glyph: Glyph, left: u32, top: u32) {
        let (width, height) = (f32::from(glyph.size.0), f32::from(glyph.size.1));
        let per_em = self.font.height_unscaled() / self.font.units_per_em().unwrap_or(1000.0);
        let scale = PxScale { x: self.em * per_em * width, y: self.em * per_em * height };
        let placed = self
            .font
            .glyph_id(glyph.character)
            .with_scale_and_position(scale, point(left as f32, top as f32 + BASELINE * height));
        let Some(outline) = self.font.outline_glyph(placed) else { return };
        let (x0, y0) = (outline.px_bounds().min.x as i64, outline.px_bounds().min.y as i64);
        outline.draw(|x, y, coverage| {
            let (x, y) = (x0 + i64::from(x), y0 + i64::from(y));
            if coverage >= 0.5 && x >= 0 && y >= 0 {
                for dot in 0..if glyph.bold { u32::from(glyph.size.0) + 1 } else { 1 } {
                    picture.set(x as u32 + dot, y as u32);
                }
            }
        });
    }
}

//! A slip: what a printer puts on one piece of paper, as data.
//!
//! Here belong the blocks of a slip and the one-bit picture. Not here: how a block becomes bytes
//! ([`crate::escpos`]), and what a ticket says or looks like (the crate that lays tickets out).

use std::io;

/// One piece of paper, from top to bottom. The printer cuts after it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slip {
    /// The blocks in the order in which they leave the printer.
    pub blocks: Vec<Block>,
}

/// One horizontal band of a slip, as wide as the paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// One or more lines in the printer's own font; `\n` separates lines.
    Text {
        /// The words. Every character must exist in Windows-1252, else encoding fails.
        text: String,
        /// How large the characters are.
        size: TextSize,
        /// Whether the strokes are thick.
        bold: bool,
        /// Where the lines stand between the margins.
        align: Align,
    },
    /// A picture, printed dot for dot and centred if it is narrower than the paper.
    Image(Bitmap),
    /// A QR code (model 2, error correction M), centred.
    Qr {
        /// What the code says. 1 to 2331 bytes, the most that level M holds.
        data: String,
        /// The side of one module in dots of the printer: 1 to 16.
        module_dots: u8,
    },
    /// White paper.
    Space {
        /// The height in dots of the printer.
        dots: u16,
    },
}

/// The size of characters, as a multiple of the printer's standard font (12 × 24 dots).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextSize {
    /// The standard font.
    #[default]
    Normal,
    /// Twice as high, as wide as the standard font.
    Tall,
    /// Twice as wide and twice as high.
    Large,
    /// Eight times as wide and eight times as high, the most that printers have: a ticket's number. Six
    /// characters fit on paper of 80 mm.
    Huge,
}

impl TextSize {
    /// The factors of width and height: 1 to 8.
    pub fn factors(self) -> (u8, u8) {
        match self {
            TextSize::Normal => (1, 1),
            TextSize::Tall => (1, 2),
            TextSize::Large => (2, 2),
            TextSize::Huge => (8, 8),
        }
    }
}

/// Where a line stands between the margins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// At the left margin.
    #[default]
    Left,
    /// In the middle of the paper.
    Centre,
    /// At the right margin.
    Right,
}

/// A picture of one bit per dot: rows packed into bytes, most significant bit leftmost, 1 is black.
/// Each row begins on a byte; the unused bits at the end of a row are 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    width_dots: u32,
    height_dots: u32,
    rows: Vec<u8>,
}

impl Bitmap {
    /// A white picture of the given size in dots.
    pub fn new(width_dots: u32, height_dots: u32) -> Self {
        let bytes = width_dots.div_ceil(8) as usize * height_dots as usize;
        Bitmap { width_dots, height_dots, rows: vec![0; bytes] }
    }

    /// The width in dots.
    pub fn width_dots(&self) -> u32 {
        self.width_dots
    }

    /// The height in dots.
    pub fn height_dots(&self) -> u32 {
        self.height_dots
    }

    /// How many bytes one row takes: the width divided by 8, rounded up.
    pub fn bytes_per_row(&self) -> usize {
        self.width_dots.div_ceil(8) as usize
    }

    /// All rows, from the top, [`bytes_per_row`](Self::bytes_per_row) bytes each.
    pub fn rows(&self) -> &[u8] {
        &self.rows
    }

    /// Makes the dot in column `x` and row `y` black. A dot outside the picture is left out, so
    /// that a glyph may overhang the edge.
    pub fn set(&mut self, x: u32, y: u32) {
        if x < self.width_dots && y < self.height_dots {
            let at = y as usize * self.bytes_per_row() + x as usize / 8;
            self.rows[at] |= 0x80 >> (x % 8);
        }
    }

    /// Whether the dot in column `x` and row `y` is black; outside the picture nothing is.
    pub fn get(&self, x: u32, y: u32) -> bool {
        if x >= self.width_dots || y >= self.height_dots {
            return false;
        }
        self.rows[y as usize * self.bytes_per_row() + x as usize / 8] & (0x80 >> (x % 8)) != 0
    }

    /// Adds white rows at the foot until the picture is `height_dots` high. A picture that is as
    /// high already is left as it is.
    pub fn grow_to(&mut self, height_dots: u32) {
        if height_dots > self.height_dots {
            self.height_dots = height_dots;
            self.rows.resize(self.bytes_per_row() * height_dots as usize, 0);
        }
    }

    /// The picture as a PNG of one bit per pixel, black on white.
    ///
    /// # Errors
    /// Fails if the picture has no dots (PNG knows no empty picture).
    pub fn to_png(&self) -> io::Result<Vec<u8>> {
        self.to_png_at(None)
    }

    /// The picture as a PNG that says, if given, how many dots make an inch, so that a viewer
    /// shows and prints it in its true size.
    ///
    /// # Errors
    /// As [`to_png`](Self::to_png).
    pub fn to_png_at(&self, dpi: Option<u8>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width_dots, self.height_dots);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.set_pixel_dims(dpi.map(|dpi| {
            let dots_per_metre = (f64::from(dpi) / 0.0254).round() as u32;
            png::PixelDimensions { xppu: dots_per_metre, yppu: dots_per_metre, unit: png::Unit::Meter }
        }));
        // In PNG a grey of 0 is black; here 1 is black.
        let pixels: Vec<u8> = self.rows.iter().map(|byte| !byte).collect();
        let mut writer = encoder.write_header().map_err(io::Error::from)?;
        writer.write_image_data(&pixels).map_err(io::Error::from)?;
        writer.finish().map_err(io::Error::from)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_packed_leftmost_bit_first() {
        let mut picture = Bitmap::new(10, 2);
        picture.set(0, 0);
        picture.set(9, 1);
        picture.set(10, 1);
        assert_eq!(picture.rows(), [0x80, 0x00, 0x00, 0x40]);
        assert!(picture.get(9, 1) && !picture.get(8, 1) && !picture.get(0, 2));
    }

    #[test]
    fn a_png_has_the_size_of_the_picture_and_black_is_black() {
        let mut picture = Bitmap::new(9, 3);
        picture.set(8, 2);
        let png = picture.to_png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(reader.info().size(), (9, 3));
        assert_eq!(pixels[5] & 0x80, 0, "the black dot");
        assert_eq!(pixels[0], 0xff);
    }
}

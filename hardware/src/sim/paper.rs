//! The paper in a simulated printer: what the commands make of it, as a picture and as text.

use super::font::{CELL_HEIGHT, CELL_WIDTH, Glyph, PrinterFont};
use super::reader::Command;
use crate::escpos::Profile;
use crate::slip::Bitmap;

/// The white border round the printed area, in millimetres: 80 mm paper has 72 mm of dots.
const MARGIN_MM: u32 = 4;

/// How long a strip may become before it is torn off, in rows: 2.5 m at 203 dpi. A printer that is
/// fed rubbish would otherwise fill the memory.
pub const LONGEST_ROWS: u32 = 20_000;

/// A strip of paper that has not been cut yet, and the settings that commands change.
pub struct Paper {
    profile: Profile,
    picture: Bitmap,
    y: u32,
    text: String,
    line: Vec<Glyph>,
    settings: Settings,
    qr: Qr,
    repeat: (u32, u32),
}

/// What `ESC @` resets.
struct Settings {
    page: u8,
    align: u8,
    bold: bool,
    size: (u8, u8),
    spacing_units: Option<u8>,
    units_per_inch: u32,
}

struct Qr {
    module_dots: u8,
    model: u8,
    level: qrcode::EcLevel,
    data: Vec<u8>,
}

impl Settings {
    fn standard(profile: &Profile) -> Settings {
        Settings {
            page: 0,
            align: 0,
            bold: false,
            size: (1, 1),
            spacing_units: None,
            units_per_inch: profile.dpi.into(),
        }
    }
}

impl Paper {
    pub fn new(profile: Profile) -> Paper {
        let picture = Bitmap::new(profile.width_dots.into(), 0);
        let settings = Settings::standard(&profile);
        let qr = Qr { module_dots: 3, model: 50, level: qrcode::EcLevel::L, data: Vec::new() };
        Paper { profile, picture, y: 0, text: String::new(), line: Vec::new(), settings, qr, repeat: (1, 1) }
    }

    /// Carries a command out and says by how many rows the paper moved.
    pub fn apply(&mut self, command: &Command, font: &PrinterFont) -> u32 {
        let before = self.y;
        match command {
            Command::Initialise => {
                self.line.clear();
                self.settings = Settings::standard(&self.profile);
            }
            Command::CodePage(page) => self.settings.page = *page,
            Command::Align(align) => self.settings.align = *align,
            Command::Bold(bold) => self.settings.bold = *bold,
            Command::Size(width, height) => self.settings.size = (*width, *height),
            Command::LineSpacing(units) => self.settings.spacing_units = *units,
            Command::VerticalUnit(units) if *units > 0 => self.settings.units_per_inch = (*units).into(),
            Command::Character(byte) => self.add(*byte, font),
            Command::LineFeed => self.end_line(font),
            Command::Feed(units) => {
                self.flush(font);
                self.advance(self.dots(*units));
            }
            Command::FeedLines(lines) => (0..*lines).for_each(|_| self.end_line(font)),
            Command::Picture { across, down } => {
                self.flush(font);
                self.repeat = (*across, *down);
                self.text.push_str(if self.text.ends_with("[picture]\n") { "" } else { "[picture]\n" });
            }
            Command::PictureRow(row) => self.draw_row(row),
            Command::QrModel(model) => self.qr.model = *model,
            Command::QrModule(dots) => self.qr.module_dots = (*dots).clamp(1, 16),
            Command::QrLevel(level) => {
                self.qr.level = match level {
                    49 => qrcode::EcLevel::M,
                    50 => qrcode::EcLevel::Q,
                    51 => qrcode::EcLevel::H,
                    _ => qrcode::EcLevel::L,
                }
            }
            Command::QrStore(data) => self.qr.data.clone_from(data),
            Command::QrPrint => self.draw_qr(font),
            Command::Cut(units) => {
                self.flush(font);
                self.advance(self.dots(*units));
            }
            _ => {}
        }
        self.y - before
    }

    /// Takes the strip off: its picture with white margins, and its text.
    pub fn take(&mut self) -> (Bitmap, String) {
        let margin = u32::from(self.profile.dpi) * MARGIN_MM * 10 / 254;
        self.picture.grow_to(self.y);
        let mut strip = Bitmap::new(self.picture.width_dots() + 2 * margin, self.y + 2 * margin);
        for y in 0..self.y {
            for x in (0..self.picture.width_dots()).filter(|x| self.picture.get(*x, y)) {
                strip.set(x + margin, y + margin);
            }
        }
        self.picture = Bitmap::new(self.picture.width_dots(), 0);
        self.y = 0;
        (strip, std::mem::take(&mut self.text))
    }

    /// Whether there is nothing on the strip.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty() && self.line.is_empty() && self.picture.rows().iter().all(|byte| *byte == 0)
    }

    /// How long the strip is, in rows.
    pub fn rows(&self) -> u32 {
        self.y
    }

    fn add(&mut self, byte: u8, font: &PrinterFont) {
        let character = match byte {
            0x20..=0x7e => char::from(byte),
            // Another code page than the one that the profile names: wrong letters on paper, and
            // here a sign that shows it.
            _ if self.settings.page != self.profile.windows_1252 => char::REPLACEMENT_CHARACTER,
            _ => encoding_rs::WINDOWS_1252.decode(&[byte]).0.chars().next().unwrap_or(' '),
        };
        let glyph = Glyph { character, size: self.settings.size, bold: self.settings.bold };
        if self.line_width() + cell_width(&glyph) > self.picture.width_dots() {
            self.end_line(font);
        }
        self.line.push(glyph);
    }

    /// Prints a line that has something on it.
    fn flush(&mut self, font: &PrinterFont) {
        if !self.line.is_empty() {
            self.end_line(font);
        }
    }

    fn end_line(&mut self, font: &PrinterFont) {
        let tallest = self.line.iter().map(|glyph| u32::from(glyph.size.1) * CELL_HEIGHT).max().unwrap_or(0);
        let spacing = match self.settings.spacing_units {
            Some(units) => self.dots(units),
            None => u32::from(self.profile.dpi) / 6,
        };
        let height = tallest.max(spacing);
        self.picture.grow_to(self.y + height);
        let mut x = self.left(self.line_width());
        for glyph in std::mem::take(&mut self.line) {
            // Characters of different heights stand on the same line.
            let top = self.y + tallest - u32::from(glyph.size.1) * CELL_HEIGHT;
            font.draw(&mut self.picture, glyph, x, top);
            self.text.push(glyph.character);
            x += cell_width(&glyph);
        }
        self.text.push('\n');
        self.advance(height);
    }

    fn draw_row(&mut self, row: &[u8]) {
        let (across, down) = self.repeat;
        let width = row.len() as u32 * 8 * across;
        let left = self.left(width);
        self.picture.grow_to(self.y + down);
        for x in 0..row.len() as u32 * 8 {
            if row[x as usize / 8] & (0x80 >> (x % 8)) != 0 {
                for copy in 0..across * down {
                    self.picture.set(left + x * across + copy % across, self.y + copy / across);
                }
            }
        }
        self.advance(down);
    }

    fn draw_qr(&mut self, font: &PrinterFont) {
        self.flush(font);
        let side = u32::from(self.qr.module_dots);
        let code = qrcode::QrCode::with_error_correction_level(&self.qr.data, self.qr.level);
        let (Ok(code), 50) = (code, self.qr.model) else {
            return self.text.push_str("[QR that this printer cannot draw]\n");
        };
        let modules = code.width() as u32;
        let left = self.left(modules * side);
        self.picture.grow_to(self.y + modules * side);
        for (at, colour) in code.to_colors().into_iter().enumerate() {
            let (column, row) = (at as u32 % modules, at as u32 / modules);
            for dot in (0..side * side).filter(|_| colour == qrcode::Color::Dark) {
                self.picture.set(left + column * side + dot % side, self.y + row * side + dot / side);
            }
        }
        self.text.push_str(&format!("[QR {}]\n", String::from_utf8_lossy(&self.qr.data)));
        self.advance(modules * side);
    }

    fn advance(&mut self, rows: u32) {
        self.y = (self.y + rows).min(LONGEST_ROWS);
        self.picture.grow_to(self.y);
    }

    fn dots(&self, units: u8) -> u32 {
        u32::from(units) * u32::from(self.profile.dpi) / self.settings.units_per_inch
    }

    fn line_width(&self) -> u32 {
        self.line.iter().map(cell_width).sum()
    }

    fn left(&self, width: u32) -> u32 {
        let free = self.picture.width_dots().saturating_sub(width);
        match self.settings.align {
            1 => free / 2,
            2 => free,
            _ => 0,
        }
    }
}

fn cell_width(glyph: &Glyph) -> u32 {
    u32::from(glyph.size.0) * CELL_WIDTH
}

//! Words become dots: shaping and drawing with the bundled fonts only.

use crate::fonts;
use cosmic_text::{
    Align, Attrs, Buffer, Color, Family, FontSystem, Metrics, Shaping, SwashCache, Weight, fontdb,
};
use hardware::slip::Bitmap;
use std::sync::Arc;

/// Draws words in any script that the bundled fonts know. Loading the fonts and drawing a glyph
/// for the first time takes a while, so that a program makes one and keeps it.
pub struct Typesetter {
    fonts: FontSystem,
    glyphs: SwashCache,
}

/// How a paragraph is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// The size of the font in dots.
    pub(crate) size: f32,
    pub(crate) weight: Weight,
    /// Added between letters, as a part of the size.
    pub(crate) spacing: f32,
    /// At the right margin.
    pub(crate) right_to_left: bool,
}

/// A paragraph that is broken into lines and ready to be drawn.
pub(crate) struct Paragraph {
    buffer: Buffer,
    /// The height of its lines in dots.
    pub(crate) height: u32,
    /// The width of its longest line in dots.
    pub(crate) width: u32,
}

/// Lines stand this far apart, as a multiple of the font's size.
const LATIN_LEADING: f32 = 1.22;
/// Arabic of the same size looks larger than Latin.
const ARABIC_SCALE: f32 = 0.94;
/// Arabic reaches further up and down.
const ARABIC_LEADING: f32 = 1.5;

impl Default for Typesetter {
    fn default() -> Self {
        Self::new()
    }
}

impl Typesetter {
    /// Loads the bundled fonts and no others, so that a ticket looks alike on every machine.
    pub fn new() -> Self {
        let mut faces = fontdb::Database::new();
        for font in fonts::ALL {
            faces.load_font_source(fontdb::Source::Binary(Arc::new(font)));
        }
        let fonts = FontSystem::new_with_locale_and_db("fr".to_owned(), faces);
        Self { fonts, glyphs: SwashCache::new() }
    }

    /// Breaks words into lines no wider than `width` dots.
    pub(crate) fn set(&mut self, words: &str, style: &Style, width: u32) -> Paragraph {
        let (scale, leading) =
            if is_arabic(words) { (ARABIC_SCALE, ARABIC_LEADING) } else { (1.0, LATIN_LEADING) };
        let size = style.size * scale;
        let align = if style.right_to_left { Align::Right } else { Align::Left };
        // Letters that the Latin family lacks come from the other bundled fonts.
        let attributes = Attrs::new()
            .family(Family::Name(fonts::LATIN_FAMILY))
            .weight(style.weight)
            .letter_spacing(style.spacing);
        let mut buffer = Buffer::new(&mut self.fonts, Metrics::new(size, (size * leading).ceil()));
        buffer.set_size(Some(width as f32), None);
        buffer.set_text(words, &attributes, Shaping::Advanced, Some(align));
        buffer.shape_until_scroll(&mut self.fonts, false);
        let height = buffer.layout_runs().map(|line| line.line_height).sum::<f32>().ceil() as u32;
        let width = buffer.layout_runs().map(|line| line.line_w).fold(0.0, f32::max).ceil() as u32;
        Paragraph { buffer, height, width }
    }

    /// Draws a paragraph with its upper left corner in column `left` and row `top`.
    pub(crate) fn draw(&mut self, paragraph: &mut Paragraph, bitmap: &mut Bitmap, left: u32, top: u32) {
        let black = Color::rgb(0, 0, 0);
        paragraph.buffer.draw(&mut self.fonts, &mut self.glyphs, black, |x, y, _, _, colour| {
            let column = u32::try_from(i64::from(left) + i64::from(x));
            let row = u32::try_from(i64::from(top) + i64::from(y));
            if let (true, Ok(column), Ok(row)) = (colour.a() >= 128, column, row) {
                bitmap.set(column, row);
            }
        });
    }
}

fn is_arabic(words: &str) -> bool {
    words.chars().any(|letter| ('\u{600}'..='\u{6ff}').contains(&letter))
}

//! A strip of paper that grows downwards, and how things are put on it.

use super::{
    Paper,
    typesetter::{Paragraph, Style, Typesetter},
};
use hardware::slip::Bitmap;

/// The picture of a ticket while it is drawn from top to bottom.
pub(crate) struct Canvas<'a> {
    pub(crate) paper: &'a Paper,
    pub(crate) typesetter: &'a mut Typesetter,
    pub(crate) bitmap: Bitmap,
    /// White at each side, in dots.
    pub(crate) margin: u32,
    /// The first row that is still free.
    pub(crate) row: u32,
}

impl<'a> Canvas<'a> {
    pub(crate) fn new(paper: &'a Paper, typesetter: &'a mut Typesetter, margin_mm: f32) -> Self {
        let bitmap = Bitmap::new(paper.width_dots.into(), 0);
        Self { paper, typesetter, bitmap, margin: paper.dots(margin_mm), row: 0 }
    }

    /// The width between the margins, in dots.
    pub(crate) fn column(&self) -> u32 {
        u32::from(self.paper.width_dots) - 2 * self.margin
    }

    /// Leaves white paper.
    pub(crate) fn space(&mut self, millimetres: f32) {
        self.row += self.paper.dots(millimetres);
        self.bitmap.grow_to(self.row);
    }

    /// Writes a paragraph across the column.
    pub(crate) fn write(&mut self, words: &str, style: &Style) {
        self.write_indented(words, style, 0);
    }

    /// Writes a paragraph that leaves so many dots free on the side where its script begins.
    pub(crate) fn write_indented(&mut self, words: &str, style: &Style, indent: u32) {
        let left = self.margin + if style.right_to_left { 0 } else { indent };
        let width = self.column().saturating_sub(indent);
        let mut paragraph = self.typesetter.set(words, style, width);
        self.place(&mut paragraph, left);
    }

    /// Draws a paragraph that is broken into lines already.
    pub(crate) fn place(&mut self, paragraph: &mut Paragraph, left: u32) {
        let top = self.row;
        self.row += paragraph.height;
        // Room for what hangs below the last line.
        self.bitmap.grow_to(self.row + paragraph.height);
        self.typesetter.draw(paragraph, &mut self.bitmap, left, top);
    }

    /// Makes a rectangle black.
    pub(crate) fn fill(&mut self, left: u32, top: u32, width: u32, height: u32) {
        self.bitmap.grow_to(top + height);
        (top..top + height).for_each(|y| (left..left + width).for_each(|x| self.bitmap.set(x, y)));
    }

    /// A line across the column.
    pub(crate) fn rule(&mut self, millimetres: f32) {
        let (left, width, height) = (self.margin, self.column(), self.paper.dots(millimetres));
        self.fill(left, self.row, width, height);
        self.row += height;
    }

    /// Copies the black dots of a picture.
    pub(crate) fn stamp(&mut self, picture: &Bitmap, left: u32, top: u32) {
        self.bitmap.grow_to(top + picture.height_dots());
        for y in 0..picture.height_dots() {
            for x in (0..picture.width_dots()).filter(|x| picture.get(*x, y)) {
                self.bitmap.set(left + x, top + y);
            }
        }
    }

    /// The picture, cut off below the last row in use.
    pub(crate) fn finish(self) -> Bitmap {
        let mut cut = Bitmap::new(self.bitmap.width_dots(), self.row);
        for y in 0..self.row {
            (0..cut.width_dots()).filter(|x| self.bitmap.get(*x, y)).for_each(|x| cut.set(x, y));
        }
        cut
    }
}

//! The number, as large as the paper allows: the digits are what is called, so that they keep
//! their height and a lane of two letters becomes smaller beside them.

use super::{canvas::Canvas, typesetter::Style};
use cosmic_text::Weight;
use domain::TicketNumber;
use hardware::slip::Bitmap;

/// Digits are at least this high wherever the paper is wide enough: 18 mm on 80 mm paper, and a
/// little for what the threshold takes from the edges.
const DIGIT_MM: f32 = 18.3;
/// The height of a digit of the bundled Latin font, as a part of its size.
const DIGIT_HEIGHT: f32 = 0.668;
/// Between the lane and the digits, as a part of the digits' size.
const GAP: f32 = 0.06;
/// The tabular figures have much white between them for letters of this size.
const SPACING: f32 = -0.025;
/// A lane never becomes smaller than this part of the digits.
const LANE_LEAST: f32 = 0.4;

/// A letter is made narrower to no less than this part of its width; then it becomes smaller.
const NARROWED_LEAST: f32 = 0.8;
/// How much larger a letter is drawn that is made narrower, so that its edges stay clean.
const OVERSAMPLED: f32 = 4.0;

/// Draws a number across the column.
pub(super) fn draw(canvas: &mut Canvas<'_>, number: &TicketNumber) {
    let column = canvas.column() as f32;
    let (lane, digits) = (number.lane.as_str(), format!("{:03}", number.counter));
    // Ink grows with the size; the digits of one width are measured by the widest.
    let (lane_ink, digits_ink) = (ink(canvas, lane, 100.0), ink(canvas, "000", 100.0));
    let (lane_part, digits_part) =
        (lane_ink.width_dots() as f32 / 100.0, digits_ink.width_dots() as f32 / 100.0);
    let wanted = canvas.paper.dots(DIGIT_MM) as f32 / DIGIT_HEIGHT;
    let even = column / (digits_part + GAP + lane_part);
    let most = column / (digits_part + GAP + lane_part * LANE_LEAST);
    // Where the paper is too narrow for high digits, letters and digits share what there is.
    let size = if wanted <= most { even.max(wanted) } else { even }.floor();
    let lane_size = ((column - size * (digits_part + GAP)) / lane_part).min(size).floor();

    let digits = ink(canvas, &digits, size);
    // A wide letter beside three digits becomes a little narrower rather than lower: it would look like a
    // small letter.
    let lane = if lane_size < size && lane_size >= size * NARROWED_LEAST {
        let wide = ink(canvas, lane, size * OVERSAMPLED);
        let width = (lane_part * lane_size) as u32;
        let height = (wide.height_dots() as f32 / OVERSAMPLED) as u32;
        resized(&wide, width, height)
    } else {
        ink(canvas, lane, lane_size)
    };
    let foot = canvas.row + digits.height_dots().max(lane.height_dots());
    let (left, right) = (canvas.margin, canvas.margin + lane.width_dots() + (GAP * size) as u32);
    canvas.stamp(&lane, left, foot - lane.height_dots());
    canvas.stamp(&digits, right, foot - digits.height_dots());
    canvas.row = foot;
}

/// Letters or digits as a picture that ends where their ink ends. They stand on the line and have
/// nothing below it.
fn ink(canvas: &mut Canvas<'_>, words: &str, size: f32) -> Bitmap {
    let style = Style { size, weight: Weight::EXTRA_BOLD, spacing: SPACING, right_to_left: false };
    let mut paragraph = canvas.typesetter.set(words, &style, u32::MAX);
    let mut sheet = Bitmap::new(paragraph.width + size as u32, paragraph.height);
    canvas.typesetter.draw(&mut paragraph, &mut sheet, 0, 0);
    trimmed(&sheet)
}

/// A picture in another size: a dot is black where most of what it covers is.
fn resized(from: &Bitmap, width: u32, height: u32) -> Bitmap {
    let mut picture = Bitmap::new(width, height);
    let span = |at: u32, to: u32, all: u32| at * all / to..((at + 1) * all / to).max(at * all / to + 1);
    for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
        let (columns, rows) = (span(x, width, from.width_dots()), span(y, height, from.height_dots()));
        let covered = (columns.len() * rows.len()) / 2;
        let black = rows.flat_map(|row| columns.clone().map(move |column| (column, row)));
        if black.filter(|(column, row)| from.get(*column, *row)).count() > covered {
            picture.set(x, y);
        }
    }
    picture
}

fn trimmed(sheet: &Bitmap) -> Bitmap {
    let black = |x: u32, y: u32| sheet.get(x, y);
    let (width, height) = (sheet.width_dots(), sheet.height_dots());
    let in_column = |x: &u32| (0..height).any(|y| black(*x, y));
    let in_row = |y: &u32| (0..width).any(|x| black(x, *y));
    let (left, right) =
        ((0..width).find(in_column).unwrap_or(0), (0..width).rfind(in_column).map_or(0, |x| x + 1));
    let (top, foot) = ((0..height).find(in_row).unwrap_or(0), (0..height).rfind(in_row).map_or(0, |y| y + 1));
    let mut picture = Bitmap::new(right.saturating_sub(left), foot.saturating_sub(top));
    for y in top..foot {
        (left..right).filter(|x| black(*x, y)).for_each(|x| picture.set(x - left, y - top));
    }
    picture
}

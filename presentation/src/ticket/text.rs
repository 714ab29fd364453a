//! The ticket in the printer's own font, for serial lines too slow for pictures. Only lines that
//! Windows-1252 cannot write become pictures.

use super::{
    Paper, Ticket, TicketError,
    canvas::Canvas,
    code::Code,
    sentences::Sentences,
    typesetter::{Style, Typesetter},
};
use cosmic_text::Weight;
use encoding_rs::WINDOWS_1252;
use hardware::slip::{Align, Block, Slip, TextSize};

/// The standard font of receipt printers is 12 dots wide and 24 dots high.
const CHARACTER_DOTS: u16 = 12;
/// The size of letters in a line drawn as a picture, in millimetres: beside tall lines, and beside
/// lines of the standard font.
const TALL_PICTURE_MM: f32 = 4.6;
const NORMAL_PICTURE_MM: f32 = 3.4;

pub(super) fn lay_out(
    ticket: &Ticket,
    paper: &Paper,
    typesetter: &mut Typesetter,
) -> Result<Slip, TicketError> {
    let code = Code::new(ticket.qr.data(), paper)?;
    let visitor = Sentences::for_visitor(ticket);
    let french = Sentences::in_french(ticket);
    let mut strip = Strip { paper, typesetter, blocks: Vec::new(), right_to_left: visitor.right_to_left };
    if ticket.duplicate {
        strip.line(french.as_ref().map_or(&visitor.duplicate, |f| &f.duplicate), TextSize::Large, true);
        strip.space(2.0);
    }
    strip.line(&ticket.site, TextSize::Normal, true);
    strip.line(&visitor.date, TextSize::Normal, false);
    strip.space(3.0);
    strip.line(&visitor.your_number, TextSize::Normal, false);
    strip.number(&ticket.number.to_string());
    strip.space(3.0);
    let french = french.as_ref();
    strip.pair(&visitor.service, french.map(|f| f.service.as_str()));
    if let Some(wait) = &visitor.wait {
        strip.pair(wait, french.and_then(|f| f.wait.as_deref()));
    }
    strip.pair(&visitor.look, french.map(|f| f.look.as_str()));
    strip.space(2.0);
    strip.blocks.push(Block::Qr { data: ticket.qr.data().to_owned(), module_dots: code.module_dots });
    strip.space(1.0);
    strip.pair(&visitor.code, french.map(|f| f.code.as_str()));
    strip.line(&visitor.foot, TextSize::Normal, false);
    if let Some(french) = french {
        strip.line(&french.foot, TextSize::Normal, false);
    }
    Ok(Slip { blocks: strip.blocks })
}

/// A strip of lines in the printer's own font, from top to bottom.
pub(crate) struct Strip<'a> {
    pub(crate) paper: &'a Paper,
    pub(crate) typesetter: &'a mut Typesetter,
    pub(crate) blocks: Vec<Block>,
    pub(crate) right_to_left: bool,
}

impl Strip<'_> {
    /// Leaves white paper.
    pub(crate) fn space(&mut self, millimetres: f32) {
        self.blocks.push(Block::Space { dots: self.paper.dots(millimetres) as u16 });
    }

    fn number(&mut self, number: &str) {
        let text = number.to_owned();
        self.blocks.push(Block::Text { text, size: TextSize::Huge, bold: true, align: self.side() });
    }

    /// A sentence in the visitor's language, tall and bold, and its French beneath.
    fn pair(&mut self, main: &str, french: Option<&str>) {
        self.line(main, TextSize::Tall, true);
        if let Some(french) = french {
            self.line(french, TextSize::Normal, false);
        }
        self.space(2.0);
    }

    /// Writes words; those that the printer's font lacks as a picture.
    pub(crate) fn line(&mut self, words: &str, size: TextSize, bold: bool) {
        let plain = words.replace(['\u{a0}', '\u{202f}'], " ");
        if WINDOWS_1252.encode(&plain).2 {
            return self.picture(words, bold);
        }
        let columns = self.paper.width_dots / CHARACTER_DOTS / u16::from(size.factors().0);
        let text = wrapped(words, columns.into());
        self.blocks.push(Block::Text { text, size, bold, align: self.side() });
    }

    /// Where the visitor's script begins.
    fn side(&self) -> Align {
        if self.right_to_left { Align::Right } else { Align::Left }
    }

    fn picture(&mut self, words: &str, bold: bool) {
        let (millimetres, weight) = match bold {
            true => (TALL_PICTURE_MM, Weight::BOLD),
            false => (NORMAL_PICTURE_MM, Weight::NORMAL),
        };
        let style = Style {
            size: self.paper.dots(millimetres) as f32,
            weight,
            spacing: 0.0,
            right_to_left: self.right_to_left,
        };
        let mut canvas = Canvas::new(self.paper, self.typesetter, 0.0);
        canvas.write(words, &style);
        self.blocks.push(Block::Image(canvas.finish()));
    }
}

/// Words in lines of at most so many characters; the printer itself would break inside a word.
/// What a no-break space holds together stays together, and prints as a plain space.
fn wrapped(words: &str, columns: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + length <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n").replace(['\u{a0}', '\u{202f}'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_not_broken_and_no_break_spaces_hold() {
        assert_eq!(
            wrapped("Rendez-vous à 10\u{a0}h\u{a0}20 précises", 18),
            "Rendez-vous à\n10 h 20 précises"
        );
        assert_eq!(wrapped("", 10), "");
    }
}

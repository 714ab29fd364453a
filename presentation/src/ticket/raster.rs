//! The ticket as one picture. From the top: place and date, the number, the
//! wait, where to look, the QR code with its sentence, and small what staff may need. The
//! visitor's language is large and bold; French stands beneath it, lighter.

use super::{
    Paper, Ticket, TicketError, TicketQr,
    canvas::Canvas,
    code::Code,
    number,
    pictogram::Pictogram,
    sentences::Sentences,
    typesetter::{Style, Typesetter},
};
use cosmic_text::Weight;
use hardware::slip::{Bitmap, Block, Slip};

/// Sizes of the font in millimetres. 5 mm are read at arm's length without glasses.
const MAIN_MM: f32 = 5.0;
const SECOND_MM: f32 = 4.1;
/// How much smaller a main sentence may become to stay on one line.
const MAIN_LEAST: f32 = 0.88;
const CODE_SECOND_MM: f32 = 3.6;
const HEAD_MM: f32 = 4.6;
const FOOT_MM: f32 = 3.3;

/// White at each side of the paper, in millimetres.
const MARGIN_MM: f32 = 2.0;
/// White between two parts of the ticket, in millimetres.
const PART_MM: f32 = 4.0;
/// White between two sentences.
const SENTENCE_MM: f32 = 2.2;
/// The side of a pictogram, and how far the sentence stands from the margin beside it.
const PICTOGRAM_MM: f32 = 6.5;
const INDENT_MM: f32 = 9.0;
/// Beside the code, its sentence needs this much room, else it stands above.
const BESIDE_MM: f32 = 24.0;

pub(super) fn lay_out(
    ticket: &Ticket,
    paper: &Paper,
    typesetter: &mut Typesetter,
) -> Result<Slip, TicketError> {
    let code = Code::new(ticket.qr.data(), paper)?;
    let visitor = Sentences::for_visitor(ticket);
    let french = Sentences::in_french(ticket);
    let mut page = Page {
        canvas: Canvas::new(paper, typesetter, MARGIN_MM),
        visitor: &visitor,
        french: french.as_ref(),
    };
    page.canvas.space(2.0);
    page.head(ticket);
    page.canvas.space(PART_MM);
    number::draw(&mut page.canvas, &ticket.number);
    page.canvas.space(PART_MM);
    page.body();
    page.canvas.space(PART_MM);
    page.code(
        &code,
        match ticket.qr {
            TicketQr::Url(_) => Pictogram::Phone,
            TicketQr::Token(_) => Pictogram::Kiosk,
        },
    );
    page.foot();
    page.canvas.space(2.0);
    Ok(Slip { blocks: vec![Block::Image(page.canvas.finish())] })
}

struct Page<'a> {
    canvas: Canvas<'a>,
    visitor: &'a Sentences,
    french: Option<&'a Sentences>,
}

impl Page<'_> {
    fn style(&self, millimetres: f32, weight: Weight, right_to_left: bool) -> Style {
        Style { size: self.canvas.paper.dots(millimetres) as f32, weight, spacing: 0.0, right_to_left }
    }

    fn head(&mut self, ticket: &Ticket) {
        let side = self.visitor.right_to_left;
        if ticket.duplicate {
            self.banner();
            self.canvas.space(3.0);
        }
        // The site's name is French whatever the visitor speaks; only its side changes.
        let place = self.style(HEAD_MM, Weight::BOLD, side);
        self.canvas.write(&ticket.site, &place);
        let date = self.style(SECOND_MM, Weight::NORMAL, side);
        self.canvas.write(&self.visitor.date, &date);
        self.canvas.space(PART_MM);
        let label = self.style(HEAD_MM, Weight::NORMAL, side);
        let french = self.french.map(|french| &french.your_number);
        let words = french
            .map_or(self.visitor.your_number.clone(), |f| format!("{} · {f}", self.visitor.your_number));
        self.canvas.write(&words, &label);
    }

    /// « DUPLICATA », white on black.
    fn banner(&mut self) {
        let style = self.style(HEAD_MM, Weight::BOLD, false);
        let words = match self.french {
            Some(french) => format!("{} · {}", french.duplicate, self.visitor.duplicate),
            None => self.visitor.duplicate.clone(),
        };
        let (left, width, padding) = (self.canvas.margin, self.canvas.column(), self.canvas.paper.dots(1.5));
        let mut paragraph = self.canvas.typesetter.set(&words, &style, width - 2 * padding);
        let height = paragraph.height + 2 * padding;
        let mut letters = Bitmap::new(width, height);
        let inset = (width - paragraph.width.min(width)) / 2;
        self.canvas.typesetter.draw(&mut paragraph, &mut letters, inset, padding);
        let mut banner = Bitmap::new(width, height);
        for y in 0..height {
            (0..width).filter(|x| !letters.get(*x, y)).for_each(|x| banner.set(x, y));
        }
        self.canvas.stamp(&banner, left, self.canvas.row);
        self.canvas.row += height;
    }

    fn body(&mut self) {
        let (visitor, french) = (self.visitor, self.french);
        let side = visitor.right_to_left;
        let service = self.style(SECOND_MM, Weight::BOLD, side);
        self.canvas.write(&visitor.service, &service);
        if let Some(french) = french.filter(|french| french.service != visitor.service) {
            let service = self.style(SECOND_MM, Weight::NORMAL, side);
            self.canvas.write(&french.service, &service);
        }
        self.canvas.space(PART_MM);
        let main = self.main_style();
        if let Some(wait) = &visitor.wait {
            self.sentence(&main, Pictogram::Wait, wait, french.and_then(|f| f.wait.as_deref()));
        }
        self.sentence(&main, Pictogram::Look, &visitor.look, french.map(|f| f.look.as_str()));
    }

    /// A sentence with its pictogram on the side where the visitor's script begins.
    fn sentence(&mut self, style: &Style, pictogram: Pictogram, main: &str, french: Option<&str>) {
        let side = self.visitor.right_to_left;
        let (picture_dots, indent) =
            (self.canvas.paper.dots(PICTOGRAM_MM), self.canvas.paper.dots(INDENT_MM));
        let top = self.canvas.row;
        self.canvas.write_indented(main, style, indent);
        if let Some(french) = french {
            let style = self.style(SECOND_MM, Weight::NORMAL, side);
            self.canvas.write_indented(french, &style, indent);
        }
        let height = self.canvas.row - top;
        let left = self.canvas.margin + if side { self.canvas.column() - picture_dots } else { 0 };
        let below = height.saturating_sub(picture_dots) / 2;
        self.canvas.stamp(&pictogram.draw(picture_dots), left, top + below);
        self.canvas.row = self.canvas.row.max(top + picture_dots);
        self.canvas.space(SENTENCE_MM);
    }

    /// The style of the main sentences: a little smaller if that keeps each on one line.
    fn main_style(&mut self) -> Style {
        let whole = self.style(MAIN_MM, Weight::BOLD, self.visitor.right_to_left);
        let smaller = Style { size: whole.size * MAIN_LEAST, ..whole };
        let width = self.canvas.column() - self.canvas.paper.dots(INDENT_MM);
        let sentences = [self.visitor.wait.as_ref(), Some(&self.visitor.look)];
        let mut fit = |style: &Style| {
            let typesetter = &mut *self.canvas.typesetter;
            sentences.iter().flatten().all(|words| typesetter.set(words, style, u32::MAX).width <= width)
        };
        if !fit(&whole) && fit(&smaller) { smaller } else { whole }
    }

    /// The code, with its sentence beside it, or above it where the paper is narrow.
    fn code(&mut self, code: &Code, pictogram: Pictogram) {
        let (side, paper, margin) =
            (code.side_dots(), u32::from(self.canvas.paper.width_dots), self.canvas.margin);
        let beside = paper.saturating_sub(side + margin);
        let top = self.canvas.row;
        let (left, code_top) = if beside < self.canvas.paper.dots(BESIDE_MM) {
            self.code_sentences(pictogram, margin, self.canvas.column(), 0);
            ((paper - side) / 2, self.canvas.row)
        } else if self.visitor.right_to_left {
            self.code_sentences(pictogram, side, beside, side);
            (0, top)
        } else {
            self.code_sentences(pictogram, margin, beside, side);
            (paper - side, top)
        };
        self.canvas.stamp(&code.draw(), left, code_top);
        self.canvas.row = self.canvas.row.max(code_top + side);
    }

    /// The sentences of the code beneath their pictogram, in the middle of at least `height` rows.
    fn code_sentences(&mut self, pictogram: Pictogram, left: u32, width: u32, height: u32) {
        let side = self.visitor.right_to_left;
        let main = self.style(SECOND_MM, Weight::BOLD, side);
        let second = self.style(CODE_SECOND_MM, Weight::NORMAL, side);
        let mut paragraphs = vec![self.canvas.typesetter.set(&self.visitor.code, &main, width)];
        paragraphs.extend(self.french.map(|french| self.canvas.typesetter.set(&french.code, &second, width)));
        let (gap, picture_dots) = (self.canvas.paper.dots(1.2), self.canvas.paper.dots(PICTOGRAM_MM));
        let total = paragraphs.iter().fold(picture_dots, |total, paragraph| total + gap + paragraph.height);
        self.canvas.row += height.saturating_sub(total) / 2;
        let picture_left = if side { left + width - picture_dots } else { left };
        self.canvas.stamp(&pictogram.draw(picture_dots), picture_left, self.canvas.row);
        self.canvas.row += picture_dots;
        for mut paragraph in paragraphs {
            self.canvas.row += gap;
            self.canvas.place(&mut paragraph, left);
        }
    }

    fn foot(&mut self) {
        self.canvas.rule(0.3);
        self.canvas.space(2.0);
        let style = self.style(FOOT_MM, Weight::NORMAL, self.visitor.right_to_left);
        self.canvas.write(&self.visitor.foot, &style);
        if let Some(french) = self.french {
            let style = self.style(FOOT_MM, Weight::NORMAL, self.visitor.right_to_left);
            self.canvas.write(&french.foot, &style);
        }
    }
}

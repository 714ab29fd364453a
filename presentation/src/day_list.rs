//! The day's tickets in calling order, as one long slip for staff: what people are called by while the server is away.
//! Before each stands a box to be ticked with a pen.

use crate::{
    Catalogue, Paper, TicketError, Typesetter, format,
    ticket::{NARROWEST_MM, canvas::Canvas, text::Strip, typesetter::Style},
};
use chrono::DateTime;
use chrono_tz::Tz;
use cosmic_text::Weight;
use domain::{CounterId, Language, Text, TicketNumber};
use hardware::{
    escpos::Mode,
    slip::{Block, Slip, TextSize},
};

/// Everybody who is here, as one kiosk knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayList {
    /// The name of the site.
    pub site: Text,
    /// The kiosk whose list it is.
    pub kiosk: String,
    /// When it was made.
    pub made_at: DateTime<Tz>,
    /// When the server was heard last: what others did since is not in it. `None` if it was not heard at all.
    pub as_of: Option<DateTime<Tz>>,
    /// In calling order.
    pub lines: Vec<Line>,
}

/// One party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// All its numbers.
    pub numbers: Vec<TicketNumber>,
    /// What for, as staff call it: it is not for the public.
    pub service: String,
    /// When it was expected, and whether it came on time; `None` without an appointment.
    pub slot: Option<(DateTime<Tz>, bool)>,
    /// When it came.
    pub arrival: DateTime<Tz>,
    /// A priority card was declared.
    pub priority: bool,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a party stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can be called.
    Waiting,
    /// It is on the way to a counter.
    Called {
        /// Which.
        counter: CounterId,
    },
    /// It is received.
    Serving {
        /// Where.
        counter: CounterId,
    },
    /// It was sent away for a while.
    Away {
        /// Not called before.
        until: DateTime<Tz>,
    },
    /// It was called and did not come.
    Missed,
}

impl Line {
    /// All its numbers as they are read.
    pub fn joined(&self) -> String {
        self.numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" · ")
    }
}

/// Sizes of the font in millimetres.
const TITLE_MM: f32 = 5.0;
const NUMBER_MM: f32 = 6.5;
const TEXT_MM: f32 = 3.6;
/// White at each side.
const MARGIN_MM: f32 = 2.0;
/// The side of a box, the thickness of its edge, and how far the words stand from the margin beside it.
const BOX_MM: f32 = 6.0;
const EDGE_MM: f32 = 0.4;
const INDENT_MM: f32 = 9.0;
/// White above each party.
const GAP_MM: f32 = 2.0;

/// Lays the list out for a paper, in a language of staff.
///
/// # Errors
/// [`TicketError::PaperTooNarrow`] if it would not be legible.
pub fn lay_out(
    list: &DayList,
    language: &Language,
    paper: &Paper,
    typesetter: &mut Typesetter,
) -> Result<Slip, TicketError> {
    if u32::from(paper.width_dots) < paper.dots(NARROWEST_MM) {
        return Err(TicketError::PaperTooNarrow { width_dots: paper.width_dots, dpi: paper.dpi });
    }
    let words = Sentences { list, words: Catalogue::for_language(language), language };
    Ok(match paper.mode {
        Mode::Raster => raster(&words, paper, typesetter),
        Mode::Text => text(&words, paper, typesetter),
    })
}

/// What the list says in one language.
struct Sentences<'a> {
    list: &'a DayList,
    words: &'static Catalogue,
    language: &'a Language,
}

impl Sentences<'_> {
    fn clock(&self, time: &DateTime<Tz>) -> String {
        format::clock(self.words, time)
    }

    fn title(&self) -> &str {
        self.words.say("Today's tickets, in calling order")
    }

    /// What stands above the parties, small.
    fn head(&self) -> Vec<String> {
        let DayList { site, kiosk, made_at, as_of, lines } = self.list;
        let heard = match as_of {
            Some(at) => self.words.fill("Last word of the server: {time}", &[("time", &self.clock(at))]),
            None => self.words.say("No word of the server since this kiosk was started").to_owned(),
        };
        let todo = if lines.is_empty() {
            "Nobody is waiting."
        } else {
            "Strike off whoever was received. Record them in the console when the server is back."
        };
        vec![
            site.get(self.language.as_str()).to_owned(),
            format::calendar(self.words, made_at.date_naive()),
            self.words
                .fill("Printed at {time} · {kiosk}", &[("time", &self.clock(made_at)), ("kiosk", kiosk)]),
            heard,
            self.words.say(todo).to_owned(),
        ]
    }

    /// What staff should know of a party before they call it; empty if it simply waits.
    fn marks(&self, line: &Line) -> Vec<String> {
        let counter = |text, counter: CounterId| self.words.fill(text, &[("counter", &counter.to_string())]);
        let standing = match line.standing {
            Standing::Waiting => None,
            Standing::Called { counter: to } => Some(counter("called to counter {counter}", to)),
            Standing::Serving { counter: at } => Some(counter("at counter {counter}", at)),
            Standing::Away { until } => {
                Some(self.words.fill("away until {time}", &[("time", &self.clock(&until))]))
            }
            Standing::Missed => Some(self.words.say("called in vain").to_owned()),
        };
        let card = line.priority.then(|| self.words.say("Priority card").to_owned());
        card.into_iter().chain(standing).collect()
    }

    /// What for and since when.
    fn details(&self, line: &Line) -> String {
        let time = |text, at: &DateTime<Tz>| self.words.fill(text, &[("time", &self.clock(at))]);
        let slot = line.slot.map(|(slot, on_time)| {
            time(if on_time { "appointment {time}" } else { "appointment {time}, late" }, &slot)
        });
        let parts =
            [Some(line.service.clone()), slot, Some(time("arrived {time}", &line.arrival))].into_iter();
        parts.flatten().collect::<Vec<_>>().join(" · ")
    }

    /// Whoever holds the paper sees that nothing was torn off.
    fn foot(&self) -> String {
        self.words.fill("End of the list: {count}", &[("count", &self.list.lines.len().to_string())])
    }
}

/// One picture for the head and each party, so that none is taller than a printer's memory.
fn raster(words: &Sentences<'_>, paper: &Paper, typesetter: &mut Typesetter) -> Slip {
    let style = |millimetres: f32, weight| Style {
        size: paper.dots(millimetres) as f32,
        weight,
        spacing: 0.0,
        right_to_left: false,
    };
    let (small, bold) = (style(TEXT_MM, Weight::NORMAL), style(TEXT_MM, Weight::BOLD));
    let mut canvas = Canvas::new(paper, typesetter, MARGIN_MM);
    canvas.space(GAP_MM);
    canvas.write(words.title(), &style(TITLE_MM, Weight::BOLD));
    words.head().iter().for_each(|line| canvas.write(line, &small));
    canvas.space(GAP_MM);
    canvas.rule(EDGE_MM);
    let mut blocks = vec![Block::Image(canvas.finish())];
    let indent = paper.dots(INDENT_MM);
    for line in &words.list.lines {
        let mut canvas = Canvas::new(paper, typesetter, MARGIN_MM);
        canvas.space(GAP_MM);
        tick_box(&mut canvas);
        canvas.write_indented(&line.joined(), &style(NUMBER_MM, Weight::EXTRA_BOLD), indent);
        words.marks(line).iter().for_each(|mark| canvas.write_indented(mark, &bold, indent));
        canvas.write_indented(&words.details(line), &small, indent);
        canvas.space(GAP_MM);
        canvas.rule(EDGE_MM / 2.0);
        blocks.push(Block::Image(canvas.finish()));
    }
    let mut canvas = Canvas::new(paper, typesetter, MARGIN_MM);
    canvas.space(GAP_MM);
    canvas.write(&words.foot(), &bold);
    canvas.space(GAP_MM);
    blocks.push(Block::Image(canvas.finish()));
    Slip { blocks }
}

/// A box beside what is written next.
fn tick_box(canvas: &mut Canvas<'_>) {
    let (side, edge) = (canvas.paper.dots(BOX_MM), canvas.paper.dots(EDGE_MM));
    let (left, top) = (canvas.margin, canvas.row + edge);
    canvas.fill(left, top, side, edge);
    canvas.fill(left, top + side - edge, side, edge);
    canvas.fill(left, top, edge, side);
    canvas.fill(left + side - edge, top, edge, side);
}

fn text(words: &Sentences<'_>, paper: &Paper, typesetter: &mut Typesetter) -> Slip {
    let mut strip = Strip { paper, typesetter, blocks: Vec::new(), right_to_left: false };
    strip.line(words.title(), TextSize::Tall, true);
    words.head().iter().for_each(|line| strip.line(line, TextSize::Normal, false));
    strip.space(GAP_MM);
    for line in &words.list.lines {
        strip.line(&format!("[ ] {}", line.joined()), TextSize::Tall, true);
        words.marks(line).iter().for_each(|mark| strip.line(mark, TextSize::Normal, true));
        strip.line(&words.details(line), TextSize::Normal, false);
        strip.space(GAP_MM);
    }
    strip.line(&words.foot(), TextSize::Normal, true);
    Slip { blocks: strip.blocks }
}

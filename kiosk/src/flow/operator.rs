//! The operator's page: opened by a gesture that visitors do not make by chance, behind a PIN, closed by itself.

use super::{Effect, Msg, Stage, Visit};
use crate::{
    pin::{DIGITS_MAX, Pin},
    reception::{Paper, PinAnswer},
};
use domain::Language;
use presentation::{
    day_list::{DayList, Line, Standing},
    format,
};
use std::time::Duration;

/// So many touches of the corner open the page.
const KNOCKS: usize = 5;
/// Within this time.
const KNOCKS_WITHIN: Duration = Duration::from_secs(3);
/// People go on checking in while the list is read.
const LIST_AGAIN: Duration = Duration::from_secs(5);

/// What the operator does, and what is answered.
#[derive(Clone, Debug)]
pub enum OperatorMsg {
    /// The corner was touched.
    Knock,
    /// Whether there is a PIN, so that the page can be opened.
    Door(bool),
    /// A key of the pad, 0 to 9.
    Digit(u8),
    /// The last digit was a mistake.
    Erase,
    /// All digits are typed.
    Enter,
    /// The answer to a PIN.
    Answered {
        /// Which question.
        request: u64,
        /// The answer; `None` if it could not be tried.
        answer: Option<PinAnswer>,
    },
    /// The day's tickets as they are now.
    List(Box<DayList>),
    /// « Print the list. »
    Print,
    /// What became of its paper.
    Paper(Paper),
}

/// What the operator's page asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorEffect {
    /// Ask whether there is a PIN.
    Knock,
    /// Ask whether a PIN is the operator's.
    Try {
        /// To be repeated in the answer.
        request: u64,
        /// What was typed.
        pin: Pin,
    },
    /// Ask for the day's tickets.
    List,
    /// Print them.
    Print {
        /// The language of the screen.
        language: Language,
    },
}

/// Where the operator is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Desk {
    /// There is no PIN, and so no page.
    Closed,
    /// A PIN is typed.
    Pad {
        /// So far.
        typed: Pin,
        /// What was said of the last one.
        said: Said,
        /// A question that is not answered yet.
        asked: Option<u64>,
    },
    /// The list is shown.
    List {
        /// `None` until it has come.
        list: Option<Box<DayList>>,
        /// When it was asked for.
        asked: Duration,
        /// What is known of its paper.
        paper: ListPaper,
    },
}

/// What was said of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing yet.
    Nothing,
    /// That it is wrong.
    Wrong,
    /// That nobody is listened to before this moment of the clock since boot.
    WaitUntil(Duration),
}

/// What is known of the list on paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListPaper {
    /// It was not asked for.
    #[default]
    None,
    /// It is on its way.
    Printing,
    /// It is out, as far as the printer can tell.
    Printed,
    /// It is not, or nobody can know.
    Failed,
}

/// What the pad says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PadView {
    /// Nothing.
    #[default]
    Nothing,
    /// The PIN was wrong.
    Wrong,
    /// Nobody is listened to for some seconds.
    Wait,
}

/// One party on the list, formatted; empty where there is nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRow {
    /// All its numbers.
    pub numbers: String,
    /// What for, as staff call it.
    pub service: String,
    /// When it was expected.
    pub slot: String,
    /// It came after that.
    pub late: bool,
    /// When it came.
    pub arrival: String,
    /// A priority card was declared.
    pub priority: bool,
    /// Where it stands.
    pub standing: StandingView,
    /// At which counter, or until when it is away.
    pub place: String,
}

/// Where a party stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a presentation::day_list::Standing of the same name")]
pub enum StandingView {
    Waiting,
    Called,
    Serving,
    Away,
    Missed,
}

/// What the operator's pages show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatorView {
    /// How many digits were typed.
    pub digits: usize,
    /// What the pad says.
    pub pad: PadView,
    /// For how many seconds nobody is listened to.
    pub wait_seconds: u64,
    /// The parties, in calling order.
    pub rows: Vec<TicketRow>,
    /// The list has come.
    pub is_known: bool,
    /// When the server was heard last; empty if it was not.
    pub as_of: String,
    /// What is known of the list on paper.
    pub paper: ListPaper,
}

impl OperatorMsg {
    /// Whether it comes of touching what a page offers.
    pub(super) fn is_meant_for_a_page(&self) -> bool {
        matches!(self, Self::Digit(_) | Self::Erase | Self::Enter | Self::Print)
    }
}

impl Visit {
    pub(super) fn operator(&mut self, now: Duration, msg: OperatorMsg) -> Vec<Effect> {
        match msg {
            OperatorMsg::Knock => return self.knocked(now),
            OperatorMsg::Door(has_pin) => self.door(now, has_pin),
            OperatorMsg::Digit(digit) => self.typed(now, |typed| {
                if typed.0.len() < DIGITS_MAX && digit <= 9 {
                    typed.0.push(char::from(b'0' + digit));
                }
            }),
            OperatorMsg::Erase => self.typed(now, |typed| {
                typed.0.pop();
            }),
            OperatorMsg::Enter => return self.entered(now),
            OperatorMsg::Answered { request, answer } => return self.pin_answered(now, request, answer),
            OperatorMsg::List(list) => self.listed(list),
            OperatorMsg::Print => return self.print_list(now),
            OperatorMsg::Paper(paper) => self.list_paper(&paper),
        }
        Vec::new()
    }

    fn knocked(&mut self, now: Duration) -> Vec<Effect> {
        self.last_touch = now;
        self.knocks.retain(|at| now.saturating_sub(*at) < KNOCKS_WITHIN);
        self.knocks.push(now);
        if self.knocks.len() < KNOCKS || !self.can_serve() || matches!(self.stage, Stage::Operator(_)) {
            return Vec::new();
        }
        self.knocks.clear();
        self.is_at_door = true;
        vec![Effect::Operator(OperatorEffect::Knock)]
    }

    /// A visitor who came meanwhile goes before.
    fn door(&mut self, now: Duration, has_pin: bool) {
        if std::mem::take(&mut self.is_at_door) && self.can_serve() {
            self.last_touch = now;
            let pad = Desk::Pad { typed: Pin::default(), said: Said::Nothing, asked: None };
            self.stage = Stage::Operator(if has_pin { pad } else { Desk::Closed });
        }
    }

    fn typed(&mut self, now: Duration, change: impl FnOnce(&mut Pin)) {
        if let Stage::Operator(Desk::Pad { typed, said, asked: None }) = &mut self.stage {
            self.last_touch = now;
            change(typed);
            if *said == Said::Wrong {
                *said = Said::Nothing;
            }
        }
    }

    fn entered(&mut self, now: Duration) -> Vec<Effect> {
        let Stage::Operator(Desk::Pad { typed, said, asked: asked @ None }) = &mut self.stage else {
            return Vec::new();
        };
        self.last_touch = now;
        let must_wait = matches!(said, Said::WaitUntil(until) if now < *until);
        if typed.0.is_empty() || must_wait {
            return Vec::new();
        }
        self.requests += 1;
        let request = self.requests;
        *asked = Some(request);
        vec![Effect::Operator(OperatorEffect::Try { request, pin: std::mem::take(typed) })]
    }

    fn pin_answered(&mut self, now: Duration, request: u64, answer: Option<PinAnswer>) -> Vec<Effect> {
        let Stage::Operator(Desk::Pad { said, asked, .. }) = &mut self.stage else { return Vec::new() };
        if asked.take_if(|asked| *asked == request).is_none() {
            return Vec::new();
        }
        self.last_touch = now;
        match answer {
            Some(PinAnswer::Right) => {
                let list = Desk::List { list: None, asked: now, paper: ListPaper::None };
                self.stage = Stage::Operator(list);
                return vec![Effect::Operator(OperatorEffect::List)];
            }
            Some(PinAnswer::Wrong) | None => *said = Said::Wrong,
            Some(PinAnswer::Wait(left)) => *said = Said::WaitUntil(now + left),
            Some(PinAnswer::Unset) => self.stage = Stage::Operator(Desk::Closed),
        }
        Vec::new()
    }

    fn listed(&mut self, new: Box<DayList>) {
        if let Stage::Operator(Desk::List { list, .. }) = &mut self.stage {
            *list = Some(new);
        }
    }

    fn print_list(&mut self, now: Duration) -> Vec<Effect> {
        let Stage::Operator(Desk::List { list: Some(_), paper, .. }) = &mut self.stage else {
            return Vec::new();
        };
        self.last_touch = now;
        if *paper == ListPaper::Printing {
            return Vec::new();
        }
        *paper = ListPaper::Printing;
        vec![Effect::Operator(OperatorEffect::Print { language: self.language.clone() })]
    }

    fn list_paper(&mut self, outcome: &Paper) {
        if let Stage::Operator(Desk::List { paper, .. }) = &mut self.stage {
            *paper = match outcome {
                Paper::Printed | Paper::Sent => ListPaper::Printed,
                Paper::Failed(_) | Paper::Unknown(_) => ListPaper::Failed,
            };
        }
    }

    /// The list is asked for again while it is shown.
    pub(super) fn list_again(&mut self, now: Duration) -> Vec<Effect> {
        match &mut self.stage {
            Stage::Operator(Desk::List { asked, .. }) if now.saturating_sub(*asked) >= LIST_AGAIN => {
                *asked = now;
                vec![Effect::Operator(OperatorEffect::List)]
            }
            _ => Vec::new(),
        }
    }
}

/// What the operator's pages show at a moment.
pub(super) fn view(desk: &Desk, now: Duration, language: &Language) -> OperatorView {
    match desk {
        Desk::Closed => OperatorView::default(),
        Desk::Pad { typed, said, .. } => {
            let left = match said {
                Said::WaitUntil(until) => until.saturating_sub(now).as_millis().div_ceil(1000),
                Said::Nothing | Said::Wrong => 0,
            };
            let pad = match said {
                Said::Wrong => PadView::Wrong,
                Said::WaitUntil(_) if left > 0 => PadView::Wait,
                Said::WaitUntil(_) | Said::Nothing => PadView::Nothing,
            };
            let wait_seconds = u64::try_from(left).unwrap_or(u64::MAX);
            OperatorView { digits: typed.0.len(), pad, wait_seconds, ..OperatorView::default() }
        }
        Desk::List { list, paper, .. } => {
            let rows = list.iter().flat_map(|list| &list.lines).map(|line| row(line, language));
            let as_of = list.as_ref().and_then(|list| list.as_of);
            OperatorView {
                rows: rows.collect(),
                is_known: list.is_some(),
                as_of: as_of.map(|at| format::time(&at, language)).unwrap_or_default(),
                paper: *paper,
                ..OperatorView::default()
            }
        }
    }
}

fn row(line: &Line, language: &Language) -> TicketRow {
    let (standing, place) = match line.standing {
        Standing::Waiting => (StandingView::Waiting, String::new()),
        Standing::Called { counter } => (StandingView::Called, counter.to_string()),
        Standing::Serving { counter } => (StandingView::Serving, counter.to_string()),
        Standing::Away { until } => (StandingView::Away, format::time(&until, language)),
        Standing::Missed => (StandingView::Missed, String::new()),
    };
    TicketRow {
        numbers: line.joined(),
        service: line.service.clone(),
        slot: line.slot.map(|(slot, _)| format::time(&slot, language)).unwrap_or_default(),
        late: line.slot.is_some_and(|(_, on_time)| !on_time),
        arrival: format::time(&line.arrival, language),
        priority: line.priority,
        standing,
        place,
    }
}

impl From<OperatorMsg> for Msg {
    fn from(msg: OperatorMsg) -> Self {
        Self::Operator(msg)
    }
}

//! A visit at the kiosk: what happens on each touch, scan and answer, and what is then shown.
//!
//! Pure: [`step`] takes a message and gives effects, [`view`] gives what the screen shows. No clock,
//! no device, no window, so a whole visit can be written down as a list of messages. Rules of
//! reception are not here: they are asked through an [`Effect`].

mod message;
mod notice;
mod operator;
mod step;
mod view;

pub use message::{Code, Device, Effect, Msg};
pub use notice::Notice;
pub use operator::{ListPaper, OperatorEffect, OperatorMsg, OperatorView, PadView, StandingView, TicketRow};
pub use step::step;
pub use view::{AlreadyKind, NoticeKind, NoticeView, Page, PaperState, ServiceChoice, ViewModel, view};

use crate::reception::{Presence, SiteView, Ticket};
use domain::Language;
use std::time::Duration;

/// The same code within this time of its last reading is one scan: a reader sees a code several times
/// while it is held before it.
pub const SAME_CODE_WITHIN: Duration = Duration::from_secs(3);

/// Many papers bear two codes. So soon after an answer, a second code that leads nowhere is one of them, and
/// takes nobody's answer off the screen.
pub const SAME_PAPER_WITHIN: Duration = Duration::from_secs(3);

/// An answer that takes longer is announced by a page of its own (VISUAL, Motion).
pub const WORKING_AFTER: Duration = Duration::from_millis(500);

/// An answer that takes longer will not come while the visitor waits: a person helps.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(10);

/// So soon after a page has come, a touch was meant for the page before: the second of a double tap, or a
/// finger that was on its way.
pub const SETTLES_WITHIN: Duration = Duration::from_millis(500);

/// How visits go here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Without a touch for so long, somebody is asked whether they are still there.
    pub idle: Duration,
    /// And without an answer for so long, the kiosk goes back to the start.
    pub warn: Duration,
    /// The language that a visit begins in.
    pub language: Language,
    /// Nothing moves by itself.
    pub reduced_motion: bool,
}

/// Everything that decides what the screen shows.
#[derive(Clone, Debug)]
pub struct Visit {
    settings: Settings,
    stage: Stage,
    language: Language,
    /// It was chosen since the last answer to a visitor.
    language_is_fresh: bool,
    /// What is shown, and since when. Another answer on the same kind of page is shown anew.
    page: (Page, Duration),
    /// The last answer to a visitor.
    answer: Option<Answer>,
    site: Option<SiteView>,
    devices: Devices,
    out_of_order: bool,
    last_touch: Duration,
    /// The codes that were before the reader within [`SAME_CODE_WITHIN`], and when last.
    held: Vec<(Code, Duration)>,
    awaited: Option<Awaited>,
    requests: u64,
    /// When the corner was touched that opens the operator's page.
    knocks: Vec<Duration>,
    /// It is being asked whether that page exists.
    is_at_door: bool,
}

/// Where the visitor is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody is served.
    Welcome,
    /// Choosing a service.
    WalkIn,
    /// A ticket is made; what is known of its paper.
    Ticket(Box<Ticket>, PaperState),
    /// Did the ticket come out? With where the visit stands, if it is asked of somebody who was here before.
    Question(Box<Ticket>, Option<Presence>),
    /// The party was here before.
    Already(Presence),
    /// No ticket, and why.
    Notice(Notice),
    /// The operator's page.
    Operator(operator::Desk),
}

/// The state of what hangs on the kiosk, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Devices {
    scanner: Option<bool>,
    printer: Option<bool>,
    link: bool,
}

/// A question to the rules that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Awaited {
    request: u64,
    since: Duration,
    given_up: bool,
    /// What was shown, unless somebody came without an appointment.
    code: Option<Code>,
    /// The language of whoever asked.
    language: Language,
}

/// What a visitor was told last.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    /// What they had shown: whoever shows it again is the same visitor.
    code: Option<Code>,
    /// Since when it is shown.
    at: Duration,
}

impl Visit {
    /// A kiosk that was just switched on, at a moment of the clock since boot.
    pub fn new(settings: Settings, now: Duration) -> Self {
        Self {
            stage: Stage::Welcome,
            language: settings.language.clone(),
            language_is_fresh: false,
            page: (Page::Starting, now),
            settings,
            site: None,
            devices: Devices::default(),
            out_of_order: false,
            last_touch: now,
            answer: None,
            held: Vec::new(),
            awaited: None,
            requests: 0,
            knocks: Vec::new(),
            is_at_door: false,
        }
    }

    /// Whether visitors can be served, or have been told that they cannot: the start is over.
    pub fn is_ready(&self) -> bool {
        (self.site.is_some() && self.devices.scanner.is_some()) || self.out_of_order
    }

    /// How soon something changes by itself.
    pub fn pause(&self) -> Duration {
        if self.awaited.is_some() { Duration::from_millis(100) } else { Duration::from_secs(1) }
    }
}

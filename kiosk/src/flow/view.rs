//! What the screen shows, as plain values.

use super::{
    OperatorView, Stage, Visit, WORKING_AFTER,
    operator::{self, Desk},
};
use crate::{
    clock::Now,
    reception::{Here, Presence, Ticket},
};
use domain::{TicketNumber, command::ClockState, forecast::WaitRange};
use presentation::{format, words::expected_wait};
use std::time::Duration;

/// The page that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Nothing is known of the site yet.
    Starting,
    /// Show your code, or choose « no appointment ».
    Welcome,
    /// Choose a service.
    WalkIn,
    /// The answer takes longer than it should.
    Working,
    /// The number.
    Ticket,
    /// You were here already.
    Already,
    /// No ticket, and why.
    Notice,
    /// Did the ticket come out?
    PrintQuestion,
    /// A person helps.
    OutOfOrder,
    /// The operator types a PIN.
    OperatorPad,
    /// The day's tickets.
    OperatorList,
    /// There is no PIN.
    OperatorClosed,
}

/// Why there is no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a domain::Refusal of the same name, or explained in flow::Notice")]
pub enum NoticeKind {
    TooEarly,
    TooLate,
    WrongDay,
    PastDay,
    WrongSite,
    Cancelled,
    Unknown,
    Ambiguous,
    Closed,
    NeedsStaff,
    Missed,
    Ended,
    NoWalkIn,
    LimitReached,
    Unreadable,
}

/// Where the visit of somebody who shows the same code again stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlreadyKind {
    /// Still waiting.
    Waiting,
    /// Called to a counter.
    Called,
    /// Received at a counter.
    Serving,
    /// Waits again after a missed call.
    Back,
}

/// What is known of a ticket's paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperState {
    /// It is on its way.
    Printing,
    /// It is out, as far as the printer can tell.
    Printed,
    /// There is none.
    Failed,
    /// Nobody can tell, and the visitor was asked before.
    Unknown,
}

/// A notice and what it mentions, formatted; empty where it mentions nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeView {
    /// Which notice.
    pub kind: NoticeKind,
    /// When to come back, or the time of the booking.
    pub time: String,
    /// The day of the booking.
    pub day: String,
    /// The site of the booking.
    pub site: String,
}

/// A service to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceChoice {
    /// Its code.
    pub id: String,
    /// Its name in the visitor's language.
    pub label: String,
    /// The drawing beside it, see [`domain::WalkIn::icon`]; empty for a ticket.
    pub icon: String,
}

/// Everything that the screen shows. Empty texts where the page does not need them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewModel {
    /// Which page.
    pub page: Page,
    /// The language of its texts.
    pub language: String,
    /// The site's name.
    pub site_name: String,
    /// The time of day.
    pub clock: String,
    /// Today.
    pub date: String,
    /// What everybody who comes today should read.
    pub message: String,
    /// What people come for without a booking.
    pub services: Vec<ServiceChoice>,
    /// Whether the doors are open.
    pub services_open: bool,
    /// The visitor's number or numbers.
    pub number: String,
    /// The neutral name of the service.
    pub service_label: String,
    /// The time of the booking.
    pub slot: String,
    /// After the window.
    pub late: bool,
    /// How long the visitor will wait, as a sentence; empty when nobody can tell.
    pub wait: String,
    /// What is known of the paper.
    pub paper: PaperState,
    /// What a phone reads to follow the ticket; only when there is no paper.
    pub follow: Option<String>,
    /// Where the visit stands.
    pub already: AlreadyKind,
    /// The counter that it is called to.
    pub counter: String,
    /// Why there is no ticket.
    pub notice: NoticeView,
    /// What the operator's pages show.
    pub operator: OperatorView,
    /// The reader works.
    pub scanner_ready: bool,
    /// The printer works.
    pub printer_ready: bool,
    /// The server is heard.
    pub link_up: bool,
    /// Seconds until the kiosk goes back to the start; 0 while nobody needs a warning.
    pub idle_seconds_left: u16,
    /// Nothing moves by itself.
    pub reduced_motion: bool,
}

/// What the screen shows at a moment of the clock since boot, which is `time` on the site's walls.
pub fn view(visit: &Visit, now: Duration, time: Now) -> ViewModel {
    let mut model = frame(visit, now, time);
    match &visit.stage {
        Stage::Welcome | Stage::WalkIn => {}
        Stage::Ticket(ticket, paper) => {
            model.paper = *paper;
            ticket_words(&mut model, visit, ticket);
        }
        Stage::Question(ticket, _) => ticket_words(&mut model, visit, ticket),
        Stage::Already(Presence { here, numbers, wait }) => {
            model.number = joined(numbers);
            model.wait = wait_words(*wait, visit);
            (model.already, model.counter) = match here {
                Here::Waiting => (AlreadyKind::Waiting, String::new()),
                Here::Called(counter) => (AlreadyKind::Called, counter.to_string()),
                Here::Serving(counter) => (AlreadyKind::Serving, counter.to_string()),
                Here::Back => (AlreadyKind::Back, String::new()),
            };
        }
        Stage::Notice(notice) => {
            model.notice = notice.view(visit.site.as_ref(), time.time, &visit.language);
            model.slot = notice.slot(visit.site.as_ref(), &visit.language);
        }
        Stage::Operator(desk) => model.operator = operator::view(desk, now, &visit.language),
    }
    model
}

/// What every page has.
fn frame(visit: &Visit, now: Duration, time: Now) -> ViewModel {
    let language = visit.language.as_str();
    let site = visit.site.as_ref();
    let local = site.map(|site| time.time.with_timezone(&site.zone));
    let is_open = |site: &crate::reception::SiteView| {
        local.is_some_and(|local| {
            let openings = site.hours.on(local.date_naive());
            openings.iter().any(|opening| (opening.from..opening.to).contains(&local.time()))
        })
    };
    ViewModel {
        page: page(visit, now),
        language: language.to_owned(),
        site_name: site.map(|site| site.name.get(language).to_owned()).unwrap_or_default(),
        clock: local.map(|local| format::time(&local, &visit.language)).unwrap_or_default(),
        date: local.map(|local| format::date(local.date_naive(), &visit.language)).unwrap_or_default(),
        message: site
            .zip(local)
            .and_then(|(site, local)| site.message_on(local.date_naive(), language))
            .unwrap_or_default()
            .to_owned(),
        services: site.map(|site| services(site, language)).unwrap_or_default(),
        // With an uncertain clock no window refuses anyone.
        services_open: time.state == ClockState::Uncertain || site.is_some_and(is_open),
        number: String::new(),
        service_label: String::new(),
        slot: String::new(),
        late: false,
        wait: String::new(),
        paper: PaperState::Printing,
        follow: None,
        already: AlreadyKind::Waiting,
        counter: String::new(),
        notice: NoticeView {
            kind: NoticeKind::NeedsStaff,
            time: String::new(),
            day: String::new(),
            site: String::new(),
        },
        operator: OperatorView::default(),
        scanner_ready: visit.devices.scanner.unwrap_or(true),
        printer_ready: visit.devices.printer.unwrap_or(true),
        link_up: visit.devices.link,
        idle_seconds_left: seconds_left(visit, now),
        reduced_motion: visit.settings.reduced_motion,
    }
}

pub(super) fn page(visit: &Visit, now: Duration) -> Page {
    if visit.out_of_order {
        return Page::OutOfOrder;
    }
    if visit.site.is_none() {
        return Page::Starting;
    }
    let is_slow =
        visit.awaited.as_ref().is_some_and(|a| !a.given_up && now.saturating_sub(a.since) >= WORKING_AFTER);
    match &visit.stage {
        _ if is_slow => Page::Working,
        Stage::Welcome => Page::Welcome,
        Stage::WalkIn => Page::WalkIn,
        Stage::Ticket(..) => Page::Ticket,
        Stage::Question(..) => Page::PrintQuestion,
        Stage::Already(..) => Page::Already,
        Stage::Notice(_) => Page::Notice,
        Stage::Operator(Desk::Pad { .. }) => Page::OperatorPad,
        Stage::Operator(Desk::List { .. }) => Page::OperatorList,
        Stage::Operator(Desk::Closed) => Page::OperatorClosed,
    }
}

fn seconds_left(visit: &Visit, now: Duration) -> u16 {
    let needs_warning = match &visit.stage {
        Stage::Welcome | Stage::Ticket(_, PaperState::Printed | PaperState::Printing) => false,
        _ => !visit.out_of_order && visit.site.is_some() && visit.awaited.as_ref().is_none_or(|a| a.given_up),
    };
    let idle = now.saturating_sub(visit.last_touch);
    if !needs_warning || idle < visit.settings.idle {
        return 0;
    }
    let left = (visit.settings.idle + visit.settings.warn).saturating_sub(idle);
    u16::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u16::MAX).max(1)
}

fn services(site: &crate::reception::SiteView, language: &str) -> Vec<ServiceChoice> {
    let choice = |(id, walk_in): &(domain::ServiceId, domain::WalkIn)| ServiceChoice {
        id: id.as_str().to_owned(),
        label: walk_in.label.get(language).to_owned(),
        icon: walk_in.icon.clone().unwrap_or_default(),
    };
    site.walk_in.iter().map(choice).collect()
}

fn ticket_words(model: &mut ViewModel, visit: &Visit, ticket: &Ticket) {
    model.number = ticket.number.to_string();
    model.service_label = ticket.service.get(visit.language.as_str()).to_owned();
    model.slot = ticket
        .slot
        .map(|slot| format::time(&slot.with_timezone(&ticket.zone), &visit.language))
        .unwrap_or_default();
    model.late = ticket.late;
    model.wait = wait_words(ticket.wait, visit);
    if matches!(model.paper, PaperState::Failed | PaperState::Unknown) {
        model.follow = ticket.follow_url.clone();
    }
}

fn wait_words(wait: Option<WaitRange>, visit: &Visit) -> String {
    wait.map(|wait| expected_wait(wait, &visit.language)).unwrap_or_default()
}

fn joined(numbers: &[TicketNumber]) -> String {
    numbers.iter().map(TicketNumber::to_string).collect::<Vec<_>>().join("  ·  ")
}

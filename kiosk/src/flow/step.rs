//! One message, one step.

use super::{
    Answer, Awaited, Code, Device, Effect, GIVE_UP_AFTER, Msg, Notice, PaperState, SAME_CODE_WITHIN,
    SAME_PAPER_WITHIN, SETTLES_WITHIN, Stage, Visit, view::page,
};
use crate::reception::{Here, Outcome, Paper, Presence};
use domain::{Language, Refusal, ServiceId};
use std::time::Duration;

/// Takes a message at a moment of the clock since boot. Total: what does not fit the stage changes
/// nothing.
pub fn step(visit: &mut Visit, now: Duration, msg: Msg) -> Vec<Effect> {
    let page_is_new = now.saturating_sub(visit.page.1) < SETTLES_WITHIN;
    let msg = if page_is_new && msg.is_meant_for_a_page() { Msg::Touched } else { msg };
    let effects = visit.take(now, msg);
    let page = page(visit, now);
    if page != visit.page.0 {
        visit.page = (page, now);
    }
    effects
}

impl Visit {
    fn take(&mut self, now: Duration, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Scanned(code) => return self.scanned(now, code),
            Msg::ScanRejected => self.scan_rejected(now),
            Msg::ChoseLanguage(language) => {
                self.last_touch = now;
                if let Some(awaited) = &mut self.awaited {
                    awaited.language.clone_from(&language);
                }
                self.language = language;
                self.language_is_fresh = true;
            }
            Msg::NoAppointment => self.no_appointment(now),
            Msg::ChoseService(service) => return self.chose(now, service),
            Msg::Home => self.home(now),
            Msg::Stay | Msg::Touched => self.last_touch = now,
            Msg::PrintAnswer(came_out) => return self.print_answer(now, came_out),
            Msg::Tick => return self.tick(now),
            Msg::Decided { request, outcome } => self.decided(now, request, outcome),
            Msg::Paper { job, paper } => self.paper(now, job, &paper),
            Msg::Reprinting { job, again } => self.reprinting(job, again),
            Msg::Device(device, ready) => self.device(device, ready),
            Msg::Site(site) => self.site = Some(site),
            Msg::OutOfOrder(out) => self.out_of_order = out,
            Msg::Operator(msg) => return self.operator(now, msg),
        }
        Vec::new()
    }

    fn scanned(&mut self, now: Duration, code: Code) -> Vec<Effect> {
        self.held.retain(|(_, at)| now.saturating_sub(*at) < SAME_CODE_WITHIN);
        if let Some((_, at)) = self.held.iter_mut().find(|(held, _)| *held == code) {
            *at = now;
            return Vec::new();
        }
        if !self.can_serve() {
            return Vec::new();
        }
        self.held.push((code.clone(), now));
        let is_same = self.answer.as_ref().is_some_and(|answer| answer.code.as_ref() == Some(&code));
        let language = if is_same { self.language.clone() } else { self.next_language() };
        self.last_touch = now;
        let request = self.ask(now, Some(code.clone()), language.clone());
        vec![Effect::CheckIn { request, code, language }]
    }

    fn scan_rejected(&mut self, now: Duration) {
        if !self.can_serve() || self.is_same_paper(now) {
            return;
        }
        self.last_touch = now;
        // A page that is there already is not new again: whatever lies before the reader would keep it from being touched.
        if self.stage != Stage::Notice(Notice::Unreadable) {
            self.language = self.next_language();
            self.language_is_fresh = false;
            self.answered(now, None, Stage::Notice(Notice::Unreadable));
        }
    }

    /// Who shows another code where somebody has got a number is the next visitor, who did not choose the last
    /// one's language. A question that the last one left stays open for staff.
    fn next_language(&self) -> Language {
        let is_next = self.has_number() && !self.language_is_fresh;
        if is_next { self.settings.language.clone() } else { self.language.clone() }
    }

    /// Whether an answer is so new that what comes now is still on the paper that it was given to. What cannot be
    /// read says nothing of who holds it.
    fn is_same_paper(&self, now: Duration) -> bool {
        let is_new = |at: &Duration| now.saturating_sub(*at) < SAME_PAPER_WITHIN;
        let Some(answer) = &self.answer else { return false };
        let is_held = |(code, at): &(Code, Duration)| answer.code.as_ref() == Some(code) && is_new(at);
        self.tells_something() && (is_new(&answer.at) || self.held.iter().any(is_held))
    }

    /// Whether the page tells of a visit or a booking that is known here.
    fn tells_something(&self) -> bool {
        match &self.stage {
            Stage::Notice(Notice::Refused(refusal)) => !leads_nowhere(refusal),
            Stage::Notice(Notice::Unreadable | Notice::Failed)
            | Stage::Welcome
            | Stage::WalkIn
            | Stage::Operator(_) => false,
            Stage::Notice(Notice::Missed) => true,
            Stage::Ticket(..) | Stage::Question(..) | Stage::Already(..) => true,
        }
    }

    fn no_appointment(&mut self, now: Duration) {
        if self.can_serve() && matches!(self.stage, Stage::Welcome | Stage::Notice(_) | Stage::Already(..)) {
            self.last_touch = now;
            self.stage = Stage::WalkIn;
        }
    }

    fn chose(&mut self, now: Duration, service: ServiceId) -> Vec<Effect> {
        let offered = self.site.iter().flat_map(|site| &site.walk_in).any(|(id, _)| *id == service);
        if self.stage != Stage::WalkIn || !offered || !self.can_serve() {
            return Vec::new();
        }
        self.last_touch = now;
        let request = self.ask(now, None, self.language.clone());
        vec![Effect::WalkIn { request, service, language: self.language.clone() }]
    }

    /// Who has a number has finished: the next touch is somebody else's. Until then the same person goes on,
    /// in the same language.
    fn home(&mut self, now: Duration) {
        self.last_touch = now;
        if self.awaited.as_ref().is_some_and(|awaited| !awaited.given_up) {
            return;
        }
        if self.has_number() {
            self.reset();
        } else {
            self.leave();
        }
    }

    /// Whether the page shows somebody's number.
    fn has_number(&self) -> bool {
        matches!(self.stage, Stage::Ticket(..) | Stage::Question(..) | Stage::Already(..))
    }

    fn print_answer(&mut self, now: Duration, came_out: bool) -> Vec<Effect> {
        let Stage::Question(ticket, before) = &self.stage else { return Vec::new() };
        self.last_touch = now;
        let job = ticket.job;
        if !came_out && ticket.can_be_reprinted() {
            let ticket = ticket.clone();
            self.stage = Stage::Ticket(ticket.clone(), PaperState::Printing);
            return vec![Effect::Reprint { ticket }];
        }
        self.stage = match before {
            Some(presence) if came_out => Stage::Already(presence.clone()),
            None if came_out => Stage::Ticket(ticket.clone(), PaperState::Printed),
            _ => Stage::Ticket(ticket.clone(), PaperState::Failed),
        };
        vec![Effect::Answer { job, came_out }]
    }

    /// The ticket on the screen is printed once more by another job, or cannot be.
    fn reprinting(&mut self, job: u64, again: Option<u64>) {
        let Stage::Ticket(ticket, paper @ PaperState::Printing) = &mut self.stage else { return };
        if ticket.job != job {
            return;
        }
        match again {
            Some(again) => (ticket.job, ticket.duplicate) = (again, true),
            None => *paper = PaperState::Failed,
        }
    }

    fn tick(&mut self, now: Duration) -> Vec<Effect> {
        let waited = |awaited: &Awaited| now.saturating_sub(awaited.since);
        if let Some(awaited) = self.awaited.as_mut().filter(|a| !a.given_up && waited(a) >= GIVE_UP_AFTER) {
            awaited.given_up = true;
            self.language.clone_from(&awaited.language);
            self.last_touch = now;
            self.stage = Stage::Notice(Notice::Failed);
        }
        let idle = now.saturating_sub(self.last_touch);
        let limit = match &self.stage {
            Stage::Welcome => self.settings.idle,
            // Nobody has to read on: the paper says the same.
            Stage::Ticket(_, PaperState::Printed | PaperState::Printing) => self.settings.idle,
            _ => self.settings.idle + self.settings.warn,
        };
        if idle >= limit {
            self.reset();
        }
        self.list_again(now)
    }

    fn decided(&mut self, now: Duration, request: u64, outcome: Option<Outcome>) {
        let Some(awaited) = self.awaited.take_if(|awaited| awaited.request == request) else { return };
        let says_nothing = match &outcome {
            Some(Outcome::Unreadable) => true,
            Some(Outcome::Refused(refusal)) => leads_nowhere(refusal),
            _ => false,
        };
        if says_nothing && self.is_same_paper(now) {
            return;
        }
        if outcome.is_none() {
            // Nothing happened: the same code may be shown again at once.
            self.held.clear();
        }
        self.last_touch = now;
        // A ticket bears another code than its booking: who has the number on the screen is the same visitor.
        let is_same = matches!(&outcome, Some(Outcome::Already(presence)) if self.shows_one_of(presence));
        if !is_same {
            self.language = awaited.language;
        }
        self.language_is_fresh = false;
        let stage = match outcome {
            Some(Outcome::Issued(ticket)) => Stage::Ticket(Box::new(ticket), PaperState::Printing),
            Some(Outcome::Already(presence)) if self.lacks_paper(&presence) => return,
            Some(Outcome::Already(presence)) => Stage::Already(presence),
            Some(Outcome::InDoubt(ticket, presence)) => Stage::Question(Box::new(ticket), Some(presence)),
            Some(Outcome::Refused(refusal)) => Stage::Notice(Notice::Refused(refusal)),
            Some(Outcome::Missed) => Stage::Notice(Notice::Missed),
            Some(Outcome::Unreadable) => Stage::Notice(Notice::Unreadable),
            None => Stage::Notice(Notice::Failed),
        };
        self.answered(now, awaited.code, stage);
    }

    /// Another answer, even on the same kind of page, is new to whoever stands there.
    fn answered(&mut self, now: Duration, code: Option<Code>, stage: Stage) {
        self.stage = stage;
        self.page.1 = now;
        self.answer = Some(Answer { code, at: now });
    }

    /// Whether the page shows a number whose paper is not there: the only place where its holder learns what
    /// becomes of it, unless somebody calls them.
    fn lacks_paper(&self, presence: &Presence) -> bool {
        let paper = if let Stage::Ticket(_, paper) = &self.stage { Some(*paper) } else { None };
        let lacks = paper.is_some_and(|paper| paper != PaperState::Printed);
        lacks && presence.here == Here::Waiting && self.shows_one_of(presence)
    }

    fn shows_one_of(&self, presence: &Presence) -> bool {
        match &self.stage {
            Stage::Ticket(ticket, _) | Stage::Question(ticket, _) => {
                presence.numbers.contains(&ticket.number)
            }
            Stage::Already(shown) => shown.numbers.iter().any(|number| presence.numbers.contains(number)),
            Stage::Welcome | Stage::WalkIn | Stage::Notice(_) | Stage::Operator(_) => false,
        }
    }

    /// Only of the ticket on the screen: the next visitor never sees another's question.
    fn paper(&mut self, now: Duration, job: u64, paper: &Paper) {
        let Stage::Ticket(ticket, PaperState::Printing) = &self.stage else { return };
        if ticket.job != job {
            return;
        }
        let ticket = ticket.clone();
        self.last_touch = now;
        self.stage = match paper {
            Paper::Printed | Paper::Sent => Stage::Ticket(ticket, PaperState::Printed),
            Paper::Failed(_) => Stage::Ticket(ticket, PaperState::Failed),
            // Whoever was asked once is not asked again: the number is what counts.
            Paper::Unknown(_) if ticket.duplicate => Stage::Ticket(ticket, PaperState::Unknown),
            Paper::Unknown(_) => Stage::Question(ticket, None),
        };
    }

    fn device(&mut self, device: Device, ready: bool) {
        match device {
            Device::Scanner => self.devices.scanner = Some(ready),
            Device::Printer => self.devices.printer = Some(ready),
            Device::Link => self.devices.link = ready,
        }
    }

    fn ask(&mut self, now: Duration, code: Option<Code>, language: Language) -> u64 {
        self.requests += 1;
        self.awaited = Some(Awaited { request: self.requests, since: now, given_up: false, code, language });
        self.requests
    }

    /// Back to the start. An answer that was given up and still comes is not the next visitor's.
    fn leave(&mut self) {
        self.stage = Stage::Welcome;
        self.awaited = None;
    }

    /// Ready for the next visitor.
    fn reset(&mut self) {
        self.leave();
        self.language = Language::clone(&self.settings.language);
        self.language_is_fresh = false;
    }

    pub(super) fn can_serve(&self) -> bool {
        self.site.is_some()
            && !self.out_of_order
            && self.awaited.as_ref().is_none_or(|awaited| awaited.given_up)
    }
}

/// Whether a refusal is all that can be said of a code that belongs to nothing that is known here.
fn leads_nowhere(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::UnknownBooking | Refusal::NeedsStaff)
}

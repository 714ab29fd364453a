//! One message, one step.

use super::{
    Awaited, Code, Device, Effect, GIVE_UP_AFTER, Msg, Notice, PaperState, SAME_CODE_WITHIN,
    SAME_PAPER_WITHIN, SETTLES_WITHIN, Stage, Visit, view::page,
};
use crate::reception::{Outcome, Paper};
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
            Msg::Tick => self.tick(now),
            Msg::Decided { request, outcome } => self.decided(now, request, outcome),
            Msg::Paper { job, paper } => self.paper(now, job, &paper),
            Msg::Device(device, ready) => self.device(device, ready),
            Msg::Site(site) => self.site = Some(site),
            Msg::OutOfOrder(out) => self.out_of_order = out,
        }
        Vec::new()
    }

    fn scanned(&mut self, now: Duration, code: Code) -> Vec<Effect> {
        let last = self.last_code.take_if(|(last, _)| *last == code);
        let is_held = last.as_ref().is_some_and(|(_, at)| now.saturating_sub(*at) < SAME_CODE_WITHIN);
        if !is_held && !self.can_serve() {
            return Vec::new();
        }
        self.last_code = Some((code.clone(), now));
        if is_held {
            return Vec::new();
        }
        // Another code where somebody was answered is the next visitor, who did not choose the last one's
        // language. A question that the last one left stays open for staff.
        let is_next = last.is_none() && self.is_answered() && !self.language_is_fresh;
        let language = if is_next { self.settings.language.clone() } else { self.language.clone() };
        self.last_touch = now;
        let request = self.ask(now, language.clone());
        vec![Effect::CheckIn { request, code, language }]
    }

    fn scan_rejected(&mut self, now: Duration) {
        // What cannot be read says nothing of who holds it: it takes nobody's number off the screen.
        if self.can_serve() && !self.is_answered() {
            self.last_touch = now;
            self.stage = Stage::Notice(Notice::Unreadable);
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
        let request = self.ask(now, self.language.clone());
        vec![Effect::WalkIn { request, service, language: self.language.clone() }]
    }

    /// Who has a number has finished: the next touch is somebody else's. Until then the same person goes on,
    /// in the same language.
    fn home(&mut self, now: Duration) {
        self.last_touch = now;
        if self.awaited.as_ref().is_some_and(|awaited| !awaited.given_up) {
            return;
        }
        if self.is_answered() {
            self.reset();
        } else {
            self.leave();
        }
    }

    /// Whether the page says what became of somebody's wish for a number.
    fn is_answered(&self) -> bool {
        matches!(self.stage, Stage::Ticket(..) | Stage::Question(_) | Stage::Already(..))
    }

    fn print_answer(&mut self, now: Duration, came_out: bool) -> Vec<Effect> {
        let Stage::Question(ticket) = &self.stage else { return Vec::new() };
        self.last_touch = now;
        let job = ticket.job;
        let paper = if came_out { PaperState::Printed } else { PaperState::Failed };
        self.stage = Stage::Ticket(ticket.clone(), paper);
        vec![Effect::Answer { job, came_out }]
    }

    fn tick(&mut self, now: Duration) {
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
    }

    fn decided(&mut self, now: Duration, request: u64, outcome: Option<Outcome>) {
        let Some(awaited) = self.awaited.take_if(|awaited| awaited.request == request) else { return };
        if self.is_second_code(now, outcome.as_ref()) {
            return;
        }
        if outcome.is_none() {
            // Nothing happened: the same code may be shown again at once.
            self.last_code = None;
        }
        self.last_touch = now;
        self.language = awaited.language;
        self.language_is_fresh = false;
        self.stage = match outcome {
            Some(Outcome::Issued(ticket)) => Stage::Ticket(Box::new(ticket), PaperState::Printing),
            Some(Outcome::Already { here, numbers }) => Stage::Already(here, numbers),
            Some(Outcome::InDoubt(ticket)) => Stage::Question(Box::new(ticket)),
            Some(Outcome::Refused(refusal)) => Stage::Notice(Notice::Refused(refusal)),
            Some(Outcome::Unreadable) => Stage::Notice(Notice::Unreadable),
            None => Stage::Notice(Notice::Failed),
        };
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
            Paper::Unknown(_) => Stage::Question(ticket),
        };
    }

    fn device(&mut self, device: Device, ready: bool) {
        match device {
            Device::Scanner => self.devices.scanner = Some(ready),
            Device::Printer => self.devices.printer = Some(ready),
            Device::Link => self.devices.link = ready,
        }
    }

    /// Whether an answer is to another code of the paper whose number has just come.
    fn is_second_code(&self, now: Duration, outcome: Option<&Outcome>) -> bool {
        let leads_nowhere = matches!(
            outcome,
            Some(Outcome::Unreadable | Outcome::Refused(Refusal::UnknownBooking | Refusal::NeedsStaff))
        );
        leads_nowhere
            && matches!(self.stage, Stage::Ticket(..) | Stage::Question(_))
            && now.saturating_sub(self.page.1) < SAME_PAPER_WITHIN
    }

    fn ask(&mut self, now: Duration, language: Language) -> u64 {
        self.requests += 1;
        self.awaited = Some(Awaited { request: self.requests, since: now, given_up: false, language });
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

    fn can_serve(&self) -> bool {
        self.site.is_some()
            && !self.out_of_order
            && self.awaited.as_ref().is_none_or(|awaited| awaited.given_up)
    }
}

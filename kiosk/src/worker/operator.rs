//! What the operator asks for. Visitors come first: it is done when nobody waits for a ticket.

use super::{Paperwork, Worker, tolerate};
use crate::{
    flow::{Msg, OperatorEffect, OperatorMsg},
    local::StoreError,
    reception::Paper,
};
use domain::Language;
use hardware::PrintJob;

impl<P: Paperwork> Worker<P> {
    pub(super) fn operator(&mut self, effect: OperatorEffect) -> Result<(), StoreError> {
        match effect {
            OperatorEffect::Knock => {
                let open = self.reception.has_pin()?;
                self.say(Msg::Operator(OperatorMsg::Door(open)));
            }
            OperatorEffect::Try { request, pin } => match self.reception.try_pin(&pin) {
                Ok(answer) => {
                    self.say(Msg::Operator(OperatorMsg::Answered { request, answer: Some(answer) }))
                }
                Err(error) => {
                    self.say(Msg::Operator(OperatorMsg::Answered { request, answer: None }));
                    return tolerate(Err(error), "a PIN could not be tried");
                }
            },
            OperatorEffect::List => self.tell_list(),
            OperatorEffect::Print { language } => return self.print_list(&language),
        }
        Ok(())
    }

    fn tell_list(&self) {
        if let Some(list) = self.reception.day_list() {
            self.say(Msg::Operator(OperatorMsg::List(Box::new(list))));
        }
    }

    /// On record before it is printed, like a ticket: the next start asks whether the printer holds part of it.
    fn print_list(&mut self, language: &Language) -> Result<(), StoreError> {
        let Some(list) = self.reception.day_list() else { return Ok(()) };
        let bytes = match self.paperwork.list(&list, language) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.say(Msg::Operator(OperatorMsg::Paper(Paper::Failed(error))));
                return Ok(());
            }
        };
        let job = match self.reception.begin_list(&list) {
            Ok(job) => job,
            Err(error) => {
                self.say(Msg::Operator(OperatorMsg::Paper(Paper::Failed(error.to_string()))));
                return tolerate(Err(error), "the list could not be recorded");
            }
        };
        match self.paperwork.print_list(PrintJob { id: job, bytes }) {
            Ok(()) => Ok(()),
            Err(error) => self.list_ended(job, Paper::Failed(error)),
        }
    }

    pub(super) fn list_ended(&mut self, job: u64, paper: Paper) -> Result<(), StoreError> {
        let recorded = self.reception.list_ended(job, &paper);
        self.say(Msg::Operator(OperatorMsg::Paper(paper)));
        tolerate(recorded, "the outcome of a list was not kept")
    }
}

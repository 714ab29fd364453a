//! The thread that owns the local database, the paper and what is known of the site.
//!
//! It takes visitors before anything else, and hands the answer to the desk before the paper is laid
//! out. It never waits for the network or for a device.

use crate::{
    flow::{Device, Effect, Msg},
    local::{Outgoing, StoreError},
    reception::{News, Outcome, Paper, Reception, Standing, Ticket},
    ticket::Press,
};
use hardware::{JobOutcome, PrintJob, Printer, PrinterEvent};
use protocol::pairing::Paired;
use std::sync::{
    Arc,
    mpsc::{Receiver, Sender},
};
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

/// What the worker is asked to do.
#[derive(Debug)]
pub enum Job {
    /// Something that a visitor asked for.
    Visitor(Effect),
    /// The server told something.
    News(News),
    /// The printer told something.
    Printer(PrinterEvent),
    /// Give the next facts to send.
    Outgoing(oneshot::Sender<Option<Outgoing>>),
    /// The server holds an incarnation's facts up to `through`.
    Acknowledged {
        /// Whose chain.
        incarnation: Uuid,
        /// The last fact that it holds.
        through: u64,
        /// Whether that can be.
        standing: oneshot::Sender<Standing>,
    },
    /// A new incarnation got a lane of its own.
    Reincarnate {
        /// Which.
        incarnation: Uuid,
        /// What the server said.
        paired: Box<Paired>,
        /// Sent when it has begun.
        begun: oneshot::Sender<()>,
    },
}

/// The worker's belongings.
pub struct Worker {
    /// The rules and the database.
    pub reception: Reception,
    /// The layout.
    pub press: Press,
    /// The device.
    pub printer: Printer,
    /// Where answers go.
    pub desk: Sender<Msg>,
    /// Told when there is something to send.
    pub outbox: Arc<Notify>,
}

impl Worker {
    /// Works until nobody can ask any more.
    ///
    /// # Errors
    /// If the database fails for another reason than a full disk: the program has to start anew and
    /// recover, because nothing that is in memory can be believed any more.
    pub fn run(mut self, jobs: &Receiver<Job>) -> Result<(), StoreError> {
        self.tell_site();
        while let Ok(first) = jobs.recv() {
            let (visitors, others): (Vec<Job>, Vec<Job>) =
                std::iter::once(first).chain(jobs.try_iter()).partition(|job| matches!(job, Job::Visitor(_)));
            let mut news = Vec::new();
            for job in visitors.into_iter().chain(others) {
                match job {
                    Job::News(told) => news.push(told),
                    job => self.take(job)?,
                }
            }
            if !news.is_empty() {
                self.hear(news)?;
                self.tell_site();
            }
            self.keep_prints()?;
        }
        Ok(())
    }

    /// Tries again what a full disk did not take.
    fn keep_prints(&mut self) -> Result<(), StoreError> {
        match self.reception.keep_prints() {
            Ok(false) => {}
            Ok(true) => self.outbox.notify_one(),
            // It was told when it was tried first.
            Err(error) if error.is_passing() => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn take(&mut self, job: Job) -> Result<(), StoreError> {
        match job {
            Job::News(news) => return self.hear(vec![news]),
            Job::Visitor(effect) => return self.visitor(effect),
            Job::Printer(event) => return self.printer_event(event),
            Job::Outgoing(answer) => {
                // Whoever asked is gone if this cannot be sent: then nobody needs it.
                let _gone = answer.send(self.reception.outgoing()?);
            }
            Job::Acknowledged { incarnation, through, standing } => {
                match self.reception.acknowledged(incarnation, through) {
                    Ok(known) => {
                        let _gone = standing.send(known);
                    }
                    Err(error) => return tolerate(Err(error), "an acknowledgement was not kept"),
                }
            }
            Job::Reincarnate { incarnation, paired, begun } => {
                tolerate(self.reception.reincarnate(incarnation, *paired), "a new incarnation was not kept")?;
                let _gone = begun.send(());
            }
        }
        Ok(())
    }

    fn hear(&mut self, news: Vec<News>) -> Result<(), StoreError> {
        let heard = self.reception.hear(news);
        if self.reception.take_reopened() {
            self.outbox.notify_one();
        }
        tolerate(heard, "what the server told was not kept")
    }

    fn visitor(&mut self, effect: Effect) -> Result<(), StoreError> {
        let (request, decided) = match effect {
            Effect::CheckIn { request, code, language } => {
                (request, self.reception.check_in(&code.0, &language))
            }
            Effect::WalkIn { request, service, language } => {
                (request, self.reception.walk_in(&service, &language))
            }
            Effect::Answer { job, came_out } => {
                tolerate(self.reception.answered(job, came_out), "the answer about a ticket was not kept")?;
                self.outbox.notify_one();
                return Ok(());
            }
        };
        match decided {
            Ok(outcome) => {
                tracing::info!(outcome = outcome.word(), "visitor answered");
                self.say(Msg::Decided { request, outcome: Some(outcome.clone()) });
                if let Outcome::Issued(ticket) = &outcome {
                    self.print(ticket)?;
                }
                self.outbox.notify_one();
                Ok(())
            }
            Err(error) => {
                // Refused before printing: nothing happened, and a person helps.
                self.say(Msg::Decided { request, outcome: None });
                tolerate(Err(error), "a visitor could not be recorded")
            }
        }
    }

    /// The ticket is on record. From here on exactly one outcome is told for its job.
    fn print(&mut self, ticket: &Ticket) -> Result<(), StoreError> {
        let refused = match self.press.bytes(ticket) {
            Ok(bytes) => match self.printer.print(PrintJob { id: ticket.job, bytes }) {
                Ok(()) => return Ok(()),
                Err(error) => error.to_string(),
            },
            Err(error) => {
                tracing::error!(number = %ticket.number, error = &error as &dyn std::error::Error, "no ticket");
                error.to_string()
            }
        };
        self.paper(ticket.job, Paper::Failed(refused))
    }

    fn printer_event(&mut self, event: PrinterEvent) -> Result<(), StoreError> {
        match event {
            PrinterEvent::Connected => self.say(Msg::Device(Device::Printer, true)),
            PrinterEvent::Lost { reason } => {
                tracing::warn!(%reason, "the printer is not there");
                self.say(Msg::Device(Device::Printer, false));
            }
            PrinterEvent::Status(status) => {
                if let Some(fault) = status.fault() {
                    tracing::warn!(%fault, "the printer cannot print");
                }
                self.say(Msg::Device(Device::Printer, status.fault().is_none()));
            }
            PrinterEvent::JobDone { id, outcome } => {
                let paper = match outcome {
                    JobOutcome::Printed => Paper::Printed,
                    JobOutcome::Sent => Paper::Sent,
                    JobOutcome::NotStarted(fault) => Paper::Failed(fault.to_string()),
                    JobOutcome::Unknown(fault) => Paper::Unknown(fault.to_string()),
                };
                return self.paper(id, paper);
            }
        }
        Ok(())
    }

    fn paper(&mut self, job: u64, paper: Paper) -> Result<(), StoreError> {
        let recorded = self.reception.printed(job, &paper);
        self.say(Msg::Paper { job, paper });
        self.outbox.notify_one();
        tolerate(recorded, "the outcome of a print job was not kept")
    }

    fn tell_site(&self) {
        if let Some(site) = self.reception.view() {
            self.say(Msg::Site(site));
        }
    }

    /// The desk ends only with the program.
    fn say(&self, msg: Msg) {
        let _ending = self.desk.send(msg);
    }
}

/// What passes concerns one request; anything else concerns the database.
fn tolerate(result: Result<(), StoreError>, what: &str) -> Result<(), StoreError> {
    match result {
        Err(error) if error.is_passing() => {
            tracing::error!(error = &error as &dyn std::error::Error, "{what}");
            Ok(())
        }
        other => other,
    }
}

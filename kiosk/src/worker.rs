//! The thread that owns the local database, the paper and what is known of the site.
//!
//! It takes visitors before anything else, and hands the answer to the desk before the paper is laid
//! out. It never waits for the network or for a device.

mod operator;

use crate::{
    device,
    flow::{Device, Effect, Msg},
    local::{Outgoing, StoreError},
    reception::{News, Outcome, Paper, Reception, Standing, Ticket},
    status,
    ticket::Press,
};
use domain::{DeviceFault, Language, Peripheral};
use fail::fail_point;
use hardware::{JobOutcome, PrintJob, Printer, PrinterEvent};
use presentation::day_list::DayList;
use protocol::{pairing::Paired, recovery::HandBack, upload::RejectedFact};
use std::sync::{
    Arc,
    mpsc::{Receiver, RecvError, RecvTimeoutError, Sender},
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
    /// Give the next part of what the server lost.
    HandBack(oneshot::Sender<Option<HandBack>>),
    /// The server has a part of it again, or wants no more.
    HandedBack {
        /// Which.
        part: Box<HandBack>,
        /// Whether it wants more.
        wanted: bool,
        /// Sent when it is recorded.
        recorded: oneshot::Sender<()>,
    },
    /// The code reader is there, or not.
    Scanner(bool),
    /// Say how the kiosk is, in words for its operator.
    Status(Sender<String>),
    /// Give the next facts to send.
    Outgoing(oneshot::Sender<Option<Outgoing>>),
    /// The server holds an incarnation's facts up to `through`.
    Acknowledged {
        /// Whose chain.
        incarnation: Uuid,
        /// The last fact that it holds.
        through: u64,
        /// The last fact that it was sent.
        sent: u64,
        /// Those that it cannot use.
        rejected: Vec<RejectedFact>,
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

/// Where a ticket on record becomes paper.
pub trait Paperwork {
    /// Hands a ticket over: from here on exactly one outcome is told for its job.
    ///
    /// # Errors
    /// In words, if nothing was begun.
    fn print(&mut self, ticket: &Ticket) -> Result<(), String>;
    /// Lays the operator's list out, in a language.
    ///
    /// # Errors
    /// In words, if it cannot be laid out.
    fn list(&mut self, list: &DayList, language: &Language) -> Result<Vec<u8>, String>;
    /// Hands a list over that is on record: from here on exactly one outcome is told for its job.
    ///
    /// # Errors
    /// In words, if nothing was begun.
    fn print_list(&mut self, job: PrintJob) -> Result<(), String>;
}

impl Paperwork for (Press, Printer) {
    fn print(&mut self, ticket: &Ticket) -> Result<(), String> {
        let (press, printer) = self;
        let bytes = press.bytes(ticket).map_err(|error| {
            tracing::error!(number = %ticket.number, error = &error as &dyn std::error::Error, "no ticket");
            error.to_string()
        })?;
        fail_point!("kiosk-laid-out");
        printer.print(PrintJob { id: ticket.job, bytes }).map_err(|error| error.to_string())
    }

    fn list(&mut self, list: &DayList, language: &Language) -> Result<Vec<u8>, String> {
        self.0.list(list, language).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the list cannot be printed");
            error.to_string()
        })
    }

    fn print_list(&mut self, job: PrintJob) -> Result<(), String> {
        self.1.print(job).map_err(|error| error.to_string())
    }
}

impl Job {
    /// Whether a visitor waits for it: whatever the operator asks for can wait.
    fn is_of_a_visitor(&self) -> bool {
        matches!(self, Self::Visitor(effect) if !matches!(effect, Effect::Operator(_)))
    }
}

/// The worker's belongings.
pub struct Worker<P> {
    /// The rules and the database.
    pub reception: Reception,
    /// The layout and the device.
    pub paperwork: P,
    /// Where answers go.
    pub desk: Sender<Msg>,
    /// Told when there is something to send.
    pub outbox: Arc<Notify>,
}

impl<P: Paperwork> Worker<P> {
    /// Works until nobody can ask any more.
    ///
    /// # Errors
    /// If the database fails for another reason than a full disk: the program has to start anew and
    /// recover, because nothing that is in memory can be believed any more.
    pub fn run(mut self, jobs: &Receiver<Job>) -> Result<(), StoreError> {
        self.tell_site();
        while let Ok(first) = self.next(jobs) {
            self.work_off(first.into_iter().chain(jobs.try_iter()))?;
        }
        Ok(())
    }

    /// Does what has come in by now: visitors first.
    ///
    /// # Errors
    /// As [`Worker::run`].
    pub fn work_off(&mut self, jobs: impl Iterator<Item = Job>) -> Result<(), StoreError> {
        let (visitors, others): (Vec<Job>, Vec<Job>) = jobs.partition(Job::is_of_a_visitor);
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
        self.report_devices()
    }

    /// The next job, or none if it is time to report a device before one comes.
    fn next(&self, jobs: &Receiver<Job>) -> Result<Option<Job>, RecvError> {
        let Some(due) = self.reception.report_due() else { return jobs.recv().map(Some) };
        match jobs.recv_timeout(due) {
            Ok(job) => Ok(Some(job)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(RecvError),
        }
    }

    fn report_devices(&mut self) -> Result<(), StoreError> {
        match self.reception.report_devices() {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.outbox.notify_one();
                Ok(())
            }
            Err(error) => tolerate(Err(error), "the state of a device was not kept"),
        }
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
            Job::HandBack(answer) => {
                let _gone = answer.send(self.reception.hand_back()?);
            }
            Job::HandedBack { part, wanted, recorded } => {
                tolerate(
                    self.reception.handed_back(&part, wanted),
                    "that a part was handed back was not kept",
                )?;
                let _gone = recorded.send(());
            }
            Job::Scanner(ready) => {
                self.reception.device_is(Peripheral::Scanner, (!ready).then_some(DeviceFault::Absent));
            }
            Job::Status(answer) => {
                // The operator may have gone.
                let _gone = status::in_words(&self.reception).map(|text| answer.send(text));
            }
            Job::Outgoing(answer) => {
                // Whoever asked is gone if this cannot be sent: then nobody needs it.
                let _gone = answer.send(self.reception.outgoing()?);
            }
            Job::Acknowledged { incarnation, through, sent, rejected, standing } => {
                let kept = self.reception.rejected(incarnation, &rejected);
                tolerate(kept, "the server could not use some facts, and which was not kept")?;
                match self.reception.acknowledged(incarnation, through, sent) {
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
        if self.reception.take_unsent() {
            self.outbox.notify_one();
        }
        tolerate(heard, "what the server told was not kept")
    }

    fn visitor(&mut self, effect: Effect) -> Result<(), StoreError> {
        fail_point!("kiosk-asked");
        let (request, decided) = match effect {
            Effect::CheckIn { request, code, language } => {
                (request, self.reception.check_in(&code.0, &language))
            }
            Effect::WalkIn { request, service, language } => {
                (request, self.reception.walk_in(&service, &language))
            }
            Effect::Operator(effect) => return self.operator(effect),
            Effect::Answer { job, came_out } => {
                tolerate(self.reception.answered(job, came_out), "the answer about a ticket was not kept")?;
                self.outbox.notify_one();
                return Ok(());
            }
            Effect::Reprint { ticket } => return self.reprint(&ticket),
        };
        match decided {
            Ok(outcome) => {
                tracing::info!(outcome = outcome.word(), "visitor answered");
                self.say(Msg::Decided { request, outcome: Some(outcome.clone()) });
                fail_point!("kiosk-answered");
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

    /// Once more on the visitor's own word, and never by itself.
    fn reprint(&mut self, ticket: &Ticket) -> Result<(), StoreError> {
        let again = match self.reception.reprint(ticket) {
            Ok(again) => again,
            Err(error) => {
                tolerate(Err(error), "the answer about a ticket was not kept")?;
                None
            }
        };
        self.say(Msg::Reprinting { job: ticket.job, again: again.as_ref().map(|ticket| ticket.job) });
        self.outbox.notify_one();
        again.map_or(Ok(()), |ticket| self.print(&ticket))
    }

    /// The ticket is on record. From here on exactly one outcome is told for its job.
    fn print(&mut self, ticket: &Ticket) -> Result<(), StoreError> {
        if let Err(refused) = self.paperwork.print(ticket) {
            return self.paper(ticket.job, Paper::Failed(refused));
        }
        fail_point!("kiosk-handed-over");
        Ok(())
    }

    fn printer_event(&mut self, event: PrinterEvent) -> Result<(), StoreError> {
        match event {
            PrinterEvent::Connected => self.printer_is(true, None),
            PrinterEvent::Lost { reason } => {
                tracing::warn!(%reason, "the printer is not there");
                self.printer_is(false, device::of_printer(reason));
            }
            PrinterEvent::Status(status) => {
                if let Some(fault) = status.fault() {
                    tracing::warn!(%fault, "the printer cannot print");
                }
                self.printer_is(status.fault().is_none(), device::of_status(&status));
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

    fn printer_is(&mut self, ready: bool, fault: Option<DeviceFault>) {
        self.say(Msg::Device(Device::Printer, ready));
        self.reception.device_is(Peripheral::Printer, fault);
    }

    fn paper(&mut self, job: u64, paper: Paper) -> Result<(), StoreError> {
        fail_point!("kiosk-outcome-told");
        if self.reception.is_list(job) {
            return self.list_ended(job, paper);
        }
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

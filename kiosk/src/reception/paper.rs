//! What became of the paper, and the facts that say so.

use super::{Reception, Ticket};
use crate::local::{OpenPrint, PrintState, StoreError};
use domain::{Event, Recorded};
use fail::fail_point;

/// What became of a ticket's paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paper {
    /// The printer confirmed it.
    Printed,
    /// The printer took all of it and cannot confirm.
    Sent,
    /// Not a byte was sent, for this reason.
    Failed(String),
    /// Nobody can know, for this reason.
    Unknown(String),
}

impl Reception {
    /// Records how a print job ended.
    ///
    /// # Errors
    /// If it cannot be recorded: then [`Reception::keep_prints`] tries again, and after a restart before that
    /// it counts as unknown.
    pub fn printed(&mut self, job: u64, paper: &Paper) -> Result<(), StoreError> {
        let Some(print) = self.store.print(job)? else { return Ok(()) };
        let number = print.number.clone();
        let out = |number, confirmed| match print.duplicate {
            true => Event::TicketReprinted { number, confirmed },
            false => Event::TicketPrinted { number, confirmed },
        };
        let (state, reason, event) = match paper {
            Paper::Printed => (PrintState::Printed, None, Some(out(number, true))),
            Paper::Sent => (PrintState::Sent, None, Some(out(number, false))),
            // The number counts without paper, and there is nothing that could be uncertain.
            Paper::Failed(reason) => (PrintState::Failed, Some(reason.as_str()), None),
            Paper::Unknown(reason) => {
                (PrintState::Unknown, Some(reason.as_str()), Some(Event::PrintUncertain { number }))
            }
        };
        self.end_print(&print, state, reason, event)
    }

    /// The visitor was asked about a ticket whose print is unknown, and said whether it came out.
    ///
    /// # Errors
    /// If it cannot be recorded: then the question stays open for staff.
    pub fn answered(&mut self, job: u64, came_out: bool) -> Result<(), StoreError> {
        let Some(print) = self.store.print(job)? else { return Ok(()) };
        let event = Event::PrintAnswered { number: print.number.clone(), came_out };
        self.end_print(&print, PrintState::Answered, None, Some(event))
    }

    /// The visitor was asked about a ticket whose print is unknown, and it did not come out: records that, and a
    /// print job of its own for a duplicate, which may now be printed. Once for each ticket, and only while its
    /// holder stands there: `None` if it was printed once more before.
    ///
    /// # Errors
    /// If it cannot be recorded: then nothing may be printed, and the question stays open for staff.
    pub fn reprint(&mut self, ticket: &Ticket) -> Result<Option<Ticket>, StoreError> {
        self.keep_prints()?;
        let Some(print) = self.store.print(ticket.job)? else { return Ok(None) };
        if print.duplicate || !ticket.can_be_reprinted() {
            self.answered(ticket.job, false)?;
            return Ok(None);
        }
        let fact =
            self.fact_of(&print, Event::PrintAnswered { number: print.number.clone(), came_out: false });
        let job = self.store.reprint(&print, &fact)?;
        self.replica.state(fact);
        Ok(Some(Ticket { job, duplicate: true, ..ticket.clone() }))
    }

    /// Records how those print jobs ended that a full disk did not take. Gives whether there is something new to
    /// send.
    ///
    /// # Errors
    /// If it takes them no more than before.
    pub fn keep_prints(&mut self) -> Result<bool, StoreError> {
        let had_some = !self.unkept_prints.is_empty();
        let mut waiting = std::mem::take(&mut self.unkept_prints).into_iter();
        while let Some(ended) = waiting.next() {
            if let Err(error) = self.keep_print(ended) {
                self.unkept_prints.extend(waiting);
                return Err(error);
            }
        }
        Ok(had_some)
    }

    /// The tickets of which nobody said whether they came out, oldest first: for staff.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn open_questions(&self) -> Result<Vec<OpenPrint>, StoreError> {
        self.store.unknown_prints()
    }

    /// Whether the printer may hold part of a ticket of the last run, which would come out on the next
    /// visitor's. See [`hardware::PrinterConfig::recover_first`].
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn printer_may_hold_part(&self) -> Result<bool, StoreError> {
        self.store.may_hold_part()
    }

    /// What was being sent when the program ended may be in somebody's hand or not.
    pub(super) fn recover_prints(&mut self) -> Result<(), StoreError> {
        self.store.end_open_lists()?;
        for print in self.store.open_prints()? {
            fail_point!("kiosk-recovering");
            tracing::warn!(number = %print.number, "the program ended while this ticket was being printed");
            let event = Event::PrintUncertain { number: print.number.clone() };
            self.end_print(
                &print,
                PrintState::Unknown,
                Some("the kiosk stopped while printing"),
                Some(event),
            )?;
        }
        Ok(())
    }

    /// The fact belongs to the day of the ticket, even if it is found the morning after.
    fn fact_of(&self, print: &OpenPrint, event: Event) -> Recorded {
        let now = self.now().time;
        self.clock.raise_floor(now);
        Recorded { id: domain::EventId(self.clock.new_id()), at: now, day: print.day, event }
    }

    fn end_print(
        &mut self,
        print: &OpenPrint,
        state: PrintState,
        reason: Option<&str>,
        event: Option<Event>,
    ) -> Result<(), StoreError> {
        let fact = event.map(|event| self.fact_of(print, event));
        self.keep_print(EndedPrint { job: print.job, state, reason: reason.map(ToOwned::to_owned), fact })
    }

    /// Records first, then believes it.
    fn keep_print(&mut self, ended: EndedPrint) -> Result<(), StoreError> {
        let EndedPrint { job, state, reason, fact } = &ended;
        if let Err(error) = self.store.end_print(*job, *state, reason.as_deref(), fact.as_ref()) {
            self.unkept_prints.push(ended);
            return Err(error);
        }
        if let Some(fact) = ended.fact {
            self.replica.state(fact);
        }
        Ok(())
    }
}

/// How a print job ended, as it is to be recorded.
#[derive(Debug)]
pub(super) struct EndedPrint {
    job: u64,
    state: PrintState,
    reason: Option<String>,
    fact: Option<Recorded>,
}

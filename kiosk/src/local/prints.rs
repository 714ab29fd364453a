//! Tickets and their print jobs. A job is on record as `sending` before a byte goes to the printer.

use super::{LocalStore, StoreError, facts, read};
use domain::{Recorded, ServiceDay, TicketNumber};
use fail::fail_point;
use rusqlite::{OptionalExtension, TransactionBehavior, params};

/// How a print job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintState {
    /// The printer confirmed it.
    Printed,
    /// The printer took all of it and cannot confirm.
    Sent,
    /// Not a byte was sent.
    Failed,
    /// Nobody can know.
    Unknown,
    /// It was unknown, and the visitor said.
    Answered,
}

impl PrintState {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Printed => "printed",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Answered => "answered",
        }
    }
}

/// A print job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPrint {
    /// The job.
    pub job: u64,
    /// On which day the ticket counts.
    pub day: ServiceDay,
    /// What it bears.
    pub number: TicketNumber,
    /// Whether it prints the ticket once more.
    pub duplicate: bool,
}

impl LocalStore {
    /// Records that something happened, and no paper with it.
    ///
    /// # Errors
    /// If it cannot be stored: then it must not be acted on.
    pub fn record(&mut self, facts: &[Recorded]) -> Result<(), StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        facts::append(&transaction, facts)?;
        Ok(transaction.commit()?)
    }

    /// Records a ticket in one transaction: the fact in the chain and so in the outbox, the number,
    /// and a print job in the state « sending ». Gives the job. Only then may anything be printed.
    ///
    /// # Errors
    /// If it cannot be stored, or the number was given before on that day: nothing may be printed.
    pub fn issue(&mut self, fact: &Recorded, visit: domain::VisitId) -> Result<u64, StoreError> {
        let number =
            fact.event.number().ok_or(StoreError::unreadable("a ticket without a number"))?.to_string();
        let day = fact.day.to_string();
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        fail_point!("kiosk-issue-begun");
        facts::append(&transaction, std::slice::from_ref(fact))?;
        fail_point!("kiosk-issue-fact");
        transaction
            .prepare_cached("INSERT INTO ticket (day, number, visit) VALUES (?1, ?2, ?3)")?
            .execute([&day, &number, &visit.to_string()])?;
        fail_point!("kiosk-issue-number");
        transaction
            .prepare_cached("INSERT INTO print_job (day, number, state) VALUES (?1, ?2, 'sending')")?
            .execute([&day, &number])?;
        let job = transaction.last_insert_rowid();
        fail_point!("kiosk-issue-job");
        transaction.commit()?;
        fail_point!("kiosk-issue-committed");
        u64::try_from(job).map_err(|_| StoreError::unreadable("the id of a print job"))
    }

    /// Records how a job ended, with the fact that says so if there is one.
    ///
    /// # Errors
    /// If it cannot be stored.
    pub fn end_print(
        &mut self,
        job: u64,
        state: PrintState,
        reason: Option<&str>,
        fact: Option<&Recorded>,
    ) -> Result<(), StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached("UPDATE print_job SET state = ?2, reason = ?3 WHERE id = ?1")?
            .execute(params![job, state.as_str(), reason])?;
        fail_point!("kiosk-outcome-job");
        facts::append(&transaction, fact.map(std::slice::from_ref).unwrap_or_default())?;
        fail_point!("kiosk-outcome-fact");
        transaction.commit()?;
        fail_point!("kiosk-outcome-committed");
        Ok(())
    }

    /// Records in one transaction that a ticket did not come out, as `fact` says, and a print job in the state
    /// « sending » that prints it once more. Gives that job. Only then may anything be printed.
    ///
    /// # Errors
    /// If it cannot be stored, or the ticket was printed once more before: nothing may be printed.
    pub fn reprint(&mut self, print: &OpenPrint, fact: &Recorded) -> Result<u64, StoreError> {
        let (day, number) = (print.day.to_string(), print.number.to_string());
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached("UPDATE print_job SET state = ?2, reason = NULL WHERE id = ?1")?
            .execute(params![print.job, PrintState::Answered.as_str()])?;
        facts::append(&transaction, std::slice::from_ref(fact))?;
        let sql = "INSERT INTO print_job (day, number, state, duplicate) VALUES (?1, ?2, 'sending', 1)";
        transaction.prepare_cached(sql)?.execute([&day, &number])?;
        let job = transaction.last_insert_rowid();
        transaction.commit()?;
        u64::try_from(job).map_err(|_| StoreError::unreadable("the id of a print job"))
    }

    /// The jobs that were being sent when the program ended, oldest first.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn open_prints(&self) -> Result<Vec<OpenPrint>, StoreError> {
        self.prints("sending")
    }

    /// The jobs of which nobody knows whether they came out, oldest first: for staff.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn unknown_prints(&self) -> Result<Vec<OpenPrint>, StoreError> {
        self.prints("unknown")
    }

    /// Whether the last job of which a byte may have gone to the printer was not confirmed: the printer
    /// may hold part of it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn may_hold_part(&self) -> Result<bool, StoreError> {
        let sql = "SELECT state NOT IN ('printed', 'sent') FROM print_job WHERE state <> 'failed'
                   ORDER BY id DESC LIMIT 1";
        Ok(self.db.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(false))
    }

    /// One job's ticket.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn print(&self, job: u64) -> Result<Option<OpenPrint>, StoreError> {
        Ok(self
            .query_prints(
                "SELECT id, day, number, duplicate FROM print_job WHERE id = ?1 AND number IS NOT NULL",
                params![job],
            )?
            .pop())
    }

    fn prints(&self, state: &str) -> Result<Vec<OpenPrint>, StoreError> {
        self.query_prints(
            "SELECT id, day, number, duplicate FROM print_job WHERE state = ?1 AND number IS NOT NULL ORDER BY id",
            params![state],
        )
    }

    fn query_prints(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<OpenPrint>, StoreError> {
        let mut query = self.db.prepare_cached(sql)?;
        let rows = query.query_map(params, |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get(3)?))
        })?;
        rows.map(|row| {
            let (job, day, number, duplicate) = row?;
            Ok(OpenPrint {
                job,
                day: ServiceDay(read("a day", &day)?),
                number: read("a ticket number", &number)?,
                duplicate,
            })
        })
        .collect()
    }
}

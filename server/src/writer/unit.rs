//! One group of jobs in one transaction.

use super::{Job, WriteError};
use crate::{
    clock::Clock,
    disk::Reserve,
    store::{StoreError, Stored, log, transaction},
};
use chrono::{DateTime, Utc};
use domain::{Actor, Branch, Command, Context, Event, EventId, Recorded, ServiceDay, SiteId};
use protocol::{Envelope, Origin};
use rusqlite::Connection;
use std::collections::BTreeMap;

type Appended = BTreeMap<SiteId, Vec<(Stored, Option<Recorded>)>>;

/// How a job failed, as far as its group is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The job's own affair.
    Own,
    /// There was no room: SQLite may have given up the whole transaction.
    DiskFull,
}

/// What a job may do: read the state, decide, append.
pub struct Unit<'a> {
    /// The connection, inside the transaction and the job's savepoint.
    pub(super) db: &'a Connection,
    /// The clock, for jobs that store a time.
    pub(super) clock: Clock,
    /// Set by a job that failed: its savepoint is rolled back.
    pub(super) failed: Option<Failure>,
    branches: &'a mut BTreeMap<SiteId, (Branch, u64)>,
    reserve: &'a Reserve,
    job: Appended,
    group: Appended,
}

impl<'a> Unit<'a> {
    pub(super) fn new(
        db: &'a Connection,
        branches: &'a mut BTreeMap<SiteId, (Branch, u64)>,
        clock: Clock,
        reserve: &'a Reserve,
    ) -> Self {
        Self { db, clock, failed: None, branches, reserve, job: Appended::new(), group: Appended::new() }
    }

    pub(super) fn begin(&self) -> Result<(), StoreError> {
        transaction::begin(self.db)
    }

    /// Runs one job. A failure of the job is the job's; an error here is the group's.
    pub(super) fn savepoint(&mut self, job: &mut dyn Job) -> Result<(), StoreError> {
        transaction::begin_job(self.db)?;
        self.failed = None;
        job.work(self);
        let appended = std::mem::take(&mut self.job);
        if let Some(failure) = self.failed {
            if failure == Failure::DiskFull {
                self.reserve.spend();
                if !transaction::is_open(self.db) {
                    return Err(StoreError::GaveUp);
                }
            }
            return transaction::undo_job(self.db);
        }
        transaction::keep_job(self.db)?;
        for (site, events) in appended {
            if let Some((branch, seq)) = self.branches.get_mut(&site) {
                for (stored, recorded) in &events {
                    *seq = stored.seq;
                    if let Some(recorded) = recorded {
                        branch.apply(recorded);
                    }
                }
            }
            self.group.entry(site).or_default().extend(events);
        }
        Ok(())
    }

    pub(super) fn commit(self) -> Result<Appended, StoreError> {
        transaction::commit(self.db)?;
        Ok(self.group)
    }

    /// A site's state as the jobs before this one left it.
    pub(super) fn branch(&self, site: &SiteId) -> Result<&Branch, WriteError> {
        self.branches.get(site).map(|(branch, _)| branch).ok_or(WriteError::UnknownSite)
    }

    /// A site's service day as the events of this job leave it.
    pub(super) fn day(&self, site: &SiteId) -> Result<Option<ServiceDay>, WriteError> {
        let pending = self.job.get(site).into_iter().flatten();
        let mut opened = pending.filter_map(|(_, recorded)| match recorded.as_ref()?.event {
            Event::DayOpened { day } => Some(day),
            _ => None,
        });
        Ok(opened.next_back().or(self.branch(site)?.day))
    }

    /// A site's state as the jobs before this one and this one itself leave it.
    pub(super) fn branch_so_far(&self, site: &SiteId) -> Result<Branch, WriteError> {
        let mut branch = self.branch(site)?.clone();
        let pending = self.job.get(site).map(Vec::as_slice).unwrap_or_default();
        pending
            .iter()
            .filter_map(|(_, recorded)| recorded.as_ref())
            .for_each(|recorded| branch.apply(recorded));
        Ok(branch)
    }

    /// The sites of this server.
    pub(super) fn sites(&self) -> Vec<SiteId> {
        self.branches.keys().cloned().collect()
    }

    /// The time to record: never before the site's last event.
    pub(super) fn now(&self, site: &SiteId) -> DateTime<Utc> {
        let last = self.branches.get(site).and_then(|(branch, _)| branch.last_event_at);
        self.clock.now().max(last.unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    /// When a fact reaches a site. It never lies in a day that is over here.
    pub(super) fn received(&self, site: &SiteId) -> Result<DateTime<Utc>, WriteError> {
        Ok(self.branch(site)?.within_its_day(self.clock.now()))
    }

    /// Decides a command and appends what was decided.
    pub(super) fn decide(
        &mut self,
        site: &SiteId,
        command: &Command,
        actor: Actor,
    ) -> Result<Vec<Recorded>, WriteError> {
        let context = Context { now: self.now(site), actor, new_id: self.clock.new_id() };
        let branch = self.branch(site)?;
        let events = domain::decide(branch, command, &context)?;
        let site_now = match command {
            Command::Configure(site) => Some(site.as_ref()),
            _ => branch.site.as_ref(),
        };
        let day = site_now.ok_or(WriteError::UnknownSite)?.day(context.now);
        let mut recorded = Vec::with_capacity(events.len());
        for event in events {
            let is_new_day = matches!(event, Event::DayOpened { .. });
            let record = Recorded { id: EventId(self.clock.new_id()), at: context.now, day, event };
            self.append(site, record.clone(), None)?;
            if is_new_day {
                self.fold(site)?;
            }
            recorded.push(record);
        }
        Ok(recorded)
    }

    /// Appends an event to a site's log.
    pub(super) fn append(
        &mut self,
        site: &SiteId,
        recorded: Recorded,
        origin: Option<Origin>,
    ) -> Result<(), WriteError> {
        let envelope = Envelope::wrap(site.clone(), &recorded, origin)
            .map_err(|_| StoreError::unreadable("an event", recorded.id.to_string()))?;
        self.append_envelope(site, envelope, Some(recorded))
    }

    /// Appends an envelope; `recorded` is what it holds, if it is understood.
    pub(super) fn append_envelope(
        &mut self,
        site: &SiteId,
        envelope: Envelope,
        recorded: Option<Recorded>,
    ) -> Result<(), WriteError> {
        let (_, seq) = self.branches.get(site).ok_or(WriteError::UnknownSite)?;
        let pending = self.job.entry(site.clone()).or_default();
        let seq = seq + pending.len() as u64 + 1;
        log::append(self.db, seq, &envelope, self.clock.now())?;
        pending.push((Stored { seq, envelope }, recorded));
        Ok(())
    }

    /// Stores the state of a site with the events of this job, so that start-up begins there.
    fn fold(&self, site: &SiteId) -> Result<(), WriteError> {
        let (_, seq) = self.branches.get(site).ok_or(WriteError::UnknownSite)?;
        let pending = self.job.get(site).map_or(0, Vec::len);
        log::set_fold(self.db, site, seq + pending as u64, &self.branch_so_far(site)?)?;
        Ok(())
    }
}

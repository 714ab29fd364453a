//! What the operator may see and print: the day's tickets in calling order, for the time without the server.

use super::{Paper, Reception};
use crate::{
    local::{PrintState, StoreError},
    pin::{self, Pin},
};
use domain::{Punctuality, Time, Visit, VisitState};
use presentation::day_list::{DayList, Line, Standing};
use std::time::Duration;

/// The answer to a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinAnswer {
    /// It is the operator.
    Right,
    /// It is somebody else, or a mistake.
    Wrong,
    /// Too many were wrong: nobody is listened to for so long.
    Wait(Duration),
    /// No PIN was ever set: the page does not exist.
    Unset,
}

/// What is known of the operator's page.
#[derive(Debug)]
pub(super) struct OperatorDesk {
    /// When a PIN was tried last; when the program began, if it was not since.
    tried: Duration,
    /// The list that is being printed.
    list: Option<u64>,
}

impl OperatorDesk {
    pub(super) fn new(since_boot: Duration) -> Self {
        Self { tried: since_boot, list: None }
    }
}

impl Reception {
    /// Whether the operator's page exists.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn has_pin(&self) -> Result<bool, StoreError> {
        Ok(self.store.operator_pin()?.is_some())
    }

    /// Somebody typed a PIN. It counts as wrong before it is looked at, so that nobody gets more attempts by cutting the
    /// power.
    ///
    /// # Errors
    /// If it cannot be recorded that it was tried: then it is not looked at.
    pub fn try_pin(&mut self, typed: &Pin) -> Result<PinAnswer, StoreError> {
        let Some(known) = self.store.operator_pin()? else { return Ok(PinAnswer::Unset) };
        let now = self.clock.since_boot();
        let waited = now.saturating_sub(self.operator.tried);
        let left = pin::pause_after(known.failures).saturating_sub(waited);
        if !left.is_zero() {
            return Ok(PinAnswer::Wait(left));
        }
        let failures = known.failures.saturating_add(1);
        self.store.set_pin_failures(failures)?;
        self.operator.tried = now;
        if typed.is(&known.hash) {
            self.store.set_pin_failures(0)?;
            return Ok(PinAnswer::Right);
        }
        tracing::warn!(failures, "a wrong PIN was typed");
        let pause = pin::pause_after(failures);
        Ok(if pause.is_zero() { PinAnswer::Wrong } else { PinAnswer::Wait(pause) })
    }

    /// The day's tickets as this kiosk knows them, in calling order; `None` before the server told anything.
    pub fn day_list(&self) -> Option<DayList> {
        let (branch, now) = (self.branch(), self.now().time);
        let site = branch.site.as_ref()?;
        let local = |time: Time| time.with_timezone(&site.zone);
        let line = |visit: &Visit| Line {
            numbers: visit.numbers.clone(),
            service: branch
                .service(&visit.service)
                .map_or_else(|| visit.service.to_string(), |service| service.internal_label.clone()),
            slot: visit.booked.map(|booked| (local(booked.slot), booked.punctuality == Punctuality::OnTime)),
            arrival: local(visit.arrival),
            priority: visit.priority,
            standing: match visit.state {
                VisitState::Parked { until, .. } if until > now => Standing::Away { until: local(until) },
                VisitState::Waiting | VisitState::Parked { .. } | VisitState::Ended { .. } => {
                    Standing::Waiting
                }
                VisitState::Called { counter, .. } => Standing::Called { counter },
                VisitState::Serving { counter, .. } => Standing::Serving { counter },
                VisitState::Missed { .. } => Standing::Missed,
            },
        };
        let as_of = self.replica.last_contact().map(|heard| {
            let age = self.clock.since_boot().saturating_sub(heard);
            local(now - chrono::Duration::from_std(age).unwrap_or_default())
        });
        Some(DayList {
            site: site.name.clone(),
            kiosk: self.identity.name.clone(),
            made_at: local(now),
            as_of,
            lines: branch.everybody(now).into_iter().map(line).collect(),
        })
    }

    /// Records that the list is printed now; gives the job.
    ///
    /// # Errors
    /// If it cannot be recorded: then nothing may be printed.
    pub fn begin_list(&mut self, list: &DayList) -> Result<u64, StoreError> {
        let site = self.branch().site.as_ref();
        let day = site.map(|site| site.day(list.made_at.to_utc()));
        let job = self.store.begin_list(day.unwrap_or(domain::ServiceDay(list.made_at.date_naive())))?;
        self.operator.list = Some(job);
        Ok(job)
    }

    /// Whether a print job is the list that was begun last.
    pub fn is_list(&self, job: u64) -> bool {
        self.operator.list == Some(job)
    }

    /// Records how the list ended.
    ///
    /// # Errors
    /// If it cannot be recorded: after a restart it counts as unknown.
    pub fn list_ended(&mut self, job: u64, paper: &Paper) -> Result<(), StoreError> {
        self.operator.list = None;
        let (state, reason) = match paper {
            Paper::Printed => (PrintState::Printed, None),
            Paper::Sent => (PrintState::Sent, None),
            Paper::Failed(reason) => (PrintState::Failed, Some(reason.as_str())),
            Paper::Unknown(reason) => (PrintState::Unknown, Some(reason.as_str())),
        };
        self.store.end_print(job, state, reason, None)
    }
}

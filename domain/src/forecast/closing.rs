//! When tickets for people without a booking stop, so that nobody waits in vain until the doors close.
//!
//! A ticket is given as long as the wait that hardly anybody exceeds ends before the last call. The last call is so
//! long before closing that a reception as long as usual ends by then, and at least as long as the service is
//! configured. Staff are warned from what people without a booking did lately: while more work comes than the
//! counters do, the stop comes nearer faster than the clock goes.

use super::{Staffing, Wait, load::Load, model::Model};
use crate::{Branch, ServiceId, Time};
use chrono::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether people without a booking can still be received today for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outlook", rename_all = "snake_case")]
pub enum Outlook {
    /// Yes, as far as can be told.
    Open,
    /// Yes, but not for long.
    StopsSoon {
        /// Until about then, if people come as they did lately.
        at: Time,
    },
    /// No: a ticket that is given now could not be called before the doors close.
    Stopped,
}

/// Staff know so long before that no more tickets are given.
const WARNED_BEFORE: Duration = Duration::minutes(45);

/// What somebody who came for a service now would find.
struct Ahead {
    /// How long they would wait, hardly longer, in seconds.
    wait: f64,
    /// By how much the counters would need more time for who comes than passes meanwhile; 1 if they just keep up.
    growth: f64,
    /// How long a reception takes on average, in seconds.
    reception: f64,
}

impl Branch {
    /// Whether people without a booking can still be received today for a service. A forecast decides.
    pub fn outlook(&self, service: &ServiceId, now: Time) -> Outlook {
        self.outlook_after(service, || self.wait_for(service, now), now)
    }

    /// The same for whoever knows already how long somebody would wait.
    pub fn outlook_after(
        &self,
        service: &ServiceId,
        wait: impl FnOnce() -> Option<Wait>,
        now: Time,
    ) -> Outlook {
        let Some(site) = &self.site else { return Outlook::Open };
        if !site.is_open(now) && site.opens_next(now).is_none() {
            return Outlook::Stopped;
        }
        let margin = || site.services.get(service)?.walk_in.as_ref()?.stop_before_closing_minutes;
        let Some((margin, closing)) = margin().zip(site.last_closing(now)) else { return Outlook::Open };
        let ahead = self.ahead(service, wait(), now);
        let before_closing = ahead.reception.max(f64::from(margin) * 60.0);
        let left = (closing - now).as_seconds_f64() - before_closing - ahead.wait;
        let lasts = Duration::seconds((left / ahead.growth.max(1.0)).floor() as i64);
        if lasts < Duration::zero() {
            Outlook::Stopped
        } else if lasts <= WARNED_BEFORE {
            Outlook::StopsSoon { at: now + lasts }
        } else {
            Outlook::Open
        }
    }

    /// Where nobody calls people at present, whoever waits waits all the same: the counters that are open are reckoned
    /// as if their agents were back, and if none is open all that the site has. Only the clock counts where there is
    /// no counter at all.
    fn ahead(&self, service: &ServiceId, known: Option<Wait>, now: Time) -> Ahead {
        let somebody = self.somebody(service, now);
        let later = [Staffing::Back, Staffing::Everywhere].into_iter();
        let found = known.map(|wait| (Staffing::Present, wait)).or_else(|| {
            later.filter_map(|staffing| Some((staffing, self.wait_with(&somebody, staffing, now)?))).next()
        });
        let model = Model::new(self, Some(&somebody), now);
        let Some((staffing, wait)) = found else {
            let reception = Load::of(&model, service).reception();
            return Ahead { wait: 0.0, growth: 1.0, reception };
        };
        let model = model.with(staffing);
        let load = Load::of(&model, service);
        Ahead { wait: wait.high + load.delay(wait.high), growth: load.growth(), reception: load.reception() }
    }
}

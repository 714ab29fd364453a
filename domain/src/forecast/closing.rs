//! When tickets for people without a booking stop, so that nobody waits in vain until the doors close.
//!
//! A ticket is given as long as the wait that hardly anybody exceeds ends before the last call; where other services follow
//! in the same visit, it is the wait for the last of them. The last call is so long before closing that a reception as long
//! as usual ends by then, and at least as long as the service is configured. Staff are warned from what people without a
//! booking did lately: while more work comes than the counters do, the stop comes nearer faster than the clock goes.

use super::{Staffing, Until, Wait, breaks::Breaks, load::Load, model::Model};
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

/// Staff know so long before that no more tickets are given, in seconds without breaks.
const WARNED_BEFORE: f64 = 45.0 * 60.0;

/// What somebody who came for a service now would find.
struct Ahead {
    /// How long they would wait for the last service of the visit, hardly longer, in seconds without breaks.
    wait: f64,
    /// By how much the counters would need more time for who comes than passes meanwhile; 1 if they just keep up.
    growth: f64,
    /// How long a reception for that service takes on average, in seconds.
    reception: f64,
}

impl Branch {
    /// Whether people without a booking can still be received today for a service. A forecast decides.
    pub fn outlook(&self, service: &ServiceId, now: Time) -> Outlook {
        self.outlook_after(service, || self.wait_for(service, now), now)
    }

    /// The same for whoever knows already how long somebody would wait to be called for it.
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
        let ahead = self.ahead(service, wait, now);
        let before_closing = ahead.reception.max(f64::from(margin) * 60.0);
        let breaks = Breaks::of(Some(site), now);
        let left = breaks.worked((closing - now).as_seconds_f64()) - before_closing - ahead.wait;
        let lasts = (left / ahead.growth.max(1.0)).floor();
        if lasts < 0.0 {
            Outlook::Stopped
        } else if lasts <= WARNED_BEFORE {
            Outlook::StopsSoon { at: now + Duration::seconds(breaks.after(lasts) as i64) }
        } else {
            Outlook::Open
        }
    }

    /// Where nobody calls people at present, whoever waits waits all the same: the counters that are open are reckoned
    /// as if their agents were back, and if none is open all that the site has. Only the clock counts where there is
    /// no counter at all.
    fn ahead(&self, service: &ServiceId, known: impl FnOnce() -> Option<Wait>, now: Time) -> Ahead {
        let somebody = self.somebody(service, now);
        // Where nothing follows, the first call is the last.
        let known = somebody.then.is_empty().then(known);
        let wait = |staffing| match known {
            Some(known) if staffing == Staffing::Present => known,
            _ => self.wait_with(&somebody, staffing, Until::CalledLast, now),
        };
        let all = [Staffing::Present, Staffing::Back, Staffing::Everywhere].into_iter();
        let found = all.filter_map(|staffing| Some((staffing, wait(staffing)?.high))).next();
        let model = Model::new(self, Some(&somebody), now);
        let model = model.with(found.map_or(Staffing::Present, |(staffing, _)| staffing));
        let (hall, _) = model.hall();
        let last = Load::of(&model, &hall, somebody.then.last().unwrap_or(service));
        let Some((_, wait)) = found else {
            return Ahead { wait: 0.0, growth: 1.0, reception: last.reception() };
        };
        let wait = hall.breaks.worked(wait);
        let services = std::iter::once(service).chain(&somebody.then);
        let loads = services.map(|service| Load::of(&model, &hall, service));
        let worst = loads.map(|load| (load.delay(wait), load.growth()));
        let (delay, growth) = worst.fold((0.0, 0.0), |a, b| (f64::max(a.0, b.0), f64::max(a.1, b.1)));
        Ahead { wait: wait + delay, growth, reception: last.reception() }
    }
}

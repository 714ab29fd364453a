//! What a kiosk holds of a site: its configuration, the day's visits, the bookings of the days ahead. Of
//! other bookings only where and when, and of agents nothing.

use crate::{AgentId, Booking, Branch, Event, ServiceDay, Site, booking::Elsewhere};
use uuid::Uuid;

/// For how many days ahead a kiosk holds the bookings, beside today's.
pub const DAYS_AHEAD: i64 = 3;

/// Who sits at a counter is none of a kiosk's business.
const SOMEBODY: AgentId = AgentId(Uuid::nil());

impl Branch {
    /// What a kiosk starts from.
    pub fn for_kiosk(&self) -> Branch {
        let mut kiosk = self.clone();
        kiosk.counters.values_mut().for_each(|counter| counter.agent = SOMEBODY);
        let (Some(site), Some(today)) = (&self.site, self.day) else { return kiosk };
        kiosk.bookings.retain(|key, booking| {
            let near = is_near(booking, site, today);
            if !near {
                let day = site.day(booking.slot);
                kiosk.elsewhere.insert(*key, Elsewhere { site: site.id.clone(), day });
            }
            near
        });
        kiosk
    }
}

impl Event {
    /// What a kiosk hears of a decision, so that it holds what [`Branch::for_kiosk`] would give it.
    pub fn for_kiosk(self, branch: &Branch) -> Event {
        match (self, &branch.site, branch.day) {
            (Self::BookingRecorded { booking }, Some(site), Some(today))
                if !is_near(&booking, site, today) =>
            {
                Self::BookingsElsewhere {
                    site: site.id.clone(),
                    day: site.day(booking.slot),
                    keys: vec![booking.key],
                }
            }
            (Self::CounterOpened { counter, .. }, ..) => Self::CounterOpened { counter, agent: SOMEBODY },
            (event, ..) => event,
        }
    }
}

fn is_near(booking: &Booking, site: &Site, today: ServiceDay) -> bool {
    today.days_until(site.day(booking.slot)) <= DAYS_AHEAD
}

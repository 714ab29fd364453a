//! In which order people are called: a file that says what to try.

use domain::{Branch, CounterId, Site, Time, Visit, VisitId};
use serde::Deserialize;

/// An order of calls, and settings to try with it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What the report calls it.
    pub name: String,
    /// Who is next.
    pub order: Order,
    /// Whether holders of a priority card go before everybody else, as the law asks.
    #[serde(default = "yes")]
    pub priority_first: bool,
    /// Instead of what the services say: booked visitors should be called so long after their slot.
    pub target_booked_minutes: Option<u16>,
    /// Instead of what the services say: everybody else should be called so long after their arrival.
    pub target_other_minutes: Option<u16>,
}

/// Who is next among those who wait and whom a counter can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The product's own: [`domain::order`].
    Deadline,
    /// First come, first served.
    Arrival,
    /// The slot of whoever has one, also of the late; the arrival of everybody else.
    Slot,
    /// Everybody with a booking before everybody without, then as [`Order::Slot`].
    AppointmentsFirst,
    /// Two lists, as the appointment system of Munich and Berlin (ZMS) merges them. An appointment is due two minutes
    /// before its time, and the slot counts also for the late. Who is next: whoever has a card and no booking; the
    /// first appointment that is due; whoever has no booking. If the first appointment that is due is still in the
    /// future nobody is called, and whoever is not due is never called, however many counters are idle.
    ///
    /// That system has three priorities for each visitor; here a card is 1, a booking 2, no booking 3, as it sets by
    /// default. Not played: the second priority for people without a booking, who go before an appointment that they
    /// came before, as nobody gives it here; that it calls people with a booking who have not come, as everybody here
    /// has; that it calls nobody again within five minutes, as nobody is called twice; and that all counters of a site
    /// have one queue, as each here has its own services.
    TwoLists,
}

/// An appointment is due so long before its time, in seconds.
const DUE_BEFORE: i64 = 120;

fn yes() -> bool {
    true
}

impl Policy {
    /// The policies that come with the program, ours first.
    pub fn shipped() -> Vec<Self> {
        let files = [
            include_str!("../../../samples/policies/deadline.toml"),
            include_str!("../../../samples/policies/arrival.toml"),
            include_str!("../../../samples/policies/slot.toml"),
            include_str!("../../../samples/policies/appointments-first.toml"),
            include_str!("../../../samples/policies/two-lists.toml"),
            include_str!("../../../samples/policies/arrival-priority.toml"),
            include_str!("../../../samples/policies/slot-priority.toml"),
            include_str!("../../../samples/policies/appointments-first-priority.toml"),
        ];
        files.into_iter().filter_map(|text| toml::from_str(text).ok()).collect()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, in words for the operator.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let place = line.map_or_else(String::new, |line| format!("line {line}: "));
            format!("{place}{}", error.message())
        })
    }

    /// The site with the settings to try.
    pub fn settings(&self, site: &Site) -> Site {
        let mut site = site.clone();
        for service in site.services.values_mut() {
            service.target_booked_minutes =
                self.target_booked_minutes.unwrap_or(service.target_booked_minutes);
            service.target_other_minutes = self.target_other_minutes.unwrap_or(service.target_other_minutes);
        }
        site
    }

    /// Who is called to a counter that is free; `None` if it calls nobody.
    pub fn next(&self, branch: &Branch, counter: CounterId, now: Time) -> Option<VisitId> {
        let present = || branch.within_reach(counter, now);
        let first = |visit: &Visit| !(self.priority_first && visit.priority);
        let slot = |visit: &Visit| visit.booked.map_or(visit.arrival, |booked| booked.slot);
        let next = match self.order {
            Order::Deadline => branch.next_for(counter, now),
            Order::Arrival => present().min_by_key(|visit| (first(visit), visit.arrival, visit.id)),
            Order::Slot => present().min_by_key(|visit| (first(visit), slot(visit), visit.id)),
            Order::AppointmentsFirst => {
                present().min_by_key(|visit| (first(visit), visit.booked.is_none(), slot(visit), visit.id))
            }
            Order::TwoLists => {
                let due = present()
                    .filter(|visit| visit.booked.is_some() && (slot(visit) - now).num_seconds() <= DUE_BEFORE)
                    .min_by_key(|visit| (first(visit), slot(visit), visit.id));
                let walk_in = present()
                    .filter(|visit| visit.booked.is_none())
                    .min_by_key(|visit| (first(visit), visit.arrival, visit.id));
                let next = walk_in.filter(|visit| !first(visit)).or(due).or(walk_in);
                next.filter(|visit| slot(visit) <= now)
            }
        };
        next.map(|visit| visit.id)
    }

    /// From when on a booked visitor who is present can be called, where that is not at once.
    pub fn callable_from(&self, slot: Time) -> Option<Time> {
        (self.order == Order::TwoLists).then_some(slot)
    }
}

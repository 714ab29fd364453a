//! Who comes on a day, and who sits at the counters.

use crate::sample_day::{SampleBooking, SampleDay, SampleWalkIn};
use chrono::{Duration, NaiveDateTime, TimeZone};
use domain::{BookingKey, CounterId, ServiceId, Site, Time, site::Counter};

/// A day to be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The hall.
    pub site: Site,
    /// Who has a booking, whether they come or not.
    pub expected: Vec<Expected>,
    /// Who comes, in any order.
    pub visitors: Vec<Visitor>,
    /// Who sits where, and when.
    pub shifts: Vec<Shift>,
}

/// A booking of the day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Which.
    pub key: BookingKey,
    /// For when.
    pub slot: Time,
    /// What for.
    pub service: ServiceId,
}

/// Somebody who comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Visitor {
    /// When they come to the kiosk.
    pub arrival: Time,
    /// The booking that they show.
    pub booking: Option<BookingKey>,
    /// What for: first this, then the others, each with how long it takes from the call to the end.
    pub services: Vec<(ServiceId, Duration)>,
    /// Holds a priority card.
    pub priority: bool,
}

/// An agent at a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Where.
    pub counter: CounterId,
    /// Calls people from here on.
    pub from: Time,
    /// Calls nobody from here on; `None`: until nobody is left.
    pub until: Option<Time>,
}

/// From the call to the beginning, in minutes: people walk (an assumption; no figure is published).
const WALKING_MINUTES: f64 = 0.6;

impl Day {
    /// A day of the sample, with an agent at each of the site's counters from the opening until nobody is left.
    pub fn generated(site: &Site, sample: &SampleDay) -> Self {
        let time = |local: NaiveDateTime| {
            let time = site.zone.from_local_datetime(&local).earliest();
            time.map_or_else(|| local.and_utc(), |time| time.to_utc())
        };
        let lasts = |minutes: f64| Duration::seconds(((minutes + WALKING_MINUTES) * 60.0).round() as i64);
        let key = |place: usize| BookingKey((place as u128 + 1).to_be_bytes());
        let booked = |(place, booking): (usize, &SampleBooking)| Expected {
            key: key(place),
            slot: time(booking.slot),
            service: ServiceId::new(booking.service),
        };
        let comes = |(place, booking): (usize, &SampleBooking)| {
            Some(Visitor {
                arrival: time(booking.arrival?),
                booking: Some(key(place)),
                services: vec![(ServiceId::new(booking.service), lasts(booking.service_minutes))],
                priority: booking.priority,
            })
        };
        let walks_in = |walk_in: &SampleWalkIn| Visitor {
            arrival: time(walk_in.arrival),
            booking: None,
            services: vec![(ServiceId::new(walk_in.service), lasts(walk_in.service_minutes))],
            priority: walk_in.priority,
        };
        let visitors = sample.bookings.iter().enumerate().filter_map(comes);
        let visitors: Vec<Visitor> = visitors.chain(sample.walk_ins.iter().map(walks_in)).collect();
        let first = visitors.iter().map(|visitor| visitor.arrival).min();
        let from = first.map(|first| site.opens_next(first).unwrap_or(first)).unwrap_or_default();
        Self {
            shifts: site
                .counters
                .keys()
                .map(|counter| Shift { counter: *counter, from, until: None })
                .collect(),
            expected: sample.bookings.iter().enumerate().map(booked).collect(),
            site: site.clone(),
            visitors,
        }
    }
}

/// The site with a number of its counters, the rest without agents. Those are left out whose services most others
/// give as well.
pub fn with_counters(site: &Site, count: usize) -> Site {
    let mut site = site.clone();
    let others = |site: &Site, out: &CounterId, service: &ServiceId| {
        site.counters.keys().filter(|other| *other != out && site.can_serve(**other, service)).count()
    };
    while site.counters.len() > count.max(1) {
        let spared = |counter: &CounterId, gives: &Counter| {
            gives.serves.iter().map(|service| others(&site, counter, service)).min()
        };
        let most = site.counters.iter().max_by_key(|(counter, gives)| (spared(counter, gives), **counter));
        let Some(out) = most.map(|(counter, _)| *counter) else { break };
        site.counters.remove(&out);
    }
    site
}

/// The site with so many counters in the proportions that it has, for a hall that is larger.
pub fn scaled_to(site: &Site, count: u16) -> Site {
    let kinds: Vec<Counter> = site.counters.values().cloned().collect();
    let counters = (0..count).map(|place| {
        let kind = usize::from(place) * kinds.len() / usize::from(count.max(1));
        (CounterId(place + 1), kinds[kind].clone())
    });
    Site { counters: counters.collect(), ..site.clone() }
}

/// The site as if every agent could do everything.
pub fn as_one_pool(site: &Site) -> Site {
    let all: std::collections::BTreeSet<ServiceId> = site.services.keys().cloned().collect();
    let mut site = site.clone();
    site.counters.values_mut().for_each(|counter| counter.serves.clone_from(&all));
    site
}

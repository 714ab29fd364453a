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
    /// Leaves then, if nobody has called before.
    pub leaves: Option<Time>,
    /// Answers no call: the counter waits as long as the first of the services says, and then takes somebody else.
    pub is_gone: bool,
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
    /// A day of the sample, with an agent at each of the site's counters from the opening until nobody is left. The
    /// site's limits do not count: everybody who comes is received, under every policy.
    pub fn generated(site: &Site, sample: &SampleDay) -> Self {
        let site = without_limits(site.clone());
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
                leaves: None,
                is_gone: false,
            })
        };
        let walks_in = |walk_in: &SampleWalkIn| Visitor {
            arrival: time(walk_in.arrival),
            booking: None,
            services: vec![(ServiceId::new(walk_in.service), lasts(walk_in.service_minutes))],
            priority: walk_in.priority,
            leaves: None,
            is_gone: false,
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
            visitors,
            site,
        }
    }
}

/// The site as it takes everybody who comes: whom a limit keeps out depends on the day, and days are compared.
pub(super) fn without_limits(mut site: Site) -> Site {
    for walk_in in site.services.values_mut().filter_map(|service| service.walk_in.as_mut()) {
        (walk_in.daily_limit, walk_in.stop_before_closing_minutes) = (None, None);
    }
    site
}

/// The site with a number of counters. Where that is fewer than it has, those are left out whose services most others
/// give as well; where it is more, they are of its kinds in its proportions.
pub fn with_counters(site: &Site, count: u16) -> Site {
    let kinds: Vec<&Counter> = site.counters.values().collect();
    if usize::from(count) > kinds.len() && !kinds.is_empty() {
        let kind = |place: u16| kinds[usize::from(place) * kinds.len() / usize::from(count)].clone();
        let counters = (0..count).map(|place| (CounterId(place + 1), kind(place))).collect();
        return Site { counters, ..site.clone() };
    }
    let mut site = site.clone();
    while site.counters.len() > usize::from(count.max(1)) {
        let others = |out: CounterId, service: &ServiceId| {
            site.counters.keys().filter(|other| **other != out && site.can_serve(**other, service)).count()
        };
        let spared = |counter: CounterId, gives: &Counter| {
            gives.serves.iter().map(|service| others(counter, service)).min()
        };
        let most = site.counters.iter().max_by_key(|(counter, gives)| (spared(**counter, gives), **counter));
        let Some(out) = most.map(|(counter, _)| *counter) else { break };
        site.counters.remove(&out);
    }
    site
}

/// The site with minutes for each service that are wrong by a factor, as in a configuration that nobody compared with
/// the counters.
pub fn with_minutes_off(site: &Site, factor: f64) -> Site {
    let mut site = site.clone();
    for service in site.services.values_mut() {
        service.minutes =
            (f64::from(service.minutes) * factor).round().clamp(1.0, f64::from(u16::MAX)) as u16;
    }
    site
}

/// The site as if every agent could do everything.
pub fn as_one_pool(site: &Site) -> Site {
    let all: std::collections::BTreeSet<ServiceId> = site.services.keys().cloned().collect();
    let mut site = site.clone();
    site.counters.values_mut().for_each(|counter| counter.serves.clone_from(&all));
    site
}

//! Bookings that a file or a booking tool brought.

use super::{WriteError, Writer};
use crate::store::{Person, people};
use domain::{Actor, Booking, BookingKey, BookingStatus, Branch, Command, Event, ServiceDay, Site, SiteId};
use std::collections::{BTreeMap, BTreeSet};

/// What a list of bookings changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// How many bookings are new or different now.
    pub changed: usize,
    /// The same as before.
    pub unchanged: usize,
    /// Known for a day of the file, standing, and not in the file: they stay as they are.
    pub missing: usize,
}

impl Writer {
    /// Records bookings with the persons behind them, all or none. Other sites of this server learn
    /// where they are, so that « wrong site » can be told. A dry run changes nothing and tells what would.
    ///
    /// # Errors
    /// That they could not be stored.
    pub async fn bookings(
        &self,
        site: SiteId,
        bookings: Vec<(Booking, Person)>,
        dry_run: bool,
    ) -> Result<Change, WriteError> {
        self.run(move |unit| {
            let known = unit.branch(&site)?;
            let mut changed = 0;
            let mut days: BTreeMap<ServiceDay, Vec<BookingKey>> = BTreeMap::new();
            for (booking, person) in &bookings {
                let is_known = known.bookings.get(&booking.key) == Some(booking);
                let same_person = people::get(unit.db, &site, booking.key)?.as_ref() == Some(person);
                changed += usize::from(!(is_known && same_person));
                if let Some(site) = known.site.as_ref().filter(|_| !is_known) {
                    days.entry(site.day(booking.slot)).or_default().push(booking.key);
                }
            }
            let missing = known.site.as_ref().map_or(0, |site| missing(site, known, &bookings));
            let change = Change { changed, unchanged: bookings.len() - changed, missing };
            if dry_run {
                return Ok(change);
            }
            for (booking, person) in &bookings {
                people::put(unit.db, &site, booking.key, person)?;
            }
            let list = bookings.into_iter().map(|(booking, _)| booking).collect();
            let recorded = unit.decide(&site, &Command::RecordBookings(list), Actor::Operator)?;
            tracing::info!(
                site = site.as_str(),
                recorded =
                    recorded.iter().filter(|r| matches!(r.event, Event::BookingRecorded { .. })).count(),
                "bookings recorded"
            );
            for other in unit.sites().into_iter().filter(|other| *other != site) {
                for (day, keys) in &days {
                    let elsewhere =
                        Command::RecordElsewhere { site: site.clone(), day: *day, keys: keys.clone() };
                    unit.decide(&other, &elsewhere, Actor::Operator)?;
                }
            }
            Ok(change)
        })
        .await
    }
}

/// How many bookings of the list's days are not in the list. A list that was cut off between two lines
/// looks whole: this number is what tells.
fn missing(site: &Site, known: &Branch, list: &[(Booking, Person)]) -> usize {
    let days: BTreeSet<ServiceDay> = list.iter().map(|(booking, _)| site.day(booking.slot)).collect();
    let named: BTreeSet<BookingKey> = list.iter().map(|(booking, _)| booking.key).collect();
    let stands = |booking: &&Booking| booking.status == BookingStatus::Booked;
    let of_these_days = known.bookings.values().filter(|booking| days.contains(&site.day(booking.slot)));
    of_these_days.filter(stands).filter(|booking| !named.contains(&booking.key)).count()
}

//! Bookings that a file or a booking tool brought.

use super::{WriteError, Writer};
use crate::store::{Person, people};
use domain::{Actor, Booking, BookingKey, Command, Event, ServiceDay, SiteId};
use std::collections::BTreeMap;

/// How many bookings were new or changed, and how many were known as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// New or different now.
    pub changed: usize,
    /// The same as before.
    pub unchanged: usize,
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
            let change = Change { changed, unchanged: bookings.len() - changed };
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

//! Bookings for a test, as a booking tool would export them.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::{Europe::Paris, Tz};
use std::fmt::Write;

/// A day's bookings and the time at which the test begins.
#[derive(Clone, Debug)]
pub struct Day {
    /// The training clock's start.
    pub start: DateTime<Tz>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    reference: String,
    slot: DateTime<Tz>,
    service: String,
    status: &'static str,
}

impl Day {
    /// Today at a time of day in Paris, such as `09:40`.
    ///
    /// # Panics
    /// If it is not a time that exists today.
    pub fn at(time: &str) -> Self {
        let time =
            NaiveTime::parse_from_str(time, "%H:%M").unwrap_or_else(|_| panic!("`{time}` is not a time"));
        let start = Paris.from_local_datetime(&today().and_time(time)).single();
        Self { start: start.unwrap_or_else(|| panic!("{time} does not exist today")), rows: Vec::new() }
    }

    /// Adds a booking so many minutes after the start; negative is before.
    pub fn booked(mut self, reference: &str, minutes: i64, service: &str) -> Self {
        self.rows.push(Row {
            reference: reference.to_owned(),
            slot: self.start + Duration::minutes(minutes),
            service: service.to_owned(),
            status: "Confirmé",
        });
        self
    }

    /// Adds many bookings `PREFIX1`, `PREFIX2`, … all due at the start.
    pub fn crowd(mut self, prefix: &str, count: usize, service: &str) -> Self {
        for number in 1..=count {
            self = self.booked(&format!("{prefix}{number}"), 0, service);
        }
        self
    }

    /// Marks the last booking as cancelled.
    pub fn cancelled(mut self) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.status = "Annulé";
        }
        self
    }

    /// The export.
    pub fn to_csv(&self) -> String {
        let mut csv = String::from(
            "N° de rendez-vous;Date;Heure;Motif;Nom;Prénom;Téléphone;Courriel;Nombre de personnes;Statut\r\n",
        );
        for row in &self.rows {
            let (date, time) = (row.slot.format("%d/%m/%Y"), row.slot.format("%H:%M"));
            let Row { reference, service, status, .. } = row;
            // Writing to a string cannot fail.
            let _written = write!(csv, "{reference};{date};{time};{service};Doe;Ada;;;1;{status}\r\n");
        }
        csv
    }

    /// The start as the server takes it.
    pub fn training_clock(&self) -> String {
        self.start.to_rfc3339()
    }
}

/// Today in Paris.
#[expect(clippy::disallowed_methods, reason = "the one place where the tests read the date")]
pub fn today() -> NaiveDate {
    Utc::now().with_timezone(&Paris).date_naive()
}

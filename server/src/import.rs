//! A day's bookings from a CSV file, as booking tools export them. Pure: bytes in, bookings and faults
//! out. Every line that cannot be used is named; loading all or nothing is the caller's decision.

mod mapping;
mod table;
mod when;

pub use mapping::Mapping;
pub(crate) use mapping::fold;

use crate::store::Person;
use chrono::{LocalResult, NaiveDateTime, TimeZone};
use domain::{Booking, BookingKey, BookingStatus, Party, Site, Time};
use mapping::{Columns, Field};
use protocol::{LookupSecret, control::LineFault};
use std::collections::BTreeMap;
use table::Row;

/// The most characters of a field: a longer one is not what its header says.
const FIELD_CHARS_MAX: usize = 200;
/// Nobody books further ahead, in days.
const DAYS_AHEAD_MAX: i64 = 2 * 365;
/// The most applicants of one booking: more is a mistake in the file.
const PARTY_MAX: u8 = 20;

/// A booking with the line it came from and the person behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedBooking {
    /// Where its record begins, counted from 1, the header included.
    pub line: u64,
    /// What the queue needs.
    pub booking: Booking,
    /// Who it is, with the reference as the tool writes it.
    pub person: Person,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedFile {
    /// Every line that can be used.
    pub bookings: Vec<ImportedBooking>,
    /// Every line that cannot, and why.
    pub faults: Vec<LineFault>,
}

/// Reads a file: UTF-8 with or without a byte order mark, UTF-16 with one, or else Windows-1252; separated
/// by semicolons, commas or tabs; with quoted fields. A booking that is repeated word for word counts once.
pub fn parse(bytes: &[u8], mapping: &Mapping, site: &Site, secret: &LookupSecret) -> ParsedFile {
    let mut file = ParsedFile::default();
    let table = match table::read(bytes) {
        Ok(table) => table,
        Err((line, reason)) => {
            file.faults.push(LineFault { line, reason });
            return file;
        }
    };
    let header = &table.header;
    let illegible = || header.fields.iter().find_map(|title| legible(title).err());
    if let Some(reason) = header.fault.clone().or_else(illegible) {
        let reason = format!("the header {reason}: is this a CSV file?");
        file.faults.push(LineFault { line: header.line, reason });
        return file;
    }
    let columns = match mapping.columns(&header.fields) {
        Ok(columns) => columns,
        Err(reasons) => {
            let line = header.line;
            file.faults.extend(reasons.into_iter().map(|reason| LineFault { line, reason }));
            return file;
        }
    };
    let mut seen: BTreeMap<BookingKey, usize> = BTreeMap::new();
    for row in &table.rows {
        let line = Line { row, separator: table.separator, columns: &columns, mapping, site, secret };
        match line.booking() {
            Ok(booking) => match seen.get(&booking.booking.key).map(|place| &file.bookings[*place]) {
                // Tools that export a line per applicant repeat the booking: nothing is lost.
                Some(first) if first.booking == booking.booking && first.person == booking.person => {}
                Some(first) => {
                    let day = |line: &ImportedBooking| site.day(line.booking.slot);
                    let other = if day(first) == day(&booking) {
                        ", and says something else"
                    } else {
                        " on another day: export one day at a time, or map another column as the reference"
                    };
                    let reason = format!("has the reference of line {}{other}", first.line);
                    file.faults.push(LineFault { line: row.line, reason });
                }
                None => {
                    seen.insert(booking.booking.key, file.bookings.len());
                    file.bookings.push(booking);
                }
            },
            Err(reason) => file.faults.push(LineFault { line: row.line, reason }),
        }
    }
    file
}

/// One line with all that is needed to understand it.
struct Line<'a> {
    row: &'a Row,
    separator: char,
    columns: &'a Columns,
    mapping: &'a Mapping,
    site: &'a Site,
    secret: &'a LookupSecret,
}

impl Line<'_> {
    fn booking(&self) -> Result<ImportedBooking, String> {
        self.row.fault.clone().map_or(Ok(()), Err)?;
        if self.row.fields.len() != self.columns.width {
            let (found, wanted) = (self.row.fields.len(), self.columns.width);
            return Err(format!(
                "has {found} fields instead of {wanted}: is the file torn, or a quote not closed?"
            ));
        }
        self.row.fields.iter().try_for_each(|field| legible(field))?;
        self.no_line_is_inside_a_field()?;
        let reference = self.field(Field::Reference).ok_or("has no reference")?.to_owned();
        let wrong = || format!("`{}` cannot be a reference{}", reference.escape_debug(), hint(&reference));
        let key = self.secret.key(&reference).filter(|_| reference.chars().all(may_stand_in_reference));
        let key = key.ok_or_else(wrong)?;
        let booking = Booking {
            key,
            slot: self.slot()?,
            service: self.service()?,
            party: Party::of(self.party()?),
            status: self.status()?,
        };
        let text = |field| self.field(field).map(str::to_owned);
        let person = Person {
            reference,
            last_name: text(Field::LastName),
            first_name: text(Field::FirstName),
            phone: text(Field::Phone),
            email: text(Field::Email),
            birth_date: self.birth_date()?,
        };
        Ok(ImportedBooking { line: self.row.line, booking, person })
    }

    /// Two stray quotes in different lines make one field of all that is between them. Nothing that is used
    /// needs a line end; a comment that nobody reads may have some, but not as many fields as a line has.
    fn no_line_is_inside_a_field(&self) -> Result<(), String> {
        let has_end = |text: &str| text.contains(table::is_line_end);
        if self.columns.places.keys().any(|field| self.field(*field).is_some_and(has_end)) {
            return Err("has a line end inside a field: is there a quote too many, or one too few?".into());
        }
        let is_lines =
            |text: &&String| has_end(text) && text.matches(self.separator).count() + 1 >= self.columns.width;
        match self.row.fields.iter().find(is_lines) {
            Some(_) => {
                Err("has whole lines inside a field: is there a quote too many, or one too few?".into())
            }
            None => Ok(()),
        }
    }

    /// A field that is there and not empty. Exports write `="0123"` so that a spreadsheet keeps the zero.
    fn field(&self, field: Field) -> Option<&str> {
        let text = self.row.fields.get(*self.columns.places.get(&field)?)?.trim();
        let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim();
        (!text.is_empty()).then_some(text)
    }

    fn slot(&self) -> Result<Time, String> {
        let date = self.field(Field::Date).ok_or("has no date")?;
        let (date, time) = match (self.columns.places.contains_key(&Field::Time), self.field(Field::Time)) {
            (true, Some(time)) => (date, time),
            (true, None) => return Err("has no time".into()),
            (false, _) => when::split(date).ok_or_else(|| format!("`{date}` is not a date with a time"))?,
        };
        let local = NaiveDateTime::new(
            when::date(date).ok_or_else(|| format!("`{date}` is not a date"))?,
            when::time(time).ok_or_else(|| format!("`{time}` is not a time"))?,
        );
        match self.site.zone.from_local_datetime(&local) {
            LocalResult::Single(slot) => Ok(slot.to_utc()),
            LocalResult::None => Err(format!("{local} does not exist: the clocks go forward then")),
            LocalResult::Ambiguous(..) => Err(format!("{local} comes twice: the clocks go back then")),
        }
    }

    fn service(&self) -> Result<domain::ServiceId, String> {
        let word = self.field(Field::Service).ok_or("has no service")?;
        self.mapping.service(word, self.site)
    }

    fn party(&self) -> Result<u8, String> {
        let Some(text) = self.field(Field::Party) else { return Ok(1) };
        let party = text.parse().ok().filter(|party| (1..=PARTY_MAX).contains(party));
        party.ok_or_else(|| format!("`{text}` is not a number of persons from 1 to {PARTY_MAX}"))
    }

    fn status(&self) -> Result<BookingStatus, String> {
        let Some(word) = self.field(Field::Status) else { return Ok(BookingStatus::Booked) };
        self.mapping
            .status(word)
            .ok_or_else(|| format!("`{word}` is not a known status (add it to import.statuses)"))
    }

    fn birth_date(&self) -> Result<Option<String>, String> {
        let Some(text) = self.field(Field::BirthDate) else { return Ok(None) };
        let date = when::date(text).ok_or_else(|| format!("`{text}` is not a date of birth"))?;
        Ok(Some(date.to_string()))
    }
}

/// Capitals, digits and a few signs are what booking tools print and codes hold. A letter that only looks
/// like one of them, or that nobody sees, would make a reference that no visitor can show.
fn may_stand_in_reference(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_/.:# ".contains(c)
}

fn hint(reference: &str) -> &'static str {
    let is_rounded = reference.contains("E+") && reference.starts_with(|c: char| c.is_ascii_digit());
    if is_rounded {
        ": a spreadsheet has rounded it; make that column a column of text and export again"
    } else {
        ""
    }
}

/// Bookings that can be loaded and look as if somebody had mistaken a day, a year or a time zone.
pub fn doubts(bookings: &[ImportedBooking], site: &Site, now: Time) -> Vec<LineFault> {
    let today = site.day(now);
    let doubt = |slot: Time| {
        let local = site.local(slot).format("%d/%m/%Y %H:%M");
        match today.days_until(site.day(slot)) {
            ..0 => Some(format!("{local} is over")),
            DAYS_AHEAD_MAX.. => Some(format!("{local} is more than two years ahead")),
            _ if !site.is_open(slot) => Some(format!("{local} is outside the opening hours")),
            _ => None,
        }
    };
    let found = bookings.iter().filter_map(|line| Some((line.line, doubt(line.booking.slot)?)));
    found.map(|(line, reason)| LineFault { line, reason }).collect()
}

/// What a field says can be shown and stored as it is.
fn legible(field: &str) -> Result<(), String> {
    if field.chars().count() > FIELD_CHARS_MAX {
        return Err(format!("has a field of more than {FIELD_CHARS_MAX} characters"));
    }
    if field.contains(char::REPLACEMENT_CHARACTER) {
        return Err("has a character that is not in the file's encoding".into());
    }
    if field.chars().any(|c| c.is_control() && !"\r\n\t".contains(c)) {
        return Err("has a control character in a field".into());
    }
    Ok(())
}

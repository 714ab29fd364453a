//! Direct identifiers, apart from everything else.

use super::StoreError;
use domain::{BookingKey, SiteId};
use rusqlite::{Connection, OptionalExtension, params};

/// Who is behind a booking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The booking's reference, as the booking tool writes it.
    pub reference: String,
    /// Family name.
    pub last_name: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Date of birth, ISO 8601.
    pub birth_date: Option<String>,
}

/// Stores a person; says whether anything changed.
pub(crate) fn put(
    db: &Connection,
    site: &SiteId,
    key: BookingKey,
    person: &Person,
) -> Result<bool, StoreError> {
    if get(db, site, key)?.as_ref() == Some(person) {
        return Ok(false);
    }
    db.prepare_cached(
        "INSERT INTO person (site, booking, reference, last_name, first_name, phone, email, birth_date)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (site, booking) DO UPDATE SET
             reference = excluded.reference, last_name = excluded.last_name, first_name = excluded.first_name,
             phone = excluded.phone, email = excluded.email, birth_date = excluded.birth_date",
    )?
    .execute(params![
        site.as_str(),
        key.to_string(),
        person.reference,
        person.last_name,
        person.first_name,
        person.phone,
        person.email,
        person.birth_date,
    ])?;
    Ok(true)
}

pub(crate) fn get(db: &Connection, site: &SiteId, key: BookingKey) -> Result<Option<Person>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT reference, last_name, first_name, phone, email, birth_date FROM person WHERE site = ?1 AND booking = ?2",
    )?;
    let person = query.query_row(params![site.as_str(), key.to_string()], |row| {
        Ok(Person {
            reference: row.get(0)?,
            last_name: row.get(1)?,
            first_name: row.get(2)?,
            phone: row.get(3)?,
            email: row.get(4)?,
            birth_date: row.get(5)?,
        })
    });
    Ok(person.optional()?)
}

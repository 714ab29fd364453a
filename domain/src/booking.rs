//! Bookings, as far as the queue needs them. Names and references live elsewhere.

use crate::{Party, ServiceId, SiteId, Time, day::ServiceDay};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A keyed hash of a booking's reference: what a kiosk can recognise but not list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct BookingKey(pub [u8; 16]);

impl fmt::Display for BookingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BookingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<BookingKey> for String {
    fn from(key: BookingKey) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for BookingKey {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "a booking key is 32 hexadecimal digits";
        let number = u128::from_str_radix(&text, 16).map_err(|_| WRONG)?;
        if text.len() == 32 { Ok(Self(number.to_be_bytes())) } else { Err(WRONG) }
    }
}

/// Whether a booking still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingStatus {
    /// The visitor is expected.
    Booked,
    /// Cancelled by the visitor or by the office.
    Cancelled,
}

/// A slot promised to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Booking {
    /// The keyed hash of its reference.
    pub key: BookingKey,
    /// When the visitor is expected.
    pub slot: Time,
    /// For what.
    pub service: ServiceId,
    /// Who is expected.
    pub party: Party,
    /// Whether it still stands.
    pub status: BookingStatus,
}

/// What a site knows of a booking that is not for its next days: only enough to say « not today »
/// or « not here ».
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Elsewhere {
    /// Where the visitor is expected.
    pub site: SiteId,
    /// On which day.
    pub day: ServiceDay,
}

//! The frozen envelope of an event. Every version reads it, even if it does not understand the
//! event inside, which is kept and passed on as it came.

use chrono::{DateTime, Datelike, Utc};
use domain::{Branch, DeviceId, Event, EventId, Recorded, ServiceDay, SiteId, TicketNumber};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The version of the envelope and of the events that this program writes.
pub const VERSION: u16 = 1;

/// An event as it is stored and sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope {
    /// Identity, a UUIDv7.
    pub id: EventId,
    /// [`VERSION`] of the program that wrote it.
    pub version: u16,
    /// Whose log.
    pub site: SiteId,
    /// The service day it belongs to.
    pub day: ServiceDay,
    /// The ticket number it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<TicketNumber>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The device that stated it; `None` for a decision of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The event, with its `kind`. Kept as it came, so that what is not understood today can be read
    /// after an upgrade.
    #[schemars(with = "Event")]
    pub body: serde_json::Value,
}

/// Where a fact comes from: its place in the chain of one incarnation of one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Which device.
    pub device: DeviceId,
    /// Which incarnation of its database.
    pub incarnation: Uuid,
    /// Dense, from 1.
    pub seq: u64,
    /// [`Envelope::hash`] of the fact before; zeros for the first.
    pub previous: Hash,
}

impl Origin {
    /// Where a fact says that it comes from, even if it is no envelope.
    pub fn of(raw: &serde_json::Value) -> Option<Self> {
        serde_json::from_value(raw.get("origin")?.clone()).ok()
    }
}

/// A SHA-256 in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Hash(pub String);

impl Hash {
    /// What stands before the first fact of an incarnation.
    pub fn zero() -> Self {
        Self("0".repeat(64))
    }

    /// The link behind a fact that could not be read: nobody knows it, so any fact may follow.
    pub fn unknown() -> Self {
        Self(String::new())
    }

    /// Whether a fact that names `previous` follows here.
    pub fn is_followed_by(&self, previous: &Hash) -> bool {
        *self == Self::unknown() || self == previous
    }
}

/// Whether a year is one that a clock shows, even one that was never set. Nobody can count on from the ends of time,
/// and who sends them wants to see what happens.
pub(crate) fn is_shown_by_clocks(year: i32) -> bool {
    (1900..3000).contains(&year)
}

impl Envelope {
    /// Wraps an event.
    ///
    /// # Errors
    /// Only if the event has no JSON form, which would be a fault of its type.
    pub fn wrap(
        site: SiteId,
        recorded: &Recorded,
        origin: Option<Origin>,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: recorded.id,
            version: VERSION,
            site,
            day: recorded.day,
            number: recorded.event.number().cloned(),
            at: recorded.at,
            origin,
            body: serde_json::to_value(&recorded.event)?,
        })
    }

    /// The event inside, or `None` if a newer program wrote something that this one does not know. What a
    /// newer kiosk stated of a number is read as far as that: its holder can be called.
    pub fn open(&self) -> Option<Recorded> {
        let event = match serde_json::from_value(self.body.clone()) {
            Ok(event) => event,
            Err(_) if self.origin.is_some() => Event::TicketUnread { number: self.number.clone()? },
            Err(_) => return None,
        };
        Some(Recorded { id: self.id, at: self.at, day: self.day, event })
    }

    /// What a kiosk may know of it, and `None` if that has no JSON form. Facts stay as kiosks stated them.
    pub fn for_kiosk(&self, branch: &Branch) -> Option<Self> {
        let mut envelope = self.clone();
        if self.origin.is_none()
            && let Some(recorded) = self.open()
        {
            envelope.body = serde_json::to_value(recorded.event.for_kiosk(branch)).ok()?;
        }
        Some(envelope)
    }

    /// What the event calls itself.
    pub fn kind(&self) -> &str {
        self.body.get("kind").and_then(|kind| kind.as_str()).unwrap_or("unknown")
    }

    /// The envelope as JSON text.
    ///
    /// # Errors
    /// Only if the envelope has no JSON form, which would be a fault of its type.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// An envelope from JSON text.
    ///
    /// # Errors
    /// If the text is not an envelope, or is of a time that no clock shows.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let envelope: Self = serde_json::from_str(text)?;
        if is_shown_by_clocks(envelope.at.year()) && is_shown_by_clocks(envelope.day.0.year()) {
            Ok(envelope)
        } else {
            Err(serde::de::Error::custom("a time that no clock shows"))
        }
    }

    /// The link of the chain: a hash over everything in the envelope.
    pub fn hash(&self) -> Hash {
        // Objects of serde_json are sorted by key, so the same envelope always has the same text.
        let text = serde_json::to_string(self).unwrap_or_default();
        Hash(data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())))
    }
}

//! Identifiers: never bare strings or integers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the code as it is written in the configuration.
            pub fn new(code: impl Into<String>) -> Self {
                Self(code.into())
            }
            /// The code as it is written in the configuration.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! unique {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

code!(
    /// One reception hall, such as `lille`.
    SiteId
);
code!(
    /// A service as the configuration names it, such as `RT`. Never shown to the public.
    ServiceId
);
code!(
    /// A waiting room as the configuration names it, such as `hall`.
    ZoneId
);
code!(
    /// A language by its BCP 47 code, such as `fr`.
    Language
);
code!(
    /// SHA-256, in hexadecimal, of the secret token printed on a ticket to follow it on a phone.
    /// The token itself is only on the paper.
    FollowHash
);
unique!(
    /// One party from check-in to its end. For a booked visit it is derived from the booking
    /// ([`VisitId::of_booking`]), so that two kiosks which know nothing of each other name the
    /// same visit alike.
    VisitId
);
unique!(
    /// One event, once, everywhere.
    EventId
);
unique!(
    /// A kiosk, a board or the server's own desk.
    DeviceId
);
unique!(
    /// A person who works at a counter.
    AgentId
);

impl VisitId {
    /// The visit of a booking: the same from whichever kiosk it is checked in.
    pub fn of_booking(key: &crate::BookingKey) -> Self {
        Self(uuid::Builder::from_custom_bytes(key.0).into_uuid())
    }

    /// The visit of another holder of the same booking, who came to light when this one was over. It is the
    /// same wherever it is found out.
    pub fn next_holder(self) -> Self {
        let next = self.0.as_u128().wrapping_add(1);
        Self(uuid::Builder::from_custom_bytes(next.to_be_bytes()).into_uuid())
    }
}

/// A counter by the number on its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct CounterId(pub u16);

impl fmt::Display for CounterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number, or the text of one: as the key of an object it cannot be anything else.
impl<'de> Deserialize<'de> for CounterId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number;
        impl serde::de::Visitor<'_> for Number {
            type Value = CounterId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of a counter")
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<CounterId, E> {
                let wrong = || E::invalid_value(serde::de::Unexpected::Unsigned(number), &self);
                u16::try_from(number).map(CounterId).map_err(|_| wrong())
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<CounterId, E> {
                text.parse().map(CounterId).map_err(E::custom)
            }
        }
        from.deserialize_any(Number)
    }
}

impl TryFrom<String> for CounterId {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

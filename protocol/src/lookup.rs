//! Recognising a reference without being able to list references.

use domain::{BookingKey, FollowHash};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The key under which references are hashed, one for a server and all its kiosks. Kept by the
/// server and handed to kiosks when they are paired.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LookupSecret(String);

/// The longest reference that is looked up, in characters. Booking tools use 6 to 40; a longer code
/// is not a reference.
pub const REFERENCE_CHARS_MAX: usize = 200;

impl LookupSecret {
    /// A secret from 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(data_encoding::HEXLOWER.encode(&bytes))
    }

    /// The secret from the text in which it is stored.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text in which the secret is stored.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// The key of a reference, however it was typed: spaces and case do not count. `None` if the
    /// text cannot be a reference.
    pub fn key(&self, reference: &str) -> Option<BookingKey> {
        let normal = normalise(reference)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).ok()?;
        mac.update(normal.as_bytes());
        let hash = mac.finalize().into_bytes();
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        Some(BookingKey(key))
    }
}

impl std::fmt::Debug for LookupSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LookupSecret(..)")
    }
}

/// A reference as it is compared: capitals without spaces.
pub fn normalise(reference: &str) -> Option<String> {
    let normal: String =
        reference.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
    let right = !normal.is_empty()
        && normal.chars().count() <= REFERENCE_CHARS_MAX
        && !normal.chars().any(char::is_control);
    right.then_some(normal)
}

/// The hash under which the log knows a ticket's secret token.
pub fn follow_hash(token: &str) -> FollowHash {
    FollowHash::new(data_encoding::HEXLOWER.encode(&Sha256::digest(token.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_however_it_was_typed() {
        let secret = LookupSecret::new([7; 32]);
        assert_eq!(secret.key("rdv-59 ab12"), secret.key("RDV-59AB12"));
        assert_ne!(secret.key("RDV-59AB12"), secret.key("RDV-59AB13"));
        assert_ne!(secret.key("RDV-59AB12"), LookupSecret::new([8; 32]).key("RDV-59AB12"));
    }

    #[test]
    fn what_cannot_be_a_reference_has_no_key() {
        let secret = LookupSecret::new([7; 32]);
        assert_eq!(secret.key("  "), None);
        assert_eq!(secret.key(&"A".repeat(201)), None);
        assert_eq!(secret.key("AB\u{7}C"), None);
    }
}

//! Any of our types as JSON text, for what is stored or sent whole: answers to commands, a board's memory.

use serde::{Serialize, de::DeserializeOwned};

/// A value as text.
///
/// # Errors
/// Only if it has no JSON form, which would be a fault of its type.
pub fn to_text(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

/// A value from its text.
///
/// # Errors
/// If the text is no such value.
pub fn from_text<A: DeserializeOwned>(text: &str) -> Result<A, serde_json::Error> {
    serde_json::from_str(text)
}

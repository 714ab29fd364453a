//! Answers to commands as the server keeps them, so that a repeat gets the same.

use serde::{Serialize, de::DeserializeOwned};

/// An answer as text.
///
/// # Errors
/// Only if it has no JSON form, which would be a fault of its type.
pub fn to_json(answer: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(answer)
}

/// An answer from its text.
///
/// # Errors
/// If the text is no such answer.
pub fn from_json<A: DeserializeOwned>(text: &str) -> Result<A, serde_json::Error> {
    serde_json::from_str(text)
}

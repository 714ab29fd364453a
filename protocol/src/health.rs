//! Whether a server works.

use serde::{Deserialize, Serialize};

/// The server works; anything else is a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: String,
    /// The version of the program.
    pub version: String,
    /// How many sites it serves.
    pub sites: usize,
}

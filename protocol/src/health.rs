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
    /// The room left for its data, in megabytes: what to alarm on before it is none.
    pub disk_free_mb: u64,
}

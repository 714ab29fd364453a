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
    /// What became of the last backup.
    pub backup: Backup,
    /// Whether a site still waits for what its devices know, after the server was restored.
    pub recovering: bool,
}

/// What became of the last backup of a running server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Backup {
    /// None is configured.
    Off,
    /// None was due since the start.
    Pending,
    /// It was made and is whole.
    Good,
    /// It could not be made: see the server's log.
    Failed,
}

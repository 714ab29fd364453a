//! How long people wait at a site, for whoever wants to know: boards, pages of the web, agents' programs.

use chrono::{DateTime, Utc};
use domain::{
    ServiceId, Text,
    forecast::{Outlook, WaitRange},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The waits of a site, worked out anew every few seconds while something happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waits {
    /// The server's clock when they were worked out.
    pub at: DateTime<Utc>,
    /// Every service of the site, by its code.
    pub services: Vec<ServiceWait>,
}

/// What is known of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceWait {
    /// Its code.
    pub service: ServiceId,
    /// Its neutral name.
    pub label: Text,
    /// How many visits wait for it.
    pub waiting: u32,
    /// How long somebody would wait who came now; none if nobody can tell, as while no counter that gives it is
    /// open.
    pub wait: Option<WaitRange>,
    /// Whether people without an appointment can still be received today; none if the service is by appointment
    /// only.
    pub without_appointment: Option<Outlook>,
}

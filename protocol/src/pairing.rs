//! Enrolling a device: a code that works once and for ten minutes, against a token of its own.

use crate::LookupSecret;
use domain::{DeviceId, LaneCode, SiteId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a device is for, and so what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// Checks people in; may look up one exact reference, state facts and read the site's stream.
    Kiosk,
    /// Shows calls; may read the calls and nothing else.
    Board,
}

/// A device asks to be enrolled.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PairRequest {
    /// The code that an administrator made.
    pub code: String,
    /// The present incarnation of the device's database: any UUID, new with every new database.
    pub incarnation: Uuid,
}

/// A device is enrolled.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Paired {
    /// Its identity.
    #[schema(value_type = Uuid)]
    pub device: DeviceId,
    /// What it is for.
    pub kind: DeviceKind,
    /// Its site.
    #[schema(value_type = String)]
    pub site: SiteId,
    /// What it is called, such as `hall`.
    pub name: String,
    /// Its secret, sent as `Authorization: Bearer …`.
    pub token: String,
    /// Kiosks only: the series of numbers of this incarnation.
    #[schema(value_type = Option<String>)]
    pub lane: Option<LaneCode>,
    /// Kiosks only: how references are hashed.
    #[schema(value_type = Option<String>)]
    pub lookup: Option<LookupSecret>,
    /// Where visitors can follow their ticket on a phone, if the site has such an address.
    pub follow_url: Option<String>,
}

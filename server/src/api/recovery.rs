//! After a restore: devices hand back what they know of the log that was lost.

use crate::{
    app::App,
    auth::Device,
    error::ApiError,
    extract::{Body, Path},
};
use axum::{Json, extract::State};
use domain::SiteId;
use protocol::{
    pairing::DeviceKind,
    recovery::{CALLS_MAX, HandBack, HandedBack, PART_MAX},
};
use uuid::Uuid;

/// Take back what a device knows of a log that was lost.
///
/// Only while the site recovers, and only from a device that it waits for. A repeat is harmless.
#[utoipa::path(post, path = "/api/v1/sites/{site}/hand-back", params(("site" = String, Path)), request_body = HandBack,
    security(("device" = [])),
    responses((status = 200, body = HandedBack),
              (status = 400, description = "too much at once, or of the log that the server has", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 403, description = "of another site, or a board that hands back more than calls", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 503, description = "nothing was stored: send it again", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn hand_back(
    State(app): State<App>,
    Path(site): Path<SiteId>,
    Device(device): Device,
    Body(part): Body<HandBack>,
) -> Result<Json<HandedBack>, ApiError> {
    if device.site != site {
        return Err(ApiError::Forbidden);
    }
    look_at(&part, device.kind, super::snapshots::epoch(&app.reader)?)?;
    Ok(Json(app.writer.hand_back(device, part).await?))
}

/// Passes if such a device may hand this back to the log that is `present` now.
///
/// # Errors
/// If it is more than the device can know, or of no log that was lost.
pub fn look_at(part: &HandBack, kind: DeviceKind, present: Uuid) -> Result<(), ApiError> {
    let states = !part.events.is_empty() || !part.lanes.is_empty() || part.stated.is_some();
    if kind == DeviceKind::Board && states {
        return Err(ApiError::Forbidden);
    }
    if part.events.len() > PART_MAX || part.calls.len() > CALLS_MAX {
        let most = format!("a part holds at most {PART_MAX} events and {CALLS_MAX} calls");
        return Err(ApiError::BadRequest(most));
    }
    if part.epoch == present && !part.events.is_empty() {
        return Err(ApiError::BadRequest("this is the log that the server has".into()));
    }
    Ok(())
}

//! Facts from kiosks.

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
    upload::{Acknowledged, BATCH_MAX, Upload},
};
use uuid::Uuid;

/// Store facts of a kiosk.
///
/// A repeat is harmless. What cannot be read is stored apart and acknowledged.
#[utoipa::path(post, path = "/api/v1/sites/{site}/facts", params(("site" = String, Path)), request_body = Upload,
    security(("device" = [])),
    responses((status = 200, body = Acknowledged),
              (status = 409, description = "`forked`: the facts do not follow those that the server holds; `other-epoch`: the server was restored, and its snapshot has to be taken first", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 503, description = "nothing was stored: send them again", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn upload(
    State(app): State<App>,
    Path(site): Path<SiteId>,
    device: Device,
    Body(upload): Body<Upload>,
) -> Result<Json<Acknowledged>, ApiError> {
    let device = device.require(DeviceKind::Kiosk, &site)?;
    look_at(&upload, super::snapshots::epoch(&app.reader)?)?;
    let acknowledged = app.writer.facts(device, upload).await?;
    if !acknowledged.rejected_now.is_empty() {
        app.kiosks.rejected_some();
    }
    Ok(Json(acknowledged))
}

/// Passes if facts can be stored in the log that is `present` now.
///
/// # Errors
/// If there are too many, or the kiosk has not heard that its log was lost.
pub fn look_at(upload: &Upload, present: Uuid) -> Result<(), ApiError> {
    if upload.facts.len() > BATCH_MAX {
        return Err(ApiError::BadRequest(format!("a batch holds at most {BATCH_MAX} facts")));
    }
    if upload.epoch.is_some_and(|followed| followed != present) {
        return Err(ApiError::OtherEpoch);
    }
    Ok(())
}

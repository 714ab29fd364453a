//! Is the server there and able to work?

use crate::{app::App, disk, error::ApiError, writer::WriteError};
use axum::{Json, extract::State};
use protocol::health::Health;
use std::time::Duration;

/// For how long a writer that worked is believed to work.
const BELIEVED: Duration = Duration::from_secs(1);

/// Tell whether the database answers, the writer works, the disk has room and the clock is right.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Health), (status = 503, description = "the disk is full, the clock is more than a day behind what was recorded, or the server is busy or stopping", body = protocol::Problem, content_type = "application/problem+json"), (status = 500, body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn health(State(app): State<App>) -> Result<Json<Health>, ApiError> {
    app.reader.read(crate::store::log::ping)?;
    // What may just have changed for the better is tried at once.
    let max_age = if app.reserve.is_missing() { Duration::ZERO } else { BELIEVED };
    app.writer.ping(max_age).await?;
    if app.reserve.is_missing() {
        return Err(WriteError::DiskFull.into());
    }
    let is_behind = |last| app.clock.is_far_behind(last);
    if app.sites.iter().any(|(_, site)| site.live().branch.last_event_at.is_some_and(is_behind)) {
        return Err(ApiError::ClockBehind);
    }
    Ok(Json(Health {
        status: "ok".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        sites: app.sites.iter().count(),
        disk_free_mb: disk::free_megabytes(&app.config.data_dir).map_err(|_| WriteError::Fault)?,
        backup: app.backups.state(&app.config.backups),
        recovering: app.sites.iter().any(|(_, site)| site.live().branch.recovery.is_some()),
    }))
}

/// Give the certificate of the site's own authority.
///
/// Devices compare its fingerprint with the one that the administrator gave them.
#[utoipa::path(get, path = "/api/v1/authority.pem",
    responses((status = 200, content_type = "application/x-pem-file", body = String),
              (status = 404, description = "the certificate comes from elsewhere", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn authority(
    State(app): State<App>,
) -> Result<([(&'static str, &'static str); 1], String), ApiError> {
    let pem = app.identity.authority.ok_or(ApiError::NotFound)?;
    Ok(([("content-type", "application/x-pem-file")], pem))
}

//! What devices start from.

use crate::{app::App, auth::Device, error::ApiError, extract::Path, store::log};
use axum::{Json, extract::State};
use domain::SiteId;
use protocol::{
    Cursor,
    pairing::DeviceKind,
    snapshot::{BoardSnapshot, KioskSnapshot},
};
use uuid::Uuid;

/// Give a kiosk its site: visits without names, bookings without references.
#[utoipa::path(get, operation_id = "kiosk_snapshot", path = "/api/v1/sites/{site}/kiosk/snapshot", params(("site" = String, Path)),
    security(("device" = [])), responses((status = 200, body = KioskSnapshot), (status = 403, body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn kiosk(
    State(app): State<App>,
    Path(id): Path<SiteId>,
    device: Device,
) -> Result<Json<KioskSnapshot>, ApiError> {
    device.require(DeviceKind::Kiosk, &id)?;
    let epoch = epoch(&app)?;
    let live = app.sites.get(&id).ok_or(ApiError::NotFound)?.live();
    let cursor = Cursor { epoch, seq: live.seq };
    Ok(Json(KioskSnapshot { cursor, server_time: app.clock.now(), branch: live.branch.for_kiosk() }))
}

/// Give a board the calls.
#[utoipa::path(get, operation_id = "board_snapshot", path = "/api/v1/sites/{site}/board/snapshot", params(("site" = String, Path)),
    security(("device" = [])), responses((status = 200, body = BoardSnapshot), (status = 403, body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn board(
    State(app): State<App>,
    Path(id): Path<SiteId>,
    device: Device,
) -> Result<Json<BoardSnapshot>, ApiError> {
    device.require(DeviceKind::Board, &id)?;
    let epoch = epoch(&app)?;
    let live = app.sites.get(&id).ok_or(ApiError::NotFound)?.live();
    let site = live.branch.site.as_ref().ok_or(ApiError::NotFound)?;
    Ok(Json(BoardSnapshot {
        cursor: Cursor { epoch, seq: live.seq },
        server_time: app.clock.now(),
        site: id,
        name: site.name.clone(),
        zone: site.zone.name().to_owned(),
        board: super::calls::board(live.branch.board.clone()),
    }))
}

/// The incarnation of the log.
pub(crate) fn epoch(app: &App) -> Result<Uuid, ApiError> {
    let text = app.reader.read(|db| log::meta(db, "epoch"))?.unwrap_or_default();
    text.parse().map_err(|_| crate::store::StoreError::unreadable("the epoch", text).into())
}

//! What devices start from.

use crate::{
    app::App,
    auth::Device,
    error::ApiError,
    extract::Path,
    sites::Site,
    store::{Reader, StoreError, log},
};
use axum::{Json, extract::State};
use domain::{DeviceId, SiteId, Time};
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
    let site = app.sites.get(&id).ok_or(ApiError::NotFound)?;
    Ok(Json(of_kiosk(site, epoch(&app.reader)?, app.clock.now())))
}

/// What a kiosk starts from now.
pub fn of_kiosk(site: &Site, epoch: Uuid, now: Time) -> KioskSnapshot {
    let live = site.live();
    let cursor = Cursor { epoch, seq: live.seq };
    KioskSnapshot { cursor, server_time: now, branch: live.branch.for_kiosk() }
}

/// Give a board the calls.
#[utoipa::path(get, operation_id = "board_snapshot", path = "/api/v1/sites/{site}/board/snapshot", params(("site" = String, Path)),
    security(("device" = [])), responses((status = 200, body = BoardSnapshot), (status = 403, body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn board(
    State(app): State<App>,
    Path(id): Path<SiteId>,
    device: Device,
) -> Result<Json<BoardSnapshot>, ApiError> {
    let device = device.require(DeviceKind::Board, &id)?;
    let site = app.sites.get(&id).ok_or(ApiError::NotFound)?;
    let snapshot = of_board(site, id, device.id, epoch(&app.reader)?, app.clock.now());
    snapshot.map(Json).ok_or(ApiError::NotFound)
}

/// What a board starts from now; `None` before the site was set up.
pub fn of_board(site: &Site, id: SiteId, board: DeviceId, epoch: Uuid, now: Time) -> Option<BoardSnapshot> {
    let live = site.live();
    let known = live.branch.site.as_ref()?;
    let recovery = live.branch.recovery.as_ref();
    Some(BoardSnapshot {
        awaited: recovery.is_some_and(|recovery| recovery.awaited.contains_key(&board)),
        cursor: Cursor { epoch, seq: live.seq },
        server_time: now,
        site: id,
        name: known.name.clone(),
        zone: known.zone.name().to_owned(),
        board: super::calls::board(live.branch.board.clone()),
    })
}

/// The incarnation of the log.
///
/// # Errors
/// If it cannot be read.
pub fn epoch(reader: &Reader) -> Result<Uuid, StoreError> {
    let text = reader.read(|db| log::meta(db, "epoch"))?.unwrap_or_default();
    text.parse().map_err(|_| StoreError::unreadable("the epoch", text))
}

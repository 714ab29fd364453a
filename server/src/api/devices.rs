//! Enrolment of devices.

use crate::{app::App, auth::Device, error::ApiError, extract::Body, store::DeviceRow};
use axum::{
    Json,
    extract::{ConnectInfo, State},
};
use domain::LaneCode;
use protocol::pairing::{DeviceKind, PairRequest, Paired};
use std::{net::SocketAddr, time::Instant};

/// Enrol a device by its one-time code.
#[utoipa::path(post, path = "/api/v1/pair", request_body = PairRequest,
    responses((status = 200, body = Paired),
              (status = 401, description = "the code is wrong, used or too old", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 429, description = "too many wrong codes came from this address", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn pair(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Body(request): Body<PairRequest>,
) -> Result<Json<Paired>, ApiError> {
    app.pairings.begin(from.ip(), "", Instant::now()).map_err(ApiError::TooManyAttempts)?;
    let enrolled = app.writer.pair(request.code, request.incarnation).await?.ok_or(ApiError::Unauthorized)?;
    app.pairings.succeeded(from.ip(), "");
    tracing::info!(device = %enrolled.device.id, name = enrolled.device.name, "device enrolled");
    Ok(Json(paired(&app, enrolled.device, enrolled.token, enrolled.lane)))
}

/// Give a new incarnation of a kiosk's database a lane of its own.
#[utoipa::path(post, path = "/api/v1/incarnation", request_body = PairRequest, security(("device" = [])),
    responses((status = 200, body = Paired), (status = 401, body = protocol::Problem, content_type = "application/problem+json"),
              (status = 403, description = "no kiosk", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 409, description = "this kiosk took too many: pair it anew", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn incarnation(
    State(app): State<App>,
    device: Device,
    Body(request): Body<PairRequest>,
) -> Result<Json<Paired>, ApiError> {
    let site = device.0.site.clone();
    let device = device.require(DeviceKind::Kiosk, &site)?;
    let lane = app.writer.incarnation(device.clone(), request.incarnation).await?;
    Ok(Json(paired(&app, device, String::new(), lane)))
}

fn paired(app: &App, device: DeviceRow, token: String, lane: Option<LaneCode>) -> Paired {
    let lookup = (device.kind == DeviceKind::Kiosk).then(|| app.lookup.clone());
    let follow_url = app.config.follow_url.clone();
    Paired {
        device: device.id,
        kind: device.kind,
        site: device.site,
        name: device.name,
        token,
        lane,
        lookup,
        follow_url,
    }
}

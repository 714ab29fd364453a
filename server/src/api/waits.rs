//! How long people wait.

use crate::{app::App, error::ApiError, extract::Path};
use axum::{Json, extract::State};
use domain::SiteId;
use protocol::waits::Waits;

/// Tell how long people wait for each service.
///
/// For anybody: it says nothing of any visitor.
#[utoipa::path(get, path = "/api/v1/sites/{site}/waits", params(("site" = String, Path)),
    responses((status = 200, body = Waits), (status = 404, body = protocol::Problem, content_type = "application/problem+json"),
        (status = 503, description = "the server has only just started, and works them out for the first time", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn waits(State(app): State<App>, Path(site): Path<SiteId>) -> Result<Json<Waits>, ApiError> {
    let known = app.sites.get(&site).ok_or(ApiError::NotFound)?.waits();
    let waits = known.borrow().clone();
    Ok(Json(Waits { at: waits.at.ok_or(ApiError::NotYet)?, services: waits.services.clone() }))
}

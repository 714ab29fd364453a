//! What staff tell of the time without the server.

use super::counters::idempotency_key;
use crate::{
    app::App,
    auth::Agent,
    error::ApiError,
    extract::{Body, Path},
    writer::Served,
};
use axum::{Json, extract::State, http::HeaderMap};
use domain::{Language, SiteId, TicketNumber, Time};
use protocol::meanwhile::{RecordServed, ServedAnswer, Unrecorded};
use uuid::Uuid;

/// More numbers than one day has are no list of who was served.
const NUMBERS_MAX: usize = 1000;

/// Record who was served while the server was away.
///
/// Each visit that waits, is away or missed its call is over then, as served at that time, and it is kept that this was
/// recorded afterwards. A number that cannot be recorded is told and stops none of the others; `bring-back` repairs a
/// mistake. The `Idempotency-Key` counts as at a counter.
#[utoipa::path(post, path = "/api/v1/sites/{site}/served",
    params(("site" = String, Path), ("Idempotency-Key" = Option<Uuid>, Header)),
    request_body = RecordServed,
    security(("agent" = []), ("agent_token" = [])),
    responses((status = 200, body = ServedAnswer),
              (status = 400, description = "too many numbers", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 422, description = "the time is still to come or of another day; or this Idempotency-Key was used for something else", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn record_served(
    State(app): State<App>,
    Path(site): Path<SiteId>,
    agent: Agent,
    headers: HeaderMap,
    Body(RecordServed { numbers, at }): Body<RecordServed>,
) -> Result<Json<ServedAnswer>, ApiError> {
    let id = idempotency_key(&app, &headers)?;
    let Served { recorded, unrecorded } = perform(&app, &agent, &site, numbers, at, id).await?;
    let (english, zone) = (Language::new("en"), app.config.sites.get(&site).map(|site| site.zone));
    let unrecorded = unrecorded.into_iter().map(|(number, refusal)| {
        let title = presentation::words::refusal_for_agent(&refusal, &english, zone.unwrap_or_default());
        Unrecorded { number, title, refusal }
    });
    Ok(Json(ServedAnswer { recorded, unrecorded: unrecorded.collect() }))
}

/// Sends who was served to the writer. The console uses it as well.
///
/// # Errors
/// That these are too many, or what the rules or the writer say.
pub async fn perform(
    app: &App,
    agent: &Agent,
    site: &SiteId,
    numbers: Vec<TicketNumber>,
    at: Option<Time>,
    id: Uuid,
) -> Result<Served, ApiError> {
    agent.require(site)?;
    if numbers.len() > NUMBERS_MAX {
        return Err(ApiError::BadRequest(format!("at most {NUMBERS_MAX} numbers at once")));
    }
    Ok(app.writer.record_served(site.clone(), id, numbers, at, agent.account.actor()).await?)
}

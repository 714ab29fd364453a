//! What agents do at a counter.

use crate::{app::App, auth::Agent, error::ApiError, extract::Path};
use axum::{Json, extract::State, http::HeaderMap};
use domain::{Actor, Branch, Command, CounterId, SiteId, VisitState};
use protocol::{
    counter::{CounterView, Stage, VisitView},
    route::CounterAction,
};
use uuid::Uuid;

/// Do something at a counter.
///
/// With an `Idempotency-Key` (a UUID) a repeat changes nothing and is answered as the first time, with the
/// counter as it is now. A key that was used for something else is refused.
#[utoipa::path(post, path = "/api/v1/sites/{site}/counters/{counter}/{action}",
    params(("site" = String, Path), ("counter" = u16, Path),
           ("action" = String, Path, description = "open, close, call-next, recall, start, finish or no-show"),
           ("Idempotency-Key" = Option<Uuid>, Header)),
    security(("agent" = []), ("agent_token" = [])),
    responses((status = 200, body = CounterView),
              (status = 409, description = "the rules say no: see `refusal`", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 403, body = protocol::Problem, content_type = "application/problem+json"), (status = 404, body = protocol::Problem, content_type = "application/problem+json"),
              (status = 422, description = "this Idempotency-Key was used for something else", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 429, description = "called a moment ago", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn act(
    State(app): State<App>,
    Path((site, counter, action)): Path<(SiteId, String, String)>,
    agent: Agent,
    headers: HeaderMap,
) -> Result<Json<CounterView>, ApiError> {
    let counter = CounterId::try_from(counter).map_err(|_| ApiError::NotFound)?;
    let action = CounterAction::from_path(&action).ok_or(ApiError::NotFound)?;
    let id = match headers.get("idempotency-key") {
        Some(key) => key
            .to_str()
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| ApiError::BadRequest("Idempotency-Key must be a UUID".into()))?,
        None => app.clock.new_id(),
    };
    perform(&app, &agent, &site, counter, action, id).await?;
    let live = app.sites.get(&site).ok_or(ApiError::NotFound)?.live();
    Ok(Json(view(&live.branch, counter)))
}

/// Sends an agent's action to the writer. The console uses it as well.
///
/// # Errors
/// What the rules or the writer say.
pub async fn perform(
    app: &App,
    agent: &Agent,
    site: &SiteId,
    counter: CounterId,
    action: CounterAction,
    id: Uuid,
) -> Result<(), ApiError> {
    agent.require(site)?;
    let command = match action {
        CounterAction::Open => Command::OpenCounter(counter),
        CounterAction::Close => Command::CloseCounter(counter),
        CounterAction::CallNext => Command::CallNext(counter),
        CounterAction::Recall => Command::Recall(counter),
        CounterAction::Start => Command::Start(counter),
        CounterAction::Finish => Command::Finish(counter),
        CounterAction::NoShow => Command::NoShow(counter),
    };
    app.writer.command(site.clone(), id, command, Actor::Agent(agent.account.id)).await?;
    Ok(())
}

fn view(branch: &Branch, counter: CounterId) -> CounterView {
    let visit = branch.at_counter(counter).map(|visit| {
        let (state, calls) = match visit.state {
            VisitState::Called { times, .. } => (Stage::Called, times),
            _ => (Stage::Serving, 0),
        };
        VisitView {
            id: visit.id.0,
            numbers: visit.numbers.iter().map(ToString::to_string).collect(),
            service: visit.service.to_string(),
            state,
            arrival: visit.arrival,
            slot: visit.booked.map(|booked| booked.slot),
            calls,
        }
    });
    let waiting = branch.waiting_for(counter).len();
    CounterView { counter: counter.0, open: branch.counters.contains_key(&counter), visit, waiting }
}

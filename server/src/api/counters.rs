//! What agents do at a counter.

use crate::{
    app::App,
    auth::Agent,
    error::ApiError,
    extract::{Body, Path},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use domain::{
    Branch, Command, CounterId, Delivered, Ending, ServiceId, SiteId, TicketNumber, Time, VisitState,
};
use protocol::{
    counter::{CounterView, Details, Stage, VisitDetails, VisitView},
    route::{CounterAction, VisitAction},
};
use uuid::Uuid;

/// Do something at a counter.
///
/// With an `Idempotency-Key` (a UUID) a repeat changes nothing and is answered as the first time, with the
/// counter as it is now. A key that was used for something else is refused.
#[utoipa::path(post, path = "/api/v1/sites/{site}/counters/{counter}/{action}",
    params(("site" = String, Path), ("counter" = u16, Path),
           ("action" = String, Path, description = "open, close, pause, resume, call-next, call, recall, start, \
             finish, no-show, park, transfer, add-service, return or undo"),
           ("Idempotency-Key" = Option<Uuid>, Header)),
    request_body(content = Option<Details>, description = "what the action needs to know, if anything"),
    security(("agent" = []), ("agent_token" = [])),
    responses((status = 200, body = CounterView),
              (status = 400, description = "something is missing that the action needs", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 409, description = "the rules say no: see `refusal`", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 403, body = protocol::Problem, content_type = "application/problem+json"), (status = 404, body = protocol::Problem, content_type = "application/problem+json"),
              (status = 422, description = "no such service, outcome, note or time; or this Idempotency-Key was used for something else", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 429, description = "called a moment ago", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn act(
    State(app): State<App>,
    Path((site, counter, action)): Path<(SiteId, String, String)>,
    agent: Agent,
    headers: HeaderMap,
    details: Option<Body<Details>>,
) -> Result<Json<CounterView>, ApiError> {
    let counter = CounterId::try_from(counter).map_err(|_| ApiError::NotFound)?;
    let action = CounterAction::from_path(&action).ok_or(ApiError::NotFound)?;
    let id = idempotency_key(&app, &headers)?;
    let details = details.map(|Body(details)| details).unwrap_or_default();
    perform(&app, &agent, &site, counter, action, details, id).await?;
    let live = app.sites.get(&site).ok_or(ApiError::NotFound)?.live();
    Ok(Json(view(&live.branch, counter, app.clock.now())))
}

/// Do something with a visit, wherever it is.
///
/// By one of its numbers. The `Idempotency-Key` counts as at a counter.
///
/// To adopt is the one action by a number that is *not* known: somebody holds a ticket whose kiosk has not told of it.
/// When it does, that is the same visit.
///
/// After a merge all numbers of both visits are of the one that goes on. A split takes the number alone out of its visit.
#[utoipa::path(post, path = "/api/v1/sites/{site}/visits/{number}/{action}",
    params(("site" = String, Path), ("number" = String, Path),
           ("action" = String, Path, description = "card-seen, no-card, bring-back, leave, cancel, merge, split, confirm or adopt"),
           ("Idempotency-Key" = Option<Uuid>, Header)),
    request_body(content = Option<VisitDetails>, description = "what the action needs to know, if anything"),
    security(("agent" = []), ("agent_token" = [])),
    responses((status = 204, description = "done"),
              (status = 400, description = "something is missing that the action needs", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 409, description = "the rules say no: see `refusal`", body = protocol::Problem, content_type = "application/problem+json"),
              (status = 403, body = protocol::Problem, content_type = "application/problem+json"), (status = 404, body = protocol::Problem, content_type = "application/problem+json"),
              (status = 422, description = "no such service or time; no such series of numbers; or this Idempotency-Key was used for something else", body = protocol::Problem, content_type = "application/problem+json")))]
pub async fn act_on_visit(
    State(app): State<App>,
    Path((site, number, action)): Path<(SiteId, String, String)>,
    agent: Agent,
    headers: HeaderMap,
    details: Option<Body<VisitDetails>>,
) -> Result<StatusCode, ApiError> {
    let number: TicketNumber = number.parse().map_err(|_| ApiError::NotFound)?;
    let action = VisitAction::from_path(&action).ok_or(ApiError::NotFound)?;
    let id = idempotency_key(&app, &headers)?;
    let details = details.map(|Body(details)| details).unwrap_or_default();
    perform_on_visit(&app, &agent, &site, number, action, details, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends what staff do with a visit to the writer. The console can use it as well.
///
/// # Errors
/// What is missing, or what the rules or the writer say.
pub async fn perform_on_visit(
    app: &App,
    agent: &Agent,
    site: &SiteId,
    number: TicketNumber,
    action: VisitAction,
    details: VisitDetails,
    id: Uuid,
) -> Result<(), ApiError> {
    agent.require(site)?;
    let command = match action {
        VisitAction::CardSeen => Command::SeeCard { number, shown: true },
        VisitAction::NoCard => Command::SeeCard { number, shown: false },
        VisitAction::BringBack => Command::BringBack { number },
        VisitAction::Leave => Command::End { number, how: Ending::Left },
        VisitAction::Cancel => Command::End { number, how: Ending::Cancelled },
        VisitAction::Merge => {
            let into = details.into.ok_or_else(|| ApiError::BadRequest("`merge` needs `into`".into()))?;
            Command::Merge { number, into }
        }
        VisitAction::Split => Command::Split { number },
        VisitAction::Confirm => Command::Confirm { number },
        VisitAction::Adopt => {
            let VisitDetails { service, priority, arrival, .. } = details;
            let service = service.ok_or_else(|| ApiError::BadRequest("`adopt` needs `service`".into()))?;
            Command::AdoptTicket { number, service: ServiceId::new(service), priority, arrival }
        }
    };
    app.writer.command(site.clone(), id, command, agent.account.actor()).await?;
    Ok(())
}

pub(super) fn idempotency_key(app: &App, headers: &HeaderMap) -> Result<Uuid, ApiError> {
    match headers.get("idempotency-key") {
        Some(key) => key
            .to_str()
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| ApiError::BadRequest("Idempotency-Key must be a UUID".into())),
        None => Ok(app.clock.new_id()),
    }
}

/// Sends an agent's action to the writer. The console uses it as well.
///
/// # Errors
/// What is missing, or what the rules or the writer say.
pub async fn perform(
    app: &App,
    agent: &Agent,
    site: &SiteId,
    counter: CounterId,
    action: CounterAction,
    details: Details,
    id: Uuid,
) -> Result<(), ApiError> {
    agent.require(site)?;
    let command = command(counter, action, details)?;
    app.writer.command(site.clone(), id, command, agent.account.actor()).await?;
    Ok(())
}

/// The command of an action.
///
/// # Errors
/// What the action needs to know and was not told.
pub fn command(counter: CounterId, action: CounterAction, details: Details) -> Result<Command, ApiError> {
    let missing = |what: &str| ApiError::BadRequest(format!("`{}` needs `{what}`", action.path()));
    let service = |service: Option<String>| service.map(ServiceId::new).ok_or_else(|| missing("service"));
    Ok(match action {
        CounterAction::Open => Command::OpenCounter(counter),
        CounterAction::Close => Command::CloseCounter(counter),
        CounterAction::Pause => Command::Pause(counter),
        CounterAction::Resume => Command::Resume(counter),
        CounterAction::CallNext => Command::CallNext(counter),
        CounterAction::Call => {
            Command::Call { counter, number: details.number.ok_or_else(|| missing("number"))? }
        }
        CounterAction::Recall => Command::Recall(counter),
        CounterAction::Start => Command::Start(counter),
        CounterAction::Finish => Command::Finish { counter, delivered: details.delivered.map(Delivered) },
        CounterAction::NoShow => Command::NoShow(counter),
        CounterAction::Park => {
            Command::Park { counter, minutes: details.minutes.ok_or_else(|| missing("minutes"))? }
        }
        CounterAction::Transfer => Command::Transfer {
            counter,
            to: service(details.service)?,
            place: details.place.unwrap_or_default(),
            note: details.note,
        },
        CounterAction::AddService => Command::AddService { counter, service: service(details.service)? },
        CounterAction::ReturnToQueue => Command::ReturnToQueue(counter),
        CounterAction::Undo => Command::Undo(counter),
    })
}

fn view(branch: &Branch, counter: CounterId, now: Time) -> CounterView {
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
    let waiting = branch.waiting_for(counter, now).len();
    let open = branch.counters.get(&counter);
    let paused = open.is_some_and(|open| open.paused.is_some());
    CounterView { counter: counter.0, open: open.is_some(), paused, visit, waiting }
}

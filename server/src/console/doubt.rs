//! After a restore: what staff say of those of whom nobody knows whether they are here, and that no device is waited for
//! any more.

use super::{
    HOME, desk,
    desk::{Notice, Press},
    pages,
    signed_in::{SignedIn, is_partial},
    words::{self, fill},
};
use crate::{api::counters, app::App, error::ApiError};
use axum::{
    Form,
    extract::{Path, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use domain::TicketNumber;
use protocol::{counter::VisitDetails, route::VisitAction};
use uuid::Uuid;

/// Somebody is here, or is not.
pub(super) async fn act(
    State(app): State<App>,
    Path((counter, visit, action)): Path<(String, String, String)>,
    headers: HeaderMap,
    signed_in: SignedIn,
    press: Result<Form<Press>, FormRejection>,
) -> Response {
    let key = desk::key(&app, &headers, press);
    let done = carry_out(&app, &visit, &action, key, &signed_in).await;
    let (status, notice) = match done {
        Ok(notice) => (StatusCode::OK, notice),
        Err(error) => {
            pages::log(&error);
            let zone = desk::zone(&app, &signed_in.agent.account.site);
            let text = pages::explain(&error, words::of(signed_in.lang), zone);
            (pages::status(&error), Notice { done: false, text })
        }
    };
    let answer = match (is_partial(&headers), notice.done) {
        (true, _) => desk::part(&app, &counter, &signed_in, status, Some(&notice)),
        (false, true) => desk::number(&counter).map(|at| Redirect::to(&desk::address(at)).into_response()),
        (false, false) => desk::whole(&app, &counter, &signed_in, status, Some(&notice)),
    };
    answer.unwrap_or_else(|error| pages::failed(&error, signed_in.lang))
}

async fn carry_out(
    app: &App,
    visit: &str,
    action: &str,
    key: Uuid,
    SignedIn { agent, lang }: &SignedIn,
) -> Result<Notice, ApiError> {
    let number: TicketNumber = visit.parse().map_err(|_| ApiError::NotFound)?;
    let w = words::of(*lang);
    let (action, text) = match VisitAction::from_path(action) {
        Some(action @ VisitAction::Confirm) => (action, w.said_confirmed),
        Some(action @ VisitAction::Leave) => (action, w.said_gone),
        _ => return Err(ApiError::NotFound),
    };
    let text = fill(text, "number", &number);
    let site = &agent.account.site;
    counters::perform_on_visit(app, agent, site, number, action, VisitDetails::default(), key).await?;
    Ok(Notice { done: true, text })
}

/// A supervisor waits for no other device.
pub(super) async fn end(State(app): State<App>, signed_in: SignedIn) -> Response {
    let account = &signed_in.agent.account;
    match app.writer.end_recovery(account.site.clone(), account.actor()).await {
        Ok(()) => Redirect::to(HOME).into_response(),
        Err(error) => pages::failed(&error.into(), signed_in.lang),
    }
}

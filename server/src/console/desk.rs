//! The desk of one counter: the page, its changing part, and what agents press on it.

use super::{
    HOME,
    attention::attention,
    pages::{self, Frame},
    signed_in::{SignedIn, is_partial},
    view::{self, Desk, Seat},
    words::{self, Words, fill},
};
use crate::{api::counters, app::App, error::ApiError, writer::WriteError};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State, rejection::FormRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use chrono_tz::Tz;
use domain::{AgentId, CounterId, SiteId, Time};
use protocol::{counter::Details, route::CounterAction};
use serde::Deserialize;
use uuid::Uuid;

/// How far the log was when a part was rendered, so that an older one never replaces a newer one.
const SEQ: HeaderName = HeaderName::from_static("guichet-seq");

/// The changing part of the page.
#[derive(Template)]
#[template(path = "desk_part.html")]
pub(super) struct Part<'a> {
    /// What to show.
    pub desk: &'a Desk,
    /// In which words.
    pub w: &'static Words,
    /// Whether to write waits in minutes. The stream leaves that to the page, which counts by itself, so
    /// that what did not change is not sent again.
    pub timed: bool,
    /// What to tell the agent, apart from the desk.
    pub notice: Option<&'a Notice>,
}

/// The answer to a press, in words.
pub(super) struct Notice {
    /// Whether it was done.
    pub done: bool,
    /// What happened, or why not.
    pub text: String,
}

#[derive(Template)]
#[template(path = "desk.html")]
struct Page<'a> {
    desk: &'a Desk,
    w: &'static Words,
    timed: bool,
    notice: Option<&'a Notice>,
    frame: Frame,
    key: Uuid,
    now: i64,
    zone: &'static str,
    seq: u64,
}

/// A desk and how far the log was.
pub(super) fn look(
    app: &App,
    site: &SiteId,
    counter: CounterId,
    agent: AgentId,
    words: &Words,
) -> Result<(Desk, u64), ApiError> {
    let site = app.sites.get(site).ok_or(ApiError::NotFound)?;
    let waits = site.waits().borrow().clone();
    let live = site.live();
    let desk = Desk::of(&live.branch, &waits, counter, agent, now(app), words).ok_or(ApiError::NotFound)?;
    let kiosks = attention(app, &live.branch, words);
    Ok((Desk { kiosks, ..desk }, live.seq))
}

fn now(app: &App) -> Time {
    app.clock.now()
}

/// The wall time of a site.
pub(super) fn zone(app: &App, site: &SiteId) -> Tz {
    app.config.sites.get(site).map_or(Tz::UTC, |site| site.zone)
}

/// What a browser without scripts pressed in vain before it came here.
#[derive(Deserialize)]
pub(super) struct Tried {
    tried: Option<String>,
}

/// The whole page. After a press that was refused it says why that is not possible, if it still is not.
pub(super) async fn page(
    State(app): State<App>,
    Path(counter): Path<String>,
    Query(Tried { tried }): Query<Tried>,
    signed_in: SignedIn,
) -> Response {
    let refused = tried.and_then(|action| refused(&app, &counter, &action, &signed_in));
    whole(&app, &counter, &signed_in, StatusCode::OK, refused.as_ref())
        .unwrap_or_else(|error| pages::failed(&error, signed_in.lang))
}

/// Why an action is not possible now; `None` if it is, or is none.
fn refused(app: &App, counter: &str, action: &str, SignedIn { agent, lang }: &SignedIn) -> Option<Notice> {
    let (counter, action) = (number(counter).ok()?, CounterAction::from_path(action)?);
    let (site, w) = (&agent.account.site, words::of(*lang));
    let live = app.sites.get(site)?.live();
    let text = view::why_not(&live.branch, counter, agent.account.id, app.clock.now(), w, action)?;
    Some(Notice { done: false, text })
}

/// A browser without scripts asks for the address of a button: it was loaded again, say.
pub(super) async fn leave_action(Path((counter, _action)): Path<(String, String)>) -> Redirect {
    match number(&counter) {
        Ok(counter) => Redirect::to(&address(counter)),
        Err(_) => Redirect::to(HOME),
    }
}

/// The whole page, with what is to be told.
pub(super) fn whole(
    app: &App,
    counter: &str,
    SignedIn { agent, lang }: &SignedIn,
    status: StatusCode,
    notice: Option<&Notice>,
) -> Result<Response, ApiError> {
    let counter = number(counter)?;
    let account = &agent.account;
    let w = words::of(*lang);
    let (desk, seq) = look(app, &account.site, counter, account.id, w)?;
    let frame = Frame {
        site: pages::site_name(app, &account.site, *lang),
        agent: Some(account.name.clone()),
        path: address(counter),
    };
    let now = app.clock.now().timestamp_millis();
    let zone = zone(app, &account.site).name();
    let page = Page { desk: &desk, w, timed: true, notice, frame, key: app.clock.new_id(), now, zone, seq };
    Ok(pages::page(status, &page))
}

/// The changing part alone, for a page that has no stream.
pub(super) async fn fragment(
    State(app): State<App>,
    Path(counter): Path<String>,
    signed_in: SignedIn,
) -> Response {
    let part = part(&app, &counter, &signed_in, StatusCode::OK, None);
    part.unwrap_or_else(|error| pages::failed(&error, signed_in.lang))
}

/// The changing part, with what is to be told.
pub(super) fn part(
    app: &App,
    counter: &str,
    SignedIn { agent, lang }: &SignedIn,
    status: StatusCode,
    notice: Option<&Notice>,
) -> Result<Response, ApiError> {
    let w = words::of(*lang);
    let (desk, seq) = look(app, &agent.account.site, number(counter)?, agent.account.id, w)?;
    let mut response = pages::page(status, &Part { desk: &desk, w, timed: true, notice });
    response.headers_mut().insert(SEQ, HeaderValue::from(seq));
    Ok(response)
}

/// What a button brings beside its address.
#[derive(Deserialize)]
pub(super) struct Press {
    /// Made for each press by the page's script, for each page by the server.
    key: Uuid,
}

/// The key that was made for a press.
pub(super) fn key(app: &App, headers: &HeaderMap, press: Result<Form<Press>, FormRejection>) -> Uuid {
    let sent = headers.get("idempotency-key").and_then(|key| key.to_str().ok()?.parse().ok());
    sent.or_else(|| press.ok().map(|Form(press)| press.key)).unwrap_or_else(|| app.clock.new_id())
}

/// Does what was pressed. The rules are asked elsewhere; a refusal is told and loses nothing.
pub(super) async fn act(
    State(app): State<App>,
    Path((counter, action)): Path<(String, String)>,
    headers: HeaderMap,
    signed_in: SignedIn,
    press: Result<Form<Press>, FormRejection>,
) -> Response {
    let key = key(&app, &headers, press);
    let Some(action) = CounterAction::from_path(&action) else {
        return pages::failed(&ApiError::NotFound, signed_in.lang);
    };
    let done = carry_out(&app, &counter, action, key, &signed_in).await;
    answer(&app, &counter, action, done, is_partial(&headers), &signed_in)
        .unwrap_or_else(|error| pages::failed(&error, signed_in.lang))
}

/// Does it, and says what was done.
async fn carry_out(
    app: &App,
    counter: &str,
    action: CounterAction,
    key: Uuid,
    SignedIn { agent, lang }: &SignedIn,
) -> Result<Notice, ApiError> {
    let (counter, site, w) = (number(counter)?, &agent.account.site, words::of(*lang));
    let before = numbers(app, site, counter);
    counters::perform(app, agent, site, counter, action, Details::default(), key).await?;
    let text = match action {
        CounterAction::Open | CounterAction::Close => "",
        CounterAction::CallNext => w.said_called,
        CounterAction::Recall => w.said_recalled,
        CounterAction::Start => w.said_started,
        CounterAction::Finish => w.said_finished,
        CounterAction::NoShow => w.said_missed,
        CounterAction::Pause
        | CounterAction::Resume
        | CounterAction::Call
        | CounterAction::Park
        | CounterAction::Transfer
        | CounterAction::AddService
        | CounterAction::ReturnToQueue
        | CounterAction::Undo => w.said_done,
    };
    // Whoever is at the counter now, or was until now.
    let who = numbers(app, site, counter).or(before).unwrap_or_default();
    Ok(Notice { done: true, text: fill(&fill(text, "number", who), "counter", counter) })
}

fn numbers(app: &App, site: &SiteId, counter: CounterId) -> Option<String> {
    let live = app.sites.get(site)?.live();
    let visit = live.branch.at_counter(counter)?;
    Some(visit.numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" · "))
}

/// The new state of the page; for a browser without scripts, the way to it.
fn answer(
    app: &App,
    counter: &str,
    action: CounterAction,
    done: Result<Notice, ApiError>,
    partial: bool,
    signed_in: &SignedIn,
) -> Result<Response, ApiError> {
    let (status, notice, refused) = match done {
        Ok(notice) => (StatusCode::OK, notice, false),
        Err(error) => {
            pages::log(&error);
            let zone = zone(app, &signed_in.agent.account.site);
            let text = pages::explain(&error, words::of(signed_in.lang), zone);
            let refused = matches!(error, ApiError::Write(WriteError::Refused(_)));
            (pages::status(&error), Notice { done: false, text }, refused)
        }
    };
    let leaves = action == CounterAction::Close && notice.done;
    match (partial, notice.done) {
        (true, _) if leaves => Ok([("hx-redirect", HOME)].into_response()),
        (true, _) => part(app, counter, signed_in, status, Some(&notice)),
        (false, true) if leaves => Ok(Redirect::to(HOME).into_response()),
        (false, true) => Ok(Redirect::to(&address(number(counter)?)).into_response()),
        // The rules are asked again by the page that follows; what else went wrong it could not know.
        (false, false) if !refused => whole(app, counter, signed_in, status, Some(&notice)),
        // Not the refusal itself: to load it again would press again.
        (false, false) => {
            let desk = address(number(counter)?);
            Ok(Redirect::to(&format!("{desk}?tried={}", action.path())).into_response())
        }
    }
}

/// The address of a desk.
pub(super) fn address(counter: CounterId) -> String {
    format!("{HOME}/counters/{counter}")
}

/// The counter that an address names.
pub(super) fn number(counter: &str) -> Result<CounterId, ApiError> {
    counter.to_owned().try_into().map_err(|_| ApiError::NotFound)
}

//! What all pages share, the choice of a counter, and the page that says what went wrong.

use super::{
    SIGN_IN, assets, cookies,
    signed_in::SignedIn,
    view::{self, Seat},
    words::{self, Lang, Words, fill},
};
use crate::{app::App, error::ApiError, store::accounts, writer::WriteError};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Response},
};
use chrono_tz::Tz;
use domain::{AgentId, Branch, CounterId, SiteId, Time};
use protocol::control::Role;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What stands around every page.
pub(super) struct Frame {
    /// The site, in the page's language; empty where it is not known.
    pub site: String,
    /// Who is signed in.
    pub agent: Option<String>,
    /// The address of the page, to come back to after the language was changed.
    pub path: String,
}

impl Frame {
    /// The address of an embedded file.
    pub(super) fn asset(&self, file: &str) -> String {
        assets::address(file)
    }
}

/// A page with a status. A template that cannot be rendered is a fault of this program.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct Trouble<'a> {
    w: &'static Words,
    frame: Frame,
    what: &'a str,
}

/// A page that says what went wrong, and leads back.
pub(super) fn trouble(status: StatusCode, lang: Lang, what: &str) -> Response {
    // Not the address of the failure: a form may have led there.
    let frame = Frame { site: String::new(), agent: None, path: SIGN_IN.into() };
    page(status, &Trouble { w: words::of(lang), frame, what })
}

/// Where nothing is.
pub(super) async fn nowhere(headers: HeaderMap) -> Response {
    failed(&ApiError::NotFound, cookies::language(&headers))
}

/// [`trouble`] for a failure of the server or an address that leads nowhere.
pub(super) fn failed(error: &ApiError, lang: Lang) -> Response {
    log(error);
    // Refusals of the rules do not end here, so no time of day is told.
    trouble(status(error), lang, &explain(error, words::of(lang), Tz::UTC))
}

/// Leaves a trace of what is not the agent's doing.
pub(super) fn log(error: &ApiError) {
    if error.problem().status >= 500 {
        tracing::error!(error = error as &dyn std::error::Error, "a page failed");
    }
}

/// The HTTP status of an error.
pub(super) fn status(error: &ApiError) -> StatusCode {
    StatusCode::from_u16(error.problem().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// An error in an agent's words.
pub(super) fn explain(error: &ApiError, words: &Words, zone: Tz) -> String {
    match error {
        ApiError::Write(WriteError::Refused(refusal)) => words.refusal(refusal, zone),
        ApiError::Unauthorized | ApiError::Forbidden => words.not_allowed.into(),
        ApiError::NotFound | ApiError::Write(WriteError::UnknownSite) => words.not_found.into(),
        ApiError::BadRequest(_) | ApiError::BadBody(..) | ApiError::MethodNotAllowed => {
            words.not_understood.into()
        }
        ApiError::Write(WriteError::IdReused) => words.old_page.into(),
        ApiError::TooManyAttempts(_)
        | ApiError::NotYet
        | ApiError::Write(WriteError::Busy | WriteError::Stopped) => words.busy.into(),
        ApiError::Write(WriteError::DiskFull) => words.disk_full.into(),
        ApiError::Write(
            WriteError::Store(_) | WriteError::NoRandom(_) | WriteError::Forked | WriteError::Fault,
        )
        | ApiError::ClockBehind
        | ApiError::OtherEpoch
        | ApiError::Store(_) => words.failed.into(),
    }
}

/// The name of an agent, for colleagues.
pub(super) fn agent_name(app: &App, agent: AgentId) -> Result<Option<String>, ApiError> {
    Ok(app.reader.read(|db| accounts::name(db, agent))?)
}

#[derive(Template)]
#[template(path = "choose.html")]
struct Choose {
    w: &'static Words,
    frame: Frame,
    counters: Vec<Choice>,
    /// Where the agent sits already: nobody is to leave a counter without noticing.
    sits_at: Option<String>,
    /// After a restore: what is still to come.
    recovery: Vec<String>,
    /// Whether the agent may take over a counter.
    supervises: bool,
    key: Uuid,
}

/// A counter to sit down at.
struct Choice {
    number: u16,
    seat: Seat,
    /// « free », « yours », or by whom it is taken.
    who: String,
    services: Vec<String>,
    waiting: usize,
}

/// Every counter of the agent's site.
pub(super) async fn choose(State(app): State<App>, signed_in: SignedIn) -> Response {
    let lang = signed_in.lang;
    match choices(&app, &signed_in) {
        Ok(page_) => page(StatusCode::OK, &page_),
        Err(error) => failed(&error, lang),
    }
}

fn choices(app: &App, SignedIn { agent, lang }: &SignedIn) -> Result<Choose, ApiError> {
    let w = words::of(*lang);
    let (mut counters, recovery) = {
        let live = app.sites.get(&agent.account.site).ok_or(ApiError::NotFound)?.live();
        let told = |site| view::doubt::told(&live.branch, site, w);
        let recovery = live.branch.site.as_ref().map(told).unwrap_or_default();
        (counters(&live.branch, agent.account.id, app.clock.now()), recovery)
    };
    for choice in &mut counters {
        choice.who = match choice.seat {
            Seat::Free => w.free.into(),
            Seat::Mine => w.yours.into(),
            Seat::Taken(by) => {
                let name = agent_name(app, by)?.unwrap_or_else(|| w.somebody.into());
                fill(w.taken_by, "name", name)
            }
        };
    }
    let mine = counters.iter().find(|choice| choice.seat == Seat::Mine);
    let sits_at = mine.map(|choice| fill(w.sits_at, "counter", choice.number));
    let frame = Frame {
        site: site_name(app, &agent.account.site, *lang),
        agent: Some(agent.account.name.clone()),
        path: super::HOME.into(),
    };
    let supervises = agent.account.role == Role::Supervisor;
    Ok(Choose { w, frame, counters, sits_at, recovery, supervises, key: app.clock.new_id() })
}

fn counters(branch: &Branch, agent: AgentId, now: Time) -> Vec<Choice> {
    let Some(site) = &branch.site else { return Vec::new() };
    // Somebody may still sit at a counter that the configuration has lost.
    let counters: BTreeSet<&CounterId> = site.counters.keys().chain(branch.counters.keys()).collect();
    let choice = |id: &CounterId| {
        let serves = site.counters.get(id).into_iter().flat_map(|counter| &counter.serves);
        Choice {
            number: id.0,
            seat: view::seat(branch, *id, agent),
            who: String::new(),
            services: serves.map(|service| view::label(branch, service)).collect(),
            waiting: branch.waiting_for(*id, now).len(),
        }
    };
    counters.into_iter().map(choice).collect()
}

/// The name of a site.
pub(super) fn site_name(app: &App, site: &SiteId, lang: Lang) -> String {
    let Some(site) = app.sites.get(site) else { return String::new() };
    let live = site.live();
    live.branch.site.as_ref().map(|site| site.name.get(lang.code()).to_owned()).unwrap_or_default()
}

//! The page on which staff tell what happened while the server was away: who was served, and which tickets people hold
//! that are not known here. Plain forms: it works without scripts, and a form that is sent twice is done once.

use super::{
    MEANWHILE,
    desk::{Notice, zone},
    pages::{self, Frame},
    signed_in::SignedIn,
    view,
    words::{self, Words, clock, fill},
};
use crate::{
    api::{counters, meanwhile},
    app::App,
    error::ApiError,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State, rejection::FormRejection},
    http::StatusCode,
    response::{Redirect, Response},
};
use chrono::{Duration, NaiveTime};
use domain::{Branch, Ending, Site, SiteId, TicketNumber, Time, Visit, VisitState};
use protocol::{counter::VisitDetails, route::VisitAction};
use uuid::Uuid;

#[derive(Template)]
#[template(path = "meanwhile.html")]
struct Page {
    w: &'static Words,
    frame: Frame,
    notices: Vec<Notice>,
    rows: Vec<Row>,
    recorded: Vec<Recorded>,
    services: Vec<Service>,
    typed: Typed,
    /// The time of day, for a field.
    now: String,
    /// Of the forms that are there once.
    key: Uuid,
}

/// Somebody who may have been served.
struct Row {
    /// One of the numbers, which says who.
    number: TicketNumber,
    numbers: String,
    service: String,
    reason: String,
    priority: bool,
    arrival: String,
    /// Since when or until when somebody who does not wait is away.
    away: Option<String>,
    notes: Vec<&'static str>,
}

/// Somebody who was recorded as served, which may have been a mistake.
struct Recorded {
    key: Uuid,
    number: TicketNumber,
    numbers: String,
    when: String,
}

/// A service to choose.
struct Service {
    id: String,
    label: String,
}

/// What was typed about an unknown ticket, for the form that comes back with the reason why it was refused.
#[derive(Default)]
struct Typed {
    number: String,
    service: String,
    arrival: String,
    priority: bool,
}

/// The fields of a form: a ticked name stands there once for every tick.
type Fields = Vec<(String, String)>;

/// The page.
pub(super) async fn page(State(app): State<App>, signed_in: SignedIn) -> Response {
    show(&app, &signed_in, StatusCode::OK, Vec::new(), Typed::default())
}

/// A browser asks for the address of a form: it was loaded again, say.
pub(super) async fn leave_action() -> Redirect {
    Redirect::to(MEANWHILE)
}

/// Does what a form asks for, and says what was done.
pub(super) async fn act(
    State(app): State<App>,
    Path(action): Path<String>,
    signed_in: SignedIn,
    fields: Result<Form<Fields>, FormRejection>,
) -> Response {
    let fields = fields.map(|Form(fields)| fields).unwrap_or_default();
    let done = match action.as_str() {
        "served" => served(&app, &signed_in, &fields).await,
        "adopt" => adopt(&app, &signed_in, &fields).await,
        "back" => back(&app, &signed_in, &fields).await,
        _ => return pages::failed(&ApiError::NotFound, signed_in.lang),
    };
    match done {
        Ok(notices) => show(&app, &signed_in, StatusCode::OK, notices, Typed::default()),
        Err(No { status, text }) => {
            let typed = if action == "adopt" { Typed::of(&fields) } else { Typed::default() };
            show(&app, &signed_in, status, vec![Notice { done: false, text }], typed)
        }
    }
}

/// Why nothing was done.
struct No {
    status: StatusCode,
    text: String,
}

impl No {
    fn asked(text: String) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, text }
    }

    fn failed(error: &ApiError, app: &App, SignedIn { agent, lang }: &SignedIn) -> Self {
        pages::log(error);
        let text = pages::explain(error, words::of(*lang), zone(app, &agent.account.site));
        Self { status: pages::status(error), text }
    }
}

async fn served(app: &App, signed_in: &SignedIn, fields: &Fields) -> Result<Vec<Notice>, No> {
    let SignedIn { agent, lang } = signed_in;
    let (w, site) = (words::of(*lang), &agent.account.site);
    let numbers: Result<Vec<TicketNumber>, No> = all(fields, "number").map(|text| number(text, w)).collect();
    let numbers = numbers?;
    if numbers.is_empty() {
        return Err(No::asked(w.nobody_ticked.into()));
    }
    let at = time(app, site, one(fields, "at"), w)?;
    let done = meanwhile::perform(app, agent, site, numbers, at, key(app, fields)).await;
    let done = done.map_err(|error| No::failed(&error, app, signed_in))?;
    let zone = zone(app, site);
    let refused = done.unrecorded.iter().map(|(number, refusal)| {
        let text = fill(w.said_not_served, "number", number);
        Notice { done: false, text: fill(&text, "reason", w.refusal(refusal, zone)) }
    });
    let listed = done.recorded.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let text = fill(w.said_served, "numbers", &listed);
    Ok((!listed.is_empty()).then_some(Notice { done: true, text }).into_iter().chain(refused).collect())
}

async fn adopt(app: &App, signed_in: &SignedIn, fields: &Fields) -> Result<Vec<Notice>, No> {
    let SignedIn { agent, lang } = signed_in;
    let (w, site, typed) = (words::of(*lang), &agent.account.site, Typed::of(fields));
    let number = number(&typed.number, w)?;
    let details = VisitDetails {
        service: Some(typed.service),
        priority: typed.priority,
        arrival: time(app, site, &typed.arrival, w)?,
        ..VisitDetails::default()
    };
    let text = fill(w.said_adopted, "number", &number);
    visit(app, signed_in, number, VisitAction::Adopt, details, fields).await?;
    Ok(vec![Notice { done: true, text }])
}

async fn back(app: &App, signed_in: &SignedIn, fields: &Fields) -> Result<Vec<Notice>, No> {
    let w = words::of(signed_in.lang);
    let number = number(one(fields, "number"), w)?;
    let text = fill(w.said_back, "number", &number);
    visit(app, signed_in, number, VisitAction::BringBack, VisitDetails::default(), fields).await?;
    Ok(vec![Notice { done: true, text }])
}

async fn visit(
    app: &App,
    signed_in: &SignedIn,
    number: TicketNumber,
    action: VisitAction,
    details: VisitDetails,
    fields: &Fields,
) -> Result<(), No> {
    let SignedIn { agent, .. } = signed_in;
    let (site, id) = (&agent.account.site, key(app, fields));
    let done = counters::perform_on_visit(app, agent, site, number, action, details, id).await;
    done.map_err(|error| No::failed(&error, app, signed_in))
}

fn all<'a>(fields: &'a Fields, name: &str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn one<'a>(fields: &'a Fields, name: &str) -> &'a str {
    all(fields, name).next().unwrap_or_default()
}

/// The key of the page that the form was on, so that a form that is sent twice is done once.
fn key(app: &App, fields: &Fields) -> Uuid {
    one(fields, "key").parse().unwrap_or_else(|_| app.clock.new_id())
}

/// A number as people type it: small letters and spaces are as good.
fn number(typed: &str, w: &Words) -> Result<TicketNumber, No> {
    let plain: String = typed.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
    plain.parse().map_err(|_| No::asked(fill(w.no_number, "number", typed)))
}

/// A time of day of the present service day, which may have begun yesterday; nothing if nothing was typed.
fn time(app: &App, site: &SiteId, typed: &str, w: &Words) -> Result<Option<Time>, No> {
    if typed.is_empty() {
        return Ok(None);
    }
    let wrong = || No::asked(fill(w.no_time, "time", typed));
    let time = NaiveTime::parse_from_str(typed, "%H:%M").map_err(|_| wrong())?;
    let live = app.sites.get(site).map(|site| site.live());
    let site = live.as_ref().and_then(|live| live.branch.site.as_ref()).ok_or_else(wrong)?;
    moment(site, time, app.clock.now()).map(Some).ok_or_else(wrong)
}

/// The last moment of the present service day at which the wall showed a time; else the next one, which the rules
/// refuse.
fn moment(site: &Site, time: NaiveTime, now: Time) -> Option<Time> {
    let today = site.local(now).date_naive();
    let on = |date: chrono::NaiveDate| {
        let local = date.and_time(time).and_local_timezone(site.zone);
        local.latest().map(|local| local.to_utc())
    };
    let yesterday = on(today - Duration::days(1)).filter(|at| site.day(*at) == site.day(now));
    on(today).filter(|at| *at <= now).or(yesterday).or_else(|| on(today))
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        Self {
            number: one(fields, "number").to_owned(),
            service: one(fields, "service").to_owned(),
            arrival: one(fields, "arrival").to_owned(),
            priority: !one(fields, "priority").is_empty(),
        }
    }
}

fn show(app: &App, signed_in: &SignedIn, status: StatusCode, notices: Vec<Notice>, typed: Typed) -> Response {
    match whole(app, signed_in, notices, typed) {
        Ok(page) => pages::page(status, &page),
        Err(error) => pages::failed(&error, signed_in.lang),
    }
}

fn whole(
    app: &App,
    SignedIn { agent, lang }: &SignedIn,
    notices: Vec<Notice>,
    typed: Typed,
) -> Result<Page, ApiError> {
    let (w, now) = (words::of(*lang), app.clock.now());
    let frame = Frame {
        site: pages::site_name(app, &agent.account.site, *lang),
        agent: Some(agent.account.name.clone()),
        path: MEANWHILE.into(),
    };
    let live = app.sites.get(&agent.account.site).ok_or(ApiError::NotFound)?.live();
    let branch = &live.branch;
    let site = branch.site.as_ref().ok_or(ApiError::NotFound)?;
    let now_shown = clock(now, site);
    let arrival = if typed.arrival.is_empty() { now_shown.clone() } else { typed.arrival };
    let services = site
        .services
        .iter()
        .map(|(id, service)| Service { id: id.to_string(), label: service.internal_label.clone() });
    Ok(Page {
        w,
        frame,
        notices,
        rows: branch
            .everybody(now)
            .into_iter()
            .filter_map(|visit| row(branch, site, visit, now, w))
            .collect(),
        recorded: recorded(app, branch, site, w),
        services: services.collect(),
        typed: Typed { arrival, ..typed },
        now: now_shown,
        key: app.clock.new_id(),
    })
}

/// Whoever is at a counter is finished there.
fn row(branch: &Branch, site: &Site, visit: &Visit, now: Time, w: &Words) -> Option<Row> {
    let away = match visit.state {
        VisitState::Waiting => None,
        VisitState::Parked { until, .. } => Some(fill(w.away_until, "time", clock(until, site))),
        VisitState::Missed { since } => Some(fill(w.missed_call, "time", clock(since, site))),
        VisitState::Called { .. } | VisitState::Serving { .. } | VisitState::Ended { .. } => return None,
    };
    Some(Row {
        number: visit.numbers.first()?.clone(),
        numbers: view::numbers(visit),
        service: view::service(branch, visit, w),
        reason: w.class(&branch.reason(visit, now).class, site),
        priority: visit.priority,
        arrival: clock(visit.arrival, site),
        away,
        notes: view::notes(branch, visit, w),
    })
}

/// Who was recorded as served, the latest first.
fn recorded(app: &App, branch: &Branch, site: &Site, w: &Words) -> Vec<Recorded> {
    let mut known: Vec<(Time, &Visit, Time)> = branch
        .visits
        .values()
        .filter_map(|visit| match visit.state {
            VisitState::Ended { at, how: Ending::ServedMeanwhile { recorded } } => {
                Some((recorded, visit, at))
            }
            _ => None,
        })
        .collect();
    known.sort_by_key(|(recorded, visit, _)| (std::cmp::Reverse(*recorded), visit.id));
    let told = |(recorded, visit, at): (Time, &Visit, Time)| {
        let when = fill(w.recorded_at, "time", clock(at, site));
        Some(Recorded {
            key: app.clock.new_id(),
            number: visit.numbers.first()?.clone(),
            numbers: view::numbers(visit),
            when: fill(&when, "recorded", clock(recorded, site)),
        })
    };
    known.into_iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_of_day_is_of_the_service_day_which_goes_on_after_midnight() {
        let site = view::tests::site();
        let moment = |time: &str, now: &str| moment(&site, time.parse().unwrap(), at(now)).unwrap();
        assert_eq!(moment("10:15:00", "2026-11-23T11:00:00Z"), at("2026-11-23T09:15:00Z"));
        assert_eq!(moment("23:50:00", "2026-11-23T23:30:00Z"), at("2026-11-23T22:50:00Z"), "last evening");
        assert_eq!(moment("13:00:00", "2026-11-23T11:00:00Z"), at("2026-11-23T12:00:00Z"), "still to come");
        assert_eq!(moment("05:00:00", "2026-11-23T23:30:00Z"), at("2026-11-23T04:00:00Z"), "this morning");
    }
}

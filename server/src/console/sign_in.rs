//! The door: a name and a password.

use super::{
    HOME, SIGN_IN, cookies,
    pages::{self, Frame},
    words::{self, Lang, Words, fill},
};
use crate::{
    app::App,
    auth::Agent,
    error::ApiError,
    secret,
    store::{Account, accounts},
};
use askama::Template;
use axum::{
    Form,
    extract::{ConnectInfo, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use std::{net::SocketAddr, sync::LazyLock, time::Instant};
use tokio::sync::Semaphore;

/// The longest name and password that are looked at, in bytes.
const TEXT_MAX: usize = 256;

/// Passwords checked at once: each takes some 20 MB and a core for a moment.
static CHECKS: Semaphore = Semaphore::const_new(2);

/// Nobody's password, to be checked for a name that does not exist, so that it takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| secret::hash_password("nobody").unwrap_or_default());

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    w: &'static Words,
    frame: Frame,
    name: String,
    problem: String,
}

fn form(status: StatusCode, lang: Lang, name: &str, problem: String) -> Response {
    let frame = Frame { site: String::new(), agent: None, path: SIGN_IN.into() };
    pages::page(status, &Page { w: words::of(lang), frame, name: name.to_owned(), problem })
}

/// Asks for name and password; whoever is inside already is led on.
pub(super) async fn page(headers: HeaderMap, agent: Option<Agent>) -> Response {
    match agent {
        Some(_) => Redirect::to(HOME).into_response(),
        None => form(StatusCode::OK, cookies::language(&headers), "", String::new()),
    }
}

/// What the form brings.
#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// Lets people in. A name that does not exist and a password that is wrong get the same answer.
pub(super) async fn sign_in(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    sent: Result<Form<Credentials>, FormRejection>,
) -> Response {
    let lang = cookies::language(&headers);
    let words = words::of(lang);
    let (from, Ok(Form(Credentials { name, password }))) = (from.ip(), sent) else {
        return form(StatusCode::BAD_REQUEST, lang, "", words.wrong_password.into());
    };
    let name = name.trim();
    if name.len() > TEXT_MAX || password.len() > TEXT_MAX {
        return form(StatusCode::UNAUTHORIZED, lang, "", words.wrong_password.into());
    }
    let one_name = accounts::folded(name);
    if let Err(wait) = app.sign_ins.begin(from, &one_name, Instant::now()) {
        let problem = fill(words.too_many_attempts, "seconds", wait.as_secs() + 1);
        return form(StatusCode::TOO_MANY_REQUESTS, lang, name, problem);
    }
    match find(&app, name, password).await {
        Ok(Some(account)) => {
            app.sign_ins.succeeded(from, &one_name);
            begin_session(&app, &account, &headers).await.unwrap_or_else(|error| pages::failed(&error, lang))
        }
        Ok(None) => form(StatusCode::UNAUTHORIZED, lang, name, words.wrong_password.into()),
        Err(error) => pages::failed(&error, lang),
    }
}

/// The account of a name and a password.
async fn find(app: &App, name: &str, password: String) -> Result<Option<Account>, ApiError> {
    let accounts = app.reader.read(|db| accounts::by_name(db, name))?;
    let _place = CHECKS.acquire().await;
    let checked = tokio::task::spawn_blocking(move || {
        // Made at the first sign-in of all, whoever that is.
        let nobody = &*NOBODY;
        if accounts.is_empty() {
            secret::is_password(&password, nobody);
        }
        // The same name may exist at two sites of this server.
        accounts
            .into_iter()
            .find(|(_, hash)| secret::is_password(&password, hash))
            .map(|(account, _)| account)
    });
    // A check that panicked let nobody in.
    Ok(checked.await.unwrap_or_default())
}

async fn begin_session(app: &App, account: &Account, headers: &HeaderMap) -> Result<Response, ApiError> {
    let secret = app.writer.sign_in(account.id).await?;
    let cookie = cookies::session(&secret, cookies::is_secure(headers));
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(HOME)).into_response())
}

/// Ends the session, here and in the browser.
pub(super) async fn sign_out(State(app): State<App>, headers: HeaderMap, agent: Option<Agent>) -> Response {
    if let Some(agent) = agent
        && let Err(error) = app.writer.sign_out(agent.session).await
    {
        return pages::failed(&error.into(), cookies::language(&headers));
    }
    let cookie = cookies::no_session(cookies::is_secure(&headers));
    ([(header::SET_COOKIE, cookie)], Redirect::to(SIGN_IN)).into_response()
}

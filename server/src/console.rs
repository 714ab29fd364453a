//! The agents' console: pages for a browser, rendered here, live through one stream per page.
//!
//! What belongs here: showing a site's state to agents and passing on what they press. No rule of the
//! queue stands here: what is possible is asked of [`domain::decide`], what is done goes through
//! [`crate::api::counters::perform`]. Nothing here shows the name of a visitor.

mod assets;
mod attention;
mod cookies;
mod desk;
mod doubt;
mod live;
mod meanwhile;
mod pages;
mod sign_in;
mod signed_in;
mod view;
mod words;

use crate::{app::App, origin};
use axum::{
    Router,
    extract::{Extension, Request},
    http::{HeaderName, HeaderValue, StatusCode},
    middleware::{self, Next},
    response::{Redirect, Response},
    routing::{get, post},
};
use std::sync::Arc;
use tower_http::set_header::SetResponseHeaderLayer;

/// Where an agent chooses a counter, and where every road leads back to.
const HOME: &str = "/console";
/// Where staff tell what happened while the server was away.
const MEANWHILE: &str = "/console/meanwhile";
/// Where people sign in.
const SIGN_IN: &str = "/console/sign-in";

/// Also the forms that need no session, such as the one to sign in, are sent by our own pages only.
async fn from_our_pages(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if origin::may_bring_cookies(&parts) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let lang = cookies::language(&parts.headers);
    pages::trouble(StatusCode::FORBIDDEN, lang, words::of(lang).other_origin)
}

/// The pages.
pub fn routes() -> Router<App> {
    // With `no-referrer` browsers would send `Origin: null` with every form.
    let referrer = SetResponseHeaderLayer::overriding(
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("same-origin"),
    );
    Router::new()
        .route("/", get(|| async { Redirect::to(HOME) }))
        .route(SIGN_IN, get(sign_in::page).post(sign_in::sign_in))
        .route("/console/sign-out", post(sign_in::sign_out))
        .route("/console/language", post(cookies::choose_language))
        .route(HOME, get(pages::choose))
        .route("/console/counters/{counter}", get(desk::page))
        .route("/console/counters/{counter}/desk", get(desk::fragment))
        .route("/console/counters/{counter}/stream", get(live::stream))
        .route("/console/recovered", post(doubt::end))
        .route("/console/counters/{counter}/visits/{visit}/{action}", post(doubt::act))
        .route(MEANWHILE, get(meanwhile::page))
        .route("/console/meanwhile/{action}", post(meanwhile::act).get(meanwhile::leave_action))
        .route("/console/{*nowhere}", get(pages::nowhere))
        .route("/console/counters/{counter}/{action}", post(desk::act).get(desk::leave_action))
        .layer(middleware::from_fn(from_our_pages))
        .layer(referrer)
        .layer(Extension(Arc::new(live::Places::default())))
        .route("/static/{version}/{*path}", get(assets::serve))
}

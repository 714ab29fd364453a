//! The agent behind a page. Whoever is not signed in is led to the door.

use super::{SIGN_IN, cookies, words::Lang};
use crate::{app::App, auth::Agent, error::ApiError};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

/// Somebody who signed in, and the language of the pages.
pub(super) struct SignedIn {
    /// Who.
    pub agent: Agent,
    /// In which words.
    pub lang: Lang,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let lang = cookies::language(&parts.headers);
        match <Agent as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(agent) => Ok(Self { agent, lang }),
            Err(ApiError::Unauthorized) if is_partial(&parts.headers) => {
                Err(StatusCode::UNAUTHORIZED.into_response())
            }
            Err(ApiError::Unauthorized) => Err(Redirect::to(SIGN_IN).into_response()),
            Err(error) => Err(super::pages::failed(&error, lang)),
        }
    }
}

/// Whether a script of the page asks, which shows a part and follows no redirection.
pub(super) fn is_partial(headers: &HeaderMap) -> bool {
    headers.contains_key("hx-request")
}

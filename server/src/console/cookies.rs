//! What the browser keeps: the session's secret and the language.

use super::{HOME, words::Lang};
use crate::auth::{SESSION_COOKIE, SESSION_COOKIE_PLAIN};
use axum::{
    Form,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

/// The cookie of the language.
const LANGUAGE_COOKIE: &str = "lang";

/// Gives the browser its session. It ends with the browser, and on the server when its time is over.
pub(super) fn session(secret: &str, secure: bool) -> String {
    format!("{}={secret}; {}", name(secure), attributes(secure))
}

/// Takes the session back.
pub(super) fn no_session(secure: bool) -> String {
    format!("{}=; Max-Age=0; {}", name(secure), attributes(secure))
}

fn name(secure: bool) -> &'static str {
    if secure { SESSION_COOKIE } else { SESSION_COOKIE_PLAIN }
}

fn attributes(secure: bool) -> &'static str {
    if secure { "Path=/; Secure; HttpOnly; SameSite=Strict" } else { "Path=/; HttpOnly; SameSite=Strict" }
}

/// Whether the browser speaks TLS, be it with this server or with a proxy before it. Only a browser
/// that says that it came by plain HTTP, which is possible on loopback alone, gets a cookie without `Secure`.
pub(super) fn is_secure(headers: &HeaderMap) -> bool {
    !headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"http://"))
}

/// The value of a cookie.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(known, value)| (known == name).then_some(value))
}

/// The language that was chosen here, or else the one that the browser prefers, or else French.
pub(super) fn language(headers: &HeaderMap) -> Lang {
    if let Some(chosen) = value(headers, LANGUAGE_COOKIE).and_then(Lang::from_code) {
        return chosen;
    }
    let wishes =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut wishes: Vec<(f32, Lang)> = wishes
        .split(',')
        .filter_map(|wish| {
            let (range, quality) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let quality = quality.trim().strip_prefix("q=")?.parse().ok()?;
            let code = range.trim().split('-').next()?;
            Some((quality, Lang::from_code(code)?))
        })
        .collect();
    wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
    wishes.first().map_or(Lang::Fr, |(_, lang)| *lang)
}

/// A language and where to go on.
#[derive(Deserialize)]
pub(super) struct Choice {
    language: String,
    back: String,
}

/// Remembers the language for a year.
pub(super) async fn choose_language(Form(choice): Form<Choice>) -> Response {
    let lang = Lang::from_code(&choice.language).unwrap_or(Lang::Fr);
    let cookie =
        format!("{LANGUAGE_COOKIE}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", lang.code());
    let mut response = Redirect::to(way_back(&choice.back)).into_response();
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Only pages of the console are gone back to.
fn way_back(path: &str) -> &str {
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-".contains(&b));
    if plain && (path == HOME || path.starts_with("/console/")) { path } else { HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(cookie: &str, accept: &str) -> Lang {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        language(&headers)
    }

    #[test]
    fn the_language_chosen_here_wins_over_the_browsers() {
        assert_eq!(asks("guichet=x; lang=en", "fr"), Lang::En);
        assert_eq!(asks("guichet=x", "en-GB,en;q=0.9,fr;q=0.8"), Lang::En);
        assert_eq!(asks("", "de, fr;q=0.5, en;q=0.4"), Lang::Fr);
        assert_eq!(asks("lang=xx", "de"), Lang::Fr);
        assert_eq!(asks("lang", ";;q=,;q=nan"), Lang::Fr);
    }

    #[test]
    fn a_language_never_leads_away_from_the_console() {
        assert_eq!(way_back("/console/counters/3"), "/console/counters/3");
        for elsewhere in
            ["https://example.org", "//example.org", "/console//../x", "/consoles", "/console/\r\nx"]
        {
            assert_eq!(way_back(elsewhere), HOME, "{elsewhere}");
        }
    }

    #[test]
    fn only_plain_http_gets_a_cookie_without_secure() {
        let plain =
            HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static("http://localhost:8080"))]);
        assert!(!is_secure(&plain));
        assert!(session("s", is_secure(&plain)).starts_with("guichet=s; Path=/; HttpOnly"));
        assert!(
            session("s", is_secure(&HeaderMap::new()))
                .starts_with("__Host-guichet=s; Path=/; Secure; HttpOnly")
        );
    }
}

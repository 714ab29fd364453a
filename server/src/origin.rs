//! Pages of other sites change nothing here, whichever cookies the browser adds to what they send.

use axum::http::{HeaderMap, Method, Uri, header, request::Parts};

/// Whether a request may bring the browser's cookie along: it reads, or it comes from our own pages.
pub fn may_bring_cookies(parts: &Parts) -> bool {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    reads || is_ours(&parts.headers, &parts.uri)
}

/// What the browser says of where the request comes from. A program that is no browser says nothing
/// and brings no cookies of anybody else.
fn is_ours(headers: &HeaderMap, uri: &Uri) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    // HTTP/2 has the host in the address, HTTP/1.1 in a header.
    let host = uri.authority().map(|a| a.as_str()).or_else(|| headers.get(header::HOST)?.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin.is_some() && origin == host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers =
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        is_ours(&headers, &Uri::from_static("/console/sign-in"))
    }

    #[test]
    fn only_our_own_pages_and_programs_pass() {
        assert!(ours(&[]));
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(ours(&[("origin", "https://guichet.example:8443"), ("host", "guichet.example:8443")]));
        assert!(!ours(&[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://a.example"),
            ("host", "a.example")
        ]));
        assert!(!ours(&[("sec-fetch-site", "cross-site")]));
        assert!(!ours(&[("origin", "https://other.example"), ("host", "guichet.example")]));
        assert!(!ours(&[("origin", "null"), ("host", "guichet.example")]));
        assert!(!ours(&[("origin", "https://guichet.example")]));
    }

    #[test]
    fn over_http_2_the_host_stands_in_the_address() {
        let headers = HeaderMap::from_iter([(header::ORIGIN, "https://a.example".parse().unwrap())]);
        assert!(is_ours(&headers, &Uri::from_static("https://a.example/console")));
    }
}

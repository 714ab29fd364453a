//! The files that pages need, inside the program: no request leaves the host.

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The version of all files together. It stands in their addresses, so browsers may keep them for
/// ever, and what they refer to relatively has the same version.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        hash.update(name.as_bytes());
        if let Some(file) = Files::get(&name) {
            hash.update(file.metadata.sha256_hash());
        }
    }
    HEXLOWER.encode(&hash.finalize()[..6])
});

/// The address of a file.
pub(super) fn address(file: &str) -> String {
    format!("/static/{}/{file}", *VERSION)
}

/// Gives a file; an address of another version gets it too, but may not keep it.
pub(super) async fn serve(Path((version, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(file) = Files::get(&path) else { return StatusCode::NOT_FOUND.into_response() };
    let tag = format!("\"{}\"", HEXLOWER.encode(&file.metadata.sha256_hash()[..12]));
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let head = [(header::CACHE_CONTROL, keep.to_owned()), (header::ETAG, tag.clone())];
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag)) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, [(header::CONTENT_TYPE, content_type(&path))], file.data).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_type_that_browsers_take() {
        let unknown: Vec<_> =
            Files::iter().filter(|name| content_type(name).ends_with("octet-stream")).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[tokio::test]
    async fn a_file_is_kept_under_its_version_and_asked_for_again_under_another() {
        let now = serve(Path((VERSION.clone(), "console.css".into())), HeaderMap::new()).await;
        assert_eq!(now.status(), StatusCode::OK);
        assert!(now.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        let other = serve(Path(("0".into(), "console.css".into())), HeaderMap::new()).await;
        assert_eq!(other.headers()[header::CACHE_CONTROL], "no-cache");
        let known = HeaderMap::from_iter([(header::IF_NONE_MATCH, now.headers()[header::ETAG].clone())]);
        let again = serve(Path(("0".into(), "console.css".into())), known).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let none = serve(Path((VERSION.clone(), "../Cargo.toml".into())), HeaderMap::new()).await;
        assert_eq!(none.status(), StatusCode::NOT_FOUND);
    }
}

//! Every route on one screen, grouped by who calls it.

use crate::{
    api,
    api_doc::{self, ApiDoc},
    app::App,
    console,
    error::ApiError,
    writer::WriteError,
};
use axum::{
    Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    http::{HeaderValue, header},
    routing::get,
};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The largest request: a batch of five hundred facts with room to spare.
const BODY_BYTES_MAX: usize = 4 << 20;

/// Browsers load nothing from elsewhere and run nothing that is written into a page.
const CONTENT_SECURITY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                                frame-ancestors 'none'; form-action 'self'";

/// The whole server.
pub fn router(app: App) -> Router {
    let (router, mut openapi) = OpenApiRouter::with_openapi(ApiDoc::openapi())
        // Anybody
        .routes(routes!(api::health::health))
        .routes(routes!(api::health::authority))
        .routes(routes!(api::devices::pair))
        .routes(routes!(api::waits::waits))
        // Kiosks
        .routes(routes!(api::devices::incarnation))
        .routes(routes!(api::snapshots::kiosk))
        .routes(routes!(api::stream::kiosk))
        .routes(routes!(api::facts::upload))
        // Kiosks and boards, after a restore
        .routes(routes!(api::recovery::hand_back))
        // Boards
        .routes(routes!(api::snapshots::board))
        .routes(routes!(api::stream::board))
        // Agents' programs
        .routes(routes!(api::counters::act))
        .routes(routes!(api::counters::act_on_visit))
        .routes(routes!(api::meanwhile::record_served))
        .split_for_parts();
    api_doc::complete(&mut openapi);
    // Written once: it is long, and anybody may ask for it.
    let openapi = protocol::schema::complete(&openapi).map(Bytes::from).map_err(|error| {
        tracing::error!(%error, "the interface cannot be described");
    });
    let openapi = || async move {
        let text = openapi.map_err(|()| ApiError::Write(WriteError::Fault))?;
        Ok::<_, ApiError>(([(header::CONTENT_TYPE, "application/json")], text))
    };
    router
        .route(protocol::route::OPENAPI, get(openapi))
        // Agents' browsers
        .merge(console::routes())
        .fallback(|| async { ApiError::NotFound })
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .with_state(app)
        .layer(axum::middleware::map_request(crate::serve::in_time))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(response_header("content-security-policy", CONTENT_SECURITY))
        .layer(response_header("x-content-type-options", "nosniff"))
        .layer(response_header("referrer-policy", "no-referrer"))
        .layer(response_header("strict-transport-security", "max-age=31536000"))
        .layer(response_header("cache-control", "no-store"))
        .layer(response_header(
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), usb=(), serial=()",
        ))
}

/// A header for every response that does not set it itself.
fn response_header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(
        axum::http::HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}

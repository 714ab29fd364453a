//! The description of the interface, made from the handlers' own types.

use protocol::problem;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, ResponseBuilder,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// OpenAPI 3.1.
#[derive(OpenApi)]
#[openapi(
    info(title = "Guichet", description = "Check-in, calls and displays of a reception hall. Problems are RFC 9457."),
    modifiers(&Security)
)]
pub struct ApiDoc;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        components.add_security_scheme("device", bearer);
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(crate::auth::SESSION_COOKIE)));
        components.add_security_scheme("agent", cookie);
        let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        components.add_security_scheme("agent_token", token);
    }
}

/// Adds what every operation of a kind can answer beside what it says itself, so that it is said once.
pub fn complete(openapi: &mut utoipa::openapi::OpenApi) {
    for item in openapi.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            let mut also = vec![
                ("404", "this server knows no such thing, or no such site any more"),
                ("500", "the server has a fault: nothing was changed"),
                ("503", "busy, stopping, or the disk is full: nothing was changed"),
            ];
            if operation.security.is_some() {
                also.push(("401", "no token, a wrong one, or one that was revoked"));
                also.push(("403", "not for this device or person"));
            }
            if operation.parameters.is_some() {
                also.push(("400", "a part of the path or a header cannot be read"));
            }
            if operation.request_body.is_some() {
                also.push(("400", "the body is no JSON"));
                also.push(("413", "the body is too large"));
                also.push(("415", "the body is not `application/json`"));
                also.push(("422", "the body is JSON of another shape"));
            }
            for (status, description) in also {
                let problem = || {
                    let content =
                        ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
                    ResponseBuilder::new()
                        .description(description)
                        .content(problem::MEDIA_TYPE, content)
                        .build()
                };
                operation.responses.responses.entry(status.to_owned()).or_insert_with(|| problem().into());
            }
        }
    }
}

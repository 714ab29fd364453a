//! What the interface says of itself.

use crate::{
    actors::new_id,
    helpers::{TestServer, lille},
};
use domain::CounterId;
use protocol::route::{self, CounterAction};
use reqwest::Method;
use serde_json::{Value, json};

/// Every path of the interface, as a program asks for it, with its method.
fn routes() -> Vec<(Method, String)> {
    let site = lille();
    let mut routes = vec![
        (Method::GET, route::HEALTH.to_owned()),
        (Method::GET, route::AUTHORITY.to_owned()),
        (Method::POST, route::PAIR.to_owned()),
        (Method::POST, route::INCARNATION.to_owned()),
        (Method::GET, route::kiosk_snapshot(&site)),
        (Method::GET, route::kiosk_stream(&site)),
        (Method::POST, route::facts(&site)),
        (Method::POST, route::hand_back(&site)),
        (Method::POST, route::served(&site)),
        (Method::GET, route::board_snapshot(&site)),
        (Method::GET, route::board_stream(&site)),
        (Method::GET, route::waits(&site)),
    ];
    routes.extend(
        CounterAction::ALL.iter().map(|action| (Method::POST, route::counter(&site, CounterId(1), *action))),
    );
    let number: domain::TicketNumber = "A001".parse().unwrap();
    let visits = route::VisitAction::ALL.iter();
    routes.extend(visits.map(|action| (Method::POST, route::visit(&site, &number, *action))));
    routes
}

/// Whether a path of the description, such as `/sites/{site}/facts`, is the one that was asked for.
fn fits(described: &str, asked: &str) -> bool {
    let (described, asked): (Vec<_>, Vec<_>) = (described.split('/').collect(), asked.split('/').collect());
    described.len() == asked.len() && described.iter().zip(&asked).all(|(d, a)| d == a || d.starts_with('{'))
}

#[tokio::test]
async fn health_is_told_to_everybody() {
    let health = TestServer::start().await.anon().get(route::HEALTH).await.ok();
    insta::assert_json_snapshot!(health, { ".version" => "[version]", ".disk_free_mb" => "[free]" }, @r#"
    {
      "backup": "off",
      "disk_free_mb": "[free]",
      "recovering": false,
      "sites": 2,
      "status": "ok",
      "version": "[version]"
    }
    "#);
}

#[tokio::test]
async fn the_description_is_openapi_3_1_and_changes_only_on_purpose() {
    let description = TestServer::start().await.anon().get(route::OPENAPI).await.ok();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1."), "{}", description["openapi"]);
    insta::assert_json_snapshot!("openapi", description, { ".info.version" => "[version]" });
}

#[tokio::test]
async fn the_description_lists_every_route_and_no_other() {
    let server = TestServer::start().await;
    let description = server.anon().get(route::OPENAPI).await.ok();
    let described: Vec<(&String, &String, &Value)> = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
        })
        .collect();
    let ids: Vec<&Value> = described.iter().map(|(.., operation)| &operation["operationId"]).collect();
    let different: std::collections::BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(different.len(), ids.len(), "two operations have one name: {ids:?}");
    for (.., operation) in &described {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let problem = &response["content"]["application/problem+json"];
            let is_problem = status.starts_with(['4', '5']);
            assert_eq!(problem.is_object(), is_problem, "{} {status}", operation["operationId"]);
        }
    }
    for (method, path) in routes() {
        let found = described
            .iter()
            .any(|(known, how, _)| fits(known, &path) && how.eq_ignore_ascii_case(method.as_str()));
        assert!(found, "{method} {path} is not described");
    }
    for (path, how, operation) in described {
        let ours = routes().iter().any(|(m, r)| fits(path, r) && how.eq_ignore_ascii_case(m.as_str()));
        assert!(ours, "{how} {path} is described and no program of ours calls it");
        assert!(operation["summary"].is_string(), "{how} {path} says nothing of itself");
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_or_with_a_wrong_one() {
    let server = TestServer::start().await;
    let open = [route::HEALTH, route::AUTHORITY, &route::waits(&lille())];
    let body = json!({ "code": "00000-00000", "incarnation": new_id(), "facts": [] });
    for stranger in [server.anon(), server.anon().with_token("guess"), server.anon().with_token("")] {
        for (method, path) in routes().into_iter().filter(|(_, path)| !open.contains(&path.as_str())) {
            let request = stranger.request(method.clone(), &path);
            let request = if method == Method::POST { request.json(&body) } else { request };
            let answer = stranger.send(request).await;
            answer.is_problem(401, "unauthorized");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_answer_bears_the_headers_that_protect_a_browser() {
    let server = TestServer::start().await;
    let anon = server.anon();
    for path in [route::HEALTH, route::OPENAPI, "/console/sign-in", "/nowhere", route::PAIR] {
        let answer = anon.get(path).await;
        let header = |name| answer.header(name).unwrap_or_else(|| panic!("{path} has no {name}"));
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        assert!(["no-referrer", "same-origin"].contains(&header("referrer-policy")));
        assert!(header("strict-transport-security").starts_with("max-age="));
        assert!(answer.header("access-control-allow-origin").is_none(), "{path} is for no other site");
        assert!(answer.header("server").is_none(), "{path} names its program");
    }
}

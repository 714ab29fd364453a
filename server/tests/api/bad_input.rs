//! What no client of ours sends. The answer is a problem that says what is wrong, never a failure of the
//! server, and whoever comes next is served.

use crate::{
    actors::{Caller, new_id},
    answer::Answer,
    helpers::{TestServer, lille},
    wire::{end, speak},
};
use protocol::{
    control::{self, Ask},
    route::{self, CounterAction},
};
use reqwest::Method;
use serde_json::json;

/// A client of each HTTP.
fn both(server: &TestServer) -> [Caller; 2] {
    [server.anon(), Caller::built(&server.url(), &server.authority, |builder| builder.http1_only())]
}

async fn post(caller: &Caller, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = caller.request(Method::POST, path).header("content-type", content_type).body(body);
    caller.send(request).await
}

/// The server works as if nothing had been.
async fn still_serves(server: &TestServer) {
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(1).await;
    agent.open(1).await;
    agent.act(1, CounterAction::CallNext).await.ok();
}

#[tokio::test]
async fn bodies_that_are_no_json_are_explained() {
    let server = TestServer::start().await;
    let device = server.kiosk().await.paired.token;
    let deep = "[".repeat(200_000);
    let bodies: [&[u8]; 8] = [
        b"",
        b"{",
        b"null",
        b"[1, 2",
        b"{\"code\": \"\xff\xfe\", \"incarnation\": 1}",
        b"{\"code\": 1e999}",
        "{\"code\": \"00000-00000\", \"incarnation\": \"pas un UUID\", \"facts\": []}".as_bytes(),
        deep.as_bytes(),
    ];
    for caller in both(&server) {
        let caller = caller.with_token(&device);
        for path in [route::PAIR, route::INCARNATION, &route::facts(&lille())] {
            for body in bodies {
                let answer = post(&caller, path, "application/json", body.to_vec()).await;
                let problem = answer.problem();
                assert!([400, 422].contains(&problem.status), "{path}: {problem:?}");
                assert!(problem.detail.is_some(), "{problem:?}");
            }
        }
    }
    still_serves(&server).await;
}

#[tokio::test]
async fn another_kind_of_body_is_refused() {
    let server = TestServer::start().await;
    let body = json!({ "code": "00000-00000", "incarnation": new_id() }).to_string();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "œ", "application"]
    {
        post(&server.anon(), route::PAIR, kind, body.clone()).await.is_problem(415, "bad-body");
    }
    let untyped = server.anon().request(Method::POST, route::PAIR).body(body);
    server.anon().send(untyped).await.is_problem(415, "bad-body");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_whether_or_not_it_says_so() {
    let server = TestServer::start().await;
    let token = server.kiosk().await.paired.token;
    let body = vec![b' '; 5 << 20];
    for caller in both(&server) {
        let caller = caller.with_token(&token);
        for path in [route::PAIR, &route::facts(&lille())] {
            post(&caller, path, "application/json", body.clone()).await.is_problem(413, "bad-body");
            let pieces = futures_util::stream::iter(
                body.chunks(64 << 10)
                    .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
                    .collect::<Vec<_>>(),
            );
            let unannounced = reqwest::Body::wrap_stream(pieces);
            post(&caller, path, "application/json", unannounced).await.is_problem(413, "bad-body");
        }
    }
    still_serves(&server).await;
}

#[tokio::test]
async fn a_megabyte_of_code_is_just_a_wrong_code() {
    let server = TestServer::start().await;
    for code in ["7".repeat(1 << 20), "œ\u{0}\u{7}".repeat(1 << 18)] {
        let body = json!({ "code": code, "incarnation": new_id() });
        server.anon().post(route::PAIR, &body).await.is_problem(401, "unauthorized");
    }
    still_serves(&server).await;
}

#[tokio::test]
async fn paths_that_lead_nowhere_are_told() {
    let server = TestServer::start().await;
    let token = server.kiosk().await.paired.token;
    let long = format!("/api/v1/sites/{}/kiosk/snapshot", "a".repeat(8_000));
    for caller in both(&server) {
        let caller = caller.with_token(&token);
        for path in ["/nowhere", "/api", "/api/v1/sites", "/healthz/", "/..%2f..%2fetc"] {
            let answer = caller.get(path).await;
            assert_eq!(answer.problem().code(), "not-found", "{path}");
        }
        let page = caller.get("/console/nowhere").await;
        assert_eq!(
            (page.status.as_u16(), page.text().starts_with("<!doctype html>")),
            (404, true),
            "for people"
        );
        caller.get(&long).await.is_problem(403, "forbidden");
        // %FF is no UTF-8, and %00 no name.
        let answer = caller.get("/api/v1/sites/%FF/kiosk/snapshot").await;
        assert_eq!(answer.problem().status, 400);
        caller.get("/api/v1/sites/%00/kiosk/snapshot").await.is_problem(403, "forbidden");
    }
    still_serves(&server).await;
}

#[tokio::test]
async fn heads_that_are_too_long_hurt_nobody() {
    let server = TestServer::start().await;
    let (long, endless) = ("a".repeat(60_000), "a".repeat(1 << 20));
    // Before there is a request to answer, HTTP itself says no: with a status, or by hanging up.
    for caller in both(&server) {
        for request in [
            caller.request(Method::GET, &format!("/{long}")),
            caller.request(Method::GET, "/").header("x-long", &endless),
        ] {
            if let Ok(response) = request.send().await {
                assert!(response.status().is_client_error(), "{}", response.status());
            }
        }
    }
    let many = "x: y\r\n".repeat(1000);
    for head in [
        format!("GET /{endless} HTTP/1.1\r\nhost: a\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n"),
        format!("GET / HTTP/1.1\r\n{endless}"),
        "GET  / / /\r\n\r\n".to_owned(),
        "\r\n\u{0}\u{1}\r\n\r\n".to_owned(),
    ] {
        let answer = end(speak(&server, b"http/1.1", head.as_bytes()).await).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    still_serves(&server).await;
}

#[tokio::test]
async fn another_method_is_told_which_ones_there_are() {
    let server = TestServer::start().await;
    for (path, right) in [(route::HEALTH, "GET"), (route::PAIR, "POST"), (&route::facts(&lille()), "POST")] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE] {
            if method == right {
                continue;
            }
            let anon = server.anon();
            let answer = anon.send(anon.request(method.clone(), path)).await;
            assert_eq!(answer.problem().status, 405, "{method} {path}");
            assert!(answer.header("allow").unwrap_or_default().contains(right), "{method} {path}");
        }
    }
    let anon = server.anon();
    let head = anon.send(anon.request(Method::HEAD, route::HEALTH)).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}

#[tokio::test]
async fn tokens_that_are_no_tokens_are_wrong_tokens() {
    let server = TestServer::start().await;
    let path = route::kiosk_snapshot(&lille());
    let long = format!("Bearer {}", "x".repeat(8000));
    let tokens: [&[u8]; 6] = [
        b"Bearer",
        b"Basic YWRhOmFkYQ==",
        b"Bearer \xff\xfe",
        b"Bearer ' OR 1=1 --",
        b"bearer  ",
        long.as_bytes(),
    ];
    for token in tokens {
        let value = reqwest::header::HeaderValue::from_bytes(token).unwrap();
        let anon = server.anon();
        let answer = anon.send(anon.request(Method::GET, &path).header("authorization", value)).await;
        answer.is_problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn numbers_out_of_range_in_a_fact_are_kept_apart_and_stop_nothing_that_follows() {
    let server = TestServer::start().await;
    for (place, value) in [
        ("/origin/seq", json!(-1)),
        ("/origin/seq", json!(1.5)),
        ("/origin/seq", json!("1")),
        ("/number", json!("H1000")),
        ("/version", json!(65_536)),
        ("/at", json!("yesterday")),
        ("/day", json!("2026-02-30")),
        ("/id", json!("")),
    ] {
        let mut kiosk = server.kiosk().await;
        let mut bent = serde_json::to_value(kiosk.walk_in()).unwrap();
        *bent.pointer_mut(place).unwrap() = value;
        let batch = [bent, serde_json::to_value(kiosk.walk_in()).unwrap()];
        let answer = kiosk.upload_raw(&batch).await.ok();
        let rejected = json!([{ "seq": 1, "reason": "not an envelope" }]);
        // What bears no place in the chain cannot be named by it.
        let named = if place == "/origin/seq" { json!(null) } else { rejected };
        assert_eq!((&answer["acked_through"], &answer["rejected"]), (&json!(2), &json!(1)), "{place}");
        assert_eq!(answer["rejected_now"], named, "{place}");
        assert_eq!(kiosk.upload_raw(&batch).await.ok(), answer, "{place}: a repeat");
        kiosk.crowd(1).await;
    }
    assert_eq!(server.app.sites.get(&lille()).unwrap().live().branch.visits.len(), 16);
    let listed = server.operate(Ask::Devices).await;
    let control::Answer::Devices { devices } = listed else { panic!("{listed:?}") };
    assert!(devices.iter().all(|device| device.rejected.as_ref().is_some_and(|(count, _)| *count == 1)));
    let mut kiosk = server.kiosk().await;
    let mut far = serde_json::to_value(kiosk.walk_in()).unwrap();
    far["origin"]["seq"] = json!(u64::MAX);
    kiosk.upload_raw(&[far]).await.is_problem(409, "forked");
}

//! Who is kept out: pages of other sites, people who guess passwords, devices that ask for too much.

use crate::{
    actors::{Caller, new_id},
    answer::Answer,
    helpers::{Setup, TestServer, lille},
};
use domain::CounterId;
use protocol::route::{self, CounterAction};
use reqwest::Method;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};

async fn sign_in(caller: &Caller, body: &str) -> Answer {
    let form = caller
        .request(Method::POST, "/console/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned());
    caller.send(form).await
}

#[tokio::test]
async fn a_page_of_another_site_cannot_act_with_the_cookie_of_an_agent() {
    let server = TestServer::start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(2).await;
    agent.open(1).await;
    let call = route::counter(&lille(), CounterId(1), CounterAction::CallNext);
    let from = async |header: &str, value: &str, path: &str| {
        agent.raw.send(agent.raw.request(Method::POST, path).header(header, value)).await
    };
    let head = server.head();
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://elsewhere.example"),
        ("origin", "null"),
    ] {
        from(header, value, &call).await.is_problem(403, "forbidden");
        let desk = from(header, value, "/console/counters/1/call-next").await;
        assert_eq!(desk.status, 403, "{header}: {value}");
    }
    assert_eq!(server.head(), head, "nobody was called");
    // A program that shows the token itself is no browser that was led astray.
    let program = server.anon().with_token(&agent.session);
    let request = program.request(Method::POST, &call).header("origin", "https://elsewhere.example");
    program.send(request).await.ok();
    from("sec-fetch-site", "same-origin", "/console/counters/1/recall").await;
    assert_eq!(server.head(), head + 1);
}

#[tokio::test]
async fn whoever_guesses_passwords_locks_out_nobody_else() {
    let server = TestServer::start().await;
    let _nadia = server.agent("nadia").await;
    let prankster = Caller::built(&server.url(), &server.authority, |builder| {
        builder.local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)))
    });
    let mut refused = 0;
    for _ in 0..14 {
        refused += usize::from(sign_in(&prankster, "name=nadia&password=guess").await.status == 429);
    }
    assert_eq!(refused, 4, "ten guesses, no more");
    let right = "name=nadia&password=correct+horse+battery";
    assert_eq!(sign_in(&prankster, right).await.status, 429);
    assert_eq!(sign_in(&server.anon(), right).await.status, 303, "she signs in from her own desk");
}

#[tokio::test]
async fn a_form_that_lacks_something_is_answered_with_the_form() {
    let server = TestServer::start().await;
    for (body, status) in
        [("", 401), ("name=nadia", 401), ("password=x", 401), ("name=%FF%00&password=x", 401)]
    {
        let answer = sign_in(&server.anon(), body).await;
        assert_eq!(answer.status, status, "{body}");
        assert!(answer.text().contains("<form"), "{}", answer.text());
    }
    let json = server.anon().post("/console/sign-in", &json!({ "name": "nadia" })).await;
    assert_eq!(json.status, 400);
    assert!(json.text().contains("<form"), "{}", json.text());
}

#[tokio::test]
async fn a_kiosk_cannot_use_up_the_lanes_of_the_others() {
    let server = Setup::default().start().await;
    let (kiosk, other) = (server.kiosk().await, server.kiosk().await);
    let ask = async |caller: &Caller| {
        caller.post(route::INCARNATION, &json!({ "code": "", "incarnation": new_id() })).await
    };
    for _ in 0..4 {
        ask(&kiosk.raw).await.ok();
    }
    let (status, refusal) = ask(&kiosk.raw).await.refusal();
    assert_eq!((status, refusal), (409, json!({ "refusal": "too_many_lanes" })));
    ask(&other.raw).await.ok();
    ask(&server.board().await.raw).await.is_problem(403, "forbidden");
}

#[tokio::test]
async fn a_path_that_takes_another_method_says_which() {
    let server = TestServer::start().await;
    let answer = server.anon().get(route::PAIR).await;
    assert_eq!(answer.header("allow"), Some("POST"));
    answer.is_problem(405, "method-not-allowed");
}

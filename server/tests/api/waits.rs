//! How long people wait, for anybody.

use crate::helpers::{Setup, TestServer, lille, soon};
use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use protocol::{Problem, route, waits::Waits};
use serde_json::Value;
use server::{Server, clock::Clock, router::router};
use tempfile::TempDir;
use tower::ServiceExt;

#[tokio::test(flavor = "multi_thread")]
async fn anybody_can_read_how_long_people_wait_and_nothing_of_whom() {
    let server = TestServer::start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    agent.open(1).await;
    kiosk.crowd(12).await;
    let mut worked_out = server.app.sites.get(&lille()).unwrap().waits();
    let knows_all = |waits: &std::sync::Arc<server::waits::Waits>| waits.visits.len() == 12;
    soon("the waits are worked out", worked_out.wait_for(knows_all)).await.unwrap();

    let told: Value = server.anon().get(&route::waits(&lille())).await.ok();
    let waits: Waits = serde_json::from_value(told.clone()).unwrap();
    let waiting: Vec<u32> = waits.services.iter().map(|service| service.waiting).collect();
    assert_eq!(waiting.iter().sum::<u32>(), 12, "{told}");
    let crowded = waits.services.iter().find(|service| service.waiting == 12).unwrap();
    let range = crowded.wait.unwrap();
    assert!(range.from_minutes > 0 && range.to_minutes > range.from_minutes, "{range:?}");
    assert!(crowded.without_appointment.is_some(), "{crowded:?}");
    for number in ["A001", "A012"] {
        assert!(!told.to_string().contains(number), "{told}");
    }
    server.anon().get(&route::waits(&domain::SiteId::new("atlantis"))).await.is_problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_before_the_waits_were_worked_out_is_told_to_ask_again() {
    let (setup, folder) = (Setup::default(), TempDir::with_prefix("guichet-").unwrap());
    let server = Server::open(setup.config(folder.path()), Clock::starting_at(setup.start)).await.unwrap();
    // It does not run yet, so that it works out nothing.
    let asked = Request::get(route::waits(&lille())).body(Body::empty()).unwrap();
    let answer = router(server.app.clone()).oneshot(asked).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    let problem: Problem =
        serde_json::from_slice(&to_bytes(answer.into_body(), 10_000).await.unwrap()).unwrap();
    assert_eq!(problem.code(), "not-yet");
}

//! How long people wait, for anybody.

use crate::helpers::{TestServer, lille, soon};
use protocol::{route, waits::Waits};
use serde_json::Value;

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

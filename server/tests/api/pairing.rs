//! Enrolment: a code works once and not for long, and a device does only its own work.

use crate::{
    actors::{Kiosk, new_id},
    answer::Answer,
    helpers::{TestServer, lille, roubaix},
};
use chrono::Duration;
use domain::{CounterId, DeviceId};
use protocol::{
    control::{self, Ask},
    pairing::DeviceKind,
    route::{self, CounterAction},
};
use serde_json::json;

async fn pair(server: &TestServer, code: &str) -> Answer {
    server.anon().post(route::PAIR, &json!({ "code": code, "incarnation": new_id() })).await
}

#[tokio::test]
async fn a_code_works_once() {
    let server = TestServer::start().await;
    let code = server.code(&lille(), DeviceKind::Kiosk).await;
    pair(&server, "12345-67890").await.is_problem(401, "unauthorized");
    pair(&server, "").await.is_problem(401, "unauthorized");
    let paired = pair(&server, &code).await.ok();
    insta::assert_json_snapshot!(paired, {
        ".device" => "[id]", ".token" => "[token]", ".lookup" => "[secret]"
    }, @r#"
    {
      "device": "[id]",
      "follow_url": null,
      "kind": "kiosk",
      "lane": "A",
      "lookup": "[secret]",
      "name": "hall",
      "site": "lille",
      "token": "[token]"
    }
    "#);
    pair(&server, &code).await.is_problem(401, "unauthorized");
    let lanes = server.app.sites.get(&lille()).unwrap().live().branch.lanes.len();
    assert_eq!(lanes, 1, "codes that do not work give nothing away");
}

#[tokio::test]
async fn a_code_is_right_however_it_is_typed() {
    let server = TestServer::start().await;
    for typed in [
        |code: &str| code.replace('-', ""),
        |code: &str| code.replace('-', " "),
        |code: &str| format!(" {code}\n"),
    ] {
        let code = server.code(&lille(), DeviceKind::Board).await;
        pair(&server, &typed(&code)).await.ok();
    }
}

#[tokio::test]
async fn codes_cannot_be_guessed_from_one_address() {
    let server = TestServer::start().await;
    let code = server.code(&lille(), DeviceKind::Board).await;
    let mut wrong = 0;
    let stopped = loop {
        let answer = pair(&server, "12345-67890").await;
        if answer.problem().status == 429 {
            break answer;
        }
        answer.is_problem(401, "unauthorized");
        wrong += 1;
    };
    assert_eq!(wrong, 10, "a person mistypes less often");
    assert!(stopped.header("retry-after").unwrap().parse::<u64>().unwrap() > 1);
    pair(&server, &code).await.is_problem(429, "too-many-attempts");
}

#[tokio::test]
async fn of_two_devices_with_one_code_one_gets_in() {
    let server = TestServer::start().await;
    let code = server.code(&lille(), DeviceKind::Board).await;
    let (one, other) = tokio::join!(pair(&server, &code), pair(&server, &code));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test]
async fn a_code_works_for_ten_minutes() {
    let server = TestServer::start().await;
    let (first, second) =
        (server.code(&lille(), DeviceKind::Board).await, server.code(&lille(), DeviceKind::Board).await);
    let server = server.restart(Duration::minutes(9)).await;
    pair(&server, &first).await.ok();
    let server = server.restart(Duration::minutes(1) + Duration::seconds(1)).await;
    pair(&server, &second).await.is_problem(401, "unauthorized");
}

#[tokio::test]
async fn each_kiosk_and_each_incarnation_has_a_lane_of_its_own() {
    let server = TestServer::start().await;
    let (mut first, second) = (server.kiosk().await, server.kiosk().await);
    assert_eq!((first.lane.as_str(), second.lane.as_str()), ("A", "H"));
    let again = first.client.new_incarnation(first.incarnation).await.unwrap();
    assert_eq!(again.lane.as_ref(), Some(&first.lane), "the same database keeps its lane");
    first.begin_anew().await;
    assert_eq!(first.lane.as_str(), "K");
    let elsewhere = Kiosk::enrol(&server, &roubaix()).await;
    assert_eq!(elsewhere.lane.as_str(), "A", "lanes are the site's own");
}

#[tokio::test]
async fn a_board_has_no_lane_and_no_key_to_references() {
    let server = TestServer::start().await;
    let board = server.board().await;
    assert_eq!((board.paired.lane.clone(), board.paired.lookup.is_some()), (None, false));
}

#[tokio::test]
async fn a_board_reads_the_calls_and_nothing_else() {
    let server = TestServer::start().await;
    let board = server.board().await.raw;
    board.get(&route::board_snapshot(&lille())).await.ok();
    board.get(&route::kiosk_snapshot(&lille())).await.is_problem(403, "forbidden");
    board.get(&route::kiosk_stream(&lille())).await.is_problem(403, "forbidden");
    let nothing = json!({ "incarnation": new_id(), "facts": [] });
    board.post(&route::facts(&lille()), &nothing).await.is_problem(403, "forbidden");
    let call = route::counter(&lille(), CounterId(1), CounterAction::CallNext);
    board.post(&call, &json!({})).await.is_problem(401, "unauthorized");
}

#[tokio::test]
async fn a_kiosk_calls_nobody_and_reads_no_board() {
    let server = TestServer::start().await;
    let kiosk = server.kiosk().await.raw;
    for action in CounterAction::ALL.iter().copied() {
        let path = route::counter(&lille(), CounterId(1), action);
        kiosk.post(&path, &json!({})).await.is_problem(401, "unauthorized");
    }
    kiosk.get(&route::board_snapshot(&lille())).await.is_problem(403, "forbidden");
    kiosk.get(&route::board_stream(&lille())).await.is_problem(403, "forbidden");
    assert!(server.app.sites.get(&lille()).unwrap().live().branch.counters.is_empty());
}

#[tokio::test]
async fn an_agent_is_not_a_device() {
    let server = TestServer::start().await;
    let agent = server.agent("nadia").await;
    for caller in [agent.raw.clone(), server.anon().with_token(&agent.session)] {
        caller.get(&route::kiosk_snapshot(&lille())).await.is_problem(401, "unauthorized");
        caller.get(&route::board_stream(&lille())).await.is_problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn another_site_is_closed_to_everybody_and_does_not_even_say_whether_it_exists() {
    let server = TestServer::start().await;
    let (kiosk, board) = (server.kiosk().await.raw, server.board().await.raw);
    let agent = server.agent("nadia").await;
    for site in [roubaix(), domain::SiteId::new("atlantis")] {
        kiosk.get(&route::kiosk_snapshot(&site)).await.is_problem(403, "forbidden");
        kiosk.get(&route::kiosk_stream(&site)).await.is_problem(403, "forbidden");
        let nothing = json!({ "incarnation": new_id(), "facts": [] });
        kiosk.post(&route::facts(&site), &nothing).await.is_problem(403, "forbidden");
        board.get(&route::board_snapshot(&site)).await.is_problem(403, "forbidden");
        let open = route::counter(&site, CounterId(1), CounterAction::Open);
        agent.raw.post(&open, &json!({})).await.is_problem(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_refused_at_once_and_its_stream_ends() {
    let server = TestServer::start().await;
    let (mut kiosk, other) = (server.kiosk().await, server.kiosk().await);
    let mut stream = kiosk.read(kiosk.cursor().await).await;
    let mut others = other.read(other.cursor().await).await;
    stream.heartbeat().await;
    let facts = kiosk.walk_ins(1);

    let revoked = server.operate(Ask::Revoke { device: kiosk.paired.device }).await;
    assert!(matches!(revoked, control::Answer::Done), "{revoked:?}");
    let error = kiosk.upload(&facts).await.expect_err("its word counts no more");
    assert!(error.is_unauthorized() && error.is_permanent(), "{error:?}");
    kiosk.raw.get(&route::kiosk_snapshot(&lille())).await.is_problem(401, "unauthorized");
    kiosk.raw.get(&route::kiosk_stream(&lille())).await.is_problem(401, "unauthorized");
    stream.end().await;

    others.heartbeat().await;
    assert_eq!(server.app.sites.get(&lille()).unwrap().live().branch.visits.len(), 0);
    let server = server.restart(Duration::zero()).await;
    let answer = server.anon().with_token(&kiosk.paired.token).get(&route::kiosk_snapshot(&lille())).await;
    answer.is_problem(401, "unauthorized");
}

#[tokio::test]
async fn revoking_a_device_that_does_not_exist_is_told() {
    let server = TestServer::start().await;
    let answer = server.operate(Ask::Revoke { device: DeviceId(new_id()) }).await;
    assert!(matches!(answer, control::Answer::Failed { .. }), "{answer:?}");
}

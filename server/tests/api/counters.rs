//! What agents do at a counter, and every « no » that they can hear there.

use crate::{
    actors::{Agent, new_id},
    helpers::{Setup, TestServer, lille, roubaix},
};
use domain::CounterId;
use protocol::{
    control::{self, Ask, Role},
    route::{self, CounterAction},
};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_visitor_is_called_again_received_and_served() {
    let server = Setup { recall: (3, 0), ..Setup::default() }.start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(2).await;
    let opened = agent.act(1, CounterAction::Open).await.ok();
    insta::assert_json_snapshot!(opened, @r#"
    {
      "counter": 1,
      "open": true,
      "paused": false,
      "visit": null,
      "waiting": 2
    }
    "#);
    let called = agent.act(1, CounterAction::CallNext).await.ok();
    insta::assert_json_snapshot!(called, { ".visit.id" => "[id]", ".visit.arrival" => "[time]" }, @r#"
    {
      "counter": 1,
      "open": true,
      "paused": false,
      "visit": {
        "arrival": "[time]",
        "calls": 1,
        "id": "[id]",
        "numbers": [
          "A001"
        ],
        "service": "INFO-7Q",
        "slot": null,
        "state": "called"
      },
      "waiting": 1
    }
    "#);
    let again = agent.act(1, CounterAction::Recall).await.ok();
    assert_eq!((&again["visit"]["calls"], &again["visit"]["id"]), (&json!(2), &called["visit"]["id"]));
    assert_eq!(agent.act(1, CounterAction::Start).await.ok()["visit"]["state"], "serving");
    let free = agent.act(1, CounterAction::Finish).await.ok();
    assert_eq!(free, json!({ "counter": 1, "open": true, "paused": false, "visit": null, "waiting": 1 }));
    let next = agent.act(1, CounterAction::CallNext).await.ok();
    assert_eq!(next["visit"]["numbers"], json!(["A002"]));
    assert_eq!(agent.act(1, CounterAction::NoShow).await.ok()["visit"], json!(null));
    let closed = agent.act(1, CounterAction::Close).await.ok();
    assert_eq!(closed, json!({ "counter": 1, "open": false, "paused": false, "visit": null, "waiting": 0 }));
}

#[tokio::test]
async fn every_no_has_its_status_and_its_reason() {
    let server = TestServer::start().await;
    let (mut kiosk, agent, other) =
        (server.kiosk().await, server.agent("nadia").await, server.agent("paul").await);
    let no = async |agent: &Agent, counter, action| agent.act(counter, action).await.refusal();
    use CounterAction::{
        CallNext, Close, Finish, NoShow, Open, Pause, Recall, Resume, ReturnToQueue, Start, Undo,
    };

    assert_eq!(no(&agent, 99, Open).await, (404, json!({ "refusal": "unknown_counter", "counter": 99 })));
    for action in [Close, CallNext, Recall, Start, Finish, NoShow] {
        let refused = (409, json!({ "refusal": "counter_not_open", "counter": 1 }));
        assert_eq!(no(&agent, 1, action).await, refused, "{action:?}");
    }
    agent.open(1).await;
    agent.open(1).await; // Sitting down twice is no mistake.
    // The others need to be told something first.
    let simple = [Open, Close, CallNext, Recall, Start, Finish, NoShow, Pause, Resume, ReturnToQueue, Undo];
    for action in simple {
        let refused = (403, json!({ "refusal": "counter_taken", "counter": 1 }));
        assert_eq!(no(&other, 1, action).await, refused, "{action:?}");
    }
    assert_eq!(no(&agent, 1, CallNext).await, (409, json!({ "refusal": "nobody_waiting" })));
    for action in [Recall, Start, NoShow] {
        assert_eq!(no(&agent, 1, action).await, (409, json!({ "refusal": "nobody_called" })), "{action:?}");
    }
    assert_eq!(no(&agent, 1, Finish).await, (409, json!({ "refusal": "nobody_served" })));

    kiosk.crowd(2).await;
    let head = server.head();
    agent.act(1, CallNext).await.ok();
    for action in [CallNext, Close] {
        let refused = (409, json!({ "refusal": "counter_busy", "number": "A001" }));
        assert_eq!(no(&agent, 1, action).await, refused, "{action:?}");
    }
    let too_soon = agent.act(1, Recall).await;
    let (status, refusal) = too_soon.refusal();
    assert_eq!((status, &refusal["refusal"]), (429, &json!("recall_too_soon")));
    assert!((1..=600).contains(&refusal["seconds"].as_u64().unwrap()), "{refusal}");
    assert!(too_soon.header("retry-after").is_some());
    agent.act(1, Start).await.ok();
    for action in [Recall, Start, NoShow] {
        assert_eq!(no(&agent, 1, action).await, (409, json!({ "refusal": "nobody_called" })), "{action:?}");
    }
    assert_eq!(server.head(), head + 2, "a « no » leaves no event");
}

#[tokio::test]
async fn nobody_is_called_more_often_than_the_site_allows() {
    let server = Setup { recall: (2, 0), ..Setup::default() }.start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(1).await;
    agent.open(1).await;
    agent.act(1, CounterAction::CallNext).await.ok();
    agent.act(1, CounterAction::Recall).await.ok();
    let refused = agent.act(1, CounterAction::Recall).await.refusal();
    assert_eq!(refused, (409, json!({ "refusal": "recall_limit", "calls_max": 2 })));
}

#[tokio::test]
async fn a_repeat_with_the_same_key_changes_nothing_and_gets_the_same_answer() {
    let server = TestServer::start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(3).await;
    agent.open(1).await;
    let (key, head) = (new_id(), server.head());
    let first = agent.act_once(1, CounterAction::CallNext, key).await.ok();
    assert_eq!(agent.act_once(1, CounterAction::CallNext, key).await.ok(), first);
    assert_eq!(server.head(), head + 1, "one call");

    let refused = new_id();
    let no = agent.act_once(1, CounterAction::CallNext, refused).await.refusal();
    assert_eq!(no.1["refusal"], "counter_busy");
    agent.act(1, CounterAction::Finish).await.ok();
    assert_eq!(agent.act_once(1, CounterAction::CallNext, refused).await.refusal(), no, "also a « no »");
    let head = server.head();
    agent.act_once(1, CounterAction::CallNext, key).await.ok();
    assert_eq!(server.head(), head, "an old key calls nobody");
}

#[tokio::test]
async fn a_key_that_was_used_for_something_else_is_refused() {
    let server = TestServer::start().await;
    let (mut kiosk, agent, other) =
        (server.kiosk().await, server.agent("nadia").await, server.agent("paul").await);
    kiosk.crowd(3).await;
    agent.open(1).await;
    other.open(2).await;
    let key = new_id();
    agent.act_once(1, CounterAction::CallNext, key).await.ok();
    let head = server.head();
    let reused = "idempotency-key-reused";
    agent.act_once(1, CounterAction::Start, key).await.is_problem(422, reused);
    other.act_once(2, CounterAction::CallNext, key).await.is_problem(422, reused);
    assert_eq!(server.head(), head);
}

#[tokio::test]
async fn paths_and_keys_that_mean_nothing_are_told() {
    let server = TestServer::start().await;
    let agent = server.agent("nadia").await;
    let head = server.head();
    for path in ["counters/one/open", "counters/-1/open", "counters/65536/open", "counters/1/dance"] {
        let answer = agent.raw.post(&format!("/api/v1/sites/lille/{path}"), &json!({})).await;
        answer.is_problem(404, "not-found");
    }
    let open = route::counter(&lille(), CounterId(1), CounterAction::Open);
    for key in ["", "1", "not a key", "œ"] {
        let request = agent.raw.request(Method::POST, &open).header("idempotency-key", key);
        agent.raw.send(request).await.is_problem(400, "bad-request");
    }
    assert_eq!(server.head(), head);
}

#[tokio::test]
async fn counters_of_two_sites_are_strangers() {
    let server = TestServer::start().await;
    let (here, there) =
        (server.agent("nadia").await, Agent::sign_in(&server, &roubaix(), "rose", Role::Agent).await);
    let mut kiosk = server.kiosk().await;
    kiosk.crowd(1).await;
    here.open(1).await;
    there.open(1).await;
    let (status, refusal) = there.act(1, CounterAction::CallNext).await.refusal();
    assert_eq!((status, &refusal["refusal"]), (409, &json!("nobody_waiting")));
    here.act(1, CounterAction::CallNext).await.ok();
}

#[tokio::test]
async fn a_supervisor_takes_over_the_counter_of_somebody_who_left_with_whoever_is_there() {
    let server = TestServer::start().await;
    server.kiosk().await.crowd(2).await;
    let (nadia, paul) = (server.agent("nadia").await, server.agent("paul").await);
    nadia.open(1).await;
    nadia.act(1, CounterAction::CallNext).await.ok();
    assert_eq!(paul.act(1, CounterAction::Open).await.refusal().1["refusal"], "counter_taken");

    let salma = server.supervisor("salma").await;
    let offered = salma.raw.get("/console").await.text();
    assert!(offered.contains(">Reprendre<"), "{offered}");
    let taken = salma.act(1, CounterAction::Open).await.ok();
    assert_eq!(taken["visit"]["numbers"], serde_json::json!(["A001"]), "whoever was called stays called");
    assert_eq!(nadia.act(1, CounterAction::Start).await.refusal().1["refusal"], "counter_taken");
    for action in [CounterAction::NoShow, CounterAction::Close] {
        salma.act(1, action).await.ok();
    }
    paul.open(1).await;
}

#[tokio::test]
async fn whoever_chooses_a_counter_reads_where_they_sit_already() {
    let server = TestServer::start().await;
    let (nadia, paul) = (server.agent("nadia").await, server.agent("paul").await);
    let page = async |agent: &Agent, language: &str| {
        let request = agent.raw.request(Method::GET, "/console").header("accept-language", language);
        agent.raw.send(request).await.text()
    };
    nadia.open(2).await;
    assert!(page(&nadia, "fr").await.contains("Vous êtes au guichet 2 : en ouvrir un autre le ferme."));
    nadia.open(1).await;
    assert!(page(&nadia, "en").await.contains("You are at counter 1: opening another one closes it."));
    assert!(!page(&paul, "fr").await.contains("Vous êtes au guichet"));
    paul.open(2).await;

    server.kiosk().await.crowd(1).await;
    nadia.act(1, CounterAction::CallNext).await.ok();
    let (status, refusal) = nadia.act(3, CounterAction::Open).await.refusal();
    assert_eq!(
        (status, &refusal["refusal"], &refusal["counter"]),
        (409, &json!("busy_elsewhere"), &json!(1))
    );
}

#[tokio::test]
async fn whoever_signs_out_or_may_not_come_in_any_more_leaves_no_counter_behind() {
    let server = TestServer::start().await;
    server.kiosk().await.crowd(1).await;
    let (nadia, paul) = (server.agent("nadia").await, server.agent("paul").await);
    nadia.open(1).await;
    nadia.sign_out().await;
    assert_eq!(nadia.raw.get("/console").await.status, 303, "the session is over");
    let (here, there) =
        (Agent::enter(&server, &lille(), "nadia").await, Agent::enter(&server, &lille(), "nadia").await);
    here.open(3).await;
    there.sign_out().await;
    here.act(3, CounterAction::Pause).await.ok();
    paul.open(1).await;

    let close = |name: &str| Ask::CloseAccount { site: lille(), name: name.into() };
    assert!(matches!(server.operate(close("Paul")).await, control::Answer::Done));
    assert_eq!(paul.raw.get("/console").await.status, 303);
    assert_eq!(Agent::try_to_enter(&server, "paul").await.status, 401);
    let eva = server.agent("eva").await;
    eva.open(1).await;
    assert!(matches!(server.operate(close("nobody")).await, control::Answer::Failed { .. }));

    let password = "correct horse battery".to_owned();
    let again = Ask::SetPassword { site: lille(), name: "paul".into(), password };
    assert!(matches!(server.operate(again).await, control::Answer::Done));
    assert_eq!(Agent::try_to_enter(&server, "paul").await.status, 303);
}

#[tokio::test]
async fn a_press_that_came_too_soon_is_right_a_little_later() {
    let server = Setup { recall: (3, 30), ..Setup::default() }.start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(1).await;
    agent.open(1).await;
    agent.act(1, CounterAction::CallNext).await.ok();
    let key = new_id();
    assert_eq!(agent.act_once(1, CounterAction::Recall, key).await.refusal().0, 429);
    let server = server.restart(chrono::Duration::seconds(60)).await;
    let agent = agent.at(&server);
    assert_eq!(agent.act_once(1, CounterAction::Recall, key).await.ok()["visit"]["calls"], 2);
}

#[tokio::test]
async fn a_database_that_another_program_locks_is_told_and_nothing_ends() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let fact = kiosk.walk_in();
    let other = rusqlite::Connection::open(server.app.config.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = kiosk.upload_raw(&[serde_json::to_value(&fact).unwrap()]).await;
    assert_eq!(refused.status, 503);
    assert!(refused.header("retry-after").is_some());
    other.execute_batch("ROLLBACK").unwrap();
    kiosk.upload(&[fact]).await.unwrap();
}

#[tokio::test]
async fn without_scripts_whatever_else_goes_wrong_is_told_as_well() {
    let server = TestServer::start().await;
    server.kiosk().await.crowd(1).await;
    let agent = server.agent("nadia").await;
    agent.open(1).await;
    let press = |action: &str, key: uuid::Uuid| {
        let form = agent.raw.request(Method::POST, &format!("/console/counters/1/{action}"));
        form.header("content-type", "application/x-www-form-urlencoded").body(format!("key={key}"))
    };
    let key = new_id();
    assert_eq!(agent.raw.send(press("call-next", key)).await.status, 303);
    let reused = agent.raw.send(press("start", key)).await;
    assert_eq!(reused.status, 422);
    assert!(reused.text().contains("Cette page est ancienne"), "{}", reused.text());
    assert_eq!(agent.raw.send(press("call-next", new_id())).await.status, 303, "a refusal of the rules");
}

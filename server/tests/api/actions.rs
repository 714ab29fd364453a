//! What agents do apart from calling and serving, over the interface.

use crate::{
    actors::{Agent, new_id},
    answer::Answer,
    helpers::{Setup, TestServer, lille, roubaix},
};
use domain::{CounterId, TicketNumber};
use protocol::route::{self, CounterAction, VisitAction};
use reqwest::Method;
use serde_json::{Value, json};

/// A hall with people waiting and an agent at counter 1 who called the first of them.
async fn called(waiting: usize) -> (TestServer, Agent, Value) {
    let server = Setup::default().start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(waiting).await;
    agent.open(1).await;
    let visit = agent.act(1, CounterAction::CallNext).await.ok()["visit"].clone();
    (server, agent, visit)
}

async fn act(agent: &Agent, action: CounterAction, details: Value) -> Answer {
    agent.raw.post(&route::counter(&lille(), CounterId(1), action), &details).await
}

async fn act_on(agent: &Agent, visit: &Value, action: VisitAction) -> Answer {
    let number: TicketNumber = visit["numbers"][0].as_str().unwrap().parse().unwrap();
    agent.raw.post(&route::visit(&lille(), &number, action), &json!({})).await
}

/// Somebody whose number is the one joins whoever has the other.
fn merging(number: &str) -> String {
    route::visit(&lille(), &number.parse().unwrap(), VisitAction::Merge)
}

fn splitting(number: &str) -> String {
    route::visit(&lille(), &number.parse().unwrap(), VisitAction::Split)
}

#[tokio::test]
async fn a_visit_is_parked_brought_back_handed_on_and_every_step_can_be_undone() {
    let (_server, agent, first) = called(2).await;
    let parked = act(&agent, CounterAction::Park, json!({ "minutes": 30 })).await.ok();
    assert_eq!(parked["visit"], Value::Null);
    let undone = act(&agent, CounterAction::Undo, json!({})).await.ok();
    assert_eq!(undone["visit"]["id"], first["id"]);
    act(&agent, CounterAction::Park, json!({ "minutes": 30 })).await.ok();
    assert_eq!(act_on(&agent, &first, VisitAction::BringBack).await.status, 204);
    let again = agent.act(1, CounterAction::CallNext).await.ok();
    assert_eq!(again["visit"]["id"], first["id"], "the old place is kept");
    let on = json!({ "service": "RT-7Q", "place": "last" });
    act(&agent, CounterAction::Transfer, on).await.ok();
    let next = agent.act(1, CounterAction::CallNext).await.ok();
    assert_ne!(next["visit"]["id"], first["id"]);
    act(&agent, CounterAction::AddService, json!({ "service": "RT-7Q" })).await.ok();
    let waits = act(&agent, CounterAction::Finish, json!({})).await.ok();
    assert_eq!((waits["visit"].clone(), waits["waiting"].clone()), (Value::Null, json!(2)));
}

#[tokio::test]
async fn what_an_action_needs_and_was_not_told_is_named() {
    let (_server, agent, _) = called(1).await;
    for (action, missing) in [
        (CounterAction::Park, "minutes"),
        (CounterAction::Transfer, "service"),
        (CounterAction::AddService, "service"),
        (CounterAction::Call, "number"),
    ] {
        let problem = act(&agent, action, json!({})).await.is_problem(400, "bad-request");
        assert!(problem.detail.unwrap().contains(missing), "{action:?}");
    }
    for details in [json!({ "minutes": 0 }), json!({ "minutes": 999 })] {
        let (status, refusal) = act(&agent, CounterAction::Park, details).await.refusal();
        assert_eq!((status, &refusal["refusal"]), (422, &json!("no_such_time")));
    }
    act(&agent, CounterAction::Park, json!({ "minuts": 5 })).await.is_problem(422, "bad-body");
}

#[tokio::test]
async fn only_a_supervisor_calls_out_of_order() {
    let (server, agent, first) = called(2).await;
    agent.act(1, CounterAction::Finish).await.ok();
    let last = json!({ "number": "A002" });
    let (status, refusal) = act(&agent, CounterAction::Call, last.clone()).await.refusal();
    assert_eq!((status, &refusal["refusal"]), (403, &json!("may_not_choose")));
    agent.act(1, CounterAction::Close).await.ok();
    let salma = server.supervisor("salma").await;
    salma.open(1).await;
    assert_eq!(act(&salma, CounterAction::Call, last).await.ok()["visit"]["numbers"], json!(["A002"]));
    let over = json!({ "number": first["numbers"][0] });
    salma.act(1, CounterAction::Finish).await.ok();
    assert_eq!(act(&salma, CounterAction::Call, over).await.refusal().1["refusal"], "visit_ended");
}

#[tokio::test]
async fn a_counter_that_paused_calls_nobody_and_whoever_leaves_is_not_called() {
    let (_server, agent, _) = called(2).await;
    agent.act(1, CounterAction::Finish).await.ok();
    assert_eq!(agent.act(1, CounterAction::Pause).await.ok()["paused"], true);
    assert_eq!(agent.act(1, CounterAction::CallNext).await.refusal().1["refusal"], "counter_paused");
    agent.act(1, CounterAction::Resume).await.ok();
    let second = json!({ "numbers": ["A002"] });
    assert_eq!(act_on(&agent, &second, VisitAction::Leave).await.status, 204);
    assert_eq!(agent.act(1, CounterAction::CallNext).await.refusal().1["refusal"], "nobody_waiting");
    let nobody = json!({ "numbers": ["Z999"] });
    assert_eq!(act_on(&agent, &nobody, VisitAction::Leave).await.refusal().0, 404);
}

#[tokio::test]
async fn a_family_that_took_two_tickets_is_called_by_both_numbers_until_it_is_split() {
    let server = Setup::default().start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(2).await;
    agent.open(1).await;
    let into = json!({ "into": "A001" });
    assert_eq!(agent.raw.post(&merging("A002"), &into).await.status, 204);
    let called = agent.act(1, CounterAction::CallNext).await.ok();
    assert_eq!(called["visit"]["numbers"], json!(["A001", "A002"]));
    assert_eq!(called["waiting"], 0);
    assert_eq!(agent.raw.post(&splitting("A001"), &json!({})).await.status, 204);
    agent.act(1, CounterAction::Finish).await.ok();
    let other = agent.act(1, CounterAction::CallNext).await.ok();
    assert_eq!(other["visit"]["numbers"], json!(["A001"]));
}

#[tokio::test]
async fn boards_and_kiosks_hear_which_numbers_belong_to_a_call() {
    let (server, agent, _) = called(2).await;
    let (kiosk, board) = (server.kiosk().await, server.board().await);
    let cursor = board.client.board_snapshot(&lille()).await.unwrap().cursor;
    let (mut told, mut heard) = (board.read(cursor).await, kiosk.read(cursor).await);
    assert_eq!(agent.raw.post(&merging("A002"), &json!({ "into": "A001" })).await.status, 204);
    let (_, change) = told.event().await;
    assert!(change.contains(r#""change":"numbers""#) && change.contains(r#"["A001","A002"]"#), "{change}");
    assert!(heard.event().await.1.contains("visits_merged"));
    let snapshot = board.client.board_snapshot(&lille()).await.unwrap();
    let numbers: Vec<String> = snapshot.board.calls[0].numbers.iter().map(ToString::to_string).collect();
    assert_eq!(numbers, ["A001", "A002"]);
    assert_eq!(agent.raw.post(&splitting("A002"), &json!({})).await.status, 204);
    assert!(told.event().await.1.contains(r#"["A001"]"#));
}

#[tokio::test]
async fn a_merge_that_is_sent_again_changes_nothing_and_is_answered_as_the_first_time() {
    let server = Setup::default().start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(3).await;
    let (key, head) = (new_id().to_string(), server.head());
    let send = async |path: String, body: Value| {
        let request = agent.raw.request(Method::POST, &path).header("idempotency-key", &key);
        agent.raw.send(request.json(&body)).await
    };
    for _ in 0..2 {
        assert_eq!(send(merging("A002"), json!({ "into": "A001" })).await.status, 204);
    }
    assert_eq!(server.head(), head + 1, "one merge");
    let reused = "idempotency-key-reused";
    send(merging("A003"), json!({ "into": "A001" })).await.is_problem(422, reused);
    send(splitting("A002"), json!({})).await.is_problem(422, reused);
}

#[tokio::test]
async fn what_cannot_be_merged_or_split_is_refused_by_name() {
    let (server, agent, first) = called(3).await;
    let called = first["numbers"][0].as_str().unwrap();
    let other = server.agent("lucie").await;
    let into = |number: &str| json!({ "into": number });
    for (by, path, details, status, refusal) in [
        (&agent, merging("A002"), into("Z999"), 404, "unknown_visit"),
        (&agent, merging("Z999"), into("A002"), 404, "unknown_visit"),
        (&agent, merging("A002"), into("A002"), 409, "same_visit"),
        (&agent, merging(called), into("A002"), 409, "visit_busy"),
        (&other, merging("A002"), into(called), 409, "visit_busy"),
        (&agent, splitting("A002"), json!({}), 409, "only_number"),
        (&agent, splitting("Z999"), json!({}), 404, "unknown_visit"),
    ] {
        let (was, why) = by.raw.post(&path, &details).await.refusal();
        assert_eq!((was, &why["refusal"]), (status, &json!(refusal)), "{path} {details}");
    }
    let elsewhere = route::visit(&roubaix(), &"A002".parse().unwrap(), VisitAction::Merge);
    agent.raw.post(&elsewhere, &into("A003")).await.is_problem(403, "forbidden");
    let problem = agent.raw.post(&merging("A002"), &json!({})).await.is_problem(400, "bad-request");
    assert!(problem.detail.unwrap().contains("into"));
    agent.raw.post(&merging("A002"), &json!({ "onto": called })).await.is_problem(422, "bad-body");
    act(&agent, CounterAction::Park, json!({ "minutes": 5 })).await.ok();
    assert_eq!(agent.raw.post(&merging("A002"), &into(called)).await.refusal().1["refusal"], "not_here");
}

//! What agents do apart from calling and serving, over the interface.

use crate::{
    actors::Agent,
    answer::Answer,
    helpers::{Setup, TestServer, lille},
};
use domain::{CounterId, TicketNumber};
use protocol::route::{self, CounterAction, VisitAction};
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

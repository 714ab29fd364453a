//! What staff tell of the time without the server, over the interface and by the console's forms.

use crate::{
    actors::{Agent, new_id},
    answer::Answer,
    helpers::{Setup, lille, roubaix},
};
use protocol::route::{self, CounterAction, VisitAction};
use reqwest::Method;
use serde_json::{Value, json};

const TICKED: [&str; 3] = ["A001", "Z999", "A002"];

async fn adopt(agent: &Agent, number: &str, details: Value) -> Answer {
    let path = route::visit(&lille(), &number.parse().unwrap(), VisitAction::Adopt);
    agent.raw.post(&path, &details).await
}

/// Sends a form as a browser without scripts would.
async fn form(agent: &Agent, action: &str, fields: &str) -> Answer {
    let request = agent.raw.request(Method::POST, &format!("/console/meanwhile/{action}"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    agent.raw.send(request.body(fields.to_owned())).await
}

#[tokio::test]
async fn a_list_of_who_was_served_is_recorded_and_each_number_that_cannot_be_is_told() {
    let server = Setup::default().start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(4).await;
    agent.open(1).await;
    let called = agent.act(1, CounterAction::CallNext).await.ok();
    assert_eq!(called["visit"]["numbers"], json!(["A001"]));
    let done = agent.raw.post(&route::served(&lille()), &json!({ "numbers": TICKED })).await.ok();
    assert_eq!(done["recorded"], json!(["A002"]));
    let why =
        |at: usize| (done["unrecorded"][at]["number"].clone(), done["unrecorded"][at]["refusal"].clone());
    assert_eq!(why(0), (json!("A001"), json!({ "refusal": "visit_busy", "counter": 1 })));
    assert_eq!(why(1), (json!("Z999"), json!({ "refusal": "unknown_visit" })));
    assert_eq!(agent.act(1, CounterAction::Finish).await.ok()["waiting"], 2);
    let back = route::visit(&lille(), &"A002".parse().unwrap(), VisitAction::BringBack);
    assert_eq!(agent.raw.post(&back, &json!({})).await.status, 204, "a mistake is repaired");
    let next = agent.act(1, CounterAction::CallNext).await.ok();
    assert_eq!(next["visit"]["numbers"], json!(["A002"]), "in the old place");
}

#[tokio::test]
async fn a_list_that_is_sent_again_changes_nothing_and_is_answered_as_the_first_time() {
    let server = Setup::default().start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(3).await;
    let (key, head) = (new_id().to_string(), server.head());
    let send = async |body: Value| {
        let request = agent.raw.request(Method::POST, &route::served(&lille()));
        agent.raw.send(request.header("idempotency-key", &key).json(&body)).await
    };
    let first = send(json!({ "numbers": TICKED })).await.ok();
    assert_eq!(send(json!({ "numbers": TICKED })).await.ok(), first);
    assert_eq!(server.head(), head + 2, "two visits, once each");
    send(json!({ "numbers": ["A004"] })).await.is_problem(422, "idempotency-key-reused");
    let elsewhere = agent.raw.post(&route::served(&roubaix()), &json!({ "numbers": [] })).await;
    elsewhere.is_problem(403, "forbidden");
    let later = json!({ "numbers": ["A004"], "at": "2036-01-01T10:00:00Z" });
    let (status, refusal) = agent.raw.post(&route::served(&lille()), &later).await.refusal();
    assert_eq!((status, &refusal["refusal"]), (422, &json!("wrong_time")));
    let many: Vec<String> = (0..1001).map(|number| format!("A{:03}", number % 1000)).collect();
    let many = json!({ "numbers": many });
    agent.raw.post(&route::served(&lille()), &many).await.is_problem(400, "bad-request");
}

#[tokio::test]
async fn a_ticket_that_was_adopted_is_one_visit_with_the_fact_that_comes_later() {
    let server = Setup::default().start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    let fact = kiosk.walk_in();
    let number = fact.open().unwrap().event.number().unwrap().to_string();
    let details = json!({ "service": "RT-7Q", "priority": true });
    assert_eq!(adopt(&agent, &number, details.clone()).await.status, 204);
    agent.open(1).await;
    let called = agent.act(1, CounterAction::CallNext).await.ok();
    assert_eq!(called["visit"]["numbers"], json!([number]));
    kiosk.upload(&[fact]).await.unwrap();
    let snapshot = kiosk.client.kiosk_snapshot(&lille()).await.unwrap();
    assert_eq!(snapshot.branch.visits.len(), 1, "one visit");
    assert_eq!(agent.act(1, CounterAction::Start).await.ok()["visit"]["service"], "RT-7Q");
    let busy = adopt(&agent, &number, details.clone()).await.refusal();
    assert_eq!((busy.0, &busy.1["refusal"]), (409, &json!("visit_busy")));
    let unknown = adopt(&agent, "XX001", details).await.refusal();
    assert_eq!((unknown.0, &unknown.1["refusal"]), (422, &json!("unknown_lane")));
    adopt(&agent, "A900", json!({})).await.is_problem(400, "bad-request");
}

#[tokio::test]
async fn the_console_records_who_was_ticked_and_adopts_a_ticket_without_scripts() {
    let server = Setup::default().start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    kiosk.crowd(2).await;
    let page = agent.raw.get("/console/meanwhile").await.text();
    assert!(page.contains("Pendant la panne") && page.contains("value=\"A001\""), "{page}");
    let key = new_id();
    for _ in 0..2 {
        let done = form(&agent, "served", &format!("key={key}&number=A001&number=Z999&at=09%3A40")).await;
        let page = done.text();
        assert_eq!(done.status, 200, "{page}");
        assert!(page.contains("Notés comme reçus : A001."), "{page}");
        assert!(page.contains("Pas noté, Z999 : Personne n’a ce numéro aujourd’hui."), "{page}");
        assert!(!page.contains("type=\"checkbox\" name=\"number\" value=\"A001\""), "nobody waits twice");
    }
    let back = form(&agent, "back", &format!("key={}&number=A001", new_id())).await.text();
    assert!(back.contains("A001 attend de nouveau."), "{back}");
    let fields = format!("key={}&number=a+700&service=RT-7Q&arrival=09%3A40", new_id());
    let adopted = form(&agent, "adopt", &fields).await.text();
    assert!(adopted.contains("A700 est dans la file."), "{adopted}");
    assert!(adopted.contains("ticket ajouté à la main"), "{adopted}");
    for (action, fields, said) in [
        ("served", "at=09%3A40", "Cochez au moins une personne"),
        ("adopt", "number=7&service=RT-7Q&arrival=09%3A40", "« 7 » n’est pas un numéro"),
        ("adopt", "number=A701&service=RT-7Q&arrival=soon", "« soon » n’est pas une heure"),
        ("adopt", "number=A701&service=RT-7Q&arrival=23%3A59", "L’heure doit être d’aujourd’hui"),
        ("adopt", "number=A001&service=RT-7Q&arrival=09%3A40", "A001 est déjà connu"),
    ] {
        let refused = form(&agent, action, fields).await;
        assert!(refused.status.is_client_error() && refused.text().contains(said), "{}", refused.text());
    }
    let cookie = format!("{}={}", server::auth::SESSION_COOKIE, agent.session);
    let strange = server.anon().request(Method::POST, "/console/meanwhile/served").header("cookie", cookie);
    let strange =
        strange.header("origin", "https://elsewhere.example").header("sec-fetch-site", "cross-site");
    assert_eq!(server.anon().send(strange).await.status, 403, "only from our own pages");
    assert_eq!(server.anon().get("/console/meanwhile").await.status, 303, "to the door");
}

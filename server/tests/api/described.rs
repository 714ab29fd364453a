//! Whether the server answers as its own description says.

use crate::{
    actors::everything,
    helpers::{TestServer, lille},
};
use protocol::route::{self, CounterAction};
use serde_json::{Value, json};

/// The server's description of itself.
struct Description(Value);

impl Description {
    async fn of(server: &TestServer) -> Self {
        Self(server.anon().get(route::OPENAPI).await.ok())
    }

    /// Fails unless `value` has the shape that the description calls `name`.
    #[track_caller]
    fn fits(&self, name: &str, value: &Value) {
        let reference = format!("#/components/schemas/{name}");
        let shape = json!({ "$ref": reference, "components": self.0["components"] });
        let shape = jsonschema::validator_for(&shape).unwrap();
        let faults: Vec<String> = shape.iter_errors(value).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "not a {name}: {faults:?}\n{value:#}");
    }
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn everything_that_the_description_refers_to_is_in_it() {
    let server = TestServer::start().await;
    let Description(description) = Description::of(&server).await;
    let mut found = Vec::new();
    references(&description, &mut found);
    for name in ["KioskSnapshot", "BoardSnapshot", "Envelope", "Refusal", "Booking"] {
        assert!(found.contains(&format!("#/components/schemas/{name}").as_str()), "nothing refers to {name}");
    }
    for reference in found {
        let target = description.pointer(reference.trim_start_matches('#'));
        let target = target.unwrap_or_else(|| panic!("{reference} is not there"));
        assert_ne!(target["$ref"], reference, "it says nothing of itself");
    }
}

#[tokio::test]
async fn answers_have_the_shape_that_the_description_gives_them() {
    let server = TestServer::start().await;
    let description = Description::of(&server).await;
    let mut kiosk = server.kiosk().await;
    kiosk.crowd(3).await;
    let agent = server.agent("odile").await;
    agent.open(1).await;
    let called = agent.act(1, CounterAction::CallNext).await.ok();
    description.fits("CounterView", &called);
    let refused = agent.act(1, CounterAction::CallNext).await.problem();
    let refused = serde_json::to_value(refused).unwrap();
    assert_eq!(refused["refusal"]["refusal"], "counter_busy");
    description.fits("Problem", &refused);
    description.fits("KioskSnapshot", &kiosk.raw.get(&route::kiosk_snapshot(&lille())).await.ok());
    let board = server.board().await;
    description.fits("BoardSnapshot", &board.raw.get(&route::board_snapshot(&lille())).await.ok());
    for envelope in everything(&kiosk).await {
        description.fits("Envelope", &serde_json::to_value(envelope).unwrap());
    }
    description.fits("Health", &server.anon().get(route::HEALTH).await.ok());
}

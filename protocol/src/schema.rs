//! The shapes of what stands on the wire, for the description of the interface.
//!
//! The rules' own types describe themselves as JSON Schema (OpenAPI 3.1 is of the same dialect); they know
//! nothing of HTTP. Here they join the description that is made from the handlers.

use crate::{
    Envelope,
    snapshot::{BoardSnapshot, Heartbeat, KioskSnapshot},
    waits::Waits,
};
use domain::{Refusal, board::BoardChange};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema, schema::Array},
};

/// Where a description keeps the shapes that others refer to.
const COMPONENTS: &str = "/components/schemas";

/// A description as the text of its JSON, with the shape of every type of the rules that it refers to.
///
/// # Errors
/// Only if the description has no JSON form, which would be a fault of its type.
pub fn complete(openapi: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = COMPONENTS.into();
    let mut types = settings.into_generator();
    let add: [fn(&mut SchemaGenerator) -> schemars::Schema; 7] = [
        |types| types.subschema_for::<KioskSnapshot>(),
        |types| types.subschema_for::<BoardSnapshot>(),
        |types| types.subschema_for::<Envelope>(),
        |types| types.subschema_for::<BoardChange>(),
        |types| types.subschema_for::<Heartbeat>(),
        |types| types.subschema_for::<Refusal>(),
        |types| types.subschema_for::<Waits>(),
    ];
    for add in add {
        add(&mut types);
    }
    let mut openapi = serde_json::to_value(openapi)?;
    if let Some(components) = openapi.pointer_mut(COMPONENTS).and_then(Value::as_object_mut) {
        components.extend(types.take_definitions(true));
    }
    serde_json::to_string(&openapi)
}

/// A type that [`complete`] describes: until then, only its name is known.
macro_rules! described_later {
    ($($name:ident),*) => {$(
        impl ToSchema for $name {}
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                Ref::from_schema_name(stringify!($name)).into()
            }
        }
    )*};
}

described_later!(KioskSnapshot, BoardSnapshot, Waits);

/// The rules' answer.
pub(crate) fn refusal() -> RefOr<Schema> {
    Ref::from_schema_name("Refusal").into()
}

/// An event of a log.
pub(crate) fn envelope() -> Ref {
    Ref::from_schema_name("Envelope")
}

/// Calls as a board has them.
pub(crate) fn calls() -> Array {
    Array::new(Ref::from_schema_name("Call"))
}

/// Facts in a batch.
pub(crate) fn envelopes() -> Array {
    Array::new(Ref::from_schema_name("Envelope"))
}

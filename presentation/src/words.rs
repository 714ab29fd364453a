//! The words for what the rules answer: refusals, for agents and for visitors, and the reason of
//! a call. Every case is spelt out, so that a new one cannot be forgotten.

mod reason;
mod refusal;
pub(crate) mod wait;

pub use reason::call_reason;
pub use refusal::refusal_for_agent;
pub use wait::{expected_wait, wait_in_short};

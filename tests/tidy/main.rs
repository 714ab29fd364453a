//! The invariants of `docs/architecture.md`, checked over the sources.
//!
//! [`rust`] and [`slint`] read sources into tokens, so that comments, tests and the breaks of lines neither
//! hide anything nor are taken for it. [`code`] checks the Rust, [`crates`] what depends on what, [`screens`]
//! what people see and touch, [`documents`] what must be true of every file. A check may be excused from a
//! place only in a list with the reason; a place that is there no longer fails the check.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails where something is amiss")]

mod code;
mod crates;
mod documents;
mod files;
mod rust;
mod screens;
mod slint;

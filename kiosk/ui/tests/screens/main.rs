//! The screens as a visitor meets them: every page in every variant and language, drawn for real by the
//! software renderer, with what can be touched and what it does. No display is needed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod catalogue;
mod keyboard;
mod pages;
mod stage;
mod touch;

//! The screens as a visitor meets them: every page in every variant and language, drawn for real by the
//! software renderer, with what can be touched and what it does. No display is needed.

mod catalogue;
mod keyboard;
mod pages;
mod stage;
mod touch;

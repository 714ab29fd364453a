//! The generated code of the waiting-room screen.
//!
//! A crate of its own, so that an edit of the board's Rust does not compile it again. It holds looks
//! and words; what is shown comes through the global `Board`, which only the board's adapter sets.

#[expect(missing_docs, reason = "generated; the .slint files say what everything is")]
#[expect(clippy::unwrap_used, reason = "generated")]
mod generated {
    slint::include_modules!();
}

pub use generated::*;

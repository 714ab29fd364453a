//! The screens of the kiosk: how it looks and what can be touched.
//!
//! [`App`] is the window. A program sets the properties of the global [`Screen`] and answers the callbacks
//! of the global [`Act`]; what leads from one to the other (who may have a ticket, when to go back to the
//! start) belongs to the kiosk, not here.

#[expect(
    missing_docs,
    clippy::unwrap_used,
    reason = "generated from ui/app.slint; the meaning of each name stands in ui/contract.slint"
)]
mod generated {
    slint::include_modules!();
}

pub use generated::*;

/// Shows every text in `language` from now on: `"en"`, the language of the sources, or one that has a
/// catalogue in `lang/`, which is `"fr"` today.
///
/// Languages are bundled with the window: call this after [`App::new`]. At the start the screens follow
/// the system's locale, so that a program always chooses.
///
/// # Errors
/// Where no [`App`] was made yet, or the language has no catalogue; the texts stay as they were.
pub fn select_language(language: &str) -> Result<(), slint::SelectBundledTranslationError> {
    slint::select_bundled_translation(language)
}

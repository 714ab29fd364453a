//! The ticket: what it says and how it lies on the paper.
//!
//! A ticket carries a number and a neutral label, never a name and never a procedure. Printers
//! that take pictures get one picture with the QR code inside, so that any script prints alike;
//! printers on slow lines get text in their own font. Here belongs the layout; not the printing.

pub(crate) mod canvas;
mod code;
mod number;
mod pictogram;
mod raster;
mod sentences;
pub(crate) mod text;
pub(crate) mod typesetter;

use chrono::DateTime;
use chrono_tz::Tz;
use domain::{Language, TicketNumber, forecast::WaitRange};
use hardware::{
    escpos::{Mode, Profile},
    slip::Slip,
};
use thiserror::Error;

pub use typesetter::Typesetter;

/// Everything that a ticket says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The name of the site, as its sign says it.
    pub site: String,
    /// The number that will be called.
    pub number: TicketNumber,
    /// The visitor's language. French stands beside it.
    pub language: Language,
    /// When the ticket was first issued, on the site's walls; a duplicate keeps it.
    pub issued_at: DateTime<Tz>,
    /// The neutral label of the service in the visitor's language.
    pub service_label: String,
    /// The same in French.
    pub service_label_fr: String,
    /// When a booked visitor is expected.
    pub slot: Option<DateTime<Tz>>,
    /// The expected wait; `None` when nobody can tell, as without the server.
    pub wait: Option<WaitRange>,
    /// What the QR code says.
    pub qr: TicketQr,
    /// The device that issued the ticket, as staff call it: « Borne 2 ».
    pub kiosk: String,
    /// Whether this is printed again: then it says DUPLICATA.
    pub duplicate: bool,
}

/// What the QR code of a ticket says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketQr {
    /// The address at which the visitor follows the queue on a phone, token included.
    Url(String),
    /// The token alone, where the site has no public address: staff can scan it.
    Token(String),
}

impl TicketQr {
    /// What stands in the code.
    pub fn data(&self) -> &str {
        match self {
            TicketQr::Url(data) | TicketQr::Token(data) => data,
        }
    }
}

/// The paper of a printer, as far as the layout depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    /// How many dots fit between the margins.
    pub width_dots: u16,
    /// Dots per inch, the same in both directions.
    pub dpi: u8,
    /// A picture, or the printer's own font.
    pub mode: Mode,
}

impl Paper {
    /// The paper of a printer model.
    pub fn of(profile: &Profile) -> Self {
        Self { width_dots: profile.width_dots, dpi: profile.dpi, mode: profile.mode }
    }

    /// So many millimetres in whole dots, rounded up, so that no minimum is missed.
    pub(crate) fn dots(&self, millimetres: f32) -> u32 {
        (millimetres * f32::from(self.dpi) / MILLIMETRES_PER_INCH).ceil() as u32
    }
}

const MILLIMETRES_PER_INCH: f32 = 25.4;

/// Why a ticket cannot be laid out. All are permanent: the paper or the data has to change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TicketError {
    /// The number would not be legible.
    #[error("the paper is only {width_dots} dots wide at {dpi} dpi, a ticket needs 45 mm")]
    PaperTooNarrow {
        /// How many dots fit between the margins.
        width_dots: u16,
        /// Dots per inch.
        dpi: u8,
    },
    /// The QR code has more modules than the paper has room for.
    #[error("a QR code of {modules} modules does not fit on {width_dots} dots: its address is too long")]
    CodeTooWide {
        /// Modules along a side, without the white around it.
        modules: usize,
        /// How many dots fit between the margins.
        width_dots: u16,
    },
    /// No QR code holds the data.
    #[error("the data of the QR code is empty or too long: {bytes} bytes")]
    CodeData {
        /// How many.
        bytes: usize,
    },
}

/// The narrowest paper between its margins: that of a printer for 58 mm rolls.
pub(crate) const NARROWEST_MM: f32 = 45.0;

/// Lays a ticket out for a paper.
///
/// # Errors
/// [`TicketError`] if the paper is too narrow for a ticket or its QR code.
pub fn lay_out(ticket: &Ticket, paper: &Paper, typesetter: &mut Typesetter) -> Result<Slip, TicketError> {
    if u32::from(paper.width_dots) < paper.dots(NARROWEST_MM) {
        return Err(TicketError::PaperTooNarrow { width_dots: paper.width_dots, dpi: paper.dpi });
    }
    match paper.mode {
        Mode::Raster => raster::lay_out(ticket, paper, typesetter),
        Mode::Text => text::lay_out(ticket, paper, typesetter),
    }
}

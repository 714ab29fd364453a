//! How the product speaks and looks wherever people meet it.
//!
//! Here belong the fonts, the theme of the screens (`ui/`, imported by Slint files as
//! `@presentation/theme.slint`), the catalogues of sentences, dates and times as people write
//! them, the words for every refusal, and the layout of tickets and lists. Not here: screens and pages
//! (they stand with their programs), and how a slip becomes bytes (`hardware`).

pub mod catalogue;
pub mod day_list;
pub mod fonts;
pub mod format;
pub mod ticket;
pub mod words;

pub use catalogue::Catalogue;
pub use ticket::{Paper, Ticket, TicketError, TicketQr, Typesetter, lay_out};

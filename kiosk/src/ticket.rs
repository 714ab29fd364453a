//! From a ticket on record to the bytes that the printer gets.

use crate::{config::LANGUAGES, reception::Ticket};
use domain::{Language, Text, forecast::WaitRange};
use hardware::{Profile, escpos::EncodeError};
use presentation::{
    Paper, TicketError, TicketQr, Typesetter,
    day_list::{self, DayList},
    lay_out,
};

/// Together these numbers have every digit and every lane's letter.
const WARM_UP: [&str; 6] = ["A012", "H345", "K678", "L901", "R234", "X567"];

/// Lays tickets out for one printer. Fonts are loaded once, and glyphs stay drawn.
pub struct Press {
    profile: Profile,
    typesetter: Typesetter,
}

/// Why there are no bytes. Permanent for this ticket and printer.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// It does not fit the paper.
    #[error("the ticket cannot be laid out")]
    LayOut(#[from] TicketError),
    /// The printer has no such character.
    #[error("the ticket cannot be written in the printer's language")]
    Encode(#[from] EncodeError),
}

impl Press {
    /// A press for a printer model, warmed up: the first visitor does not wait for glyphs to be drawn.
    pub fn new(profile: Profile) -> Self {
        let mut press = Self { profile, typesetter: Typesetter::new() };
        for (number, language) in
            WARM_UP.iter().flat_map(|number| LANGUAGES.map(|language| (number, language)))
        {
            if let Err(error) = press.throw_away(number, language) {
                tracing::error!(error = &error as &dyn std::error::Error, "this printer cannot take tickets");
            }
        }
        press
    }

    fn throw_away(&mut self, number: &str, language: &str) -> Result<(), PressError> {
        let Ok(number) = number.parse() else { return Ok(()) };
        let words = |words: &str| Text::new([(Language::new("fr"), words.to_owned())]);
        let ticket = Ticket {
            job: 0,
            number,
            site: words("Préfecture"),
            zone: chrono_tz::UTC,
            service: words("Service A"),
            slot: Some(domain::Time::default()),
            late: false,
            language: Language::new(language),
            issued_at: domain::Time::default(),
            kiosk: "1".to_owned(),
            token: "A".repeat(26),
            follow_url: None,
            wait: Some(WaitRange { from_minutes: 10, to_minutes: 20 }),
            duplicate: false,
        };
        self.bytes(&ticket).map(|_| ())
    }

    /// The ticket as bytes.
    ///
    /// # Errors
    /// If the ticket does not fit this printer.
    pub fn bytes(&mut self, ticket: &Ticket) -> Result<Vec<u8>, PressError> {
        let slip = lay_out(&printed(ticket), &Paper::of(&self.profile), &mut self.typesetter)?;
        Ok(hardware::encode(&slip, &self.profile)?)
    }

    /// The day's tickets as one long slip for staff.
    ///
    /// # Errors
    /// If it does not fit this printer.
    pub fn list(&mut self, list: &DayList, language: &Language) -> Result<Vec<u8>, PressError> {
        let slip = day_list::lay_out(list, language, &Paper::of(&self.profile), &mut self.typesetter)?;
        Ok(hardware::encode(&slip, &self.profile)?)
    }
}

/// What the paper says.
fn printed(ticket: &Ticket) -> presentation::Ticket {
    let local = |time: domain::Time| time.with_timezone(&ticket.zone);
    let language = ticket.language.as_str();
    presentation::Ticket {
        site: ticket.site.get(language).to_owned(),
        number: ticket.number.clone(),
        language: ticket.language.clone(),
        issued_at: local(ticket.issued_at),
        service_label: ticket.service.get(language).to_owned(),
        service_label_fr: ticket.service.get("fr").to_owned(),
        slot: ticket.slot.map(local),
        wait: ticket.wait,
        qr: ticket.follow_url.clone().map_or_else(|| TicketQr::Token(ticket.token.clone()), TicketQr::Url),
        kiosk: ticket.kiosk.clone(),
        duplicate: ticket.duplicate,
    }
}

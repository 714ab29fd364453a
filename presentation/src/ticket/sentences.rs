//! What a ticket says, in one language.

use super::{Ticket, TicketQr};
use crate::{Catalogue, format, words::wait};

/// The sentences of a ticket in one language, in the order in which they stand.
pub(super) struct Sentences {
    pub(super) right_to_left: bool,
    pub(super) duplicate: String,
    pub(super) date: String,
    pub(super) your_number: String,
    /// The neutral label, and the time of the appointment if there is one.
    pub(super) service: String,
    pub(super) wait: Option<String>,
    pub(super) look: String,
    pub(super) code: String,
    /// Time of issue, kiosk, « gratuit ».
    pub(super) foot: String,
}

impl Sentences {
    /// The sentences in the visitor's language.
    pub(super) fn for_visitor(ticket: &Ticket) -> Self {
        let words = Catalogue::for_language(&ticket.language);
        // A language that is not shipped speaks French, and so must the label.
        let french = words.code() == "fr";
        Self::of(ticket, words, if french { &ticket.service_label_fr } else { &ticket.service_label })
    }

    /// The French beside them, unless they are French already.
    pub(super) fn in_french(ticket: &Ticket) -> Option<Self> {
        let visitor = Catalogue::for_language(&ticket.language);
        (visitor.code() != "fr").then(|| Self::of(ticket, Catalogue::french(), &ticket.service_label_fr))
    }

    fn of(ticket: &Ticket, words: &Catalogue, service: &str) -> Self {
        let time = format::clock(words, &ticket.issued_at);
        Self {
            right_to_left: words.is_right_to_left(),
            duplicate: words.say("Duplicate").to_owned(),
            date: format::calendar(words, ticket.issued_at.date_naive()),
            your_number: words.say("Your number").to_owned(),
            service: match &ticket.slot {
                None => service.to_owned(),
                Some(slot) => words.fill(
                    "{service} · Appointment {time}",
                    &[("service", service), ("time", &format::clock(words, slot))],
                ),
            },
            wait: ticket.wait.map(|range| wait::in_words(words, range)),
            look: words.say("Your number will appear on the screen.").to_owned(),
            code: match ticket.qr {
                TicketQr::Url(_) => words.say("Follow your turn on your phone."),
                TicketQr::Token(_) => words.say("Show this code at the kiosk to know where you stand."),
            }
            .to_owned(),
            foot: words.fill(
                "Issued at {time} · {kiosk} · Free of charge",
                &[("time", &time), ("kiosk", &ticket.kiosk)],
            ),
        }
    }
}

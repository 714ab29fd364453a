//! The day as a booking tool would export it.

use super::{SampleBooking, SampleDay};
use crate::import::fold;

const HEADER: &str =
    "N° de rendez-vous;Date;Heure;Motif;Nom;Prénom;Téléphone;Courriel;Nombre de personnes;Statut\r\n";

pub(super) fn to_csv(day: &SampleDay) -> Vec<u8> {
    let mut text = String::from("\u{feff}");
    text.push_str(HEADER);
    for booking in &day.bookings {
        text.push_str(&line(booking));
    }
    text.into_bytes()
}

/// A service as the office calls it towards the public when a slot is booked. The site's configuration
/// maps these words to its codes, as it would for any booking tool.
fn motive(service: &str) -> &str {
    match service {
        "PD-VPF" => "Titre de séjour : première demande",
        "CS" => "Titre de séjour : changement de statut",
        "BIO" => "Prise d’empreintes",
        "RT" => "Retrait d’un titre",
        code => code,
    }
}

/// No field has a separator or a quote in it: all are made here.
fn line(booking: &SampleBooking) -> String {
    let SampleBooking { reference, slot, service, party, last_name, first_name, phone, .. } = booking;
    let (date, time) = (slot.format("%d/%m/%Y"), slot.format("%Hh%M"));
    let motive = motive(service);
    let email = format!("{}.{}@example.org", fold(first_name), fold(last_name));
    format!(
        "{reference};{date};{time};{motive};{last_name};{first_name};{phone};{email};{party};Confirmé\r\n"
    )
}

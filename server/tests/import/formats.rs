//! Whole files, however they are written.

use crate::{file, lille, parse, secret};
use domain::{BookingStatus, Closure};
use encoding_rs::WINDOWS_1252;
use server::import::{Mapping, ParsedFile};

const LINES: [&str; 2] = [
    "RDV-1;23/11/2026;08h45;RT;Cœurdoux;Zoé;06 39 98 00 01;zoe@example.org;2;Confirmé",
    "RDV-2;23/11/2026;09h00;BIO;L’Hôte;Noël;;;1;Annulé",
];

#[track_caller]
fn whole(parsed: ParsedFile) -> ParsedFile {
    assert_eq!(parsed.faults, []);
    parsed
}

#[test]
fn a_file_says_the_same_in_every_encoding() {
    let text = file(&LINES);
    let expected = whole(parse(&text));
    assert_eq!(expected.bookings.len(), 2);
    assert_eq!(expected.bookings[0].person.last_name.as_deref(), Some("Cœurdoux"));
    let (windows, _, lossy) = WINDOWS_1252.encode(&text);
    assert!(!lossy);
    let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [format!("\u{feff}{text}").into_bytes(), windows.into_owned(), utf16] {
        assert_eq!(whole(parse(bytes)), expected);
    }
}

#[test]
fn a_file_says_the_same_with_every_separator_and_line_end() {
    let text = file(&LINES);
    let expected = whole(parse(&text));
    for separator in [",", "\t"] {
        assert_eq!(whole(parse(text.replace(';', separator))), expected);
    }
    for end in ["\n", "\r"] {
        assert_eq!(whole(parse(text.replace("\r\n", end))), expected);
    }
}

#[test]
fn a_quoted_field_holds_separators_and_quotes_and_ends_where_it_likes() {
    let parsed = whole(parse(file(&[
        "RDV-1;23/11/2026;08h45;RT;\"Dupont; dite \"\"Dédé\"\"\";\"Marie\r\n\";;;1;Confirmé",
        "RDV-2;23/11/2026;08h45;RT;Diallo;Awa;;;1;Confirmé",
    ])));
    let person = &parsed.bookings[0].person;
    assert_eq!(person.last_name.as_deref(), Some("Dupont; dite \"Dédé\""));
    assert_eq!(person.first_name.as_deref(), Some("Marie"));
    // The second record begins on the fourth line of the file.
    assert_eq!(parsed.bookings.iter().map(|b| b.line).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn empty_lines_are_passed_over_and_counted() {
    for end in ["\r\n", "\n"] {
        let text = file(&["", LINES[0], ";;;;;;;;;", "  ", "", LINES[1], ""]).replace("\r\n", end);
        let parsed = whole(parse(text));
        assert_eq!(parsed.bookings.iter().map(|b| b.line).collect::<Vec<_>>(), [3, 7]);
    }
}

#[test]
fn a_slot_is_on_the_walls_of_the_site() {
    let slot = |date: &str, time: &str| {
        let parsed = whole(parse(file(&[&format!("RDV-1;{date};{time};RT;;;;;;")])));
        parsed.bookings[0].booking.slot.to_rfc3339()
    };
    let winter = "2026-11-23T08:05:00+00:00";
    for date in ["23/11/2026", "23.11.2026", "2026-11-23", "lundi 23 novembre 2026"] {
        for time in ["9h05", "09:05", "9 h 05", "09:05:00"] {
            assert_eq!(slot(date, time), winter, "{date} {time}");
        }
    }
    assert_eq!(slot("23/07/2026", "9h"), "2026-07-23T07:00:00+00:00");
}

#[test]
fn a_slot_can_stand_in_one_column() {
    for slot in ["23/11/2026 09:05", "2026-11-23T09:05", "lundi 23 novembre 2026 à 9 h 05"] {
        let parsed = whole(parse(format!("Référence,Date et heure,Motif\nRDV-1,{slot},RT\n")));
        assert_eq!(parsed.bookings[0].booking.slot.to_rfc3339(), "2026-11-23T08:05:00+00:00");
    }
}

#[test]
fn headers_are_recognised_however_they_are_typed() {
    let parsed =
        whole(parse("  numero de RENDEZ VOUS ;DATE;heure;Démarche ;e-Mail\nRDV-1;23/11/2026;9h;bio;a@b\n"));
    let booking = &parsed.bookings[0];
    assert_eq!(booking.booking.service.as_str(), "BIO");
    assert_eq!(booking.person.email.as_deref(), Some("a@b"));
    assert_eq!(
        (booking.booking.party.clone(), booking.booking.status),
        (domain::Party::of(1), BookingStatus::Booked)
    );
}

#[test]
fn a_tool_with_its_own_words_needs_only_configuration() {
    let mapping: Mapping = toml::from_str(
        r#"
        reference = ["Dossier"]
        date = ["Rendez-vous le"]
        service = ["Objet"]
        birth_date = ["Né(e) le"]
        ignore = ["Agent", "Commentaire"]
        services = { "Empreintes digitales" = "BIO" }
        statuses = { "OK" = "booked", "KO" = "cancelled" }
        "#,
    )
    .unwrap();
    let (site, _) = lille();
    let text = "Dossier,Rendez-vous le,Objet,Né(e) le,AGENT,Commentaire,Statut\n\
                59-001,23/11/2026 09:05,EMPREINTES DIGITALES,01/02/1990,12,,ko\n";
    let parsed = whole(server::import::parse(text.as_bytes(), &mapping, &site, &secret()));
    let booking = &parsed.bookings[0];
    assert_eq!(booking.booking.service.as_str(), "BIO");
    assert_eq!(booking.booking.status, BookingStatus::Cancelled);
    assert_eq!(booking.person.birth_date.as_deref(), Some("1990-02-01"));
}

#[test]
fn what_the_operator_names_is_added_to_the_usual_words_and_stands_over_them() {
    let mapping: Mapping = toml::from_str(
        r#"
        date = ["Code"]
        reference = ["Dossier"]
        ignore = ["Service"]
        statuses = { "Honoré" = "booked", "Excusé" = "booked" }
        "#,
    )
    .unwrap();
    let (site, _) = lille();
    let text = "Référence,Code,Heure,Motif,Service,Statut\n\
                59-1,23/11/2026,9h,BIO,3e étage,honoré\n\
                59-2,23/11/2026,9h,BIO,3e étage,Annulé\n\
                59-3,23/11/2026,9h,BIO,3e étage,Excusé\n";
    let read = |text: &str| whole(server::import::parse(text.as_bytes(), &mapping, &site, &secret()));
    let statuses: Vec<_> = read(text).bookings.iter().map(|line| line.booking.status).collect();
    assert_eq!(statuses, [BookingStatus::Booked, BookingStatus::Cancelled, BookingStatus::Booked]);
    assert_eq!(read(&text.replace("Référence", "dossier")), read(text));
}

#[test]
fn a_column_that_nobody_named_is_passed_over_only_if_the_operator_says_so() {
    let (site, mut mapping) = lille();
    let text = "Référence;Date;Heure;Motif;Couleur\nRDV-1;23/11/2026;9h;RT;bleu\n";
    assert_eq!(parse(text).bookings, []);
    mapping.strict = false;
    assert_eq!(whole(server::import::parse(text.as_bytes(), &mapping, &site, &secret())).bookings.len(), 1);
}

#[test]
fn a_booking_repeated_word_for_word_counts_once() {
    assert_eq!(whole(parse(file(&[LINES[0], LINES[1], LINES[0]]))).bookings.len(), 2);
}

#[test]
fn what_spreadsheets_add_is_passed_over() {
    let text = file(&LINES);
    let expected = whole(parse(&text));
    let kept = text.replace("RDV-1;", "=\"RDV-1\";");
    assert_eq!(whole(parse(kept)), expected);
    let told = whole(parse(format!("sep=;\r\n{text}")));
    let lines: Vec<u64> = told.bookings.iter().map(|booking| booking.line).collect();
    assert_eq!(lines, [3, 4], "lines are counted as an editor does");
    assert_eq!(told.bookings[1].booking, expected.bookings[1].booking);
}

#[test]
fn a_slot_that_looks_wrong_is_loaded_and_told() {
    let lines = [
        "RDV-1;23/11/2026;08h45;RT;;;;;;",
        "RDV-2;23/11/2025;09h00;RT;;;;;;",
        "RDV-3;23/11/2126;09h00;RT;;;;;;",
        "RDV-4;23/11/2026;23h40;RT;;;;;;",
        "RDV-5;25/12/2026;09h00;RT;;;;;;",
    ];
    let (mut site, _) = lille();
    let day = "2026-12-25".parse().unwrap();
    site.hours.closures.push(Closure { from: day, to: day, reason: site.name.clone() });
    let parsed = whole(parse(file(&lines)));
    let now = "2026-11-23T08:00:00Z".parse().unwrap();
    let doubts = server::import::doubts(&parsed.bookings, &site, now);
    let doubts: Vec<(u64, &str)> = doubts.iter().map(|doubt| (doubt.line, doubt.reason.as_str())).collect();
    let expected = [
        (3, "23/11/2025 09:00 is over"),
        (4, "23/11/2126 09:00 is more than two years ahead"),
        (5, "23/11/2026 23:40 is outside the opening hours"),
        (6, "25/12/2026 09:00 is outside the opening hours"),
    ];
    assert_eq!(doubts, expected);
}

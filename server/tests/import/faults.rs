//! Broken files: every bad line is named, in words that say what to do.

use crate::{file, lille, parse, secret};
use domain::ServiceId;
use encoding_rs::WINDOWS_1252;

const GOOD: &str = "RDV-1;23/11/2026;08h45;RT;Diallo;Awa;;;1;Confirmé";

/// The faults of a file, as an operator reads them.
fn faults(bytes: impl AsRef<[u8]>) -> Vec<String> {
    parse(bytes).faults.iter().map(|fault| format!("{}: {}", fault.line, fault.reason)).collect()
}

#[track_caller]
fn only_fault(bytes: impl AsRef<[u8]>, expected: &str) {
    let found = faults(bytes);
    assert!(found.len() == 1 && found[0].starts_with(expected), "expected `{expected}`, found {found:#?}");
}

#[test]
fn a_bad_line_is_named_with_its_reason() {
    let cases = [
        (";23/11/2026;9h;RT;;;;;;", "has no reference"),
        ("=\"\";23/11/2026;9h;RT;;;;;;", "has no reference"),
        (
            "1,23457E+12;23/11/2026;9h;RT;;;;;;",
            "`1,23457E+12` cannot be a reference: a spreadsheet has rounded it",
        ),
        ("RDV\u{200b}2;23/11/2026;9h;RT;;;;;;", "`RDV\\u{200b}2` cannot be a reference"),
        // A Cyrillic letter that looks like the Latin one.
        ("\u{420}DV-2;23/11/2026;9h;RT;;;;;;", "`\u{420}DV-2` cannot be a reference"),
        ("\"RDV\r\n2\";23/11/2026;9h;RT;;;;;;", "has a line end inside a field"),
        ("RDV-2;;9h;RT;;;;;;", "has no date"),
        ("RDV-2;demain;9h;RT;;;;;;", "`demain` is not a date"),
        ("RDV-2;30/02/2026;9h;RT;;;;;;", "`30/02/2026` is not a date"),
        ("RDV-2;mardi 23 novembre 2026;9h;RT;;;;;;", "`mardi 23 novembre 2026` is not a date"),
        ("RDV-2;23/11/2026;;RT;;;;;;", "has no time"),
        ("RDV-2;23/11/26;9h;RT;;;;;;", "`23/11/26` is not a date"),
        ("RDV-2;23/11/2026;24h;RT;;;;;;", "`24h` is not a time"),
        ("RDV-2;23/11/2026;10:3;RT;;;;;;", "`10:3` is not a time"),
        ("RDV-2;29/03/2026;2h30;RT;;;;;;", "2026-03-29 02:30:00 does not exist"),
        ("RDV-2;25/10/2026;2h30;RT;;;;;;", "2026-10-25 02:30:00 comes twice"),
        ("RDV-2;23/11/2026;9h;;;;;;;", "has no service"),
        ("RDV-2;23/11/2026;9h;Mariage;;;;;;", "`Mariage` is not a service of this site (known: BIO, "),
        ("RDV-2;23/11/2026;9h;RT;;;;;0;", "`0` is not a number of persons from 1 to 20"),
        ("RDV-2;23/11/2026;9h;RT;;;;;21;", "`21` is not a number of persons"),
        ("RDV-2;23/11/2026;9h;RT;;;;;deux;", "`deux` is not a number of persons"),
        ("RDV-2;23/11/2026;9h;RT;;;;;;Peut-être", "`Peut-être` is not a known status"),
        ("RDV-2;23/11/2026;9h;RT;Dia\u{7}llo;;;;;", "has a control character in a field"),
        ("RDV-2;23/11/2026;9h;RT;Dia\u{fffd}llo;;;;;", "has a character that is not in the file's encoding"),
        ("RDV-2;23/11/2026;9h;RT;Diallo;Awa", "has 6 fields instead of 10: is the file torn"),
        (
            "RDV-1;23/11/2026;9h;RT;Diallo;Awa;;;1;Confirmé",
            "has the reference of line 2, and says something else",
        ),
        (
            "RDV-1;24/11/2026;8h45;RT;Diallo;Awa;;;1;Confirmé",
            "has the reference of line 2 on another day: export one day at a time, or map another column as the reference",
        ),
        (
            "rdv-1;23/11/2026;8h45;RT;Sow;Awa;;;1;Confirmé",
            "has the reference of line 2, and says something else",
        ),
    ];
    for (line, reason) in cases {
        only_fault(file(&[GOOD, line]), &format!("3: {reason}"));
    }
    only_fault(
        file(&[GOOD, &format!("RDV-2;23/11/2026;9h;RT;{};;;;;", "x".repeat(201))]),
        "3: has a field of more",
    );
}

#[test]
fn a_stray_quote_swallows_no_line() {
    let after_the_quote = file(&[
        "RDV-1;23/11/2026;9h;RT;\"Dupont;Awa;;;1;",
        "RDV-2;23/11/2026;9h;RT;Diallo;Awa;;;1;",
        "RDV-3;23/11/2026;9h;RT;\"Martin\";Awa;;;1;",
        "RDV-4;x;9h;RT;;;;;;",
    ]);
    let found = faults(after_the_quote);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("2: has text after the closing quote of a field (in line 4)"), "{found:#?}");
    assert_eq!(found[1], "5: `x` is not a date");
    // The second quote ends a field: the record has as many fields as it should.
    let two_lines =
        file(&["RDV-1;23/11/2026;9h;RT;\"Dupont;Awa;;;1;", "RDV-2;23/11/2026;9h;RT;Diallo\";Awa;;;1;"]);
    only_fault(two_lines, "2: has a line end inside a field");
    let in_a_column_to_ignore = "Reference;Date;Heure;Motif;Note\n\
        RDV-1;23/11/2026;9h;RT;\"vu\nRDV-2;23/11/2026;9h;RT;vu\"\n";
    let (site, mut mapping) = lille();
    mapping.ignore.push("Note".into());
    let parse = |text: &str| server::import::parse(text.as_bytes(), &mapping, &site, &secret());
    let reason = &parse(in_a_column_to_ignore).faults[0].reason;
    assert!(reason.starts_with("has whole lines inside a field"), "{reason}");
    let a_note = in_a_column_to_ignore.replace("RDV-2;23/11/2026;9h;RT;vu", "et; revu");
    assert_eq!(parse(&a_note).faults, []);
}

#[test]
fn every_bad_line_is_told_at_once() {
    let text = file(&[
        GOOD,
        "RDV-2;x;9h;RT;;;;;;",
        "",
        "RDV-3;23/11/2026;9h;RT;\"b\r\n\";;;;;",
        "RDV-4;x;9h;RT;;;;;;",
    ]);
    assert_eq!(faults(text), ["3: `x` is not a date", "7: `x` is not a date"]);
}

#[test]
fn a_header_that_does_not_fit_is_told_whole() {
    let found = faults("Reference;Jour;Heure;Couleur\nRDV-1;23/11/2026;9h;bleu\n");
    let expected = [
        "1: unknown column `Jour`: name it in the site's import section, or in import.ignore",
        "1: unknown column `Couleur`: name it in the site's import section, or in import.ignore",
        "1: there is no column `Date` or `Date du rendez-vous` or `Date et heure` or `Créneau` \
         (the file has: Reference, Jour, Heure, Couleur)",
        "1: there is no column `Motif` or `Service` or `Démarche` or `Prestation` \
         (the file has: Reference, Jour, Heure, Couleur)",
    ];
    assert_eq!(found, expected);
    only_fault("Référence;Date;Heure;Motif;Code\n", "1: two columns mean the same: the second is `Code`");
}

#[test]
fn a_file_that_is_no_table_is_refused_as_a_whole() {
    only_fault("", "0: the file is empty");
    only_fault("\u{feff}\r\n\r\n", "0: the file is empty");
    only_fault("Bonjour\n", "1: the first line has no columns");
    only_fault(b"PK\x03\x04\x14\x00;;;", "0: this is a spreadsheet or an archive");
}

#[test]
fn a_torn_file_is_refused() {
    let quoted = "RDV-2;23/11/2026;09h00;RT;\"Diallo\";\"Awa\";;;1;\"Confirmé\"";
    let torn = "ends without a line end: is the file torn?";
    // In the middle of a field, within quotes, within the last quotes, after the last separator, at the end.
    for (cut, reason) in [
        (&quoted[..15], torn),
        (&quoted[..29], "has a quote that is never closed"),
        (quoted.strip_suffix('"').unwrap(), "has a quote that is never closed"),
        (quoted.strip_suffix("\"Confirmé\"").unwrap(), torn),
        (quoted, torn),
    ] {
        only_fault(file(&[GOOD]) + cut, &format!("3: {reason}"));
    }
}

#[test]
fn a_file_cut_at_any_byte_is_refused_or_ends_with_a_whole_line() {
    let with_the_reference_last = "Date;Motif;Heure;Référence\nlundi 23 novembre 2026;RT;9 h 05;RDV-1\n\
         23/11/2026;RT;10:30;RDV-12\n23/11/2026;RT;11h;\"RDV-13\"\n";
    let with_the_slot_last =
        "Référence,Motif,Nom,Créneau\nRDV-1,RT,Zoé,23/11/2026 10:30\nRDV-2,RT,,2026-11-23T09h05\n";
    let with_the_name_last = "Référence\tDate et heure\tMotif\tNom\r\nRDV-1\t23/11/2026 9h00\tRT\tL’Hôte\r\n\
         RDV-2\t23/11/2026 9h00\tRT\tZoé\r\n";
    for text in [with_the_reference_last, with_the_slot_last, with_the_name_last] {
        let utf16 =
            || format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        for bytes in [text.as_bytes().to_vec(), WINDOWS_1252.encode(text).0.into_owned(), utf16()] {
            let whole = parse(&bytes);
            assert_eq!((whole.faults.len(), whole.bookings.len() > 1), (0, true), "{text}");
            for cut in 0..bytes.len() {
                let parsed = parse(&bytes[..cut]);
                let is_prefix = parsed.bookings[..] == whole.bookings[..parsed.bookings.len()];
                let ends = |end: u8| bytes[..cut].iter().filter(|byte| **byte == end).count();
                let at_line_end = ends(b'\r').max(ends(b'\n')) == parsed.bookings.len() + 1;
                assert!(
                    !parsed.faults.is_empty() || (is_prefix && at_line_end),
                    "{text:?} cut after {cut} bytes"
                );
            }
        }
    }
}

#[test]
fn a_file_with_some_broken_letters_is_not_taken_for_another_encoding() {
    let mut bytes = file(&[GOOD, "RDV-2;23/11/2026;9h;RT;Zoé;Noël;;;1;Confirmé"]).into_bytes();
    let letter = bytes.windows(2).rposition(|pair| pair == "ë".as_bytes()).unwrap();
    bytes.remove(letter + 1);
    only_fault(&bytes, "3: has a character that is not in the file's encoding");
}

#[test]
fn a_mapping_to_a_service_that_the_site_does_not_have_is_told() {
    let (site, mut mapping) = lille();
    mapping.services.insert("Mariage".into(), ServiceId::new("MAR"));
    let text = file(&["RDV-2;23/11/2026;9h;mariage;;;;;;"]);
    let parsed = server::import::parse(text.as_bytes(), &mapping, &site, &secret());
    assert_eq!(
        parsed.faults[0].reason,
        "`mariage` is `MAR` in import.services, which is not a service of this site"
    );
}

#[test]
fn a_header_that_is_no_text_is_never_shown_raw() {
    only_fault("RDV\u{1b}[2J;Date;Motif\r\n", "1: the header has a control character in a field");
    only_fault(format!("{};Date\r\n", "x".repeat(201)), "1: the header has a field of more than 200");
}

//! Tickets are measured on the paper: by their dots and by a decoder that is not ours.

use chrono::TimeZone;
use chrono_tz::Europe::Paris;
use domain::{LaneCode, Language, forecast::WaitRange};
use hardware::{
    escpos::{Mode, Profile, encode},
    slip::{Bitmap, Block, Slip, TextSize},
};
use presentation::{Paper, Ticket, TicketError, TicketQr, Typesetter, lay_out};

const URL: &str = "https://accueil.nord.example/t/K7QX3M9K2V8RT4WZCQ2M5N6P7R";
const WIDE: Paper = Paper { width_dots: 576, dpi: 203, mode: Mode::Raster };
const EPSON: Paper = Paper { width_dots: 512, dpi: 180, mode: Mode::Raster };
const NARROW: Paper = Paper { width_dots: 384, dpi: 203, mode: Mode::Raster };

fn ticket(language: &str) -> Ticket {
    let at = |hour, minute| Paris.with_ymd_and_hms(2026, 11, 23, hour, minute, 0).single();
    Ticket {
        site: "Préfecture de la Côte-d’Or, accueil « Œuvres », n° 3".into(),
        number: "H047".parse().unwrap(),
        language: Language::new(language),
        issued_at: at(9, 42).unwrap(),
        service_label: "Service A".into(),
        service_label_fr: "Service A".into(),
        slot: at(10, 20),
        wait: Some(WaitRange { from_minutes: 10, to_minutes: 20 }),
        qr: TicketQr::Url(URL.into()),
        kiosk: "Borne 2".into(),
        duplicate: false,
    }
}

fn picture(ticket: &Ticket, paper: &Paper) -> Bitmap {
    let slip = lay_out(ticket, paper, &mut Typesetter::new()).unwrap();
    match <[Block; 1]>::try_from(slip.blocks) {
        Ok([Block::Image(picture)]) => picture,
        other => panic!("one picture, not {other:?}"),
    }
}

fn millimetres(dots: u32, paper: &Paper) -> f64 {
    f64::from(dots) * 25.4 / f64::from(paper.dpi)
}

/// The first band of rows with black dots in some columns that is at least `least` dots high.
fn band(picture: &Bitmap, columns: std::ops::Range<u32>, least: u32) -> std::ops::Range<u32> {
    let inked = |y: u32| columns.clone().any(|x| picture.get(x, y));
    let mut start = None;
    for y in 0..=picture.height_dots() {
        match (start, y < picture.height_dots() && inked(y)) {
            (None, true) => start = Some(y),
            (Some(from), false) if y - from >= least => return from..y,
            (Some(_), false) => start = None,
            _ => {}
        }
    }
    panic!("no band of {least} rows")
}

/// What the decoder reads, and the side of the code in dots.
fn decode(picture: &Bitmap) -> (String, u32) {
    let (width, height) = (picture.width_dots() as usize, picture.height_dots() as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        if picture.get(x as u32, y as u32) { 0 } else { 255 }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code on the paper");
    let corners = grids[0].bounds;
    (grids[0].decode().unwrap().1, (corners[1].x - corners[0].x).unsigned_abs())
}

#[test]
fn digits_are_eighteen_millimetres_high_on_eighty_millimetre_paper() {
    for paper in [WIDE, EPSON] {
        for number in ["H047", "A999", "X000", "L111", "HK047", "XX888"] {
            let picture = picture(&Ticket { number: number.parse().unwrap(), ..ticket("fr") }, &paper);
            // The digits stand in the right half; nothing else there is as high but the code below.
            let digits =
                band(&picture, picture.width_dots() * 3 / 5..picture.width_dots(), picture.width_dots() / 5);
            let height = millimetres(digits.end - digits.start, &paper);
            assert!((18.0..24.0).contains(&height), "{number} at {} dpi: {height:.1} mm", paper.dpi);
        }
    }
}

#[test]
fn one_letter_is_as_high_as_the_digits_beside_it() {
    for lane in LaneCode::all().filter(|lane| lane.as_str().len() == 1) {
        let number = domain::TicketNumber::new(lane, 278);
        let picture = picture(&Ticket { number: number.clone(), ..ticket("fr") }, &EPSON);
        let width = picture.width_dots();
        let high = |columns| {
            let found = band(&picture, columns, width / 6);
            millimetres(found.end - found.start, &EPSON)
        };
        let (letter, digits) = (high(width / 20..width / 5), high(width * 3 / 5..width));
        assert!((letter - digits).abs() < 1.0, "{number}: {letter:.1} mm beside {digits:.1} mm");
    }
}

#[test]
fn nothing_touches_the_edge_of_the_paper() {
    for paper in [WIDE, EPSON, NARROW] {
        for language in ["fr", "en", "ar"] {
            for number in ["H047", "HK047"] {
                let ticket = Ticket { number: number.parse().unwrap(), duplicate: true, ..ticket(language) };
                let picture = picture(&ticket, &paper);
                assert_eq!(picture.width_dots(), u32::from(paper.width_dots));
                let (width, height) = (picture.width_dots(), picture.height_dots());
                let white = f64::from(paper.dpi) / 25.4 * 1.5;
                let near = |at: u32, end: u32| f64::from(at) < white || f64::from(end - 1 - at) < white;
                let touched = (0..height)
                    .flat_map(|y| (0..width).map(move |x| (x, y)))
                    .find(|(x, y)| picture.get(*x, *y) && (near(*x, width) || near(*y, height)));
                assert_eq!(touched, None, "{language} {number} at {} dots", paper.width_dots);
            }
        }
    }
}

#[test]
fn a_decoder_reads_the_code_and_it_is_large_enough() {
    for paper in [WIDE, EPSON, NARROW] {
        for language in ["fr", "ar"] {
            for qr in [TicketQr::Url(URL.into()), TicketQr::Token("K7QX3M9K2V8RT4WZCQ2M5N6P7R".into())] {
                let expected = qr.data().to_owned();
                let (data, side) = decode(&picture(&Ticket { qr, ..ticket(language) }, &paper));
                assert_eq!(data, expected);
                assert!(millimetres(side, &paper) >= 24.8, "{side} dots at {} dpi", paper.dpi);
            }
        }
    }
}

#[test]
fn a_duplicate_differs_and_carries_the_same_number_and_code() {
    let first = ticket("en");
    let again = Ticket { duplicate: true, ..first.clone() };
    let (first, again) = (picture(&first, &WIDE), picture(&again, &WIDE));
    assert!(again.height_dots() > first.height_dots());
    assert_eq!(decode(&first).0, decode(&again).0);
}

#[test]
fn a_language_that_is_not_shipped_gets_the_french_ticket_once() {
    let unknown = Ticket { service_label: "???".into(), ..ticket("tlh") };
    assert_eq!(picture(&unknown, &WIDE), picture(&ticket("fr"), &WIDE));
}

fn text_slip(ticket: &Ticket) -> Slip {
    lay_out(ticket, &Paper { mode: Mode::Text, ..WIDE }, &mut Typesetter::new()).unwrap()
}

fn lines(slip: &Slip) -> Vec<(&str, TextSize)> {
    let line = |block| match block {
        &Block::Text { ref text, size, .. } => Some((text.as_str(), size)),
        _ => None,
    };
    slip.blocks.iter().filter_map(line).collect()
}

#[test]
fn text_mode_is_understood_by_every_printer_and_draws_only_other_scripts() {
    let profile = Profile::built_in("serial-text").unwrap();
    for (language, drawn) in [("fr", false), ("en", false), ("ar", true)] {
        let slip = text_slip(&Ticket { duplicate: true, ..ticket(language) });
        assert_eq!(slip.blocks.iter().any(|block| matches!(block, Block::Image(_))), drawn, "{language}");
        assert!(slip.blocks.iter().any(|block| matches!(block, Block::Qr { data, .. } if data == URL)));
        encode(&slip, &profile).unwrap();
        for (text, size) in lines(&slip) {
            let columns = 576 / 12 / usize::from(size.factors().0);
            assert!(text.lines().all(|line| line.chars().count() <= columns), "{text}");
        }
    }
}

#[test]
fn text_mode_says_what_the_picture_says() {
    let slip = text_slip(&Ticket { duplicate: true, ..ticket("fr") });
    let said: Vec<_> = lines(&slip).into_iter().map(|(text, _)| text).collect();
    for words in [
        "DUPLICATA",
        "H047",
        "lundi 23 novembre 2026",
        "Attente : 10 à 20 minutes",
        "Votre numéro s’affichera à l’écran.",
    ] {
        assert!(said.contains(&words), "{words} in {said:#?}");
    }
    let (number, _) = lines(&slip).into_iter().find(|(_, size)| *size == TextSize::Huge).unwrap();
    assert_eq!(number, "H047");
    let alone = text_slip(&Ticket { wait: None, qr: TicketQr::Token("K7QX".into()), ..ticket("fr") });
    let said: String = lines(&alone).into_iter().map(|(text, _)| text).collect();
    assert!(!said.contains("Attente") && said.contains("Montrez ce code"), "{said}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let lay = |ticket: &Ticket, paper: Paper| {
        lay_out(ticket, &paper, &mut Typesetter::new()).map(|_| ()).unwrap_err()
    };
    let narrow = lay(&ticket("fr"), Paper { width_dots: 300, ..WIDE });
    assert_eq!(narrow, TicketError::PaperTooNarrow { width_dots: 300, dpi: 203 });
    let empty = Ticket { qr: TicketQr::Token(String::new()), ..ticket("fr") };
    assert_eq!(lay(&empty, WIDE), TicketError::CodeData { bytes: 0 });
    let long = Ticket { qr: TicketQr::Url("x".repeat(5000)), ..ticket("fr") };
    assert_eq!(lay(&long, WIDE), TicketError::CodeData { bytes: 5000 });
    let wide = Ticket { qr: TicketQr::Url("x".repeat(2000)), ..ticket("fr") };
    assert!(matches!(lay(&wide, NARROW), TicketError::CodeTooWide { .. }));
}

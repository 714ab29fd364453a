//! The list of the day on paper: everybody in order, a box before each, legible and nothing beyond the edge.

use chrono::TimeZone;
use chrono_tz::Europe::Paris;
use domain::{CounterId, Language, Text};
use hardware::{
    escpos::{Mode, Profile, encode},
    slip::{Bitmap, Block},
};
use presentation::{
    Paper, TicketError, Typesetter,
    day_list::{DayList, Line, Standing, lay_out},
};

fn list(parties: usize) -> DayList {
    let at = |hour, minute| Paris.with_ymd_and_hms(2026, 11, 23, hour, minute, 0).unwrap();
    let standings = [
        Standing::Waiting,
        Standing::Called { counter: CounterId(3) },
        Standing::Serving { counter: CounterId(12) },
        Standing::Away { until: at(10, 30) },
        Standing::Missed,
    ];
    let line = |place: usize| Line {
        numbers: ["H047", "K112"][..1 + place % 2].iter().map(|number| number.parse().unwrap()).collect(),
        service: "Vie privée et familiale, premier dépôt".into(),
        slot: place.is_multiple_of(2).then(|| (at(10, 20), place == 0)),
        arrival: at(9, 42),
        priority: place == 0,
        standing: standings[place % 5],
    };
    DayList {
        site: Text::new([(Language::new("fr"), "Préfecture du Nord".to_owned())]),
        kiosk: "Borne 2".into(),
        made_at: at(9, 58),
        as_of: Some(at(9, 40)),
        lines: (0..parties).map(line).collect(),
    }
}

fn letters(list: &DayList, language: &str) -> String {
    let paper = Paper { width_dots: 576, dpi: 203, mode: Mode::Text };
    let slip = lay_out(list, &Language::new(language), &paper, &mut Typesetter::new()).unwrap();
    let text = |block: &Block| match block {
        Block::Text { text, .. } => Some(text.clone()),
        _ => None,
    };
    // Where a line of the paper ends says nothing.
    let words = slip.blocks.iter().filter_map(text).collect::<Vec<_>>().join("\n");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_party_has_a_box_its_numbers_and_what_keeps_it_from_being_called() {
    let said = letters(&list(5), "fr");
    for line in [
        "Tickets du jour, dans l’ordre d’appel",
        "Dernières nouvelles du serveur : 9 h 40",
        "[ ] H047 Carte de priorité Vie privée et familiale, premier dépôt · RDV 10 h 20 · arrivé 9 h 42",
        "[ ] H047 · K112 appelé au guichet 3",
        "au guichet 12",
        "parti jusqu’à 10 h 30",
        "appelé en vain",
        "Fin de la liste : 5",
    ] {
        assert!(said.contains(line), "« {line} » is not in\n{said}");
    }
    assert!(said.contains("RDV 10 h 20, en retard"), "{said}");
    let english = letters(&list(1), "en");
    assert!(
        english.contains("Today's tickets, in calling order") && english.contains("Priority card"),
        "{english}"
    );
}

#[test]
fn it_says_so_when_nobody_waits_and_when_the_server_was_never_heard() {
    let said = letters(&DayList { as_of: None, ..list(0) }, "fr");
    assert!(said.contains("Personne n’attend.") && said.contains("Pas de nouvelles du serveur"), "{said}");
}

fn pictures(list: &DayList, paper: &Paper) -> Vec<Bitmap> {
    let slip = lay_out(list, &Language::new("fr"), paper, &mut Typesetter::new()).unwrap();
    let picture = |block| match block {
        Block::Image(picture) => picture,
        other => panic!("a picture, not {other:?}"),
    };
    slip.blocks.into_iter().map(picture).collect()
}

#[test]
fn on_a_printer_of_pictures_each_party_has_a_band_of_its_own_with_a_box() {
    let paper = Paper { width_dots: 576, dpi: 203, mode: Mode::Raster };
    let bands = pictures(&list(100), &paper);
    assert_eq!(bands.len(), 102, "the head, a hundred parties, the foot");
    for band in &bands[1..101] {
        let edge = (0..band.height_dots()).filter(|y| band.get(16, *y)).count();
        assert!(edge >= 40, "the left edge of a box of 6 mm");
        let right = (0..band.height_dots()).any(|y| (570..576).any(|x| band.get(x, y)));
        assert!(!right, "nothing stands at the edge of the paper");
    }
    if let Some(folder) = std::env::var_os("GUICHET_PICTURES") {
        let bands = pictures(&list(5), &paper);
        let mut whole = Bitmap::new(576, bands.iter().map(Bitmap::height_dots).sum());
        let mut top = 0;
        for band in bands {
            for y in 0..band.height_dots() {
                (0..576).filter(|x| band.get(*x, y)).for_each(|x| whole.set(x, top + y));
            }
            top += band.height_dots();
        }
        std::fs::create_dir_all(&folder).unwrap();
        let file = std::path::Path::new(&folder).join("day-list.png");
        std::fs::write(file, whole.to_png().unwrap()).unwrap();
    }
}

#[test]
fn every_shipped_printer_takes_it() {
    for name in ["epson-tm-t20", "epson-tm-t88v", "generic-80mm", "custom-vkp80", "serial-text"] {
        let profile = Profile::load(name).unwrap();
        let paper = Paper::of(&profile);
        let slip = lay_out(&list(7), &Language::new("fr"), &paper, &mut Typesetter::new()).unwrap();
        assert!(encode(&slip, &profile).is_ok(), "{name}");
    }
    let narrow = Paper { width_dots: 200, dpi: 203, mode: Mode::Raster };
    let refused = lay_out(&list(1), &Language::new("fr"), &narrow, &mut Typesetter::new());
    assert_eq!(refused, Err(TicketError::PaperTooNarrow { width_dots: 200, dpi: 203 }));
}

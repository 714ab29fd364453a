//! A window without a display, the ways to put it into every state, and pictures of it.

use i_slint_backend_testing::{
    AccessibleRole, ElementHandle, ElementQuery, TestingBackend, TestingBackendOptions, mock_elapsed_time,
};
use kiosk_ui::{
    AlreadyKind, App, ListPaper, NoticeKind, PadSaid, Page, PaperState, Screen, ServiceChoice, Staff,
    TicketRow, TicketStanding,
};
use slint::{ComponentHandle, Image, ModelRc, Rgba8Pixel, SharedPixelBuffer, SharedString, VecModel};
use std::path::Path;
use std::time::Duration;

/// Portrait of the usual kiosk, a shorter one, and a desk-top panel.
pub const PANELS: [(f32, f32); 3] = [(1080., 1920.), (1080., 1350.), (1280., 1024.)];

/// The languages that are shipped.
pub const LANGUAGES: [&str; 2] = ["fr", "en"];

/// A window of that size, with the data of an ordinary morning, in `language`.
pub fn open(panel: (f32, f32), language: &str) -> App {
    // Tests of one process run on threads of their own, and a platform belongs to its thread.
    let _ = slint::platform::set_platform(Box::new(TestingBackend::new(TestingBackendOptions {
        mock_time: true,
        threading: false,
        renderer_name: Some("software".into()),
    })));
    let app = App::new().unwrap();
    app.window().set_size(slint::LogicalSize::new(panel.0, panel.1));
    app.show().unwrap();
    speak(&app, language);
    let screen = app.global::<Screen>();
    screen.set_number("H047".into());
    screen.set_qr(code());
    mock_elapsed_time(Duration::from_millis(50));
    app
}

/// Everything that the kiosk formats itself, in that language.
pub fn speak(app: &App, language: &str) {
    let french = language == "fr";
    kiosk_ui::select_language(language).unwrap();
    let screen = app.global::<Screen>();
    let word = |fr: &str, en: &str| SharedString::from(if french { fr } else { en });
    screen.set_language(language.into());
    screen.set_site_name("Préfecture du Nord, Lille".into());
    screen.set_date(word("lundi 23 novembre 2026", "Monday 23 November 2026"));
    screen.set_clock(word("9\u{a0}h\u{a0}42", "9:42"));
    screen.set_slot(word("10\u{a0}h\u{a0}20", "10:20"));
    screen.set_service_label("Service A".into());
    screen.set_notice_time(word("9\u{a0}h\u{a0}50", "9:50"));
    screen.set_notice_day(word("mardi 24 novembre 2026", "Tuesday 24 November 2026"));
    screen.set_notice_site("Sous-préfecture de Dunkerque".into());
    screen.set_counter("12".into());
    let services = [
        ("accueil", word("Accueil et dépôt de documents", "Reception and documents"), "desk"),
        ("a", word("Service A", "Service A"), "card"),
        ("h", word("Service H", "Service H"), "document"),
        ("k", word("Service K", "Service K"), "ticket"),
        ("r", word("Aide pour les démarches en ligne", "Help with forms on the Internet"), "computer"),
        ("x", word("Commission médicale", "Medical commission"), "vehicle"),
    ];
    let services: Vec<ServiceChoice> = services
        .into_iter()
        .map(|(id, label, icon)| ServiceChoice { id: id.into(), label, icon: icon.into() })
        .collect();
    screen.set_services(ModelRc::new(VecModel::from(services)));
}

/// A picture of the size of a code, one pixel a module.
fn code() -> Image {
    let mut pixels = SharedPixelBuffer::<Rgba8Pixel>::new(29, 29);
    for (index, pixel) in pixels.make_mut_slice().iter_mut().enumerate() {
        let dark = (index * 7919 / 13) % 2 == 0;
        *pixel = if dark { Rgba8Pixel::new(0, 0, 0, 255) } else { Rgba8Pixel::new(255, 255, 255, 255) };
    }
    Image::from_rgba8(pixels)
}

/// The tickets of a full morning, with every state and the longest words.
pub fn tickets(app: &App) -> Vec<TicketRow> {
    let french = app.global::<Screen>().get_language() == "fr";
    let time = |hour: u8, minute: u8| match french {
        true => SharedString::from(format!("{hour}\u{a0}h\u{a0}{minute:02}")),
        false => SharedString::from(format!("{hour:02}:{minute:02}")),
    };
    let standing = [
        TicketStanding::Waiting,
        TicketStanding::Called,
        TicketStanding::Serving,
        TicketStanding::Away,
        TicketStanding::Missed,
    ];
    let services = [
        "Remise de titre",
        "Vie privée et familiale, premier dépôt",
        "Changement de statut étudiant",
        "Accueil",
    ];
    let row = |at: u8| TicketRow {
        numbers: if at == 2 { "H047 · KA112".into() } else { format!("H{:03}", 40 + at).into() },
        service: services[usize::from(at % 4)].into(),
        slot: if at.is_multiple_of(3) { SharedString::default() } else { time(10, 5 + at) },
        late: at == 4,
        arrival: time(9, at * 2),
        priority: at == 0,
        standing: if at < 3 { TicketStanding::Waiting } else { standing[usize::from(at % 5)] },
        place: if standing[usize::from(at % 5)] == TicketStanding::Away { time(10, 55) } else { "12".into() },
    };
    (0..25).map(row).collect()
}

/// What a state is called in the name of its picture, and how to come to it.
pub type Scene = (String, Box<dyn Fn(&Screen<'_>)>);

/// The name of a picture of the operator's pages, and what the page is told before.
type OperatorScene = (&'static str, fn(&App));

/// The operator's pages in every variant.
pub fn operator_scenes() -> Vec<OperatorScene> {
    fn pad(app: &App, digits: i32, said: PadSaid) {
        app.global::<Screen>().set_page(Page::OperatorPad);
        let staff = app.global::<Staff>();
        staff.set_digits(digits);
        staff.set_pad(said);
        staff.set_wait_seconds(120);
    }
    fn list(app: &App, rows: Vec<TicketRow>, paper: ListPaper) {
        app.global::<Screen>().set_page(Page::OperatorList);
        let staff = app.global::<Staff>();
        staff.set_rows(ModelRc::new(VecModel::from(rows)));
        staff.set_known(true);
        staff.set_as_of("9\u{a0}h\u{a0}42".into());
        staff.set_paper(paper);
    }
    vec![
        ("operator-pad", |app| pad(app, 4, PadSaid::Nothing)),
        ("operator-pad-wrong", |app| pad(app, 0, PadSaid::Wrong)),
        ("operator-pad-wait", |app| pad(app, 12, PadSaid::Wait)),
        ("operator-list", |app| list(app, tickets(app), ListPaper::None)),
        ("operator-list-failed", |app| list(app, tickets(app), ListPaper::Failed)),
        ("operator-list-empty", |app| {
            list(app, Vec::new(), ListPaper::None);
            app.global::<Staff>().set_as_of(SharedString::default());
        }),
        ("operator-closed", |app| app.global::<Screen>().set_page(Page::OperatorClosed)),
    ]
}

/// Every page in every variant.
pub fn scenes() -> Vec<Scene> {
    let mut scenes: Vec<Scene> = Vec::new();
    let mut add = |name: &str, set: Box<dyn Fn(&Screen<'_>)>| scenes.push((name.to_owned(), set));
    let page = |page: Page| move |screen: &Screen<'_>| screen.set_page(page);
    add("starting", Box::new(page(Page::Starting)));
    add("welcome", Box::new(page(Page::Welcome)));
    add("walk-in", Box::new(page(Page::WalkIn)));
    add("working", Box::new(page(Page::Working)));
    add("print-question", Box::new(page(Page::PrintQuestion)));
    add("out-of-order", Box::new(page(Page::OutOfOrder)));
    add(
        "welcome-no-reader",
        Box::new(|screen| {
            screen.set_page(Page::Welcome);
            screen.set_scanner_ready(false);
        }),
    );
    add(
        "welcome-no-paper",
        Box::new(|screen| {
            screen.set_page(Page::Welcome);
            screen.set_printer_ready(false);
            screen.set_link_up(false);
            screen.set_services_open(false);
        }),
    );
    add(
        "welcome-message",
        Box::new(|screen| {
            screen.set_page(Page::Welcome);
            screen.set_printer_ready(false);
            // As long as a message may be.
            screen.set_message(
                "Vendredi 27 novembre, l’accueil ferme à 12 h. L’ascenseur ne marche pas : présentez-vous à l’agent à l’entrée du hall."
                    .into(),
            );
        }),
    );
    add(
        "walk-in-closed",
        Box::new(|screen| {
            screen.set_page(Page::WalkIn);
            screen.set_services_open(false);
        }),
    );
    add(
        "welcome-idle",
        Box::new(|screen| {
            screen.set_page(Page::WalkIn);
            screen.set_idle_seconds_left(12);
        }),
    );
    add(
        "ticket-late-two-numbers",
        Box::new(|screen| {
            screen.set_page(Page::Ticket);
            screen.set_paper(PaperState::Printed);
            screen.set_late(true);
            screen.set_number("H047  ·  M112".into());
        }),
    );
    for (name, state) in [
        ("printing", PaperState::Printing),
        ("printed", PaperState::Printed),
        ("failed", PaperState::Failed),
        ("unknown", PaperState::Unknown),
    ] {
        add(
            &format!("ticket-{name}"),
            Box::new(move |screen| {
                screen.set_page(Page::Ticket);
                screen.set_paper(state);
                screen.set_wait("Attente : 105 à 149 minutes".into());
            }),
        );
    }
    add(
        "ticket-failed-no-code",
        Box::new(|screen| {
            screen.set_page(Page::Ticket);
            screen.set_paper(PaperState::Failed);
            screen.set_qr(Image::default());
            screen.set_service_label("Accueil et dépôt de documents".into());
        }),
    );
    add(
        "notice-wrong-site-long",
        Box::new(|screen| {
            screen.set_page(Page::Notice);
            screen.set_notice(NoticeKind::WrongSite);
            screen.set_notice_site("Sous-préfecture d’Avesnes-sur-Helpe, bâtiment B, 1er étage".into());
        }),
    );
    for (name, kind) in [
        ("waiting", AlreadyKind::Waiting),
        ("called", AlreadyKind::Called),
        ("serving", AlreadyKind::Serving),
        ("back", AlreadyKind::Back),
    ] {
        add(
            &format!("already-{name}"),
            Box::new(move |screen| {
                screen.set_page(Page::Already);
                screen.set_already(kind);
                if matches!(kind, AlreadyKind::Waiting | AlreadyKind::Back) {
                    screen.set_wait("Attente : 105 à 149 minutes".into());
                }
            }),
        );
    }
    for (name, kind) in NOTICES {
        add(
            &format!("notice-{name}"),
            Box::new(move |screen| {
                screen.set_page(Page::Notice);
                screen.set_notice(kind);
            }),
        );
    }
    scenes
}

/// Every notice.
pub const NOTICES: [(&str, NoticeKind); 15] = [
    ("too-early", NoticeKind::TooEarly),
    ("too-late", NoticeKind::TooLate),
    ("wrong-day", NoticeKind::WrongDay),
    ("past-day", NoticeKind::PastDay),
    ("wrong-site", NoticeKind::WrongSite),
    ("cancelled", NoticeKind::Cancelled),
    ("unknown", NoticeKind::Unknown),
    ("ambiguous", NoticeKind::Ambiguous),
    ("closed", NoticeKind::Closed),
    ("needs-staff", NoticeKind::NeedsStaff),
    ("missed", NoticeKind::Missed),
    ("ended", NoticeKind::Ended),
    ("no-walk-in", NoticeKind::NoWalkIn),
    ("limit-reached", NoticeKind::LimitReached),
    ("unreadable", NoticeKind::Unreadable),
];

/// What can be touched on the page as it stands.
pub fn touchables(app: &App) -> Vec<ElementHandle> {
    distinct(ElementQuery::from_root(app).match_descendants().match_accessible_role(AccessibleRole::Button))
}

/// What the query finds, each once: an element is found again for every component that it inherits from.
pub fn distinct(query: ElementQuery) -> Vec<ElementHandle> {
    let mut found = query.find_all();
    let mut seen = Vec::new();
    found.retain(|element| {
        let (at, size) = (element.absolute_position(), element.size());
        let whole = (element.accessible_label(), at.x, at.y, size.width, size.height);
        let first = !seen.contains(&whole);
        seen.push(whole);
        first
    });
    found
}

/// The button that says `label`; a page without it fails the test.
pub fn button(app: &App, label: &str) -> ElementHandle {
    let mut found = touchables(app).into_iter().filter(|it| it.accessible_label().as_deref() == Some(label));
    let first = found.next().unwrap_or_else(|| panic!("no button « {label} »"));
    assert!(found.next().is_none(), "two buttons « {label} »");
    first
}

/// Draws the page. Kept as `kiosk-NAME.png` in the folder that `GUICHET_PICTURES` names, if it is set.
pub fn picture(app: &App, name: &str) -> SharedPixelBuffer<Rgba8Pixel> {
    let drawn = app.window().take_snapshot().unwrap();
    if let Some(folder) = std::env::var_os("GUICHET_PICTURES") {
        let folder = Path::new(&folder);
        std::fs::create_dir_all(folder).unwrap();
        let file = std::fs::File::create(folder.join(format!("kiosk-{name}.png"))).unwrap();
        let mut encoder = png::Encoder::new(file, drawn.width(), drawn.height());
        encoder.set_color(png::ColorType::Rgba);
        encoder.write_header().unwrap().write_image_data(drawn.as_bytes()).unwrap();
    }
    drawn
}

//! What a finger does: each button calls what it says, and any press is a sign of life.

use crate::stage::{LANGUAGES, NOTICES, PANELS, button, open, operator_scenes, tickets, touchables};
use i_slint_backend_testing::{ElementHandle, mock_elapsed_time};
use kiosk_ui::{Act, App, NoticeKind, Page, Screen};
use slint::platform::PointerEventButton;
use slint::{ComponentHandle, LogicalPosition};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Everything that the pages call, in order.
type Called = Rc<RefCell<Vec<String>>>;

/// Writes down every callback but the signs of life, which are counted apart.
pub fn listen(app: &App) -> (Called, Called) {
    let (called, touched) = (Called::default(), Called::default());
    let note = |called: &Called, name: &'static str| {
        let called = Rc::clone(called);
        move |detail: String| called.borrow_mut().push(format!("{name}{detail}"))
    };
    let act = app.global::<Act>();
    let it = note(&called, "language ");
    act.on_choose_language(move |language| it(language.into()));
    let it = note(&called, "service ");
    act.on_choose_service(move |id| it(id.into()));
    let it = note(&called, "came out ");
    act.on_print_answer(move |yes| it(yes.to_string()));
    let it = note(&called, "no appointment");
    act.on_no_appointment(move || it(String::new()));
    let it = note(&called, "home");
    act.on_home(move || it(String::new()));
    let it = note(&called, "stay");
    act.on_stay(move || it(String::new()));
    let it = note(&called, "digit ");
    act.on_pin_digit(move |digit| it(digit.to_string()));
    let it = note(&called, "erase");
    act.on_pin_erase(move || it(String::new()));
    let it = note(&called, "enter");
    act.on_pin_enter(move || it(String::new()));
    let it = note(&called, "print the list");
    act.on_print_list(move || it(String::new()));
    let it = note(&called, "knock");
    act.on_knock(move || it(String::new()));
    let it = note(&touched, "touched");
    act.on_touched(move || it(String::new()));
    (called, touched)
}

fn press(element: &ElementHandle) {
    element.mock_single_click(PointerEventButton::Left);
}

#[track_caller]
fn expect(app: &App, label: &str, wanted: &str) {
    let (called, touched) = listen(app);
    press(&button(app, label));
    assert_eq!(*called.borrow(), [wanted], "a finger on « {label} »");
    assert_eq!(touched.borrow().len(), 1, "a finger on « {label} » is one sign of life");
    called.borrow_mut().clear();
    button(app, label).invoke_accessible_default_action();
    assert_eq!(*called.borrow(), [wanted], "the default action of « {label} »");
    assert_eq!(touched.borrow().len(), 2);
}

/// Nothing takes a press but the one component that has a role, a name and a focus ring, and the two
/// surfaces that only notice that somebody is there.
#[test]
fn everything_touchable_is_made_of_press() {
    fn areas(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                areas(&path, found);
            } else if path.extension().is_some_and(|it| it == "slint") {
                let uses = std::fs::read_to_string(&path).unwrap().matches("TouchArea {").count();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                found.extend(std::iter::repeat_n(name, uses));
            }
        }
    }
    let mut found = Vec::new();
    areas(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui"), &mut found);
    found.sort();
    assert_eq!(found, ["app.slint", "idle-warning.slint", "press.slint"]);
}

#[test]
fn each_button_calls_what_it_says() {
    let app = open(PANELS[0], "en");
    let screen = app.global::<Screen>();
    screen.set_page(Page::Welcome);
    expect(&app, "Français", "language fr");
    expect(&app, "English", "language en");
    expect(&app, "I have no appointment", "no appointment");
    screen.set_page(Page::WalkIn);
    expect(&app, "Service K", "service k");
    expect(&app, "Medical commission", "service x");
    expect(&app, "Back", "home");
    screen.set_page(Page::Ticket);
    expect(&app, "I have finished", "home");
    screen.set_page(Page::Already);
    expect(&app, "I have finished", "home");
    screen.set_page(Page::PrintQuestion);
    expect(&app, "Yes, I have my ticket", "came out true");
    expect(&app, "No, there is no ticket", "came out false");
    screen.set_page(Page::Notice);
    screen.set_notice(NoticeKind::Unreadable);
    expect(&app, "Try again", "home");
    expect(&app, "I have no appointment", "no appointment");
    screen.set_notice(NoticeKind::LimitReached);
    expect(&app, "Choose another service", "no appointment");
    screen.set_page(Page::OperatorPad);
    for digit in 0..10 {
        expect(&app, &digit.to_string(), &format!("digit {digit}"));
    }
    expect(&app, "Erase the last digit", "erase");
    expect(&app, "Confirm the PIN", "enter");
    expect(&app, "Back", "home");
    screen.set_page(Page::OperatorList);
    expect(&app, "Print the list", "print the list");
    screen.set_page(Page::OperatorClosed);
    expect(&app, "Back to the start", "home");
}

#[test]
fn a_finger_on_the_sites_name_knocks_at_the_operators_page_and_nowhere_else() {
    for panel in PANELS {
        let app = open(panel, "fr");
        app.global::<Screen>().set_page(Page::Welcome);
        let (called, touched) = listen(&app);
        press_at(&app, 80., 60.);
        assert_eq!(
            (called.borrow().as_slice(), touched.borrow().len()),
            (["knock".to_owned()].as_slice(), 1)
        );
        for (x, y) in [(80., panel.1 / 2.), (panel.0 - 20., 10.)] {
            press_at(&app, x, y);
        }
        assert_eq!((called.borrow().len(), touched.borrow().len()), (1, 3));
    }
}

#[test]
fn every_ticket_of_the_list_is_on_one_of_its_pages() {
    let app = open(PANELS[0], "en");
    let (_, set) = operator_scenes().into_iter().find(|(name, _)| *name == "operator-list").unwrap();
    set(&app);
    // How many fit is known once the page stands.
    app.window().take_snapshot().unwrap();
    mock_elapsed_time(Duration::from_millis(50));
    let rows = tickets(&app);
    let mut seen = Vec::new();
    for _ in 0..rows.len() {
        let shown = ElementHandle::find_by_element_type_name(&app, "TicketLine").count();
        let here: Vec<String> = rows
            .iter()
            .map(|row| row.numbers.to_string())
            .filter(|number| ElementHandle::find_by_accessible_label(&app, number).next().is_some())
            .collect();
        assert_eq!(here.len(), shown);
        if seen.ends_with(&here) {
            break;
        }
        seen.extend(here);
        press(&button(&app, "After"));
    }
    assert_eq!(seen, rows.iter().map(|row| row.numbers.to_string()).collect::<Vec<_>>(), "in order");
}

#[test]
fn every_notice_has_a_way_out() {
    for language in LANGUAGES {
        for (name, kind) in NOTICES {
            let app = open(PANELS[0], language);
            let screen = app.global::<Screen>();
            screen.set_page(Page::Notice);
            screen.set_notice(kind);
            let (called, _) = listen(&app);
            let home = ElementHandle::find_by_element_id(&app, "PageColumn::home").next();
            press(&home.unwrap_or_else(|| panic!("{name} in {language}: no way home")));
            assert_eq!(*called.borrow(), ["home"], "{name} in {language}");
        }
    }
}

#[test]
fn the_way_home_has_one_place() {
    let app = open(PANELS[0], "fr");
    let screen = app.global::<Screen>();
    let mut places = Vec::new();
    for page in [Page::WalkIn, Page::Ticket, Page::Already, Page::Notice] {
        screen.set_page(page);
        let home = ElementHandle::find_by_element_id(&app, "PageColumn::home").next().unwrap();
        places.push((home.absolute_position().x, home.absolute_position().y, home.size().width));
    }
    places.dedup();
    assert_eq!(places.len(), 1, "{places:?}");
}

#[test]
fn six_services_at_most_and_none_without_a_name() {
    let app = open(PANELS[0], "fr");
    app.global::<Screen>().set_page(Page::WalkIn);
    // Six services, two languages, one way back.
    assert_eq!(touchables(&app).len(), 9);
}

#[test]
fn no_service_is_offered_while_nobody_is_received() {
    let app = open(PANELS[0], "en");
    let screen = app.global::<Screen>();
    screen.set_services_open(false);
    screen.set_page(Page::Welcome);
    assert_eq!(touchables(&app).len(), 2);
    screen.set_page(Page::WalkIn);
    expect(&app, "Back", "home");
}

#[test]
fn a_finger_beside_the_buttons_is_a_sign_of_life() {
    let app = open(PANELS[0], "fr");
    app.global::<Screen>().set_page(Page::Welcome);
    let (called, touched) = listen(&app);
    press_at(&app, 20., 1000.);
    assert_eq!((called.borrow().len(), touched.borrow().len()), (0, 1));
}

#[test]
fn the_idle_warning_covers_the_page_and_asks() {
    let app = open(PANELS[0], "en");
    let screen = app.global::<Screen>();
    screen.set_page(Page::WalkIn);
    let behind = button(&app, "Service K");
    screen.set_idle_seconds_left(1);
    assert_eq!(
        ElementHandle::find_by_accessible_label(&app, "Back to the start in 1 second.").count(),
        1,
        "one second is not « seconds »"
    );
    screen.set_idle_seconds_left(12);
    expect(&app, "I am still here", "stay");

    let (called, touched) = listen(&app);
    let at = behind.absolute_position();
    press_at(&app, at.x + 30., at.y + 30.);
    behind.invoke_accessible_default_action();
    assert_eq!(*called.borrow(), ["stay"], "the page behind does nothing, and somebody is there");
    assert_eq!(touched.borrow().len(), 1);
}

#[test]
fn an_answer_within_half_a_second_says_nothing_of_waiting() {
    let app = open(PANELS[0], "en");
    app.global::<Screen>().set_page(Page::Working);
    // The first drawing makes the page.
    app.window().take_snapshot().unwrap();
    let said = || ElementHandle::find_by_accessible_label(&app, "One moment").count();
    mock_elapsed_time(Duration::from_millis(400));
    assert_eq!(said(), 0);
    mock_elapsed_time(Duration::from_millis(200));
    assert_eq!(said(), 1);
}

#[test]
fn the_picture_moves_only_where_motion_is_wanted() {
    for (reduced, moves) in [(false, true), (true, false)] {
        let app = open(PANELS[0], "fr");
        let screen = app.global::<Screen>();
        screen.set_reduced_motion(reduced);
        screen.set_page(Page::Welcome);
        mock_elapsed_time(Duration::from_millis(50));
        let before = app.window().take_snapshot().unwrap();
        for _ in 0..10 {
            mock_elapsed_time(Duration::from_millis(400));
        }
        let after = app.window().take_snapshot().unwrap();
        assert_eq!(before.as_bytes() != after.as_bytes(), moves, "reduced motion: {reduced}");
    }
}

fn press_at(app: &App, x: f32, y: f32) {
    use slint::platform::WindowEvent::{PointerPressed, PointerReleased};
    let (position, button) = (LogicalPosition::new(x, y), PointerEventButton::Left);
    app.window().dispatch_event(PointerPressed { position, button });
    mock_elapsed_time(Duration::from_millis(50));
    app.window().dispatch_event(PointerReleased { position, button });
}

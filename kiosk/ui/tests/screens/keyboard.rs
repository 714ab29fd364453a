//! The keypad: Tab reaches everything that can be touched, Return does what a finger does.

use crate::stage::{PANELS, open, touchables};
use crate::touch::listen;
use kiosk_ui::{App, Page, Screen};
use slint::platform::{Key, WindowEvent};
use slint::{ComponentHandle, SharedString};

fn strike(app: &App, key: Key) {
    let text: SharedString = key.into();
    app.window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
    app.window().dispatch_event(WindowEvent::KeyReleased { text });
}

#[test]
fn tab_and_return_reach_every_button_in_order() {
    let app = open(PANELS[0], "en");
    app.window().dispatch_event(WindowEvent::WindowActiveChanged(true));
    app.global::<Screen>().set_page(Page::WalkIn);
    let (called, touched) = listen(&app);
    for _ in touchables(&app) {
        strike(&app, Key::Tab);
        strike(&app, Key::Return);
    }
    assert_eq!(
        *called.borrow(),
        [
            "language fr",
            "language en",
            "service accueil",
            "service a",
            "service h",
            "service k",
            "service r",
            "service x",
            "home"
        ]
    );
    assert!(
        touched.borrow().len() >= 17,
        "every key but the first Tab, which finds nothing in focus, is a sign of life"
    );
}

#[test]
fn under_the_idle_warning_only_its_answer_has_the_keys() {
    let app = open(PANELS[0], "en");
    app.window().dispatch_event(WindowEvent::WindowActiveChanged(true));
    let screen = app.global::<Screen>();
    screen.set_page(Page::WalkIn);
    screen.set_idle_seconds_left(9);
    let (called, _) = listen(&app);
    for _ in 0..3 {
        strike(&app, Key::Tab);
        strike(&app, Key::Return);
    }
    assert_eq!(*called.borrow(), ["stay", "stay", "stay"]);
}

#[test]
fn the_focus_is_seen() {
    let app = open(PANELS[0], "en");
    app.window().dispatch_event(WindowEvent::WindowActiveChanged(true));
    app.global::<Screen>().set_page(Page::WalkIn);
    let before = app.window().take_snapshot().unwrap();
    for _ in 0..4 {
        strike(&app, Key::Tab);
    }
    let after = crate::stage::picture(&app, "walk-in-focus-en");
    assert!(before.as_bytes() != after.as_bytes());
}

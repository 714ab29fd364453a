//! Every page, notice and state of a ticket is drawn, in French and English, on every panel, and fits.

use crate::stage::{LANGUAGES, PANELS, distinct, open, operator_scenes, picture, scenes, touchables};
use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery, mock_elapsed_time};
use kiosk_ui::{App, Screen};
use slint::ComponentHandle;
use std::time::Duration;

/// 20 mm of a 21.5-inch panel of 1080 × 1920, in pixels.
const SMALLEST_TARGET: f32 = 81.0;

fn show_everywhere(panel: (f32, f32)) {
    for language in LANGUAGES {
        let ordinary = scenes().into_iter().map(|(name, set)| {
            let set: Box<dyn Fn(&App)> = Box::new(move |app: &App| set(&app.global::<Screen>()));
            (name, set)
        });
        let operator = operator_scenes().into_iter().map(|(name, set)| {
            let set: Box<dyn Fn(&App)> = Box::new(set);
            (name.to_owned(), set)
        });
        for (name, set) in ordinary.chain(operator) {
            let app = open(panel, language);
            set(&app);
            // The first look makes the page; then it has time to settle.
            assert!(!touchables(&app).is_empty());
            mock_elapsed_time(Duration::from_millis(700));
            let name = format!("{name}-{language}");
            let low =
                if panel == PANELS[0] { name.clone() } else { format!("{name}-{}x{}", panel.0, panel.1) };
            let drawn = picture(&app, &low);
            assert_eq!((drawn.width() as f32, drawn.height() as f32), panel, "{low}");
            let first = drawn.as_slice()[0];
            assert!(drawn.as_slice().iter().any(|pixel| *pixel != first), "{low} is blank");
            check_targets(&app, panel, &low);
            check_overlap(&app, panel, &low);
            check_cards(&app, &low);
            check_labels(&app, &low);
        }
    }
}

#[test]
fn every_page_on_the_usual_portrait() {
    show_everywhere(PANELS[0]);
}

#[test]
fn every_page_on_a_short_portrait() {
    show_everywhere(PANELS[1]);
}

#[test]
fn every_page_on_a_wide_panel() {
    show_everywhere(PANELS[2]);
}

/// Everything touchable has a name, is large enough, lies within the panel and under no other target.
fn check_targets(app: &App, panel: (f32, f32), name: &str) {
    let targets = touchables(app);
    assert!(targets.len() >= LANGUAGES.len(), "{name}: the languages are always there");
    for target in &targets {
        let label = target.accessible_label().unwrap_or_default();
        assert!(!label.trim().is_empty(), "{name}: a button without a name");
        let size = target.size();
        assert!(
            size.width >= SMALLEST_TARGET && size.height >= SMALLEST_TARGET,
            "{name}: « {label} » is {size:?}"
        );
    }
    // The warning lies above the page on purpose.
    let enabled: Vec<_> = targets.iter().filter(|it| it.accessible_enabled() != Some(false)).collect();
    check_apart(&enabled, panel, name);
}

/// Texts and targets lie within the panel; no text covers another text.
fn check_overlap(app: &App, panel: (f32, f32), name: &str) {
    if app.global::<Screen>().get_idle_seconds_left() > 0 {
        return;
    }
    let texts = distinct(
        ElementQuery::from_root(app).match_descendants().match_accessible_role(AccessibleRole::Text),
    );
    assert!(texts.len() > 2, "{name}: the texts were not found");
    check_apart(&texts.iter().collect::<Vec<_>>(), panel, name);
    // A text in a target is its name; every other text keeps clear of the targets.
    let targets = touchables(app);
    for text in &texts {
        for target in &targets {
            assert!(!overlap(text, target), "{name}: {} lies on {}", describe(text), describe(target));
        }
    }
}

/// What stands on a card lies within its edge.
fn check_cards(app: &App, name: &str) {
    for card in distinct(ElementQuery::from_root(app).match_descendants().match_inherits("Card")) {
        let (at, size) = (card.absolute_position(), card.size());
        for text in card.query_descendants().match_accessible_role(AccessibleRole::Text).find_all() {
            let (text_at, text_size) = (text.absolute_position(), text.size());
            let inside = text_at.y >= at.y && text_at.y + text_size.height <= at.y + size.height + 0.5;
            assert!(inside, "{name}: {} leaves its card", describe(&text));
        }
    }
}

/// What is written on a button lies within the button.
fn check_labels(app: &App, name: &str) {
    let mut written = 0;
    for target in touchables(app) {
        let (at, size) = (target.absolute_position(), target.size());
        for text in target.query_descendants().match_inherits("Text").find_all() {
            let (text_at, text_size) = (text.absolute_position(), text.size());
            let inside = text_at.x >= at.x
                && text_at.x + text_size.width <= at.x + size.width
                && text_at.y >= at.y
                && text_at.y + text_size.height <= at.y + size.height;
            assert!(inside, "{name}: {text_size:?} at {text_at:?} leaves {}", describe(&target));
            written += 1;
        }
    }
    assert!(written >= LANGUAGES.len(), "{name}: no text was found on the buttons");
}

fn check_apart(elements: &[&ElementHandle], panel: (f32, f32), name: &str) {
    for (index, one) in elements.iter().enumerate() {
        let (at, size) = (one.absolute_position(), one.size());
        assert!(
            at.x >= 0. && at.y >= 0. && at.x + size.width <= panel.0 && at.y + size.height <= panel.1,
            "{name}: {} leaves the panel",
            describe(one)
        );
        for other in &elements[index + 1..] {
            assert!(!overlap(one, other), "{name}: {} covers {}", describe(one), describe(other));
        }
    }
}

fn overlap(one: &ElementHandle, other: &ElementHandle) -> bool {
    let (a, b) = (one.absolute_position(), other.absolute_position());
    let (c, d) = (one.size(), other.size());
    // Half a pixel may be shared by rounding.
    a.x + c.width > b.x + 0.5
        && b.x + d.width > a.x + 0.5
        && a.y + c.height > b.y + 0.5
        && b.y + d.height > a.y + 0.5
}

fn describe(element: &ElementHandle) -> String {
    format!(
        "« {} » at {:?} of {:?}",
        element.accessible_label().unwrap_or_default(),
        element.absolute_position(),
        element.size()
    )
}

//! The colours of `theme.slint` are told apart by people who see little (WCAG 2.2, 1.4.3, 1.4.6
//! and 1.4.11).

use std::{collections::HashMap, path::Path};

type Palette = HashMap<String, [u8; 3]>;

fn palette(name: &str) -> Palette {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/theme.slint");
    let text = std::fs::read_to_string(file).unwrap();
    let start = format!("<Palette> {name}: {{");
    let body = text.split(&start).nth(1).unwrap().split("};").next().unwrap();
    let colour = |token: &str| {
        let (name, value) = token.split_once(": #")?;
        let part = |at: usize| u8::from_str_radix(&value[at..at + 2], 16).ok();
        Some((name.trim().to_owned(), [part(0)?, part(2)?, part(4)?]))
    };
    body.split(',').filter_map(colour).collect()
}

fn luminance(colour: [u8; 3]) -> f64 {
    let linear = colour.map(|part| match f64::from(part) / 255.0 {
        low if low <= 0.04045 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_reaches_seven_to_one_and_signals_and_lines_their_least() {
    for name in ["light", "contrast", "board"] {
        let palette = palette(name);
        assert_eq!(palette.len(), 16, "{name}");
        let check = |front: &str, back: &str, least: f64| {
            let ratio = contrast(palette[front], palette[back]);
            assert!(ratio >= least, "{name}: {front} on {back} is {ratio:.1}:1, less than {least}:1");
        };
        for back in ["ground", "surface", "tint"] {
            check("ink", back, 7.0);
        }
        check("soft-ink", "ground", 7.0);
        check("soft-ink", "surface", 7.0);
        check("on-primary", "primary", 7.0);
        check("on-primary", "primary-down", 7.0);
        check("on-accent", "accent", 7.0);
        // Large text and icons only.
        for signal in ["good", "caution", "stop"] {
            check("on-signal", signal, 4.5);
            check(signal, "ground", 4.5);
        }
        check("line", "ground", 3.0);
        check("line", "surface", 3.0);
        check("focus", "ground", 3.0);
    }
}

#[test]
fn the_computation_is_that_of_the_standard() {
    assert!((contrast([255; 3], [0; 3]) - 21.0).abs() < 1e-9);
    assert!((contrast([0x76; 3], [255; 3]) - 4.54).abs() < 0.01);
}

use super::*;

fn parse(text: &str) -> Result<Config, String> {
    let config: Config =
        configuration::read(Path::new("board.toml"), text, PREFIX, []).map_err(|error| error.to_string())?;
    let faults = config.faults();
    if faults.is_empty() { Ok(config) } else { Err(faults.join("\n")) }
}

#[test]
fn little_has_to_be_said() {
    let config = parse("data_dir = 'x'").unwrap();
    assert_eq!(config.language.as_str(), "fr");
    assert_eq!(config.window, Window { fullscreen: true, width: 1920, height: 1080, reduced_motion: false });
}

#[test]
fn everything_can_be_said() {
    let text = "data_dir = 'x'\nlanguage = 'en'\nsecond_language = 'fr'\n\
                [window]\nfullscreen = false\nwidth = 1080\nheight = 1920\nreduced_motion = true\n\
                [room]\nviewing_distance_m = 8.5\nscreen_height_mm = 685";
    let config = parse(text).unwrap();
    assert_eq!(config.second_language.unwrap().as_str(), "fr");
    assert_eq!(config.window.height, 1920);
    assert_eq!(config.room.viewing_distance_m, Some(8.5));
}

#[test]
fn every_fault_is_named() {
    let text = "data_dir = 'x'\nlanguage = 'xx'\nsecond_language = 'zz'\n[window]\nwidth = 3\n\
                [room]\nviewing_distance_m = 0.0\nscreen_height_mm = nan";
    let faults = parse(text).unwrap_err();
    for key in [
        "\"xx\"",
        "second_language = \"zz\"",
        "window.width = 3",
        "room.viewing_distance_m = 0",
        "room.screen_height_mm = NaN",
    ] {
        assert!(faults.contains(key), "{key} in {faults}");
    }
}

#[test]
fn the_sample_can_be_used_and_shows_every_key() {
    let sample = include_str!("../../../samples/board.toml");
    parse(sample).unwrap();
    let shown = sample.replace("\n# ", "\n");
    let keys = [
        "data_dir",
        "language",
        "second_language",
        "fullscreen",
        "width",
        "height",
        "reduced_motion",
        "viewing_distance_m",
        "screen_height_mm",
    ];
    for key in keys {
        assert!(shown.contains(&format!("\n{key} = ")), "the sample does not show `{key}`");
    }
}

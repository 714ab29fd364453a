use super::*;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Vec::new()).map_err(|error| error.to_string())
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
fn a_variable_stands_over_the_file() {
    let variables = vec![
        ("GUICHET_BOARD__WINDOW__FULLSCREEN".to_owned(), "false".to_owned()),
        ("GUICHET_BOARD__LANGUAGE".to_owned(), "en".to_owned()),
    ];
    let config = Config::parse("data_dir = 'x'\nlanguage = 'fr'", variables).unwrap();
    assert_eq!((config.window.fullscreen, config.language.as_str()), (false, "en"));
}

#[test]
fn a_fault_is_named() {
    let cases = [
        ("", "data_dir"),
        ("data_dir = 'x'\nlangage = 'fr'", "langage"),
        ("data_dir = 'x'\n[window]\nwidht = 3", "widht"),
        ("data_dir = 'x'\nlanguage = 'xx'", "xx"),
        ("data_dir = 'x'\nsecond_language = 'zz'", "zz"),
        ("data_dir = 'x'\n[window]\nwidth = 3", "window.width"),
        ("data_dir = 'x'\n[room]\nviewing_distance_m = 0.0", "room.viewing_distance_m"),
        ("data_dir = 'x'\n[room]\nscreen_height_mm = nan", "room.screen_height_mm"),
    ];
    for (text, named) in cases {
        let error = parse(text).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
}

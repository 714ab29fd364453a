use super::*;

const SECTIONS: [&str; 3] = ["", "window", "room"];

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, configuration::Error> {
    let environment = variables.iter().map(|(name, value)| (name.into(), value.into()));
    configuration::read(Path::new("board.toml"), text, environment)
}

fn said(text: &str, variables: &[(&str, &str)]) -> String {
    read(text, variables).unwrap_err().to_string()
}

fn parse(text: &str) -> Result<Config, configuration::Error> {
    read(text, &[])
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
fn every_fault_is_told_at_once_and_where_it_stands() {
    let text = "data_dir = 'x'\nlanguage = 'xx'\nsecond_language = 'zz'\n[window]\nwidth = 3\n\
                [room]\nviewing_distance_m = 0.0\nscreen_height_mm = nan";
    let said = said(text, &[("GUICHET_BOARD__WINDOW__HEIGHT", "3")]);
    for words in [
        "board.toml, line 2: language = 'xx': it must be one of fr, en",
        "board.toml, line 3: second_language = 'zz': it must be one of fr, en",
        "board.toml, line 5: window.width = 3: it must be from 480 to 8192 pixels",
        "environment variable GUICHET_BOARD__WINDOW__HEIGHT = 3: it must be from 480 to 8192 pixels",
        "board.toml, line 7: room.viewing_distance_m = 0.0: it must be from 1 to 100 metres",
        "board.toml, line 8: room.screen_height_mm = nan: it must be from 100 to 5000 millimetres",
    ] {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

#[test]
fn a_variable_stands_over_the_file() {
    let config = read("data_dir = 'x'\nlanguage = 'fr'", &[("GUICHET_BOARD__LANGUAGE", "en")]).unwrap();
    assert_eq!(config.language.as_str(), "en");
}

/// The sample with every key that it shows in a comment.
fn with_every_key() -> String {
    let is_key = |line: &&str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let line = |line| str::strip_prefix(line, "# ").filter(is_key).unwrap_or(line);
    Config::SAMPLE.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_sample_shows_every_key_of_every_section() {
    let shown: toml::Table = with_every_key().parse().unwrap();
    for section in SECTIONS {
        let header = if section.is_empty() { String::new() } else { format!("[{section}]\n") };
        // What reads the section names all that it knows.
        let said = said(&format!("{header}no_such_key = 1"), &[]);
        let (_, known) = said.split_once("the keys here are ").unwrap();
        let table = if section.is_empty() { &shown } else { shown[section].as_table().unwrap() };
        for key in known.lines().next().unwrap().split(", ") {
            assert!(table.contains_key(key), "the sample does not show `{key}` in [{section}]");
        }
    }
}

#[test]
fn the_sample_can_be_used_and_its_comments_show_the_defaults() {
    assert_eq!(parse(&with_every_key()).unwrap(), parse(Config::SAMPLE).unwrap());
}

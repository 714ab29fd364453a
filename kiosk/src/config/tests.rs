use super::*;

const GOOD: &str = "data_dir = 'd'\n[printer]\ntcp = 'localhost:9100'\n[scanner]\nserial = '/dev/ttyACM0'\n";
const SECTIONS: [&str; 5] = ["", "window", "printer", "scanner", "session"];

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, configuration::Error> {
    let environment = variables.iter().map(|(name, value)| (name.into(), value.into()));
    configuration::read(Path::new("kiosk.toml"), text, environment)
}

fn said(text: &str, variables: &[(&str, &str)]) -> String {
    read(text, variables).unwrap_err().to_string()
}

#[test]
fn a_short_file_is_enough_and_the_environment_stands_over_it() {
    let config = read(GOOD, &[("GUICHET_KIOSK__SESSION__IDLE_SECONDS", "60")]).unwrap();
    assert_eq!((config.session.idle_seconds, config.session.warn_seconds), (60, 15));
    assert!(config.window.fullscreen);
}

#[test]
fn every_fault_is_told_at_once_and_where_it_stands() {
    let text = "data_dir = 'd'\n[printer]\nprofile = 'x'\n[session]\nidle_seconds = 1\nlanguage = 'de'\n";
    let said = said(text, &[("GUICHET_KIOSK__WINDOW__WIDTH", "1")]);
    for words in [
        "kiosk.toml, line 2: printer: write exactly one of tcp, serial and device",
        "kiosk.toml, line 3: printer.profile = 'x': ",
        "kiosk.toml, line 5: session.idle_seconds = 1: it must be from 5 to 600 seconds",
        "environment variable GUICHET_KIOSK__WINDOW__WIDTH = 1: it must be from 320 to 8192 pixels",
        "kiosk.toml, line 6: session.language = 'de': it must be one of fr, en",
    ] {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
}

#[test]
fn a_kiosk_without_a_printer_is_told_what_to_write() {
    let words = "kiosk.toml: printer: write exactly one of tcp, serial and device in the section [printer]";
    assert_eq!(said("data_dir = 'd'", &[]), words);
    let said = said("data_dir = 'd'\n[printer]\ntcp = 'printer'", &[]);
    assert!(said.starts_with("kiosk.toml, line 3: printer.tcp = 'printer': it must be a name"), "{said}");
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
    let sample = read(Config::SAMPLE, &[]).unwrap();
    // A printer in three places at once cannot be used: one is left of what the comments show.
    let one_place = |line: &&str| {
        !line.starts_with("serial = \"/dev/serial/by-id/usb-Printer") && !line.starts_with("device")
    };
    let shown = with_every_key();
    let shown = shown.lines().filter(one_place).collect::<Vec<_>>().join("\n");
    assert_eq!(format!("{:?}", read(&shown, &[]).unwrap()), format!("{sample:?}"));
}

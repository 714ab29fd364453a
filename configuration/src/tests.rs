use super::*;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    net::SocketAddr,
    os::unix::ffi::OsStrExt,
    path::PathBuf,
};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sample {
    name: String,
    #[serde(default)]
    data_dir: PathBuf,
    #[serde(default)]
    window: Window,
    #[serde(default)]
    counters: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    scanner: Option<Scanner>,
    #[serde(default)]
    listen: Option<SocketAddr>,
    #[serde(default)]
    flow: Flow,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
struct Window {
    width: u16,
    fullscreen: bool,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Scanner {
    serial: String,
    #[serde(default)]
    baud: u32,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Flow {
    #[default]
    None,
    Software,
}

impl Configuration for Sample {
    const PREFIX: &str = "SAMPLE";
    const SAMPLE: &str = "name = 'hall'\n[scanner]\nserial = '/dev/reader'";
    const PATHS: &[&str] = &["data_dir", "scanner.serial"];

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.window.width > 8192 {
            faults.push(Fault::new("window.width", "it must be at most 8192"));
        }
        if self.name.is_empty() {
            faults.push(Fault::new("name", "it must not be empty"));
        }
        faults
    }
}

const GOOD: &str = "name = 'hall'\n\n[window]\nwidth = 800\n\n[counters]\nA = ['RT']\n";

fn with(text: &str, variables: &[(&str, &str)]) -> Result<Sample, String> {
    let environment = variables.iter().map(|(name, value)| (name.into(), value.into()));
    read(Path::new("s.toml"), text, environment).map_err(|error| error.to_string())
}

#[track_caller]
fn says(text: &str, variables: &[(&str, &str)], words: &str) {
    assert_eq!(with(text, variables).unwrap_err(), words);
}

#[test]
fn variables_stand_over_the_file() {
    let variables = [
        ("SAMPLE__WINDOW__WIDTH", "1024"),
        ("SAMPLE__WINDOW__FULLSCREEN", "true"),
        ("SAMPLE__COUNTERS__A", "[\"BIO\", \"INFO\"]"),
        ("SAMPLE__COUNTERS__5", "[\"PD-VPF\"]"),
        ("OTHER__NAME", "nobody"),
        ("SAMPLED", "nothing"),
    ];
    let sample = with(GOOD, &variables).unwrap();
    assert_eq!(sample.window, Window { width: 1024, fullscreen: true });
    assert_eq!(sample.counters["A"], ["BIO", "INFO"], "a code is found whatever its capitals");
    assert_eq!(sample.counters["5"], ["PD-VPF"]);
}

#[test]
fn what_looks_like_a_number_or_a_time_can_be_a_text() {
    for (typed, meant) in [
        ("59", "59"),
        ("007", "007"),
        ("true", "true"),
        ("08:30", "08:30"),
        ("a = b", "a = b"),
        ("\"59\"", "59"),
    ] {
        assert_eq!(with(GOOD, &[("SAMPLE__NAME", typed)]).unwrap().name, meant);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_why() {
    let load = |path: &Path| load::<Sample>(path).unwrap_err().to_string();
    let missing = "no/such.toml: there is no such file; name the configuration file with --config FILE";
    assert_eq!(load(Path::new("no/such.toml")), missing);
    assert_eq!(load(Path::new("src")), "src: this is a folder, not a file");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    fs::write(&file, b"name = 'pr\xe9fecture'").unwrap();
    let words = format!("{}: this is not a text in UTF-8; save it as UTF-8", file.display());
    assert_eq!(load(&file), words);
}

#[test]
fn what_is_no_toml_is_told_with_its_place() {
    let error = with("a = 1\nb = hall", &[]).unwrap_err();
    assert!(error.starts_with("s.toml, line 2, column 5: this cannot be read as TOML: "), "{error}");
    assert!(error.ends_with("\n    b = hall"), "{error}");
    let twice = "s.toml, line 2, column 1: this cannot be read as TOML: duplicate key\n    a = 2";
    says("a = 1\na = 2", &[], twice);
}

#[test]
fn an_unknown_key_is_told_with_those_that_are_known() {
    let keys = "name, data_dir, window, counters, scanner, listen, flow";
    says(
        "nam = 'hall'\nname = 'hall'",
        &[],
        &format!("s.toml, line 1: nam = 'hall': there is no such key; the keys here are {keys}"),
    );
    says(
        "name = 'x'\n[window]\nwidht = 3\n",
        &[],
        "s.toml, line 3: window.widht = 3: there is no such key; the keys here are width, fullscreen",
    );
    says(
        GOOD,
        &[("SAMPLE__WINDOW__WIDHT", "3")],
        "environment variable SAMPLE__WINDOW__WIDHT = 3: there is no such key; the keys here are width, fullscreen",
    );
}

#[test]
fn a_missing_key_is_told_with_an_example() {
    let serial = "it is missing and has no default; write it, such as serial = \"/dev/reader\"";
    says(
        "data_dir = 'x'",
        &[],
        "s.toml: name: it is missing and has no default; write it, such as name = \"hall\"",
    );
    says("name = 'x'\n[scanner]\nbaud = 1", &[], &format!("s.toml, line 2: scanner.serial: {serial}"));
    says(
        GOOD,
        &[("SAMPLE__SCANNER__BAUD", "1")],
        &format!("environment variable SAMPLE__SCANNER__BAUD: scanner.serial: {serial}"),
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_told_with_what_is_expected() {
    let cases = [
        ("[window]\nwidth = 'w'", "window.width = 'w': it must be a whole number from 0 to 65535"),
        ("[window]\nwidth = 70000", "window.width = 70000: it must be a whole number from 0 to 65535"),
        ("[window]\nfullscreen = 1", "window.fullscreen = 1: it must be true or false"),
        ("\nwindow = 3", "window = 3: it must be a section"),
        ("\ndata_dir = 3", "data_dir = 3: it must be a path in quotes"),
        ("\nlisten = '0.0.0.0'", "listen = '0.0.0.0': it must be an address and a port"),
        ("\nlisten = 443", "listen = 443: it must be an address and a port in quotes"),
        ("\nflow = 'x'", "flow = 'x': it must be one of none, software"),
        ("[counters]\nA = 'RT'", "counters.A = 'RT': it must be a list in brackets"),
        ("[scanner]\nserial = 3", "scanner.serial = 3: it must be a text in quotes, such as \"/dev/reader\""),
    ];
    for (written, words) in cases {
        says(&format!("name = 'x'\n{written}"), &[], &format!("s.toml, line 3: {words}"));
    }
    says("name = 3", &[], "s.toml, line 1: name = 3: it must be a text in quotes, such as \"hall\"");
}

#[test]
fn a_fault_of_a_variable_names_the_variable_as_it_was_typed() {
    let number = "it must be a whole number from 0 to 65535";
    let variable = |name: &str, value: &str, words: &str| {
        says(GOOD, &[(name, value)], &format!("environment variable {words}"));
    };
    variable("SAMPLE__WINDOW__WIDTH", "wide", &format!("SAMPLE__WINDOW__WIDTH = wide: {number}"));
    variable("SAMPLE__WINDOW__WIDTH", "3.5", &format!("SAMPLE__WINDOW__WIDTH = 3.5: {number}"));
    variable("SAMPLE__COUNTERS__5", "[3]", "SAMPLE__COUNTERS__5: counters.5[0]: it must be a text in quotes");
    variable("SAMPLE__COUNTERS__5", "[RT]", "SAMPLE__COUNTERS__5 = [RT]: it must be a list in brackets");
    variable("SAMPLE__", "3", "SAMPLE__: it names no key; write SAMPLE__SECTION__KEY");
    variable("SAMPLE____WIDTH", "3", "SAMPLE____WIDTH: it names no key; write SAMPLE__SECTION__KEY");
    variable("SAMPLE__NAME__FIRST", "3", "SAMPLE__NAME__FIRST: name is a value, not a section");
}

#[test]
fn what_is_not_unicode_is_told_only_of_our_variables() {
    let latin = OsStr::from_bytes(b"pr\xe9fecture");
    let good = |name: &str| read::<Sample>(Path::new("s.toml"), GOOD, [(name.into(), latin.into())]);
    good("OTHER").unwrap();
    read::<Sample>(Path::new("s.toml"), GOOD, [(latin.into(), latin.into())]).unwrap();
    let error = good("SAMPLE__NAME").unwrap_err().to_string();
    assert_eq!(error, "environment variable SAMPLE__NAME: its value is not a text in UTF-8");
}

#[test]
fn a_fault_of_the_file_is_not_blamed_on_a_variable() {
    let number = "it must be a whole number from 0 to 65535";
    let wide = "name = 'x'\n[window]\nwidth = 'wide'\n";
    says(wide, &[("SAMPLE__NAME", "hall")], &format!("s.toml, line 3: window.width = 'wide': {number}"));
    let elsewhere = "name = 'x'\n[window]\nserial = 3\n[scanner]\nserial = 'x'";
    says(
        elsewhere,
        &[("SAMPLE__SCANNER__SERIAL", "/dev/other")],
        "s.toml, line 3: window.serial = 3: there is no such key; the keys here are width, fullscreen",
    );
}

#[test]
fn everything_impossible_is_told_at_once_and_where_it_was_written() {
    says(
        "name = ''\n[window]\nwidth = 9000",
        &[],
        "s.toml, line 3: window.width = 9000: it must be at most 8192\n\
         s.toml, line 1: name = '': it must not be empty",
    );
    says(
        GOOD,
        &[("SAMPLE__WINDOW__WIDTH", "9000")],
        "environment variable SAMPLE__WINDOW__WIDTH = 9000: it must be at most 8192",
    );
}

#[test]
fn everything_that_cannot_be_read_is_told_at_once_with_what_is_impossible_beside_it() {
    let text = "nam = 'x'\nflow = 'x'\n[window]\nwidht = 3\nfullscreen = 1\n[counters]\nA = [1, 2]\n[scanner]\nbaud = 'x'";
    let error = with(text, &[]).unwrap_err();
    let places: Vec<&str> = error.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    let all = [
        "nam = 'x'",
        "window.widht = 3",
        "window.fullscreen = 1",
        "counters.A[0]",
        "scanner.baud = 'x'",
        "flow = 'x'",
        "name",
        "scanner.serial",
    ];
    assert_eq!(BTreeSet::from_iter(places), BTreeSet::from_iter(all), "{error}");
    // A key that means nothing hides nothing; a value that cannot be read is not taken for another.
    let unknown = "s.toml, line 2: nme = 'x': there is no such key; the keys here are name, data_dir, window, \
                   counters, scanner, listen, flow\ns.toml, line 4: window.width = 9000: it must be at most 8192";
    says("name = 'x'\nnme = 'x'\n[window]\nwidth = 9000", &[], unknown);
    says(
        "name = 3\n[window]\nwidth = 9000",
        &[],
        "s.toml, line 1: name = 3: it must be a text in quotes, such as \"hall\"",
    );
}

#[test]
fn a_path_begins_at_the_folder_of_its_file_and_in_a_variable_where_the_program_is_called() {
    let text = "name = 'hall'\ndata_dir = 'data'\n[scanner]\nserial = '/dev/reader'";
    let read = |environment: &[(&str, &str)]| {
        let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
        super::read::<Sample>(Path::new("/etc/hall/sample.toml"), text, environment).unwrap()
    };
    let config = read(&[]);
    assert_eq!(config.data_dir, Path::new("/etc/hall/data"));
    assert_eq!(config.scanner.unwrap().serial, "/dev/reader");
    assert_eq!(read(&[("SAMPLE__DATA_DIR", "data")]).data_dir, Path::new("data"));
}

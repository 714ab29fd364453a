use super::*;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sample {
    name: String,
    #[serde(default)]
    window: Window,
    #[serde(default)]
    counters: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
struct Window {
    width: u16,
    fullscreen: bool,
}

const GOOD: &str = "name = 'hall'\n\n[window]\nwidth = 800\n\n[counters]\nA = ['RT']\n";

fn with(text: &str, variables: &[(&str, &str)]) -> Result<Sample, String> {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    read(Path::new("sample.toml"), text, "SAMPLE", environment).map_err(|error| error.to_string())
}

#[track_caller]
fn says(text: &str, variables: &[(&str, &str)], words: &str) {
    let error = with(text, variables).unwrap_err();
    assert!(error.contains(words), "`{words}` is not in: {error}");
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
fn what_looks_like_a_number_can_be_a_text() {
    assert_eq!(with(GOOD, &[("SAMPLE__NAME", "59")]).unwrap().name, "59");
    assert_eq!(with(GOOD, &[("SAMPLE__NAME", "a = b")]).unwrap().name, "a = b");
    assert_eq!(with(GOOD, &[("SAMPLE__NAME", "\"59\"")]).unwrap().name, "59");
}

#[test]
fn a_fault_of_the_file_names_file_line_and_key() {
    says("name = 'hall", &[], "sample.toml: this is not TOML:\nTOML parse error at line 1");
    says("nam = 'hall'", &[], "sample.toml: `nam` is not a key (known: `name`, `window`, `counters`)");
    says(
        "name = 'x'\n[window]\nwidht = 3\n",
        &[],
        "`window.widht` is not a key (known: `width` or `fullscreen`)",
    );
    says("[window]\nwidth = 3\n", &[], "`name` is missing");
    says(
        "name = 'x'\n[window]\nwidth = 'wide'\n",
        &[],
        "`window.width`: invalid type: string \"wide\", expected a whole number",
    );
    says("name = 'x'\nwindow = 3", &[], "`window`: invalid type");
}

#[test]
fn a_fault_of_a_variable_names_the_variable() {
    let wide = [("SAMPLE__WINDOW__WIDTH", "wide")];
    says(
        GOOD,
        &wide,
        "the environment variable SAMPLE__WINDOW__WIDTH: `window.width`: invalid type: string \"wide\"",
    );
    says(
        GOOD,
        &[("SAMPLE__WINDOW__WIDHT", "3")],
        "variable SAMPLE__WINDOW__WIDHT: `window.widht` is not a key",
    );
    says(GOOD, &[("SAMPLE__COUNTERS__5", "[3]")], "variable SAMPLE__COUNTERS__5: ");
    says(GOOD, &[("SAMPLE__", "3")], "SAMPLE__: it names no key");
    says(GOOD, &[("SAMPLE____WIDTH", "3")], "names no key");
    says(GOOD, &[("SAMPLE__NAME__FIRST", "3")], "SAMPLE__NAME__FIRST: there is no section for `first`");
}

#[test]
fn a_fault_of_the_file_is_not_blamed_on_a_variable() {
    let other = [("SAMPLE__NAME", "hall")];
    says("name = 'x'\n[window]\nwidth = 'wide'\n", &other, "sample.toml: `window.width`");
}

#[test]
fn a_file_that_cannot_be_read_is_told_why() {
    let load = |path: &str| load::<Sample>(Path::new(path), "SAMPLE").unwrap_err().to_string();
    assert_eq!(load("no/such/file.toml"), "no/such/file.toml: there is no such file");
    assert_eq!(load("src"), "src: this is a folder, not a file");
}

use super::*;

fn said(change: &str, into: &str, variables: &[(&str, &str)]) -> String {
    assert!(Config::SAMPLE.contains(change), "{change}");
    let text = Config::SAMPLE.replacen(change, into, 1);
    let environment = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let read = configuration::read::<Config>(Path::new("guichet.toml"), &text, environment);
    read.map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn the_sample_can_be_used_with_what_variables_say() {
    let variables = [
        ("GUICHET__SITES__LILLE__COUNTERS__25", "[\"PD-VPF\", \"CS\"]"),
        ("GUICHET__SITES__LILLE__SERVICES__PD-VPF__INTERNAL_LABEL", "59"),
        ("GUICHET__SITES__LILLE__OPENS", "08:45"),
        ("GUICHET__DATA_DIR", "elsewhere"),
    ];
    assert_eq!(said("data_dir", "data_dir", &variables), "");
}

#[test]
fn what_an_operator_gets_wrong_is_told_where_it_stands_and_with_what_is_expected() {
    let cases = [
        (
            "https = \"0.0.0.0:8443\"",
            "",
            "line 6: listen.https: it is missing and has no default; write it, such as https = \"0.0.0.0:8443\"",
        ),
        (
            "\"0.0.0.0:8443\"",
            "\"0.0.0.0\"",
            "listen.https = \"0.0.0.0\": it must be an address and a port, such as \"0.0.0.0:8443\"",
        ),
        (
            "https = \"0.0.0.0:8443\"",
            "https = \"0.0.0.0:8443\"\nhttp = \"127.0.0.1:8443\"",
            "listen.http = \"127.0.0.1:8443\": it is the address of listen.https",
        ),
        ("Europe/Paris", "Europe/Pari", "it must be the name of a time zone, such as \"Europe/Paris\""),
        ("\"08:30\"", "08:30", "sites.lille.opens = 08:30: it must be a time in quotes, such as \"08:30\""),
        ("rollover_hour = 4", "rollover_hour = 2", "sites.lille.rollover_hour = 2: the service day of lille"),
        ("\"16:00\"", "\"08:00\"", "sites.lille.closes = \"08:00\": hours of lille: "),
        (
            "closes = \"16:00\"",
            "closes = \"16:00\"\nhours = { mon = [\"08:30\"] }",
            "sites.lille.hours.mon[0]: it must be a stretch of a day in quotes, such as \"08:30-12:15\"",
        ),
        ("14 = [\"INFO\"]", "14 = \"INFO\"", "it must be a list of services, or { serves ="),
        ("\"guichet.example\"", "\"https://a\"", "tls.names = [\"https://a\"]: `https://a` is neither"),
        (
            "14 = [\"INFO\"]",
            "14 = [\"INF\"]",
            "sites.lille.counters.14 = [\"INF\"]: counter 14 of lille serves",
        ),
        ("= \"RT\"", "= \"RTX\"", "is `RTX`, which is not a service of the site"),
        ("calls_max = 3", "calls_max = 0", "sites.lille.recall.calls_max = 0: the first call counts as well"),
        (
            "calls_max = 3, cool_down_seconds = 5 }",
            "calls_max = 3, cool_down_seconds = 5 }\nmessages = [{ text = { en = \"Closed\" } }]",
            "sites.lille.messages = [{ text = { en = \"Closed\" } }]: message 1 of lille has no French text",
        ),
        (
            "calls_max = 3, cool_down_seconds = 5 }",
            "calls_max = 3, cool_down_seconds = 5 }\nmessages = [{ text = { fr = \"F\" }, from = \"2026-11-28\", to = \"2026-11-27\" }]",
            "message 1 of lille ends before it begins",
        ),
        (
            "rollover_hour = 4",
            "rollover_hour = 10",
            "sites.lille.rollover_hour = 10: the service day of lille would begin anew while people wait",
        ),
        (
            "rollover_hour = 4",
            "rollover_hour = 17",
            "at least 1 before the doors open and 2 after they close",
        ),
        (
            "daily_limit = 200",
            "daily_limt = 200",
            "sites.lille.services.INFO.walk_in.daily_limt = 200: there is no",
        ),
        ("calls_max = 3,", "calls_maks = 3,", "sites.lille.recall.calls_maks = 3: there is no such key"),
        (
            "minutes = 23",
            "window = { before = 3 }",
            "services.PD-VPF.window.before = 3: there is no such key",
        ),
        (
            "minutes = 23",
            "minutes = 0",
            "PD-VPF.minutes = 0: service `PD-VPF` of lille: a reception takes 1 to 480",
        ),
        (
            "daily_limit = 200",
            "stop_before_closing_minutes = 450",
            "the doors are not open that long on every day",
        ),
        ("fr = \"Préfecture du Nord\", ", "", "sites.lille.name: it has no French text"),
        (
            "label = { fr = \"Un rens",
            "label = { de = \"Un rens",
            "services.INFO.walk_in.label: it has no French text",
        ),
        ("closes = \"16:00\"\n", "", "sites.lille.opens = \"08:30\": it needs `closes` beside it"),
        (
            "closes = \"16:00\"",
            "closes = \"16:00\"\nhours = { mon = [\"08:30-12:00\"] }",
            "sites.lille.opens = \"08:30\": `hours` says when the doors open; write one or the other",
        ),
        (
            "closes = \"16:00\"",
            "closes = \"16:00\"\nclosures = [{ from = \"2026-12-24\", to = \"2026-12-26\", reason = { fr = \"F\" } }, { from = \"2026-12-25\", reason = { fr = \"N\" } }]",
            "the closures of 2026-12-24 and 2026-12-25 overlap",
        ),
        ("14 = [\"INFO\"]", "x = [\"INFO\"]", "its name must be a whole number from 0 to 65535"),
    ];
    let roubaix = "[sites.roubaix.services.X]\ninternal_label = \"x\"\n\n[sites.lille]";
    let as_lille =
        "sites.roubaix.services.X.public_label: it is missing and has no default; write it, such as";
    for (change, into, words) in cases.into_iter().chain([("[sites.lille]", roubaix, as_lille)]) {
        let said = said(change, into, &[]);
        assert!(
            said.starts_with("guichet.toml, line ") && said.contains(words),
            "`{words}` is not in: {said}"
        );
    }
}

#[test]
fn what_a_variable_gets_wrong_is_told_of_the_variable() {
    let said = said("data_dir", "data_dir", &[("GUICHET__LISTEN__HTTP", "0.0.0.0:80")]);
    let words =
        "environment variable GUICHET__LISTEN__HTTP = 0.0.0.0:80: plain HTTP is only allowed on loopback";
    assert!(said.starts_with(words), "{said}");
}

#[test]
fn every_fault_is_told_at_once() {
    let change = "daily_limit = 200\n";
    let faults = "daily_limt = 200\nicn = \"x\"\n[sites.lille.zones]\nhall = { en = \"Hall\" }\n\
                  [sites.lille.services.X]\ninternal_label = \"x\"\npublic_label = { fr = \" \" }\nminutes = 0\n\
                  zones = [\"attic\"]\n";
    let said = said(change, faults, &[]);
    for part in [
        "services.INFO.walk_in.daily_limt",
        "services.INFO.walk_in.icn",
        "zones.hall: it has no French text",
        "services.X.public_label: it has no French text",
        "services.X.minutes = 0",
        "service `X` of lille is in zone `attic`",
        "no counter of lille serves `X`",
    ] {
        assert_eq!(said.matches(part).count(), 1, "{part}: {said}");
    }
    assert_eq!(said.lines().count(), 7, "{said}");
}

#[test]
fn a_counter_that_gives_nothing_is_a_doubt() {
    let text = Config::SAMPLE.replacen("14 = [\"INFO\"]", "14 = []", 1);
    let config: Config = configuration::read(Path::new("guichet.toml"), &text, []).unwrap();
    let doubts = config.doubts();
    assert!(
        doubts.iter().any(|doubt| doubt.starts_with("sites.lille.counters.14 gives no service")),
        "{doubts:?}"
    );
}

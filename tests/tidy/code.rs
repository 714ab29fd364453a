//! What must be true of the product's Rust: invariants 1 to 6, 8 and 9.

use crate::{
    files::{is_in, none, texts},
    rust::{Kind, Source, Token},
};
use std::{collections::BTreeSet, sync::LazyLock};

/// Programs talk to whoever started them, and may give up at once.
const MAINS: &[&str] =
    &["server/src/main.rs", "kiosk/src/main.rs", "display-board/src/main.rs", "hardware/src/bin"];

/// The product: what stands in a `src` folder, without what is compiled for tests only.
static PRODUCT: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let files = texts(|path| path.ends_with(".rs") && path.contains("/src/") && !path.starts_with("tests/"));
    let mut sources: Vec<Source> = files.iter().map(|(path, text)| Source::read(path, text)).collect();
    let tests: Vec<String> = sources.iter().flat_map(places_of_test_modules).collect();
    sources.retain(|source| !tests.iter().any(|place| is_in(&source.path, place)));
    assert!(sources.len() > 150, "the check looks at the wrong folder: {} files", sources.len());
    sources
});

fn places_of_test_modules(source: &Source) -> Vec<String> {
    let folder = match source.path.rsplit_once('/').unwrap() {
        (folder, "lib.rs" | "main.rs" | "mod.rs") => folder,
        _ => source.path.trim_end_matches(".rs"),
    };
    source.test_modules.iter().map(|module| format!("{folder}/{module}")).collect()
}

fn product_in(places: &[&str]) -> impl Iterator<Item = &'static Source> {
    let sources = PRODUCT.iter().filter(|source| places.iter().any(|place| is_in(&source.path, place)));
    let sources: Vec<_> = sources.collect();
    assert!(!sources.is_empty(), "nothing is in {places:?}");
    sources.into_iter()
}

fn said(source: &Source, token: &Token, what: &str) -> String {
    format!("{}:{}: {what}", source.path, token.line)
}

/// Every place in `sources` where one of `patterns` stands.
fn found<'a>(sources: impl Iterator<Item = &'a Source>, patterns: &[&str]) -> Vec<String> {
    let sources: Vec<_> = sources.collect();
    let mut strays = Vec::new();
    for pattern in patterns {
        for source in &sources {
            let said = |token: &&Token| said(source, token, &format!("`{pattern}`"));
            strays.extend(source.find(pattern).iter().map(said));
        }
    }
    strays
}

/// The strays that stand in no place that is `allowed`. A place that needs no allowance may not keep it.
fn outside(allowed: &[&str], mut strays: Vec<String>) -> Vec<String> {
    let mut unused: BTreeSet<&str> = allowed.iter().copied().collect();
    strays.retain(|stray| {
        let path = stray.split(':').next().unwrap();
        let Some(place) = allowed.iter().find(|place| is_in(path, place)) else { return true };
        unused.remove(place);
        false
    });
    strays.extend(unused.iter().map(|place| format!("{place} is allowed what it does not do")));
    strays
}

#[test]
fn the_domain_is_pure() {
    let impure = [
        "std::fs",
        "std::net",
        "std::io",
        "std::thread",
        "std::process",
        "std::env",
        "std::sync",
        "std::os",
        "async",
        "::now",
        "Instant",
        "SystemTime",
        "println!",
        "print!",
        "eprintln!",
        "dbg!",
        "tracing",
    ];
    none(&found(product_in(&["domain"]), &impure));
}

#[test]
fn what_shows_or_decides_is_told_the_time() {
    let pure = [
        "presentation/src",
        "kiosk/src/flow",
        "display-board/src/announce",
        "display-board/src/state",
        "display-board/src/view",
    ];
    none(&found(product_in(&pure), &["::now", "SystemTime"]));
}

/// Whether a text is a statement (or several) of SQL, rather than a sentence with one of its words.
fn is_sql(text: &str) -> bool {
    text.to_lowercase().split(';').any(|statement| {
        let words: Vec<&str> = statement.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let has = |word: &str| words.contains(&word);
        let second = |any: &[&str]| words.get(1).is_some_and(|word| any.contains(word));
        match words.first().copied().unwrap_or_default() {
            "select" => has("from") || words.get(1).is_some_and(|word| word.parse::<i64>().is_ok()),
            "insert" | "replace" => second(&["into", "or"]),
            "update" => has("set") || second(&["or"]),
            "delete" => second(&["from"]),
            "with" => has("as") && (has("select") || has("values")),
            "create" | "drop" | "alter" => {
                second(&["table", "index", "trigger", "view", "unique", "temp", "temporary", "virtual"])
            }
            "pragma" | "savepoint" => words.len() > 1,
            "begin" | "commit" | "rollback" | "vacuum" => {
                text.to_uppercase() == text
                    || second(&["immediate", "exclusive", "transaction", "to", "into"])
            }
            "attach" | "detach" => second(&["database"]),
            _ => false,
        }
    })
}

#[test]
fn sql_is_told_from_prose() {
    let sql = [
        "select 1",
        "SELECT a\n FROM b",
        "insert or ignore into a values (1)",
        "update a set b = 1",
        "delete from a",
        "pragma user_version",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "with x as (select 1) select 2",
        "SAVEPOINT a",
        "ROLLBACK TO a; RELEASE a",
        "x; drop table y",
    ];
    for text in sql {
        assert!(is_sql(text), "{text}");
    }
    let prose = [
        "select a service",
        "update failed",
        "delete",
        "begin",
        "commit failed",
        "with reason",
        "released",
        "insert the card",
        "create a folder",
        "the day must not begin between 02:00 and 03:59",
    ];
    for text in prose {
        assert!(!is_sql(text), "{text}");
    }
}

#[test]
fn sql_stands_only_in_the_stores() {
    let stores = ["server/src/store", "kiosk/src/local"];
    let strings = PRODUCT.iter().flat_map(|source| source.strings().map(move |token| (source, token)));
    let statements = strings.filter(|(_, token)| is_sql(&token.text) || token.text.ends_with(".sql"));
    let statements = statements.map(|(source, token)| said(source, token, &token.text)).collect();
    none(&outside(&stores, statements));
    let calls = [
        ".execute",
        ".execute_batch",
        ".prepare",
        ".prepare_cached",
        ".query_row",
        ".query_map",
        ".pragma_update",
        ".pragma_query",
        ".pragma_query_value",
        ".transaction",
        ".transaction_with_behavior",
        ".backup",
    ];
    none(&outside(&stores, found(PRODUCT.iter(), &calls)));
    // Who holds the connection names its type, and nothing more of the database.
    let holders = ["server/src/store", "kiosk/src/local", "server/src/lib.rs", "server/src/writer"];
    none(&outside(&holders, found(PRODUCT.iter(), &["rusqlite"])));
    let files = texts(|path| path.ends_with(".sql") && !path.contains("/migrations/"));
    none(&files.into_iter().map(|(path, _)| path).collect::<Vec<_>>());
}

#[test]
fn only_the_protocol_defines_the_json_of_the_wire() {
    let mut makers = Vec::new();
    for source in PRODUCT.iter() {
        let named = source.find_with_next("serde_json::").into_iter().chain(source.find_with_next("json!"));
        // The two types are handed on; making and reading is the protocol's.
        let named = named.filter(|(_, next)| !["Error", "Value"].contains(next));
        makers.extend(named.map(|(token, next)| said(source, token, &format!("{} {next}", token.text))));
    }
    let apart = [
        "protocol/src",
        "hardware/src/sim", // the control socket of simulated devices
        "hardware/src/bin", // as in the next two, a line for whoever started the program
        "server/src/main.rs",
        "display-board/src/main.rs",
    ];
    none(&outside(&apart, makers));

    // Nor does a program make types of its own into JSON: the handlers answer with the protocol's.
    let mut types = Vec::new();
    for source in product_in(&["server", "kiosk", "display-board"]) {
        let derived = source.tokens.iter().filter(|token| token.kind == Kind::Attribute);
        let derived = derived.filter(|token| token.text == "Serialize").chain(source.find("Serialize for"));
        types.extend(derived.map(|token| said(source, token, "`Serialize`")));
    }
    let not_for_devices = [
        "display-board/src/identity.rs", // its own file
        // The answers that are kept for a repeated command.
        "server/src/writer/command.rs",
        "server/src/writer/meanwhile.rs",
    ];
    none(&outside(&not_for_devices, types));
}

#[test]
fn only_transports_open_a_way_to_a_device() {
    let ways = [
        "std::net",
        "tokio::net",
        "std::os::unix::net",
        "std::os::fd",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "UnixStream",
        "UnixListener",
        "UnixDatagram",
        "socket2",
        "serialport",
        "TTYPort",
        "nix::sys::socket",
        "nix::sys::termios",
        "nix::fcntl",
        "nix::pty",
        "libc",
        "OpenOptions",
        "File::open",
        "File::options",
        "File::create",
        "fs::write",
    ];
    let devices = found(product_in(&["domain", "presentation", "hardware", "kiosk", "display-board"]), &ways);
    let allowed = [
        "hardware/src/transport",
        "hardware/src/sim",
        "kiosk/src/local/open.rs",    // the lock beside the database
        "kiosk/src/main.rs",          // the PIN is typed unseen
        "kiosk/src/status.rs",        // the operator asks a kiosk that runs
        "display-board/src/files.rs", // what the board keeps
    ];
    none(&outside(&allowed, devices));
    // The server is called and calls nobody; the protocol's client speaks HTTP and nothing else.
    let ways = ["TcpStream::connect", "TcpSocket", "UdpSocket", "socket2", "serialport", "TTYPort", "libc"];
    none(&found(product_in(&["server", "protocol"]), &ways));
    let paths = PRODUCT.iter().flat_map(|source| {
        let device = source.strings().filter(|token| token.text.contains("/dev/"));
        device.map(|token| said(source, token, &token.text))
    });
    none(&paths.collect::<Vec<_>>());
}

#[test]
fn only_adapters_name_a_generated_type() {
    let generated = ["kiosk_ui", "board_ui"];
    none(&outside(
        &["kiosk/src/ui.rs", "kiosk/src/ui/operator.rs", "display-board/src/ui.rs"],
        found(PRODUCT.iter(), &generated),
    ));
    none(&found(PRODUCT.iter(), &["pub use kiosk_ui", "pub use board_ui"]));
    let made = found(PRODUCT.iter(), &["include_modules!", "slint!"]);
    none(&outside(&["kiosk/ui/src/lib.rs", "display-board/ui/src/lib.rs"], made));
}

/// What reads the wall clock or the clock since boot. `Instant` is neither: it measures waits and deadlines
/// within one run, and is read wherever something waits.
const CLOCKS: &[&str] = &[
    "Utc::now",
    "Local::now",
    "SystemTime",
    "UNIX_EPOCH",
    "clock_gettime",
    "CLOCK_BOOTTIME",
    "CLOCK_REALTIME",
    "OffsetDateTime",
];

#[test]
fn time_is_read_in_one_place_per_program() {
    let places = [
        "server/src/clock.rs",
        "kiosk/src/clock.rs",
        "display-board/src/clock.rs",
        "hardware/src/sim/clock.rs",
    ];
    none(&outside(&places, found(PRODUCT.iter(), CLOCKS)));
    for source in product_in(&places) {
        for clock in ["Utc::now", "CLOCK_BOOTTIME"] {
            let read = source.find(clock).len();
            assert!(read <= 1, "{} reads `{clock}` in {read} places", source.path);
        }
    }
    let uptime = PRODUCT.iter().flat_map(|source| {
        let files = source.strings().filter(|token| token.text.contains("/proc/"));
        files.map(|token| said(source, token, &token.text))
    });
    none(&outside(&["kiosk/src/clock.rs"], uptime.collect()));
    let ids = found(PRODUCT.iter(), &["now_v7", "new_v4", "now_v1", "now_v6"]);
    none(&outside(&places[..3], ids));
}

#[test]
fn nothing_in_the_product_gives_up_silently() {
    let words = [
        (".unwrap", "unwrap_used"),
        ("::unwrap", "unwrap_used"),
        (".unwrap_err", "unwrap_used"),
        (".unwrap_unchecked", "unwrap_used"),
        (".expect", "expect_used"),
        ("::expect", "expect_used"),
        (".expect_err", "expect_used"),
        ("panic!", "panic"),
        ("todo!", "todo"),
        ("unimplemented!", "unimplemented"),
        ("unreachable!", "unreachable"),
        ("process::abort", "exit"),
    ];
    let is_program = |path: &str| MAINS.iter().chain(&["hardware/src/sim"]).any(|place| is_in(path, place));
    let mut strays = Vec::new();
    for source in PRODUCT.iter().filter(|source| !is_program(&source.path)) {
        for (word, lint) in words {
            let lint = format!("clippy::{lint}");
            let found = source.find(word).into_iter().filter(|token| !token.excused.contains(&lint));
            strays.extend(found.map(|token| said(source, token, word)));
        }
    }
    none(&strays);
}

#[test]
fn every_fail_point_is_in_the_list_by_which_the_kiosk_is_killed() {
    let mut named = Vec::new();
    for source in product_in(&["kiosk"]) {
        let is_point = |tokens: &&[Token]| tokens[0].text == "fail_point" && tokens[1].text == "!";
        let points = source.tokens.windows(4).filter(is_point);
        named.extend(points.map(|tokens| tokens[3].text.as_str()));
    }
    named.sort_unstable();
    let mut listed = [&kiosk::fail_points::ALL[..], &[kiosk::fail_points::NOT_DURABLE]].concat();
    listed.sort_unstable();
    assert_eq!(named, listed, "each stands in one place");
}

#[test]
fn lints_are_relaxed_for_an_item_and_with_a_reason() {
    let mut strays = Vec::new();
    for (path, text) in texts(|path| path.ends_with(".rs") && !path.starts_with("tests/tidy/")) {
        let source = Source::read(&path, &text);
        let attributes: Vec<&Token> =
            source.tokens.iter().filter(|token| token.kind == Kind::Attribute).collect();
        for pair in attributes.windows(2).filter(|pair| pair[1].text == "(") {
            if pair[0].text == "allow" {
                strays.push(said(
                    &source,
                    pair[0],
                    "`allow`: `#[expect(.., reason = \"..\")]` ends by itself",
                ));
            }
        }
        let is_program = MAINS.iter().chain(&["hardware/src/sim"]).any(|place| is_in(&path, place));
        let is_test = !path.contains("/src/") || path.starts_with("tests/");
        if !source.excused_throughout.is_empty() && !is_program && !is_test {
            strays.push(format!("{path}: {:?} for a whole file", source.excused_throughout));
        }
    }
    none(&strays);
}

#[test]
fn a_library_prints_nothing() {
    let prints = found(PRODUCT.iter(), &["println!", "print!", "eprintln!", "eprint!", "dbg!"]);
    none(&outside(&["server/src/main.rs", "kiosk/src/main.rs", "display-board/src/main.rs"], prints));
}

/// The functions of the server's store that change it, as callers name them: `module::function`.
fn writes() -> BTreeSet<String> {
    let mut writes = BTreeSet::new();
    for source in product_in(&["server/src/store"]) {
        let module = source.path.rsplit('/').next().unwrap().trim_end_matches(".rs");
        for (name, body) in source.functions() {
            let calls = |token: &Token| token.text == "execute" || token.text == "execute_batch";
            let changes = |token: &Token| {
                let text = token.text.to_lowercase();
                ["insert", "update", "replace", "delete"]
                    .iter()
                    .any(|verb| text.trim_start().starts_with(verb))
            };
            if body.iter().any(|token| calls(token) || (token.kind == Kind::Text && changes(token))) {
                writes.insert(format!("{module}::{name}"));
            }
        }
    }
    assert!(writes.contains("log::append") && !writes.contains("log::after"), "{writes:?}");
    writes
}

#[test]
fn only_the_writer_writes_to_the_store() {
    let writes = writes();
    let writes: Vec<&str> =
        writes.iter().map(String::as_str).chain(["open_writer", "rusqlite", "store::transaction"]).collect();
    // Before it serves anybody, the server opens the database and makes its first secrets; a backup is put in its place
    // while none runs.
    let allowed = ["server/src/store", "server/src/writer", "server/src/lib.rs", "server/src/restore.rs"];
    none(&outside(&allowed, found(product_in(&["server"]), &writes)));
}

#[test]
fn words_for_people_stand_where_words_belong() {
    let mut strays = Vec::new();
    for source in PRODUCT.iter() {
        let french = |token: &&Token| token.text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
        strays.extend(source.strings().filter(french).map(|token| said(source, token, &token.text)));
    }
    let words = [
        "server/src/console/words.rs",
        "server/src/import/mapping.rs", // the headings of files that are read
        "server/src/sample_day",        // invented people and what they come for
        "kiosk/src/ticket.rs",          // the ticket that is laid out for nobody, to have the fonts ready
    ];
    none(&outside(&words, strays));
}

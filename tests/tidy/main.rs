//! The invariants of `docs/architecture.md`, checked over the source.

#![expect(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A source file: its path from the root, and its text without the tests inside it.
struct Source {
    path: String,
    code: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "out" && !name.starts_with('.') {
            walk(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}

fn files(endings: &[&str]) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    let wanted = |path: &PathBuf| endings.iter().any(|ending| path.to_string_lossy().ends_with(ending));
    let relative = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    paths
        .into_iter()
        .filter(wanted)
        .map(|path| (relative(&path), fs::read_to_string(path).unwrap()))
        .collect()
}

/// The product's Rust sources: what stands in a `src` folder, without test modules and comments.
fn product() -> Vec<Source> {
    let sources = files(&[".rs"]).into_iter().filter(|(path, _)| {
        path.contains("/src/")
            && !path.starts_with("tests/")
            && !path.ends_with("/tests.rs")
            && !path.contains("/src/tests/")
    });
    let sources: Vec<_> = sources
        .map(|(path, text)| {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            Source { path, code }
        })
        .collect();
    assert!(sources.len() > 60, "the check looks at the wrong folder: {} files", sources.len());
    sources
}

/// Every place where one of `words` stands in a file that `allowed` does not name.
fn strays(words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut strays = Vec::new();
    for Source { path, code } in product() {
        if allowed.iter().any(|place| path.starts_with(place)) {
            continue;
        }
        for (number, line) in code.lines().enumerate() {
            strays.extend(
                words
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("{path}:{}: `{word}`", number + 1)),
            );
        }
    }
    strays
}

#[track_caller]
fn none(strays: &[String]) {
    assert!(strays.is_empty(), "\n{}", strays.join("\n"));
}

fn dependencies(folder: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    let section = text.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap().to_owned();
    section
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let ours = BTreeMap::from([
        ("domain", vec![]),
        ("hardware", vec![]),
        ("protocol", vec!["domain"]),
        ("presentation", vec!["domain", "hardware"]),
        ("server", vec!["domain", "protocol", "presentation", "hardware"]),
        ("kiosk", vec!["kiosk-ui", "domain", "protocol", "presentation", "hardware"]),
        ("kiosk/ui", vec![]),
        ("display-board", vec!["board-ui", "domain", "protocol", "presentation"]),
        ("display-board/ui", vec![]),
    ]);
    let names = [
        "domain",
        "hardware",
        "protocol",
        "presentation",
        "server",
        "kiosk",
        "kiosk-ui",
        "display-board",
        "board-ui",
        "e2e",
    ];
    for (folder, allowed) in ours {
        for dependency in
            dependencies(folder).iter().filter(|dependency| names.contains(&dependency.as_str()))
        {
            assert!(allowed.contains(&dependency.as_str()), "{folder} must not depend on {dependency}");
        }
    }
}

#[test]
fn the_domain_is_pure() {
    let allowed = ["chrono", "chrono-tz", "serde", "uuid", "thiserror"];
    for dependency in dependencies("domain") {
        assert!(allowed.contains(&dependency.as_str()), "the domain must not depend on {dependency}");
    }
    let impure = [
        "std::fs",
        "std::net",
        "std::io",
        "std::thread",
        "std::process",
        "std::env",
        "async ",
        "::now(",
        "println!",
        "tracing",
    ];
    let strays: Vec<_> =
        strays(&impure, &[]).into_iter().filter(|stray| stray.starts_with("domain/")).collect();
    none(&strays);
}

#[test]
fn sql_stands_only_in_the_stores() {
    let sql = [
        "SELECT ",
        "INSERT INTO",
        "UPDATE ",
        "DELETE FROM",
        "PRAGMA ",
        "BEGIN IMMEDIATE",
        "SAVEPOINT",
        "ROLLBACK",
        "COMMIT\"",
    ];
    none(&strays(&sql, &["server/src/store", "kiosk/src/local"]));
}

#[test]
fn only_the_protocol_defines_the_json_of_the_wire() {
    // Programs print a line of JSON for whoever started them; simulated devices have a control socket of
    // their own. Neither is the wire.
    let json = ["serde_json::from_", "serde_json::to_", "json!"];
    none(&strays(
        &json,
        &[
            "protocol/src",
            "hardware/src/sim",
            "hardware/src/bin",
            "server/src/main.rs",
            "kiosk/src/main.rs",
            "display-board/src/main.rs",
        ],
    ));
}

#[test]
fn only_transports_open_a_way_to_a_device() {
    let open = ["TcpStream::connect", "serialport::new", "TTYPort"];
    none(&strays(&open, &["hardware/src/transport", "hardware/src/sim"]));
}

#[test]
fn only_adapters_name_a_generated_type() {
    let generated = ["kiosk_ui::", "board_ui::"];
    none(&strays(
        &generated,
        &[
            "kiosk/src/ui",
            "kiosk/src/main.rs",
            "kiosk/ui/",
            "display-board/src/ui",
            "display-board/src/main.rs",
            "display-board/ui/",
        ],
    ));
}

#[test]
fn time_is_read_in_one_place_per_program() {
    let clocks =
        ["Utc::now", "SystemTime::now", "Local::now", "clock_gettime", "Uuid::now_v7", "Uuid::new_v4"];
    none(&strays(
        &clocks,
        &[
            "server/src/clock.rs",
            "kiosk/src/clock.rs",
            "display-board/src/clock.rs",
            "hardware/src/sim/clock.rs",
        ],
    ));
}

#[test]
fn handlers_never_write_to_the_store() {
    let writes = ["open_writer", ".execute(", "execute_batch", "Transaction", "rusqlite"];
    let handlers = ["server/src/api", "server/src/console", "server/src/auth.rs", "server/src/router.rs"];
    let strays = strays(&writes, &[]);
    none(
        &strays
            .into_iter()
            .filter(|stray| handlers.iter().any(|place| stray.starts_with(place)))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_in_the_product_gives_up_silently() {
    let words = [".unwrap()", ".expect(", "todo!(", "unimplemented!(", "panic!("];
    let mut strays = strays(
        &words,
        &[
            "hardware/src/sim",
            "hardware/src/bin",
            "server/src/main.rs",
            "kiosk/src/main.rs",
            "display-board/src/main.rs",
        ],
    );
    // With a reason given by `#[expect]` on the lines before, it is allowed.
    let reasoned: BTreeMap<String, String> = files(&[".rs"]).into_iter().collect();
    strays.retain(|stray| {
        let path = stray.split(':').next().unwrap_or_default();
        !reasoned.get(path).is_some_and(|text| {
            text.contains("#[expect(clippy::expect_used") || text.contains("#[expect(clippy::unwrap_used")
        })
    });
    none(&strays);
}

#[test]
fn lints_are_relaxed_only_with_a_reason() {
    let strays: Vec<_> = strays(&["#[allow(", "#![allow("], &["kiosk/ui/src", "display-board/ui/src"]);
    none(&strays);
}

#[test]
fn every_visible_string_is_translatable() {
    let mut strays = Vec::new();
    for (path, text) in files(&[".slint"]) {
        for (number, line) in text.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default();
            for property in ["text:", "accessible-label:", "accessible-description:", "title:"] {
                let Some(value) = line.split(property).nth(1) else { continue };
                let literal = value.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                if literal.is_some_and(|text| {
                    text.chars().filter(|c| c.is_alphabetic()).count() > 1 && !text.contains("\\{")
                }) {
                    strays.push(format!("{path}:{}: {}", number + 1, line.trim()));
                }
            }
        }
    }
    // The product's name, and each language named in itself, are the same in every language.
    strays.retain(|stray| !stray.contains("title: \"Guichet\""));
    strays.retain(|stray| !stray.contains("Français") && !stray.contains("English"));
    none(&strays);
}

#[test]
fn whatever_can_be_touched_has_a_role_and_a_label() {
    let mut touchable = 0;
    for (path, text) in files(&[".slint"]) {
        if !text.contains("TouchArea") || !text.contains("clicked =>") {
            continue;
        }
        touchable += 1;
        assert!(text.contains("accessible-role"), "{path} can be touched and has no role");
        assert!(text.contains("accessible-label"), "{path} can be touched and has no label");
        assert!(
            text.contains("accessible-action-default"),
            "{path} can be touched and has no default action"
        );
    }
    assert!(touchable > 0, "nothing can be touched: the check looks at the wrong files");
}

#[test]
fn nothing_names_a_machine_or_a_way_of_working() {
    let words = ["/home/", "/root/", "crates.io", "registry.npmjs", "pypi.org"];
    let mut strays = Vec::new();
    for (path, text) in files(&[
        ".rs",
        ".slint",
        ".md",
        ".toml",
        ".html",
        ".css",
        "bin/demo",
        "bin/test",
        "bin/setup",
        "bin/bench",
        "bin/pictures",
    ]) {
        if path.starts_with("tests/tidy") || path.contains("/vendor/") {
            continue;
        }
        strays.extend(
            words.iter().filter(|word| text.contains(**word)).map(|word| format!("{path}: `{word}`")),
        );
    }
    none(&strays);
}

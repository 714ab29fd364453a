//! What depends on what: the table of `docs/architecture.md`, held against every `Cargo.toml`.

use crate::files::{none, root, texts};
use std::{collections::BTreeMap, fs};

/// Our crates: folder and manifest.
fn manifests() -> BTreeMap<String, toml::Table> {
    let files = texts(|path| path.ends_with("/Cargo.toml"));
    files
        .into_iter()
        .map(|(path, text)| (path.trim_end_matches("/Cargo.toml").to_owned(), text.parse().unwrap()))
        .collect()
}

fn name(manifest: &toml::Table) -> &str {
    manifest["package"]["name"].as_str().unwrap()
}

/// The names of the crates that the product's part of a crate is built with, on any platform.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let mut tables = vec![manifest.get("dependencies"), manifest.get("build-dependencies")];
    for target in
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values)
    {
        tables.extend([target.get("dependencies"), target.get("build-dependencies")]);
    }
    let entries = tables.into_iter().flatten().filter_map(toml::Value::as_table).flatten();
    let real = |(name, entry): (&String, &toml::Value)| {
        let package = entry.get("package").and_then(toml::Value::as_str);
        package.unwrap_or(name).to_owned()
    };
    entries.map(real).collect()
}

/// What the page's table lets each folder depend on.
fn table() -> BTreeMap<String, Vec<String>> {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("/` |"));
    let words = |text: &str| {
        let last = text.trim_end_matches([' ', '|']).rsplit('|').next().unwrap().to_owned();
        last.split(|c: char| !c.is_alphanumeric() && c != '-').map(str::to_owned).collect()
    };
    rows.map(|(folder, rest)| (folder.to_owned(), words(rest))).collect()
}

#[test]
fn dependencies_point_as_the_page_says() {
    let (manifests, table) = (manifests(), table());
    let ours: Vec<&str> = manifests.values().map(name).collect();
    let mut strays = Vec::new();
    for (folder, manifest) in manifests.iter().filter(|(folder, _)| *folder != "tests") {
        // The screens of a program are a crate in its folder, and know nothing of ours.
        let screens = manifests.get(&format!("{folder}/ui")).map(name);
        let allowed = match folder.strip_suffix("/ui") {
            Some(_) => &Vec::new(),
            None => table.get(folder).unwrap_or_else(|| panic!("{folder} is not in the table of the page")),
        };
        let strange = dependencies(manifest).into_iter().filter(|dependency| {
            ours.contains(&dependency.as_str())
                && !allowed.contains(dependency)
                && screens != Some(dependency.as_str())
        });
        strays.extend(strange.map(|dependency| format!("{folder} must not depend on {dependency}")));
    }
    none(&strays);
}

#[test]
fn each_trade_has_its_crate() {
    let only = [
        ("rusqlite", vec!["server", "kiosk"]),
        ("serialport", vec!["hardware"]),
        ("socket2", vec!["hardware"]),
        ("escpos", vec!["hardware"]),
        ("slint", vec!["kiosk", "kiosk/ui", "display-board", "display-board/ui"]),
        ("axum", vec!["server"]),
    ];
    let mut strays = Vec::new();
    for (folder, manifest) in manifests().iter().filter(|(folder, _)| *folder != "tests") {
        for dependency in dependencies(manifest) {
            if only.iter().any(|(trade, crates)| *trade == dependency && !crates.contains(&folder.as_str())) {
                strays.push(format!("{folder} must not depend on {dependency}"));
            }
        }
    }
    // `rand` and its friends: forecasts are drawn from a fixed seed.
    let domain = [
        "chrono",
        "chrono-tz",
        "rand",
        "rand_chacha",
        "rand_distr",
        "schemars",
        "serde",
        "uuid",
        "thiserror",
    ];
    let more =
        dependencies(&manifests()["domain"]).into_iter().filter(|name| !domain.contains(&name.as_str()));
    strays.extend(more.map(|name| format!("the domain must not depend on {name}")));
    none(&strays);
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    let inherits = |manifest: &toml::Table| {
        manifest.get("lints").and_then(|lints| lints.get("workspace")?.as_bool()) == Some(true)
    };
    for (folder, manifest) in manifests() {
        assert!(inherits(&manifest), "{folder}/Cargo.toml lacks `[lints] workspace = true`");
    }
}

//! `guichet-server replay`: what the operator asks, and what is wrong with it.

use crate::sample_path;
use clap::Parser;
use server::{
    config::Config,
    replay::command::{Asked, replay},
};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    asked: Asked,
}

fn answer(line: &str) -> Result<String, String> {
    answer_of(&sample_path("lille.toml"), line)
}

/// The same at another site than the shipped one.
fn answer_of(site: &std::path::Path, line: &str) -> Result<String, String> {
    let arguments = std::iter::once("replay").chain(line.split_whitespace());
    let line = Line::try_parse_from(arguments).map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::load(site).unwrap();
    config.data_dir = folder.path().to_owned();
    replay(&config, &line.asked)
        .map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "…"))
}

#[test]
fn a_made_day_is_told_in_tables() {
    let ours = sample_path("policies/deadline.toml");
    let line = format!("--day 2026-11-23 --seeds 1 --counters 14 --one-pool --policy {}", ours.display());
    insta::assert_snapshot!(answer(&line).unwrap());
}

#[test]
fn without_a_policy_all_that_are_shipped_are_compared() {
    let text = answer("--day 2026-11-23 --seeds 1 --visitors 60").unwrap();
    for policy in server::replay::Policy::shipped() {
        assert!(text.contains(&format!("| {} |", policy.name)), "{}", policy.name);
    }
}

#[test]
fn what_cannot_be_replayed_is_said_in_words() {
    let none = "nobody took a ticket at lille on 2026-11-23, as far as …/guichet.sqlite3 knows; \
                --seeds makes days instead of reading the log";
    assert_eq!(answer("--day 2026-11-23").unwrap_err(), none);
    let site = answer("--day 2026-11-23 --site douai").unwrap_err();
    assert_eq!(site, "there is no site `douai`: the configuration has lille");
    let missing = answer("--day 2026-11-23 --seeds 1 --policy /nowhere.toml").unwrap_err();
    assert_eq!(missing, "/nowhere.toml: No such file or directory (os error 2)");
    assert!(answer("--day 2026-11-23 --counters 14").unwrap_err().contains("--seeds"));
    let beyond = answer("--day 2026-11-23 --seeds 2 --first-seed 18446744073709551615").unwrap_err();
    assert_eq!(beyond, "there are no 2 seeds from 18446744073709551615 on: the last is 18446744073709551615");
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("lille.toml");
    let shipped = std::fs::read_to_string(sample_path("lille.toml")).unwrap();
    let closure = "[[sites.lille.closures]]\nfrom = \"2026-11-22\"\nto = \"2026-11-22\"\nreason = { fr = \"Dimanche\" }\n";
    std::fs::write(&site, format!("{shipped}\n{closure}")).unwrap();
    let closed = answer_of(&site, "--day 2026-11-22 --seeds 1").unwrap_err();
    assert_eq!(
        closed,
        "lille is closed on 2026-11-22: nobody comes on such a day, so give one on which it is open"
    );
    assert!(answer("--day 2026-11-23 --seeds 1 --minutes-off 0").unwrap_err().contains("from 0.1 to 10"));
    assert!(answer("--day 23/11/2026").unwrap_err().contains("23/11/2026"));
}

#[test]
fn a_policy_with_a_fault_is_named_with_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    std::fs::write(&path, "name = \"x\"\norder = \"alphabetical\"\n").unwrap();
    let told = answer(&format!("--day 2026-11-23 --seeds 1 --policy {}", path.display())).unwrap_err();
    assert!(told.contains("p.toml: line 2: unknown variant `alphabetical`"), "{told}");
    std::fs::write(&path, "name = \"x\"\norder = \"slot\"\npriority = true\n").unwrap();
    let told = answer(&format!("--day 2026-11-23 --seeds 1 --policy {}", path.display())).unwrap_err();
    assert!(told.contains("p.toml: line 3: unknown field `priority`"), "{told}");
}

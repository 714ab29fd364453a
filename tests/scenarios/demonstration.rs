//! The demonstration that the README names, as a newcomer runs it without a screen.

use e2e::process::program;
use serde_json::Value;
use std::{fs, process::Command};

#[test]
fn the_demonstration_leaves_pictures_tickets_and_a_summary_of_everybody_who_came() -> anyhow::Result<()> {
    let out = tempfile::tempdir()?;
    let played = Command::new(program("demo")?).arg("--headless").arg(out.path()).output()?;
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    let summary: Value = serde_json::from_slice(&fs::read(out.path().join("summary.json"))?)?;
    let visitors = summary["visitors"].as_array().cloned().unwrap_or_default();
    let outcomes: Vec<&str> = visitors.iter().filter_map(|visitor| visitor["outcome"].as_str()).collect();
    let expected = ["accepted", "accepted", "too_early", "late", "wrong_day", "unknown", "already"];
    assert_eq!(outcomes, expected);
    for visitor in &visitors {
        let Some(ticket) = visitor["ticket"].as_str() else {
            assert!(visitor["outcome"] == "already" || visitor["number"].is_null(), "{visitor}");
            continue;
        };
        assert!(visitor["number"].is_string() && visitor["counter"] == 1, "{visitor}");
        assert!(visitor["call_to_board_ms"].is_number(), "{visitor}");
        assert!(out.path().join(format!("{ticket}.bin")).is_file(), "{visitor}");
        assert!(out.path().join(format!("{ticket}.png")).is_file(), "{visitor}");
    }
    assert_eq!(visitors[6]["number"], visitors[1]["number"], "who shows the booking again keeps the number");
    for program in ["server", "kiosk", "board"] {
        assert!(summary["resident_mb"][program].is_number(), "{summary}");
    }
    let names: Vec<String> = fs::read_dir(out.path())?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<anyhow::Result<_>>()?;
    for start in ["kiosk-", "board-", "console-"] {
        assert!(names.iter().any(|name| name.starts_with(start) && name.ends_with(".png")), "{names:?}");
    }
    Ok(())
}

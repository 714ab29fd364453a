//! What is wrong is said, and nothing is lost.

use e2e::{Day, Setup, World, process::program, until};
use std::{fs, process::Command};

#[test]
fn a_torn_file_loads_nothing_and_names_its_line() -> anyhow::Result<()> {
    let world =
        World::start(&Setup { kiosks: 0, ..Setup::new(Day::at("09:40").booked("RDV-ADA", 5, "RT")) })?;
    let good = Day::at("09:40").booked("RDV-BO", 5, "RT").booked("RDV-CY", 6, "RT").to_csv();
    let torn = &good[..good.len() - 30];
    let error = format!("{:#}", world.import("torn", torn).expect_err("a torn file is refused"));
    assert!(error.contains("line 3"), "{error}");
    let unknown = good.replacen("Motif", "Objet inconnu", 1);
    let error = format!("{:#}", world.import("unknown", &unknown).expect_err("an unknown column is refused"));
    assert!(error.contains("Objet inconnu"), "{error}");
    assert_eq!(world.events("booking_recorded")?.len(), 1, "only what was there before");
    let again = Day::at("09:40").booked("RDV-ADA", 5, "RT").to_csv();
    world.import("again", &again)?;
    assert_eq!(world.events("booking_recorded")?.len(), 1, "the same file twice changes nothing");
    Ok(())
}

#[test]
fn a_megabyte_from_the_scanner_is_answered_and_the_next_visitor_is_served() -> anyhow::Result<()> {
    let mut world = World::start(&Setup::new(Day::at("09:40").booked("RDV-ADA", 5, "RT")))?;
    world.scan(1, &"A".repeat(1 << 20))?;
    let kiosk = world.kiosks[0].screen.program()?;
    until("the kiosk says that this is no code", || kiosk.log().contains("fault=TooLong").then_some(()))?;
    world.scan(1, "RDV-ADA")?;
    world.wait_for_events("checked_in", 1)?;
    world.wait_for_tickets(1, 1)?;
    Ok(())
}

/// What a kiosk says when it is paired with the wrong things.
fn pairing(world: &World, server: &str, code: &str, fingerprint: Option<&str>) -> anyhow::Result<String> {
    let config = world.folder().join("stray.toml");
    let text = format!("data_dir = {:?}\n[printer]\ntcp = \"127.0.0.1:9\"\n", world.folder().join("stray"));
    fs::write(&config, text)?;
    let mut command = Command::new(program("guichet-kiosk")?);
    command.arg("--config").arg(&config).args(["pair", "--server", server, "--code", code]);
    command.args(fingerprint.into_iter().flat_map(|fingerprint| ["--fingerprint", fingerprint]));
    let output = command.output()?;
    assert!(!output.status.success(), "{output:?}");
    Ok(String::from_utf8(output.stderr)?)
}

#[test]
fn whoever_pairs_a_device_with_the_wrong_things_is_told_what_to_do() -> anyhow::Result<()> {
    let world = World::start(&Setup { kiosks: 0, ..Setup::new(Day::at("09:40")) })?;
    let made = world.operate(&["pair", "--site", "lille", "--kind", "board", "--name", "x", "--json"])?;
    let made: serde_json::Value = serde_json::from_str(&made)?;
    let text = |key: &str| made[key].as_str().unwrap_or_default().to_owned();
    let (code, fingerprint, url) = (text("code"), text("fingerprint"), world.url());
    let (own, other) = (Some(fingerprint.as_str()), "00".repeat(32));
    let cases = [
        ("127.0.0.1:1", &code, own, "is not the address of a server: write it as https://"),
        (&url, &code, None, "add --fingerprint with the fingerprint that `guichet-server pair` printed"),
        (&url, &code, Some(other.as_str()), "it may be another server"),
        ("https://127.0.0.1:1", &code, own, "no server answers at https://127.0.0.1:1: Connection refused"),
        (&url, &"00000-00000".to_owned(), own, "the code is wrong, used or older than ten minutes"),
        (
            &url,
            &code,
            own,
            "this code was made for a board: make one with `guichet-server pair --kind kiosk`",
        ),
    ];
    for (server, code, fingerprint, words) in cases {
        let said = pairing(&world, server, code, fingerprint)?;
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
    Ok(())
}

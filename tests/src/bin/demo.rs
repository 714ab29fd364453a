//! `bin/demo` without the building: a hall with a seeded day. On a machine with a screen it is there to
//! be played with; with `--headless OUT` a few visitors play it through and leave pictures and figures.

use anyhow::{Context, ensure};
use chrono::Duration;
use clap::Parser;
use e2e::{
    Agent, Day, Setup, World,
    browser::Browser,
    day::today,
    paper,
    play::{Part, Stage, Summary, write_summary},
    seeded,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Parser)]
struct Arguments {
    /// Play the main job without a screen and leave pictures, tickets and `summary.json` here.
    #[arg(long)]
    headless: Option<PathBuf>,
    /// The seed of the day.
    #[arg(long, default_value_t = 59)]
    seed: u64,
}

/// The hall's clock at the start: a busy time of the morning.
const START: &str = "09:40";
/// A counter that gives every booked service and information.
const COUNTER: u16 = 1;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match arguments.headless {
        Some(out) => headless(out, arguments.seed).await,
        None => e2e::live::run(arguments.seed, START),
    }
}

async fn headless(out: PathBuf, seed: u64) -> anyhow::Result<()> {
    fs::create_dir_all(&out)?;
    forget_last_run(&out)?;
    let day = Day::at(START);
    let setup = Setup { boards: 1, ..Setup::new(day.clone()) };
    let mut world = World::start(&setup)?;
    let bookings = [0, 1].map(|days| seeded::load(&world, seed, days));
    let bookings = bookings.into_iter().collect::<anyhow::Result<Vec<_>>>()?.concat();
    let pick = |from: i64, to: i64| -> anyhow::Result<String> {
        let slot = |minutes| (day.start + Duration::minutes(minutes)).naive_local();
        let found = bookings.iter().find(|booking| (slot(from)..=slot(to)).contains(&booking.slot));
        Ok(found.with_context(|| format!("no booking from {from} to {to} minutes"))?.reference.clone())
    };
    let (on_time, early, late) = (pick(0, 20)?, pick(90, 200)?, pick(-40, -20)?);
    let tomorrow =
        bookings.iter().find(|booking| booking.slot.date() > today()).context("nobody tomorrow")?;
    let parts = [
        // First, on the page that everybody meets first.
        Part { name: "walk-in", code: None, outcome: "accepted", ticket: true },
        Part { name: "on-time", code: Some(&on_time), outcome: "accepted", ticket: true },
        Part { name: "early", code: Some(&early), outcome: "too_early", ticket: false },
        Part { name: "late", code: Some(&late), outcome: "late", ticket: true },
        Part { name: "wrong-day", code: Some(&tomorrow.reference), outcome: "wrong_day", ticket: false },
        Part { name: "unknown", code: Some("RDV-INCONNU-0000"), outcome: "unknown", ticket: false },
        Part { name: "again", code: Some(&on_time), outcome: "already", ticket: false },
    ];
    let password = world.password(1).to_owned();
    let agent = Agent::sign_in(&world, "agent1", &password, COUNTER).await?;
    let browser = Browser::start(world.folder(), 1280, 800).await?;
    browser.sign_in(&world.url(), "agent1", &password).await?;
    world.kiosks[0].screen.display()?.screenshot(&out.join("kiosk-welcome.png"))?;
    world.boards[0].display()?.screenshot(&out.join("board-idle.png"))?;
    let mut stage = Stage { world: &mut world, out: out.clone() };
    let mut visitors = Vec::new();
    for part in &parts {
        visitors.push(stage.visitor(part)?);
    }
    stage.serve(&agent, &browser, &mut visitors).await?;
    browser.close().await?;
    let waiting: Vec<_> =
        visitors.iter().filter(|visitor| visitor.ticket.is_some() && visitor.counter.is_none()).collect();
    ensure!(waiting.is_empty(), "not called: {waiting:?}");
    // Nothing happened that should not have.
    let tickets: Vec<_> = visitors.iter().filter_map(|visitor| visitor.ticket.clone()).collect();
    ensure!(stage.world.tickets(1)?.len() == tickets.len(), "paper came out for somebody who got no ticket");
    let issued = [stage.world.events("checked_in")?, stage.world.events("walk_in_taken")?].concat();
    ensure!(issued.len() == tickets.len(), "{} visits for {} tickets", issued.len(), tickets.len());
    ensure!(stage.world.events("called")?.len() == tickets.len(), "not everybody was called once");
    for ticket in &tickets {
        let hash = paper::follow_hash(&out.join(format!("{ticket}.png")))?;
        ensure!(issued.iter().any(|visit| visit["follow"] == hash), "{ticket} bears a code of nobody");
    }
    let summary = Summary { resident_mb: stage.resident()?, visitors };
    write_summary(&summary, &out)?;
    println!("{}", serde_json::to_string_pretty(&summary)?);
    println!("Pictures, tickets and summary.json are in {}", out.display());
    Ok(())
}

/// A run that fails must not leave the pictures and figures of one that did not.
fn forget_last_run(out: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(out)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_ours = ["ticket-", "kiosk-", "board-", "console-"].iter().any(|start| name.starts_with(start));
        if name == "summary.json" || (is_ours && (name.ends_with(".png") || name.ends_with(".bin"))) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

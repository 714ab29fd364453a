//! The figures of the main job: printed, and with `--json FILE` written as well. Nothing is asserted here.

use anyhow::{Context, ensure};
use clap::Parser;
use e2e::{
    Agent, Day, Setup, World,
    agent::Said,
    bench::{Figures, Percentiles, Streams},
    play::{call_is_shown, rested},
    seeded, until,
};
use protocol::route::CounterAction;
use std::{fs, path::PathBuf, time::Instant};

#[derive(Parser)]
struct Arguments {
    /// Write the figures here as JSON, too.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Check-ins with the server there (more, if the calls need more people), and as many without it.
    #[arg(long, default_value_t = 100)]
    samples: usize,
    /// Calls seen on the board; each stays there for some seconds.
    #[arg(long, default_value_t = 30)]
    calls: usize,
    /// Counters that call while the streams listen.
    #[arg(long, default_value_t = 60)]
    counters: usize,
    /// Boards that listen.
    #[arg(long, default_value_t = 30)]
    boards: usize,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let figures = measure(&arguments).await?;
    println!("{}", serde_json::to_string_pretty(&figures)?);
    if let Some(file) = &arguments.json {
        fs::write(file, serde_json::to_string_pretty(&figures)?)?;
    }
    Ok(())
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Figures> {
    let &Arguments { samples, calls, counters, boards, .. } = arguments;
    // Enough who wait for every call.
    let online = samples.max(calls + counters * 3);
    let day = Day::at("09:40").crowd("ON", online, "RT").crowd("OFF", samples, "RT");
    let mut world = World::start(&Setup { boards: 1, agents: counters, counters, ..Setup::new(day) })?;
    let seeded = seeded::load(&world, 59, 0)?.len();
    let scan_to_wire_ms = check_ins(&world, "ON", 0, online)?;
    world.wait_for_events("ticket_printed", online)?;
    let streams = Streams::connect(&world, counters, boards).await?;
    let call_to_board_ms = board_calls(&world, &streams.agents[0], calls).await?;
    let (command_to_board_streams_ms, command_to_console_streams_ms) = streams.measure(counters * 3).await?;
    let resident_mb = e2e::play::Resident {
        server: world.server_resident_mb()?,
        kiosk: world.kiosks[0].screen.program()?.resident_mb()?,
        board: world.boards[0].program()?.resident_mb()?,
    };
    drop(streams);
    world.stop_server()?;
    let scan_to_wire_server_stopped_ms = check_ins(&world, "OFF", online, samples)?;
    Ok(Figures {
        scan_to_wire_ms,
        scan_to_wire_server_stopped_ms,
        call_to_board_ms,
        command_to_board_streams_ms,
        command_to_console_streams_ms,
        counters,
        boards,
        bookings: seeded + online + samples,
        resident_mb,
    })
}

/// From the last byte of each scan to the last byte of its ticket.
fn check_ins(world: &World, prefix: &str, before: usize, count: usize) -> anyhow::Result<Percentiles> {
    let mut times = Vec::with_capacity(count);
    for number in 1..=count {
        let scanned = world.scan(1, &format!("{prefix}{number}"))?;
        let tickets = world.wait_for_tickets(1, before + number)?;
        let last = tickets.last().context("no ticket")?;
        times.push(last.last_byte_us.saturating_sub(scanned) as f64 / 1000.0);
    }
    Ok(Percentiles::of(times))
}

/// From an agent's press to the pixels on the board.
async fn board_calls(world: &World, agent: &Agent, count: usize) -> anyhow::Result<Percentiles> {
    let screen = world.boards[0].display()?;
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        rested(screen)?;
        let pressed = Instant::now();
        ensure!(agent.act(CounterAction::CallNext).await? == Said::Done, "nobody waits");
        until("the call is on the board", || call_is_shown(screen))?;
        times.push(pressed.elapsed().as_secs_f64() * 1000.0);
        ensure!(agent.act(CounterAction::Finish).await? == Said::Done, "cannot finish");
    }
    Ok(Percentiles::of(times))
}

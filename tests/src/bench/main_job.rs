//! The main job at its wires and on its screens, one visitor and one call at a time.

use super::{Percentiles, streams::Streams};
use crate::{
    Agent, Day, Setup, World,
    agent::Said,
    play::{Resident, call_is_shown, rested},
    seeded, until,
};
use anyhow::{Context, ensure};
use protocol::route::CounterAction;
use serde::Serialize;
use std::time::Instant;

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Check-ins with the server there (more, if the calls need more people), and as many without it.
    pub samples: usize,
    /// Calls seen on the board; each stays there for some seconds.
    pub calls: usize,
    /// Counters that call while the streams listen.
    pub counters: usize,
    /// Boards that listen.
    pub boards: usize,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Last byte of the scan to last byte of the ticket, on their wires.
    pub scan_to_wire_ms: Percentiles,
    /// The same with the server stopped.
    pub scan_to_wire_server_stopped_ms: Percentiles,
    /// An agent's press to the pixels of the board.
    pub call_to_board_ms: Percentiles,
    /// An agent's press to the call on each board's stream, with all counters and boards connected.
    pub command_to_board_streams_ms: Percentiles,
    /// An agent's press to the changed desk on each console's stream, at the same time.
    pub command_to_console_streams_ms: Percentiles,
    /// Counters that called.
    pub counters: usize,
    /// Boards that listened.
    pub boards: usize,
    /// Bookings that were loaded.
    pub bookings: usize,
    /// Resident memory with all of it connected, after the check-ins and calls.
    pub resident_mb: Resident,
}

/// Plays the main job in a hall of its own.
///
/// # Errors
/// If anything is not as it should be.
pub async fn measure(extent: &Extent) -> anyhow::Result<Figures> {
    let &Extent { samples, calls, counters, boards } = extent;
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
    let resident_mb = Resident {
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

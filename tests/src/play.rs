//! The main job, played by visitors and an agent whom nobody touches: what the demonstration shows and
//! what it measured.

use crate::{
    agent::{Agent, Said},
    browser::Browser,
    display::{Display, Region},
    wait::until,
    world::World,
};
use anyhow::{Context, bail, ensure};
use protocol::route::CounterAction;
use serde::Serialize;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// One visitor, as it went.
#[derive(Clone, Debug, Serialize)]
pub struct Visitor {
    /// The code that was held to the scanner; empty without an appointment.
    pub reference: String,
    /// What the kiosk answered.
    pub outcome: String,
    /// The number on the ticket.
    pub number: Option<String>,
    /// Where the visitor was called to.
    pub counter: Option<u16>,
    /// The stem of the ticket's files.
    pub ticket: Option<String>,
    /// From the last byte of the scan to the last byte of the ticket, both on their wires.
    pub scan_to_wire_ms: Option<f64>,
    /// From the agent's press to the change of pixels on the board.
    pub call_to_board_ms: Option<f64>,
}

/// What the play leaves behind, as `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Everybody who came, in order.
    pub visitors: Vec<Visitor>,
    /// Resident memory of the programs at the end.
    pub resident_mb: Resident,
}

/// Resident memory, in MB.
#[derive(Clone, Debug, Serialize)]
pub struct Resident {
    /// Of the server.
    pub server: f64,
    /// Of the kiosk.
    pub kiosk: f64,
    /// Of the board.
    pub board: f64,
}

/// Who comes, with what code, and what the kiosk has to answer.
pub struct Part<'a> {
    /// A word for the names of pictures.
    pub name: &'a str,
    /// The code; `None` for somebody without an appointment.
    pub code: Option<&'a str>,
    /// The answer.
    pub outcome: &'a str,
    /// Whether a ticket comes.
    pub ticket: bool,
}

/// The hall and where its pictures go.
pub struct Stage<'a> {
    /// The hall: one kiosk, one board, one agent.
    pub world: &'a mut World,
    /// Where pictures and tickets go.
    pub out: PathBuf,
}

impl Stage<'_> {
    /// A visitor comes to the kiosk.
    ///
    /// # Errors
    /// If anything is not as it should be.
    pub fn visitor(&mut self, part: &Part<'_>) -> anyhow::Result<Visitor> {
        let before = self.world.tickets(1)?.len();
        let answered = self.answers().len();
        let scanned = match part.code {
            Some(code) => Some(self.world.scan(1, code)?),
            None => {
                self.take_walk_in(part.name)?;
                None
            }
        };
        let outcome =
            until(&format!("the kiosk answers to {}", part.name), || self.answers().get(answered).cloned())?;
        ensure!(outcome == part.outcome, "{}: the kiosk answered {outcome}, not {}", part.name, part.outcome);
        let mut visitor = Visitor {
            reference: part.code.unwrap_or_default().to_owned(),
            outcome,
            number: None,
            counter: None,
            ticket: None,
            scan_to_wire_ms: None,
            call_to_board_ms: None,
        };
        if part.ticket {
            let slips = self.world.wait_for_tickets(1, before + 1)?;
            let slip = slips.last().context("no ticket")?;
            visitor.scan_to_wire_ms = scanned.map(|at| milliseconds(slip.last_byte_us.saturating_sub(at)));
            let stem = format!("ticket-{}", part.name);
            for ending in ["bin", "png"] {
                let kept = self.world.ticket_folder().join(format!("{}.{ending}", slip.stem));
                fs::copy(&kept, self.out.join(format!("{stem}.{ending}")))
                    .with_context(|| kept.display().to_string())?;
            }
            visitor.ticket = Some(stem);
            visitor.number = Some(self.number_of_ticket(before)?);
        }
        if visitor.outcome == "already" {
            visitor.number = Some(self.number_of_known()?);
        }
        let screen = self.world.kiosks[0].screen.display()?;
        settle(screen)?;
        screen.screenshot(&self.out.join(format!("kiosk-{}.png", part.name)))?;
        Ok(visitor)
    }

    /// The agent calls, and everybody who waits is served in turn. The browser pictures the desk.
    ///
    /// # Errors
    /// If anything is not as it should be.
    pub async fn serve(
        &mut self,
        agent: &Agent,
        browser: &Browser,
        visitors: &mut [Visitor],
    ) -> anyhow::Result<()> {
        let desk = format!("{}/console/counters/{}", self.world.url(), agent.counter);
        browser.picture(&desk, DESK_LIVE, &self.out.join("console-waiting.png")).await?;
        let mut drawn_before = Vec::new();
        for turn in 1.. {
            rested(self.world.boards[0].display()?)?;
            let pressed = Instant::now();
            match agent.act(CounterAction::CallNext).await? {
                Said::Done => {}
                Said::NobodyWaits => break,
                Said::No(words) => bail!("the agent cannot call: {words}"),
            }
            let board = self.world.boards[0].display()?;
            until("the call is on the board", || call_is_shown(board))?;
            let to_board = milliseconds(u64::try_from(pressed.elapsed().as_micros())?);
            settle(board)?;
            let drawn = board.pixels(HERO)?;
            ensure!(!drawn_before.contains(&drawn), "the board draws another number as it drew one before");
            drawn_before.push(drawn);
            board.screenshot(&self.out.join(format!("board-call-{turn}.png")))?;
            let call = self.world.wait_for_events("called", turn)?.pop().context("no call")?;
            let numbers: Vec<&str> =
                call["numbers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let counter = call["counter"].as_u64().context("a call to no counter")?;
            let shown = format!("numbers=\"{}\" counter=\"{counter}\"", numbers.join(", "));
            let board = self.world.boards[0].program()?;
            until("the board shows this number", || board.log().contains(&shown).then_some(()))?;
            let counter = u16::try_from(counter)?;
            let called = visitors
                .iter_mut()
                .filter(|visitor| visitor.number.as_deref().is_some_and(|n| numbers.contains(&n)));
            called.for_each(|visitor| {
                visitor.counter = Some(counter);
                visitor.call_to_board_ms = Some(to_board);
            });
            if turn == 1 {
                browser.picture(&desk, DESK_LIVE, &self.out.join("console-called.png")).await?;
            }
            for action in [CounterAction::Start, CounterAction::Finish] {
                ensure!(agent.act(action).await? == Said::Done, "the agent cannot {}", action.path());
            }
        }
        Ok(())
    }

    /// What is left in memory at the end.
    ///
    /// # Errors
    /// If a program is gone.
    pub fn resident(&mut self) -> anyhow::Result<Resident> {
        Ok(Resident {
            server: self.world.server_resident_mb()?,
            kiosk: self.world.kiosks[0].screen.program()?.resident_mb()?,
            board: self.world.boards[0].program()?.resident_mb()?,
        })
    }

    /// Touches « I have no appointment », then the first service.
    fn take_walk_in(&self, name: &str) -> anyhow::Result<()> {
        let screen = self.world.kiosks[0].screen.display()?;
        settle(screen)?;
        touch_until_it_turns(screen, NO_APPOINTMENT)?;
        settle(screen)?;
        screen.screenshot(&self.out.join(format!("kiosk-{name}-choice.png")))?;
        touch_until_it_turns(screen, FIRST_SERVICE)
    }

    /// What the kiosk answered so far, from its own log.
    fn answers(&mut self) -> Vec<String> {
        let log = self.world.kiosks[0].screen.program().map(|program| program.log()).unwrap_or_default();
        let answers = log.lines().filter(|line| line.contains("visitor answered"));
        answers
            .filter_map(|line| {
                Some(line.split("outcome=").nth(1)?.split_whitespace().next()?.trim_matches('"').to_owned())
            })
            .collect()
    }

    /// The number of the visitor who showed a booking once more.
    fn number_of_known(&self) -> anyhow::Result<String> {
        let seen = self.world.wait_for_events("seen_again", 1)?.pop().context("nobody")?;
        let issued = self.world.events("checked_in")?;
        let known = issued.iter().find(|fact| fact["visit"] == seen["visit"]).context("nobody's visit")?;
        known["number"].as_str().map(str::to_owned).context("a visit without a number")
    }

    /// The number of the ticket that was given after `before` others.
    fn number_of_ticket(&self, before: usize) -> anyhow::Result<String> {
        let issued = until("the ticket's fact is in the log", || {
            let mut issued = self.world.events("checked_in").ok()?;
            issued.extend(self.world.events("walk_in_taken").ok()?);
            (issued.len() > before).then_some(issued)
        })?;
        // Lanes count upwards, so the newest number of the one kiosk is the one after all others.
        let printed = until("the ticket is confirmed", || {
            self.world.events("ticket_printed").ok().filter(|printed| printed.len() > before)
        })?;
        ensure!(printed.len() == issued.len(), "{} tickets for {} visits", printed.len(), issued.len());
        printed[before]["number"].as_str().map(str::to_owned).context("a ticket without a number")
    }
}

/// The desk when its stream is there.
const DESK_LIVE: &str = "#link[data-state=live]";
/// Where a new call changes the board.
pub const HERO: Region = Region { x: 200, y: 200, width: 900, height: 400 };
/// « I have no appointment » on the first screen of a portrait kiosk.
const NO_APPOINTMENT: (i16, i16) = (540, 1700);
/// The first service on the screen after it.
const FIRST_SERVICE: (i16, i16) = (540, 700);

/// Waits until a board shows no call in its large part, so that the next change there is the next call
/// and nothing else. Every call stays there for some seconds.
///
/// # Errors
/// If it never does.
pub fn rested(board: &Display) -> anyhow::Result<Vec<u8>> {
    until("the board rests", || board.pixels(HERO).ok().filter(|pixels| !is_call(pixels)))?;
    settle(board)?;
    board.pixels(HERO)
}

/// Whether a call is in a part of the board.
pub fn is_call(pixels: &[u8]) -> bool {
    pixels.chunks_exact(4).any(|pixel| pixel[..3] == CALL_COLOUR)
}

/// Whether a call stands in the large part of the board: in the colour of calls, in large figures.
pub fn call_is_shown(board: &Display) -> Option<()> {
    let is_there = is_call(&board.pixels(HERO).ok()?) && board.tallest_line(HERO, INK).ok()? > 200;
    is_there.then_some(())
}

/// What numbers are written in, on the board's accent and on the kiosk: red, green, blue.
pub const INK: (u8, u8, u8) = (0x14, 0x21, 0x3D);
/// Where the number stands on the ticket page of a portrait kiosk.
pub const NUMBER: Region = Region { x: 60, y: 430, width: 960, height: 390 };

/// The accent, which is used for a call and for nothing else: blue, green, red.
const CALL_COLOUR: [u8; 3] = [0x4A, 0xC2, 0xFF];

/// The large words of a portrait kiosk's page.
pub const TITLE: Region = Region { x: 60, y: 200, width: 960, height: 390 };

/// Touches a place until another page comes: one that has just come takes no touch, and people touch again.
fn touch_until_it_turns(kiosk: &Display, (x, y): (i16, i16)) -> anyhow::Result<()> {
    let before = kiosk.pixels(TITLE)?;
    until("the kiosk turns the page", || {
        kiosk.touch(x, y).ok()?;
        (kiosk.pixels(TITLE).ok()? != before).then_some(())
    })
}

/// Waits until the picture stands still, so that no half-drawn screen is kept.
///
/// # Errors
/// If it never does.
pub fn settle(display: &Display) -> anyhow::Result<()> {
    let mut last = Vec::new();
    let mut same = 0;
    until("the screen stands still", || {
        let now = display.pixels(display.whole()).ok()?;
        same = if now == last { same + 1 } else { 0 };
        last = now;
        (same >= 5).then_some(())
    })
}

fn milliseconds(microseconds: u64) -> f64 {
    (microseconds as f64 / 100.0).round() / 10.0
}

/// Writes the summary.
///
/// # Errors
/// If the file cannot be written.
pub fn write_summary(summary: &Summary, out: &Path) -> anyhow::Result<()> {
    fs::write(out.join("summary.json"), serde_json::to_string_pretty(summary)?)?;
    Ok(())
}

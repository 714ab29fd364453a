//! The kiosk is killed at every step of a ticket's path, while a visitor stands there.

use super::{Options, Proof, Verdict};
use crate::{Day, Setup, World, until, world::Print};
use anyhow::{Context, bail, ensure};
use domain::TicketNumber;
use kiosk::fail_points::{ALL, RECOVERING};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// The proof.
pub const PROOF: Proof = Proof {
    name: "kill-kiosk",
    about: "the kiosk is killed at each step of a ticket's path: nobody is lost, no paper is without a record, \
            nothing is printed twice",
    run,
};

/// The step at which a ticket is left to be found by a start that is killed itself.
const PRINTING: &str = "kiosk-handed-over";
/// After how long without an answer a visitor shows the code again.
const SHOWN_AGAIN: Duration = Duration::from_secs(5);
/// Who comes before anything goes wrong.
const FIRST: &str = "first";
/// When everybody is expected, in minutes after the start: within their window for forty minutes.
const SLOT: i64 = 25;

fn run(options: &Options) -> anyhow::Result<Verdict> {
    let (cycles, begun) = (options.cycles(20), Instant::now());
    let mut hall = Hall::start(cycles)?;
    for point in ALL {
        let (mut visitor, mut kills) = (0, 0);
        while kills < cycles {
            visitor += 1;
            ensure!(visitor <= invited(cycles), "{point} is reached too often before anybody comes");
            let seen = hall.visitor(point, &code(point, visitor));
            kills += u64::from(seen.with_context(|| format!("{point}, visitor {visitor}"))?);
        }
    }
    let mut verdict = Verdict::default();
    // Nothing is drawn here: the steps are the choice.
    verdict.figure("steps", ALL.len());
    verdict.figure("kills_each", cycles);
    hall.judge(&mut verdict)?;
    verdict.figure("seconds", begun.elapsed().as_secs());
    Ok(verdict)
}

/// How many visitors are expected for a step at which so many have to see the kiosk end.
fn invited(cycles: u64) -> u64 {
    cycles * 2 + 3
}

fn code(point: &str, visitor: u64) -> String {
    format!("{point}-{visitor}").to_uppercase()
}

/// A hall with one kiosk, which is ended between two visitors, and what happened in it.
struct Hall {
    world: World,
    visitors: usize,
    /// Whoever showed the code again and had been recorded.
    seen_again: usize,
    /// Visitors who were told a number, and did not find it again.
    forgotten: usize,
    /// Kills that came before the visitor: what the visitor before had left was on its way to the server.
    early_kills: usize,
}

impl Hall {
    fn start(cycles: u64) -> anyhow::Result<Self> {
        let everybody =
            ALL.iter().flat_map(|point| (1..=invited(cycles)).map(|visitor| code(point, visitor)));
        let day = everybody
            .fold(Day::at("09:40").booked(FIRST, SLOT, "RT"), |day, code| day.booked(&code, SLOT, "RT"));
        // A printer that takes letters, so that the numbers can be read back.
        let mut world = World::start(&Setup { printer_profile: "serial-text", ..Setup::new(day) })?;
        world.scan(1, FIRST)?;
        world.wait_for_events("ticket_printed", 1)?;
        world.power_cut(1)?;
        Ok(Self { world, visitors: 1, seen_again: 0, forgotten: 0, early_kills: 0 })
    }

    /// One visitor, at whose ticket the kiosk is killed, and who shows the code again when it is back. Gives whether
    /// it was killed while the visitor stood there, and not before.
    fn visitor(&mut self, point: &str, code: &str) -> anyhow::Result<bool> {
        let before = self.answers()?.len();
        self.arm(if point == RECOVERING { PRINTING } else { point })?;
        // A kiosk that ends before its window is there says nothing.
        let is_early = self.world.kiosks[0].screen.program()?.line().is_err();
        self.early_kills += usize::from(is_early);
        self.show(code, "the kiosk ends", |hall| hall.has_ended().then_some(()))?;
        if point == RECOVERING {
            self.arm(point)?;
            until("the kiosk ends while it recovers", || self.has_ended().then_some(()))?;
        }
        self.world.start_kiosk(1)?;
        let heard = self.answers()?.split_off(before);
        let told = before + heard.len();
        let now = self.show(code, "the kiosk answers", |hall| hall.answers().ok()?.get(told).cloned())?;
        self.visitors += 1;
        let number = self.number_of(code)?;
        match now.as_str() {
            "accepted" => {
                self.forgotten += heard.len();
                until("the ticket is out", || self.is_out(&number).ok()?.then_some(()))?;
            }
            "already" | "in_doubt" => {
                self.seen_again += 1;
                self.world.wait_for_events("seen_again", self.seen_again)?;
            }
            other => bail!("the kiosk answered {other}"),
        }
        self.world.power_cut(1)?;
        Ok(!is_early)
    }

    /// The visitor shows a code until something comes of it: a reader that is just being opened forgets what it
    /// read.
    fn show<T>(
        &mut self,
        code: &str,
        what: &str,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> anyhow::Result<T> {
        let mut shown = None;
        until(what, || {
            if shown.is_none_or(|at: Instant| at.elapsed() > SHOWN_AGAIN) && self.world.scan(1, code).is_ok()
            {
                shown = Some(Instant::now());
            }
            look(self)
        })
    }

    /// Starts the kiosk so that it ends at a point.
    fn arm(&mut self, point: &str) -> anyhow::Result<()> {
        let folder = self.world.folder().to_owned();
        let points = format!("{point}=panic");
        self.world.kiosks[0].screen.launch_under(&folder, &[], &[("FAILPOINTS", &points)])
    }

    fn has_ended(&mut self) -> bool {
        self.world.kiosks[0].screen.program().is_ok_and(|program| !program.is_running())
    }

    /// What the kiosk answered to everybody so far, by its own log.
    fn answers(&mut self) -> anyhow::Result<Vec<String>> {
        let log = self.world.kiosks[0].screen.program()?.log();
        let answers = log.lines().filter(|line| line.contains("visitor answered"));
        let words = answers.filter_map(|line| line.split("outcome=").nth(1)?.split_whitespace().next());
        Ok(words.map(|word| word.trim_matches('"').to_owned()).collect())
    }

    /// The one number of the visitor who came last, as the server has it.
    fn number_of(&self, code: &str) -> anyhow::Result<String> {
        let events = self.world.wait_for_events("checked_in", self.visitors)?;
        let last = events.last().and_then(|event| event["number"].as_str());
        last.map(str::to_owned).with_context(|| format!("{code} has no number"))
    }

    fn is_out(&self, number: &str) -> anyhow::Result<bool> {
        Ok(self.world.events("ticket_printed")?.iter().any(|event| event["number"] == number))
    }

    /// What is left of it all at the end of the day.
    fn judge(mut self, verdict: &mut Verdict) -> anyhow::Result<()> {
        let events = self.world.events("checked_in")?;
        let of =
            |key: &str| -> BTreeSet<&str> { events.iter().filter_map(|event| event[key].as_str()).collect() };
        let (visits, numbers) = (of("visit"), of("number"));
        verdict.exactly("visitors", self.visitors, &events.len());
        verdict.exactly("visits_lost", self.visitors.saturating_sub(visits.len()), &0);
        verdict.exactly("numbers_given_twice", events.len() - numbers.len(), &0);
        verdict.exactly("numbers_forgotten", self.forgotten, &0);

        let mut papers: BTreeMap<String, usize> = BTreeMap::new();
        let mut blank = 0;
        let slips = self.world.tickets(1)?;
        for slip in slips.iter().filter(|slip| slip.printed) {
            let text = self.world.ticket_text(slip)?;
            let bears: BTreeSet<&str> =
                text.split_whitespace().filter(|word| word.parse::<TicketNumber>().is_ok()).collect();
            blank += usize::from(slip.complete && bears.is_empty());
            bears.into_iter().for_each(|number| *papers.entry(number.to_owned()).or_default() += 1);
        }
        let unknown = papers.keys().filter(|number| !numbers.contains(number.as_str())).count();
        verdict.figure("papers", papers.values().sum::<usize>());
        verdict.exactly("papers_without_a_record", unknown + blank, &0);
        verdict.exactly("printed_twice", papers.values().filter(|count| **count > 1).count(), &0);

        let numbers: BTreeSet<String> = numbers.into_iter().map(str::to_owned).collect();
        self.world.start_kiosk(1)?;
        let prints = self.world.prints_after_power_cut(1)?;
        let on_record: BTreeSet<String> = prints.iter().map(|print| print.number.clone()).collect();
        verdict.require(on_record == numbers && prints.len() == numbers.len(), || {
            format!("the kiosk has {} print jobs for {} numbers", prints.len(), numbers.len())
        });
        let ended = |print: &Print| ["printed", "sent"].contains(&print.state.as_str());
        let confirmed = prints.iter().filter(|print| ended(print));
        let (out, not_out): (Vec<_>, Vec<_>) =
            confirmed.partition(|print| papers.contains_key(&print.number));
        verdict.figure("printed", out.len());
        verdict.exactly("said_to_be_printed_and_not_out", not_out.len(), &0);
        let open = prints.iter().filter(|print| !ended(print) && print.state != "unknown").count();
        verdict.exactly("prints_left_open", open, &0);
        verdict.figure("asked_whether_it_came_out", prints.len() - out.len());
        verdict.figure("kills_before_the_visitor", self.early_kills);
        Ok(())
    }
}

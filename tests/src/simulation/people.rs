//! Visitors at kiosks, agents at counters, and what they saw: the truth that the record is held against.

use super::{
    Counts,
    hall::{Hall, Happening, word},
    office::Outcome,
    wire::{Node, site},
};
use anyhow::ensure;
use domain::{
    Actor, AgentId, Branch, Command, CounterId, Ending, FollowHash, Language, ServiceId, TicketNumber,
    VisitState, event::Place,
};
use hardware::{JobOutcome, PrinterFault};
use kiosk::{
    flow::{Code, Effect, Msg},
    reception::{Outcome as Told, Paper, Ticket},
};
use protocol::lookup::follow_hash;
use rand::{Rng, seq::IndexedRandom};
use server::writer::WriteError;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Questions of agents are counted apart from those of devices.
const PRESSES: u64 = 1 << 60;

/// Somebody at a kiosk.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Which kiosk.
    pub kiosk: usize,
    /// What for.
    pub wants: Wants,
}

/// What somebody at a kiosk does.
#[derive(Clone, Debug)]
pub enum Wants {
    /// Shows the code of a booking.
    Booked(String),
    /// Asks for a ticket without one.
    WalkIn,
    /// Shows some ticket that was given before.
    ShowsTicket,
    /// Says whether a ticket came out.
    Says {
        /// Of which job.
        job: u64,
        /// Whether it did.
        came_out: bool,
    },
}

/// A button at a counter.
#[derive(Clone, Debug)]
pub struct Press {
    /// Whose.
    pub counter: u16,
    /// The key of this press, and what it means, once that is settled: pressed again, it is the same.
    pub settled: Option<(Uuid, Command)>,
}

/// A ticket as whoever was there knows it.
#[derive(Clone, Debug)]
pub struct Truth {
    /// When its holder really came, in milliseconds since 1970.
    pub at: i64,
    /// Where.
    pub kiosk: usize,
    /// What it bears.
    pub number: TicketNumber,
}

/// A paper in somebody's hand.
#[derive(Clone, Debug)]
pub struct InHand {
    /// Where it came out.
    pub kiosk: usize,
    /// What it bears.
    pub number: TicketNumber,
    /// Whose it is.
    pub follow: FollowHash,
}

/// Everything that people know.
#[derive(Debug, Default)]
pub struct People {
    /// Who was told a number of their own, and when.
    pub truth: BTreeMap<FollowHash, Truth>,
    /// What came out of printers.
    pub papers: Vec<InHand>,
    /// How often each ticket was given to a printer.
    pub prints: BTreeMap<FollowHash, u32>,
    /// What agents were answered, by the key of the press.
    pub(super) answers: BTreeMap<Uuid, String>,
    presses: BTreeMap<u64, Press>,
    tokens: Vec<String>,
    asked: u64,
    came: BTreeMap<u64, i64>,
    /// What happened.
    pub counts: Counts,
    /// How many numbers are in two hands.
    pub shared: usize,
    /// Beside which kiosk a second one stands with a copy of its disk.
    pub twins: BTreeMap<usize, usize>,
}

impl Hall {
    /// Somebody does something at a kiosk. Where it does not work, they go to another one.
    pub(super) fn visit(&mut self, visitor: Visitor) -> anyhow::Result<()> {
        let Visitor { kiosk, wants } = visitor;
        let twin = self.people.twins.get(&kiosk).filter(|_| !matches!(wants, Wants::Says { .. }));
        let kiosk = twin.copied().filter(|_| self.chance.random_bool(0.5)).unwrap_or(kiosk);
        if !self.kiosks[kiosk].is_running() {
            if !matches!(wants, Wants::Says { .. }) && self.plan.is_open(self.now()) {
                let kiosk = self.chance.random_range(0..self.kiosks.len());
                let walk = self.chance.random_range(5_000..30_000);
                self.after(walk, Happening::Visit(Visitor { kiosk, wants }));
            }
            return Ok(());
        }
        self.people.asked += 1;
        let (request, language) = (self.people.asked, Language::new("fr"));
        let code = |code: String| Effect::CheckIn { request, code: Code(code), language: language.clone() };
        let effect = match wants {
            Wants::Booked(reference) => code(reference),
            Wants::ShowsTicket => match self.people.tokens.choose(&mut self.chance) {
                Some(token) => code(token.clone()),
                None => return Ok(()),
            },
            Wants::WalkIn => Effect::WalkIn { request, service: ServiceId::new("C"), language },
            Wants::Says { job, came_out } => Effect::Answer { job, came_out },
        };
        let now = self.now();
        self.people.came.insert(request, now);
        self.kiosks[kiosk].visitor(effect);
        self.let_work(Node::Kiosk(kiosk))
    }

    /// The screen says something.
    pub(super) fn hear(&mut self, kiosk: usize, msg: Msg) -> anyhow::Result<()> {
        match msg {
            Msg::Decided { request, outcome: Some(outcome) } => {
                self.note(format_args!("kiosk {kiosk} answers {}", outcome.word()));
                match outcome {
                    Told::Issued(ticket) => {
                        let at = self.people.came.get(&request).copied().unwrap_or_default();
                        let truth = Truth { at, kiosk, number: ticket.number };
                        self.people.counts.tickets += 1;
                        self.people.truth.insert(follow_hash(&ticket.token), truth);
                        self.people.tokens.push(ticket.token);
                    }
                    Told::InDoubt(ticket, _) => self.ask_about(kiosk, ticket.job),
                    _ => {}
                }
            }
            Msg::Decided { outcome: None, .. } => {
                ensure!(self.kiosks[kiosk].is_full(), "kiosk {kiosk} could not record somebody");
                self.people.counts.full += 1;
            }
            Msg::Paper { job, paper: Paper::Unknown(_) } => self.ask_about(kiosk, job),
            _ => {}
        }
        Ok(())
    }

    /// Somebody is asked whether a ticket came out, and may go without a word.
    fn ask_about(&mut self, kiosk: usize, job: u64) {
        if self.chance.random_bool(0.6) {
            let wants = Wants::Says { job, came_out: self.chance.random_bool(0.5) };
            let thinks = self.chance.random_range(1_000..15_000);
            self.after(thinks, Happening::Visit(Visitor { kiosk, wants }));
        }
    }

    /// The program gives the printer a ticket, which must not happen twice by itself.
    pub(super) fn handed_over(&mut self, kiosk: usize, ticket: &Ticket) -> anyhow::Result<()> {
        let times = self.people.prints.entry(follow_hash(&ticket.token)).or_default();
        *times += 1;
        ensure!(*times == 1, "kiosk {kiosk} prints {} {times} times by itself", ticket.number);
        Ok(())
    }

    /// What the printer makes of a job: whether paper comes out, and what it says.
    pub(super) fn draw_print(&mut self) -> (bool, Option<JobOutcome>) {
        if !self.chance.random_bool(self.plan.printer_faults) {
            return (true, Some(JobOutcome::Printed));
        }
        match self.chance.random_range(0..5) {
            0 => (true, Some(JobOutcome::Sent)),
            1 => (false, Some(JobOutcome::NotStarted(PrinterFault::PaperOut))),
            2 => (true, Some(JobOutcome::Unknown(PrinterFault::Silent))),
            3 => (false, Some(JobOutcome::Unknown(PrinterFault::Silent))),
            _ => (self.chance.random_bool(0.5), None),
        }
    }

    /// A paper comes out, whatever became of the program.
    pub(super) fn paper(&mut self, kiosk: usize, ticket: &Ticket) -> anyhow::Result<()> {
        self.note(format_args!("kiosk {kiosk}: paper {}", ticket.number));
        self.people.counts.papers += 1;
        self.people.papers.push(InHand {
            kiosk,
            number: ticket.number.clone(),
            follow: follow_hash(&ticket.token),
        });
        Ok(())
    }

    /// Somebody presses a button at a counter.
    pub(super) fn press(&mut self, press: Press) -> anyhow::Result<()> {
        if !self.plan.is_open(self.now()) {
            return Ok(());
        }
        if !self.office.is_running() {
            self.after(2_000, Happening::Press(press));
            return Ok(());
        }
        let (id, command) = match press.settled {
            Some(settled) => settled,
            None => {
                let site = site();
                let command =
                    choose(&mut self.chance, &self.office.log(&site)?.site.live().branch, press.counter);
                (Uuid::from_u128(self.chance.random()), command)
            }
        };
        self.people.asked += 1;
        let ask = PRESSES + self.people.asked;
        let actor = Actor::Supervisor(AgentId(Uuid::from_u128(press.counter.into())));
        self.note(format_args!("counter {} presses {command:?}", press.counter));
        self.office.command(ask, id, command.clone(), actor);
        let press = Press { settled: Some((id, command)), ..press };
        self.people.presses.insert(ask, press);
        self.after(1, Happening::Work);
        Ok(())
    }

    /// An agent is answered, or presses again because no answer came.
    pub(super) fn pressed(&mut self, ask: u64, outcome: Outcome) -> anyhow::Result<()> {
        let Some(press) = self.people.presses.remove(&ask) else { return Ok(()) };
        self.note(format_args!("counter {} hears {}", press.counter, word(&outcome)));
        let (Outcome::Decided(answer), Some((id, command))) = (outcome, &press.settled) else {
            return Ok(());
        };
        let is_kept = match &answer {
            Ok(_) => true,
            Err(WriteError::DiskFull) if self.office.is_full() => {
                self.people.counts.full += 1;
                self.after(3_000, Happening::Press(press));
                return Ok(());
            }
            Err(WriteError::Refused(refusal)) => !matches!(refusal, domain::Refusal::RecallTooSoon { .. }),
            Err(error) => anyhow::bail!("an agent is told: {error}"),
        };
        self.people.counts.calls += usize::from(matches!(command, Command::CallNext(_)) && answer.is_ok());
        let text = format!("{answer:?}");
        if is_kept && let Some(before) = self.people.answers.insert(*id, text.clone()) {
            ensure!(before == text, "the same press was answered otherwise: {before} and {text}");
        }
        let is_lost = self.chance.random_bool(self.plan.lost);
        let press = if is_lost { press } else { Press { settled: None, ..press } };
        let busy = self.chance.random_range(if is_lost { 1_000..6_000 } else { 4_000..40_000 });
        self.after(busy, Happening::Press(press));
        Ok(())
    }

    /// Whoever waited for the server when it crashed presses the same again.
    pub(super) fn press_again(&mut self) {
        for press in std::mem::take(&mut self.people.presses).into_values() {
            self.after(3_000, Happening::Press(press));
        }
    }
}

/// What an agent does next who sees this hall.
fn choose(chance: &mut impl Rng, branch: &Branch, counter: u16) -> Command {
    let id = CounterId(counter);
    if !branch.counters.contains_key(&id) {
        return Command::OpenCounter(id);
    }
    let dice = chance.random_range(0..100);
    let doubted: Vec<&TicketNumber> =
        branch.in_doubt().into_iter().filter_map(|visit| visit.numbers.first()).collect();
    if let Some(number) = doubted.choose(chance).filter(|_| dice < 20) {
        return Command::Confirm { number: (*number).clone() };
    }
    match branch.at_counter(id).map(|visit| &visit.state) {
        Some(VisitState::Called { .. }) => match dice {
            0..60 => Command::Start(id),
            60..75 => Command::NoShow(id),
            75..85 => Command::Recall(id),
            85..90 => Command::Undo(id),
            _ => Command::ReturnToQueue(id),
        },
        Some(_) => match dice {
            0..60 => Command::Finish { counter: id, delivered: None },
            60..70 => Command::Park { counter: id, minutes: chance.random_range(1..5) },
            70..80 => {
                let place =
                    *[Place::First, Place::InOrder, Place::Last].choose(chance).unwrap_or(&Place::Last);
                Command::Transfer { counter: id, to: ServiceId::new("C"), place, note: None }
            }
            80..85 => Command::AddService { counter: id, service: ServiceId::new("A") },
            85..93 => Command::Undo(id),
            _ => Command::ReturnToQueue(id),
        },
        None => aside(chance, branch, id, dice),
    }
}

/// What an agent does who is free.
fn aside(chance: &mut impl Rng, branch: &Branch, id: CounterId, dice: u32) -> Command {
    let numbers: Vec<&TicketNumber> = branch.numbers.keys().collect();
    let mut some = || numbers.choose(chance).map(|number| (*number).clone());
    let (Some(number), Some(other)) = (some(), some()) else { return Command::CallNext(id) };
    match dice {
        0..62 => Command::CallNext(id),
        62..68 => Command::Call { counter: id, number },
        68..74 => Command::Undo(id),
        74..80 => Command::BringBack { number },
        80..84 => Command::End { number, how: Ending::Left },
        84..89 => Command::Merge { number, into: other },
        89..93 => Command::Split { number },
        93..97 => Command::SeeCard { number, shown: dice < 95 },
        97 => Command::Pause(id),
        98 => Command::Resume(id),
        _ => Command::CloseCounter(id),
    }
}

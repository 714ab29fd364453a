//! `printer`: a printer that dies at each byte of a ticket.
//!
//! A kiosk without a window prints a ticket, and at one byte of it the connection closes, the power goes or the
//! roll ends. The visitor is asked and says that there is no ticket. What must hold: the same number comes again,
//! marked DUPLICATA; nobody gets a second number; nothing is printed a second time by itself; and the record says
//! how each print ended. With a ticket in text every byte meets every death; with a ticket in one picture, which
//! has more than a hundred times as many, the deaths take turns, at each byte of its beginning and its end and at each
//! 31st between. `--cycles N` spreads N cuts over all bytes instead; as many as there are take more than an hour.

use super::{Options, Proof, Verdict};
use crate::{
    paper,
    wait::PATIENCE,
    windowless::{Left, PRINTER, Windowless},
};
use anyhow::{Context, bail};
use hardware::{
    Profile,
    escpos::{Barrier, Mode},
    sim::{Fault, SlipRecord},
};
use kiosk::flow::{Msg, Page, PaperState};
use protocol::Envelope;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// The proof.
pub const PROOF: Proof =
    Proof { name: "printer", about: "a printer that dies at each byte of a ticket", run };

/// Before a ticket the printer is asked for its state: so many bytes come first.
const STATUS_BYTES: u64 = hardware::escpos::STATUS_REQUEST.len() as u64;
/// Kiosks that work at once: most of the time they wait for the printer.
const KIOSKS: usize = 12;
/// Visitors of one kiosk, far below the numbers that it has.
const VISITORS: usize = 250;
/// At each of so many bytes at the beginning and the end of a picture, and at one of so many between. The step has no
/// divisor in common with the number of deaths, so that each comes everywhere.
const EDGE: u64 = 200;
const STEP: u64 = 31;
/// Of so many whole tickets with a picture, the code of one is read.
const CODES_READ_EACH: usize = 25;

/// How a printer dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    Closed,
    PowerOff,
    PaperOut,
}

const DEATHS: [Death; 3] = [Death::Closed, Death::PowerOff, Death::PaperOut];

/// At which byte of a ticket, and how.
type Cut = (u64, Death);

/// What was found at some cuts.
#[derive(Debug, Default)]
struct Found {
    cuts: u64,
    /// The printer confirmed all the same: it died behind the ticket.
    printed: u64,
    /// Not a byte of the ticket was sent.
    failed: u64,
    /// Nobody could know, and the visitor was asked.
    unknown: u64,
    /// Printed once more.
    duplicates: u64,
    /// Printed once the roll was changed, from the printer's own memory.
    late: u64,
    /// The first ticket came out whole as well.
    both: u64,
    second_numbers: u64,
    unmarked: u64,
    automatic: u64,
    wrong_records: u64,
}

fn run(options: &Options) -> anyhow::Result<Verdict> {
    let began = Instant::now();
    let mut text = Profile::built_in("serial-text")?;
    // With the mark of its job in the answer a kiosk need not wait until an old answer cannot come any more.
    text.barrier = Barrier::GsParenH;
    let picture = Profile::built_in("epson-tm-t20")?;
    let (text_bytes, picture_bytes) = (ticket_bytes(&text)?, ticket_bytes(&picture)?);
    let in_text = (0..=text_bytes).flat_map(|byte| DEATHS.map(|death| (&text, (byte, death))));
    let in_picture = (0..=picture_bytes).zip(DEATHS.into_iter().cycle()).map(|cut| (&picture, cut));
    let all: Vec<(&Profile, Cut)> = in_text.chain(in_picture).collect();
    let (seed, total) = (options.seed(), all.len() as u64);
    let chosen: Vec<&(&Profile, Cut)> = match options.cycles {
        // Spread over all of them; with as many cycles as there are cuts, each is made once.
        Some(cycles) => {
            let cycles = cycles.clamp(1, total);
            let place = |at: u64| usize::try_from((at * total + seed % total) / cycles % total);
            (0..cycles).filter_map(|at| all.get(place(at).ok()?)).collect()
        }
        None => {
            let is_usual =
                |(byte, _): &Cut| *byte < EDGE || picture_bytes - byte < EDGE || byte % STEP == seed % STEP;
            all.iter().filter(|(profile, cut)| profile.mode == Mode::Text || is_usual(cut)).collect()
        }
    };
    let cuts = count(chosen.len());
    let mut batches: VecDeque<(&Profile, Vec<Cut>)> = VecDeque::new();
    for (profile, cut) in chosen {
        match batches.back_mut() {
            Some((last, cuts)) if last == profile && cuts.len() < VISITORS => cuts.push(*cut),
            _ => batches.push_back((profile, vec![*cut])),
        }
    }
    let found = all_batches(batches)?;
    let mut verdict = Verdict::default();
    verdict.figure("seed", seed);
    verdict.figure("text_bytes", text_bytes);
    verdict.figure("picture_bytes", picture_bytes);
    verdict.exactly("cuts", found.cuts, &cuts);
    verdict.figure("printed", found.printed);
    verdict.figure("failed", found.failed);
    verdict.figure("unknown", found.unknown);
    verdict.figure("late", found.late);
    verdict.figure("both", found.both);
    verdict.exactly("duplicates", found.duplicates, &(found.unknown - found.late));
    verdict.exactly("second_numbers", found.second_numbers, &0);
    verdict.exactly("unmarked_duplicates", found.unmarked, &0);
    verdict.exactly("second_automatic_prints", found.automatic, &0);
    verdict.exactly("wrong_records", found.wrong_records, &0);
    verdict.require(found.unknown > 0, || "no print was in doubt: nothing was proved".into());
    verdict.figure("seconds", began.elapsed().as_secs());
    Ok(verdict)
}

/// How many bytes a ticket has on this printer.
fn ticket_bytes(profile: &Profile) -> anyhow::Result<u64> {
    let mut kiosk = Windowless::start(profile, 1)?;
    kiosk.scan("RDV-0")?;
    kiosk.until("the ticket is out", |view| view.paper == PaperState::Printed)?;
    let slips = kiosk.control.slips(PRINTER)?.slips;
    let bytes = slips.first().context("no slip")?.bytes;
    kiosk.end()?;
    Ok(bytes.try_into()?)
}

fn all_batches(batches: VecDeque<(&Profile, Vec<Cut>)>) -> anyhow::Result<Found> {
    let queue = Mutex::new(batches);
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let work = || {
        let mut found = Vec::new();
        while let Some((profile, cuts)) = next() {
            found.push(batch(profile, &cuts)?);
        }
        anyhow::Ok(found)
    };
    let parts: Vec<anyhow::Result<Vec<Found>>> = std::thread::scope(|scope| {
        let kiosks: Vec<_> = (0..KIOSKS).map(|_| scope.spawn(work)).collect();
        let joined = kiosks.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|kiosk| kiosk.unwrap_or_else(|_| bail!("a kiosk panicked"))).collect()
    });
    let parts: Vec<Vec<Found>> = parts.into_iter().collect::<Result<_, _>>()?;
    Ok(parts.into_iter().flatten().fold(Found::default(), Found::with))
}

/// One kiosk, one visitor for each cut.
fn batch(profile: &Profile, cuts: &[Cut]) -> anyhow::Result<Found> {
    let mut kiosk = Windowless::start(profile, cuts.len())?;
    let mut found = Found::default();
    let mut expected = Vec::new();
    for (visitor, cut) in cuts.iter().enumerate() {
        let ended = visit(&mut kiosk, visitor, *cut).with_context(|| format!("{cut:?}"))?;
        found.cuts += 1;
        expected.push(ended);
    }
    let slips = kiosk.control.slips(PRINTER)?.slips;
    examine(&kiosk.end()?, &slips, profile.mode, &expected, &mut found)?;
    Ok(found)
}

/// How a visitor's tickets ended.
#[derive(Clone, Debug)]
struct Ended {
    number: String,
    paper: Paper,
    /// The screen showed another number later.
    another_number: bool,
}

/// What became of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paper {
    Printed,
    Failed,
    Duplicate,
    /// No duplicate, but the first one came when there was paper again.
    Late,
}

impl Paper {
    /// How the print jobs must have ended, the duplicate's last.
    fn states(self) -> &'static [&'static str] {
        match self {
            Self::Printed => &["printed"],
            Self::Failed => &["failed"],
            Self::Duplicate => &["answered", "printed"],
            Self::Late => &["answered", "failed"],
        }
    }

    /// What the kiosk must have stated.
    fn facts(self) -> &'static [&'static str] {
        match self {
            Self::Printed => &["checked_in", "ticket_printed"],
            Self::Failed => &["checked_in"],
            Self::Duplicate => &["checked_in", "print_uncertain", "print_answered", "ticket_reprinted"],
            Self::Late => &["checked_in", "print_uncertain", "print_answered"],
        }
    }
}

/// A visitor whose ticket meets the cut, and who says so.
fn visit(kiosk: &mut Windowless, visitor: usize, (byte, death): Cut) -> anyhow::Result<Ended> {
    let bytes = STATUS_BYTES + byte;
    let fault = match death {
        Death::Closed => Fault::DropAfter(bytes),
        Death::PowerOff => Fault::PowerOffAfter(bytes),
        Death::PaperOut => Fault::PaperOutAfter(bytes),
    };
    let before = kiosk.until("a visitor can come", |_| true)?.number;
    let whole = kiosk.control.slips(PRINTER)?.slips.iter().filter(|slip| is_whole(slip)).count();
    kiosk.control.fault(PRINTER, fault)?;
    kiosk.scan(&format!("RDV-{visitor}"))?;
    let shown = kiosk.until("it is known what became of the ticket", |view| {
        let is_known = match view.page {
            Page::Ticket => view.paper != PaperState::Printing,
            page => page == Page::PrintQuestion,
        };
        is_known && view.number != before
    })?;
    let ended = |paper, later: &str| Ended {
        another_number: later != shown.number,
        number: shown.number.clone(),
        paper,
    };
    if shown.page == Page::Ticket {
        repair(kiosk, fault)?;
        let paper = if shown.paper == PaperState::Printed { Paper::Printed } else { Paper::Failed };
        return Ok(ended(paper, &shown.number));
    }
    if death == Death::PaperOut {
        // Nobody has changed the roll yet: there is no second paper, and the first may come when somebody has.
        kiosk.touch(Msg::PrintAnswer(false))?;
        let later = shows(kiosk, PaperState::Failed)?;
        repair(kiosk, fault)?;
        kiosk.control.wait_for_slips(PRINTER, whole + 1, Instant::now() + PATIENCE)?;
        return Ok(ended(Paper::Late, &later));
    }
    repair(kiosk, fault)?;
    kiosk.until("the printer is there again", |view| view.printer_ready)?;
    kiosk.touch(Msg::PrintAnswer(false))?;
    let later = shows(kiosk, PaperState::Printed)?;
    Ok(ended(Paper::Duplicate, &later))
}

/// Waits until the screen shows this of the paper, and gives the number that stands beside it.
fn shows(kiosk: &mut Windowless, paper: PaperState) -> anyhow::Result<String> {
    Ok(kiosk
        .until("the second try has ended", |view| view.page == Page::Ticket && view.paper == paper)?
        .number)
}

/// Whatever happened, or did not happen in time, is put right.
fn repair(kiosk: &mut Windowless, fault: Fault) -> anyhow::Result<()> {
    kiosk.control.repair(PRINTER, fault)?;
    kiosk.control.repair(PRINTER, Fault::PaperOut)?;
    kiosk.control.plug(PRINTER)?;
    Ok(())
}

fn is_whole(slip: &SlipRecord) -> bool {
    slip.complete && slip.printed
}

/// Holds what is on record and on paper against what the visitors met with.
fn examine(
    left: &Left,
    slips: &[SlipRecord],
    mode: Mode,
    visitors: &[Ended],
    found: &mut Found,
) -> anyhow::Result<()> {
    let record = Record::read(left)?;
    let numbers: BTreeSet<&String> = visitors.iter().map(|visitor| &visitor.number).collect();
    found.second_numbers += count(record.tickets.abs_diff(visitors.len()));
    found.second_numbers += count(visitors.len() - numbers.len());
    for Ended { number, paper, another_number } in visitors {
        let (jobs, facts) = (record.jobs.get(number), record.facts.get(number));
        let jobs = jobs.map(Vec::as_slice).unwrap_or_default();
        let states: Vec<&str> = jobs.iter().map(|(state, _)| &**state).collect();
        let automatic = jobs.iter().filter(|(_, duplicate)| !duplicate).count();
        let is_right = states == paper.states() && facts.is_some_and(|facts| facts == paper.facts());
        found.automatic += count(automatic.abs_diff(1));
        found.second_numbers += u64::from(*another_number);
        found.wrong_records += u64::from(!is_right);
        match paper {
            Paper::Printed => found.printed += 1,
            Paper::Failed => found.failed += 1,
            Paper::Duplicate | Paper::Late => found.unknown += 1,
        }
        found.duplicates += u64::from(*paper == Paper::Duplicate);
        found.late += u64::from(*paper == Paper::Late);
    }
    let mut whole = slips.iter().filter(|slip| is_whole(slip)).enumerate().peekable();
    for visitor in visitors.iter().filter(|visitor| visitor.paper != Paper::Failed) {
        let mut take = |marked: bool| {
            let Some((at, slip)) = whole.peek() else { return anyhow::Ok(false) };
            let stem = left.slips.join(&slip.stem);
            if is_marked(&stem, mode)? != marked {
                return Ok(false);
            }
            // Reading a code takes long; whose ticket it is cannot change between two of them.
            let is_read = mode == Mode::Text || at % CODES_READ_EACH == 0;
            found.second_numbers += u64::from(is_read && !bears(&stem, mode, &visitor.number, &record)?);
            whole.next();
            Ok(true)
        };
        if visitor.paper == Paper::Duplicate {
            // It died behind the last dot: the first one came out whole after all, beside its duplicate.
            let both = take(false)?;
            let is_there = take(true)?;
            found.both += u64::from(both);
            found.unmarked += u64::from(!is_there);
        } else {
            let is_there = take(false)?;
            found.unmarked += u64::from(!is_there);
        }
    }
    // What is left over was printed by itself.
    found.automatic += count(whole.count());
    Ok(())
}

fn is_marked(stem: &Path, mode: Mode) -> anyhow::Result<bool> {
    match mode {
        Mode::Text => says(stem, "DUPLICATA"),
        Mode::Raster => paper::has_banner(&stem.with_extension("png")),
    }
}

/// Whether a ticket is that of a number.
fn bears(stem: &Path, mode: Mode, number: &str, record: &Record) -> anyhow::Result<bool> {
    match mode {
        Mode::Text => says(stem, number),
        Mode::Raster => {
            Ok(record.follow.get(number) == Some(&paper::follow_hash(&stem.with_extension("png"))?))
        }
    }
}

fn says(stem: &Path, words: &str) -> anyhow::Result<bool> {
    Ok(std::fs::read_to_string(stem.with_extension("txt"))?.contains(words))
}

fn count(many: usize) -> u64 {
    many.try_into().unwrap_or(u64::MAX)
}

/// What the kiosk recorded, by ticket number.
#[derive(Default)]
struct Record {
    tickets: usize,
    /// The state of each print job, and whether it prints a duplicate.
    jobs: BTreeMap<String, Vec<(String, bool)>>,
    /// The kinds of the facts, in order.
    facts: BTreeMap<String, Vec<String>>,
    /// The hashes of the codes on paper.
    follow: BTreeMap<String, String>,
}

impl Record {
    fn read(left: &Left) -> anyhow::Result<Self> {
        let tickets = left.db.query_row("SELECT count(*) FROM ticket", [], |row| row.get(0))?;
        let mut record = Self { tickets, ..Self::default() };
        let mut query = left.db.prepare("SELECT number, state, duplicate FROM print_job ORDER BY id")?;
        let jobs = query.query_map([], |row| Ok((row.get::<_, String>(0)?, (row.get(1)?, row.get(2)?))))?;
        for job in jobs {
            let (number, job) = job?;
            record.jobs.entry(number).or_default().push(job);
        }
        let mut query = left.db.prepare("SELECT envelope FROM fact ORDER BY rowid")?;
        for envelope in query.query_map([], |row| row.get::<_, String>(0))? {
            let envelope = Envelope::from_json(&envelope?)?;
            let Some(number) = envelope.number.as_ref().map(ToString::to_string) else { continue };
            if let Some(follow) = envelope.body["follow"].as_str() {
                record.follow.insert(number.clone(), follow.to_owned());
            }
            record.facts.entry(number).or_default().push(envelope.kind().to_owned());
        }
        Ok(record)
    }
}

impl Found {
    fn with(self, other: Self) -> Self {
        Self {
            cuts: self.cuts + other.cuts,
            printed: self.printed + other.printed,
            failed: self.failed + other.failed,
            unknown: self.unknown + other.unknown,
            duplicates: self.duplicates + other.duplicates,
            late: self.late + other.late,
            both: self.both + other.both,
            second_numbers: self.second_numbers + other.second_numbers,
            unmarked: self.unmarked + other.unmarked,
            automatic: self.automatic + other.automatic,
            wrong_records: self.wrong_records + other.wrong_records,
        }
    }
}

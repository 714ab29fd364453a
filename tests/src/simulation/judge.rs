//! What must hold when all is well again and everything has been delivered.

mod staff;

use super::{
    hall::Hall,
    wire::{Node, site},
};
use anyhow::{Context, bail, ensure};
use domain::{Branch, Event, Flag, FollowHash, Recorded, ServiceDay, TicketNumber};
use protocol::{
    Envelope, json,
    snapshot::{BoardSnapshot, KioskSnapshot},
};
use rusqlite::{Connection, OpenFlags};
use server::api::tail::Audience;
use staff::second_holders_are_told;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Everything that is on record.
struct Record {
    /// The server's log, in order.
    log: Vec<Envelope>,
    /// The tickets in it.
    tickets: BTreeMap<FollowHash, Stated>,
    /// The server's state.
    live: Branch,
}

/// A ticket as it is on record.
#[derive(Debug)]
struct Stated {
    number: TicketNumber,
    day: ServiceDay,
    at: domain::Time,
    is_certain: bool,
}

impl Hall {
    /// Holds what is known everywhere against the truth.
    ///
    /// # Errors
    /// With what does not hold.
    pub fn judge(&mut self) -> anyhow::Result<()> {
        let record = self.record()?;
        for envelope in &record.log {
            self.note(format_args!("on record: {}", envelope.to_json()?));
        }
        self.replicas_are_equal()?;
        self.replayed_log_is_the_state(&record)?;
        let mut kept = BTreeMap::new();
        for place in 0..self.kiosks.len() {
            self.kiosks[place].crash();
            self.network.forget(Node::Kiosk(place));
            kept.insert(
                place,
                envelopes(&self.kiosks[place].disk, "SELECT envelope FROM fact ORDER BY rowid")?,
            );
        }
        every_fact_arrived_once(&record, &kept)?;
        let db = Connection::open_with_flags(self.office.database(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let rejected: u64 = db.query_row("SELECT count(*) FROM rejected_fact", [], |row| row.get(0))?;
        ensure!(rejected == 0, "{rejected} facts were rejected");
        self.people_can_rely_on_it(&record)?;
        self.staff_were_told(&record)?;
        second_holders_are_told(&record)?;
        self.no_series_is_wasted(&record)?;
        self.nobody_served_is_called_again(&record.log)?;
        self.stands_in_order(&record)
    }

    fn replicas_are_equal(&self) -> anyhow::Result<()> {
        let kiosk: KioskSnapshot =
            json::from_text(&self.office.snapshot(Audience::Kiosk, self.row(Node::Kiosk(0)).id)?)?;
        let expected = json::to_text(&kiosk.branch)?;
        for (place, kiosk) in self.kiosks.iter().enumerate() {
            let reception = kiosk.reception().with_context(|| format!("kiosk {place} does not run"))?;
            let left = reception.outgoing()?.map_or(0, |outgoing| outgoing.facts.len());
            ensure!(left == 0, "kiosk {place} still holds {left} facts");
            same(&format!("kiosk {place}"), &json::to_text(reception.branch())?, &expected)?;
        }
        for (place, board) in self.boards.iter().enumerate() {
            let device = self.row(Node::Board(place)).id;
            let told: BoardSnapshot = json::from_text(&self.office.snapshot(Audience::Board, device)?)?;
            let expected = json::to_text(&told.board)?;
            let known = board.known().with_context(|| format!("board {place} knows nothing"))?;
            same(&format!("board {place}"), &json::to_text(&known.board)?, &expected)?;
        }
        Ok(())
    }

    /// The server's log, in order.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn envelopes_on_record(&self) -> anyhow::Result<Vec<Envelope>> {
        envelopes(&self.office.database(), "SELECT envelope FROM event ORDER BY seq")
    }

    fn record(&self) -> anyhow::Result<Record> {
        let log = self.envelopes_on_record()?;
        let mut tickets = BTreeMap::new();
        for envelope in &log {
            let Some(Recorded { event, day, at, .. }) = envelope.open() else {
                bail!("an event cannot be read")
            };
            if let Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket } = event {
                let stated =
                    Stated { number: ticket.number.clone(), day, at, is_certain: ticket.clock_certain };
                let known = tickets.insert(ticket.follow.clone(), stated);
                ensure!(known.is_none(), "the ticket {} was recorded twice", ticket.number);
            }
        }
        let site = site();
        let live = self.office.log(&site)?.site.live().branch.clone();
        Ok(Record { log, tickets, live })
    }

    fn replayed_log_is_the_state(&self, record: &Record) -> anyhow::Result<()> {
        let mut replayed = Branch::default();
        record.log.iter().filter_map(Envelope::open).for_each(|recorded| replayed.apply(&recorded));
        same("the replayed log", &json::to_text(&replayed)?, &json::to_text(&record.live)?)
    }

    fn people_can_rely_on_it(&mut self, record: &Record) -> anyhow::Result<()> {
        for (follow, truth) in &self.people.truth {
            let known = record.tickets.get(follow);
            ensure!(
                known.is_some_and(|stated| stated.number == truth.number),
                "who was told {} at kiosk {} is not on record: {known:?}",
                truth.number,
                truth.kiosk
            );
        }
        let mut hands: BTreeMap<(TicketNumber, ServiceDay), BTreeSet<&FollowHash>> = BTreeMap::new();
        for paper in &self.people.papers {
            let known = record.tickets.get(&paper.follow);
            let Some(Stated { number, day, .. }) = known else {
                bail!("paper {} of kiosk {} is not on record", paper.number, paper.kiosk)
            };
            ensure!(*number == paper.number, "paper {} is on record as {number}", paper.number);
            hands.entry((number.clone(), *day)).or_default().insert(&paper.follow);
        }
        let was_cloned = !self.people.twins.is_empty();
        let mut shared = 0;
        for ((number, day), holders) in &hands {
            ensure!(holders.len() == 1 || was_cloned, "{number} is in {} hands", holders.len());
            if holders.len() > 1 && record.live.day == Some(*day) {
                shared += 1;
                let mut visits = record.live.visits.values().filter(|visit| visit.numbers.contains(number));
                let is_told = visits.all(|visit| visit.flags.contains(&Flag::TwoHolders));
                ensure!(is_told, "{number} is in two hands, and staff are not told");
            }
        }
        self.people.shared = shared;
        Ok(())
    }
}

impl Hall {
    /// Whoever came first stands first, unless a clock was uncertain and says so.
    fn stands_in_order(&mut self, record: &Record) -> anyhow::Result<()> {
        self.people.counts.uncertain = record.tickets.values().filter(|stated| !stated.is_certain).count();
        let Some(apart) = self.plan.order_within else { return Ok(()) };
        let mut came: Vec<(i64, &Stated)> = self
            .people
            .truth
            .iter()
            .filter_map(|(follow, truth)| Some((truth.at, record.tickets.get(follow)?)))
            .filter(|(_, stated)| stated.is_certain)
            .collect();
        came.sort_by_key(|(at, _)| *at);
        for (place, (first_at, first)) in came.iter().enumerate() {
            for (later_at, later) in came[place + 1..].iter().filter(|(at, _)| at - first_at >= apart) {
                self.people.counts.compared += 1;
                ensure!(
                    first.at < later.at,
                    "{} came {} ms before {} and stands behind: {} and {}",
                    first.number,
                    later_at - first_at,
                    later.number,
                    first.at,
                    later.at
                );
            }
        }
        Ok(())
    }
}

/// Every fact that is on some kiosk's disk is in the log, on the day to which it belongs, and nothing is in it twice.
fn every_fact_arrived_once(record: &Record, kept: &BTreeMap<usize, Vec<Envelope>>) -> anyhow::Result<()> {
    let mut known = BTreeMap::new();
    for envelope in &record.log {
        let before = known.insert(envelope.id, envelope);
        ensure!(before.is_none(), "{} {} is in the log twice", envelope.kind(), envelope.id);
    }
    let site = record.live.site.as_ref().context("no site")?;
    for (place, facts) in kept {
        for fact in facts {
            let Some(found) = known.get(&fact.id) else {
                bail!(
                    "kiosk {place} recorded {} {:?} and the server does not hold it",
                    fact.kind(),
                    fact.number
                )
            };
            // A kiosk whose clock was ahead served people of the day on which the server heard of it.
            let belongs = fact.day.min(site.day(found.at));
            ensure!(found.day == belongs, "{:?} of {belongs} is recorded on {}", fact.number, found.day);
        }
    }
    Ok(())
}

fn envelopes(database: &Path, sql: &str) -> anyhow::Result<Vec<Envelope>> {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut query = db.prepare(sql)?;
    let texts = query.query_map([], |row| row.get::<_, String>(0))?;
    texts.map(|text| Ok(Envelope::from_json(&text?)?)).collect()
}

/// Two texts are the same, byte for byte; else where they part.
fn same(what: &str, found: &str, expected: &str) -> anyhow::Result<()> {
    if found == expected {
        return Ok(());
    }
    let at = found.bytes().zip(expected.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| {
        let bytes = text.as_bytes();
        let window = &bytes[at.saturating_sub(200).min(bytes.len())..(at + 200).min(bytes.len())];
        String::from_utf8_lossy(window).into_owned()
    };
    bail!(
        "{what} parts from the server's state at byte {at}:\n  …{}…\ninstead of\n  …{}…",
        around(found),
        around(expected)
    )
}

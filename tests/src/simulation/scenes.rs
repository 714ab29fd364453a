//! Days that are not left to chance.

use super::{
    Plan,
    faults::Fault,
    folder,
    hall::{Hall, Happening},
    kiosk::Kiosk,
    machine::{self, Clockwork, TrueTime},
    office::{Office, Outcome},
    people::{Press, Visitor, Wants},
    wire::{Node, Wishes, site},
};
use anyhow::{Context, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Actor, AgentId, Booking, BookingStatus, Command, CounterId, DeviceId, Event, Language, Party, ServiceDay,
    ServiceId,
};
use hardware::{JobOutcome, PrinterEvent};
use kiosk::{
    flow::{Code, Effect},
    local::Identity,
    reception::News,
    worker::Job,
};
use protocol::{Envelope, json, pairing::DeviceKind, upload::Upload};
use rand::Rng;
use server::{api::tail::Audience, store::DeviceRow};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use uuid::Uuid;

/// One fact of one of two kiosks, by their places.
type Sent = (usize, usize);

/// Every order in which two kiosks can send two facts each, alone and with each earlier one sent once more at each
/// later place.
pub fn orders() -> Vec<Vec<Sent>> {
    let mut all = Vec::new();
    for places in 0..16_u32 {
        let turns: Vec<usize> = (0..4).map(|turn| usize::from(places & (1 << turn) != 0)).collect();
        if turns.iter().sum::<usize>() != 2 {
            continue;
        }
        let mut sent = [0, 0];
        let order: Vec<Sent> = turns
            .into_iter()
            .map(|kiosk| {
                sent[kiosk] += 1;
                (kiosk, sent[kiosk] - 1)
            })
            .collect();
        for later in 1..=order.len() {
            for earlier in 0..later {
                let mut repeated = order.clone();
                repeated.insert(later, order[earlier]);
                all.push(repeated);
            }
        }
        all.push(order);
    }
    all
}

/// One code at two kiosks without the server; then their facts reach it in this order. One visit with two numbers,
/// which are called together.
///
/// # Errors
/// With what does not hold.
pub fn same_code(order: &[Sent]) -> anyhow::Result<()> {
    let folder = folder()?;
    let time = TrueTime::at("2026-11-23T08:00:00Z".parse()?);
    let mut office = Office::new(&folder.path().join("server"), clockwork(&time, 1))?;
    office.start()?;
    office.bookings(0, vec![booking("RDV-ADA", time.now(), "A")?]);
    office.work()?;
    let mut kiosks =
        [enrolled(&mut office, folder.path(), &time, 0)?, enrolled(&mut office, folder.path(), &time, 1)?];
    let mut facts = Vec::new();
    for (kiosk, _) in &mut kiosks {
        time.advance_to(time.millis() + 30_000);
        facts.push(check_in(kiosk, &office, "RDV-ADA")?);
    }
    for (place, fact) in order {
        let (_, device) = &kiosks[*place];
        let fact: &Envelope = &facts[*place][*fact];
        let incarnation = fact.origin.as_ref().context("a fact without a place")?.incarnation;
        let text = json::to_text(&Upload::of(incarnation, std::slice::from_ref(fact))?)?;
        office.facts(0, device.clone(), &text)?;
        for (_, outcome) in office.work()? {
            ensure!(matches!(outcome, Outcome::Acknowledged(_)), "the server answers {outcome:?}");
        }
    }
    one_visit_called_by_both(&mut office, &facts)
}

fn one_visit_called_by_both(office: &mut Office, facts: &[Vec<Envelope>]) -> anyhow::Result<()> {
    let given: BTreeSet<_> = facts.iter().flatten().filter_map(|fact| fact.number.clone()).collect();
    ensure!(given.len() == 2, "the kiosks gave {given:?}");
    let id = site();
    {
        let live = office.log(&id)?.site.live();
        ensure!(live.branch.visits.len() == 1, "there are {} visits", live.branch.visits.len());
    }
    let agent = Actor::Agent(AgentId(Uuid::from_u128(1)));
    let counter = CounterId(1);
    office.command(1, Uuid::from_u128(1), Command::OpenCounter(counter), agent);
    office.command(2, Uuid::from_u128(2), Command::CallNext(counter), agent);
    office.command(3, Uuid::from_u128(3), Command::Finish { counter, delivered: None }, agent);
    office.command(4, Uuid::from_u128(4), Command::CallNext(counter), agent);
    let mut answers = office.work()?.into_iter().map(|(_, outcome)| outcome);
    let (_, called, _, after) = (answers.next(), answers.next(), answers.next(), answers.next());
    let Some(Outcome::Decided(Ok(called))) = called else { bail!("nobody was called: {called:?}") };
    let Some(Event::Called { numbers, .. }) = called.first().map(|recorded| &recorded.event) else {
        bail!("nobody was called: {called:?}")
    };
    ensure!(numbers.iter().cloned().collect::<BTreeSet<_>>() == given, "called {numbers:?} of {given:?}");
    ensure!(matches!(after, Some(Outcome::Decided(Err(_)))), "somebody is called again: {after:?}");
    Ok(())
}

fn clockwork(time: &TrueTime, stream: u64) -> Clockwork {
    Clockwork::new(time.clone(), machine::chance(0, stream))
}

/// A kiosk that runs and has heard of the server once.
fn enrolled(
    office: &mut Office,
    folder: &Path,
    time: &TrueTime,
    place: usize,
) -> anyhow::Result<(Kiosk, DeviceRow)> {
    let machine = clockwork(time, 10 + place as u64);
    let incarnation = machine.draw();
    let enrolled = office.pair(DeviceKind::Kiosk, "kiosk", incarnation)?;
    let identity = Identity {
        server: "https://localhost:1".into(),
        authority: None,
        device: enrolled.device.id,
        site: site(),
        name: "kiosk".into(),
        token: enrolled.token,
        lookup: Office::lookup(),
        follow_url: None,
        incarnation,
        lane: enrolled.lane.context("a kiosk without a lane")?,
    };
    let disk = folder.join(format!("kiosk{place}.sqlite3"));
    let mut kiosk = Kiosk::new(place, disk, machine, &Wishes::default());
    kiosk.pair(&identity)?;
    ensure!(kiosk.start()?, "the kiosk does not start");
    Ok((kiosk, enrolled.device))
}

/// Somebody shows a code, and the ticket comes out. Gives what the kiosk would send.
fn check_in(kiosk: &mut Kiosk, office: &Office, code: &str) -> anyhow::Result<Vec<Envelope>> {
    let snapshot = json::from_text(&office.snapshot(Audience::Kiosk, DeviceId::default())?)?;
    kiosk.ask(Job::News(News::Snapshot(Box::new(snapshot))));
    kiosk.work()?;
    let effect = Effect::CheckIn { request: 1, code: Code(code.to_owned()), language: Language::new("fr") };
    kiosk.visitor(effect);
    for ticket in kiosk.work()?.handed_over {
        let outcome = JobOutcome::Printed;
        kiosk.ask(Job::Printer(PrinterEvent::JobDone { id: ticket.job, outcome }));
    }
    kiosk.work()?;
    let reception = kiosk.reception().context("the kiosk does not run")?;
    let facts = reception.outgoing()?.context("the kiosk has nothing to send")?.facts;
    ensure!(facts.len() == 2, "the kiosk states {} facts", facts.len());
    Ok(facts)
}

fn booking(reference: &str, slot: DateTime<Utc>, service: &str) -> anyhow::Result<Booking> {
    Ok(Booking {
        key: Office::lookup().key(reference).context("no reference")?,
        slot,
        service: ServiceId::new(service),
        party: Party::default(),
        status: BookingStatus::Booked,
    })
}

/// What came of a copied disk.
#[derive(Clone, Copy, Debug)]
pub struct Twins {
    /// How many numbers are in two hands.
    pub shared: usize,
}

/// A kiosk's disk is copied, and both machines serve people without the server. They come back in either order,
/// with what was sent arriving twice. Everybody stays in the queue, and staff are told of every number in two hands.
///
/// # Errors
/// With what does not hold.
pub fn copied_disk(seed: u64) -> anyhow::Result<Twins> {
    let folder = folder()?;
    let plan = Plan {
        kiosks: 2,
        boards: 1,
        minutes: 10,
        repeated: 0.5,
        ..Plan::calm("2026-11-23T08:00:00Z".parse()?)
    };
    let mut hall = Hall::new(seed, plan, folder.path().to_owned())?;
    hall.threaten();
    let start = hall.now();
    let list = (0..8).map(|number| booking(&format!("RDV-{number}"), hall.time.now(), "A"));
    let list = list.collect::<anyhow::Result<_>>()?;
    hall.after(0, Happening::Bookings(list));
    let booked = |number: usize| Wants::Booked(format!("RDV-{number}"));
    hall.at(start + 30_000, Happening::Visit(Visitor { kiosk: 0, wants: booked(0) }));
    hall.play_until(start + 60_000)?;
    hall.go_wrong(Fault::Clone(0, seed))?;
    hall.people.twins.clear();
    for place in [0, 1, 2] {
        let until = hall.chance.random_range(200_000..260_000);
        hall.go_wrong(Fault::Cut(Node::Kiosk(place), until))?;
    }
    // The same person at both, and at another kiosk; and others.
    for (number, place) in [(1, 0), (1, 2), (1, 1), (2, 0), (3, 2), (4, 2), (5, 0)] {
        let comes = start + 90_000 + hall.chance.random_range(0..120_000);
        hall.at(comes, Happening::Visit(Visitor { kiosk: place, wants: booked(number) }));
    }
    for counter in 1..=2 {
        hall.at(start + 400_000, Happening::Press(Press { counter, settled: None }));
    }
    hall.play_until(start + 600_000)?;
    hall.heal()?;
    hall.play_until(start + 840_000)?;
    hall.people.twins.insert(0, 2);
    hall.judge()?;
    Ok(Twins { shared: hall.people.shared })
}

/// What came of three days.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delivered {
    /// How many check-ins are in the server's log.
    pub delivered: u64,
    /// How many of them more than once.
    pub twice: usize,
    /// How many stand before one of the same kiosk that was earlier.
    pub out_of_order: usize,
    /// On how many days.
    pub days: usize,
    /// How many bear another day than the one on which they happened.
    pub on_another_day: usize,
}

/// Three days without the server at three kiosks, and then with it.
///
/// # Errors
/// If something fails.
pub fn three_days_offline(seed: u64, a_day: u64) -> anyhow::Result<Delivered> {
    const HOURS: i64 = 72;
    let folder = folder()?;
    let plan = Plan { minutes: HOURS * 60, counters: 0, ..Plan::calm("2026-11-23T07:00:00Z".parse()?) };
    // The programs try again after ten seconds at most; here after ten minutes, because each try lays all facts out.
    let plan = Plan { kiosks: 3, boards: 0, pause_max: 600_000, ..plan };
    let mut hall = Hall::new(seed, plan, folder.path().to_owned())?;
    let start = hall.now();
    hall.threaten();
    let mut list = Vec::new();
    for day in 0..3_i64 {
        for kiosk in 0..3_usize {
            for number in 0..a_day {
                // From an hour after the beginning on, for eight hours.
                let comes = start + day * 86_400_000 + 3_600_000 + hall.chance.random_range(0..28_800_000);
                let wants = if hall.chance.random_bool(0.7) {
                    let reference = format!("RDV-{day}-{kiosk}-{number}");
                    let slot = machine::moment(comes + hall.chance.random_range(0..20) * 60_000);
                    list.push(booking(&reference, slot, "A")?);
                    Wants::Booked(reference)
                } else {
                    Wants::WalkIn
                };
                hall.at(comes, Happening::Visit(Visitor { kiosk, wants }));
            }
        }
    }
    hall.after(0, Happening::Bookings(list));
    hall.play_until(start + 60_000)?;
    for kiosk in 0..3 {
        hall.go_wrong(Fault::Cut(Node::Kiosk(kiosk), HOURS * 3_600_000))?;
    }
    hall.play_until(start + 60_000 + HOURS * 3_600_000)?;
    let back = hall.now();
    let is_sent = |hall: &Hall| {
        hall.kiosks
            .iter()
            .all(|kiosk| kiosk.reception().is_some_and(|reception| matches!(reception.outgoing(), Ok(None))))
    };
    while !is_sent(&hall) {
        ensure!(hall.now() < back + 3_600_000, "an hour later the kiosks still hold facts");
        hall.play_until(hall.now() + 1_000)?;
    }
    // The stream may still be pausing.
    hall.play_until(hall.now() + 660_000)?;
    let found = delivered(&hall, start)?;
    hall.judge()?;
    Ok(found)
}

fn delivered(hall: &Hall, start: i64) -> anyhow::Result<Delivered> {
    let mut found = Delivered::default();
    let (mut ids, mut days) = (BTreeSet::new(), BTreeSet::new());
    let mut last: BTreeMap<_, (u64, domain::Time)> = BTreeMap::new();
    let day_of = |millis: i64| ServiceDay::at(machine::moment(millis), chrono_tz::Europe::Paris, 4);
    let first = day_of(start);
    for envelope in hall.envelopes_on_record()? {
        let Some(origin) = &envelope.origin else { continue };
        let place = (origin.device, origin.incarnation);
        let is_later = last.get(&place).is_none_or(|(seq, at)| origin.seq == seq + 1 && *at <= envelope.at);
        found.out_of_order += usize::from(!is_later);
        last.insert(place, (origin.seq, envelope.at));
        let Some(Event::CheckedIn { ticket, .. } | Event::WalkInTaken { ticket }) =
            envelope.open().map(|recorded| recorded.event)
        else {
            continue;
        };
        found.delivered += 1;
        found.twice += usize::from(!ids.insert(envelope.id));
        days.insert(first.days_until(envelope.day));
        let happened = hall.people.truth.get(&ticket.follow).map(|truth| day_of(truth.at));
        found.on_another_day += usize::from(happened != Some(envelope.day));
    }
    found.days = days.len();
    Ok(found)
}

impl Plan {
    /// A day on which nothing goes wrong.
    pub(super) fn calm(start: DateTime<Utc>) -> Self {
        Self {
            start,
            minutes: 20,
            kiosks: 4,
            boards: 2,
            counters: 3,
            bookings: 0,
            walk_ins: 0,
            doubles: 0.0,
            server_ahead: TimeDelta::zero(),
            lost: 0.0,
            repeated: 0.0,
            slow: 100,
            stuck: 0.0,
            pause_max: 10_000,
            cuts: 0,
            kiosk_crashes: 0,
            server_crashes: 0,
            board_crashes: 0,
            wall_jumps: 0,
            server_jumps: 0,
            restores: 0,
            fills: 0,
            printer_faults: 0.0,
            clones: 0,
            order_within: None,
        }
    }
}

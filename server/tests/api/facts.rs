//! Facts: stored in their order, however often and in whatever pieces they come; never lost, never refused.

use crate::{
    actors::{Kiosk, everything, new_id},
    helpers::{Setup, TestServer, lille, roubaix, soon},
};
use chrono::{DateTime, Duration, Utc};
use domain::{CounterId, Event, EventId, Punctuality, TicketNumber, VisitId, event::Issued};
use protocol::{Envelope, client::ClientError, envelope::Hash, route::CounterAction, upload::Acknowledged};
use serde_json::{Value, json};

fn raw(facts: &[Envelope]) -> Vec<Value> {
    facts.iter().map(|fact| serde_json::to_value(fact).unwrap()).collect()
}

/// The facts of the log, in its order.
async fn stored(kiosk: &Kiosk) -> Vec<Envelope> {
    everything(kiosk).await.into_iter().filter(|envelope| envelope.origin.is_some()).collect()
}

#[track_caller]
fn is_forked(error: &ClientError) {
    let ClientError::Refused(problem) = error else { panic!("{error:?}") };
    assert_eq!((problem.status, problem.code()), (409, "forked"), "{problem:?}");
    assert!(error.is_permanent(), "the same facts never fit again");
}

fn held(acked_through: u64, rejected: u64) -> Acknowledged {
    Acknowledged { acked_through, rejected, rejected_now: Vec::new() }
}

/// How far the server holds the facts, how many it cannot use in all, and which of those that were sent.
fn told(answer: &Acknowledged) -> (u64, u64, Vec<u64>) {
    let now = answer.rejected_now.iter().map(|fact| fact.seq).collect();
    (answer.acked_through, answer.rejected, now)
}

#[tokio::test]
async fn facts_are_stored_in_their_order_and_once() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    assert_eq!(kiosk.upload(&[]).await.unwrap(), held(0, 0));
    let facts = kiosk.walk_ins(10);
    assert_eq!(kiosk.upload(&facts[..6]).await.unwrap(), held(6, 0));
    assert_eq!(kiosk.upload(&facts[..6]).await.unwrap(), held(6, 0), "a repeat");
    assert_eq!(kiosk.upload(&facts[3..]).await.unwrap(), held(10, 0), "overlapping");
    assert_eq!(kiosk.upload(&facts[2..5]).await.unwrap(), held(10, 0), "old news");
    assert_eq!(stored(&kiosk).await, facts, "as they were stated");
    let live = server.app.sites.get(&lille()).unwrap().live();
    assert_eq!((live.branch.visits.len(), live.branch.numbers.len()), (10, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_facts_sent_twice_at_the_same_time_are_stored_once() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let facts = kiosk.walk_ins(50);
    let (one, other) = tokio::join!(kiosk.upload(&facts), kiosk.upload(&facts));
    assert_eq!((one.unwrap(), other.unwrap()), (held(50, 0), held(50, 0)));
    assert_eq!(stored(&kiosk).await, facts);
}

#[tokio::test]
async fn a_gap_or_a_wrong_link_stores_nothing_of_the_batch() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let facts = kiosk.walk_ins(6);
    kiosk.upload(&facts[..2]).await.unwrap();
    let head = server.head();

    is_forked(&kiosk.upload(&facts[3..]).await.expect_err("the third is missing"));
    let gap_inside = [facts[2].clone(), facts[4].clone()];
    is_forked(&kiosk.upload(&gap_inside).await.expect_err("the fourth is missing"));
    let mut wrong = facts[2].clone();
    wrong.origin.as_mut().unwrap().previous = Hash("1".repeat(64));
    is_forked(&kiosk.upload(&[wrong]).await.expect_err("it does not follow the second"));
    let other_way = [facts[3].clone(), facts[2].clone()];
    is_forked(&kiosk.upload(&other_way).await.expect_err("the wrong way round"));

    assert_eq!(server.head(), head, "nothing was stored");
    assert_eq!(kiosk.upload(&facts[2..]).await.unwrap(), held(6, 0), "the right ones still fit");
}

#[tokio::test]
async fn a_cloned_disk_is_noticed_and_both_visits_stay() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let before = (kiosk.seq, kiosk.previous.clone());
    let first = kiosk.walk_in();
    kiosk.upload(std::slice::from_ref(&first)).await.unwrap();
    // The disk of before is put back: the next visitor gets the same number.
    (kiosk.seq, kiosk.previous) = before;
    let mut second = kiosk.walk_ins(2);
    assert_eq!(first.number, second[0].number);
    is_forked(&kiosk.upload(&second[..1]).await.expect_err("a number that is taken by another fact"));
    is_forked(&kiosk.upload(&second[1..]).await.expect_err("it follows another fact"));
    kiosk.begin_anew().await;
    for fact in &mut second {
        let Some(Event::WalkInTaken { ticket }) = fact.open().map(|recorded| recorded.event) else {
            panic!()
        };
        *fact = kiosk.fact(Event::WalkInTaken { ticket });
    }
    assert_eq!(kiosk.upload(&second).await.unwrap(), held(2, 0));
    assert_eq!(server.app.sites.get(&lille()).unwrap().live().branch.visits.len(), 3);
}

#[tokio::test]
async fn what_a_disk_held_back_when_it_was_copied_is_one_fact_in_two_chains() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let held_back = kiosk.walk_in();
    kiosk.upload(std::slice::from_ref(&held_back)).await.unwrap();
    // The copy noticed that it is one, and begins its own chain with what it held back.
    kiosk.begin_anew().await;
    let Some(recorded) = held_back.open() else { panic!() };
    let again = Envelope { id: held_back.id, ..kiosk.fact(recorded.event) };
    assert_eq!(
        kiosk.upload(std::slice::from_ref(&again)).await.unwrap(),
        held(1, 0),
        "held, and nothing for staff"
    );
    assert_eq!(stored(&kiosk).await.len(), 1);
    // The chain goes on behind it.
    kiosk.previous = again.hash();
    let next = kiosk.walk_in();
    assert_eq!(kiosk.upload(&[next]).await.unwrap(), held(2, 0));
}

#[tokio::test]
async fn what_an_uncertain_clock_stated_puts_nobody_behind_who_comes_once_it_is_right() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let start = kiosk.time;
    let mut facts = Vec::new();
    for (minutes, clock_certain) in [(-30, true), (-10, false), (-20, true)] {
        kiosk.time = start + Duration::minutes(minutes);
        let ticket = Issued { clock_certain, ..kiosk.ticket(VisitId(new_id())) };
        facts.push(kiosk.fact(Event::WalkInTaken { ticket }));
    }
    kiosk.upload(&facts).await.unwrap();
    let times: Vec<DateTime<Utc>> = stored(&kiosk).await.iter().map(|fact| fact.at).collect();
    let ago = |minutes| start - Duration::minutes(minutes);
    assert_eq!(times, [ago(30), ago(10), ago(20)]);
}

#[tokio::test]
async fn what_a_kiosk_may_not_decide_is_kept_apart_and_stops_nothing() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let visit = VisitId(new_id());
    let decisions = [
        Event::CounterClosed { counter: CounterId(1) },
        Event::Started { visit, counter: CounterId(1) },
        Event::DayOpened { day: "2027-01-04".parse().map(domain::ServiceDay).unwrap() },
    ];
    let mut facts: Vec<Envelope> = decisions.into_iter().map(|event| kiosk.fact(event)).collect();
    facts.push(kiosk.walk_in());
    assert_eq!(told(&kiosk.upload(&facts).await.unwrap()), (4, 3, vec![1, 2, 3]));
    assert_eq!(
        told(&kiosk.upload(&facts).await.unwrap()),
        (4, 3, vec![1, 2, 3]),
        "a repeat is not kept twice"
    );
    let rest = kiosk.upload(&facts[2..]).await.unwrap();
    assert_eq!(told(&rest), (4, 3, vec![3]), "only of those that were sent");
    assert_eq!(rest.rejected_now[0].reason, "a kiosk may not decide this");
    assert_eq!(stored(&kiosk).await, facts[3..]);
    let live = server.app.sites.get(&lille()).unwrap().live();
    assert_eq!(live.branch.day.unwrap().to_string(), "2026-11-23", "the kiosk opened no day");
}

#[tokio::test]
async fn what_is_not_even_a_fact_is_kept_as_it_came() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let good = kiosk.walk_in();
    let nonsense = [json!(42), json!(null), json!({ "hello": ["world", 1e300] }), json!("«\u{0} œ")];
    let mut batch = nonsense.to_vec();
    batch.extend(raw(std::slice::from_ref(&good)));
    let first = kiosk.upload_raw(&batch).await.ok();
    assert_eq!(first, json!({ "acked_through": 1, "rejected": 4 }));
    assert_eq!(kiosk.upload_raw(&batch).await.ok(), first, "a repeat gets the same answer");
    assert_eq!(stored(&kiosk).await, [good]);
    let folder = server.stop().await;
    let db = rusqlite::Connection::open(folder.path().join("guichet.sqlite3")).unwrap();
    let mut query = db.prepare("SELECT raw FROM rejected_fact ORDER BY id").unwrap();
    let kept: Vec<Value> = query
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(|text| serde_json::from_str(&text.unwrap()).unwrap())
        .collect();
    assert_eq!(kept, nonsense);
}

#[tokio::test]
async fn a_book_is_no_fact_but_stops_none() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let mut ticket = kiosk.ticket(VisitId(new_id()));
    ticket.language = domain::Language::new("x".repeat(20_000));
    let facts = [kiosk.fact(Event::WalkInTaken { ticket }), kiosk.walk_in()];
    assert_eq!(told(&kiosk.upload(&facts).await.unwrap()), (2, 1, vec![1]));
    assert_eq!(stored(&kiosk).await, facts[1..]);
}

#[tokio::test]
async fn a_time_that_no_clock_shows_is_no_fact_but_one_of_a_clock_that_was_never_set_is() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let mut at = |time: DateTime<Utc>| {
        let ticket = kiosk.ticket(VisitId(new_id()));
        kiosk.bent(Event::WalkInTaken { ticket }, |envelope| envelope.at = time)
    };
    let facts = [at(DateTime::<Utc>::MIN_UTC), at(DateTime::<Utc>::MAX_UTC), at(DateTime::UNIX_EPOCH)];
    assert_eq!(told(&kiosk.upload(&facts).await.unwrap()), (3, 2, vec![1, 2]));
    assert_eq!(stored(&kiosk).await.len(), 1);
}

#[tokio::test]
async fn nobody_gives_the_numbers_of_another_kiosk() {
    let server = TestServer::start().await;
    let (mut forger, mut other) = (server.kiosk().await, server.kiosk().await);
    let given = other.walk_in();
    other.upload(std::slice::from_ref(&given)).await.unwrap();
    let mut ticket = forger.ticket(VisitId(new_id()));
    ticket.number = TicketNumber::new(other.lane.clone(), 540);
    let open = forger.fact(Event::WalkInTaken { ticket: ticket.clone() });
    // Another number on the envelope, or none, hides nothing.
    let own = TicketNumber::new(forger.lane.clone(), 540);
    let taken = Event::WalkInTaken { ticket: ticket.clone() };
    let hidden = forger.bent(taken, |envelope| envelope.number = Some(own));
    let uncertain = Event::PrintUncertain { number: ticket.number };
    let bare = forger.bent(uncertain, |envelope| envelope.number = None);
    let facts = [open, hidden, bare, forger.walk_in()];
    assert_eq!(told(&forger.upload(&facts).await.unwrap()), (4, 3, vec![1, 2, 3]));
    assert_eq!(stored(&other).await, [given, facts[3].clone()]);
}

#[tokio::test]
async fn nobody_speaks_for_another_device_or_site() {
    let server = TestServer::start().await;
    let (mut kiosk, mut other) = (server.kiosk().await, server.kiosk().await);
    let stolen = other.walk_in();
    assert_eq!(told(&kiosk.upload(&[stolen]).await.unwrap()), (0, 1, vec![]));
    let ticket = kiosk.ticket(VisitId(new_id()));
    let event = Event::WalkInTaken { ticket };
    let astray = kiosk.bent(event, |envelope| envelope.site = roubaix());
    assert_eq!(told(&kiosk.upload(&[astray]).await.unwrap()), (1, 2, vec![1]));
    assert!(server.app.sites.get(&lille()).unwrap().live().branch.visits.is_empty());
    assert!(server.app.sites.get(&roubaix()).unwrap().live().branch.visits.is_empty());
}

#[tokio::test]
async fn an_identity_is_given_once() {
    let server = TestServer::start().await;
    let (mut kiosk, mut other) = (server.kiosk().await, server.kiosk().await);
    let first = kiosk.walk_in();
    kiosk.upload(std::slice::from_ref(&first)).await.unwrap();
    let event = Event::WalkInTaken { ticket: other.ticket(VisitId(new_id())) };
    let copy = other.bent(event, |envelope| envelope.id = first.id);
    assert_eq!(told(&other.upload(&[copy]).await.unwrap()), (1, 1, vec![1]));
    assert_eq!(stored(&kiosk).await, [first]);
}

#[tokio::test]
async fn what_a_newer_kiosk_states_is_kept_and_passed_on_as_it_is() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let number: TicketNumber = "A777".parse().unwrap();
    let event = Event::PrintUncertain { number: number.clone() };
    let body =
        json!({ "kind": "hologram_shown", "number": "A777", "hue": [1, 2.5, "œ", null], "deep": { "b": 1 } });
    let newer = kiosk.bent(event, |envelope| {
        envelope.version = 2;
        envelope.body = body.clone();
    });
    let facts = [newer, kiosk.walk_in()];
    assert_eq!(kiosk.upload(&facts).await.unwrap(), held(2, 0));
    assert_eq!(stored(&kiosk).await, facts);
    // Whoever holds the number can be called all the same.
    let agent = server.agent("nadia").await;
    agent.open(1).await;
    let desk = agent.raw.get("/console/counters/1").await.text();
    assert!(desk.contains("demandez le motif"), "{desk}");
    assert_eq!(agent.act(1, CounterAction::CallNext).await.ok()["visit"]["numbers"], json!(["A777"]));
    agent.act(1, CounterAction::Finish).await.ok();
    let server = server.restart(Duration::zero()).await;
    let reader = server.kiosk().await;
    let kept = stored(&reader).await;
    assert_eq!(kept, facts, "also after a restart");
    assert_eq!((kept[0].version, kept[0].number.as_ref(), &kept[0].body), (2, Some(&number), &body));
}

#[tokio::test]
async fn a_kiosks_time_is_never_in_the_future_and_never_runs_back() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let start = kiosk.time;
    let mut facts = Vec::new();
    for minutes in [-30, -40, -20, 600, -10] {
        kiosk.time = start + Duration::minutes(minutes);
        facts.push(kiosk.walk_in());
    }
    kiosk.upload(&facts[..3]).await.unwrap();
    kiosk.upload(&facts[3..]).await.unwrap();
    let times: Vec<DateTime<Utc>> = stored(&kiosk).await.iter().map(|fact| fact.at).collect();
    let ago = |minutes| start - Duration::minutes(minutes);
    assert_eq!(times[..3], [ago(30), ago(30), ago(20)], "true, held back, true");
    assert!((start..=server.app.clock.now()).contains(&times[3]), "no later than it was received: {times:?}");
    assert_eq!(times[4], times[3], "not before the one before");
    // Another incarnation has a past of its own.
    kiosk.begin_anew().await;
    kiosk.time = ago(50);
    let fact = kiosk.walk_in();
    kiosk.upload(&[fact]).await.unwrap();
    assert_eq!(stored(&kiosk).await.last().unwrap().at, ago(50));
}

#[tokio::test]
async fn a_batch_has_five_hundred_facts_at_most() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let facts = kiosk.walk_ins(501);
    let head = server.head();
    let problem = kiosk.upload_raw(&raw(&facts)).await.is_problem(400, "bad-request");
    assert!(problem.detail.unwrap().contains("500"));
    assert_eq!(server.head(), head, "nothing was stored");
    assert_eq!(kiosk.upload(&facts[..500]).await.unwrap(), held(500, 0));
    assert_eq!(kiosk.upload(&facts[500..]).await.unwrap(), held(501, 0));
}

#[tokio::test]
async fn a_full_batch_of_long_facts_fits_into_one_request() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let facts: Vec<Envelope> = (0..500)
        .map(|n| {
            let event = Event::PrintUncertain { number: TicketNumber::new(kiosk.lane.clone(), n) };
            kiosk
                .bent(event, |envelope| envelope.body = json!({ "kind": "later", "words": "œ".repeat(3000) }))
        })
        .collect();
    assert_eq!(kiosk.upload(&facts).await.unwrap(), held(500, 0));
}

#[tokio::test]
async fn the_ends_of_time_do_not_stop_the_hall() {
    let server = TestServer::start().await;
    let (mut kiosk, agent) = (server.kiosk().await, server.agent("nadia").await);
    agent.open(1).await;
    let mut facts = Vec::new();
    for (n, slot) in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC].into_iter().enumerate() {
        let booking = domain::BookingKey([u8::try_from(n).unwrap() + 1; 16]);
        let ticket = kiosk.ticket(VisitId::of_booking(&booking));
        facts.push(kiosk.fact(Event::CheckedIn { ticket, booking, slot, punctuality: Punctuality::OnTime }));
    }
    let event = Event::WalkInTaken { ticket: kiosk.ticket(VisitId(new_id())) };
    facts.push(kiosk.bent(event, |envelope| envelope.at = DateTime::<Utc>::MIN_UTC));
    let event = Event::WalkInTaken { ticket: kiosk.ticket(VisitId(new_id())) };
    facts.push(kiosk.bent(event, |envelope| envelope.at = DateTime::<Utc>::MAX_UTC));
    let event = Event::WalkInTaken { ticket: kiosk.ticket(VisitId(new_id())) };
    facts.push(kiosk.bent(event, |envelope| envelope.day = domain::ServiceDay(chrono::NaiveDate::MAX)));
    let acked = kiosk.upload_raw(&raw(&facts)).await.ok();
    assert_eq!(acked["acked_through"], 5, "what happened is taken, or kept apart");
    for _ in 0..3 {
        let called = agent.act(1, CounterAction::CallNext).await;
        assert!(!called.status.is_server_error(), "{}", called.text());
        agent.act(1, CounterAction::Finish).await;
    }
    kiosk.crowd(1).await;
    let server = server.restart(Duration::zero()).await;
    assert!(server.head() > 0, "and it starts again");
}

#[tokio::test]
async fn an_id_from_another_log_is_no_stumbling_block() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    let event = Event::WalkInTaken { ticket: kiosk.ticket(VisitId(new_id())) };
    let nil = kiosk.bent(event, |envelope| envelope.id = EventId(uuid::Uuid::nil()));
    assert_eq!(kiosk.upload(&[nil]).await.unwrap(), held(1, 0));
}

#[tokio::test]
async fn whoever_holds_a_ticket_of_a_kiosk_that_is_a_day_ahead_is_called_today() {
    let server = TestServer::start().await;
    let mut kiosk = server.kiosk().await;
    kiosk.time += Duration::days(1);
    let ticket = kiosk.ticket(VisitId(new_id()));
    let number = ticket.number.to_string();
    let event = Event::WalkInTaken { ticket };
    let fact = kiosk.bent(event, |fact| fact.day = domain::ServiceDay("2026-11-24".parse().unwrap()));
    kiosk.upload(&[fact]).await.unwrap();
    let agent = server.agent("nadia").await;
    agent.open(1).await;
    assert_eq!(agent.act(1, CounterAction::CallNext).await.ok()["visit"]["numbers"], json!([number]));
}

#[tokio::test]
async fn facts_of_a_day_that_nobody_has_opened_open_it_once() {
    let start = "2026-11-24T03:59:57+01:00".parse().unwrap();
    let server = Setup { start, ..Setup::default() }.start().await;
    let mut kiosk = server.kiosk().await;
    let four: DateTime<Utc> = "2026-11-24T04:00:00+01:00".parse().unwrap();
    soon("it becomes four", async {
        while server.app.clock.now() < four {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    (kiosk.time, kiosk.day) = (four, domain::ServiceDay("2026-11-24".parse().unwrap()));
    let facts = kiosk.walk_ins(3);
    kiosk.upload(&facts).await.unwrap();
    let db = rusqlite::Connection::open(server.app.config.database()).unwrap();
    let closed = "SELECT COUNT(*) FROM event WHERE site = 'lille' AND kind = 'day_closed'";
    assert_eq!(db.query_row(closed, [], |row| row.get::<_, u64>(0)).unwrap(), 1, "Monday ends once");
}

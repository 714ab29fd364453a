//! What needs a look inside the database: a full disk, a newer file, a number given twice.

use super::{Identity, LocalStore, OpenError};
use domain::{
    DeviceId, Event, EventId, FollowHash, LaneCode, Language, Recorded, ServiceDay, ServiceId, SiteId,
};
use domain::{TicketNumber, VisitId, event::Issued};
use protocol::LookupSecret;
use std::path::Path;
use uuid::Uuid;

fn paired(path: &Path) -> LocalStore {
    let mut store = LocalStore::open(path).unwrap();
    let identity = Identity {
        server: "https://localhost".into(),
        authority: None,
        device: DeviceId(Uuid::from_u128(1)),
        site: SiteId::new("lille"),
        name: "hall".into(),
        token: "t".into(),
        lookup: LookupSecret::new([1; 32]),
        follow_url: None,
        incarnation: Uuid::from_u128(2),
        lane: LaneCode::try_from("H".to_owned()).unwrap(),
    };
    store.adopt(&identity).unwrap();
    store
}

fn ticket(id: u128, number: &str) -> Recorded {
    let ticket = Issued {
        visit: VisitId(Uuid::from_u128(id)),
        number: number.parse::<TicketNumber>().unwrap(),
        service: ServiceId::new("INFO"),
        then: Vec::new(),
        party: domain::Party::default(),
        language: Language::new("fr"),
        priority: false,
        follow: FollowHash::new("0".repeat(64)),
        clock_certain: true,
    };
    Recorded {
        id: EventId(Uuid::from_u128(id)),
        at: "2026-11-23T08:00:00Z".parse().unwrap(),
        day: ServiceDay("2026-11-23".parse().unwrap()),
        event: Event::WalkInTaken { ticket },
    }
}

#[test]
fn a_number_is_never_given_twice_on_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = paired(&folder.path().join("k"));
    store.issue(&ticket(1, "H001"), VisitId(Uuid::from_u128(1))).unwrap();
    let error = store.issue(&ticket(2, "H001"), VisitId(Uuid::from_u128(2))).unwrap_err();
    assert!(error.is_conflict() && !error.is_full(), "{error:?}");
    assert_eq!(store.outgoing(10).unwrap().unwrap().facts.len(), 1, "nothing of the second is on record");
    assert_eq!(store.open_prints().unwrap().len(), 1);
}

#[test]
fn a_full_disk_refuses_before_anything_is_printed_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k");
    let mut store = paired(&path);
    let pages: u32 = store.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.db.pragma_update(None, "max_page_count", pages + 2).unwrap();
    let mut issued = 0;
    let error = loop {
        let number = TicketNumber::new(LaneCode::try_from("H".to_owned()).unwrap(), issued);
        match store.issue(&ticket(u128::from(issued) + 1, &number.to_string()), VisitId(Uuid::nil())) {
            Ok(_) => issued += 1,
            Err(error) => break error,
        }
    };
    assert!(error.is_full(), "{error:?}");
    let whole = |store: &LocalStore, tickets: u16| {
        assert_eq!(store.outgoing(1000).unwrap().unwrap().facts.len(), usize::from(tickets));
        assert_eq!(store.open_prints().unwrap().len(), usize::from(tickets));
    };
    whole(&store, issued);
    // There is room again: the chain goes on where it was.
    store.db.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    store.issue(&ticket(999, "H999"), VisitId(Uuid::nil())).unwrap();
    drop(store);
    whole(&LocalStore::open(&path).unwrap(), issued + 1);
}

#[test]
fn the_file_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k");
    let store = paired(&path);
    store.db.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    let error = LocalStore::open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
}

#[test]
fn a_week_after_the_server_has_them_facts_are_forgotten_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = paired(&folder.path().join("k"));
    let incarnation = Uuid::from_u128(2);
    store.issue(&ticket(1, "H001"), VisitId(Uuid::nil())).unwrap();
    store.issue(&ticket(2, "H002"), VisitId(Uuid::nil())).unwrap();
    assert!(store.acknowledge(incarnation, 1, 1).unwrap());
    store.purge(ServiceDay("2026-12-15".parse().unwrap())).unwrap();
    let left = store.outgoing(10).unwrap().unwrap().facts;
    assert_eq!(left.len(), 1, "what the server does not hold is kept");
    assert!(store.open_prints().unwrap().is_empty());
    store.issue(&ticket(3, "H003"), VisitId(Uuid::nil())).unwrap();
    let facts = store.outgoing(10).unwrap().unwrap().facts;
    assert_eq!(facts[1].origin.as_ref().unwrap().seq, 3);
    assert_eq!(facts[1].origin.as_ref().unwrap().previous, facts[0].hash());
}

#[test]
fn what_was_stated_while_facts_were_under_way_is_not_taken_for_held() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = paired(&folder.path().join("k"));
    store.issue(&ticket(1, "H001"), VisitId(Uuid::nil())).unwrap();
    let sent = store.outgoing(10).unwrap().unwrap().facts.len() as u64;
    store.issue(&ticket(2, "H002"), VisitId(Uuid::nil())).unwrap();
    // A copy of this disk went on elsewhere, and the server holds another second fact of this chain.
    assert!(store.acknowledge(Uuid::from_u128(2), 2, sent).unwrap());
    let left = store.outgoing(10).unwrap().unwrap().facts;
    assert_eq!(
        left.iter().map(|fact| fact.number.as_ref().unwrap().to_string()).collect::<Vec<_>>(),
        ["H002"]
    );
}

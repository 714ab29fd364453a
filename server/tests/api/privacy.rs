//! What must not leave the server, and what must not be in its files.

use crate::{
    actors::{Kiosk, everything, new_id},
    helpers::{TestServer, lille},
};
use domain::{Booking, BookingKey, BookingStatus, ServiceId};
use protocol::{
    Cursor,
    pairing::DeviceKind,
    route::{self, CounterAction},
};
use server::store::Person;

/// Everything that a person would not like to find on a screen.
const SECRETS: [&str; 6] =
    ["RDV-QUIET-1", "Lovelace", "Augusta", "+33612345678", "ada@example.org", "1815-12-10"];

fn ada() -> Person {
    let [reference, last_name, first_name, phone, email, birth_date] = SECRETS.map(str::to_owned);
    Person {
        reference,
        last_name: Some(last_name),
        first_name: Some(first_name),
        phone: Some(phone),
        email: Some(email),
        birth_date: Some(birth_date),
    }
}

/// A booking of Ada's, loaded as the operator's import does.
async fn booked(server: &TestServer) -> Booking {
    let key = server.app.lookup.key(SECRETS[0]).unwrap();
    let slot = server.setup.start;
    let status = BookingStatus::Booked;
    let booking =
        Booking { key, slot, service: ServiceId::new("RT-7Q"), party: domain::Party::default(), status };
    let loaded = vec![(booking.clone(), ada())];
    server.app.writer.bookings(lille(), loaded, false).await.unwrap();
    booking
}

#[track_caller]
fn tells_nobody(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.to_lowercase().contains(&secret.to_lowercase()), "{what} holds {secret}: {text}");
    }
}

#[tokio::test]
async fn a_kiosk_knows_a_booking_only_when_it_is_shown_the_reference() {
    let server = TestServer::start().await;
    let booking = booked(&server).await;
    let kiosk = server.kiosk().await;
    let snapshot = kiosk.raw.get(&route::kiosk_snapshot(&lille())).await;
    tells_nobody("the snapshot", &snapshot.text());
    tells_nobody("the stream", &serde_json::to_string(&everything(&kiosk).await).unwrap());
    // Whoever holds the exact reference finds it.
    let branch = kiosk.client.kiosk_snapshot(&lille()).await.unwrap().branch;
    let lookup = kiosk.paired.lookup.clone().unwrap();
    assert_eq!(lookup.key("rdv-quiet-1").and_then(|key| branch.bookings.get(&key)), Some(&booking));
    assert_eq!(lookup.key("RDV-QUIET-2").and_then(|key| branch.bookings.get(&key)), None);
}

#[tokio::test]
async fn no_route_lists_bookings_or_people() {
    let server = TestServer::start().await;
    booked(&server).await;
    let kiosk = server.kiosk().await;
    for guess in ["bookings", "people", "persons", "visits", "kiosk/bookings", "rejected", "devices"] {
        let path = format!("/api/v1/sites/lille/{guess}");
        kiosk.raw.get(&path).await.is_problem(404, "not-found");
    }
}

#[tokio::test]
async fn a_board_shows_numbers_and_counters_and_nothing_of_the_visit() {
    let server = TestServer::start().await;
    let booking = booked(&server).await;
    let (mut kiosk, board, agent) = (server.kiosk().await, server.board().await, server.agent("nadia").await);
    let head = kiosk.cursor().await;
    let mut stream = board.read(Cursor { seq: 0, ..head }).await;
    let fact = kiosk.check_in(booking.key, booking.slot);
    let number = fact.number.clone().unwrap();
    kiosk.upload(&[fact]).await.unwrap();
    agent.open(2).await;
    agent.act(2, CounterAction::CallNext).await.ok();

    let (_, day) = stream.event().await;
    assert!(day.contains("day_opened"), "{day}");
    let (_, call) = stream.event().await;
    assert!(call.contains(&format!("\"{number}\"")) && call.contains("\"counter\":2,"), "{call}");
    let snapshot = board.raw.get(&route::board_snapshot(&lille())).await.text();
    assert!(snapshot.contains(&format!("\"{number}\"")), "{snapshot}");

    agent.act(2, CounterAction::NoShow).await.ok();
    let (_, missed) = stream.event().await;
    assert!(missed.contains("missed"), "{missed}");
    let visit = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["visit"].clone();
    assert_eq!(visit(&call), visit(&missed), "the board can tell which call ended");
    let calls = serde_json::from_str::<serde_json::Value>(&snapshot).unwrap()["board"]["calls"].clone();
    assert_eq!(calls[0]["visit"], visit(&call), "in the snapshot as in the stream");

    for text in [snapshot, String::from_utf8(stream.bytes.clone()).unwrap()] {
        tells_nobody("the board", &text);
        for word in ["RT-7Q", "INFO-7Q", "Remise", "qaa", "slot", "priority", "f0f0"] {
            assert!(!text.contains(word), "the board holds {word}: {text}");
        }
        assert!(!holds_key(&text, booking.key), "the board could tell the booking: {text}");
    }
}

/// Whether a text holds a booking's key, as it is or made into a UUID.
fn holds_key(text: &str, key: BookingKey) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    // The version and the variant of a UUID stand in its second half.
    digits.contains(&key.to_string()[..12])
}

#[tokio::test]
async fn tokens_and_codes_cannot_be_read_from_the_files() {
    let server = TestServer::start().await;
    let code = server.code(&lille(), DeviceKind::Kiosk).await;
    let kiosk = Kiosk::enrol(&server, &lille()).await;
    let agent = server.agent("nadia").await;
    let nobodys = new_id().to_string();
    let folder = server.stop().await;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            files.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |secret: &str| files.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
    assert!(holds("nadia") && !holds(&nobodys), "the check reads the right files");
    for secret in [&code, &kiosk.paired.token, &agent.session, "correct horse battery"] {
        assert!(!holds(secret), "{secret} is stored as it is");
    }
}

#[tokio::test]
async fn names_stand_in_one_table_and_never_in_the_log() {
    let server = TestServer::start().await;
    booked(&server).await;
    let folder = server.stop().await;
    let db = rusqlite::Connection::open(folder.path().join("guichet.sqlite3")).unwrap();
    let log: String =
        db.query_row("SELECT group_concat(envelope, '\n') FROM event", [], |row| row.get(0)).unwrap();
    assert!(log.contains("booking_recorded"), "{log}");
    tells_nobody("the log", &log);
    let people: i64 = db.query_row("SELECT COUNT(*) FROM person", [], |row| row.get(0)).unwrap();
    assert_eq!(people, 1);
}

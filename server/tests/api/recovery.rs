//! After a restore: what devices hand back, who is called, and who is asked about.

use crate::{
    actors::{Agent, Board, Kiosk, everything},
    backups::{back_up, restored},
    helpers::{Setup, TestServer, lille},
};
use domain::{Doubt, Event, SiteId, TicketNumber, VisitState};
use protocol::{
    Cursor, Envelope,
    client::ClientError,
    control::Ask,
    recovery::{HandBack, Handed, Stated},
    route::{self, CounterAction, VisitAction},
    upload::Upload,
};
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

/// A hall with a kiosk, a board and an agent at counter 1, of which a backup is kept.
struct Hall {
    server: TestServer,
    kiosk: Kiosk,
    board: Board,
    agent: Agent,
    backup: PathBuf,
    facts: Vec<Envelope>,
    _folder: TempDir,
}

/// What the kiosk knew when the server was lost.
struct Lost {
    cursor: Cursor,
    log: Vec<Envelope>,
    stated: Stated,
    board: HandBack,
}

impl Hall {
    /// So many people are here when the backup is made.
    async fn open(people: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let setup = Setup { backup: Some((folder.path().to_owned(), 9)), ..Setup::default() };
        let server = setup.start().await;
        let (mut kiosk, board) = (server.kiosk().await, server.board().await);
        let agent = server.supervisor("nadia").await;
        agent.open(1).await;
        let facts = kiosk.walk_ins(people);
        kiosk.upload(&facts).await.unwrap();
        let backup = back_up(&server).await;
        Self { server, kiosk, board, agent, backup, facts, _folder: folder }
    }

    async fn come(&mut self, people: usize) {
        let facts = self.kiosk.walk_ins(people);
        self.kiosk.upload(&facts).await.unwrap();
        self.facts.extend(facts);
    }

    /// Calls and serves so many.
    async fn serve(&self, people: usize) {
        for _ in 0..people {
            self.agent.act(1, CounterAction::CallNext).await.ok();
            self.agent.act(1, CounterAction::Finish).await.ok();
        }
    }

    /// The server is lost and restored from the backup.
    async fn restore(self) -> (Self, Lost) {
        let snapshot = self.board.client.board_snapshot(&lille()).await.unwrap();
        let lost = Lost {
            cursor: self.kiosk.cursor().await,
            log: everything(&self.kiosk).await,
            stated: Stated { incarnation: self.kiosk.incarnation, through: self.kiosk.seq },
            board: HandBack {
                epoch: snapshot.cursor.epoch,
                calls: snapshot.board.calls,
                last: true,
                ..HandBack::default()
            },
        };
        let (server, _) = restored(self.server, &self.backup).await;
        let client = server.client().with_token(self.board.paired.token.clone());
        let board = Board {
            raw: server.anon().with_token(&self.board.paired.token),
            client,
            paired: self.board.paired,
        };
        let (kiosk, agent) = (self.kiosk.at(&server), self.agent.at(&server));
        (Self { server, kiosk, board, agent, ..self }, lost)
    }

    /// The kiosk hands back what it knows and states its facts again.
    async fn kiosk_returns(&self, lost: &Lost) {
        self.hand_back(&lost.part()).await;
        self.kiosk.upload(&self.facts).await.unwrap();
    }

    async fn board_returns(&self, lost: &Lost) {
        assert!(self.board.client.board_snapshot(&lille()).await.unwrap().awaited);
        assert!(self.board.client.hand_back(&lille(), &lost.board).await.unwrap().wanted);
        assert!(!self.board.client.board_snapshot(&lille()).await.unwrap().awaited);
    }

    async fn hand_back(&self, part: &HandBack) {
        assert!(self.kiosk.client.hand_back(&lille(), part).await.unwrap().wanted);
    }

    fn is_recovering(&self) -> bool {
        self.server.app.sites.get(&lille()).unwrap().live().branch.recovery.is_some()
    }

    fn in_doubt(&self) -> usize {
        self.server.app.sites.get(&lille()).unwrap().live().branch.in_doubt().len()
    }

    /// Calls everybody in turn and gives their numbers.
    async fn call_all(&self) -> Vec<String> {
        let mut called = Vec::new();
        loop {
            let answer = self.agent.act(1, CounterAction::CallNext).await;
            if answer.status != 200 {
                return called;
            }
            called.push(answer.ok()["visit"]["numbers"][0].as_str().unwrap().to_owned());
            self.agent.act(1, CounterAction::Finish).await.ok();
        }
    }
}

impl Lost {
    fn part(&self) -> HandBack {
        let seqs = 1..;
        let events = seqs.zip(&self.log).map(|(seq, envelope)| Handed::of(seq, envelope).unwrap());
        HandBack {
            epoch: self.cursor.epoch,
            events: events.collect(),
            last: true,
            stated: Some(self.stated),
            ..HandBack::default()
        }
    }
}

fn numbers(facts: &[Envelope]) -> Vec<String> {
    facts.iter().map(|fact| fact.number.clone().unwrap().to_string()).collect()
}

#[tokio::test]
async fn nobody_is_lost_and_nobody_who_was_served_is_called_again() {
    let mut hall = Hall::open(3).await;
    hall.come(4).await;
    hall.serve(5).await;
    let (hall, lost) = hall.restore().await;
    assert_eq!(hall.call_all().await, [""; 0], "whoever was here before may have been served");
    hall.kiosk_returns(&lost).await;
    assert!(hall.is_recovering(), "the board has not come back");
    hall.board_returns(&lost).await;
    assert!(!hall.is_recovering());
    assert_eq!(hall.call_all().await, numbers(&hall.facts[5..]));
    let live = hall.server.app.sites.get(&lille()).unwrap().live();
    assert_eq!(live.branch.numbers.len(), 7, "0 check-ins lost");
}

#[tokio::test]
async fn what_is_taken_in_is_recorded_as_it_happened() {
    let hall = Hall::open(2).await;
    hall.serve(2).await;
    let (hall, lost) = hall.restore().await;
    hall.hand_back(&HandBack { last: false, ..lost.part() }).await;
    let log = everything(&hall.kiosk).await;
    let decided = |log: &[Envelope]| -> Vec<Envelope> {
        log.iter().filter(|event| ["called", "finished"].contains(&event.kind())).cloned().collect()
    };
    assert_eq!(decided(&log), decided(&lost.log), "the same events, with their identities and times");
    hall.hand_back(&HandBack { last: false, ..lost.part() }).await;
    assert_eq!(everything(&hall.kiosk).await.len(), log.len(), "a repeat leaves no event");
}

#[tokio::test]
async fn whoever_comes_after_the_restore_is_called_in_turn() {
    let mut hall = Hall::open(1).await;
    hall.serve(1).await;
    hall.come(1).await;
    let (mut hall, lost) = hall.restore().await;
    hall.kiosk_returns(&lost).await;
    let before = numbers(&hall.facts[1..]);
    hall.come(1).await;
    assert_eq!(hall.call_all().await, numbers(&hall.facts[2..]));
    assert_eq!(hall.in_doubt(), 1);
    hall.board_returns(&lost).await;
    assert_eq!(hall.call_all().await, before);
}

#[tokio::test]
async fn staff_confirm_one_by_one_whoever_stands_before_them() {
    let hall = Hall::open(2).await;
    let (hall, _) = hall.restore().await;
    let number: TicketNumber = numbers(&hall.facts)[1].parse().unwrap();
    let path = route::visit(&lille(), &number, VisitAction::Confirm);
    assert_eq!(hall.agent.raw.post(&path, &json!({})).await.status, 204);
    assert_eq!(hall.call_all().await, [number.to_string()]);
    let first = &numbers(&hall.facts)[0];
    let by_hand = route::counter(&lille(), domain::CounterId(1), CounterAction::Call);
    assert_eq!(hall.agent.raw.post(&by_hand, &json!({ "number": first })).await.status, 200);
}

#[tokio::test]
async fn no_lane_is_granted_before_every_kiosk_has_come_back_and_a_lost_one_never() {
    let hall = Hall::open(1).await;
    let mut late = hall.server.kiosk().await;
    late.crowd(1).await;
    let lane = late.lane.clone();
    let log = everything(&hall.kiosk).await;
    // The database that was lost cannot be read: nobody knows of the kiosk that was enrolled since.
    let (database, setup) = (hall.server.app.config.database(), hall.server.setup.clone());
    let (kiosk, board, backup, facts) = (hall.kiosk, hall.board, hall.backup, hall.facts);
    let cursor = kiosk.cursor().await;
    let folder = hall.server.stop().await;
    std::fs::write(&database, "lost").unwrap();
    let told =
        server::restore::restore(&setup.config(folder.path()), &backup, server::clock::Clock::default());
    assert_eq!(told.unwrap().devices_known, Some(false));
    let server = setup.start_in(folder).await.unwrap();

    let code = server.code(&lille(), protocol::pairing::DeviceKind::Kiosk).await;
    let request = protocol::pairing::PairRequest { code, incarnation: uuid::Uuid::from_u128(77) };
    let error = server.client().pair(&request).await.unwrap_err();
    let ClientError::Refused(problem) = error else { panic!("{error:?}") };
    assert_eq!((problem.status, problem.refusal), (409, Some(domain::Refusal::KiosksAwaited)));

    let kiosk = kiosk.at(&server);
    let stated = Stated { incarnation: kiosk.incarnation, through: kiosk.seq };
    let lost = Lost { cursor, log, stated, board: HandBack::default() };
    assert!(kiosk.client.hand_back(&lille(), &lost.part()).await.unwrap().wanted);
    kiosk.upload(&facts).await.unwrap();
    let paired = server.client().pair(&request).await.unwrap();
    assert_ne!(paired.lane, Some(lane), "the code was not used up, and the lost lane is not given again");
    drop(board);
}

#[tokio::test]
async fn a_kiosk_that_follows_the_lost_log_sends_nothing_before_it_has_heard_of_the_new_one() {
    let hall = Hall::open(1).await;
    let (mut hall, lost) = hall.restore().await;
    let upload = Upload::of(hall.kiosk.incarnation, &[hall.kiosk.walk_in()]).unwrap();
    let followed = upload.clone().of_follower(Some(lost.cursor.epoch));
    let ClientError::Refused(problem) = hall.kiosk.client.upload(&lille(), &followed).await.unwrap_err()
    else {
        panic!("it was taken")
    };
    assert_eq!((problem.code(), problem.status), ("other-epoch", 409));
    let epoch = hall.kiosk.cursor().await.epoch;
    assert!(hall.kiosk.client.upload(&lille(), &upload.of_follower(Some(epoch))).await.is_ok());
}

#[tokio::test]
async fn whoever_the_board_saw_called_stays_to_be_confirmed_if_nobody_knows_more() {
    let hall = Hall::open(2).await;
    hall.serve(1).await;
    let (hall, mut lost) = hall.restore().await;
    // The kiosk was cut off before the call.
    lost.log.retain(|event| !["called", "finished"].contains(&event.kind()));
    hall.board_returns(&lost).await;
    hall.kiosk_returns(&lost).await;
    assert!(!hall.is_recovering());
    assert_eq!(hall.call_all().await, numbers(&hall.facts[1..]));
    assert_eq!(hall.in_doubt(), 1);
    let live = hall.server.app.sites.get(&lille()).unwrap().live();
    let visit = live.branch.in_doubt()[0];
    assert!(matches!(visit.doubt, Some(Doubt::Called { .. })) && visit.state == VisitState::Waiting);
}

#[tokio::test]
async fn two_kiosks_hand_back_in_any_order() {
    let hall = Hall::open(2).await;
    let mut second = hall.server.kiosk().await;
    second.crowd(1).await;
    hall.serve(3).await;
    let (hall, lost) = hall.restore().await;
    let (served, later) = (lost.log.len() - 3, lost.part().events.split_off(lost.log.len() - 3));
    // The first knows only the end, the second only what was before.
    hall.hand_back(&HandBack { events: later, ..lost.part() }).await;
    hall.kiosk.upload(&hall.facts).await.unwrap();
    let second = second.at(&hall.server);
    let before = lost.part().events.into_iter().take(served).collect();
    let stated = Some(Stated { incarnation: second.incarnation, through: second.seq });
    let part = HandBack { events: before, stated, ..lost.part() };
    assert!(second.client.hand_back(&lille(), &part).await.unwrap().wanted);
    assert_eq!(hall.in_doubt(), 0, "all three were served");
}

#[tokio::test]
async fn the_operator_ends_the_waiting_for_a_kiosk_that_never_comes_back() {
    let hall = Hall::open(2).await;
    let (hall, lost) = hall.restore().await;
    hall.server.operate(Ask::Recovered { site: None }).await;
    assert!(!hall.is_recovering());
    assert_eq!(hall.call_all().await, numbers(&hall.facts));
    let answer = hall.kiosk.client.hand_back(&lille(), &lost.part()).await.unwrap();
    assert!(!answer.wanted, "it is too late");
}

#[tokio::test]
async fn a_recovery_goes_on_after_the_server_was_started_again() {
    let hall = Hall::open(2).await;
    hall.serve(1).await;
    let (hall, lost) = hall.restore().await;
    // Only the end: it waits for what was before.
    let end = lost.part().events.split_off(lost.log.len() - 1);
    hall.hand_back(&HandBack { events: end, last: false, ..lost.part() }).await;
    let server = hall.server.restart(chrono::Duration::minutes(1)).await;
    let hall = Hall { kiosk: hall.kiosk.at(&server), agent: hall.agent.at(&server), server, ..hall };
    assert_eq!((hall.is_recovering(), hall.in_doubt()), (true, 2));
    let before = lost.part().events.into_iter().take(lost.log.len() - 1).collect();
    hall.hand_back(&HandBack { events: before, ..lost.part() }).await;
    assert_eq!(hall.in_doubt(), 1);
}

#[tokio::test]
async fn a_device_hands_back_no_more_than_it_may() {
    let hall = Hall::open(1).await;
    let (mut hall, lost) = hall.restore().await;
    let path = route::hand_back(&lille());
    let status = async |caller: &crate::actors::Caller, part: &HandBack| {
        caller.post(&path, &serde_json::to_value(part).unwrap()).await.status
    };
    assert_eq!(status(&hall.board.raw, &lost.part()).await, 403, "a board knows only calls");
    assert_eq!(status(&hall.server.anon(), &lost.part()).await, 401);
    let elsewhere = Kiosk::enrol(&hall.server, &SiteId::new("roubaix")).await;
    assert_eq!(status(&elsewhere.raw, &lost.part()).await, 403);
    let many = lost.part().events.into_iter().cycle().take(501).collect();
    assert_eq!(status(&hall.kiosk.raw, &HandBack { events: many, ..lost.part() }).await, 400);
    let own = HandBack { epoch: hall.kiosk.cursor().await.epoch, ..lost.part() };
    assert_eq!(status(&hall.kiosk.raw, &own).await, 400, "it has this log");
    // What is no event, or of another site, or a fact that no kiosk states, is passed over.
    let head = hall.server.head();
    let mut forged = hall.kiosk.fact(Event::RecoveryEnded);
    let odd: Vec<Handed> = [json!("nonsense"), serde_json::to_value(&forged).unwrap(), {
        forged.site = SiteId::new("roubaix");
        serde_json::to_value(&forged).unwrap()
    }]
    .into_iter()
    .zip(1..)
    .map(|(event, seq): (Value, u64)| Handed { seq, event })
    .collect();
    hall.hand_back(&HandBack { events: odd, last: false, ..lost.part() }).await;
    assert_eq!(hall.server.head(), head);
    assert!(hall.is_recovering());
}

#[tokio::test]
async fn the_console_shows_whom_to_confirm_and_a_press_confirms_them() {
    let hall = Hall::open(1).await;
    let (hall, _) = hall.restore().await;
    let number = numbers(&hall.facts)[0].clone();
    let page = hall.agent.raw.get("/console/counters/1").await.text();
    assert!(page.contains("À confirmer") && page.contains(&number) && page.contains("hall"), "{page}");
    let press = hall
        .agent
        .raw
        .request(reqwest::Method::POST, &format!("/console/counters/1/visits/{number}/confirm"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("key={}", crate::actors::new_id()));
    assert_eq!(hall.agent.raw.send(press).await.status, 303, "without scripts it leads back to the desk");
    assert_eq!(hall.call_all().await, [number]);
    let choice = hall.agent.raw.get("/console").await.text();
    assert!(choice.contains("Ne plus les attendre"), "{choice}");
    let press = hall.agent.raw.request(reqwest::Method::POST, "/console/recovered");
    assert_eq!(hall.agent.raw.send(press).await.status, 303);
    assert!(!hall.is_recovering());
}

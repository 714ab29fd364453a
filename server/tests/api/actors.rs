//! Who asks: somebody without a token, a kiosk, a board, an agent.

use crate::{
    answer::Answer,
    helpers::{TestServer, lille, soon},
    reading::Reading,
};
use chrono::{DateTime, Utc};
use domain::{
    BookingKey, CounterId, Event, EventId, FollowHash, LaneCode, Language, Punctuality, Recorded, ServiceDay,
    ServiceId, SiteId, TicketNumber, VisitId, event::Issued,
};
use protocol::{
    Cursor, Envelope, Origin,
    client::{Client, ClientError},
    control::{self, Ask},
    envelope::Hash,
    pairing::{DeviceKind, PairRequest, Paired},
    route::{self, CounterAction},
    upload::{Acknowledged, Upload},
};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use server::clock::Clock;
use uuid::Uuid;

/// A fresh identity, from the one place that makes them.
pub fn new_id() -> Uuid {
    Clock::default().new_id()
}

/// Any client, well-behaved or not.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The connection.
    pub http: reqwest::Client,
    url: String,
    header: Option<(&'static str, String)>,
}

impl Caller {
    /// Somebody who believes the server and shows nothing.
    pub fn new(url: &str, authority: &str) -> Self {
        Self::built(url, authority, |builder| builder)
    }

    /// The same with another way of speaking HTTP.
    pub fn built(
        url: &str,
        authority: &str,
        speaking: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Self {
        protocol::trust::install_tls_provider();
        let certificate = reqwest::Certificate::from_pem(authority.as_bytes()).unwrap();
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([certificate]);
        Self { http: speaking(builder).build().unwrap(), url: url.to_owned(), header: None }
    }

    /// The same, showing a token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { header: Some(("authorization", format!("Bearer {token}"))), ..self.clone() }
    }

    /// The same, showing a cookie.
    pub fn with_cookie(&self, cookie: &str) -> Self {
        Self { header: Some(("cookie", cookie.to_owned())), ..self.clone() }
    }

    /// A request to be finished.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.header {
            Some((name, value)) => request.header(*name, value),
            None => request,
        }
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        soon("an answer", async { Answer::of(request.send().await.unwrap()).await }).await
    }

    /// Asks for something.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Opens a stream where `cursor` says, or says nothing about it.
    pub async fn read(&self, path: &str, cursor: Option<&str>) -> Reading {
        let request = self.request(Method::GET, path).header("accept", "text/event-stream");
        let request = match cursor {
            Some(cursor) => request.header("last-event-id", cursor),
            None => request,
        };
        Reading::of(soon("the stream opens", request.send()).await.unwrap())
    }
}

/// Enrols a device.
async fn enrol(server: &TestServer, site: &SiteId, kind: DeviceKind, incarnation: Uuid) -> (Client, Paired) {
    let code = server.code(site, kind).await;
    let client = server.client();
    let paired = client.pair(&PairRequest { code, incarnation }).await.unwrap();
    (client.with_token(paired.token.clone()), paired)
}

/// A kiosk that states facts.
pub struct Kiosk {
    /// The product's own client.
    pub client: Client,
    /// One that keeps to no rule, with the same token.
    pub raw: Caller,
    /// What it was told when it was enrolled.
    pub paired: Paired,
    /// Its series of numbers.
    pub lane: LaneCode,
    /// The present incarnation of its database.
    pub incarnation: Uuid,
    /// The last fact stated.
    pub seq: u64,
    /// The hash of that fact.
    pub previous: Hash,
    /// Its clock.
    pub time: DateTime<Utc>,
    /// The service day by its clock.
    pub day: ServiceDay,
}

impl Kiosk {
    /// Enrols a kiosk at a site.
    pub async fn enrol(server: &TestServer, site: &SiteId) -> Self {
        let incarnation = new_id();
        let (client, paired) = enrol(server, site, DeviceKind::Kiosk, incarnation).await;
        let snapshot = client.kiosk_snapshot(site).await.unwrap();
        Self {
            raw: server.anon().with_token(&paired.token),
            lane: paired.lane.clone().expect("a kiosk has a lane"),
            client,
            paired,
            incarnation,
            seq: 0,
            previous: Hash::zero(),
            time: snapshot.server_time,
            day: snapshot.branch.day.unwrap(),
        }
    }

    /// The same kiosk, at a server that was started again.
    pub fn at(self, server: &TestServer) -> Self {
        let client = server.client().with_token(self.paired.token.clone());
        Self { raw: server.anon().with_token(&self.paired.token), client, ..self }
    }

    /// A new database on the same machine: another incarnation and lane.
    pub async fn begin_anew(&mut self) {
        self.incarnation = new_id();
        self.lane = self.client.new_incarnation(self.incarnation).await.unwrap().lane.unwrap();
        (self.seq, self.previous) = (0, Hash::zero());
    }

    /// States something: the next link of the chain.
    pub fn fact(&mut self, event: Event) -> Envelope {
        self.seq += 1;
        let recorded = Recorded { id: EventId(new_id()), at: self.time, day: self.day, event };
        let origin = Origin {
            device: self.paired.device,
            incarnation: self.incarnation,
            seq: self.seq,
            previous: self.previous.clone(),
        };
        let envelope = Envelope::wrap(self.paired.site.clone(), &recorded, Some(origin)).unwrap();
        self.previous = envelope.hash();
        envelope
    }

    /// States something whose envelope a test has bent.
    pub fn bent(&mut self, event: Event, bend: impl FnOnce(&mut Envelope)) -> Envelope {
        let mut envelope = self.fact(event);
        bend(&mut envelope);
        self.previous = envelope.hash();
        envelope
    }

    /// Somebody without a booking takes the next number.
    pub fn walk_in(&mut self) -> Envelope {
        let ticket = self.ticket(VisitId(new_id()));
        self.fact(Event::WalkInTaken { ticket })
    }

    /// So many people without a booking.
    pub fn walk_ins(&mut self, count: usize) -> Vec<Envelope> {
        (0..count).map(|_| self.walk_in()).collect()
    }

    /// Somebody with a booking comes on time.
    pub fn check_in(&mut self, booking: BookingKey, slot: DateTime<Utc>) -> Envelope {
        let ticket = self.ticket(VisitId::of_booking(&booking));
        self.fact(Event::CheckedIn { ticket, booking, slot, punctuality: Punctuality::OnTime })
    }

    /// The ticket after the last one.
    pub fn ticket(&self, visit: VisitId) -> Issued {
        Issued {
            visit,
            number: TicketNumber::new(self.lane.clone(), u16::try_from((self.seq + 1) % 1000).unwrap()),
            service: ServiceId::new("INFO-7Q"),
            then: Vec::new(),
            party: domain::Party::default(),
            language: Language::new("qaa"),
            priority: false,
            follow: FollowHash::new("f0".repeat(32)),
            clock_certain: true,
        }
    }

    /// Sends facts as the product does.
    pub async fn upload(&self, facts: &[Envelope]) -> Result<Acknowledged, ClientError> {
        let upload = Upload::of(self.incarnation, facts).unwrap();
        self.client.upload(&self.paired.site, &upload).await
    }

    /// Sends anything in the place of facts.
    pub async fn upload_raw(&self, facts: &[Value]) -> Answer {
        let body = serde_json::json!({ "incarnation": self.incarnation, "facts": facts });
        self.raw.post(&route::facts(&self.paired.site), &body).await
    }

    /// So many people come, and the server knows.
    pub async fn crowd(&mut self, count: usize) {
        let facts = self.walk_ins(count);
        for batch in facts.chunks(protocol::upload::BATCH_MAX) {
            self.upload(batch).await.unwrap();
        }
    }

    /// Reads the site's stream.
    pub async fn read(&self, cursor: Cursor) -> Reading {
        self.raw.read(&route::kiosk_stream(&self.paired.site), Some(&cursor.to_string())).await
    }

    /// Where the log stands.
    pub async fn cursor(&self) -> Cursor {
        self.client.kiosk_snapshot(&self.paired.site).await.unwrap().cursor
    }
}

/// A board.
pub struct Board {
    /// The product's own client.
    pub client: Client,
    /// One that keeps to no rule, with the same token.
    pub raw: Caller,
    /// What it was told when it was enrolled.
    pub paired: Paired,
}

impl Board {
    /// Enrols a board at a site.
    pub async fn enrol(server: &TestServer, site: &SiteId) -> Self {
        let (client, paired) = enrol(server, site, DeviceKind::Board, new_id()).await;
        Self { client, raw: server.anon().with_token(&paired.token), paired }
    }

    /// Reads the calls.
    pub async fn read(&self, cursor: Cursor) -> Reading {
        self.raw.read(&route::board_stream(&self.paired.site), Some(&cursor.to_string())).await
    }
}

/// Somebody who works at a counter, through a program.
pub struct Agent {
    /// With the session's cookie.
    pub raw: Caller,
    /// The session's secret.
    pub session: String,
    site: SiteId,
}

impl Agent {
    /// Makes an account and signs in as a browser would.
    pub async fn sign_in(server: &TestServer, site: &SiteId, name: &str, role: control::Role) -> Self {
        let password = "correct horse battery";
        let account =
            Ask::AddAgent { site: site.clone(), name: name.into(), password: password.into(), role };
        let made = server.operate(account).await;
        assert!(matches!(made, control::Answer::Agent { .. }), "{made:?}");
        Self::enter(server, site, name).await
    }

    /// Signs in with an account that is there, as a browser would.
    pub async fn enter(server: &TestServer, site: &SiteId, name: &str) -> Self {
        let answer = Self::try_to_enter(server, name).await;
        let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("{}", answer.text()));
        let cookie = cookie.split(';').next().unwrap();
        let session = cookie.split_once('=').unwrap().1.to_owned();
        Self { raw: server.anon().with_cookie(cookie), session, site: site.clone() }
    }

    /// What the sign-in page answers.
    pub async fn try_to_enter(server: &TestServer, name: &str) -> Answer {
        let password = "correct horse battery";
        let anon = server.anon();
        let form = anon
            .request(Method::POST, "/console/sign-in")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("name={name}&password={password}"));
        anon.send(form).await
    }

    /// Signs out, as a browser would.
    pub async fn sign_out(&self) {
        let press = self.raw.request(Method::POST, "/console/sign-out");
        assert_eq!(self.raw.send(press).await.status, 303);
    }

    /// The same agent, still signed in, at a server that was started again.
    pub fn at(self, server: &TestServer) -> Self {
        let cookie = format!("{}={}", server::auth::SESSION_COOKIE, self.session);
        Self { raw: server.anon().with_cookie(&cookie), ..self }
    }

    /// Does something at a counter.
    pub async fn act(&self, counter: u16, action: CounterAction) -> Answer {
        self.raw.send(self.acting(counter, action)).await
    }

    /// Does something at a counter, and says that it is the same as another time.
    pub async fn act_once(&self, counter: u16, action: CounterAction, key: Uuid) -> Answer {
        self.raw.send(self.acting(counter, action).header("idempotency-key", key.to_string())).await
    }

    fn acting(&self, counter: u16, action: CounterAction) -> RequestBuilder {
        self.raw.request(Method::POST, &route::counter(&self.site, CounterId(counter), action))
    }

    /// Sits down at a counter.
    pub async fn open(&self, counter: u16) {
        self.act(counter, CounterAction::Open).await.ok();
    }
}

/// Everybody of Lille's log, in the order of the log.
pub async fn everything(kiosk: &Kiosk) -> Vec<Envelope> {
    let head = kiosk.cursor().await;
    assert_eq!(kiosk.paired.site, lille());
    let mut reading = kiosk.read(Cursor { seq: 0, ..head }).await;
    let mut log = Vec::new();
    while log.len() < usize::try_from(head.seq).unwrap() {
        let (_, data) = reading.event().await;
        log.push(serde_json::from_str(&data).unwrap());
    }
    log
}

//! A kiosk in a hall on Monday 23 November 2026, with real rules, a real database and a clock that the
//! test moves.

use chrono::{NaiveTime, TimeDelta};
use domain::{
    AgentId, Booking, BookingStatus, Branch, Counter, CounterId, DeviceId, Event, EventId, Hours, LaneCode,
    Language, Party, RecallRule, Recorded, Service, ServiceDay, ServiceId, Site, SiteId, Text, Time, WalkIn,
    booking::Elsewhere,
    order::{CallReason, Class},
    site::Message,
};
use kiosk::{
    clock::{KioskClock, Reading},
    flow::{
        Code, Device, Effect, Msg, OperatorEffect, OperatorMsg, SETTLES_WITHIN, Settings, ViewModel, Visit,
        step, view,
    },
    local::{Identity, LocalStore},
    pin::Pin,
    reception::{News, Outcome, Paper, Reception},
};
use protocol::{Cursor, Envelope, LookupSecret, snapshot::KioskSnapshot};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use uuid::Uuid;

pub const EPOCH: Uuid = Uuid::from_u128(0xE);
pub const INCARNATION: Uuid = Uuid::from_u128(0x1);

pub struct Hall {
    pub folder: TempDir,
    pub reception: Option<Reception>,
    pub visit: Visit,
    pub clock: Arc<KioskClock>,
    pub machine: Arc<Mutex<Reading>>,
    /// What the server has recorded.
    pub server: Branch,
    pub seq: u64,
    /// Jobs that went to the printer and are not done.
    pub jobs: Vec<u64>,
    /// Lists that went to the printer and are not done.
    pub lists: Vec<u64>,
}

pub fn at(text: &str) -> Time {
    format!("2026-11-23T{text}:00+01:00").parse().unwrap()
}

pub fn monday() -> ServiceDay {
    ServiceDay("2026-11-23".parse().unwrap())
}

pub fn secret() -> LookupSecret {
    LookupSecret::new([7; 32])
}

pub fn device() -> DeviceId {
    DeviceId(Uuid::from_u128(0xD))
}

pub fn lane(code: &str) -> LaneCode {
    LaneCode::try_from(code.to_owned()).unwrap()
}

pub fn identity() -> Identity {
    Identity {
        server: "https://localhost:1".into(),
        authority: None,
        device: device(),
        site: SiteId::new("lille"),
        name: "Borne 1".into(),
        token: "token".into(),
        lookup: secret(),
        follow_url: Some("https://rdv.example/t".into()),
        incarnation: INCARNATION,
        lane: lane("H"),
    }
}

fn words(fr: &str, en: &str) -> Text {
    Text::new([(Language::new("fr"), fr.to_owned()), (Language::new("en"), en.to_owned())])
}

fn service(letter: &str, walk_in: Option<u32>) -> Service {
    Service {
        internal_label: format!("internal {letter}"),
        public_label: words(&format!("Service {letter}"), &format!("Service {letter}")),
        walk_in: walk_in.map(|limit| WalkIn {
            label: words("Un renseignement", "Information"),
            icon: None,
            daily_limit: Some(limit),
            stop_before_closing_minutes: Some(10),
        }),
        ..Service::default()
    }
}

fn site() -> Site {
    let services = [("RT".into(), service("A", None)), ("INFO".into(), service("B", Some(2)))];
    let services = services.map(|(code, service): (String, Service)| (ServiceId::new(code), service));
    let serves = services.iter().map(|(code, _)| code.clone()).collect();
    Site {
        id: SiteId::new("lille"),
        name: words("Préfecture du Nord", "Prefecture of Nord"),
        zone: chrono_tz::Europe::Paris,
        rollover_hour: 4,
        hours: Hours::daily(
            NaiveTime::from_hms_opt(8, 30, 0).unwrap(),
            NaiveTime::from_hms_opt(16, 0, 0).unwrap(),
        ),
        zones: [].into(),
        notes: [].into(),
        messages: vec![Message {
            text: words("L’ascenseur ne marche pas.", "The lift does not work."),
            from: None,
            to: Some(monday().0),
        }],
        services: services.into(),
        counters: [(CounterId(3), Counter { serves, zone: None })].into(),
        recall: RecallRule { calls_max: 3, cool_down_seconds: 5 },
        neighbours: [(SiteId::new("roubaix"), words("Annexe de Roubaix", "Roubaix annexe"))].into(),
    }
}

/// The site as the server knows it at the start of the day.
fn morning() -> Branch {
    let mut branch = Branch { site: Some(site()), day: Some(monday()), ..Branch::default() };
    let mut book = |reference: &str, slot: Time, status| {
        let key = secret().key(reference).unwrap();
        let booking = Booking { key, slot, service: ServiceId::new("RT"), party: Party::default(), status };
        branch.bookings.insert(key, booking);
    };
    for (reference, slot) in
        [("RDV-0910", "09:10"), ("RDV-0920", "09:20"), ("RDV-1130", "11:30"), ("RDV-1000", "10:00")]
    {
        book(reference, at(slot), BookingStatus::Booked);
    }
    book("RDV-TOMORROW", at("09:10") + TimeDelta::days(1), BookingStatus::Booked);
    book("RDV-YESTERDAY", at("09:10") - TimeDelta::days(1), BookingStatus::Booked);
    book("RDV-CANCELLED", at("09:10"), BookingStatus::Cancelled);
    branch.elsewhere.insert(
        secret().key("RDV-ROUBAIX").unwrap(),
        Elsewhere { site: SiteId::new("roubaix"), day: monday() },
    );
    branch.lanes.insert(
        lane("H"),
        domain::branch::Lane {
            device: device(),
            incarnation: INCARNATION,
            last: None,
            active_on: None,
            revoked_on: None,
        },
    );
    let share = domain::shares::Share { granted: 2, asked_back: None };
    let shares = [(ServiceId::new("INFO"), [(lane("H"), share)].into())];
    branch.shares.insert(monday(), shares.into());
    branch
}

impl Hall {
    /// A paired kiosk at a time of the day, all devices there, in touch with the server.
    pub fn open(time: &str) -> Self {
        let mut hall = Self::paired(time);
        hall.snapshot();
        hall.msg(Msg::Device(Device::Scanner, true));
        hall.msg(Msg::Device(Device::Printer, true));
        hall
    }

    /// A paired kiosk that has not heard of the server yet.
    pub fn paired(time: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let reading = Reading { wall: at(time), since_boot: Duration::from_secs(1000) };
        let machine = Arc::new(Mutex::new(reading));
        let clock = clock("boot-1", &machine);
        let mut store = LocalStore::open(&folder.path().join("kiosk.sqlite3")).unwrap();
        store.adopt(&identity()).unwrap();
        Self {
            visit: Visit::new(settings(), clock.since_boot()),
            reception: Some(Reception::open(store, Arc::clone(&clock)).unwrap()),
            folder,
            clock,
            machine,
            server: morning(),
            seq: 10,
            jobs: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// The technician sets the operator's PIN, while the kiosk does not run.
    pub fn set_pin(&mut self, pin: &str) {
        self.reception = None;
        let mut store = LocalStore::open(&self.database()).unwrap();
        store.set_operator_pin(&Pin(pin.to_owned()).hash().unwrap()).unwrap();
        self.reception = Some(Reception::open(store, Arc::clone(&self.clock)).unwrap());
        self.snapshot();
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("kiosk.sqlite3")
    }

    pub fn reception(&mut self) -> &mut Reception {
        self.reception.as_mut().unwrap()
    }

    pub fn pass(&mut self, seconds: u64) {
        self.pass_millis(seconds * 1000);
    }

    /// Time passes, and the desk notices.
    pub fn pass_millis(&mut self, millis: u64) {
        {
            let mut machine = self.machine.lock().unwrap();
            machine.since_boot += Duration::from_millis(millis);
            machine.wall += TimeDelta::milliseconds(millis.try_into().unwrap());
        }
        self.msg(Msg::Tick);
    }

    /// A message, and everything that it leads to.
    pub fn msg(&mut self, msg: Msg) {
        let now = self.clock.since_boot();
        for effect in step(&mut self.visit, now, msg) {
            self.carry_out(effect);
        }
    }

    /// The visitor has seen the page and touches what it offers.
    pub fn touch(&mut self, msg: Msg) {
        self.pass_millis(SETTLES_WITHIN.as_millis().try_into().unwrap());
        self.msg(msg);
    }

    pub fn carry_out(&mut self, effect: Effect) {
        let reception = self.reception.as_mut().unwrap();
        let (request, outcome) = match effect {
            Effect::CheckIn { request, code, language } => (request, reception.check_in(&code.0, &language)),
            Effect::WalkIn { request, service, language } => {
                (request, reception.walk_in(&service, &language))
            }
            Effect::Answer { job, came_out } => return reception.answered(job, came_out).unwrap(),
            Effect::Reprint { ticket } => {
                let again = reception.reprint(&ticket).unwrap().map(|again| again.job);
                self.jobs.extend(again);
                return self.msg(Msg::Reprinting { job: ticket.job, again });
            }
            Effect::Operator(effect) => return self.operator(effect),
        };
        let outcome = outcome.ok();
        if let Some(Outcome::Issued(ticket)) = &outcome {
            self.jobs.push(ticket.job);
        }
        self.msg(Msg::Decided { request, outcome });
    }

    fn operator(&mut self, effect: OperatorEffect) {
        let reception = self.reception.as_mut().unwrap();
        let answer = match effect {
            OperatorEffect::Knock => OperatorMsg::Door(reception.has_pin().unwrap()),
            OperatorEffect::Try { request, pin } => {
                OperatorMsg::Answered { request, answer: reception.try_pin(&pin).ok() }
            }
            OperatorEffect::List => OperatorMsg::List(Box::new(reception.day_list().unwrap())),
            OperatorEffect::Print { .. } => {
                let list = reception.day_list().unwrap();
                return self.lists.push(reception.begin_list(&list).unwrap());
            }
        };
        self.msg(Msg::Operator(answer));
    }

    /// The printer says what became of the list.
    pub fn list_paper(&mut self, paper: Paper) {
        let job = self.lists.remove(0);
        assert!(self.reception().is_list(job));
        self.reception().list_ended(job, &paper).unwrap();
        self.msg(Msg::Operator(OperatorMsg::Paper(paper)));
    }

    pub fn scan(&mut self, code: &str) {
        self.msg(Msg::Scanned(Code(code.to_owned())));
    }

    /// The printer says what became of the oldest job.
    pub fn paper(&mut self, paper: Paper) {
        let job = self.jobs.remove(0);
        self.reception().printed(job, &paper).unwrap();
        self.msg(Msg::Paper { job, paper });
    }

    pub fn walk_in(&mut self) {
        self.touch(Msg::NoAppointment);
        self.touch(Msg::ChoseService(ServiceId::new("INFO")));
    }

    pub fn view(&self) -> ViewModel {
        view(&self.visit, self.clock.since_boot(), self.clock.now())
    }

    /// The server tells everything.
    pub fn snapshot(&mut self) {
        let snapshot = KioskSnapshot {
            cursor: Cursor { epoch: EPOCH, seq: self.seq },
            server_time: self.clock.now().time,
            branch: self.server.clone(),
        };
        self.hear(News::Snapshot(Box::new(snapshot)));
    }

    pub fn heartbeat(&mut self) {
        let time = self.clock.now().time;
        self.hear(News::Heartbeat(time));
    }

    pub fn hear(&mut self, news: News) {
        self.reception().hear(vec![news]).unwrap();
        if let Some(site) = self.reception().view() {
            self.msg(Msg::Site(site));
        }
    }

    /// The server decides something and tells it.
    pub fn happens(&mut self, event: Event) {
        let news = self.decides(event);
        self.hear(news);
    }

    /// The server decides something; what it would tell.
    pub fn decides(&mut self, event: Event) -> News {
        let recorded =
            Recorded { id: EventId(self.clock.new_id()), at: self.clock.now().time, day: monday(), event };
        self.server.apply(&recorded);
        self.news(&Envelope::wrap(SiteId::new("lille"), &recorded, None).unwrap())
    }

    /// The server takes the kiosk's first ticket, a counter calls it, and nobody comes.
    pub fn call_in_vain(&mut self) {
        let ticket = self.outbox()[0].clone();
        self.server.apply(&ticket.open().unwrap());
        self.tell(&ticket);
        let (visit, numbers) =
            self.server.visits.iter().map(|(id, visit)| (*id, visit.numbers.clone())).next().unwrap();
        let counter = CounterId(3);
        let reason = CallReason { class: Class::WalkIn, arrival: ticket.at, waited_seconds: 5 };
        self.happens(Event::CounterOpened { counter, agent: AgentId(Uuid::from_u128(5)) });
        self.happens(Event::Called { visit, numbers: numbers.clone(), counter, reason });
        self.happens(Event::Missed { visit, counter, numbers, service: None });
    }

    pub fn tell(&mut self, envelope: &Envelope) {
        let news = self.news(envelope);
        self.hear(news);
    }

    /// What the server tells of a fact that it holds.
    pub fn news(&mut self, envelope: &Envelope) -> News {
        self.seq += 1;
        News::Event(envelope.to_json().unwrap(), Cursor { epoch: EPOCH, seq: self.seq })
    }

    /// The program ends without a chance to tidy up, and starts again.
    pub fn restart(&mut self) {
        self.reception = None;
        self.jobs.clear();
        self.visit = Visit::new(settings(), self.clock.since_boot());
        let store = LocalStore::open(&self.database()).unwrap();
        self.reception = Some(Reception::open(store, Arc::clone(&self.clock)).unwrap());
        if let Some(site) = self.reception().view() {
            self.msg(Msg::Site(site));
        }
        self.msg(Msg::Device(Device::Scanner, true));
        self.msg(Msg::Device(Device::Printer, true));
    }

    /// The machine is switched off and on: another boot, the program starts with it.
    pub fn reboot(&mut self) {
        self.machine.lock().unwrap().since_boot = Duration::from_secs(20);
        self.clock = clock("boot-2", &self.machine);
        self.restart();
    }

    /// The number that the kiosk gave last.
    pub fn number(&self) -> String {
        self.view().number
    }

    /// Everything that would be sent now, oldest first.
    pub fn outbox(&mut self) -> Vec<Envelope> {
        self.reception().outgoing().unwrap().map(|outgoing| outgoing.facts).unwrap_or_default()
    }

    pub fn kinds(&mut self) -> Vec<String> {
        self.outbox().iter().map(|fact| fact.kind().to_owned()).collect()
    }
}

fn clock(boot_id: &str, machine: &Arc<Mutex<Reading>>) -> Arc<KioskClock> {
    let machine = Arc::clone(machine);
    Arc::new(KioskClock::reading(boot_id, move || *machine.lock().unwrap()))
}

fn settings() -> Settings {
    Settings {
        idle: Duration::from_secs(30),
        warn: Duration::from_secs(15),
        language: Language::new("fr"),
        reduced_motion: false,
    }
}

//! A reception hall for tests: one site, two kiosks, two agents, three counters, and a wall clock.

use chrono::{Duration, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Europe::Paris;
use domain::{
    Actor, AgentId, Booking, BookingKey, BookingStatus, Branch, Command, Context, Counter, CounterId,
    DeviceId, Event, EventId, FollowHash, Hours, LaneCode, Language, Party, RecallRule, Recorded, Refusal,
    Service, ServiceId, Site, SiteId, Text, TicketNumber, Time, Visit, VisitId, WalkIn,
    command::{Asking, ClockState, Knowledge},
    decide,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Titles are handed out at counters 1 and 2, information is given at 3; counter 1 does both.
pub const TITLES: &str = "RT";
pub const INFORMATION: &str = "INFO";
/// At most this many a day come for information without a booking.
pub const DAILY_LIMIT: u32 = 40;

pub const ONE: CounterId = CounterId(1);
pub const TWO: CounterId = CounterId(2);
pub const THREE: CounterId = CounterId(3);

/// What the hall answers: the events, or the reason for « no ».
pub type Answer = Result<Vec<Event>, Refusal>;

/// The state with the log that it was folded from.
#[derive(Clone, Debug)]
pub struct Hall {
    pub branch: Branch,
    pub log: Vec<Recorded>,
    pub now: Time,
    pub knowledge: Knowledge,
    pub clock: ClockState,
    /// False for a kiosk that nobody hears.
    is_heard: bool,
    date: NaiveDate,
    ids: u128,
}

/// The first of the two kiosks' lanes, or the second.
pub fn lane(kiosk: usize) -> LaneCode {
    LaneCode::all().nth(kiosk - 1).unwrap()
}

pub fn agent(counter: CounterId) -> Actor {
    Actor::Agent(AgentId(Uuid::from_u128(900 + u128::from(counter.0))))
}

pub fn finish(counter: CounterId) -> Command {
    Command::Finish { counter, delivered: None }
}

pub fn key(reference: u8) -> BookingKey {
    BookingKey([reference; 16])
}

pub fn visit_of(reference: u8) -> VisitId {
    VisitId::of_booking(&key(reference))
}

pub fn wall(time: &str) -> NaiveTime {
    NaiveTime::parse_from_str(time, "%H:%M").unwrap()
}

pub fn text(words: &str) -> Text {
    Text::new([(Language::new("fr"), words.to_owned())])
}

fn service(label: &str, walk_in: Option<WalkIn>) -> Service {
    Service {
        internal_label: format!("{label}, for agents"),
        public_label: text(label),
        outcomes: [("done".to_owned(), "Remis".to_owned())].into(),
        walk_in,
        ..Service::default()
    }
}

pub fn site() -> Site {
    let walk_in = WalkIn {
        label: text("Un renseignement"),
        icon: None,
        daily_limit: Some(DAILY_LIMIT),
        stop_before_closing_minutes: Some(10),
    };
    let serves = |codes: &[&str]| Counter {
        serves: codes.iter().map(|code| ServiceId::new(*code)).collect(),
        zone: None,
    };
    Site {
        id: SiteId::new("lille"),
        name: text("Préfecture"),
        zone: Paris,
        rollover_hour: 4,
        hours: Hours::daily(wall("08:30"), wall("16:00")),
        zones: BTreeMap::new(),
        notes: [("copy".to_owned(), "Il manque une copie".to_owned())].into(),
        services: [
            (ServiceId::new(TITLES), service("Remise de titre", None)),
            (ServiceId::new(INFORMATION), service("Accueil", Some(walk_in))),
        ]
        .into(),
        counters: [
            (ONE, serves(&[TITLES, INFORMATION])),
            (TWO, serves(&[TITLES])),
            (THREE, serves(&[INFORMATION])),
        ]
        .into(),
        recall: RecallRule { calls_max: 3, cool_down_seconds: 5 },
        messages: Vec::new(),
        neighbours: BTreeMap::new(),
    }
}

impl Hall {
    /// A Monday in November at 10:00, both kiosks enrolled, nobody at a counter.
    pub fn open() -> Self {
        Self::of(site())
    }

    /// The same in which everybody may come for information.
    pub fn boundless() -> Self {
        let mut site = site();
        let information = site.services.get_mut(&ServiceId::new(INFORMATION)).unwrap();
        let walk_in = information.walk_in.as_mut().unwrap();
        (walk_in.daily_limit, walk_in.stop_before_closing_minutes) = (None, None);
        Self::of(site)
    }

    fn of(site: Site) -> Self {
        let mut hall = Self {
            branch: Branch::default(),
            log: Vec::new(),
            now: Time::default(),
            knowledge: Knowledge::Current,
            clock: ClockState::Certain,
            is_heard: true,
            date: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
            ids: 1 << 70,
        };
        hall.at("10:00");
        hall.operator(Command::Configure(Box::new(site)));
        for kiosk in 1..=2 {
            let device = DeviceId(Uuid::from_u128(kiosk));
            hall.operator(Command::GrantLane { device, incarnation: Uuid::from_u128(kiosk) });
        }
        hall
    }

    /// The same with agents at all three counters.
    pub fn staffed() -> Self {
        let mut hall = Self::open();
        for counter in [ONE, TWO, THREE] {
            hall.agent(Command::OpenCounter(counter), counter).unwrap();
        }
        hall
    }

    /// An agent sits down at a counter.
    pub fn sit(&mut self, counter: CounterId) -> &mut Self {
        self.agent(Command::OpenCounter(counter), counter).unwrap();
        self
    }

    /// The hall as a kiosk goes on in it that nobody hears: its own ids, its own log from here on.
    pub fn cut_off(&self, kiosk: usize) -> Self {
        Self { ids: self.ids + ((kiosk as u128) << 90), log: Vec::new(), is_heard: false, ..self.clone() }
    }

    /// A time of the day on the wall, `10:05` or `10:05:59`.
    pub fn wall(&self, time: &str) -> Time {
        let formats = ["%H:%M", "%H:%M:%S"].into_iter();
        let time = formats.filter_map(|format| NaiveTime::parse_from_str(time, format).ok()).next().unwrap();
        Paris.from_local_datetime(&self.date.and_time(time)).unwrap().to_utc()
    }

    /// It becomes so late.
    pub fn at(&mut self, time: &str) -> &mut Self {
        self.now = self.wall(time);
        self
    }

    /// It becomes another day, `2026-11-24`.
    pub fn on(&mut self, date: &str) -> &mut Self {
        self.date = date.parse().unwrap();
        self
    }

    /// Decides a command, and records what follows.
    pub fn ask(&mut self, command: &Command, actor: Actor) -> Answer {
        self.ids += 7;
        let context = Context { now: self.now, actor, new_id: Uuid::from_u128(self.ids) };
        let events = decide(&self.branch, command, &context)?;
        for event in &events {
            self.record(event.clone());
        }
        Ok(events)
    }

    /// Something is stated or was decided.
    pub fn record(&mut self, event: Event) {
        self.ids += 1;
        let day = match (&event, &self.branch.site) {
            (Event::SiteConfigured { site }, _) => site.day(self.now),
            (_, Some(site)) => site.day(self.now),
            (_, None) => unreachable!("the first event configures the site"),
        };
        let recorded = Recorded { id: EventId(Uuid::from_u128(self.ids)), at: self.now, day, event };
        self.branch.apply(&recorded);
        self.log.push(recorded);
    }

    pub fn operator(&mut self, command: Command) {
        self.ask(&command, Actor::Operator).unwrap();
    }

    /// The person at a counter asks, as somebody who may choose.
    pub fn supervisor(&mut self, command: Command, counter: CounterId) -> Answer {
        let person = agent(counter).person().unwrap();
        self.ask(&command, Actor::Supervisor(person))
    }

    /// Somebody was served.
    pub fn finish(&mut self, counter: CounterId) -> Answer {
        self.agent(finish(counter), counter)
    }

    /// Changes the site's configuration.
    pub fn configured(&mut self, change: impl FnOnce(&mut Site)) -> &mut Self {
        let mut site = self.branch.site.clone().unwrap();
        change(&mut site);
        assert_eq!(site.faults(), []);
        self.operator(Command::Configure(Box::new(site)));
        self
    }

    pub fn agent(&mut self, command: Command, counter: CounterId) -> Answer {
        self.ask(&command, agent(counter))
    }

    /// Calls the next one to a counter, and says who it is.
    pub fn call(&mut self, counter: CounterId) -> VisitId {
        match self.agent(Command::CallNext(counter), counter).unwrap().as_slice() {
            [Event::Called { visit, .. }] => *visit,
            other => panic!("nobody was called: {other:?}"),
        }
    }

    pub fn booking(&self, reference: u8, slot: &str) -> Booking {
        let (key, slot, service) = (key(reference), self.wall(slot), ServiceId::new(TITLES));
        Booking { key, slot, service, party: Party::default(), status: BookingStatus::Booked }
    }

    /// Somebody has a booking for today.
    pub fn booked(&mut self, reference: u8, slot: &str) -> &mut Self {
        let booking = self.booking(reference, slot);
        self.operator(Command::RecordBookings(vec![booking]));
        self
    }

    pub fn asking(&self, kiosk: usize) -> Asking {
        Asking {
            lane: lane(kiosk),
            language: Language::new(["fr", "en"][kiosk - 1]),
            priority: false,
            follow: FollowHash::new(format!("{}", self.ids)),
            knowledge: self.knowledge,
            clock: self.clock,
        }
    }

    /// Somebody shows a booking at a kiosk.
    pub fn check_in(&mut self, kiosk: usize, reference: u8) -> Answer {
        let command = Command::CheckIn { booking: key(reference), asking: self.asking(kiosk) };
        self.ask(&command, Actor::Device(DeviceId(Uuid::from_u128(kiosk as u128))))
    }

    /// Somebody without a booking asks for a ticket.
    pub fn walk_in(&mut self, kiosk: usize, service: &str, priority: bool) -> Answer {
        let asking = Asking { priority, ..self.asking(kiosk) };
        let command = Command::TakeWalkIn { service: ServiceId::new(service), asking };
        self.at_device(&command, kiosk)
    }

    /// A visitor asks something of a kiosk. Where the server hears of it, it deals the shares of tickets anew.
    pub fn at_device(&mut self, command: &Command, kiosk: usize) -> Answer {
        let answer = self.ask(command, Actor::Device(DeviceId(Uuid::from_u128(kiosk as u128))))?;
        if self.is_heard {
            self.deal();
        }
        Ok(answer)
    }

    /// The server deals the shares of tickets anew, and the kiosks answer what it asks of them.
    pub fn deal(&mut self) {
        self.ask(&Command::Tick, Actor::System).unwrap();
        if [1, 2].map(|kiosk| self.answer_for_shares(kiosk)).contains(&true) {
            self.ask(&Command::Tick, Actor::System).unwrap();
        }
    }

    /// A kiosk says what it keeps of its shares, if it was asked.
    pub fn answer_for_shares(&mut self, kiosk: usize) -> bool {
        let answers = self.branch.shares_to_return(&lane(kiosk));
        let is_asked = !answers.is_empty();
        answers.into_iter().for_each(|answer| self.record(answer));
        is_asked
    }

    /// How many tickets without a booking stand in this log.
    pub fn tickets_given(&self) -> usize {
        self.log.iter().filter(|recorded| matches!(recorded.event, Event::WalkInTaken { .. })).count()
    }

    /// Somebody takes a ticket for information, at the second kiosk if the first one has none left; who it is.
    pub fn came_for_information(&mut self, priority: bool) -> VisitId {
        let taken = match self.walk_in(1, INFORMATION, priority) {
            Err(Refusal::ShareSpent) => self.walk_in(2, INFORMATION, priority),
            taken => taken,
        };
        match taken.unwrap().as_slice() {
            [Event::WalkInTaken { ticket }] => ticket.visit,
            other => panic!("no ticket: {other:?}"),
        }
    }

    /// Somebody is received for information at counter 3, for so many minutes.
    pub fn received(&mut self, minutes: i64) {
        self.came_for_information(false);
        self.call(THREE);
        self.now += Duration::minutes(minutes);
        self.finish(THREE).unwrap();
    }

    /// So many come for information, one after the other.
    pub fn crowd(&mut self, count: usize) {
        for _ in 0..count {
            self.came_for_information(false);
        }
    }

    pub fn visit(&self, visit: VisitId) -> &Visit {
        &self.branch.visits[&visit]
    }

    pub fn numbers(&self, reference: u8) -> &[TicketNumber] {
        &self.visit(visit_of(reference)).numbers
    }
}

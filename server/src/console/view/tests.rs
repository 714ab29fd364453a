use super::super::words::{self, Lang};
use super::*;
use domain::{
    Command, Counter, Event, EventId, FollowHash, Language, RecallRule, Recorded, Service, ServiceId, SiteId,
    Text, VisitId, event::Issued,
};

const NADIA: AgentId = AgentId(Uuid::from_u128(1));
const PAUL: AgentId = AgentId(Uuid::from_u128(2));
const THREE: CounterId = CounterId(3);

fn at(clock: &str) -> Time {
    format!("2026-11-23T{clock}:00+01:00").parse().unwrap()
}

fn text(words: &str) -> Text {
    Text::new([(Language::new("fr"), words.to_owned())])
}

fn site() -> Site {
    let service = |label: &str| Service {
        internal_label: label.into(),
        public_label: text("Service A"),
        ..Service::default()
    };
    let code = ServiceId::new;
    Site {
        id: SiteId::new("lille"),
        name: text("Préfecture"),
        zone: chrono_tz::Europe::Paris,
        rollover_hour: 4,
        hours: domain::Hours::daily("08:30:00".parse().unwrap(), "16:00:00".parse().unwrap()),
        zones: [].into(),
        notes: [].into(),
        services: [(code("RT"), service("Remise de titre")), (code("REC"), service("Récépissé"))].into(),
        counters: [
            (THREE, Counter { serves: [code("RT"), code("REC")].into(), zone: None }),
            (CounterId(4), Counter { serves: [code("REC")].into(), zone: None }),
        ]
        .into(),
        recall: RecallRule { calls_max: 3, cool_down_seconds: 10 },
        neighbours: std::collections::BTreeMap::new(),
    }
}

struct Hall {
    branch: Branch,
    events: u128,
}

impl Hall {
    fn open() -> Self {
        let mut hall = Self { branch: Branch::default(), events: 0 };
        hall.happens("08:30", Event::SiteConfigured { site: Box::new(site()) });
        hall.happens("08:30", Event::DayOpened { day: site().day(at("08:30")) });
        hall
    }

    fn happens(&mut self, clock: &str, event: Event) {
        self.events += 1;
        let id = EventId(Uuid::from_u128(self.events));
        self.branch.apply(&Recorded { id, at: at(clock), day: site().day(at(clock)), event });
    }

    fn walk_in(&mut self, clock: &str, number: &str, priority: bool) {
        let ticket = Issued {
            visit: VisitId(Uuid::from_u128(1000 + self.events)),
            number: number.parse().unwrap(),
            service: ServiceId::new("RT"),
            then: Vec::new(),
            party: domain::Party::default(),
            language: Language::new("ar"),
            priority,
            follow: FollowHash::new(""),
            clock_certain: true,
        };
        self.happens(clock, Event::WalkInTaken { ticket });
    }

    /// An agent's press, decided by the rules.
    fn press(&mut self, clock: &str, command: Command) {
        let context = Context { now: at(clock), actor: Actor::Agent(NADIA), new_id: Uuid::nil() };
        for event in decide(&self.branch, &command, &context).unwrap() {
            self.happens(clock, event);
        }
    }

    fn desk(&self, clock: &str, agent: AgentId) -> Desk {
        Desk::of(&self.branch, THREE, agent, at(clock), words::of(Lang::Fr)).unwrap()
    }
}

fn possible(desk: &Desk) -> Vec<&str> {
    let all = std::iter::once(&desk.call_next).chain(&desk.actions).chain([&desk.close]);
    all.filter(|action| !action.refused).map(|action| action.path).collect()
}

#[test]
fn the_queue_is_in_calling_order_with_its_reasons_and_waits() {
    let mut hall = Hall::open();
    hall.walk_in("09:00", "H047", false);
    hall.walk_in("09:10", "H048", true);
    let desk = hall.desk("09:42", NADIA);
    let rows: Vec<_> = desk
        .queue
        .iter()
        .map(|row| (row.numbers.as_str(), row.reason.as_str(), row.minutes, row.overdue))
        .collect();
    assert_eq!(rows, [("H048", "Priorité légale", 32, false), ("H047", "Sans rendez-vous", 42, true)]);
    assert_eq!(desk.services, [("Récépissé".to_owned(), 0), ("Remise de titre".to_owned(), 2)]);
    assert_eq!((desk.waiting, desk.more), (2, 0));
}

#[test]
fn the_buttons_are_what_the_rules_allow_and_one_is_expected() {
    let mut hall = Hall::open();
    assert_eq!(hall.desk("09:00", NADIA).seat, Seat::Free);
    hall.press("09:00", Command::OpenCounter(THREE));
    let empty = hall.desk("09:00", NADIA);
    assert_eq!(possible(&empty), ["close"]);
    assert_eq!(empty.call_next.hint, "Personne n’attend pour ce guichet.");

    hall.walk_in("09:00", "H047", false);
    let free = hall.desk("09:01", NADIA);
    assert_eq!(possible(&free), ["call-next", "close"]);
    assert!(free.call_next.primary);

    hall.press("09:02", Command::CallNext(THREE));
    let called = hall.desk("09:02", NADIA);
    assert_eq!(possible(&called), ["recall", "start", "finish", "no-show"]);
    let present = called.present.as_ref().unwrap();
    assert!(!present.serving);
    assert_eq!((present.numbers[0].as_str(), present.language.as_str()), ("H047", "arabe"));
    assert_eq!(called.actions[0].hint, "appel 1 sur 3");
    assert_eq!(called.actions[0].ready_at, Some(at("09:02").timestamp_millis() + 10_000));
    assert_eq!(hall.desk("09:03", NADIA).actions[0].ready_at, None);

    hall.press("09:04", Command::Start(THREE));
    let serving = hall.desk("09:05", NADIA);
    assert_eq!(possible(&serving), ["finish"]);
    assert_eq!(serving.close.hint, "Terminez d’abord avec H047.");
    let primary: Vec<_> =
        serving.actions.iter().filter(|action| action.primary).map(|action| action.path).collect();
    assert_eq!(primary, ["finish"]);
}

#[test]
fn a_colleague_sees_that_the_counter_is_taken_and_can_press_nothing() {
    let mut hall = Hall::open();
    hall.press("09:00", Command::OpenCounter(THREE));
    hall.walk_in("09:00", "H047", false);
    let desk = hall.desk("09:01", PAUL);
    assert_eq!(desk.seat, Seat::Taken(NADIA));
    assert!(possible(&desk).is_empty());
}

#[test]
fn a_counter_that_the_site_lacks_has_no_desk() {
    let hall = Hall::open();
    assert!(Desk::of(&hall.branch, CounterId(99), NADIA, at("09:00"), words::of(Lang::En)).is_none());
}

#[test]
fn a_part_without_waits_stays_the_same_while_only_time_passes() {
    use askama::Template;
    let mut hall = Hall::open();
    hall.press("09:00", Command::OpenCounter(THREE));
    hall.walk_in("09:00", "H047", false);
    let render = |clock| {
        let desk = hall.desk(clock, NADIA);
        super::super::desk::Part { desk: &desk, w: words::of(Lang::Fr), timed: false, notice: None }
            .render()
            .unwrap()
    };
    assert_eq!(render("09:01"), render("09:55"));
}

#[test]
fn a_ticket_that_perhaps_never_came_out_is_told_to_whoever_calls_its_holder() {
    let mut hall = Hall::open();
    hall.walk_in("09:00", "H047", false);
    hall.walk_in("09:10", "H048", false);
    hall.happens("09:11", Event::PrintUncertain { number: "H047".parse().unwrap() });
    let in_doubt: Vec<bool> = hall.desk("09:12", NADIA).queue.iter().map(|row| row.paper_in_doubt).collect();
    assert_eq!(in_doubt, [true, false]);
    hall.press("09:13", Command::OpenCounter(THREE));
    hall.press("09:13", Command::CallNext(THREE));
    assert!(hall.desk("09:13", NADIA).present.unwrap().paper_in_doubt);
}

#[test]
fn a_counter_that_the_configuration_lost_has_a_desk_until_somebody_closes_it() {
    let mut hall = Hall::open();
    hall.walk_in("09:00", "H047", false);
    hall.press("09:13", Command::OpenCounter(THREE));
    hall.press("09:13", Command::CallNext(THREE));
    let mut site = site();
    site.counters.remove(&THREE);
    hall.happens("09:14", Event::SiteConfigured { site: Box::new(site) });
    assert!(hall.desk("09:15", NADIA).present.is_some());
    hall.press("09:15", Command::Start(THREE));
    hall.press("09:15", Command::Finish { counter: THREE, delivered: None });
    hall.press("09:15", Command::CloseCounter(THREE));
    assert!(Desk::of(&hall.branch, THREE, NADIA, at("09:16"), words::of(Lang::Fr)).is_none());
}

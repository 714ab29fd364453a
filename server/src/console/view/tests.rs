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

pub(in crate::console) fn site() -> Site {
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
        messages: Vec::new(),
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
        self.see(THREE, agent, clock, Lang::Fr).unwrap()
    }

    fn see(&self, counter: CounterId, agent: AgentId, clock: &str, lang: Lang) -> Option<Desk> {
        let waits = Waits::of(&self.branch, at(clock));
        Desk::of(&self.branch, &waits, counter, agent, at(clock), words::of(lang))
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
    let services: Vec<_> = desk.services.iter().map(|it| (it.label.as_str(), it.waiting)).collect();
    assert_eq!(services, [("Récépissé", 0), ("Remise de titre", 2)]);
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
    assert!(hall.see(CounterId(99), NADIA, "09:00", Lang::En).is_none());
}

#[test]
fn a_part_without_waits_stays_the_same_while_only_time_passes() {
    use askama::Template;
    let mut hall = Hall::open();
    hall.press("09:00", Command::OpenCounter(THREE));
    hall.walk_in("09:00", "H047", false);
    let waits = Waits::of(&hall.branch, at("09:00"));
    let render = |clock| {
        let desk = Desk::of(&hall.branch, &waits, THREE, NADIA, at(clock), words::of(Lang::Fr)).unwrap();
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
    let in_doubt: Vec<bool> =
        hall.desk("09:12", NADIA).queue.iter().map(|row| !row.notes.is_empty()).collect();
    assert_eq!(in_doubt, [true, false]);
    hall.press("09:13", Command::OpenCounter(THREE));
    hall.press("09:13", Command::CallNext(THREE));
    assert!(hall.desk("09:13", NADIA).present.unwrap().notes == ["ticket peut-être pas sorti"]);
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
    assert!(hall.see(THREE, NADIA, "09:16", Lang::Fr).is_none());
}

#[test]
fn the_queue_tells_how_soon_each_will_probably_be_called() {
    let mut hall = Hall::open();
    hall.walk_in("09:00", "H001", false);
    hall.walk_in("09:01", "H002", false);
    let nobody_open = hall.desk("09:02", NADIA);
    assert!(nobody_open.queue.iter().all(|row| row.call_in.is_empty()), "nobody can tell");
    hall.press("09:02", Command::OpenCounter(THREE));
    let desk = hall.desk("09:02", NADIA);
    let call_in: Vec<&str> = desk.queue.iter().map(|row| row.call_in.as_str()).collect();
    assert_eq!(call_in[0].replace('\u{a0}', " "), "≤ 1 min");
    assert!(call_in[1].contains('\u{2013}'), "{call_in:?}");
    let renewal = desk.services.iter().find(|service| service.label == "Remise de titre").unwrap();
    assert!(renewal.wait.is_none() && renewal.waiting == 2, "by appointment only: {renewal:?}");
}

#[test]
fn staff_read_in_time_that_tickets_without_an_appointment_will_stop() {
    let mut hall = Hall::open();
    let mut site = site();
    let walk_in = domain::WalkIn {
        label: text("Un titre"),
        icon: None,
        daily_limit: None,
        stop_before_closing_minutes: Some(10),
    };
    site.services.get_mut(&ServiceId::new("RT")).unwrap().walk_in = Some(walk_in);
    hall.happens("08:31", Event::SiteConfigured { site: Box::new(site) });
    hall.press("09:00", Command::OpenCounter(THREE));
    let told = |hall: &Hall, clock: &str| hall.desk(clock, NADIA).stopping.join(" ");
    assert_eq!(told(&hall, "14:00"), "");
    let wait = hall.desk("14:00", NADIA).services.into_iter().find_map(|service| service.wait).unwrap();
    assert_eq!(wait.replace('\u{a0}', " "), "sans RDV : ≤ 1 min");
    let soon = told(&hall, "15:20");
    assert!(soon.starts_with("Remise de titre") && soon.contains("15:50"), "{soon}");
    for number in 1..=9 {
        hall.walk_in("15:20", &format!("H{number:03}"), false);
    }
    let stopped = told(&hall, "15:21");
    assert!(stopped.starts_with("Remise de titre : plus de ticket"), "{stopped}");
    assert_eq!(told(&hall, "16:00"), "", "everybody knows that the doors are closed");
}

#[test]
fn staff_see_why_a_visit_is_not_like_the_others_and_which_tickets_came_too_late() {
    let mut hall = Hall::open();
    hall.walk_in("09:00", "H047", false);
    hall.branch.visits.values_mut().for_each(|visit| {
        let flags = [Flag::SecondHolder, Flag::CancelledMeanwhile, Flag::ClockUncertain, Flag::TwoHolders];
        visit.flags = flags.into();
    });
    let notes = hall.desk("09:01", NADIA).queue.remove(0).notes;
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert!(hall.desk("09:01", NADIA).belated.is_empty());
    let day = domain::ServiceDay("2026-11-20".parse().unwrap());
    for number in ["K001", "K002", "K003", "K004", "K005"] {
        let at = at("09:00") - chrono::Duration::days(3);
        hall.branch.belated.insert(number.parse().unwrap(), Belated { day, at });
    }
    let told = hall.desk("09:01", NADIA).belated;
    assert!(told[0].contains("vendredi 20 novembre 2026") && told[0].contains("09:00"), "{told:?}");
    assert_eq!((told.len(), told[3].as_str()), (4, "et 2 de plus"));
}

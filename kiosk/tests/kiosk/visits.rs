//! Whole visits as a visitor lives them.

use crate::hall::{Hall, at, secret};
use domain::{
    Actor, AgentId, Command, Context, CounterId, Event, Language, TicketNumber, VisitId,
    order::{CallReason, Class},
};
use kiosk::flow::{AlreadyKind, Code, Device, Effect, Msg, NoticeKind, Page, PaperState};
use kiosk::reception::Paper;
use uuid::Uuid;

/// Scans and gives the notice that follows.
fn notice(time: &str, code: &str) -> (NoticeKind, String, String, String) {
    let mut hall = Hall::open(time);
    hall.scan(code);
    let view = hall.view();
    assert_eq!(view.page, Page::Notice, "{code} at {time}");
    assert!(hall.jobs.is_empty(), "no paper for {code}");
    (view.notice.kind, view.notice.time, view.notice.day, view.notice.site)
}

#[test]
fn on_time() {
    let mut hall = Hall::open("09:00");
    assert_eq!(hall.view().page, Page::Welcome);
    hall.scan("rdv-0910");
    let view = hall.view();
    assert_eq!((view.page, view.paper, view.late), (Page::Ticket, PaperState::Printing, false));
    assert_eq!((view.slot.as_str(), view.service_label.as_str()), ("9\u{a0}h\u{a0}10", "Service A"));
    assert!(view.number.starts_with('H') && view.number.len() == 4, "{}", view.number);
    hall.paper(Paper::Printed);
    assert_eq!((hall.view().page, hall.view().paper), (Page::Ticket, PaperState::Printed));
    assert_eq!(hall.kinds(), ["checked_in", "ticket_printed"]);
    // The page goes by itself, without a warning: the paper says the same.
    hall.pass(29);
    assert_eq!((hall.view().page, hall.view().idle_seconds_left), (Page::Ticket, 0));
    hall.pass(1);
    assert_eq!(hall.view().page, Page::Welcome);
}

#[test]
fn early_late_and_too_late() {
    let early = notice("09:20", "RDV-1130");
    assert_eq!((early.0, early.1.as_str()), (NoticeKind::TooEarly, "11\u{a0}h\u{a0}00"));
    let mut hall = Hall::open("09:50");
    hall.scan("RDV-0910");
    assert_eq!((hall.view().page, hall.view().late), (Page::Ticket, true));
    let too_late = notice("11:30", "RDV-0910");
    assert_eq!((too_late.0, too_late.1.as_str()), (NoticeKind::TooLate, "9\u{a0}h\u{a0}10"));
}

#[test]
fn another_day_another_site_cancelled_unknown_unreadable() {
    let wrong_day = notice("09:00", "RDV-TOMORROW");
    assert_eq!((wrong_day.0, wrong_day.2.as_str()), (NoticeKind::WrongDay, "mardi 24 novembre 2026"));
    let wrong_site = notice("09:00", "RDV-ROUBAIX");
    assert_eq!((wrong_site.0, wrong_site.3.as_str()), (NoticeKind::WrongSite, "Annexe de Roubaix"));
    assert_eq!(notice("09:00", "RDV-CANCELLED").0, NoticeKind::Cancelled);
    assert_eq!(notice("09:00", "RDV-NOBODY").0, NoticeKind::Unknown);
    assert_eq!(notice("09:00", &"X".repeat(300)).0, NoticeKind::Unreadable);
    let closed = notice("08:15", "RDV-0910");
    assert_eq!(closed.0, NoticeKind::TooEarly, "the window is asked before the doors");
}

#[test]
fn the_same_code_again_is_answered_by_where_the_visit_stands() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.paper(Paper::Printed);
    let visit = VisitId::of_booking(&secret().key("RDV-0910").unwrap());
    let again = |hall: &mut Hall| {
        hall.pass(5);
        hall.scan("RDV-0910");
        let view = hall.view();
        assert_eq!((view.page, view.number), (Page::Already, number.clone()));
        (view.already, view.counter)
    };
    assert_eq!(again(&mut hall), (AlreadyKind::Waiting, String::new()));

    let checked_in = hall.outbox()[0].clone();
    hall.server.apply(&checked_in.open().unwrap());
    hall.tell(&checked_in);
    let counter = CounterId(3);
    hall.happens(Event::CounterOpened { counter, agent: AgentId(Uuid::from_u128(5)) });
    let reason = CallReason { class: Class::WalkIn, arrival: checked_in.at, waited_seconds: 5 };
    let numbers = vec![number.parse().unwrap()];
    let call = Event::Called { visit, numbers: numbers.clone(), counter, reason };
    hall.happens(call.clone());
    assert_eq!(again(&mut hall), (AlreadyKind::Called, "3".into()));
    hall.happens(Event::Started { visit, counter });
    assert_eq!(again(&mut hall), (AlreadyKind::Serving, "3".into()));
    hall.happens(Event::Returned { visit, counter });
    hall.happens(call.clone());
    hall.happens(Event::Missed { visit, counter, numbers: numbers.clone(), service: None });
    assert_eq!(again(&mut hall), (AlreadyKind::Back, String::new()));
    assert_eq!(again(&mut hall), (AlreadyKind::Waiting, String::new()), "and waits again");
    hall.happens(call);
    hall.happens(Event::Finished { visit, counter, numbers, delivered: None });
    hall.pass(5);
    hall.scan("RDV-0910");
    assert_eq!(hall.view().notice.kind, NoticeKind::Ended);
    assert!(hall.jobs.is_empty(), "one ticket, whatever was scanned");
}

#[test]
fn whoever_joined_another_visit_finds_it_by_the_booking_and_by_the_ticket() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    let booked: TicketNumber = hall.number().parse().unwrap();
    hall.paper(Paper::Failed("no paper".into()));
    let ticket = hall.view().follow.unwrap();
    hall.pass(60);
    hall.walk_in();
    let walk_in: TicketNumber = hall.number().parse().unwrap();
    hall.paper(Paper::Printed);
    for fact in hall.outbox() {
        hall.server.apply(&fact.open().unwrap());
        hall.tell(&fact);
    }
    let decide = |hall: &mut Hall, command| {
        let actor = Actor::Agent(AgentId(Uuid::from_u128(5)));
        let context = Context { now: at("09:05"), actor, new_id: Uuid::from_u128(99) };
        let events = domain::decide(&hall.server, &command, &context).unwrap();
        events.into_iter().for_each(|event| hall.happens(event));
    };
    decide(&mut hall, Command::Merge { number: booked.clone(), into: walk_in });
    for code in ["RDV-0910", &ticket] {
        hall.pass(60);
        hall.scan(code);
        assert_eq!((hall.view().page, hall.view().already), (Page::Already, AlreadyKind::Waiting), "{code}");
    }
    assert_eq!(hall.reception().branch().holder(&booked).unwrap().numbers.len(), 2);
    decide(&mut hall, Command::Split { number: booked.clone() });
    hall.pass(60);
    hall.scan("RDV-0910");
    assert_eq!((hall.view().page, hall.view().number), (Page::Already, booked.to_string()));
}

#[test]
fn whoever_was_called_in_vain_is_told_so_and_sent_to_the_reception_desk() {
    let mut hall = Hall::open("09:00");
    hall.walk_in();
    hall.paper(Paper::Failed("no paper".into()));
    let code = hall.view().follow.unwrap();
    hall.call_in_vain();
    hall.pass(60);
    hall.scan(&code);
    assert_eq!((hall.view().page, hall.view().notice.kind), (Page::Notice, NoticeKind::Missed));
}

#[test]
fn a_booking_of_a_day_that_is_over_is_not_said_to_be_valid() {
    let past = notice("09:00", "RDV-YESTERDAY");
    assert_eq!((past.0, past.2.as_str()), (NoticeKind::PastDay, "dimanche 22 novembre 2026"));
}

#[test]
fn the_wait_is_told_while_the_kiosk_knows_how_many_counters_are_open() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    assert_eq!(hall.view().wait, "", "nobody is at a counter");
    hall.paper(Paper::Printed);
    hall.happens(Event::CounterOpened { counter: CounterId(3), agent: AgentId(Uuid::from_u128(5)) });
    hall.pass(5);
    hall.heartbeat();
    hall.scan("RDV-0920");
    assert_eq!(hall.view().page, Page::Ticket);
    assert!(hall.view().wait.starts_with("Attente"), "{}", hall.view().wait);
    hall.paper(Paper::Printed);
    hall.pass(5);
    hall.heartbeat();
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::Already);
    assert!(hall.view().wait.starts_with("Attente"), "whoever asks again hears it again");
    hall.pass(600);
    hall.scan("RDV-0910");
    assert_eq!(
        (hall.view().page, hall.view().wait.as_str()),
        (Page::Already, ""),
        "the server was not heard"
    );
}

#[test]
fn without_an_appointment_until_the_limit() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    hall.touch(Msg::NoAppointment);
    let view = hall.view();
    assert_eq!((view.page, view.services_open, view.language.as_str()), (Page::WalkIn, true, "en"));
    assert_eq!(view.services.iter().map(|s| s.label.as_str()).collect::<Vec<_>>(), ["Information"]);
    hall.walk_in();
    assert_eq!((hall.view().page, hall.view().slot.as_str()), (Page::Ticket, ""));
    hall.paper(Paper::Sent);
    assert_eq!(hall.view().paper, PaperState::Printed);
    hall.touch(Msg::Home);
    hall.walk_in();
    hall.touch(Msg::Home);
    hall.walk_in();
    assert_eq!((hall.view().page, hall.view().notice.kind), (Page::Notice, NoticeKind::LimitReached));
}

#[test]
fn after_the_doors_have_closed() {
    let mut hall = Hall::open("16:30");
    hall.touch(Msg::NoAppointment);
    assert!(!hall.view().services_open);
    hall.touch(Msg::ChoseService(domain::ServiceId::new("INFO")));
    assert_eq!(hall.view().notice.kind, NoticeKind::Closed);
    hall.touch(Msg::ChoseService(domain::ServiceId::new("RT")));
    assert_eq!(hall.view().page, Page::Notice, "what is not offered cannot be chosen");
}

#[test]
fn a_code_held_before_the_reader_is_one_scan() {
    let mut hall = Hall::open("09:00");
    for _ in 0..20 {
        hall.scan("RDV-0910");
        hall.pass_millis(700);
    }
    assert_eq!((hall.view().page, hall.jobs.len(), hall.kinds().len()), (Page::Ticket, 1, 1));
}

#[test]
fn the_next_visitor_need_not_wait_and_begins_in_the_kiosks_language() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    hall.scan("RDV-0910");
    let first = hall.number();
    assert_eq!(hall.view().slot, "09:10");
    hall.scan("RDV-0920");
    assert_ne!(hall.number(), first);
    assert_eq!(hall.view().slot, "9\u{a0}h\u{a0}20");
    // The first one's paper is told while the second one's is on the screen.
    hall.paper(Paper::Unknown("silent".into()));
    assert_eq!((hall.view().page, hall.view().paper), (Page::Ticket, PaperState::Printing));
    hall.paper(Paper::Printed);
    assert_eq!(hall.view().paper, PaperState::Printed);
}

#[test]
fn nobody_answers_and_the_kiosk_goes_back_to_the_start() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    hall.touch(Msg::NoAppointment);
    hall.pass(30);
    assert_eq!((hall.view().page, hall.view().idle_seconds_left), (Page::WalkIn, 15));
    hall.pass_millis(14_200);
    assert_eq!(hall.view().idle_seconds_left, 1);
    hall.touch(Msg::Stay);
    assert_eq!(hall.view().idle_seconds_left, 0);
    hall.pass(45);
    assert_eq!((hall.view().page, hall.view().language.as_str()), (Page::Welcome, "fr"));
}

#[test]
fn what_everybody_should_read_today_is_on_the_first_page_and_gone_tomorrow() {
    let mut hall = Hall::open("09:00");
    assert_eq!(hall.view().message, "L’ascenseur ne marche pas.");
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    assert_eq!(hall.view().message, "The lift does not work.");
    hall.pass(24 * 3600);
    assert_eq!(hall.view().message, "");
}

#[test]
fn a_language_left_behind_goes_back_too() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    hall.pass(29);
    assert_eq!(hall.view().language, "en");
    hall.pass(1);
    assert_eq!((hall.view().language.as_str(), hall.view().idle_seconds_left), ("fr", 0));
}

#[test]
fn what_is_not_a_code_is_said_kindly_and_never_interrupts_a_question() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ScanRejected);
    assert_eq!(hall.view().notice.kind, NoticeKind::Unreadable);
    hall.scan("RDV-0910");
    hall.paper(Paper::Unknown("silent".into()));
    hall.msg(Msg::ScanRejected);
    assert_eq!(hall.view().page, Page::PrintQuestion);
}

#[test]
fn devices_and_the_link_are_shown_as_they_are() {
    let mut hall = Hall::paired("09:00");
    assert_eq!((hall.view().page, hall.visit.is_ready()), (Page::Starting, false));
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::Starting);
    hall.snapshot();
    hall.msg(Msg::Device(Device::Scanner, false));
    hall.msg(Msg::Device(Device::Printer, false));
    let view = hall.view();
    assert_eq!(
        (view.page, view.scanner_ready, view.printer_ready, view.link_up),
        (Page::Welcome, false, false, false)
    );
    assert!(hall.visit.is_ready());
    hall.msg(Msg::OutOfOrder(true));
    hall.scan("RDV-0910");
    assert_eq!((hall.view().page, hall.jobs.len()), (Page::OutOfOrder, 0));
    hall.msg(Msg::OutOfOrder(false));
    hall.pass(3);
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::Ticket);
}

#[test]
fn an_answer_that_takes_long_is_announced_and_then_a_person_helps() {
    let mut hall = Hall::open("09:00");
    let now = hall.clock.since_boot();
    // The worker does not answer.
    let effects = kiosk::flow::step(&mut hall.visit, now, Msg::Scanned(Code("RDV-0910".into())));
    assert_eq!(effects.len(), 1);
    assert_eq!(hall.view().page, Page::Welcome);
    hall.pass_millis(500);
    assert_eq!(hall.view().page, Page::Working);
    hall.touch(Msg::Home);
    assert_eq!(hall.view().page, Page::Working);
    hall.pass(10);
    assert_eq!((hall.view().page, hall.view().notice.kind), (Page::Notice, NoticeKind::NeedsStaff));
    // It comes after all: it is on record, so the visitor is told.
    let outcome = hall.reception().check_in("RDV-0910", &Language::new("fr")).unwrap();
    hall.msg(Msg::Decided { request: 1, outcome: Some(outcome) });
    assert_eq!(hall.view().page, Page::Ticket);
}

#[test]
fn the_second_of_a_double_tap_touches_nothing_of_the_page_that_came() {
    let mut hall = Hall::open("09:00");
    hall.touch(Msg::NoAppointment);
    hall.pass_millis(300);
    hall.msg(Msg::Home);
    assert_eq!(hall.view().page, Page::WalkIn, "« back » stands where « no appointment » stood");
    hall.touch(Msg::Home);
    assert_eq!(hall.view().page, Page::Welcome);

    hall.scan("RDV-0910");
    hall.pass(2);
    hall.paper(Paper::Unknown("silent".into()));
    hall.pass_millis(300);
    hall.msg(Msg::PrintAnswer(false));
    assert_eq!(hall.view().page, Page::PrintQuestion, "the finger was on its way to « I have finished »");
    assert_eq!(hall.kinds(), ["checked_in", "print_uncertain"]);
    hall.touch(Msg::PrintAnswer(true));
    assert_eq!(hall.kinds(), ["checked_in", "print_uncertain", "print_answered"]);
}

#[test]
fn a_language_is_one_visitors_and_stays_for_as_long_as_it_is_the_same_one() {
    let english = || Msg::ChoseLanguage(Language::new("en"));
    let said = |hall: &Hall| (hall.view().page, hall.view().language);
    let mut hall = Hall::open("09:00");
    hall.touch(english());
    hall.scan("RDV-0910");
    assert_eq!(said(&hall), (Page::Ticket, "en".into()));
    hall.paper(Paper::Printed);
    hall.pass(5);
    hall.scan("RDV-0910");
    assert_eq!(said(&hall), (Page::Already, "en".into()), "the same code is the same visitor");
    hall.pass(5);
    hall.scan("RDV-0920");
    assert_eq!(said(&hall), (Page::Ticket, "fr".into()), "another is the next one");

    hall.pass(5);
    hall.touch(english());
    hall.scan("RDV-0930");
    assert_eq!(said(&hall).1, "en", "who chose before the last one's page was gone");
    let mut hall = Hall::open("09:00");
    hall.touch(english());
    hall.scan("RDV-0910");
    hall.touch(Msg::Home);
    assert_eq!(said(&hall), (Page::Welcome, "fr".into()), "« I have finished »");

    hall.touch(english());
    hall.touch(Msg::NoAppointment);
    hall.touch(Msg::Home);
    assert_eq!(said(&hall), (Page::Welcome, "en".into()), "« back »");
    hall.scan("RDV-TOMORROW");
    hall.pass(5);
    hall.scan("RDV-0920");
    assert_eq!(said(&hall), (Page::Ticket, "en".into()), "who was told no tries another code");
}

#[test]
fn the_code_of_a_ticket_tells_its_holder_where_the_visit_stands() {
    let mut hall = Hall::open("09:00");
    for walks_in in [false, true] {
        if walks_in {
            hall.touch(Msg::NoAppointment);
            hall.touch(Msg::ChoseService(domain::ServiceId::new("INFO")));
        } else {
            hall.scan("RDV-0910");
        }
        let number = hall.number();
        // As a ticket without paper shows it: the address of a phone's page, with the secret at its end.
        hall.paper(Paper::Failed("no paper".into()));
        let address = hall.view().follow.unwrap();
        hall.pass(60);
        hall.scan(&address);
        assert_eq!((hall.view().page, hall.number()), (Page::Already, number.clone()));
        hall.pass(60);
        hall.scan(address.rsplit('/').next().unwrap());
        assert_eq!((hall.view().page, hall.number()), (Page::Already, number));
        hall.touch(Msg::Home);
    }
    hall.heartbeat();
    hall.scan("https://rdv.example/t/AAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(
        (hall.view().page, hall.view().notice.kind),
        (Page::Notice, NoticeKind::Unknown),
        "the ticket of nobody here"
    );
    let facts = hall.kinds();
    assert_eq!(facts.iter().filter(|kind| *kind == "checked_in").count(), 1, "{facts:?}");
}

#[test]
fn nothing_that_leads_nowhere_takes_a_number_off_the_screen() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.msg(Msg::ScanRejected);
    assert_eq!((hall.view().page, hall.number()), (Page::Ticket, number.clone()), "a read that is no code");
    hall.pass_millis(300);
    hall.scan("https://www.nord.gouv.fr/plan-acces");
    assert_eq!((hall.view().page, hall.number()), (Page::Ticket, number.clone()), "the paper's other code");
    hall.paper(Paper::Unknown("silent".into()));
    assert_eq!(
        (hall.view().page, hall.number()),
        (Page::PrintQuestion, number),
        "the question is asked all the same"
    );

    hall.pass(4);
    hall.heartbeat();
    hall.scan("https://www.nord.gouv.fr/plan-acces");
    assert_eq!(hall.view().notice.kind, NoticeKind::Unknown, "later it is somebody else's");
    hall.pass(5);
    hall.scan("RDV-0920");
    hall.pass_millis(300);
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::PrintQuestion, "whoever is known is answered at once");
    hall.msg(Msg::ScanRejected);
    assert_eq!(hall.view().page, Page::PrintQuestion, "a question is no more interrupted than a number");
}

#[test]
fn what_cannot_be_read_is_the_next_visitors_once_the_last_ones_paper_is_gone() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    hall.scan("RDV-0910");
    hall.pass(2);
    hall.scan("RDV-0910");
    hall.pass(2);
    hall.msg(Msg::ScanRejected);
    assert_eq!(hall.view().page, Page::Ticket, "the same paper is still before the reader");
    hall.pass(3);
    hall.msg(Msg::ScanRejected);
    let view = hall.view();
    assert_eq!((view.page, view.notice.kind), (Page::Notice, NoticeKind::Unreadable));
    assert_eq!(view.language, "fr", "the next visitor did not choose the last one's language");
}

#[test]
fn a_page_can_be_touched_while_something_that_is_no_code_lies_before_the_reader() {
    let mut hall = Hall::open("09:00");
    for _ in 0..4 {
        hall.msg(Msg::ScanRejected);
        hall.pass_millis(200);
    }
    hall.msg(Msg::NoAppointment);
    assert_eq!(hall.view().page, Page::WalkIn);
}

#[test]
fn who_shows_the_ticket_instead_of_the_booking_is_answered_in_the_same_language() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    hall.scan("RDV-0910");
    hall.paper(Paper::Failed("no paper".into()));
    let ticket = hall.view().follow.unwrap();
    hall.pass(4);
    hall.scan(&ticket);
    assert_eq!((hall.view().page, hall.view().language.as_str()), (Page::Ticket, "en"));
    hall.pass(60);
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    hall.scan("RDV-0910");
    hall.pass(4);
    hall.scan(&ticket);
    assert_eq!((hall.view().page, hall.view().language.as_str()), (Page::Already, "en"));
    hall.pass(4);
    hall.scan("RDV-0920");
    assert_eq!(hall.view().language, "fr");
}

#[test]
fn the_second_code_of_a_paper_leaves_every_answer_on_the_screen() {
    for (code, kind) in [
        ("RDV-1130", NoticeKind::TooEarly),
        ("RDV-TOMORROW", NoticeKind::WrongDay),
        ("RDV-ROUBAIX", NoticeKind::WrongSite),
        ("RDV-CANCELLED", NoticeKind::Cancelled),
    ] {
        let mut hall = Hall::open("09:00");
        hall.scan(code);
        hall.pass_millis(300);
        hall.scan("https://www.nord.gouv.fr/plan-acces");
        hall.msg(Msg::ScanRejected);
        assert_eq!((hall.view().page, hall.view().notice.kind), (Page::Notice, kind));
    }
    let mut hall = Hall::open("09:00");
    hall.scan("https://www.nord.gouv.fr/plan-acces");
    assert_eq!(hall.view().notice.kind, NoticeKind::Unknown);
    hall.pass_millis(300);
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::Ticket, "the second one leads somewhere");
}

#[test]
fn two_codes_that_are_read_in_turn_are_one_paper() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ChoseLanguage(Language::new("en")));
    for _ in 0..10 {
        hall.scan("RDV-0910");
        hall.pass_millis(400);
        hall.scan("https://www.nord.gouv.fr/plan-acces");
        hall.pass_millis(400);
    }
    assert_eq!((hall.view().page, hall.view().language.as_str()), (Page::Ticket, "en"));
    assert_eq!(hall.kinds(), ["checked_in"]);
    hall.pass(5);
    hall.scan("RDV-0910");
    assert_eq!(
        (hall.view().page, hall.view().language.as_str()),
        (Page::Ticket, "en"),
        "whose paper is still awaited"
    );
    hall.paper(Paper::Printed);
    hall.pass(5);
    hall.scan("RDV-0910");
    assert_eq!((hall.view().page, hall.view().language.as_str()), (Page::Already, "en"));
}

#[test]
fn another_answer_on_the_same_kind_of_page_is_new_too() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    hall.paper(Paper::Printed);
    hall.pass(10);
    hall.scan("RDV-0920");
    let second = hall.number();
    hall.pass_millis(300);
    hall.msg(Msg::Home);
    assert_eq!(hall.number(), second, "the first one's finger was on its way");
    hall.scan("https://www.nord.gouv.fr/plan-acces");
    assert_eq!(hall.number(), second, "the second one's paper has two codes");
    hall.touch(Msg::Home);
    assert_eq!(hall.view().page, Page::Welcome);
}

#[test]
fn a_code_that_could_not_be_recorded_may_be_shown_again_at_once() {
    let mut hall = Hall::open("09:00");
    let now = hall.clock.since_boot();
    let scanned = || Msg::Scanned(Code("RDV-0910".into()));
    let Some(Effect::CheckIn { request, .. }) = kiosk::flow::step(&mut hall.visit, now, scanned()).pop()
    else {
        panic!("nothing was asked")
    };
    hall.msg(Msg::Decided { request, outcome: None });
    assert_eq!(hall.view().notice.kind, NoticeKind::NeedsStaff);
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::Ticket);

    let mut hall = Hall::open("09:00");
    hall.msg(Msg::OutOfOrder(true));
    hall.scan("RDV-0910");
    hall.msg(Msg::OutOfOrder(false));
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::Ticket, "what was read in vain is not remembered");
}

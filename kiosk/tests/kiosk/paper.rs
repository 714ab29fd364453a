//! What the visitor sees and what is on record when the paper is late, lost or in doubt.

use crate::hall::Hall;
use kiosk::{
    flow::{AlreadyKind, Msg, Page, PaperState},
    reception::Paper,
};

#[test]
fn no_paper_but_a_number_and_a_code_for_the_phone() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    assert_eq!(hall.view().follow, None);
    hall.paper(Paper::Failed("no paper".into()));
    let view = hall.view();
    assert_eq!((view.page, view.paper), (Page::Ticket, PaperState::Failed));
    let follow = view.follow.unwrap();
    let token = follow.strip_prefix("https://rdv.example/t/").unwrap();
    assert_eq!(token.len(), 26, "128 bits in Base32");
    // The log knows only the hash of the token.
    let fact = hall.outbox()[0].to_json().unwrap();
    assert!(!fact.contains(token));
    assert!(fact.contains(protocol::lookup::follow_hash(token).as_str()));
    // Somebody may still be writing the number down: there is a warning first.
    hall.pass(31);
    assert_eq!((hall.view().page, hall.view().idle_seconds_left), (Page::Ticket, 14));
}

#[test]
fn in_doubt_the_visitor_is_asked_and_the_answer_is_on_record() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.paper(Paper::Unknown("silent".into()));
    assert_eq!((hall.view().page, hall.number()), (Page::PrintQuestion, number));
    assert_eq!(hall.reception().open_questions().unwrap().len(), 1);
    hall.touch(Msg::PrintAnswer(true));
    assert_eq!((hall.view().page, hall.view().paper), (Page::Ticket, PaperState::Printed));
    assert_eq!(hall.kinds(), ["checked_in", "print_uncertain", "print_answered"]);
    assert!(hall.reception().open_questions().unwrap().is_empty());
    hall.touch(Msg::PrintAnswer(true));
    assert_eq!(hall.kinds().len(), 3, "one answer");
    assert!(hall.jobs.is_empty(), "nothing is printed again");
}

#[test]
fn whoever_says_that_there_is_no_ticket_gets_it_once_more_with_the_same_number() {
    let ends = [
        (Paper::Printed, PaperState::Printed, Some("ticket_reprinted")),
        (Paper::Sent, PaperState::Printed, Some("ticket_reprinted")),
        (Paper::Failed("no paper".into()), PaperState::Failed, None),
        (Paper::Unknown("silent".into()), PaperState::Unknown, Some("print_uncertain")),
    ];
    for (end, shown, fact) in ends {
        let mut hall = Hall::open("09:00");
        hall.scan("RDV-0910");
        let (number, first) = (hall.number(), hall.jobs[0]);
        hall.paper(Paper::Unknown("silent".into()));
        hall.touch(Msg::PrintAnswer(false));
        assert_eq!((hall.view().page, hall.view().paper), (Page::Ticket, PaperState::Printing));
        assert_eq!(hall.number(), number);
        assert_eq!(hall.jobs.len(), 1, "one print job of its own");
        assert_ne!(hall.jobs[0], first);
        hall.paper(end);
        assert_eq!((hall.view().page, hall.view().paper), (Page::Ticket, shown), "nobody is asked twice");
        assert_eq!(hall.number(), number);
        assert_eq!(
            hall.view().follow.is_some(),
            shown != PaperState::Printed,
            "a phone takes the paper's place"
        );
        let expected = ["checked_in", "print_uncertain", "print_answered"].into_iter().chain(fact);
        assert!(hall.kinds().iter().eq(expected), "{:?}", hall.kinds());
        let is_in_doubt = hall.reception().branch().print_uncertain.contains_key(&number.parse().unwrap());
        assert_eq!(is_in_doubt, shown != PaperState::Printed, "for whoever calls the number");
        hall.touch(Msg::PrintAnswer(false));
        assert!(hall.jobs.is_empty(), "once");
    }
}

#[test]
fn a_duplicate_that_was_cut_off_by_a_crash_is_not_printed_a_third_time() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.paper(Paper::Unknown("silent".into()));
    hall.touch(Msg::PrintAnswer(false));
    hall.restart();
    assert_eq!(hall.kinds(), ["checked_in", "print_uncertain", "print_answered", "print_uncertain"]);
    assert!(hall.jobs.is_empty());
    hall.pass(60);
    hall.scan("RDV-0910");
    assert_eq!((hall.view().page, hall.number()), (Page::PrintQuestion, number.clone()));
    hall.touch(Msg::PrintAnswer(false));
    assert_eq!((hall.view().page, hall.view().paper), (Page::Ticket, PaperState::Failed));
    assert_eq!(hall.number(), number, "the number is what counts");
    assert!(hall.jobs.is_empty());
}

#[test]
fn the_next_visitor_never_sees_what_becomes_of_anothers_duplicate() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    hall.paper(Paper::Unknown("silent".into()));
    hall.touch(Msg::PrintAnswer(false));
    hall.scan("RDV-0920");
    let number = hall.number();
    hall.paper(Paper::Unknown("silent".into()));
    assert_eq!((hall.view().page, hall.view().paper), (Page::Ticket, PaperState::Printing));
    hall.paper(Paper::Printed);
    assert_eq!((hall.number(), hall.view().paper), (number, PaperState::Printed));
}

#[test]
fn a_question_left_unanswered_stays_for_staff_and_the_next_visitor_never_sees_it() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.paper(Paper::Unknown("silent".into()));
    hall.pass(30);
    assert_eq!(hall.view().idle_seconds_left, 15);
    hall.pass(15);
    assert_eq!((hall.view().page, hall.number()), (Page::Welcome, String::new()));
    hall.scan("RDV-0920");
    assert_eq!(hall.view().page, Page::Ticket);
    let open = hall.reception().open_questions().unwrap();
    let open: Vec<String> = open.iter().map(|print| print.number.to_string()).collect();
    assert_eq!(open.join(" "), number);
    assert!(hall.reception().branch().print_uncertain.contains_key(&number.parse().unwrap()));
}

#[test]
fn the_next_visitor_need_not_wait_for_the_answer_of_the_last_one() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    hall.paper(Paper::Unknown("silent".into()));
    hall.scan("RDV-0920");
    assert_eq!((hall.view().page, hall.view().slot.as_str()), (Page::Ticket, "9\u{a0}h\u{a0}20"));
    assert_eq!(hall.reception().open_questions().unwrap().len(), 1, "it is for staff now");
}

#[test]
fn a_crash_while_printing_makes_the_ticket_uncertain_and_prints_nothing_again() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    let number = hall.number();
    hall.restart();
    assert_eq!(hall.kinds(), ["checked_in", "print_uncertain"]);
    assert_eq!(hall.reception().open_questions().unwrap()[0].number.to_string(), number);
    assert!(hall.jobs.is_empty());
    hall.restart();
    assert_eq!(hall.kinds().len(), 2, "once");
}

#[test]
fn what_was_printed_before_a_crash_is_not_in_doubt() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    hall.paper(Paper::Printed);
    hall.restart();
    assert_eq!(hall.kinds(), ["checked_in", "ticket_printed"]);
    assert!(hall.reception().open_questions().unwrap().is_empty());
}

#[test]
fn what_was_not_confirmed_last_may_still_be_in_the_printer() {
    let mut hall = Hall::open("09:00");
    let may_hold = |hall: &mut Hall| {
        hall.restart();
        hall.reception().printer_may_hold_part().unwrap()
    };
    assert!(!may_hold(&mut hall), "nothing was ever printed");
    hall.scan("RDV-0910");
    assert!(may_hold(&mut hall), "the program ended while it was being sent");
    assert!(may_hold(&mut hall), "nothing has been printed since");
    hall.scan("RDV-0920");
    hall.paper(Paper::Failed("no paper".into()));
    assert!(may_hold(&mut hall), "of that one, not a byte was sent");
    hall.pass(60);
    hall.walk_in();
    hall.paper(Paper::Printed);
    assert!(!may_hold(&mut hall));
    hall.pass(60);
    hall.walk_in();
    hall.paper(Paper::Unknown("silent".into()));
    assert!(may_hold(&mut hall));
}

#[test]
fn whoever_comes_back_without_paper_after_a_crash_is_asked_and_not_told_that_a_ticket_is_useless() {
    for came_out in [true, false] {
        let mut hall = Hall::open("09:00");
        hall.scan("RDV-0910");
        let number = hall.number();
        hall.restart();
        hall.pass(60);
        hall.scan("RDV-0910");
        assert_eq!((hall.view().page, hall.number()), (Page::PrintQuestion, number.clone()));
        assert_eq!(
            (hall.view().slot, hall.view().service_label),
            ("9\u{a0}h\u{a0}10".into(), "Service A".into())
        );
        hall.touch(Msg::PrintAnswer(came_out));
        assert_eq!(hall.number(), number);
        if came_out {
            assert_eq!((hall.view().page, hall.view().already), (Page::Already, AlreadyKind::Waiting));
        } else {
            assert_eq!((hall.view().page, hall.view().paper), (Page::Ticket, PaperState::Failed));
        }
        assert_eq!(hall.view().follow, None, "the secret of the phone's code is on the lost paper alone");
        assert_eq!(hall.kinds(), ["checked_in", "print_uncertain", "seen_again", "print_answered"]);
        hall.pass(60);
        hall.scan("RDV-0910");
        assert_eq!(hall.view().page, Page::Already, "who has answered is not asked again");
    }
}

#[test]
fn whoever_shows_the_code_again_while_the_paper_is_awaited_still_hears_what_becomes_of_it() {
    let shown_again = |paper: Option<Paper>| {
        let mut hall = Hall::open("09:00");
        hall.scan("RDV-0910");
        if let Some(paper) = paper {
            hall.paper(paper);
        }
        let before = hall.view();
        hall.pass(4);
        hall.scan("RDV-0910");
        assert_eq!(hall.kinds().last().unwrap(), "seen_again");
        let after = hall.view();
        assert_eq!((after.page, after.paper, &after.number), (Page::Ticket, before.paper, &before.number));
        assert_eq!(after.follow, before.follow);
        hall
    };
    let mut hall = shown_again(None);
    hall.paper(Paper::Unknown("silent".into()));
    assert_eq!(hall.view().page, Page::PrintQuestion);
    hall.touch(Msg::PrintAnswer(true));
    assert_eq!((hall.view().page, hall.view().paper), (Page::Ticket, PaperState::Printed));
    shown_again(Some(Paper::Failed("no paper".into())));
}

#[test]
fn whoever_is_back_in_the_queue_hears_that_before_anything_about_paper() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    hall.paper(Paper::Unknown("silent".into()));
    hall.call_in_vain();
    hall.pass(60);
    hall.scan("RDV-0910");
    assert_eq!((hall.view().page, hall.view().already), (Page::Already, AlreadyKind::Back));
    hall.pass(60);
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::PrintQuestion, "now there is time for it");
}

#[test]
fn an_answer_that_comes_when_nobody_waits_for_it_is_not_the_next_visitors() {
    let mut hall = Hall::open("09:00");
    hall.msg(Msg::ChoseLanguage(domain::Language::new("en")));
    let asked = |hall: &mut Hall| {
        let now = hall.clock.since_boot();
        kiosk::flow::step(&mut hall.visit, now, Msg::Scanned(kiosk::flow::Code("RDV-0910".into())))
    };
    let effects = asked(&mut hall);
    hall.pass(10);
    assert_eq!(hall.view().page, Page::Notice, "a person helps");
    hall.touch(Msg::Home);
    for effect in effects {
        hall.carry_out(effect);
    }
    assert_eq!((hall.view().page, hall.number()), (Page::Welcome, String::new()));
}

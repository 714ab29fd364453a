//! The operator's page: opened by a gesture and a PIN, shows and prints the day's tickets, closes by itself.

use crate::hall::{Hall, at};
use domain::{
    AgentId, CounterId, Event,
    order::{CallReason, Class},
};
use kiosk::{
    flow::{ListPaper, Msg, OperatorMsg, PadView, Page, StandingView},
    pin::Pin,
    reception::Paper,
};
use uuid::Uuid;

const PIN: &str = "274951";

fn with_pin(time: &str) -> Hall {
    let mut hall = Hall::open(time);
    hall.set_pin(PIN);
    hall
}

fn operator(hall: &mut Hall, msg: OperatorMsg) {
    hall.msg(Msg::Operator(msg));
}

fn knock(hall: &mut Hall, times: usize) {
    for _ in 0..times {
        hall.pass_millis(200);
        operator(hall, OperatorMsg::Knock);
    }
}

fn type_pin(hall: &mut Hall, pin: &str) {
    hall.pass(1);
    for digit in pin.bytes() {
        operator(hall, OperatorMsg::Digit(digit - b'0'));
    }
    operator(hall, OperatorMsg::Enter);
}

fn numbers(hall: &Hall) -> Vec<String> {
    hall.view().operator.rows.into_iter().map(|row| row.numbers).collect()
}

#[test]
fn five_touches_and_the_pin_open_the_list_of_the_day_in_calling_order() {
    let mut hall = with_pin("09:00");
    hall.walk_in();
    let walk_in = hall.number();
    hall.scan("RDV-0910");
    let booked = hall.number();
    knock(&mut hall, 4);
    assert_eq!(hall.view().page, Page::Ticket);
    knock(&mut hall, 1);
    assert_eq!(hall.view().page, Page::OperatorPad);
    type_pin(&mut hall, PIN);
    let view = hall.view();
    assert_eq!(view.page, Page::OperatorList);
    assert_eq!(numbers(&hall), [booked, walk_in], "due at 09:20, and at 09:40");
    let row = &view.operator.rows[0];
    assert_eq!((row.service.as_str(), row.slot.as_str()), ("internal A", "9\u{a0}h\u{a0}10"));
    assert_eq!((row.standing, row.late, row.priority), (StandingView::Waiting, false, false));
    assert_eq!(view.operator.as_of, "9\u{a0}h\u{a0}00");
}

#[test]
fn touches_that_are_slow_open_nothing() {
    let mut hall = with_pin("09:00");
    for _ in 0..8 {
        hall.pass(1);
        operator(&mut hall, OperatorMsg::Knock);
    }
    assert_eq!(hall.view().page, Page::Welcome);
}

#[test]
fn without_a_pin_there_is_no_page_and_it_says_how_to_have_one() {
    let mut hall = Hall::open("09:00");
    knock(&mut hall, 5);
    assert_eq!(hall.view().page, Page::OperatorClosed);
    hall.touch(Msg::Home);
    assert_eq!(hall.view().page, Page::Welcome);
}

#[test]
fn nothing_of_the_pin_is_shown_or_logged() {
    let mut hall = with_pin("09:00");
    knock(&mut hall, 5);
    hall.pass(1);
    for digit in [2, 7, 4] {
        operator(&mut hall, OperatorMsg::Digit(digit));
    }
    operator(&mut hall, OperatorMsg::Erase);
    assert_eq!(hall.view().operator.digits, 2);
    assert!(!format!("{:?}{:?}", hall.view(), hall.visit).contains("27"));
}

#[test]
fn wrong_pins_are_told_and_many_make_everybody_wait_also_after_a_restart() {
    let mut hall = with_pin("09:00");
    knock(&mut hall, 5);
    for _ in 0..4 {
        type_pin(&mut hall, "111222");
        assert_eq!((hall.view().page, hall.view().operator.pad), (Page::OperatorPad, PadView::Wrong));
    }
    type_pin(&mut hall, "111222");
    let pad = hall.view().operator;
    assert_eq!((pad.pad, pad.wait_seconds), (PadView::Wait, 30));
    type_pin(&mut hall, PIN);
    assert_eq!(hall.view().page, Page::OperatorPad, "not even the right one");
    hall.restart();
    let refused = hall.reception().try_pin(&Pin(PIN.into())).unwrap();
    assert!(matches!(refused, kiosk::reception::PinAnswer::Wait(_)), "{refused:?}");
    hall.pass(31);
    knock(&mut hall, 5);
    type_pin(&mut hall, PIN);
    assert_eq!(hall.view().page, Page::OperatorList);
    hall.touch(Msg::Home);
    knock(&mut hall, 5);
    type_pin(&mut hall, "111222");
    assert_eq!(hall.view().operator.pad, PadView::Wrong, "the right one wiped the slate clean");
}

#[test]
fn the_list_closes_by_itself_and_a_visitor_goes_before() {
    let mut hall = with_pin("09:00");
    knock(&mut hall, 5);
    type_pin(&mut hall, PIN);
    hall.pass(44);
    assert_eq!(hall.view().page, Page::OperatorList);
    assert!(hall.view().idle_seconds_left > 0, "it asks first");
    hall.pass(1);
    assert_eq!(hall.view().page, Page::Welcome);
    knock(&mut hall, 5);
    type_pin(&mut hall, PIN);
    hall.scan("RDV-0910");
    assert_eq!(hall.view().page, Page::Ticket);
}

#[test]
fn the_list_says_who_is_called_and_goes_on_by_itself() {
    let mut hall = with_pin("09:00");
    hall.walk_in();
    knock(&mut hall, 5);
    type_pin(&mut hall, PIN);
    assert_eq!(hall.view().operator.rows.len(), 1);
    let ticket = hall.outbox()[0].clone();
    hall.server.apply(&ticket.open().unwrap());
    hall.tell(&ticket);
    let (visit, numbers) =
        hall.server.visits.iter().map(|(id, visit)| (*id, visit.numbers.clone())).next().unwrap();
    let reason = CallReason { class: Class::WalkIn, arrival: at("09:00"), waited_seconds: 5 };
    hall.happens(Event::CounterOpened { counter: CounterId(3), agent: AgentId(Uuid::from_u128(5)) });
    hall.happens(Event::Called { visit, numbers, counter: CounterId(3), reason });
    hall.pass(5);
    let row = hall.view().operator.rows[0].clone();
    assert_eq!((row.standing, row.place.as_str()), (StandingView::Called, "3"));
}

#[test]
fn the_list_is_printed_on_record_and_states_no_fact() {
    let mut hall = with_pin("09:00");
    hall.walk_in();
    hall.paper(Paper::Printed);
    let facts = hall.kinds();
    knock(&mut hall, 5);
    type_pin(&mut hall, PIN);
    hall.touch(Msg::Operator(OperatorMsg::Print));
    assert_eq!(hall.view().operator.paper, ListPaper::Printing);
    hall.touch(Msg::Operator(OperatorMsg::Print));
    assert_eq!(hall.lists.len(), 1, "one list at a time");
    assert!(hall.reception().printer_may_hold_part().unwrap());
    hall.list_paper(Paper::Printed);
    assert_eq!(hall.view().operator.paper, ListPaper::Printed);
    assert!(!hall.reception().printer_may_hold_part().unwrap());
    assert_eq!(hall.kinds(), facts);
    hall.touch(Msg::Operator(OperatorMsg::Print));
    hall.restart();
    assert!(hall.reception().printer_may_hold_part().unwrap(), "part of it may be in the printer");
    assert_eq!(hall.kinds(), facts);
    assert!(hall.reception().open_questions().unwrap().is_empty(), "and nobody is asked about it");
}

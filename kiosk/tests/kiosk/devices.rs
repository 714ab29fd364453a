//! What staff hear of the things that hang on a kiosk.

use crate::hall::{Hall, device};
use domain::{DeviceFault, Peripheral};
use serde_json::{Value, json};

/// What was reported, oldest first.
fn reports(hall: &mut Hall) -> Vec<Value> {
    let facts = hall.outbox().into_iter().filter(|fact| fact.kind() == "device_reported");
    facts.map(|fact| fact.body["fault"].clone()).collect()
}

/// A second passes, and the worker looks after what is due.
fn pass(hall: &mut Hall, seconds: u64) {
    for _ in 0..seconds {
        hall.pass(1);
        hall.reception().report_devices().unwrap();
    }
}

fn printer(hall: &mut Hall, fault: Option<DeviceFault>) {
    hall.reception().device_is(Peripheral::Printer, fault);
}

#[test]
fn what_changes_is_stated_once_and_that_it_is_well_again_too() {
    let mut hall = Hall::open("09:00");
    printer(&mut hall, None);
    pass(&mut hall, 60);
    assert!(reports(&mut hall).is_empty(), "that all is well is no news");
    printer(&mut hall, Some(DeviceFault::PaperLow));
    pass(&mut hall, 60);
    assert_eq!(reports(&mut hall), [json!("paper_low")]);
    let fact = hall.outbox().pop().unwrap();
    assert_eq!(fact.body["kiosk"], json!(device()));
    assert_eq!((fact.body["peripheral"].clone(), fact.number), (json!("printer"), None));
    printer(&mut hall, Some(DeviceFault::PaperOut));
    pass(&mut hall, 60);
    printer(&mut hall, None);
    pass(&mut hall, 60);
    assert_eq!(reports(&mut hall), [json!("paper_low"), json!("paper_out"), Value::Null]);
}

#[test]
fn a_flicker_is_no_news_and_a_loose_plug_does_not_fill_the_log() {
    let mut hall = Hall::open("09:00");
    printer(&mut hall, Some(DeviceFault::Absent));
    hall.pass_millis(500);
    hall.reception().report_devices().unwrap();
    printer(&mut hall, None);
    pass(&mut hall, 30);
    assert!(reports(&mut hall).is_empty());
    for _ in 0..600 {
        for fault in [Some(DeviceFault::Absent), None] {
            printer(&mut hall, fault);
            pass(&mut hall, 3);
        }
    }
    let told = reports(&mut hall).len();
    assert!((20..=45).contains(&told), "{told} reports in an hour of flapping");
    printer(&mut hall, Some(DeviceFault::Absent));
    pass(&mut hall, 300);
    assert_eq!(reports(&mut hall).last(), Some(&json!("absent")), "what stays is told in the end");
}

#[test]
fn what_happened_while_the_kiosk_was_off_is_told_and_what_is_known_is_not_told_again() {
    let mut hall = Hall::open("09:00");
    printer(&mut hall, Some(DeviceFault::PaperOut));
    pass(&mut hall, 5);
    hall.restart();
    printer(&mut hall, Some(DeviceFault::PaperOut));
    pass(&mut hall, 30);
    assert_eq!(reports(&mut hall), [json!("paper_out")], "staff know");
    hall.restart();
    printer(&mut hall, None);
    pass(&mut hall, 30);
    assert_eq!(reports(&mut hall), [json!("paper_out"), Value::Null], "the roll was changed meanwhile");
}

#[test]
fn nothing_is_stated_before_the_site_is_known_and_everything_then() {
    let mut hall = Hall::paired("09:00");
    printer(&mut hall, Some(DeviceFault::CoverOpen));
    pass(&mut hall, 5);
    assert!(hall.reception().report_due().is_none());
    assert!(reports(&mut hall).is_empty());
    hall.snapshot();
    assert!(hall.reception().report_due().is_some());
    pass(&mut hall, 2);
    assert_eq!(reports(&mut hall), [json!("cover_open")]);
    assert!(hall.reception().report_due().is_none());
}

//! A supervised printer on a serial line.

use std::time::Instant;

use hardware::Profile;
use hardware::escpos::PrinterFault;
use hardware::printer::{JobOutcome, PrinterConfig, PrinterEvent};
use hardware::sim::{Fault, PrinterSetup};
use hardware::transport::Address;

use crate::rig::{Rig, Supervised, deadline, picture_ticket, text_ticket};

fn rig() -> (Rig, Address) {
    let setup = PrinterSetup {
        profile: "serial-text".into(),
        tcp: None,
        pty: Some("hall.tty".into()),
        wire_bytes_per_second: 11_520,
        ..PrinterSetup::on_tcp("hall")
    };
    let rig = Rig::new(vec![setup], Vec::new());
    let link = rig.devices.ready().printers[0].pty.clone().unwrap();
    let address = format!("serial:{}?baud=115200&flow=software", link.display()).parse().unwrap();
    (rig, address)
}

#[test]
fn a_text_ticket_goes_over_a_serial_line_with_its_accents() {
    let (mut rig, address) = rig();
    let hall = Supervised::start(address, "serial-text");
    hall.wait_connected();
    let bytes = hall.queue(1, &text_ticket("H047"));
    assert_eq!(hall.outcome(1), JobOutcome::Printed);
    let slips = rig.control.wait_for_slips("hall", 1, deadline()).unwrap();
    assert_eq!(std::fs::read(rig.slip_file(&slips[0].stem, "bin")).unwrap(), bytes);
    let text = std::fs::read_to_string(rig.slip_file(&slips[0].stem, "txt")).unwrap();
    assert!(text.contains("Cœur de l’accueil — 10 €, reçu"), "{text}");
    assert!(text.contains("[QR PK1-H047-7QX3M9K2V8RT4WZC]"), "{text}");
}

#[test]
fn a_serial_printer_that_was_unplugged_in_a_ticket_leaves_it_unknown_and_comes_back() {
    let (mut rig, address) = rig();
    let hall = Supervised::start(address, "serial-text");
    hall.wait_connected();
    rig.control.fault("hall", Fault::DropAfter(2_000)).unwrap();
    let outcome = hall.print(1, &picture_ticket(&hall.profile, 100));
    assert_eq!(outcome, JobOutcome::Unknown(PrinterFault::ConnectionLost));
    hall.wait_connected();
    assert_eq!(hall.print(2, &text_ticket("H002")), JobOutcome::Printed);
    let slips = rig.control.wait_for_slips("hall", 1, deadline()).unwrap();
    assert!(slips.last().unwrap().complete, "{slips:?}");
}

#[test]
fn an_answer_to_an_older_barrier_is_not_taken_for_this_jobs() {
    let (mut rig, address) = rig();
    let hall = Supervised::start(address, "serial-text");
    hall.wait_connected();
    rig.control.fault("hall", Fault::PaperLeft(5)).unwrap();
    let outcome = hall.print(1, &text_ticket("H001"));
    assert_eq!(outcome, JobOutcome::Unknown(PrinterFault::PaperOut));
    rig.control.repair("hall", Fault::PaperOut).unwrap();
    hall.wait_for(|event| matches!(event, PrinterEvent::Status(status) if status.fault().is_none()));
    assert_eq!(hall.print(2, &text_ticket("H002")), JobOutcome::Printed);
    // Confirmed means on paper: both are there at that moment, without waiting.
    let slips = rig.control.slips("hall").unwrap().slips;
    assert_eq!(slips.iter().filter(|slip| slip.complete && slip.printed).count(), 2, "{slips:?}");
}

#[test]
fn an_answer_to_a_job_of_the_program_before_is_not_taken_for_this_ones() {
    let (mut serial, line) = rig();
    let mut network = Rig::with_printer("epson-tm-t20");
    let tcp = network.tcp();
    for (rig, address, model) in [(&mut serial, line, "serial-text"), (&mut network, tcp, "epson-tm-t20")] {
        let before = Supervised::start(address.clone(), model);
        before.wait_connected();
        rig.control.fault("hall", Fault::PaperLeft(5)).unwrap();
        let outcome = before.print(1, &text_ticket("H001"));
        assert_eq!(outcome, JobOutcome::Unknown(PrinterFault::PaperOut), "{model}");
        drop(before);

        let config = PrinterConfig::new(address, Profile::built_in(model).unwrap());
        let after = Supervised::with(PrinterConfig { recover_first: true, ..config });
        after.wait_for(|event| matches!(event, PrinterEvent::Status(status) if status.fault().is_some()));
        // The roll is new, and the old job's answer comes while the new job is sent.
        rig.control.fault("hall", Fault::Slow).unwrap();
        rig.control.repair("hall", Fault::PaperOut).unwrap();
        let mut job = 2;
        let deadline = deadline();
        while let JobOutcome::NotStarted(fault) = after.print(job, &text_ticket("H002")) {
            assert!(Instant::now() < deadline, "{model}: {fault}");
            job += 1;
        }
        let last = rig.control.slips("hall").unwrap().slips.pop().unwrap();
        assert!(last.complete && last.printed, "{model}: confirmed means on paper: {last:?}");
        let text = std::fs::read_to_string(rig.slip_file(&last.stem, "txt")).unwrap();
        assert!(text.contains("H002") && !text.contains("H001"), "{model}: {text}");
    }
}

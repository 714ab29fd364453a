//! A supervised printer over TCP, with everything that can go wrong on the way.

use std::time::{Duration, Instant};

use hardware::Profile;
use hardware::escpos::{Barrier, PrinterFault, PrinterStatus, StatusSource, encode};
use hardware::printer::{JobOutcome, PrintError, PrintJob, PrinterConfig, PrinterEvent, QUEUE_LENGTH};
use hardware::sim::{Fault, PrinterSetup, monotonic_us};

use crate::rig::{Rig, Supervised, deadline, picture_ticket, text_ticket};

const MODEL: &str = "epson-tm-t20";

#[test]
fn a_ticket_is_printed_confirmed_and_kept_as_it_was_sent() {
    let mut rig = Rig::with_printer(MODEL);
    let hall = Supervised::start(rig.tcp(), MODEL);
    hall.wait_connected();
    let bytes = hall.queue(1, &text_ticket("H047"));
    assert_eq!(hall.outcome(1), JobOutcome::Printed);

    let slips = rig.control.wait_for_slips("hall", 1, deadline()).unwrap();
    assert_eq!(slips.len(), 1);
    assert!(slips[0].complete && slips[0].printed && slips[0].stem == "hall-0001");
    assert_eq!(std::fs::read(rig.slip_file("hall-0001", "bin")).unwrap(), bytes);
    let text = std::fs::read_to_string(rig.slip_file("hall-0001", "txt")).unwrap();
    for words in ["PRÉFECTURE DE LA CÔTE-D'OR", "H047", "Cœur de l’accueil — 10 €, reçu"] {
        assert!(text.contains(words), "{words:?} is missing from {text}");
    }
}

#[test]
fn the_qr_code_on_the_paper_is_read_by_a_decoder_that_is_not_ours() {
    for model in ["epson-tm-t88v", "serial-text"] {
        let mut rig = Rig::with_printer(model);
        let hall = Supervised::start(rig.tcp(), model);
        assert_eq!(hall.print(1, &text_ticket("H047")), JobOutcome::Printed);
        rig.control.wait_for_slips("hall", 1, deadline()).unwrap();
        let output = std::process::Command::new("zbarimg")
            .args(["--quiet", "--raw"])
            .arg(rig.slip_file("hall-0001", "png"))
            .output()
            .expect("zbarimg is missing: bin/setup installs it");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "PK1-H047-7QX3M9K2V8RT4WZC", "{model}");
    }
}

#[test]
fn the_paper_shows_the_picture_dot_for_dot() {
    let mut rig = Rig::with_printer(MODEL);
    let hall = Supervised::start(rig.tcp(), MODEL);
    let slip = picture_ticket(&hall.profile, 300);
    assert_eq!(hall.print(1, &slip), JobOutcome::Printed);
    rig.control.wait_for_slips("hall", 1, deadline()).unwrap();

    let file = std::fs::File::open(rig.slip_file("hall-0001", "png")).unwrap();
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    let (width, height) = reader.info().size();
    let margin = (width - 576) / 2;
    assert_eq!((width, height), (576 + 2 * margin, 300 + 2 * margin));
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let line = width.div_ceil(8) as usize;
    let black = |x: u32, y: u32| pixels[y as usize * line + x as usize / 8] & (0x80 >> (x % 8)) == 0;
    for (x, y) in (0..576).flat_map(|x| (0..300).map(move |y| (x, y))) {
        assert_eq!(black(x + margin, y + margin), (x + y) % 7 < 3, "dot {x}, {y}");
    }
}

#[test]
fn from_the_order_to_the_last_byte_of_a_full_ticket_takes_no_longer_than_the_wire_needs() {
    let mut rig = Rig::with_printer(MODEL);
    let hall = Supervised::start(rig.tcp(), MODEL);
    hall.wait_connected();
    let slip = picture_ticket(&hall.profile, 751);
    for job in 1..=3 {
        let ordered = monotonic_us();
        hall.queue(job, &slip);
        assert_eq!(hall.outcome(job), JobOutcome::Printed);
        let slips = rig.control.wait_for_slips("hall", job as usize, deadline()).unwrap();
        let record = slips.last().unwrap();
        let (first, last) = (record.first_byte_us - ordered, record.last_byte_us - ordered);
        println!("{} bytes: first after {first} us, last after {last} us", record.bytes);
        // The wire alone takes 55 ms; not a benchmark, only a guard against a lost second.
        assert!((50_000..1_000_000).contains(&last), "last byte after {last} us");
    }
}

#[test]
fn without_paper_nothing_is_sent_and_with_a_new_roll_the_next_ticket_prints() {
    let mut rig = Rig::with_printer(MODEL);
    let hall = Supervised::start(rig.tcp(), MODEL);
    hall.wait_connected();
    rig.control.fault("hall", Fault::PaperOut).unwrap();
    assert_eq!(hall.print(1, &text_ticket("H001")), JobOutcome::NotStarted(PrinterFault::PaperOut));
    let slips = rig.control.slips("hall").unwrap();
    assert_eq!((slips.slips.len(), slips.buffered_bytes > 100), (0, false), "no byte of the ticket");

    rig.control.repair("hall", Fault::PaperOut).unwrap();
    assert_eq!(hall.print(2, &text_ticket("H002")), JobOutcome::Printed);
    assert_eq!(rig.control.wait_for_slips("hall", 1, deadline()).unwrap().len(), 1);
}

#[test]
fn each_fault_that_stops_the_printer_is_named() {
    let mut rig = Rig::with_printer(MODEL);
    let hall = Supervised::start(rig.tcp(), MODEL);
    for (job, (fault, named)) in [
        (Fault::CoverOpen, PrinterFault::CoverOpen),
        (Fault::Cutter, PrinterFault::Cutter),
        (Fault::Offline, PrinterFault::Offline),
    ]
    .into_iter()
    .enumerate()
    {
        rig.control.fault("hall", fault).unwrap();
        assert_eq!(hall.print(job as u64, &text_ticket("H001")), JobOutcome::NotStarted(named));
        rig.control.repair("hall", fault).unwrap();
    }
    rig.control.fault("hall", Fault::PaperNearEnd).unwrap();
    let near_end = PrinterStatus { paper_near_end: true, ..PrinterStatus::default() };
    hall.wait_for(|event| *event == PrinterEvent::Status(near_end));
    assert_eq!(hall.print(9, &text_ticket("H009")), JobOutcome::Printed, "a warning only");
}

#[test]
fn a_roll_that_ends_in_a_ticket_makes_it_unknown_and_the_rest_prints_later() {
    let mut rig = Rig::with_printer(MODEL);
    let hall = Supervised::start(rig.tcp(), MODEL);
    hall.wait_connected();
    rig.control.fault("hall", Fault::PaperLeft(30)).unwrap();
    let slip = picture_ticket(&hall.profile, 751);
    assert_eq!(hall.print(1, &slip), JobOutcome::Unknown(PrinterFault::PaperOut));
    let held = rig.control.slips("hall").unwrap();
    assert!(held.buffered_bytes > 1000 && !held.slips[0].printed, "{held:?}");

    rig.control.repair("hall", Fault::PaperOut).unwrap();
    let slips = rig.control.wait_for_slips("hall", 1, deadline()).unwrap();
    assert!(slips[0].complete, "the printer goes on with what it holds");
    assert_eq!(hall.print(2, &text_ticket("H002")), JobOutcome::Printed);
    assert_eq!(rig.control.wait_for_slips("hall", 2, deadline()).unwrap().len(), 2, "nothing twice");
}

#[test]
fn a_connection_that_breaks_in_a_ticket_makes_it_unknown_and_it_is_never_sent_again() {
    for model in [MODEL, "generic-80mm"] {
        let mut rig = Rig::with_printer(model);
        let hall = Supervised::start(rig.tcp(), model);
        hall.wait_connected();
        rig.control.fault("hall", Fault::DropAfter(20_000)).unwrap();
        let outcome = hall.print(1, &picture_ticket(&hall.profile, 751));
        assert_eq!(outcome, JobOutcome::Unknown(PrinterFault::ConnectionLost), "{model}");
        assert_eq!(hall.print(2, &text_ticket("H002")), JobOutcome::Printed, "{model}");

        let slips = rig.control.wait_for_slips("hall", 1, deadline()).unwrap();
        assert_eq!(slips.len(), 2, "{model}: the half ticket, cut off, and the next one: {slips:?}");
        assert!(!slips[0].complete && slips[1].complete, "{model}: {slips:?}");
        let text = std::fs::read_to_string(rig.slip_file(&slips[1].stem, "txt")).unwrap();
        assert!(!text.contains("[picture]\n[picture]") && text.contains("H002"), "{model}: {text}");
    }
}

#[test]
fn a_printer_that_does_not_answer_gets_nothing() {
    let mut rig = Rig::with_printer(MODEL);
    rig.control.fault("hall", Fault::Silent).unwrap();
    let hall = Supervised::start(rig.tcp(), MODEL);
    hall.wait_for(|event| *event == PrinterEvent::Lost { reason: PrinterFault::Silent });
    assert_eq!(hall.print(1, &text_ticket("H001")), JobOutcome::NotStarted(PrinterFault::Silent));
    assert_eq!(rig.control.slips("hall").unwrap().slips, []);
    rig.control.repair("hall", Fault::Silent).unwrap();
    hall.wait_connected();
    assert_eq!(hall.print(2, &text_ticket("H002")), JobOutcome::Printed);
}

#[test]
fn a_printer_that_was_switched_off_is_found_again() {
    let mut rig = Rig::with_printer(MODEL);
    let hall = Supervised::start(rig.tcp(), MODEL);
    hall.wait_connected();
    rig.control.unplug("hall").unwrap();
    hall.wait_for(|event| matches!(event, PrinterEvent::Lost { .. }));
    let outcome = hall.print(1, &text_ticket("H001"));
    assert_eq!(outcome, JobOutcome::NotStarted(PrinterFault::Unreachable));
    rig.control.plug("hall").unwrap();
    hall.wait_connected();
    assert_eq!(hall.print(2, &text_ticket("H002")), JobOutcome::Printed);
}

#[test]
fn a_printer_that_cannot_confirm_never_says_printed() {
    for status in [StatusSource::DleEot, StatusSource::None] {
        let mut rig = Rig::with_printer("generic-80mm");
        let profile =
            Profile { status, barrier: Barrier::None, ..Profile::built_in("generic-80mm").unwrap() };
        let hall = Supervised::with_profile(rig.tcp(), profile);
        assert_eq!(hall.print(1, &text_ticket("H001")), JobOutcome::Sent);
        assert_eq!(rig.control.wait_for_slips("hall", 1, deadline()).unwrap().len(), 1);
    }
}

#[test]
fn a_slow_printer_with_a_small_buffer_makes_the_sender_wait_and_prints_everything() {
    let setup = PrinterSetup {
        profile: "generic-80mm".into(),
        buffer_bytes: 8192,
        paper_mm_per_second: 60,
        ..PrinterSetup::on_tcp("hall")
    };
    let mut rig = Rig::new(vec![setup], Vec::new());
    let hall = Supervised::start(rig.tcp(), "generic-80mm");
    let bytes = hall.queue(1, &picture_ticket(&hall.profile, 751));
    assert_eq!(hall.outcome(1), JobOutcome::Printed);
    let slips = rig.control.wait_for_slips("hall", 1, deadline()).unwrap();
    assert_eq!(slips[0].bytes, bytes.len());
    let wire = Duration::from_micros(slips[0].last_byte_us - slips[0].first_byte_us);
    assert!(wire > Duration::from_millis(500), "held back only for {wire:?}");
}

#[test]
fn a_printer_that_stops_with_a_full_buffer_leaves_no_part_of_the_ticket_on_the_next() {
    let setup =
        PrinterSetup { profile: "generic-80mm".into(), buffer_bytes: 8192, ..PrinterSetup::on_tcp("hall") };
    let mut rig = Rig::new(vec![setup], Vec::new());
    let profile = Profile { barrier_timeout_ms: 500, ..Profile::built_in("generic-80mm").unwrap() };
    let hall = Supervised::with_profile(rig.tcp(), profile);
    hall.wait_connected();
    rig.control.fault("hall", Fault::PaperLeft(20)).unwrap();
    // The full buffer keeps even the status request from the printer.
    let slip = picture_ticket(&hall.profile, 751);
    assert_eq!(hall.print(1, &slip), JobOutcome::Unknown(PrinterFault::Silent));
    hall.wait_for(|event| matches!(event, PrinterEvent::Lost { .. }));
    rig.control.repair("hall", Fault::PaperOut).unwrap();
    hall.wait_connected();

    let deadline = deadline();
    let mut job = 2;
    while let JobOutcome::NotStarted(fault) = hall.print(job, &text_ticket("H002")) {
        assert!(Instant::now() < deadline, "{fault}");
        job += 1;
    }
    let last = rig.control.wait_for_slips("hall", 1, deadline).unwrap().pop().unwrap();
    let text = std::fs::read_to_string(rig.slip_file(&last.stem, "txt")).unwrap();
    assert!(last.complete && text.starts_with("PRÉFECTURE"), "{text}");
}

#[test]
fn a_printer_is_cleared_of_what_it_holds_from_before_the_program_started() {
    use std::io::Write;
    let mut rig = Rig::with_printer("generic-80mm");
    let mut wire = std::net::TcpStream::connect(rig.devices.ready().printers[0].tcp.unwrap()).unwrap();
    let half = encode(&text_ticket("H001"), &Profile::built_in("generic-80mm").unwrap()).unwrap();
    wire.write_all(&half[..half.len() - 200]).unwrap();
    drop(wire);
    let hall = Supervised::with(PrinterConfig {
        recover_first: true,
        ..PrinterConfig::new(rig.tcp(), Profile::built_in("generic-80mm").unwrap())
    });
    assert_eq!(hall.print(1, &text_ticket("H002")), JobOutcome::Printed);
    let last = rig.control.wait_for_slips("hall", 1, deadline()).unwrap().pop().unwrap();
    let text = std::fs::read_to_string(rig.slip_file(&last.stem, "txt")).unwrap();
    assert!(last.complete && text.contains("H002") && !text.contains("H001"), "{text}");
}

#[test]
fn a_barrier_that_the_printer_does_not_know_leaves_the_ticket_unknown() {
    let mut rig = Rig::with_printer("generic-80mm");
    let standard = Profile::built_in("generic-80mm").unwrap();
    let profile = Profile { barrier: Barrier::GsParenH, barrier_timeout_ms: 700, ..standard };
    let hall = Supervised::with_profile(rig.tcp(), profile);
    assert_eq!(hall.print(1, &text_ticket("H001")), JobOutcome::Unknown(PrinterFault::Silent));
    assert_eq!(rig.control.wait_for_slips("hall", 1, deadline()).unwrap().len(), 1, "it was printed");
}

#[test]
fn a_printer_behind_a_device_file_gets_the_bytes_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("lp0");
    std::fs::write(&device, []).unwrap();
    let standard = Profile::built_in("generic-80mm").unwrap();
    let profile = Profile { status: StatusSource::None, barrier: Barrier::None, ..standard };
    let hall = Supervised::with_profile(format!("file:{}", device.display()).parse().unwrap(), profile);
    let bytes = hall.queue(1, &text_ticket("H001"));
    assert_eq!(hall.outcome(1), JobOutcome::Sent);
    assert_eq!(std::fs::read(&device).unwrap(), bytes);
}

#[test]
fn rubbish_does_not_harm_the_simulated_printer() {
    use std::io::Write;
    let setup = PrinterSetup {
        wire_bytes_per_second: 50_000_000,
        paper_mm_per_second: 50_000,
        buffer_bytes: 8192,
        ..PrinterSetup::on_tcp("hall")
    };
    let mut rig = Rig::new(vec![setup], Vec::new());
    let mut seed = 1u32;
    let rubbish: Vec<u8> = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    })
    .take(256 << 10)
    .collect();
    let mut wire = std::net::TcpStream::connect(rig.devices.ready().printers[0].tcp.unwrap()).unwrap();
    wire.write_all(&rubbish).unwrap();
    drop(wire);
    rig.control.unplug("hall").unwrap();
    rig.control.plug("hall").unwrap();

    let hall = Supervised::start(rig.tcp(), MODEL);
    hall.wait_connected();
    assert_eq!(hall.print(1, &text_ticket("H001")), JobOutcome::Printed);
    // What the rubbish had drawn is still on the paper, so this first slip is not a whole one.
    assert_eq!(hall.print(2, &text_ticket("H002")), JobOutcome::Printed);
    let last = rig.control.slips("hall").unwrap().slips.pop().unwrap();
    let text = std::fs::read_to_string(rig.slip_file(&last.stem, "txt")).unwrap();
    assert!(text.contains("H002") && !text.contains("H001"), "{text}");
}

#[test]
fn stopping_does_not_wait_for_the_printer_and_tells_what_is_unknown() {
    let mut rig = Rig::with_printer(MODEL);
    let hall = Supervised::start(rig.tcp(), MODEL);
    hall.wait_connected();
    rig.control.fault("hall", Fault::Slow).unwrap();
    let bytes = hall.queue(1, &picture_ticket(&hall.profile, 751));
    for id in 2..2 + QUEUE_LENGTH as u64 {
        hall.printer.print(PrintJob { id, bytes: bytes.clone() }).unwrap_or_default();
    }
    let full = std::iter::repeat_with(|| hall.printer.print(PrintJob { id: 99, bytes: bytes.clone() }))
        .take(3)
        .last();
    assert_eq!(full, Some(Err(PrintError::QueueFull)));
    // The slip is on its way once the printer holds some of it.
    let deadline = deadline();
    while rig.control.slips("hall").unwrap().slips.is_empty() {
        assert!(Instant::now() < deadline, "the job did not start");
    }
    drop(hall.printer);
    let outcomes: Vec<JobOutcome> = hall
        .events
        .iter()
        .filter_map(|event| match event {
            PrinterEvent::JobDone { outcome, .. } => Some(outcome),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes[0], JobOutcome::Unknown(PrinterFault::Stopped));
    assert!(outcomes.len() >= QUEUE_LENGTH, "{outcomes:?}");
    assert!(outcomes[1..].iter().all(|outcome| *outcome == JobOutcome::NotStarted(PrinterFault::Stopped)));
}

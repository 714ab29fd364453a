//! A supervised scanner on a pseudo-terminal.

use std::time::Duration;

use hardware::scanner::{ScanFault, ScannerConfig, ScannerEvent};
use hardware::sim::{Control, ScannerSetup};

use crate::rig::{Listening, Rig};

fn rig(terminator: &str) -> (Rig, ScannerConfig) {
    let setup = ScannerSetup { terminator: terminator.into(), ..ScannerSetup::new("door") };
    let rig = Rig::new(Vec::new(), vec![setup]);
    let path = rig.devices.ready().scanners[0].pty.clone();
    (rig, ScannerConfig::new(path))
}

fn scan(text: &str) -> ScannerEvent {
    ScannerEvent::Scan(text.into())
}

#[test]
fn an_unplugged_scanner_comes_back_and_scans_again() {
    let (mut rig, config) = rig("\r");
    let door = Listening::start(config);
    assert_eq!(door.next(), ScannerEvent::Connected);
    rig.control.scan("door", "PK1-AAAA").unwrap();
    assert_eq!(door.next(), scan("PK1-AAAA"));
    rig.control.unplug("door").unwrap();
    assert!(matches!(door.next(), ScannerEvent::Lost { .. }));
    rig.control.plug("door").unwrap();
    assert_eq!(door.next(), ScannerEvent::Connected);
    rig.control.scan("door", "PK1-BBBB").unwrap();
    assert_eq!(door.next(), scan("PK1-BBBB"));
}

#[test]
fn a_code_held_before_the_scanner_is_one_scan() {
    let (mut rig, mut config) = rig("\r\n");
    config.same_code_within = Duration::from_secs(60);
    let door = Listening::start(config);
    assert_eq!(door.next(), ScannerEvent::Connected);
    for text in ["PK1-AAAA", "PK1-AAAA", "PK1-AAAA", "PK1-BBBB", "PK1-AAAA"] {
        rig.control.scan("door", text).unwrap();
    }
    assert_eq!(
        [door.next(), door.next(), door.next()],
        [scan("PK1-AAAA"), scan("PK1-BBBB"), scan("PK1-AAAA")]
    );
}

#[test]
fn a_megabyte_is_reported_once_and_the_next_code_is_read() {
    let (mut rig, config) = rig("\r");
    let door = Listening::start(config);
    assert_eq!(door.next(), ScannerEvent::Connected);
    rig.control.scan("door", &"X".repeat(1 << 20)).unwrap();
    assert_eq!(door.next(), ScannerEvent::Rejected(ScanFault::TooLong));
    rig.control.scan("door", "PK1-\u{1b}[2J").unwrap();
    assert_eq!(door.next(), ScannerEvent::Rejected(ScanFault::Unprintable));
    rig.control.scan("door", "PK1-BBBB").unwrap();
    assert_eq!(door.next(), scan("PK1-BBBB"));
}

#[test]
fn a_code_without_an_end_is_dropped_and_named() {
    let (mut rig, config) = rig("");
    let door = Listening::start(config);
    assert_eq!(door.next(), ScannerEvent::Connected);
    rig.control.scan("door", "PK1-AAAA").unwrap();
    assert_eq!(door.next(), ScannerEvent::Rejected(ScanFault::Unterminated));
}

#[test]
fn a_scan_that_nobody_listens_to_is_refused_and_not_read_later() {
    let (mut rig, config) = rig("\r");
    assert!(rig.control.scan("door", "PK1-AAAA").is_err());
    assert!(rig.control.scan("window", "PK1-AAAA").unwrap_err().to_string().contains("window"));
    let door = Listening::start(config);
    assert_eq!(door.next(), ScannerEvent::Connected);
    let mut second = Control::connect(rig.folder.path()).unwrap();
    second.scan("door", "PK1-BBBB").unwrap();
    assert_eq!(door.next(), scan("PK1-BBBB"));
}

#[test]
fn a_scanner_that_is_not_there_is_told_once_and_stopping_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let door = Listening::start(ScannerConfig::new(folder.path().join("nothing")));
    assert!(matches!(door.next(), ScannerEvent::Lost { .. }));
    drop(door.scanner);
    assert_eq!(door.events.iter().count(), 0, "told once");
}

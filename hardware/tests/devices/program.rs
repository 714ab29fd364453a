//! The program `guichet-devices`, as people use it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use hardware::printer::JobOutcome;
use hardware::sim::{Ready, Slips};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::rig::{Supervised, text_ticket};

const PROGRAM: &str = env!("CARGO_BIN_EXE_guichet-devices");

fn start(config: &Path) -> (Child, Ready) {
    let mut child = Command::new(PROGRAM).arg("run").arg(config).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

fn control(folder: &Path, order: &[&str]) -> Output {
    Command::new(PROGRAM).arg("control").arg(folder).args(order).output().unwrap()
}

#[test]
fn the_program_says_where_its_devices_are_obeys_and_stops_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("devices.toml");
    let text = "folder = 'run'\n[[printer]]\nname = 'hall'\nprofile = 'epson-tm-t88v'\n\
                tcp = '127.0.0.1:0'\npty = 'hall.tty'\n[[scanner]]\nname = 'door'\npty = 'door.tty'\n";
    std::fs::write(&config, text).unwrap();
    let (mut child, ready) = start(&config);
    assert!(ready.printers[0].pty.as_ref().unwrap().exists() && ready.scanners[0].pty.exists());

    let address = format!("tcp://{}", ready.printers[0].tcp.unwrap()).parse().unwrap();
    let hall = Supervised::start(address, "epson-tm-t88v");
    assert_eq!(hall.print(1, &text_ticket("H047")), JobOutcome::Printed);
    let answer = control(&ready.folder, &["slips", "hall"]);
    let slips: Slips = serde_json::from_slice(&answer.stdout).unwrap();
    assert!(slips.slips[0].complete);

    assert!(control(&ready.folder, &["fault", "hall", "paper-out", "on"]).status.success());
    assert!(matches!(hall.print(2, &text_ticket("H048")), JobOutcome::NotStarted(_)));
    let refused = control(&ready.folder, &["scan", "door", "PK1"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no program has opened"), "{refused:?}");

    drop(hall);
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!ready.control.exists() && !ready.scanners[0].pty.exists(), "nothing is left over");
    assert!(ready.folder.join("hall-0001.png").exists(), "except the slips");
}

#[test]
fn a_configuration_that_cannot_work_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("devices.toml");
    for (text, complaint) in [
        ("folder = 'run'\n[[printer]]\nname = 'hall'\n", "has neither tcp nor pty"),
        (
            "folder = 'run'\n[[scanner]]\nname = 'a'\npty = 'a'\n[[scanner]]\nname = 'a'\npty = 'b'\n",
            "shares",
        ),
        ("folder = 'run'\nprinters = 3\n", "unknown field"),
    ] {
        std::fs::write(&config, text).unwrap();
        let output = Command::new(PROGRAM).arg("run").arg(&config).output().unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(complaint), "{complaint:?} is missing from {said}");
    }
}

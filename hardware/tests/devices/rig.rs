//! Simulated devices in a folder of their own, and supervisors whose events can be waited for.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use hardware::Profile;
use hardware::escpos::encode;
use hardware::printer::{JobOutcome, PrintJob, Printer, PrinterConfig, PrinterEvent};
use hardware::scanner::{Scanner, ScannerConfig, ScannerEvent};
use hardware::sim::{Control, Devices, DevicesConfig, PrinterSetup, ScannerSetup};
use hardware::slip::{Align, Bitmap, Block, Slip, TextSize};
use hardware::transport::Address;

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn deadline() -> Instant {
    Instant::now() + PATIENCE
}

pub struct Rig {
    pub control: Control,
    pub devices: Devices,
    pub folder: tempfile::TempDir,
}

impl Rig {
    pub fn new(printers: Vec<PrinterSetup>, scanners: Vec<ScannerSetup>) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let config = DevicesConfig { folder: folder.path().into(), printers, scanners };
        let devices = Devices::start(config).unwrap();
        let control = Control::connect(folder.path()).unwrap();
        Rig { control, devices, folder }
    }

    /// One printer called "hall" on TCP, of that model.
    pub fn with_printer(profile: &str) -> Rig {
        let setup = PrinterSetup { profile: profile.into(), ..PrinterSetup::on_tcp("hall") };
        Rig::new(vec![setup], Vec::new())
    }

    pub fn tcp(&self) -> Address {
        format!("tcp://{}", self.devices.ready().printers[0].tcp.unwrap()).parse().unwrap()
    }

    pub fn slip_file(&self, stem: &str, extension: &str) -> PathBuf {
        self.folder.path().join(format!("{stem}.{extension}"))
    }
}

/// A supervised printer and what it tells.
pub struct Supervised {
    pub printer: Printer,
    pub events: Receiver<PrinterEvent>,
    pub profile: Profile,
}

impl Supervised {
    pub fn start(address: Address, profile: &str) -> Supervised {
        let profile = Profile::built_in(profile).unwrap();
        Supervised::with_profile(address, profile)
    }

    pub fn with_profile(address: Address, profile: Profile) -> Supervised {
        let poll_interval = Duration::from_millis(100);
        Supervised::with(PrinterConfig { poll_interval, ..PrinterConfig::new(address, profile) })
    }

    pub fn with(config: PrinterConfig) -> Supervised {
        let (sender, events) = channel();
        let profile = config.profile.clone();
        let printer = Printer::start(config, move |event| sender.send(event).unwrap_or_default());
        Supervised { printer, events, profile }
    }

    /// Waits for an event, passing over others.
    pub fn wait_for(&self, wanted: impl Fn(&PrinterEvent) -> bool) -> PrinterEvent {
        let deadline = deadline();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(left).expect("the event did not come");
            if wanted(&event) {
                return event;
            }
        }
    }

    pub fn wait_connected(&self) {
        self.wait_for(|event| *event == PrinterEvent::Connected);
    }

    pub fn queue(&self, id: u64, slip: &Slip) -> Vec<u8> {
        let bytes = encode(slip, &self.profile).unwrap();
        self.printer.print(PrintJob { id, bytes: bytes.clone() }).unwrap();
        bytes
    }

    pub fn outcome(&self, id: u64) -> JobOutcome {
        match self.wait_for(|event| matches!(event, PrinterEvent::JobDone { id: done, .. } if *done == id)) {
            PrinterEvent::JobDone { outcome, .. } => outcome,
            _ => unreachable!(),
        }
    }

    pub fn print(&self, id: u64, slip: &Slip) -> JobOutcome {
        self.queue(id, slip);
        self.outcome(id)
    }
}

/// A supervised scanner and what it tells.
pub struct Listening {
    pub scanner: Scanner,
    pub events: Receiver<ScannerEvent>,
}

impl Listening {
    pub fn start(config: ScannerConfig) -> Listening {
        let (sender, events) = channel();
        Listening {
            scanner: Scanner::start(config, move |event| sender.send(event).unwrap_or_default()),
            events,
        }
    }

    pub fn next(&self) -> ScannerEvent {
        self.events.recv_timeout(PATIENCE).expect("the scanner told nothing")
    }
}

/// A ticket with a number and a QR code, in the printer's own font.
pub fn text_ticket(number: &str) -> Slip {
    let text = |text: &str, size, bold| Block::Text { text: text.into(), size, bold, align: Align::Centre };
    Slip {
        blocks: vec![
            text("PRÉFECTURE DE LA CÔTE-D'OR", TextSize::Normal, true),
            text(number, TextSize::Huge, true),
            text("Cœur de l’accueil — 10 €, reçu", TextSize::Normal, false),
            Block::Space { dots: 20 },
            Block::Qr { data: format!("PK1-{number}-7QX3M9K2V8RT4WZC"), module_dots: 6 },
            text("Conservez ce ticket", TextSize::Tall, false),
        ],
    }
}

/// A ticket drawn as one picture of full width with diagonal stripes, of that height.
pub fn picture_ticket(profile: &Profile, rows: u32) -> Slip {
    let mut picture = Bitmap::new(profile.width_dots.into(), rows);
    for y in 0..rows {
        for x in (0..picture.width_dots()).filter(|x| (x + y) % 7 < 3) {
            picture.set(x, y);
        }
    }
    Slip { blocks: vec![Block::Image(picture)] }
}

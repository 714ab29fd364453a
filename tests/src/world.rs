//! One reception hall: server, kiosks with their devices, boards, screens.

use crate::{
    day::Day,
    display::Display,
    process::{Running, program},
    wait::{PATIENCE, until},
};
use anyhow::{Context, bail, ensure};
use hardware::sim::{Control, Fault, Ready, SlipRecord};
use serde_json::Value;
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tempfile::TempDir;

/// The configuration that the repository ships, used as it is.
pub const SAMPLE_CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/lille.toml");
/// Its services, for counters that are added to it.
const ALL_SERVICES: &str = r#"["PD-VPF", "CS", "BIO", "RT", "INFO", "PAN"]"#;
/// The site that it sets up.
pub const SITE: &str = "lille";

/// What to build.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The bookings, and the time of day.
    pub day: Day,
    /// How many kiosks, each with a printer and a scanner.
    pub kiosks: usize,
    /// How many boards.
    pub boards: usize,
    /// Accounts for so many agents.
    pub agents: usize,
    /// The profile of the kiosks' printers.
    pub printer_profile: &'static str,
    /// At least so many counters, each of which gives every service.
    pub counters: usize,
    /// Show kiosks and boards in windows of the present screen instead of virtual screens.
    pub windows: bool,
}

impl Setup {
    /// One kiosk, no board, one agent.
    pub fn new(day: Day) -> Self {
        Self {
            day,
            kiosks: 1,
            boards: 0,
            agents: 1,
            printer_profile: "epson-tm-t20",
            counters: 0,
            windows: false,
        }
    }
}

/// A running hall. Everything ends when it is dropped.
pub struct World {
    folder: PathBuf,
    port: u16,
    server: Option<Running>,
    authority: String,
    training_clock: String,
    windows: bool,
    counters: usize,
    passwords: Vec<String>,
    /// The kiosks.
    pub kiosks: Vec<Kiosk>,
    /// The boards.
    pub boards: Vec<Screen>,
    devices: Mutex<Control>,
    ready: Ready,
    _devices: Running,
    _temporary: Option<TempDir>,
}

/// A program on a screen.
pub struct Screen {
    display: Option<Display>,
    program: Option<Running>,
    config: PathBuf,
    binary: &'static str,
    name: String,
}

/// A kiosk with its devices.
pub struct Kiosk {
    /// The program on its screen.
    pub screen: Screen,
    /// The name of its printer and its scanner.
    pub name: String,
    folder: PathBuf,
}

impl World {
    /// Builds a hall in a folder of its own.
    ///
    /// # Errors
    /// If a program is missing or does not do its part.
    pub fn start(setup: &Setup) -> anyhow::Result<Self> {
        let temporary = TempDir::with_prefix("guichet-")?;
        let folder = temporary.path().to_owned();
        Self::start_in(folder, setup, Some(temporary))
    }

    /// Builds a hall in a given folder.
    ///
    /// # Errors
    /// If a program is missing or does not do its part.
    pub fn start_in(folder: PathBuf, setup: &Setup, temporary: Option<TempDir>) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder)?;
        let (devices, ready) = start_devices(&folder, setup)?;
        let control = Control::connect(&ready.folder)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut world = Self {
            folder,
            port,
            server: None,
            authority: String::new(),
            training_clock: setup.day.training_clock(),
            windows: setup.windows,
            counters: setup.counters,
            passwords: Vec::new(),
            kiosks: Vec::new(),
            boards: Vec::new(),
            devices: Mutex::new(control),
            ready,
            _devices: devices,
            _temporary: temporary,
        };
        world.start_server()?;
        world.authority = fs::read_to_string(world.folder.join("server/tls/authority.pem"))?;
        world.import("day", &setup.day.to_csv())?;
        for agent in 1..=setup.agents {
            world.add_agent(&format!("agent{agent}"))?;
        }
        for number in 1..=setup.kiosks {
            let kiosk = world.add_kiosk(number, setup.printer_profile)?;
            world.kiosks.push(kiosk);
        }
        for number in 1..=setup.boards {
            let board = world.add_board(number)?;
            world.boards.push(board);
        }
        Ok(world)
    }

    /// Starts the server, at first or again, on the same port.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start_server(&mut self) -> anyhow::Result<()> {
        let mut command = self.server_command()?;
        command.args(["serve", "--training-clock", &self.training_clock]);
        let server = Running::start("server", command, &self.folder)?;
        server.json()?;
        self.server = Some(server);
        Ok(())
    }

    /// Stops the server as its service manager would.
    ///
    /// # Errors
    /// If it does not stop well.
    pub fn stop_server(&mut self) -> anyhow::Result<()> {
        self.server.take().context("the server is not running")?.stop()
    }

    /// The server's address.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// The certificate of the site's authority.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// A client that believes the site's authority.
    ///
    /// # Errors
    /// If the authority's certificate cannot be used.
    pub fn client(&self) -> anyhow::Result<protocol::client::Client> {
        Ok(protocol::client::Client::new(&self.url(), Some(&self.authority), None)?)
    }

    /// The operator's socket.
    pub fn control_socket(&self) -> PathBuf {
        self.folder.join("server/control.sock")
    }

    /// The folder of everything.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Resident memory of the server, in MB.
    ///
    /// # Errors
    /// If it is not running.
    pub fn server_resident_mb(&self) -> anyhow::Result<f64> {
        self.server.as_ref().context("the server is not running")?.resident_mb()
    }

    /// The password of an agent, counted from 1.
    pub fn password(&self, agent: usize) -> &str {
        &self.passwords[agent - 1]
    }

    /// A visitor holds a code to a kiosk's scanner, counted from 1; gives the time at which its last byte
    /// was on the wire, as CLOCK_MONOTONIC in microseconds.
    ///
    /// # Errors
    /// If nobody listens to the scanner.
    pub fn scan(&self, kiosk: usize, code: &str) -> anyhow::Result<u64> {
        Ok(self.devices().scan(&scanner_name(kiosk), code)?)
    }

    /// Waits until a kiosk's printer has printed so many tickets in all, and gives them.
    ///
    /// # Errors
    /// If they do not come, or more than that do.
    pub fn wait_for_tickets(&self, kiosk: usize, count: usize) -> anyhow::Result<Vec<SlipRecord>> {
        let deadline = Instant::now() + PATIENCE;
        let slips = self.devices().wait_for_slips(&printer_name(kiosk), count, deadline)?;
        ensure!(slips.len() == count, "{} tickets instead of {count}", slips.len());
        Ok(slips)
    }

    /// What a kiosk's printer has printed so far.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn tickets(&self, kiosk: usize) -> anyhow::Result<Vec<SlipRecord>> {
        Ok(self.devices().slips(&printer_name(kiosk))?.slips)
    }

    /// Something goes wrong with a kiosk's printer.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn printer_fault(&self, kiosk: usize, fault: Fault) -> anyhow::Result<()> {
        self.devices().fault(&printer_name(kiosk), fault)?;
        Ok(())
    }

    /// It is put right.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn printer_repaired(&self, kiosk: usize, fault: Fault) -> anyhow::Result<()> {
        self.devices().repair(&printer_name(kiosk), fault)?;
        Ok(())
    }

    /// A kiosk's scanner is pulled out of its socket.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn unplug_scanner(&self, kiosk: usize) -> anyhow::Result<()> {
        self.devices().unplug(&scanner_name(kiosk))?;
        Ok(())
    }

    /// It is put back.
    ///
    /// # Errors
    /// If the devices are gone.
    pub fn plug_scanner(&self, kiosk: usize) -> anyhow::Result<()> {
        self.devices().plug(&scanner_name(kiosk))?;
        Ok(())
    }

    /// The simulated devices' control.
    fn devices(&self) -> MutexGuard<'_, Control> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the devices keep the tickets.
    pub fn ticket_folder(&self) -> &Path {
        &self.ready.folder
    }

    /// Runs one of the operator's commands and gives what it printed.
    ///
    /// # Errors
    /// If it fails; with what it said.
    pub fn operate(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.operate_with(arguments, "")
    }

    fn operate_with(&self, arguments: &[&str], input: &str) -> anyhow::Result<String> {
        let mut command = self.server_command()?;
        command.args(arguments);
        run(command, input).with_context(|| format!("guichet-server {}", arguments.join(" ")))
    }

    /// Loads a file of bookings.
    ///
    /// # Errors
    /// If a line of it cannot be used.
    pub fn import(&self, name: &str, csv: &str) -> anyhow::Result<String> {
        let file = self.folder.join(format!("{name}.csv"));
        fs::write(&file, csv)?;
        self.operate(&["import", &file.display().to_string(), "--site", SITE])
    }

    /// Events of a kind in the server's log, as the JSON of their bodies, in order.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn events(&self, kind: &str) -> anyhow::Result<Vec<Value>> {
        let path = self.folder.join("server/guichet.sqlite3");
        let db = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut query =
            db.prepare("SELECT envelope FROM event WHERE site = ?1 AND kind = ?2 ORDER BY seq")?;
        let texts = query.query_map([SITE, kind], |row| row.get::<_, String>(0))?;
        texts
            .map(|text| {
                let mut envelope: Value = serde_json::from_str(&text?)?;
                Ok(envelope["body"].take())
            })
            .collect()
    }

    /// Waits until the log holds so many events of a kind, and gives them.
    ///
    /// # Errors
    /// If they do not come, or more than that do.
    pub fn wait_for_events(&self, kind: &str, count: usize) -> anyhow::Result<Vec<Value>> {
        let events = until(&format!("{count} events `{kind}` in the log"), || {
            self.events(kind).ok().filter(|events| events.len() >= count)
        })?;
        ensure!(events.len() == count, "{} events `{kind}` instead of {count}", events.len());
        Ok(events)
    }

    /// Enrols one more kiosk and starts it.
    fn add_kiosk(&self, number: usize, profile: &str) -> anyhow::Result<Kiosk> {
        let name = kiosk_name(number);
        let folder = self.folder.join(&name);
        let printer = self
            .ready
            .printers
            .iter()
            .find(|printer| printer.name == printer_name(number))
            .and_then(|printer| printer.tcp);
        let printer = printer.context("no such printer")?;
        let scanner = &self
            .ready
            .scanners
            .iter()
            .find(|scanner| scanner.name == scanner_name(number))
            .context("no such scanner")?
            .pty;
        let config = format!(
            "data_dir = {folder:?}\n{}\
             [printer]\ntcp = \"{printer}\"\nprofile = \"{profile}\"\n[scanner]\nserial = {scanner:?}\n",
            self.window(1080, 1920),
        );
        let screen = self.add_screen("guichet-kiosk", "kiosk", &name, &config, (1080, 1920))?;
        Ok(Kiosk { screen, name, folder })
    }

    fn add_board(&self, number: usize) -> anyhow::Result<Screen> {
        let name = format!("board{number}");
        let folder = self.folder.join(&name);
        let config = format!("data_dir = {folder:?}\nsecond_language = \"en\"\n{}", self.window(1920, 1080));
        self.add_screen("guichet-board", "board", &name, &config, (1920, 1080))
    }

    /// The window's part of a configuration: the whole screen in memory, or a half of that size beside others.
    fn window(&self, width: u16, height: u16) -> String {
        let (full, part) = if self.windows { (false, 2) } else { (true, 1) };
        format!(
            "[window]\nfullscreen = {full}\nwidth = {}\nheight = {}\nreduced_motion = true\n",
            width / part,
            height / part
        )
    }

    fn add_screen(
        &self,
        binary: &'static str,
        kind: &str,
        name: &str,
        config_text: &str,
        (width, height): (u16, u16),
    ) -> anyhow::Result<Screen> {
        let config = self.folder.join(format!("{name}.toml"));
        fs::write(&config, config_text)?;
        let code = self.operate(&["pair", "--site", SITE, "--kind", kind, "--name", name, "--json"])?;
        let code: Value = serde_json::from_str(&code)?;
        let text = |key: &str| code[key].as_str().map(str::to_owned).context("no such key");
        let mut pair = Command::new(program(binary)?);
        pair.arg("pair").arg("--config").arg(&config);
        pair.args([
            "--server",
            &self.url(),
            "--code",
            &text("code")?,
            "--fingerprint",
            &text("fingerprint")?,
        ]);
        run(pair, "").with_context(|| format!("pairing {name}"))?;
        let display = if self.windows { None } else { Some(Display::start(width, height, &self.folder)?) };
        let mut screen = Screen { display, program: None, config, binary, name: name.to_owned() };
        screen.start(&self.folder)?;
        Ok(screen)
    }

    fn add_agent(&mut self, name: &str) -> anyhow::Result<()> {
        let password =
            uuid::Uuid::from_u128(u128::from(self.port) << 64 | u128::from(std::process::id())).to_string();
        self.operate_with(&["add-agent", "--site", SITE, "--name", name], &format!("{password}\n"))?;
        self.passwords.push(password);
        Ok(())
    }

    fn server_command(&self) -> anyhow::Result<Command> {
        let mut command = Command::new(program("guichet-server")?);
        command
            .args(["--config", SAMPLE_CONFIG])
            .env("GUICHET__DATA_DIR", self.folder.join("server"))
            .env("GUICHET__LISTEN__HTTPS", format!("127.0.0.1:{}", self.port));
        for counter in 1..=self.counters {
            command.env(format!("GUICHET__SITES__LILLE__COUNTERS__{counter}"), ALL_SERVICES);
        }
        Ok(command)
    }
}

impl Screen {
    /// The screen in memory that the program is on.
    ///
    /// # Errors
    /// If the program is in a window of the present screen.
    pub fn display(&self) -> anyhow::Result<&Display> {
        self.display.as_ref().context("the program is not on a screen in memory")
    }

    /// Starts the program, at first or again, and waits until its window is there.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(&mut self, logs: &Path) -> anyhow::Result<()> {
        let mut command = Command::new(program(self.binary)?);
        command.arg("run").arg("--config").arg(&self.config);
        if let Some(display) = &self.display {
            command.env("DISPLAY", display.name()).env_remove("WAYLAND_DISPLAY");
        }
        let running = Running::start(&self.name, command, logs)?;
        running.json()?;
        self.program = Some(running);
        Ok(())
    }

    /// The program.
    ///
    /// # Errors
    /// If it is not running.
    pub fn program(&mut self) -> anyhow::Result<&mut Running> {
        self.program.as_mut().context("the program is not running")
    }
}

impl Kiosk {
    /// Where its database is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The name of a kiosk, counted from 1.
fn kiosk_name(number: usize) -> String {
    format!("kiosk{number}")
}

/// The name of a kiosk's printer.
fn printer_name(number: usize) -> String {
    format!("printer{number}")
}

/// The name of a kiosk's scanner.
fn scanner_name(number: usize) -> String {
    format!("scanner{number}")
}

fn start_devices(folder: &Path, setup: &Setup) -> anyhow::Result<(Running, Ready)> {
    use hardware::sim::{DevicesConfig, PrinterSetup, ScannerSetup};
    let printer = |number: usize| PrinterSetup {
        profile: setup.printer_profile.into(),
        ..PrinterSetup::on_tcp(&printer_name(number))
    };
    let config = DevicesConfig {
        folder: folder.join("devices"),
        printers: (1..=setup.kiosks).map(printer).collect(),
        scanners: (1..=setup.kiosks).map(|number| ScannerSetup::new(&scanner_name(number))).collect(),
    };
    let file = folder.join("devices.toml");
    fs::write(&file, toml::to_string(&config)?)?;
    let mut command = Command::new(program("guichet-devices")?);
    command.arg("run").arg(&file);
    let running = Running::start("devices", command, folder)?;
    let ready = serde_json::from_value(running.json()?)?;
    Ok((running, ready))
}

/// Runs a command to its end.
fn run(mut command: Command, input: &str) -> anyhow::Result<String> {
    use std::io::Write;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{}{}", said, String::from_utf8_lossy(&output.stderr));
    }
    Ok(said)
}

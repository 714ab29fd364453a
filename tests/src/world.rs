//! One reception hall: server, kiosks with their devices, boards, screens.

mod devices;
mod log;
mod screens;

pub use log::Print;
pub use screens::{Kiosk, PIN, Screen};

use crate::{
    day::Day,
    process::{Running, program},
    wire::Door,
};
use anyhow::{Context, bail};
use hardware::sim::{Control, Ready};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};
use tempfile::TempDir;
use uuid::Uuid;

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
    /// The kiosks' printers hang on serial lines instead of the network.
    pub serial_printers: bool,
    /// At least so many counters, each of which gives every service.
    pub counters: usize,
    /// Where visitors could follow their ticket on a phone.
    pub follow_url: Option<&'static str>,
    /// Backups are made, in `backups` beside everything else.
    pub backups: bool,
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
            serial_printers: false,
            counters: 0,
            follow_url: None,
            backups: false,
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
    backups: bool,
    follow_url: Option<&'static str>,
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
        let (devices, ready) = devices::start(&folder, setup)?;
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
            backups: setup.backups,
            follow_url: setup.follow_url,
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

    /// Ends a kiosk, counted from 1, as a power cut would.
    ///
    /// # Errors
    /// If it is not running.
    pub fn power_cut(&mut self, kiosk: usize) -> anyhow::Result<()> {
        self.kiosks[kiosk - 1].screen.program()?.kill()
    }

    /// Starts it again.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start_kiosk(&mut self, kiosk: usize) -> anyhow::Result<()> {
        self.kiosks[kiosk - 1].screen.start(&self.folder)
    }

    /// The server's address.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server itself.
    ///
    /// # Errors
    /// If it is not running.
    pub fn server(&mut self) -> anyhow::Result<&mut Running> {
        self.server.as_mut().context("the server is not running")
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

    /// The way to the server for whoever speaks bytes.
    ///
    /// # Errors
    /// If the authority's certificate cannot be used.
    pub fn door(&self) -> anyhow::Result<Door> {
        Door::new(([127, 0, 0, 1], self.port).into(), &self.authority)
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

    fn add_agent(&mut self, name: &str) -> anyhow::Result<()> {
        let password = secret();
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
        if self.backups {
            command.env("GUICHET__BACKUP__FOLDER", self.folder.join("backups"));
        }
        if let Some(url) = self.follow_url {
            command.env("GUICHET__FOLLOW_URL", url);
        }
        for counter in 1..=self.counters {
            command.env(format!("GUICHET__SITES__LILLE__COUNTERS__{counter}"), ALL_SERVICES);
        }
        Ok(command)
    }
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

/// A password that nobody can guess, made for this run.
fn secret() -> String {
    Uuid::from_bytes(rand::random()).simple().to_string()
}

//! Kiosks and boards, each a program on a screen.

use super::{SITE, World, devices, run};
use crate::{
    display::Display,
    process::{Running, program},
};
use anyhow::{Context, bail};
use serde_json::Value;
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A PIN for the operator's page of every kiosk.
pub const PIN: &str = "274951";

/// A program on a screen.
pub struct Screen {
    display: Option<Display>,
    program: Option<Running>,
    config: PathBuf,
    part: Part,
}

/// A kiosk with its devices.
pub struct Kiosk {
    /// The program on its screen.
    pub screen: Screen,
}

/// What a program is in the hall.
#[derive(Clone, Debug)]
struct Part {
    binary: &'static str,
    /// The word that `guichet-server pair --kind` takes.
    kind: &'static str,
    /// What its files are called.
    file: String,
    /// What it is called on paper and in lists.
    name: String,
    /// The size of its screen in pixels.
    size: (u16, u16),
}

impl World {
    /// Enrols one more kiosk and starts it.
    pub(super) fn add_kiosk(&self, number: usize, profile: &str) -> anyhow::Result<Kiosk> {
        let mut printers = self.ready.printers.iter();
        let printer = printers.find(|it| it.name == devices::printer_name(number));
        let printer = match printer.map(|it| (it.tcp, &it.pty)) {
            Some((Some(address), _)) => format!("tcp = \"{address}\""),
            Some((None, Some(pty))) => {
                format!("serial = {pty:?}\nbaud = {}\nflow = \"software\"", devices::SERIAL_BAUD)
            }
            _ => bail!("no such printer"),
        };
        let mut scanners = self.ready.scanners.iter();
        let scanner = scanners.find(|it| it.name == devices::scanner_name(number));
        let scanner = &scanner.context("no such scanner")?.pty;
        let part = Part {
            binary: "guichet-kiosk",
            kind: "kiosk",
            file: format!("kiosk{number}"),
            name: format!("Borne {number}"),
            size: (1080, 1920),
        };
        let config =
            format!("[printer]\n{printer}\nprofile = \"{profile}\"\n[scanner]\nserial = {scanner:?}\n");
        Ok(Kiosk { screen: self.add_screen(part, "", &config)? })
    }

    /// Enrols one more board and starts it.
    pub(super) fn add_board(&self, number: usize) -> anyhow::Result<Screen> {
        let part = Part {
            binary: "guichet-board",
            kind: "board",
            file: format!("board{number}"),
            name: format!("Écran {number}"),
            size: (1920, 1080),
        };
        self.add_screen(part, "second_language = \"en\"\n", "")
    }

    /// Enrols a program and starts it, with what its configuration says apart from folder and window.
    fn add_screen(&self, part: Part, keys: &str, sections: &str) -> anyhow::Result<Screen> {
        let config = self.folder.join(format!("{}.toml", part.file));
        let (folder, (width, height)) = (self.folder.join(&part.file), part.size);
        // In a window everything is half as large.
        let shrink = if self.windows { 2 } else { 1 };
        let text = format!(
            "data_dir = {folder:?}\n{keys}[window]\nfullscreen = {}\nwidth = {}\nheight = {}\n\
             reduced_motion = {}\n{sections}",
            !self.windows,
            width / shrink,
            height / shrink,
            !self.windows,
        );
        fs::write(&config, text)?;
        let code =
            self.operate(&["pair", "--site", SITE, "--kind", part.kind, "--name", &part.name, "--json"])?;
        let code: Value = serde_json::from_str(&code)?;
        let text = |key: &str| code[key].as_str().map(str::to_owned).context("no such key");
        let mut pair = Command::new(program(part.binary)?);
        pair.arg("pair").arg("--config").arg(&config).args(["--server", &self.url()]);
        pair.args(["--code", &text("code")?, "--fingerprint", &text("fingerprint")?]);
        run(pair, "").with_context(|| format!("pairing {}", part.name))?;
        if part.kind == "kiosk" {
            let mut pin = Command::new(program(part.binary)?);
            pin.arg("set-pin").arg("--config").arg(&config);
            run(pin, &format!("{PIN}\n")).context("setting the operator's PIN")?;
        }
        let display = if self.windows { None } else { Some(Display::start(width, height, &self.folder)?) };
        let mut screen = Screen { display, program: None, config, part };
        screen.start(&self.folder)?;
        Ok(screen)
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
        self.start_as(logs, Command::new(program(self.part.binary)?))
    }

    /// Starts the program, which was ended, under another command that ends in becoming it, and with more in its
    /// environment.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start_under(
        &mut self,
        logs: &Path,
        under: &[OsString],
        more: &[(&str, &str)],
    ) -> anyhow::Result<()> {
        self.launch_under(logs, under, more)?;
        self.program()?.json()?;
        Ok(())
    }

    /// The same without waiting for its window: it may end before.
    ///
    /// # Errors
    /// If the command is not there.
    pub fn launch_under(
        &mut self,
        logs: &Path,
        under: &[OsString],
        more: &[(&str, &str)],
    ) -> anyhow::Result<()> {
        let program = program(self.part.binary)?.into_os_string();
        let mut words = under.iter().chain([&program]);
        let mut command = Command::new(words.next().context("no command")?);
        command.args(words).envs(more.iter().copied());
        self.launch(logs, command)
    }

    fn start_as(&mut self, logs: &Path, command: Command) -> anyhow::Result<()> {
        self.launch(logs, command)?;
        self.program()?.json()?;
        Ok(())
    }

    fn launch(&mut self, logs: &Path, mut command: Command) -> anyhow::Result<()> {
        command.arg("run").arg("--config").arg(&self.config);
        match &self.display {
            Some(display) => command.env("DISPLAY", display.name()).env_remove("WAYLAND_DISPLAY"),
            None => command.env("SLINT_SCALE_FACTOR", "0.5"),
        };
        self.program = Some(Running::start(&self.part.file, command, logs)?);
        Ok(())
    }

    /// Starts the program, which was ended, with its folder copied to a disk of three megabytes that it fills
    /// to the last byte. Gives what takes the room, as a path that can be removed from outside.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start_on_full_disk(&mut self, logs: &Path) -> anyhow::Result<PathBuf> {
        self.start_on_disk(logs, "3m", r#"dd if=/dev/zero of="$1" bs=4k status=none"#)
    }

    /// The same on a disk of twelve megabytes with the room left as it is: what the database writes ahead has room
    /// until it is taken in. Gives where something can take the rest, as a path from outside.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start_on_small_disk(&mut self, logs: &Path) -> anyhow::Result<PathBuf> {
        self.start_on_disk(logs, "12m", "true")
    }

    fn start_on_disk(&mut self, logs: &Path, size: &str, before: &str) -> anyhow::Result<PathBuf> {
        let data = logs.join(&self.part.file);
        let (kept, ballast) = (logs.join("kept"), data.join("ballast"));
        // A mount that only this process sees; a user namespace makes it possible without being root.
        let script = format!(
            r#"cp -a "$1" "$2" && mount -t tmpfs -o size={size} tmpfs "$1" && cp -a "$2/." "$1" && shift 2 &&
            {{ {before} || true; }} && shift && exec "$@""#
        );
        let mut command = Command::new("unshare");
        command
            .args(["--map-root-user", "--mount", "sh", "-c", &script, "sh"])
            .args([&data, &kept, &ballast]);
        command.arg(program(self.part.binary)?);
        self.start_as(logs, command)?;
        let outside = ballast.strip_prefix("/").unwrap_or(&ballast);
        Ok(Path::new(&format!("/proc/{}/root", self.program()?.id())).join(outside))
    }

    /// Asks the program's own command something, as the operator would beside it, and gives what it printed.
    ///
    /// # Errors
    /// If it fails; with what it said.
    pub fn operate(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(program(self.part.binary)?);
        command.arg("--config").arg(&self.config).args(arguments);
        run(command, "")
    }

    /// The program.
    ///
    /// # Errors
    /// If it is not running.
    pub fn program(&mut self) -> anyhow::Result<&mut Running> {
        self.program.as_mut().context("the program is not running")
    }
}

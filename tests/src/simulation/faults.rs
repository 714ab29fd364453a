//! What goes wrong: power, network, clocks, disks.

use super::{
    hall::{Hall, Happening},
    network::Weather,
    wire::Node,
};
use chrono::TimeDelta;
use rand::Rng;

/// Something that goes wrong, or is well again.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A kiosk loses its power.
    CrashKiosk(usize),
    /// It loses its power when it comes to a step, by its place in [`kiosk::fail_points::ALL`].
    EndKiosk(usize, usize),
    /// It is started again. The machine too, if so.
    StartKiosk(usize, bool),
    /// The server loses its power.
    CrashServer,
    /// It is started again.
    StartServer,
    /// A board loses its power.
    CrashBoard(usize),
    /// It is started again.
    StartBoard(usize),
    /// Nothing passes on a line for so many milliseconds.
    Cut(Node, i64),
    /// A kiosk's wall clock is set so many milliseconds ahead.
    Wall(usize, i64),
    /// The server's wall clock is set so many milliseconds ahead.
    ServerWall(i64),
    /// The disk of a kiosk is full, or has room again.
    FillKiosk(usize, bool),
    /// The server's is.
    FillServer(bool),
    /// A backup of the server is made.
    BackUp,
    /// The server is put back to the last backup; its old disk may be gone.
    Restore(bool),
    /// A kiosk's disk is copied, and both machines go on.
    Clone(usize, u64),
}

impl Hall {
    /// Something goes wrong.
    pub(super) fn go_wrong(&mut self, fault: Fault) -> anyhow::Result<()> {
        self.note(format_args!("{fault:?}"));
        match fault {
            Fault::CrashKiosk(place) => {
                if self.kiosks[place].is_running() {
                    self.kiosks[place].crash();
                    self.crashed(place);
                }
            }
            Fault::EndKiosk(place, step) => self.kiosks[place].ends_at = Some(step),
            Fault::StartKiosk(place, reboots) => {
                if !self.kiosks[place].is_running() {
                    if reboots {
                        self.kiosks[place].machine.reboot();
                    }
                    self.start_kiosk(place)?;
                }
            }
            Fault::CrashServer => {
                if self.office.is_running() {
                    self.crash_server();
                }
            }
            Fault::StartServer => {
                if !self.office.is_running() {
                    self.office.start()?;
                }
            }
            Fault::CrashBoard(place) => {
                self.boards[place].crash();
                self.network.forget(Node::Board(place));
                let down = self.chance.random_range(1_000..60_000);
                self.after(down, Happening::Fault(Fault::StartBoard(place)));
            }
            Fault::StartBoard(place) => {
                if !self.boards[place].is_running() {
                    self.start_board(place)?;
                }
            }
            Fault::Cut(node, millis) => {
                let until = self.now() + millis;
                if let Some(weather) = self.network.weather.get_mut(&node) {
                    weather.cut_until = weather.cut_until.max(until);
                }
            }
            Fault::Wall(place, ahead) => {
                self.kiosks[place].machine.set_ahead(TimeDelta::milliseconds(ahead));
            }
            Fault::ServerWall(ahead) => {
                self.office.machine.set_ahead(TimeDelta::milliseconds(ahead));
            }
            Fault::FillKiosk(place, is_full) => self.kiosks[place].fill(is_full)?,
            Fault::FillServer(is_full) => self.office.fill(is_full)?,
            Fault::BackUp => self.back_up()?,
            Fault::Restore(disk_is_gone) => self.restore(disk_is_gone)?,
            Fault::Clone(place, seed) => {
                self.kiosks[place].crash();
                self.network.forget(Node::Kiosk(place));
                let twin = self.clone_kiosk(place, seed)?;
                self.people.twins.insert(place, twin);
                self.start_kiosk(place)?;
                self.start_kiosk(twin)?;
            }
        }
        Ok(())
    }

    /// The server ends without a word; somebody starts it again.
    pub(super) fn crash_server(&mut self) {
        self.office.crash();
        let chance = &mut self.chance;
        let told = self.network.break_streams(|| chance.random_bool(0.7));
        told.into_iter().for_each(|node| self.after(100, Happening::LetWork(node)));
        self.asked.clear();
        self.press_again();
        let down = self.chance.random_range(1_000..120_000);
        self.after(down, Happening::Fault(Fault::StartServer));
    }

    /// A kiosk's program has ended without a word; somebody starts it again.
    pub(super) fn crashed(&mut self, place: usize) {
        self.note(format_args!("kiosk {place} is down"));
        self.network.forget(Node::Kiosk(place));
        let down = self.chance.random_range(500..90_000);
        let reboots = self.chance.random_bool(0.5);
        self.after(down, Happening::Fault(Fault::StartKiosk(place, reboots)));
    }

    /// Everything is well from now on: power, network, printers.
    ///
    /// # Errors
    /// If something does not start.
    pub fn heal(&mut self) -> anyhow::Result<()> {
        self.note(format_args!("all is well"));
        self.plan.printer_faults = 0.0;
        self.plan.lost = 0.0;
        self.kiosks.iter_mut().for_each(|kiosk| kiosk.ends_at = None);
        for weather in self.network.weather.values_mut() {
            *weather = Weather { slow: 50, ..Weather::default() };
        }
        self.office.fill(false)?;
        if !self.office.is_running() {
            self.office.start()?;
        }
        for place in 0..self.kiosks.len() {
            self.kiosks[place].fill(false)?;
            if !self.kiosks[place].is_running() {
                self.start_kiosk(place)?;
            }
        }
        for place in 0..self.boards.len() {
            if !self.boards[place].is_running() {
                self.start_board(place)?;
            }
        }
        Ok(())
    }
}

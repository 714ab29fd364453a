//! A server alone, in a folder and on ports of its own: to be killed, traced and starved of room.

use crate::{
    device::{self, SimulatedKiosk},
    process::{Running, program},
    world::{SAMPLE_CONFIG, SITE},
};
use anyhow::{Context, bail};
use domain::SiteId;
use protocol::{
    client::Client,
    control::{Answer, Ask, Role},
    pairing::DeviceKind,
    route::CounterAction,
};
use reqwest::{StatusCode, header, redirect};
use std::{
    ffi::OsString,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};
use uuid::Uuid;

/// The server, running or not.
pub struct Served {
    folder: PathBuf,
    https: u16,
    http: u16,
    running: Option<Running>,
}

impl Served {
    /// One that has never run.
    ///
    /// # Errors
    /// If its folder cannot be made or there is no port.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let free = || TcpListener::bind("127.0.0.1:0");
        let (https, http) = (free()?, free()?);
        let (https, http) = (https.local_addr()?.port(), http.local_addr()?.port());
        let served = Self { folder: folder.to_owned(), https, http, running: None };
        fs::create_dir_all(served.data())?;
        Ok(served)
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Its data folder as the running server sees it, which may have a disk of its own there.
    ///
    /// # Errors
    /// If it is not running.
    pub fn inside(&self) -> anyhow::Result<PathBuf> {
        let data = self.data();
        let running = self.running.as_ref().context("the server is not running")?;
        Ok(Path::new(&format!("/proc/{}/root", running.id())).join(data.strip_prefix("/").unwrap_or(&data)))
    }

    /// Starts it with its training clock at a time, under another command (which ends in becoming it) or under
    /// none, and with more in its environment.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(&mut self, clock: &str, under: &[OsString], more: &[(&str, &str)]) -> anyhow::Result<()> {
        let server = program("guichet-server")?.into_os_string();
        let mut words = under.iter().chain([&server]);
        let mut command = Command::new(words.next().context("no command")?);
        command.args(words).args(["--config", SAMPLE_CONFIG, "serve", "--training-clock", clock]);
        command.env("GUICHET__DATA_DIR", self.data());
        command.env("GUICHET__LISTEN__HTTPS", format!("127.0.0.1:{}", self.https));
        command.env("GUICHET__LISTEN__HTTP", format!("127.0.0.1:{}", self.http));
        command.envs(more.iter().copied());
        let running = Running::start("served", command, &self.folder)?;
        running.json()?;
        self.running = Some(running);
        Ok(())
    }

    /// The running program.
    ///
    /// # Errors
    /// If it is not running.
    pub fn running(&mut self) -> anyhow::Result<&mut Running> {
        self.running.as_mut().context("the server is not running")
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http)
    }

    /// Gives an operator's command.
    ///
    /// # Errors
    /// If the server does not take it.
    pub async fn ask(&self, ask: &Ask) -> anyhow::Result<Answer> {
        let answer = server::control::ask(&self.inside()?.join("control.sock"), ask).await?;
        answer.context("the server does not listen to its operator")
    }

    /// Enrols a kiosk.
    ///
    /// # Errors
    /// If the server does not take it.
    pub async fn kiosk(&self) -> anyhow::Result<SimulatedKiosk> {
        let client = Client::new(&self.url(), None, None)?;
        SimulatedKiosk::pair(&client, &self.inside()?.join("control.sock")).await
    }

    /// Enrols a kiosk that only asks.
    ///
    /// # Errors
    /// If the server does not take it.
    pub async fn device(&self) -> anyhow::Result<Client> {
        let client = Client::new(&self.url(), None, None)?;
        let socket = self.inside()?.join("control.sock");
        Ok(device::pair(&client, &socket, DeviceKind::Kiosk, Uuid::nil()).await?.0)
    }

    /// Makes an account for whoever sits at a counter.
    ///
    /// # Errors
    /// If the server does not take it.
    pub async fn hire(&self, counter: u16) -> anyhow::Result<Desk> {
        let (name, password) = (format!("agent{counter}"), Uuid::from_bytes(rand::random()).to_string());
        let ask = Ask::AddAgent {
            site: SiteId::new(SITE),
            name: name.clone(),
            password: password.clone(),
            role: Role::Agent,
        };
        match self.ask(&ask).await? {
            Answer::Agent { .. } => {}
            refused => bail!("no account: {refused:?}"),
        }
        let http = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build()?;
        let desk = Desk { http, server: self.url(), name, password, session: String::new(), counter };
        desk.signed_in().await
    }
}

/// An agent's program at a counter.
pub struct Desk {
    http: reqwest::Client,
    server: String,
    name: String,
    password: String,
    session: String,
    counter: u16,
}

impl Desk {
    /// Signs in, at first or on another day, and opens the counter.
    ///
    /// # Errors
    /// If the server does not let the agent in.
    pub async fn signed_in(mut self) -> anyhow::Result<Self> {
        let form = self
            .http
            .post(format!("{}/console/sign-in", self.server))
            .header(header::ORIGIN, &self.server)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("name={}&password={}", self.name, self.password));
        let answer = form.send().await?;
        let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let session = cookie.and_then(|cookie| cookie.split(['=', ';']).nth(1));
        self.session = session.with_context(|| format!("signing in gave {}", answer.status()))?.to_owned();
        self.press(CounterAction::Open, Uuid::from_bytes(rand::random())).await?;
        Ok(self)
    }

    /// Does something at the counter. The rules may say no: that is an answer as well, which is kept.
    ///
    /// # Errors
    /// If there is no answer, or the server could not keep it: then the same key has to be sent again.
    pub async fn press(&self, action: CounterAction, key: Uuid) -> anyhow::Result<()> {
        let path = format!("{}/api/v1/sites/{SITE}/counters/{}/{}", self.server, self.counter, action.path());
        let press =
            self.http.post(path).bearer_auth(&self.session).header("idempotency-key", key.to_string());
        let answer = press.send().await?;
        let status = answer.status();
        let said = answer.bytes().await?;
        match status {
            StatusCode::OK | StatusCode::CONFLICT => Ok(()),
            status => bail!("{} gave {status}: {}", action.path(), String::from_utf8_lossy(&said)),
        }
    }
}

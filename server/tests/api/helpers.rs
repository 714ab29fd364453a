//! A server for each test, and the one way of waiting.

use crate::actors::{Agent, Board, Caller, Kiosk};
use chrono::{DateTime, Duration, Utc};
use domain::SiteId;
use protocol::{
    client::Client,
    control::{Answer, Ask, Role},
    pairing::DeviceKind,
};
use server::{Server, StartError, app::App, clock::Clock, config::Config};
use std::{
    fmt::Write,
    future::Future,
    path::{Path, PathBuf},
    time::Duration as Patience,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// How long anything may take on a busy machine; only reached when something is broken.
pub const PATIENCE: Patience = Patience::from_secs(30);

/// The site of every test.
pub fn lille() -> SiteId {
    SiteId::new("lille")
}

/// A second site of the same server.
pub fn roubaix() -> SiteId {
    SiteId::new("roubaix")
}

/// Waits for something that has to come.
#[track_caller]
pub fn soon<T>(what: &str, coming: impl Future<Output = T>) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(PATIENCE, coming).await {
            Ok(came) => came,
            Err(_) => panic!("{place}: waited {PATIENCE:?} in vain: {what}"),
        }
    }
}

/// What a test wants of its server.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The time of day at which it starts. A Monday morning in Paris by default.
    pub start: DateTime<Utc>,
    /// How many counters Lille has. Each gives both services.
    pub counters: u16,
    /// How often somebody may be called, and how many seconds lie between.
    pub recall: (u8, u16),
    /// How many come for information a day without an appointment.
    pub limit: Option<u32>,
    /// Where backups are kept, and how many.
    pub backup: Option<(PathBuf, u16)>,
}

impl Default for Setup {
    fn default() -> Self {
        let start = "2026-11-23T09:40:00+01:00".parse().unwrap();
        Self { start, counters: 4, recall: (3, 600), limit: None, backup: None }
    }
}

impl Setup {
    /// The configuration, as an operator would write it.
    pub fn toml(&self, data: &Path) -> String {
        let mut counters = String::new();
        for counter in 1..=self.counters {
            writeln!(counters, "{counter} = [\"RT-7Q\", \"INFO-7Q\"]").unwrap();
        }
        let (calls_max, cool_down) = self.recall;
        let limit = self.limit.map(|limit| format!(", daily_limit = {limit}")).unwrap_or_default();
        let site = |code: &str, name: &str, counters: &str| {
            format!(
                r#"
[sites.{code}]
name = {{ fr = "{name}" }}
opens = "08:30"
closes = "16:00"
recall = {{ calls_max = {calls_max}, cool_down_seconds = {cool_down} }}
[sites.{code}.services.RT-7Q]
internal_label = "Remise de titre"
public_label = {{ fr = "Service K" }}
[sites.{code}.services.INFO-7Q]
internal_label = "Renseignements"
public_label = {{ fr = "Accueil" }}
walk_in = {{ label = {{ fr = "Un renseignement" }}{limit} }}
[sites.{code}.counters]
{counters}"#
            )
        };
        let backup = self.backup.as_ref();
        let backup = backup.map(|(folder, keep)| format!("[backup]\nfolder = {folder:?}\nkeep = {keep}\n"));
        format!(
            "data_dir = {data:?}\n[listen]\nhttps = \"127.0.0.1:0\"\n{}{}{}",
            backup.unwrap_or_default(),
            site("lille", "Préfecture du Nord", &counters),
            site("roubaix", "Annexe de Roubaix", "1 = [\"RT-7Q\", \"INFO-7Q\"]\n")
        )
    }

    /// The configuration as the server reads it.
    pub fn config(&self, data: &Path) -> Config {
        toml::from_str(&self.toml(data)).unwrap()
    }

    /// Starts a server in a new folder.
    pub async fn start(self) -> TestServer {
        self.start_in(TempDir::with_prefix("guichet-").unwrap()).await.unwrap()
    }

    /// Starts a server in a folder that another one left.
    pub async fn start_in(self, folder: TempDir) -> Result<TestServer, StartError> {
        let server = Server::open(self.config(folder.path()), Clock::starting_at(self.start)).await?;
        let app = server.app.clone();
        let secure = TcpListener::bind("127.0.0.1:0").await?;
        let plain = TcpListener::bind("127.0.0.1:0").await?;
        let (address, plain_address) = (secure.local_addr()?, plain.local_addr()?);
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(secure, Some(plain), async {
            // A test that is over stops its server, too.
            let _told_or_gone = stopped.await;
        }));
        let authority = app.identity.authority.clone().unwrap();
        let server =
            TestServer { setup: self, app, address, plain_address, authority, folder, stop, running };
        server.wait_for_control().await;
        Ok(server)
    }
}

/// A server that listens.
pub struct TestServer {
    /// What it was set up as.
    pub setup: Setup,
    /// Its parts, to load bookings and to look at its state. Nothing that a route can do is done here.
    pub app: App,
    /// Where it listens with TLS.
    pub address: std::net::SocketAddr,
    /// Where it listens without.
    pub plain_address: std::net::SocketAddr,
    /// Its authority, PEM.
    pub authority: String,
    /// Its data folder.
    pub folder: TempDir,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), StartError>>,
}

impl TestServer {
    /// A server as most tests need it.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The product's own client.
    pub fn client(&self) -> Client {
        Client::new(&self.url(), Some(&self.authority), None).unwrap()
    }

    /// Somebody without a token.
    pub fn anon(&self) -> Caller {
        Caller::new(&self.url(), &self.authority)
    }

    /// An enrolled kiosk at Lille.
    pub async fn kiosk(&self) -> Kiosk {
        Kiosk::enrol(self, &lille()).await
    }

    /// An enrolled board at Lille.
    pub async fn board(&self) -> Board {
        Board::enrol(self, &lille()).await
    }

    /// An agent of Lille who signed in.
    pub async fn agent(&self, name: &str) -> Agent {
        Agent::sign_in(self, &lille(), name, Role::Agent).await
    }

    /// A supervisor of Lille who signed in.
    pub async fn supervisor(&self, name: &str) -> Agent {
        Agent::sign_in(self, &lille(), name, Role::Supervisor).await
    }

    /// Gives the operator's command over the operator's socket.
    pub async fn operate(&self, ask: Ask) -> Answer {
        let socket = self.app.config.control_socket();
        server::control::ask(&socket, &ask).await.unwrap().expect("the server listens to its operator")
    }

    /// A fresh pairing code.
    pub async fn code(&self, site: &SiteId, kind: DeviceKind) -> String {
        match self.operate(Ask::Pair { site: site.clone(), kind, name: "hall".into() }).await {
            Answer::Code { code, .. } => code,
            other => panic!("{other:?}"),
        }
    }

    /// How far the log of Lille is.
    pub fn head(&self) -> u64 {
        self.app.sites.get(&lille()).unwrap().live().seq
    }

    /// Stops it as its service manager would, and gives the folder back.
    pub async fn stop(self) -> TempDir {
        let Self { app, folder, stop, running, .. } = self;
        drop(app);
        stop.send(()).unwrap();
        soon("the server stops", running).await.unwrap().unwrap();
        folder
    }

    /// Stops it and starts it again, `later` on its clock.
    pub async fn restart(self, later: Duration) -> Self {
        let setup = Setup { start: self.setup.start + later, ..self.setup.clone() };
        setup.start_in(self.stop().await).await.unwrap()
    }

    async fn wait_for_control(&self) {
        let socket = self.app.config.control_socket();
        let connected = async {
            while tokio::net::UnixStream::connect(&socket).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        soon("the operator's socket", connected).await;
    }
}

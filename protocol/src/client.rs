//! The typed client of devices: pinned TLS, deadlines, and a stream that resumes where it broke.

mod feeds;
mod stream;

pub use feeds::{BoardFeed, HttpMessages, KioskFeed};
pub use stream::{Feed, FeedItem, Messages, Returning, Upstream, follow};

use crate::{
    Problem,
    health::Health,
    pairing::{PairRequest, Paired},
    recovery::{HandBack, HandedBack},
    route,
    snapshot::{BoardSnapshot, KioskSnapshot},
    upload::{Acknowledged, Upload},
};
use domain::SiteId;
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// How long a request may take, answer included. Streams have a rule of their own.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(10);

/// A connection to one server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    /// Speaks HTTP/1.1: a stream has its connection to itself, which costs the server half of one over HTTP/2.
    streams: reqwest::Client,
    server: String,
    token: Option<String>,
}

/// Why a request brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The client could not be made: the authority's certificate cannot be used.
    #[error("cannot make a client for {server}")]
    Setup {
        /// Which server.
        server: String,
        /// What was wrong.
        #[source]
        source: reqwest::Error,
    },
    /// No answer, or not a whole one. Worth another try.
    #[error("no answer from {path}")]
    NoAnswer {
        /// What was asked.
        path: String,
        /// What was wrong.
        #[source]
        source: reqwest::Error,
    },
    /// The server said no.
    #[error("{}", .0.title)]
    Refused(Box<Problem>),
    /// The stream broke a rule; it has to be opened anew.
    #[error("the stream cannot be read")]
    BrokenStream,
}

impl ClientError {
    /// Whether the same request can never succeed: trying again is useless.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Setup { .. } => true,
            Self::NoAnswer { .. } | Self::BrokenStream => false,
            Self::Refused(problem) => (400..500).contains(&problem.status) && problem.status != 429,
        }
    }

    /// Whether the server does not know this device (any more).
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.status == 401)
    }
}

impl Client {
    /// A client for `server` (`https://host:port`). With `authority`, only certificates of that one
    /// authority are believed.
    ///
    /// # Errors
    /// If the authority's certificate cannot be used.
    pub fn new(server: &str, authority: Option<&str>, token: Option<String>) -> Result<Self, ClientError> {
        crate::trust::install_tls_provider();
        let setup = |source| ClientError::Setup { server: server.to_owned(), source };
        let http = builder(authority).and_then(|builder| builder.build()).map_err(setup)?;
        let streams = builder(authority).and_then(|builder| builder.http1_only().build()).map_err(setup)?;
        Ok(Self { http, streams, server: server.trim_end_matches('/').to_owned(), token })
    }

    /// The same server, as a device with a token.
    pub fn with_token(&self, token: String) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    /// Enrols a device by its one-time code.
    ///
    /// # Errors
    /// If the code is wrong, used or too old, or the server does not answer.
    pub async fn pair(&self, request: &PairRequest) -> Result<Paired, ClientError> {
        self.post(route::PAIR, request).await
    }

    /// Asks for the lane of a new incarnation of this device's database.
    ///
    /// # Errors
    /// If the device is not known or the server does not answer.
    pub async fn new_incarnation(&self, incarnation: uuid::Uuid) -> Result<Paired, ClientError> {
        self.post(route::INCARNATION, &PairRequest { code: String::new(), incarnation }).await
    }

    /// Whether the server works. For anybody.
    ///
    /// # Errors
    /// If it does not, or does not answer.
    pub async fn health(&self) -> Result<Health, ClientError> {
        self.get(route::HEALTH).await
    }

    /// What a kiosk starts from.
    ///
    /// # Errors
    /// If the device may not ask or the server does not answer.
    pub async fn kiosk_snapshot(&self, site: &SiteId) -> Result<KioskSnapshot, ClientError> {
        self.get(&route::kiosk_snapshot(site)).await
    }

    /// What a board starts from.
    ///
    /// # Errors
    /// If the device may not ask or the server does not answer.
    pub async fn board_snapshot(&self, site: &SiteId) -> Result<BoardSnapshot, ClientError> {
        self.get(&route::board_snapshot(site)).await
    }

    /// Sends facts. A repeat is harmless.
    ///
    /// # Errors
    /// If nothing was acknowledged: the same facts have to be sent again.
    pub async fn upload(&self, site: &SiteId, facts: &Upload) -> Result<Acknowledged, ClientError> {
        self.post(&route::facts(site), facts).await
    }

    /// Hands back a part of what is known of a log that was lost. A repeat is harmless.
    ///
    /// # Errors
    /// If the server did not take it: it has to be sent again.
    pub async fn hand_back(&self, site: &SiteId, part: &HandBack) -> Result<HandedBack, ClientError> {
        self.post(&route::hand_back(site), part).await
    }

    async fn get<A: DeserializeOwned>(&self, path: &str) -> Result<A, ClientError> {
        let request = self.http.get(format!("{}{path}", self.server)).timeout(REQUEST_TIME_MAX);
        answer(path, self.authorised(request).send().await).await
    }

    async fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<A, ClientError> {
        let request = self.http.post(format!("{}{path}", self.server)).json(body).timeout(REQUEST_TIME_MAX);
        answer(path, self.authorised(request).send().await).await
    }

    fn authorised(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }
}

fn builder(authority: Option<&str>) -> reqwest::Result<reqwest::ClientBuilder> {
    let builder = reqwest::Client::builder()
        .no_proxy()
        .connect_timeout(Duration::from_secs(3))
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(15));
    match authority {
        Some(pem) => Ok(builder.tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes())?])),
        None => Ok(builder),
    }
}

async fn answer<A: DeserializeOwned>(
    path: &str,
    sent: Result<reqwest::Response, reqwest::Error>,
) -> Result<A, ClientError> {
    let no_answer = |source| ClientError::NoAnswer { path: path.to_owned(), source };
    let response = accepted(sent.map_err(no_answer)?).await?;
    response.json().await.map_err(no_answer)
}

/// The response, if the server did not say no.
async fn accepted(response: reqwest::Response) -> Result<reqwest::Response, ClientError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let unspoken = || Problem::new("http", status.as_u16(), format!("the server answered {status}"));
    let problem = response.json().await.unwrap_or_else(|_| unspoken());
    Err(ClientError::Refused(Box::new(problem)))
}

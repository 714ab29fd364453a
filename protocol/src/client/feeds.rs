//! The two feeds that devices follow, over HTTP.

use super::{Client, ClientError, Feed, Messages, Returning, Upstream, accepted};
use crate::{
    Cursor,
    pairing::Paired,
    recovery::{HandBack, HandedBack},
    route,
    snapshot::{BoardSnapshot, KioskSnapshot},
    sse,
    upload::{Acknowledged, Upload},
};
use domain::SiteId;
use futures_util::{Stream, StreamExt};
use std::{collections::VecDeque, pin::Pin, time::Duration};
use uuid::Uuid;

/// A stream without a sign of life for so long is dead. The server speaks every ten seconds.
const SILENCE_MAX: Duration = Duration::from_secs(25);

/// Everything that a kiosk of a site may know. Its events are [`crate::Envelope`]s.
#[derive(Clone, Debug)]
pub struct KioskFeed {
    /// The way to the server.
    pub client: Client,
    /// Which site.
    pub site: SiteId,
}

/// The calls of a site. Its events are [`domain::board::BoardChange`]s.
#[derive(Clone, Debug)]
pub struct BoardFeed {
    /// The way to the server.
    pub client: Client,
    /// Which site.
    pub site: SiteId,
}

impl Feed for KioskFeed {
    type Snapshot = KioskSnapshot;
    type Messages = HttpMessages;

    async fn snapshot(&self) -> Result<(KioskSnapshot, Cursor), ClientError> {
        let snapshot = self.client.kiosk_snapshot(&self.site).await?;
        let cursor = snapshot.cursor;
        Ok((snapshot, cursor))
    }

    async fn open(&self, from: Cursor) -> Result<HttpMessages, ClientError> {
        HttpMessages::open(&self.client, route::kiosk_stream(&self.site), from).await
    }

    async fn pause(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

impl Returning for KioskFeed {
    async fn hand_back(&self, part: &HandBack) -> Result<HandedBack, ClientError> {
        self.client.hand_back(&self.site, part).await
    }
}

impl Upstream for KioskFeed {
    async fn upload(&self, facts: &Upload) -> Result<Acknowledged, ClientError> {
        self.client.upload(&self.site, facts).await
    }

    async fn new_incarnation(&self, incarnation: Uuid) -> Result<Paired, ClientError> {
        self.client.new_incarnation(incarnation).await
    }
}

impl Feed for BoardFeed {
    type Snapshot = BoardSnapshot;
    type Messages = HttpMessages;

    async fn snapshot(&self) -> Result<(BoardSnapshot, Cursor), ClientError> {
        let snapshot = self.client.board_snapshot(&self.site).await?;
        let cursor = snapshot.cursor;
        Ok((snapshot, cursor))
    }

    async fn open(&self, from: Cursor) -> Result<HttpMessages, ClientError> {
        HttpMessages::open(&self.client, route::board_stream(&self.site), from).await
    }

    async fn pause(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

impl Returning for BoardFeed {
    async fn hand_back(&self, part: &HandBack) -> Result<HandedBack, ClientError> {
        self.client.hand_back(&self.site, part).await
    }
}

/// An open stream of server-sent events.
pub struct HttpMessages {
    path: String,
    chunks: Pin<Box<dyn Stream<Item = reqwest::Result<Vec<u8>>> + Send>>,
    parser: sse::Parser,
    read: VecDeque<sse::Message>,
}

impl HttpMessages {
    async fn open(client: &Client, path: String, from: Cursor) -> Result<Self, ClientError> {
        let request = client
            .streams
            .get(format!("{}{path}", client.server))
            .header("accept", "text/event-stream")
            .header("last-event-id", from.to_string());
        let sent = tokio::time::timeout(Duration::from_secs(10), client.authorised(request).send()).await;
        let response = sent
            .map_err(|_| ClientError::BrokenStream)?
            .map_err(|source| ClientError::NoAnswer { path: path.clone(), source })?;
        let chunks = accepted(response).await?.bytes_stream().map(|chunk| chunk.map(|bytes| bytes.to_vec()));
        Ok(Self { path, chunks: Box::pin(chunks), parser: sse::Parser::default(), read: VecDeque::new() })
    }
}

impl Messages for HttpMessages {
    async fn next(&mut self) -> Result<sse::Message, ClientError> {
        loop {
            if let Some(message) = self.read.pop_front() {
                return Ok(message);
            }
            let chunk = tokio::time::timeout(SILENCE_MAX, self.chunks.next()).await;
            let chunk = chunk.ok().flatten().ok_or(ClientError::BrokenStream)?;
            let chunk = chunk.map_err(|source| ClientError::NoAnswer { path: self.path.clone(), source })?;
            let read = self.parser.push(&chunk).map_err(|_| ClientError::BrokenStream)?;
            self.read.extend(read);
        }
    }
}

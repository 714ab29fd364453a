//! Following a site: a snapshot, then every event after it, across broken links.

use super::{Client, ClientError, accepted};
use crate::{Cursor, snapshot::Heartbeat, sse};
use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::StreamExt;
use std::{future::Future, time::Duration};

/// A stream without a sign of life for so long is dead. The server speaks every ten seconds.
const SILENCE_MAX: Duration = Duration::from_secs(25);

/// What a feed is made of.
pub trait Feed {
    /// What the reader starts from.
    type Snapshot;
    /// Fetches the snapshot and says where it stands in the log.
    fn snapshot(
        &self,
        client: &Client,
    ) -> impl Future<Output = Result<(Self::Snapshot, Cursor), ClientError>> + Send;
    /// The path of the stream that goes on from there.
    fn stream_path(&self) -> String;
}

/// What a reader is told.
#[derive(Debug)]
pub enum FeedItem<S> {
    /// Forget what was known: this is the state.
    Snapshot(S, Cursor),
    /// One event more, as the JSON of its `data`.
    Event(String, Cursor),
    /// The link is alive; the server's clock says so much.
    Heartbeat(Heartbeat),
    /// The link is lost; what is known is getting old. Sent once per loss, and once more if the server
    /// then says that it does not know this device.
    Lost(ClientError),
}

/// Follows a feed until `tell` says stop by giving `false`. Starts from `cursor` if the reader still
/// holds the state that belongs to it; else, and whenever the server no longer knows the cursor, from
/// a snapshot. Waits between tries with jitter, half a second to ten seconds.
pub async fn follow<F: Feed>(
    client: &Client,
    feed: &F,
    mut cursor: Option<Cursor>,
    mut tell: impl FnMut(FeedItem<F::Snapshot>) -> bool,
) {
    let pauses = || {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(500))
            .with_max_delay(Duration::from_secs(10))
            .with_jitter()
            .without_max_times()
            .build()
    };
    let mut pause = pauses();
    let mut told = Told::Nothing;
    loop {
        let started = read(client, feed, &mut cursor, &mut |item| {
            told = Told::Nothing;
            tell(item)
        })
        .await;
        let error = match started {
            Ok(Stop::Told) => return,
            Ok(Stop::Reset) => {
                cursor = None;
                continue;
            }
            Err((error, progressed)) => {
                if progressed {
                    pause = pauses();
                }
                error
            }
        };
        let news = if error.is_unauthorized() { Told::Unauthorized } else { Told::Lost };
        if news > told {
            told = news;
            if !tell(FeedItem::Lost(error)) {
                return;
            }
        }
        tokio::time::sleep(pause.next().unwrap_or(Duration::from_secs(10))).await;
    }
}

/// What the reader was told of the present loss.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Nothing,
    Lost,
    Unauthorized,
}

enum Stop {
    /// The reader has enough.
    Told,
    /// The server does not know the cursor.
    Reset,
}

/// Reads until something ends it. The error says whether anything arrived before.
async fn read<F: Feed>(
    client: &Client,
    feed: &F,
    cursor: &mut Option<Cursor>,
    tell: &mut impl FnMut(FeedItem<F::Snapshot>) -> bool,
) -> Result<Stop, (ClientError, bool)> {
    let from = match *cursor {
        Some(at) => at,
        None => {
            let (snapshot, at) = feed.snapshot(client).await.map_err(|error| (error, false))?;
            *cursor = Some(at);
            if !tell(FeedItem::Snapshot(snapshot, at)) {
                return Ok(Stop::Told);
            }
            at
        }
    };
    let path = feed.stream_path();
    let mut bytes = open(client, &path, from).await.map_err(|error| (error, false))?;
    let mut parser = sse::Parser::default();
    loop {
        let silent = || (ClientError::BrokenStream, true);
        let chunk = match tokio::time::timeout(SILENCE_MAX, bytes.next()).await.map_err(|_| silent())? {
            Some(Ok(chunk)) => chunk,
            Some(Err(source)) => return Err((ClientError::NoAnswer { path: path.clone(), source }, true)),
            None => return Err(silent()),
        };
        for message in parser.push(&chunk).map_err(|_| silent())? {
            match message.event.as_str() {
                "reset" => return Ok(Stop::Reset),
                "heartbeat" => {
                    let heartbeat = serde_json::from_str(&message.data).map_err(|_| silent())?;
                    if !tell(FeedItem::Heartbeat(heartbeat)) {
                        return Ok(Stop::Told);
                    }
                }
                _ => {
                    let at = message.id.and_then(|id| id.parse().ok()).ok_or_else(silent)?;
                    *cursor = Some(at);
                    if !tell(FeedItem::Event(message.data, at)) {
                        return Ok(Stop::Told);
                    }
                }
            }
        }
    }
}

async fn open(
    client: &Client,
    path: &str,
    from: Cursor,
) -> Result<
    impl futures_util::Stream<Item = reqwest::Result<impl AsRef<[u8]> + std::ops::Deref<Target = [u8]>>> + Unpin,
    ClientError,
> {
    let request = client
        .http
        .get(format!("{}{path}", client.server))
        .header("accept", "text/event-stream")
        .header("last-event-id", from.to_string());
    let sent = tokio::time::timeout(Duration::from_secs(10), client.authorised(request).send()).await;
    let response = sent
        .map_err(|_| ClientError::BrokenStream)?
        .map_err(|source| ClientError::NoAnswer { path: path.to_owned(), source })?;
    Ok(Box::pin(accepted(response).await?.bytes_stream()))
}

//! Following a site: a snapshot, then every event after it, across broken links.
//!
//! Here it is decided when to resume, when to begin anew and what the reader is told. How the words of
//! the server get here does not matter: a [`Feed`] brings them, over HTTP or within a simulated day.

use super::ClientError;
use crate::{
    Cursor,
    envelope::is_shown_by_clocks,
    pairing::Paired,
    recovery::{HandBack, HandedBack},
    snapshot::{Heartbeat, KioskSnapshot},
    sse,
    upload::{Acknowledged, Upload},
};
use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::Datelike;
use std::{future::Future, time::Duration};
use uuid::Uuid;

/// The longest pause between two tries, to which as much again is added by chance: a board has to be up to date five
/// seconds after its server is back.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// What is followed, and the way there.
pub trait Feed {
    /// What the reader starts from.
    type Snapshot;
    /// An open stream.
    type Messages: Messages;
    /// Fetches the snapshot and says where it stands in the log.
    fn snapshot(&self) -> impl Future<Output = Result<(Self::Snapshot, Cursor), ClientError>>;
    /// Opens the stream that goes on from there.
    fn open(&self, from: Cursor) -> impl Future<Output = Result<Self::Messages, ClientError>>;
    /// Lets time pass before the next try.
    fn pause(&self, pause: Duration) -> impl Future<Output = ()>;
}

/// What an open stream says.
pub trait Messages {
    /// Waits for the next message; an error if the stream ended, or was silent for too long.
    fn next(&mut self) -> impl Future<Output = Result<sse::Message, ClientError>>;
}

/// What a device says to a server that was restored, beside what it follows.
pub trait Returning: Feed {
    /// Hands back a part of what is known of a log that was lost. A repeat is harmless.
    fn hand_back(&self, part: &HandBack) -> impl Future<Output = Result<HandedBack, ClientError>>;
}

/// What a kiosk says to the server besides.
pub trait Upstream: Returning<Snapshot = KioskSnapshot> {
    /// Sends facts. A repeat is harmless.
    fn upload(&self, facts: &Upload) -> impl Future<Output = Result<Acknowledged, ClientError>>;
    /// Asks for the lane of a new incarnation of this kiosk's database.
    fn new_incarnation(&self, incarnation: Uuid) -> impl Future<Output = Result<Paired, ClientError>>;
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
/// a snapshot. Waits between tries with jitter, half a second to four seconds.
pub async fn follow<F: Feed>(
    feed: &F,
    mut cursor: Option<Cursor>,
    mut tell: impl FnMut(FeedItem<F::Snapshot>) -> bool,
) {
    let pauses = || {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(500))
            .with_max_delay(PAUSE_MAX)
            .with_jitter()
            .without_max_times()
            .build()
    };
    let mut pause = pauses();
    let mut told = Told::Nothing;
    loop {
        let started = read(feed, &mut cursor, &mut |item| {
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
        feed.pause(pause.next().unwrap_or(PAUSE_MAX)).await;
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

/// Reads until something ends it. The error says whether the stream was open before.
async fn read<F: Feed>(
    feed: &F,
    cursor: &mut Option<Cursor>,
    tell: &mut impl FnMut(FeedItem<F::Snapshot>) -> bool,
) -> Result<Stop, (ClientError, bool)> {
    let from = match *cursor {
        Some(at) => at,
        None => {
            let (snapshot, at) = feed.snapshot().await.map_err(|error| (error, false))?;
            *cursor = Some(at);
            if !tell(FeedItem::Snapshot(snapshot, at)) {
                return Ok(Stop::Told);
            }
            at
        }
    };
    let mut messages = feed.open(from).await.map_err(|error| (error, false))?;
    loop {
        let message = messages.next().await.map_err(|error| (error, true))?;
        let unreadable = || (ClientError::BrokenStream, true);
        let item = match message.event.as_str() {
            "reset" => return Ok(Stop::Reset),
            "heartbeat" => {
                let heartbeat: Heartbeat = serde_json::from_str(&message.data).map_err(|_| unreadable())?;
                if !is_shown_by_clocks(heartbeat.server_time.year()) {
                    return Err(unreadable());
                }
                FeedItem::Heartbeat(heartbeat)
            }
            _ => {
                let at = message.id.and_then(|id| id.parse().ok()).ok_or_else(unreadable)?;
                *cursor = Some(at);
                FeedItem::Event(message.data, at)
            }
        };
        if !tell(item) {
            return Ok(Stop::Told);
        }
    }
}

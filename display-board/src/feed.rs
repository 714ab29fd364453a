//! The thread that follows the server and tells the screen. It interprets nothing beyond the wire.

use crate::{
    shown::{Shown, hand_back},
    state::Message,
};
use domain::{SiteId, board::BoardChange};
use protocol::{
    Cursor,
    client::{BoardFeed, Client, FeedItem, Returning, follow},
    snapshot::BoardSnapshot,
};
use std::{error::Error, io, time::Instant};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// A message and when it arrived here.
pub type Received = (Message, Instant);

/// Starts to follow the calls of `site`, from `cursor` if the state that belongs to it is still known. What was shown is
/// handed back if the server has lost it.
/// Ends when nobody listens any more.
///
/// # Errors
/// If the system gives no thread.
pub fn start(
    client: Client,
    site: SiteId,
    cursor: Option<Cursor>,
    shown: Shown,
    tell: UnboundedSender<Received>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let reading = move || {
        let feed = BoardFeed { client, site };
        runtime
            .block_on(attend(&feed, cursor, shown, |message| tell.send((message, Instant::now())).is_ok()));
    };
    std::thread::Builder::new().name("feed".to_owned()).spawn(reading)?;
    Ok(())
}

/// What [`start`] does, over some way to the server, until `tell` gives `false`.
pub async fn attend(
    feed: &impl Returning<Snapshot = BoardSnapshot>,
    cursor: Option<Cursor>,
    mut shown: Shown,
    mut tell: impl FnMut(Message) -> bool,
) {
    // One part after the other: one that says that this is all must not overtake what it speaks of.
    let (give, mut given) = unbounded_channel();
    let give = |part| drop(give.send(part));
    shown.at_start().into_iter().for_each(give);
    let following = follow(feed, cursor, |item| {
        let Some(message) = message(item) else { return true };
        match &message {
            Message::Snapshot(snapshot) => shown.replaced(snapshot).into_iter().for_each(give),
            Message::Change(change, _) => shown.changed(change),
            Message::Alive(_) | Message::Lost { .. } => {}
        }
        tell(message)
    });
    let returning = async {
        while let Some(part) = given.recv().await {
            hand_back(feed, &part).await;
        }
    };
    tokio::select! {
        // Always in this order, so that a simulated day is the same again.
        biased;
        () = following => {}
        () = returning => {}
    }
}

/// What the board makes of what it is told; `None` if it does not understand.
pub fn message(item: FeedItem<BoardSnapshot>) -> Option<Message> {
    match item {
        FeedItem::Snapshot(snapshot, _) => Some(Message::Snapshot(snapshot)),
        FeedItem::Event(json, cursor) => change(&json).map(|change| Message::Change(change, cursor)),
        FeedItem::Heartbeat(beat) => Some(Message::Alive(beat.server_time)),
        FeedItem::Lost(error) => {
            let refused = error.is_unauthorized();
            tracing::warn!(error = &error as &dyn Error, refused, "the link to the server is lost");
            Some(Message::Lost { refused })
        }
    }
}

/// A change that this version knows. A newer server may have others: they are passed over.
fn change(json: &str) -> Option<BoardChange> {
    protocol::json::from_text(json)
        .inspect_err(|error| tracing::warn!(error = error as &dyn Error, "a change is not understood"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_newer_server_is_passed_over() {
        assert!(change("{\"change\":\"day_opened\",\"day\":\"2026-11-23\"}").is_some());
        assert!(change("{\"change\":\"fanfare\"}").is_none());
    }
}

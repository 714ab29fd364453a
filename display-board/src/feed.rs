//! The thread that follows the server and tells the screen. It interprets nothing beyond the wire.

use crate::{
    shown::{Shown, hand_back},
    state::Message,
};
use domain::{SiteId, board::BoardChange};
use protocol::{
    Cursor,
    client::{BoardFeed, Client, FeedItem, follow},
    snapshot::BoardSnapshot,
};
use std::{error::Error, io, time::Instant};
use tokio::sync::mpsc::UnboundedSender;

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
    mut shown: Shown,
    tell: UnboundedSender<Received>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let reading = move || {
        runtime.block_on(async {
            let give = |part| drop(tokio::spawn(hand_back(client.clone(), site.clone(), part)));
            shown.at_start().into_iter().for_each(give);
            let feed = BoardFeed { client: client.clone(), site: site.clone() };
            let following = follow(&feed, cursor, |item| {
                let arrived = Instant::now();
                let Some(message) = message(item) else { return true };
                match &message {
                    Message::Snapshot(snapshot) => shown.replaced(snapshot).into_iter().for_each(give),
                    Message::Change(change, _) => shown.changed(change),
                    Message::Alive(_) | Message::Lost { .. } => {}
                }
                tell.send((message, arrived)).is_ok()
            });
            following.await;
        });
    };
    std::thread::Builder::new().name("feed".to_owned()).spawn(reading)?;
    Ok(())
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

//! The stream of the site.

use super::Sync;
use crate::{
    flow::{Device, Msg},
    reception::News,
    worker::Job,
};
use protocol::{
    Cursor,
    client::{ClientError, FeedItem, Upstream, follow},
    snapshot::KioskSnapshot,
};

impl<U: Upstream> Sync<U> {
    /// Follows the site until the worker is gone.
    pub async fn follow(&self, cursor: Option<Cursor>) {
        follow(&self.upstream, cursor, |item| self.heard(item)).await;
    }

    /// Whether to go on.
    fn heard(&self, item: FeedItem<KioskSnapshot>) -> bool {
        let news = match item {
            FeedItem::Lost(error) => {
                self.lost(&error);
                return true;
            }
            FeedItem::Snapshot(snapshot, _) => News::Snapshot(Box::new(snapshot)),
            FeedItem::Event(envelope, cursor) => News::Event(envelope, cursor),
            FeedItem::Heartbeat(heartbeat) => News::Heartbeat(heartbeat.server_time),
        };
        let goes_on = self.jobs.send(Job::News(news)).is_ok();
        if !self.link.send_replace(true) {
            tracing::info!(server = self.server, "the server is there");
            self.say_link(true);
            self.say_known(true);
        }
        goes_on
    }

    fn lost(&self, error: &ClientError) {
        tracing::warn!(error = error as &dyn std::error::Error, "the server is lost");
        self.link.send_replace(false);
        self.say_link(false);
        if error.is_unauthorized() {
            self.say_known(false);
        }
    }

    /// The desk ends only with the program.
    fn say_link(&self, up: bool) {
        let _ending = self.desk.send(Msg::Device(Device::Link, up));
    }
}

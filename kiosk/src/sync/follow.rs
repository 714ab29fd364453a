//! The stream of the site.

use super::Sync;
use crate::{
    flow::{Device, Msg},
    reception::News,
    worker::Job,
};
use protocol::{
    Cursor,
    client::{ClientError, FeedItem, KioskFeed, follow},
    snapshot::KioskSnapshot,
};

impl Sync {
    /// Follows the site until the worker is gone.
    pub(super) async fn follow(&self, cursor: Option<Cursor>) {
        let mut is_up = false;
        let feed = KioskFeed(self.identity.site.clone());
        follow(&self.client, &feed, cursor, |item| self.heard(item, &mut is_up)).await;
    }

    /// Whether to go on.
    fn heard(&self, item: FeedItem<KioskSnapshot>, is_up: &mut bool) -> bool {
        let news = match item {
            FeedItem::Lost(error) => {
                self.lost(&error);
                *is_up = false;
                return true;
            }
            FeedItem::Snapshot(snapshot, _) => News::Snapshot(Box::new(snapshot)),
            FeedItem::Event(envelope, cursor) => News::Event(envelope, cursor),
            FeedItem::Heartbeat(heartbeat) => News::Heartbeat(heartbeat.server_time),
        };
        let goes_on = self.jobs.send(Job::News(news)).is_ok();
        if !std::mem::replace(is_up, true) {
            tracing::info!(server = self.identity.server, "the server is there");
            self.say(Msg::Device(Device::Link, true));
            self.say(Msg::OutOfOrder(false));
            self.back.notify_one();
        }
        goes_on
    }

    fn lost(&self, error: &ClientError) {
        tracing::warn!(error = error as &dyn std::error::Error, "the server is lost");
        self.say(Msg::Device(Device::Link, false));
        if error.is_unauthorized() {
            tracing::error!("the server does not know this kiosk: pair it anew");
            self.say(Msg::OutOfOrder(true));
        }
    }

    /// The desk ends only with the program.
    fn say(&self, msg: Msg) {
        let _ending = self.desk.send(msg);
    }
}

//! The server: its stream comes in, our facts go out. Nothing here is between a scan and the paper.

mod follow;
mod upload;

use crate::{clock::KioskClock, flow::Msg, local::Identity, worker::Job};
use protocol::{
    Cursor,
    client::{Client, ClientError, KioskFeed, Upstream},
};
use std::{
    cell::Cell,
    sync::{Arc, mpsc::Sender},
};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// What the network side works with.
#[derive(Debug)]
pub struct Sync<U> {
    /// The way to the server.
    upstream: U,
    server: String,
    clock: Arc<KioskClock>,
    jobs: Sender<Job>,
    desk: Sender<Msg>,
    /// There is something to send.
    outbox: Arc<Notify>,
    /// Whether the stream is alive.
    link: watch::Sender<bool>,
    /// The incarnation that was asked for and may have its lane: each one that is asked for takes one.
    next_incarnation: Cell<Option<Uuid>>,
}

impl Sync<KioskFeed> {
    /// The network side of a paired kiosk. `outbox` is told when there is something to send.
    ///
    /// # Errors
    /// If the stored authority cannot be used.
    pub fn new(
        identity: Identity,
        clock: Arc<KioskClock>,
        jobs: Sender<Job>,
        desk: Sender<Msg>,
        outbox: Arc<Notify>,
    ) -> Result<Self, ClientError> {
        let Identity { server, authority, token, site, .. } = identity;
        let client = Client::new(&server, authority.as_deref(), Some(token))?;
        Ok(Self::over(KioskFeed { client, site }, server, clock, jobs, desk, outbox))
    }

    /// Works until the worker is gone, on a thread of its own. `cursor` is where the stream goes on.
    ///
    /// # Errors
    /// If the thread's runtime cannot be made.
    pub fn run(self, cursor: Option<Cursor>) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            tokio::select! {
                () = self.follow(cursor) => {}
                () = self.upload() => {}
            }
        });
        Ok(())
    }
}

impl<U: Upstream> Sync<U> {
    /// The network side over some way to the server, which is called `server` in the log.
    pub fn over(
        upstream: U,
        server: String,
        clock: Arc<KioskClock>,
        jobs: Sender<Job>,
        desk: Sender<Msg>,
        outbox: Arc<Notify>,
    ) -> Self {
        let (link, next_incarnation) = (watch::Sender::new(false), Cell::default());
        Self { upstream, server, clock, jobs, desk, outbox, link, next_incarnation }
    }

    /// The server knows this kiosk, or not any more. The desk ends only with the program.
    fn say_known(&self, known: bool) {
        let _ending = self.desk.send(Msg::OutOfOrder(!known));
    }
}

//! The server: its stream comes in, our facts go out. Nothing here is between a scan and the paper.

mod follow;
mod upload;

use crate::{flow::Msg, local::Identity, worker::Job};
use protocol::{
    Cursor,
    client::{Client, ClientError},
};
use std::sync::{Arc, mpsc::Sender};
use tokio::sync::{Notify, watch};

/// What the network side works with.
#[derive(Clone, Debug)]
pub struct Sync {
    client: Client,
    identity: Identity,
    jobs: Sender<Job>,
    desk: Sender<Msg>,
    /// There is something to send.
    outbox: Arc<Notify>,
    /// Whether the stream is alive.
    link: watch::Sender<bool>,
}

impl Sync {
    /// The network side of a paired kiosk. `outbox` is told when there is something to send.
    ///
    /// # Errors
    /// If the stored authority cannot be used.
    pub fn new(
        identity: Identity,
        jobs: Sender<Job>,
        desk: Sender<Msg>,
        outbox: Arc<Notify>,
    ) -> Result<Self, ClientError> {
        let client =
            Client::new(&identity.server, identity.authority.as_deref(), Some(identity.token.clone()))?;
        Ok(Self { client, identity, jobs, desk, outbox, link: watch::Sender::new(false) })
    }

    /// The server knows this kiosk, or not any more. The desk ends only with the program.
    fn say_known(&self, known: bool) {
        let _ending = self.desk.send(Msg::OutOfOrder(!known));
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

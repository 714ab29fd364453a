//! What every handler can reach.

use crate::{
    attempts::Attempts, backup::Backups, clock::Clock, config::Config, disk::Reserve, kiosks::Kiosks,
    sites::Sites, store::Reader, tls::Identity, writer::Writer,
};
use std::sync::Arc;
use tokio::sync::watch;

/// The server's parts. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database, to read. Before the writer, because fields are dropped in their order: the last
    /// connection to close must be the one that may write, so that it can put the file in order.
    pub reader: Arc<Reader>,
    /// The way to change anything.
    pub writer: Writer,
    /// The present state of every site.
    pub sites: Sites,
    /// The time.
    pub clock: Clock,
    /// The configuration.
    pub config: Arc<Config>,
    /// Who the server is.
    pub identity: Identity,
    /// How references are hashed.
    pub lookup: protocol::LookupSecret,
    /// The room that is kept back on the disk.
    pub reserve: Arc<Reserve>,
    /// What became of the backups of this run.
    pub backups: Arc<Backups>,
    /// Who tried to sign in of late.
    pub sign_ins: Arc<Attempts>,
    /// Who tried to be enrolled of late.
    pub pairings: Arc<Attempts>,
    /// Which kiosks are heard.
    pub kiosks: Arc<Kiosks>,
    /// Tells streams to ask whether their device is still welcome.
    pub revoked: Arc<watch::Sender<()>>,
    /// Tells streams to end when the server stops.
    pub stopping: watch::Receiver<bool>,
}

/// Waits until the server stops.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error says that the sender is gone, and so is the server.
    let _stopping = stop.wait_for(|stopping| *stopping).await.map(|_| ());
}

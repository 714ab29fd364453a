//! The two feeds that devices follow.

use super::{Client, ClientError, Feed};
use crate::{
    Cursor, route,
    snapshot::{BoardSnapshot, KioskSnapshot},
};
use domain::SiteId;

/// Everything that a kiosk of a site may know. Its events are [`crate::Envelope`]s.
#[derive(Clone, Debug)]
pub struct KioskFeed(pub SiteId);

/// The calls of a site. Its events are [`domain::board::BoardChange`]s.
#[derive(Clone, Debug)]
pub struct BoardFeed(pub SiteId);

impl Feed for KioskFeed {
    type Snapshot = KioskSnapshot;

    async fn snapshot(&self, client: &Client) -> Result<(KioskSnapshot, Cursor), ClientError> {
        let snapshot = client.kiosk_snapshot(&self.0).await?;
        let cursor = snapshot.cursor;
        Ok((snapshot, cursor))
    }

    fn stream_path(&self) -> String {
        route::kiosk_stream(&self.0)
    }
}

impl Feed for BoardFeed {
    type Snapshot = BoardSnapshot;

    async fn snapshot(&self, client: &Client) -> Result<(BoardSnapshot, Cursor), ClientError> {
        let snapshot = client.board_snapshot(&self.0).await?;
        let cursor = snapshot.cursor;
        Ok((snapshot, cursor))
    }

    fn stream_path(&self) -> String {
        route::board_stream(&self.0)
    }
}

//! What is handed back to a server that was restored from a backup.

use super::Reception;
use crate::local::StoreError;
use domain::branch::Lane;
use protocol::{Cursor, recovery::HandBack};

impl Reception {
    /// The next part of what the server lost; `None` if it waits for nothing from this kiosk. It goes before the kiosk's
    /// own facts, so that whoever was served meanwhile is not called again.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn hand_back(&self) -> Result<Option<HandBack>, StoreError> {
        let Some(cursor) = self.replica.cursor().filter(|_| self.owes()) else { return Ok(None) };
        let mut part = self.store.lost(cursor.epoch)?;
        if part.last {
            let own = Lane {
                device: self.identity.device,
                incarnation: self.identity.incarnation,
                last: None,
                active_on: None,
                revoked_on: None,
            };
            part.lanes.entry(self.identity.lane.clone()).or_insert(own);
        }
        Ok(Some(part))
    }

    /// The server has a part again, or wants no more.
    ///
    /// # Errors
    /// If it cannot be recorded: then it is handed back once more, which is harmless.
    pub fn handed_back(&mut self, part: &HandBack, wanted: bool) -> Result<(), StoreError> {
        let Some(cursor) = self.replica.cursor() else { return Ok(()) };
        self.store.handed_back(part, cursor.epoch, wanted)?;
        if part.last || !wanted {
            self.handed_back = Some((cursor.epoch, self.identity.incarnation));
        }
        Ok(())
    }

    /// Whether the server waits for what this kiosk knows of a log that it lost.
    pub(super) fn owes(&self) -> bool {
        let recovery = self.replica.server().recovery.as_ref();
        let is_awaited =
            recovery.is_some_and(|recovery| recovery.awaited.contains_key(&self.identity.device));
        let now = self.replica.cursor().map(|cursor| (cursor.epoch, self.identity.incarnation));
        is_awaited && self.handed_back != now
    }

    /// Before the state of a lost log is forgotten: who could issue numbers, whom it called last, and how far this
    /// kiosk's own facts are. What it states from now on is new.
    pub(super) fn note_lost(&mut self, present: Cursor) -> Result<(), StoreError> {
        let Some(known) = self.replica.cursor().filter(|known| known.epoch != present.epoch) else {
            return Ok(());
        };
        let server = self.replica.server();
        let part = HandBack {
            epoch: known.epoch,
            lanes: server.lanes.clone(),
            calls: server.board.calls.clone(),
            stated: Some(self.store.stated()?),
            ..HandBack::default()
        };
        self.store.put_lost(&part)
    }
}

//! The kiosks as staff should know them: what they are called, whether they are heard, and how many of their
//! facts could not be read. A kiosk is heard for as long as it follows the stream of its site.

use crate::{
    clock::Clock,
    store::{Reader, StoreError, devices},
};
use domain::{DeviceId, SiteId, Time};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// A kiosk whose stream broke comes back within half a minute; longer than this is worth a look.
const GONE_AFTER: chrono::Duration = chrono::Duration::minutes(1);
/// For how long the list of kiosks is not read again: every desk asks for it each time that it is drawn.
const LIST_FOR: Duration = Duration::from_secs(2);

/// A kiosk that may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kiosk {
    /// Its identity.
    pub id: DeviceId,
    /// Its site.
    pub site: SiteId,
    /// What it is called.
    pub name: String,
    /// When facts of it came in the last day that could not be read, oldest first.
    pub rejected: Vec<Time>,
}

/// The kiosks of this server.
#[derive(Debug)]
pub struct Kiosks {
    clock: Clock,
    /// Before this nobody listened.
    since: Time,
    heard: Mutex<BTreeMap<DeviceId, Heard>>,
    list: Mutex<Option<(Instant, Arc<Vec<Kiosk>>)>>,
    changed: watch::Sender<()>,
}

/// One kiosk's streams.
#[derive(Clone, Copy, Debug)]
struct Heard {
    /// How many there are: a new one may begin before the server notices the end of the old one.
    streams: usize,
    /// When the last one ended.
    last: Time,
}

/// A stream that is open. The kiosk is heard until this is dropped.
#[derive(Debug)]
pub struct Listening {
    kiosks: Arc<Kiosks>,
    device: DeviceId,
}

impl Kiosks {
    /// Nobody is heard yet.
    pub fn new(clock: Clock) -> Self {
        let since = clock.now();
        Self {
            clock,
            since,
            heard: Mutex::default(),
            list: Mutex::default(),
            changed: watch::Sender::default(),
        }
    }

    /// A kiosk begins to follow.
    pub fn listen(self: &Arc<Self>, device: DeviceId) -> Listening {
        self.heard().entry(device).or_insert(Heard { streams: 0, last: self.since }).streams += 1;
        self.changed.send_replace(());
        Listening { kiosks: Arc::clone(self), device }
    }

    /// Since when a kiosk has not been heard; `None` if it is, or was a moment ago.
    pub fn gone_since(&self, device: DeviceId) -> Option<Time> {
        let heard = self.heard().get(&device).copied().unwrap_or(Heard { streams: 0, last: self.since });
        (heard.streams == 0 && self.clock.now() - heard.last > GONE_AFTER).then_some(heard.last)
    }

    /// The kiosks that may ask, in the order in which they were enrolled.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn list(&self, reader: &Reader) -> Result<Arc<Vec<Kiosk>>, StoreError> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = list.as_ref().filter(|(at, _)| at.elapsed() < LIST_FOR) {
            return Ok(Arc::clone(known));
        }
        let a_day_ago = self.clock.now() - chrono::Duration::days(1);
        let read = Arc::new(reader.read(|db| devices::kiosks(db, a_day_ago))?);
        *list = Some((Instant::now(), Arc::clone(&read)));
        Ok(read)
    }

    /// Tells that something about the kiosks changed, other than what stands in the log.
    pub fn changed(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Facts came that could not be read.
    pub fn rejected_some(&self) {
        *self.list.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.changed.send_replace(());
    }

    fn heard(&self) -> MutexGuard<'_, BTreeMap<DeviceId, Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let now = self.kiosks.clock.now();
        if let Some(heard) = self.kiosks.heard().get_mut(&self.device) {
            heard.streams = heard.streams.saturating_sub(1);
            heard.last = now;
        }
        self.kiosks.changed.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const HALL: DeviceId = DeviceId(Uuid::from_u128(1));

    /// The kiosks of a server that began so long ago.
    fn kiosks(ago: chrono::Duration) -> Arc<Kiosks> {
        let kiosks = Kiosks::new(Clock::default());
        let since = kiosks.since - ago;
        Arc::new(Kiosks { since, ..kiosks })
    }

    #[test]
    fn a_kiosk_that_does_not_follow_is_missed_after_a_minute() {
        let young = kiosks(chrono::Duration::seconds(50));
        assert_eq!(young.gone_since(HALL), None, "it may come yet");
        let old = kiosks(chrono::Duration::minutes(10));
        assert_eq!(old.gone_since(HALL), Some(old.since));
        let (first, second) = (old.listen(HALL), old.listen(HALL));
        assert_eq!(old.gone_since(HALL), None);
        drop(first);
        assert_eq!(old.gone_since(HALL), None, "the newer stream is there");
        drop(second);
        assert_eq!(old.gone_since(HALL), None, "it was here a moment ago");
        old.heard().get_mut(&HALL).unwrap().last -= chrono::Duration::seconds(61);
        assert!(old.gone_since(HALL).is_some());
    }
}

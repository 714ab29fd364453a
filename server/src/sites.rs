//! The present state of every site, as committed: what readers see.

use crate::{store::Stored, waits::Waits};
use domain::{Branch, Recorded, SiteId, board::BoardChange};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard},
};
use tokio::sync::watch;

/// How many of the newest events are kept at hand, so that a call reaches a hundred readers without
/// a hundred queries. A reader that is further behind reads the database.
const TAIL: usize = 1024;

/// An event with what is told of it. That is the same for all kiosks and for all boards, and written once for each.
#[derive(Debug)]
pub struct Told {
    /// The event.
    pub stored: Stored,
    kiosks: OnceLock<Option<String>>,
    boards: OnceLock<Option<String>>,
}

impl Told {
    /// What kiosks are told of it, if anything; `write` is only asked for the first of them.
    pub(crate) fn to_kiosks(&self, write: impl FnOnce(&Stored) -> Option<String>) -> Option<String> {
        self.kiosks.get_or_init(|| write(&self.stored)).clone()
    }

    /// What boards are told of it, likewise.
    pub(crate) fn to_boards(&self, write: impl FnOnce(&Stored) -> Option<String>) -> Option<String> {
        self.boards.get_or_init(|| write(&self.stored)).clone()
    }
}

impl From<Stored> for Told {
    fn from(stored: Stored) -> Self {
        Self { stored, kiosks: OnceLock::new(), boards: OnceLock::new() }
    }
}

/// One site's state with its place in the log.
#[derive(Debug)]
pub struct Live {
    /// The fold of every event up to `seq`.
    pub branch: Branch,
    /// The last event folded in.
    pub seq: u64,
    tail: VecDeque<Arc<Told>>,
}

impl Live {
    /// The events after `seq`, if they are all at hand.
    pub fn after(&self, seq: u64) -> Option<Vec<Arc<Told>>> {
        let first = self.tail.front().map_or(self.seq + 1, |told| told.stored.seq);
        let behind = usize::try_from((seq + 1).checked_sub(first)?).ok()?;
        Some(self.tail.iter().skip(behind).cloned().collect())
    }
}

/// One site, for readers.
#[derive(Debug)]
pub struct Site {
    live: RwLock<Live>,
    head: watch::Sender<u64>,
    calls: watch::Sender<u64>,
    waits: watch::Sender<Arc<Waits>>,
}

impl Site {
    /// The state as of now. Held shortly: the writer waits for it.
    pub fn live(&self) -> RwLockReadGuard<'_, Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells that the head of the log moved; not what happened.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// Tells that something was logged that boards are told of: of check-ins, which are many more, they hear nothing.
    pub fn calls(&self) -> watch::Receiver<u64> {
        self.calls.subscribe()
    }

    /// What is expected, as last worked out; empty before that.
    pub fn waits(&self) -> watch::Receiver<Arc<Waits>> {
        self.waits.subscribe()
    }

    /// Tells what is expected.
    pub(crate) fn foresee(&self, waits: Arc<Waits>) {
        self.waits.send_replace(waits);
    }

    /// Folds committed events in and tells the readers.
    pub(crate) fn publish(&self, events: Vec<(Stored, Option<Recorded>)>) {
        let concerns_boards = events
            .iter()
            .any(|(_, recorded)| recorded.as_ref().is_some_and(|it| BoardChange::of(it).is_some()));
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        for (stored, recorded) in events {
            if let Some(recorded) = recorded {
                live.branch.apply(&recorded);
            }
            live.seq = stored.seq;
            live.tail.push_back(Arc::new(stored.into()));
            if live.tail.len() > TAIL {
                live.tail.pop_front();
            }
        }
        let seq = live.seq;
        drop(live);
        self.head.send_replace(seq);
        if concerns_boards {
            self.calls.send_replace(seq);
        }
    }
}

/// Every site of this server.
#[derive(Clone, Debug, Default)]
pub struct Sites(Arc<BTreeMap<SiteId, Site>>);

impl Sites {
    /// From what start-up found in the log.
    pub fn new(found: impl IntoIterator<Item = (SiteId, Branch, u64)>) -> Self {
        let site = |(id, branch, seq)| {
            let live = RwLock::new(Live { branch, seq, tail: VecDeque::new() });
            let (head, calls) = (watch::Sender::new(seq), watch::Sender::new(seq));
            (id, Site { live, head, calls, waits: watch::Sender::default() })
        };
        Self(Arc::new(found.into_iter().map(site).collect()))
    }

    /// One of them.
    pub fn get(&self, id: &SiteId) -> Option<&Site> {
        self.0.get(id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&SiteId, &Site)> {
        self.0.iter()
    }
}

//! What the board remembers over a restart: the calls, the site's name and the place in the log.
//!
//! A thread of its own writes, so that a slow disk never holds the screen. Of several states that
//! wait only the newest is written.

use crate::files::{self, FileError};
use chrono::{DateTime, Utc};
use domain::SiteId;
use protocol::snapshot::BoardSnapshot;
use std::{
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
    thread::JoinHandle,
};

const FILE: &str = "board.json";

/// What was remembered.
#[derive(Debug)]
pub struct Remembered {
    /// What was shown.
    pub snapshot: BoardSnapshot,
    /// When it was written, by this machine's clock.
    pub written: DateTime<Utc>,
}

/// What was remembered of `site`, if anything. A memory that cannot be read is worth a word in the
/// log and nothing more: the server knows it all.
pub fn recall(data_dir: &Path, site: &SiteId) -> Option<Remembered> {
    match read(&data_dir.join(FILE)) {
        Ok(remembered) => remembered.filter(|remembered| remembered.snapshot.site == *site),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "what was shown last cannot be read");
            None
        }
    }
}

fn read(path: &Path) -> Result<Option<Remembered>, FileError> {
    let Some(snapshot) = files::read_whole(path)? else { return Ok(None) };
    Ok(Some(Remembered { snapshot, written: files::written(path)? }))
}

/// Writes states as they come. Dropping it waits until the last one is written.
#[derive(Debug)]
pub struct Keeper {
    states: Option<Sender<BoardSnapshot>>,
    writer: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the writing thread.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(data_dir: &Path) -> std::io::Result<Self> {
        let path = data_dir.join(FILE);
        let (states, received) = channel();
        let writer =
            std::thread::Builder::new().name("memory".to_owned()).spawn(move || write(&path, &received))?;
        Ok(Self { states: Some(states), writer: Some(writer) })
    }

    /// Remembers a state. Returns at once.
    pub fn keep(&self, state: &BoardSnapshot) {
        if let Some(states) = &self.states {
            // The writer ends only when this sender is gone.
            let _writer_is_there = states.send(state.clone());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.states = None;
        if let Some(Err(_panicked)) = self.writer.take().map(JoinHandle::join) {
            tracing::error!("the memory's thread ended by a fault");
        }
    }
}

fn write(path: &Path, states: &Receiver<BoardSnapshot>) {
    let mut failing = false;
    while let Ok(state) = states.recv() {
        let newest = states.try_iter().last().unwrap_or(state);
        let written = files::write_whole(path, &newest);
        // A full disk is told once and not with every call.
        if let Err(error) = &written
            && !failing
        {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "the calls are shown but not remembered"
            );
        }
        failing = written.is_err();
    }
}

#[cfg(test)]
mod tests;

//! Many clients, each with a list of requests that were made before: while it is measured, the client only sends and
//! waits, because it works on the same processors as the server.

use crate::wire::Door;
use anyhow::Context;
use std::{sync::Arc, time::Instant};
use tokio::{sync::Barrier, task::JoinSet};

/// A request.
#[derive(Clone)]
pub(crate) struct Press {
    request: Vec<u8>,
    is_timed: bool,
}

impl Press {
    /// One whose time counts.
    pub(crate) fn timed(request: Vec<u8>) -> Self {
        Self { request, is_timed: true }
    }

    /// One that has to be between two others.
    pub(crate) fn between(request: Vec<u8>) -> Self {
        Self { request, is_timed: false }
    }
}

/// What it took.
pub(crate) struct Done {
    /// Each request whose time counts, in milliseconds.
    pub(crate) times: Vec<f64>,
    /// From the first request to the last answer.
    pub(crate) seconds: f64,
}

/// Each list is one client's, over one connection, the next request when the last one is answered. All begin together.
///
/// # Errors
/// If something is not answered well.
pub(crate) async fn all(door: &Door, lists: Vec<Vec<Press>>) -> anyhow::Result<Done> {
    let barrier = Arc::new(Barrier::new(lists.len() + 1));
    let mut clients = JoinSet::new();
    for list in lists {
        let (door, barrier) = (door.clone(), barrier.clone());
        clients.spawn(async move {
            let opened = door.open().await;
            barrier.wait().await;
            let mut wire = opened?;
            let mut times = Vec::with_capacity(list.len());
            for press in &list {
                let sent = Instant::now();
                wire.ask(&press.request).await?.ok()?;
                if press.is_timed {
                    times.push(sent.elapsed().as_secs_f64() * 1000.0);
                }
            }
            anyhow::Ok(times)
        });
    }
    barrier.wait().await;
    let began = Instant::now();
    let mut times = Vec::new();
    while let Some(client) = clients.join_next().await {
        times.extend(client?.context("a client")?);
    }
    Ok(Done { times, seconds: began.elapsed().as_secs_f64() })
}

//! The outbox: facts go to the server, in order, until it says that it holds them.

use super::Sync;
use crate::{local::Outgoing, reception::Standing, worker::Job};
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use protocol::{
    client::ClientError,
    upload::{Acknowledged, Upload},
};
use std::time::Duration;
use tokio::sync::oneshot;

/// The longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(10);

impl Sync {
    /// Sends until the worker is gone.
    pub(super) async fn upload(&self) {
        let mut pauses = pauses();
        let mut failing = false;
        while let Some(next) = self.ask(Job::Outgoing).await {
            let Some(batch) = next else {
                self.outbox.notified().await;
                continue;
            };
            match self.deliver(batch).await {
                Ok(()) => {
                    pauses = self::pauses();
                    failing = false;
                }
                Err(error) => {
                    if error.is_unauthorized() {
                        self.say_known(false);
                    }
                    // Once per loss: the stream says the same.
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(error = &error as &dyn std::error::Error, "the server takes no facts");
                    }
                    self.pause(pauses.next().unwrap_or(PAUSE_MAX)).await;
                }
            }
        }
    }

    async fn deliver(&self, batch: Outgoing) -> Result<(), ClientError> {
        let incarnation = batch.incarnation;
        let Ok(upload) = Upload::of(incarnation, &batch.facts) else { return Err(ClientError::BrokenStream) };
        let through = match self.client.upload(&self.identity.site, &upload).await {
            Ok(Acknowledged { acked_through, rejected }) => {
                if rejected > 0 {
                    tracing::warn!(rejected, "the server could not read facts of this kiosk: staff see them");
                }
                acked_through
            }
            Err(ClientError::Refused(problem)) if problem.code() == "forked" => {
                return self.reincarnate().await;
            }
            Err(error) => return Err(error),
        };
        let acknowledged = |standing| Job::Acknowledged { incarnation, through, standing };
        match self.ask(acknowledged).await {
            Some(Standing::Forked) => self.reincarnate().await,
            Some(Standing::Whole) if is_progress(&batch, through) => Ok(()),
            _ => Err(ClientError::BrokenStream),
        }
    }

    /// This database is a copy of one that went on elsewhere: it goes on as another.
    async fn reincarnate(&self) -> Result<(), ClientError> {
        let incarnation = crate::clock::new_incarnation();
        let paired = Box::new(self.client.new_incarnation(incarnation).await?);
        self.ask(|begun| Job::Reincarnate { incarnation, paired, begun })
            .await
            .ok_or(ClientError::BrokenStream)
    }

    /// Waits for the worker's answer; `None` if it could not give one.
    async fn ask<A>(&self, job: impl FnOnce(oneshot::Sender<A>) -> Job) -> Option<A> {
        let (sender, answer) = oneshot::channel();
        self.jobs.send(job(sender)).ok()?;
        answer.await.ok()
    }

    /// A pause that ends early when the server is there again.
    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.back() => {}
        }
    }

    /// The stream comes alive after it was lost.
    async fn back(&self) {
        let mut link = self.link.subscribe();
        // They fail only when this task itself has ended.
        drop(link.wait_for(|up| !up).await);
        drop(link.wait_for(|up| *up).await);
    }
}

fn is_progress(batch: &Outgoing, through: u64) -> bool {
    let first = batch.facts.first().and_then(|fact| fact.origin.as_ref()).map(|origin| origin.seq);
    first.is_some_and(|first| through >= first)
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(PAUSE_MAX)
        .with_jitter()
        .without_max_times()
        .build()
}

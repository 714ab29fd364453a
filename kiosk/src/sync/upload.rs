//! The outbox: facts go to the server, in order, until it says that it holds them.

use super::Sync;
use crate::{local::Outgoing, reception::Standing, worker::Job};
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use fail::fail_point;
use protocol::{
    Envelope,
    client::{ClientError, Upstream},
    recovery::{HandBack, HandedBack},
    upload::{Acknowledged, Upload},
};
use std::time::Duration;
use tokio::sync::oneshot;

/// The longest pause between two tries.
const PAUSE_MAX: Duration = Duration::from_secs(10);

impl<U: Upstream> Sync<U> {
    /// Sends until the worker is gone.
    pub async fn upload(&self) {
        let mut pauses = pauses();
        let mut failing = false;
        while let Some(next) = self.next().await {
            let done = match next {
                Next::Nothing => {
                    self.outbox.notified().await;
                    continue;
                }
                Next::Lost(part) => self.hand_back(part).await,
                Next::Facts(batch) => self.deliver(batch).await,
            };
            match done {
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

    /// What to send next: what the server lost goes before the facts of this kiosk.
    async fn next(&self) -> Option<Next> {
        if let Some(part) = self.ask(Job::HandBack).await? {
            return Some(Next::Lost(part));
        }
        Some(self.ask(Job::Outgoing).await?.map_or(Next::Nothing, Next::Facts))
    }

    async fn hand_back(&self, part: HandBack) -> Result<(), ClientError> {
        let wanted = match self.upstream.hand_back(&part).await {
            Ok(HandedBack { wanted }) => wanted,
            // A server that cannot use it will not learn to: the facts must not wait for that.
            Err(ClientError::Refused(problem)) if [400, 404, 405, 413, 422].contains(&problem.status) => {
                tracing::warn!(reason = problem.title, "the server does not take back what it lost");
                false
            }
            Err(error) => return Err(error),
        };
        tracing::info!(events = part.events.len(), part.last, wanted, "handed back what the server lost");
        let part = Box::new(part);
        self.ask(|recorded| Job::HandedBack { part, wanted, recorded }).await.ok_or(ClientError::BrokenStream)
    }

    async fn deliver(&self, batch: Outgoing) -> Result<(), ClientError> {
        let incarnation = batch.incarnation;
        let Ok(upload) = Upload::of(incarnation, &batch.facts) else { return Err(ClientError::BrokenStream) };
        let upload = upload.of_follower(batch.epoch);
        fail_point!("kiosk-sending");
        let (through, rejected) = match self.upstream.upload(&upload).await {
            Ok(Acknowledged { acked_through, rejected, rejected_now }) => {
                if rejected > 0 {
                    tracing::warn!(rejected, "the server could not read facts of this kiosk: staff see them");
                }
                (acked_through, rejected_now)
            }
            Err(ClientError::Refused(problem)) if problem.code() == "forked" => {
                return self.reincarnate().await;
            }
            Err(error) => return Err(error),
        };
        fail_point!("kiosk-server-answered");
        let sent = place(batch.facts.last()).unwrap_or_default();
        let acknowledged = |standing| Job::Acknowledged { incarnation, through, sent, rejected, standing };
        match self.ask(acknowledged).await {
            Some(Standing::Forked) => self.reincarnate().await,
            Some(Standing::Whole) if is_progress(&batch, through) => Ok(()),
            _ => Err(ClientError::BrokenStream),
        }
    }

    /// This database is a copy of one that went on elsewhere: it goes on as another.
    async fn reincarnate(&self) -> Result<(), ClientError> {
        // An answer that was lost may have brought a lane: asked again, it is for the same incarnation.
        let incarnation = self.next_incarnation.get().unwrap_or_else(|| self.clock.new_id());
        self.next_incarnation.set(Some(incarnation));
        let paired = Box::new(self.upstream.new_incarnation(incarnation).await?);
        let begun = self.ask(|begun| Job::Reincarnate { incarnation, paired, begun }).await;
        begun.ok_or(ClientError::BrokenStream)?;
        self.next_incarnation.set(None);
        Ok(())
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
            () = self.upstream.pause(pause) => {}
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

/// What the server lacks.
enum Next {
    /// Nothing.
    Nothing,
    /// What it lost.
    Lost(HandBack),
    /// What happened here.
    Facts(Outgoing),
}

fn is_progress(batch: &Outgoing, through: u64) -> bool {
    place(batch.facts.first()).is_some_and(|first| through >= first)
}

/// The place of a fact in its chain.
fn place(fact: Option<&Envelope>) -> Option<u64> {
    Some(fact?.origin.as_ref()?.seq)
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(PAUSE_MAX)
        .with_jitter()
        .without_max_times()
        .build()
}

//! Clients that take their time: with a request's body, or with what they are sent.

use axum::{
    body::{Body, HttpBody},
    extract::{FromRequestParts, Request},
    http::request::Parts,
};
use futures_util::{StreamExt, stream};
use nix::sys::socket::{setsockopt, sockopt::TcpUserTimeout};
use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::{Notify, mpsc},
    time::{Instant, timeout, timeout_at},
};

/// From a request's head to the end of its body. Our own clients wait no longer for the whole answer.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);
/// A client that takes nothing of what it is sent for so long is hung up on. It resumes where it was.
const TAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// A request whose body ends in time, or in an error: a byte now and then keeps nobody busy.
pub(crate) async fn in_time(request: Request) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    let deadline = Instant::now() + BODY_TIME_MAX;
    request.map(|body| {
        let parts = stream::unfold(body.into_data_stream(), move |mut parts| async move {
            let part = timeout_at(deadline, parts.next())
                .await
                .unwrap_or_else(|late| Some(Err(axum::Error::new(late))));
            part.map(|part| (part, parts))
        });
        Body::from_stream(parts)
    })
}

/// Lets the system end a connection whose other side does not acknowledge what it was sent, or has no room for it: it
/// sleeps, it is gone, or it reads nothing.
pub(super) fn give_up_on_who_takes_nothing(stream: &TcpStream) {
    let milliseconds = u32::try_from(TAKE_TIME_MAX.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = setsockopt(stream, TcpUserTimeout, &milliseconds) {
        tracing::warn!(%error, "a connection may stay for as long as its client takes nothing");
    }
}

/// Ends the connection of a request. Over HTTP/2 a client can leave one answer where it is and be busy otherwise, so that
/// neither the system nor hyper sees that it takes nothing.
#[derive(Clone, Debug, Default)]
pub struct HangUp(Arc<Notify>);

impl HangUp {
    /// Waits until somebody hangs up.
    pub(super) fn told(&self) -> impl Future<Output = ()> {
        self.0.notified()
    }

    /// Hands something to the reader of a stream; `None` if the reader is gone, or is hung up on because it has taken
    /// nothing for too long.
    pub(crate) async fn hand<T>(&self, reader: &mpsc::Sender<T>, thing: T) -> Option<()> {
        match timeout(TAKE_TIME_MAX, reader.send(thing)).await {
            Ok(sent) => sent.ok(),
            Err(_) => {
                tracing::debug!("a reader takes nothing");
                self.0.notify_one();
                None
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for HangUp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Without a listener there is no connection to end.
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

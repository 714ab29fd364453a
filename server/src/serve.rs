//! The listener: TLS, HTTP/1.1 and HTTP/2, and the limits that bare `axum::serve` does not have. Slow
//! or silent clients are dropped; the others do not notice.

mod slow;
mod stream;

pub(crate) use slow::{HangUp, in_time};

use axum::{Router, extract::ConnectInfo, http::Request, response::Response};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::GracefulConnection,
};
use rustls::ServerConfig;
use std::{
    cell::Cell,
    convert::Infallible,
    future::{Future, pending},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot, watch},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Connections at once. Sixty counters, thirty boards, every waiting phone, and ten times as many.
const CONNECTIONS_MAX: usize = 20_000;
/// From the connection to the end of the TLS handshake, and from there to the end of the first headers.
const HEAD_TIME_MAX: Duration = Duration::from_secs(5);
/// How often a client is asked over HTTP/2 whether it is there, and how long it may take to answer: it can stop in the
/// middle of a head, where nothing else tells that it is slow.
const PING_INTERVAL: Duration = Duration::from_secs(8);
const PING_ANSWER_MAX: Duration = Duration::from_secs(5);
/// What one connection over HTTP/1.1 may hold of what was not read or not taken yet, in bytes.
const BUFFER_MAX: usize = 64 << 10;
/// How long running requests may take to end when the server stops.
const STOP_TIME_MAX: Duration = Duration::from_secs(5);

/// Serves `router` until `stop` says so, then lets running requests end.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let acceptor = tls.map(TlsAcceptor::from);
    let mut connections = JoinSet::new();
    loop {
        let accept = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            (accepted, Ok(place)) = accept => (accepted, place),
            Some(_ended) = connections.join_next() => continue,
            () = crate::app::stopped(&mut stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: wait for some to be closed.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let _best_effort = stream.set_nodelay(true);
        slow::give_up_on_who_takes_nothing(&stream);
        let requests =
            Requests { router: router.clone(), peer, asked: Arc::default(), hang_up: HangUp::default() };
        connections.spawn(connection(stream, acceptor.clone(), requests, stop.clone(), place));
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _all_in_time = timeout(STOP_TIME_MAX, ended).await;
    // A client that takes nothing would keep its connection, and with it the server, for ever.
    connections.shutdown().await;
}

/// A connection, with TLS or without.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<W: AsyncRead + AsyncWrite + Send + Unpin> Wire for W {}

/// Each stage is given back when it is over, so that a stream, the longest, does not keep the room of the others.
async fn connection(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    requests: Requests,
    stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let Some((wire, is_http2)) = Box::pin(secured(stream, acceptor)).await else { return };
    if is_http2 {
        return Box::pin(http2(wire, requests, stop)).await;
    }
    let hang_up = requests.hang_up.clone();
    if let Some((wire, answer)) = Box::pin(http1(wire, requests, stop)).await {
        Box::pin(stream::send(wire, answer, hang_up)).await;
    }
}

/// The connection as it is spoken on, and whether HTTP/2 was agreed on, which needs TLS; `None` if nothing was.
async fn secured(stream: TcpStream, acceptor: Option<TlsAcceptor>) -> Option<(Box<dyn Wire>, bool)> {
    let Some(acceptor) = acceptor else { return Some((Box::new(stream), false)) };
    match timeout(HEAD_TIME_MAX, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2".as_slice());
            Some((Box::new(stream), is_http2))
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "TLS handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!("TLS handshake took too long");
            None
        }
    }
}

/// Ends with the connection; or with the answer to its first request, if that is a stream: hyper would hold buffers for
/// more requests for as long as the stream lasts.
async fn http1(
    wire: Box<dyn Wire>,
    requests: Requests,
    stop: watch::Receiver<bool>,
) -> Option<(Box<dyn Wire>, Response)> {
    let (take, taken) = oneshot::channel();
    // Of no later one: the client may not have taken all of an answer before it.
    let take = Cell::new(Some(take));
    let asking = requests.clone();
    let service = service_fn(move |request| {
        let (answer, take) = (asking.answer(request), take.take());
        async move {
            let answer = answer.await?;
            match take.filter(|_| stream::is_stream(&answer)) {
                None => Ok::<_, Infallible>(answer),
                Some(take) => {
                    let _to_whoever_polls_this = take.send(answer);
                    pending().await
                }
            }
        }
    });
    let mut served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_headers(64)
        .max_buf_size(BUFFER_MAX)
        .serve_connection(TokioIo::new(wire), service);
    tokio::select! {
        () = until_end(Pin::new(&mut served), stop) => None,
        () = requests.until_too_slow() => None,
        // What came after the request is left unanswered, as `connection: close` says.
        Ok(answer) = taken => Some((served.into_parts().io.into_inner(), answer)),
    }
}

async fn http2(wire: Box<dyn Wire>, requests: Requests, stop: watch::Receiver<bool>) {
    let asking = requests.clone();
    let served = pin!(
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_ANSWER_MAX)
            .max_concurrent_streams(128)
            .serve_connection(TokioIo::new(wire), service_fn(move |request| asking.answer(request)))
    );
    tokio::select! {
        () = until_end(served, stop) => {}
        () = requests.until_too_slow() => {}
    }
}

/// Ends with a connection; after its running requests when the server stops.
async fn until_end<C>(mut served: Pin<&mut C>, mut stop: watch::Receiver<bool>)
where
    C: GracefulConnection<Error = hyper::Error>,
{
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = crate::app::stopped(&mut stop) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = &error as &dyn std::error::Error, "a connection ended badly");
    }
}

/// The requests of one connection.
#[derive(Clone)]
struct Requests {
    router: Router,
    peer: SocketAddr,
    asked: Arc<Notify>,
    hang_up: HangUp,
}

impl Requests {
    fn answer(
        &self,
        mut request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response, Infallible>> + use<> {
        self.asked.notify_one();
        request.extensions_mut().insert(ConnectInfo(self.peer));
        request.extensions_mut().insert(self.hang_up.clone());
        self.router.clone().oneshot(request)
    }

    /// Waits until the client is to be hung up on.
    async fn until_too_slow(&self) {
        // Before the first request, hyper waits without a limit after HTTP/2's preface.
        match timeout(HEAD_TIME_MAX, self.asked.notified()).await {
            Ok(()) => self.hang_up.told().await,
            Err(_) => tracing::debug!("no request came in time"),
        }
    }
}

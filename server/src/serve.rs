//! The listener: TLS, HTTP/1.1 and HTTP/2, and the limits that bare `axum::serve` does not have. Slow
//! or silent clients are dropped; the others do not notice.

mod slow;

pub(crate) use slow::{HangUp, in_time};

use axum::{Router, extract::ConnectInfo, http::Request};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
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
    let graceful = GracefulShutdown::new();
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
        connections.spawn(connection(
            (stream, peer),
            acceptor.clone(),
            router.clone(),
            graceful.watcher(),
            place,
        ));
    }
    drop(listener);
    let _all_in_time = tokio::time::timeout(STOP_TIME_MAX, graceful.shutdown()).await;
    // A client that takes nothing would keep its connection, and with it the server, for ever.
    connections.shutdown().await;
}

async fn connection(
    (stream, peer): (TcpStream, SocketAddr),
    acceptor: Option<TlsAcceptor>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
    _place: OwnedSemaphorePermit,
) {
    match acceptor {
        None => http(stream, auto::Builder::new(TokioExecutor::new()), peer, router, watcher).await,
        Some(acceptor) => match tokio::time::timeout(HEAD_TIME_MAX, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let builder = agreed_on(stream.get_ref().1.alpn_protocol());
                http(stream, builder, peer, router, watcher).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake took too long"),
        },
    }
}

/// Whoever said in the handshake what they speak need not be listened to for that: it takes a buffer of its own, for as
/// long as the connection lasts.
fn agreed_on(protocol: Option<&[u8]>) -> auto::Builder<TokioExecutor> {
    let builder = auto::Builder::new(TokioExecutor::new());
    match protocol {
        Some(b"h2") => builder.http2_only(),
        Some(_) => builder.http1_only(),
        None => builder,
    }
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    mut builder: auto::Builder<TokioExecutor>,
    peer: SocketAddr,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_headers(64);
    builder.http1().max_buf_size(BUFFER_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_ANSWER_MAX)
        .max_concurrent_streams(128);
    let (asked, hang_up) = (Arc::new(Notify::new()), HangUp::default());
    let (asking, handle) = (asked.clone(), hang_up.clone());
    let service = router.map_request(move |mut request: Request<Incoming>| {
        asking.notify_one();
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(handle.clone());
        request
    });
    let served =
        builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut served = pin!(watcher.watch(served.into_owned()));
    // Before a request, hyper waits without a limit: for the first bytes, which tell HTTP/1.1 from HTTP/2,
    // and after HTTP/2's preface.
    let ended = tokio::select! {
        ended = &mut served => ended,
        () = asked.notified() => tokio::select! {
            ended = &mut served => ended,
            () = hang_up.told() => return tracing::debug!("a reader takes nothing"),
        },
        () = tokio::time::sleep(HEAD_TIME_MAX) => return tracing::debug!("no request came in time"),
    };
    if let Err(error) = ended {
        tracing::debug!(error = &*error, "a connection ended badly");
    }
}

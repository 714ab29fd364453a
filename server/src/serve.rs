//! The listener: TLS, HTTP/1.1 and HTTP/2, and the limits that bare `axum::serve` does not have. Slow
//! or silent clients are dropped; the others do not notice.

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
/// A client that does not answer HTTP/2 pings for so long is gone.
const PING_INTERVAL: Duration = Duration::from_secs(15);
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
        None => http(stream, peer, router, watcher).await,
        Some(acceptor) => match tokio::time::timeout(HEAD_TIME_MAX, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => http(stream, peer, router, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake took too long"),
        },
    }
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX).max_headers(64);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL)
        .max_concurrent_streams(128);
    let asked = Arc::new(Notify::new());
    let asking = asked.clone();
    let service = router.map_request(move |mut request: Request<Incoming>| {
        asking.notify_one();
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let served =
        builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut served = pin!(watcher.watch(served.into_owned()));
    // Before a request, hyper waits without a limit: for the first bytes, which tell HTTP/1.1 from HTTP/2,
    // and after HTTP/2's preface.
    let ended = tokio::select! {
        ended = &mut served => ended,
        () = asked.notified() => served.await,
        () = tokio::time::sleep(HEAD_TIME_MAX) => return tracing::debug!("no request came in time"),
    };
    if let Err(error) = ended {
        tracing::debug!(error = &*error, "a connection ended badly");
    }
}

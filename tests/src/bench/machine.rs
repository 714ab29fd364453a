//! What the machine can do at all: how often a second the disk makes something durable, and how many requests a
//! second go to a handler that does nothing, over the same TLS and from the same client.

use super::press::{self, Press};
use crate::wire::{Door, request};
use anyhow::Context;
use axum::{Router, body::Bytes, routing::post};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, pem::PemObject},
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs::File,
    io::Write,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The best that was seen in the run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Machine {
    /// Appends of four kilobytes that were on the disk before the next one began.
    pub fsyncs_per_s: f64,
    /// Requests that were answered by a handler that does nothing.
    pub loopback_requests_per_s: f64,
}

/// What the machine allows, by the number of clients.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    fsyncs_per_s: f64,
    loopback: BTreeMap<usize, f64>,
}

/// How long the disk is measured each time.
const DISK_TIME: Duration = Duration::from_secs(1);
/// What is appended: a page, which is the least that a database writes.
const APPENDED: [u8; 4096] = [7; 4096];
/// About as long as the upload of one check-in.
const BODY_BYTES: usize = 1000;

impl Limits {
    /// Measures the disk that holds `folder` and the way through the loopback with so many clients, and keeps the better
    /// of this and what was measured before.
    ///
    /// # Errors
    /// If the disk or the loopback cannot be used.
    pub async fn measure(&mut self, folder: &Path, clients: usize, requests: usize) -> anyhow::Result<()> {
        self.fsyncs_per_s = self.fsyncs_per_s.max(durable_appends(folder)?);
        let found = loopback(clients, requests).await?;
        let known = self.loopback.entry(clients).or_default();
        *known = known.max(found);
        Ok(())
    }

    /// The best of each.
    pub fn machine(&self) -> Machine {
        let loopback_requests_per_s = self.loopback.values().copied().fold(0.0, f64::max).round();
        Machine { fsyncs_per_s: self.fsyncs_per_s.round(), loopback_requests_per_s }
    }

    /// How many durable requests a second so many clients could make: each has to go there and back and onto the disk, one
    /// after the other; what is on its way at the same time may share the disk's time, but not the processors'.
    pub fn requests_per_s(&self, clients: usize) -> f64 {
        let alone = self.loopback.get(&1).map_or(0.0, |loopback| 1.0 / loopback) + 1.0 / self.fsyncs_per_s;
        let together = self.loopback.get(&clients).copied().unwrap_or(f64::INFINITY);
        together.min(clients as f64 / alone)
    }

    /// How soon the last of so many streams could have something, in milliseconds, after a request has become durable: a
    /// bare request is two messages, and a delivery is one.
    pub fn delivery_ms(&self, streams: usize) -> f64 {
        let request_ms = 1000.0 / self.machine().loopback_requests_per_s;
        1000.0 / self.requests_per_s(1) + streams as f64 * request_ms / 2.0
    }
}

fn durable_appends(folder: &Path) -> anyhow::Result<f64> {
    let path = folder.join("appended");
    let mut file = File::create(&path)?;
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed() < DISK_TIME {
        file.write_all(&APPENDED)?;
        file.sync_data()?;
        count += 1;
    }
    let per_s = f64::from(count) / began.elapsed().as_secs_f64();
    std::fs::remove_file(&path)?;
    Ok(per_s)
}

async fn loopback(clients: usize, requests: usize) -> anyhow::Result<f64> {
    protocol::trust::install_tls_provider();
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes())?;
    let tls = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .context("no TLS")?;
    // Threads of its own, as the server has.
    let server = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    server.spawn(serve(listener, TlsAcceptor::from(Arc::new(tls))));
    let door = Door::new(address, &made.cert.pem())?;
    let body = format!("\"{}\"", "x".repeat(BODY_BYTES));
    let one = Press::timed(request("POST", "/", &[], &body));
    let done = press::all(&door, vec![vec![one; requests.div_ceil(clients)]; clients]).await;
    server.shutdown_background();
    let done = done?;
    Ok(done.times.len() as f64 / done.seconds)
}

async fn serve(listener: std::net::TcpListener, acceptor: TlsAcceptor) -> anyhow::Result<()> {
    let router = Router::new().route("/", post(|_: Bytes| async { "{\"acked_through\":1,\"rejected\":0}" }));
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            let stream = acceptor.accept(stream).await?;
            let builder = auto::Builder::new(TokioExecutor::new());
            let service = TowerToHyperService::new(router);
            // It ends when the client hangs up.
            let _hung_up = builder.serve_connection(TokioIo::new(stream), service).await;
            anyhow::Ok(())
        });
    }
}

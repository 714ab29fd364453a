//! Bytes on a TLS connection, for what no HTTP client would send.

use crate::helpers::{TestServer, soon};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// A connection whose handshake is done, for the protocol that was agreed on.
pub async fn tls(server: &TestServer, speaking: &[u8]) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.authority.as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![speaking.to_vec()];
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// The same, on which something was sent.
pub async fn speak(server: &TestServer, speaking: &[u8], bytes: &[u8]) -> TlsStream<TcpStream> {
    let mut stream = tls(server, speaking).await;
    // The server may hang up while more is being sent; what it said is read all the same.
    let _hung_up = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    }
    .await;
    stream
}

/// What comes until the server hangs up.
pub async fn end(mut stream: impl AsyncReadExt + Unpin) -> Vec<u8> {
    let mut answer = Vec::new();
    // Closed or reset: either way the server hung up.
    let _hung_up = soon("the server hangs up", stream.read_to_end(&mut answer)).await;
    answer
}

//! One connection, spoken to in bytes: for what no HTTP client would send, and for thousands at once, of which each
//! must cost little beside what is measured.

use anyhow::{Context, bail, ensure};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Longer than anything takes; only reached when something is broken.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where to connect, and whom to believe.
#[derive(Clone)]
pub struct Door {
    address: SocketAddr,
    tls: TlsConnector,
}

impl Door {
    /// The way to a server with a certificate of an authority, given as PEM. HTTP/1.1 is spoken, so that a
    /// connection carries one request at a time.
    ///
    /// # Errors
    /// If the authority's certificate cannot be used.
    pub fn new(address: SocketAddr, authority: &str) -> anyhow::Result<Self> {
        protocol::trust::install_tls_provider();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { address, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// A connection whose handshake is done.
    ///
    /// # Errors
    /// If the server does not take it.
    pub async fn open(&self) -> anyhow::Result<Wire> {
        self.open_narrow(None).await
    }

    /// The same, with room for so many bytes that nobody has read yet, or as the system likes it.
    ///
    /// # Errors
    /// If the server does not take it.
    pub async fn open_narrow(&self, room: Option<u32>) -> anyhow::Result<Wire> {
        let stream = self.open_bare(room).await?;
        let name = ServerName::try_from("localhost")?;
        let stream = tokio::time::timeout(PATIENCE, self.tls.connect(name, stream)).await??;
        Ok(Wire { stream, read: Vec::new() })
    }

    /// A connection on which nothing was said yet.
    ///
    /// # Errors
    /// If the server does not take it.
    pub async fn open_bare(&self, room: Option<u32>) -> anyhow::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = room {
            socket.set_recv_buffer_size(bytes)?;
        }
        let stream = tokio::time::timeout(PATIENCE, socket.connect(self.address)).await??;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// A client that believes an authority, given as PEM, and speaks HTTP/2 as browsers do.
///
/// # Errors
/// If the authority's certificate cannot be used.
pub fn browser(authority: &str) -> anyhow::Result<reqwest::ClientBuilder> {
    protocol::trust::install_tls_provider();
    let certificate = reqwest::Certificate::from_pem(authority.as_bytes())?;
    Ok(reqwest::Client::builder().no_proxy().tls_certs_only([certificate]))
}

/// Room for what comes at once, in bytes: an event of a stream, an answer.
const PIECE: usize = 4096;

/// A connection.
pub struct Wire {
    stream: TlsStream<TcpStream>,
    /// What came and was not taken yet.
    read: Vec<u8>,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer to something that has to succeed.
    ///
    /// # Errors
    /// If it did not; with what the server said.
    pub fn ok(self) -> anyhow::Result<Vec<u8>> {
        let said = || String::from_utf8_lossy(&self.body).into_owned();
        ensure!((200..300).contains(&self.status), "the server answered {}: {}", self.status, said());
        Ok(self.body)
    }
}

impl Wire {
    /// Sends bytes.
    ///
    /// # Errors
    /// If the server hung up.
    pub async fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// If none comes.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.send(request).await?;
        self.answer().await
    }

    /// Reads an answer that says how long it is.
    ///
    /// # Errors
    /// If none comes.
    pub async fn answer(&mut self) -> anyhow::Result<Answer> {
        let (status, length) = self.head().await?;
        let length = length.context("an answer without an end")?;
        while self.read.len() < length {
            self.more().await?;
        }
        Ok(Answer { status, body: self.read.drain(..length).collect() })
    }

    /// Reads the head of an answer; gives its status, and how long what follows is, if it says so.
    ///
    /// # Errors
    /// If none comes.
    pub async fn head(&mut self) -> anyhow::Result<(u16, Option<usize>)> {
        let end = loop {
            match self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(end) => break end,
                None => self.more().await?,
            }
        };
        let head = std::str::from_utf8(&self.read[..end])?;
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        let mut lengths = head.lines().filter_map(|line| line.split_once(": "));
        let length = lengths.rfind(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.map(|(_, length)| length.parse()).transpose()?;
        self.read.drain(..end + 4);
        Ok((status, length))
    }

    /// Whatever comes next; nothing at the end.
    ///
    /// # Errors
    /// If the connection broke.
    pub async fn next(&mut self) -> anyhow::Result<Vec<u8>> {
        if self.read.is_empty() {
            self.read.reserve(PIECE);
            self.stream.read_buf(&mut self.read).await?;
        }
        Ok(std::mem::take(&mut self.read))
    }

    /// The port on this side.
    ///
    /// # Errors
    /// If the connection is gone.
    pub fn port(&self) -> anyhow::Result<u16> {
        Ok(self.stream.get_ref().0.local_addr()?.port())
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        self.read.reserve(PIECE);
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await;
        match read.context("no answer")?? {
            0 => bail!("the server hung up: {}", String::from_utf8_lossy(&self.read)),
            _ => Ok(()),
        }
    }
}

/// A request as bytes, with lines for its head and a JSON body.
pub fn request(method: &str, path: &str, lines: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    if !body.is_empty() {
        text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

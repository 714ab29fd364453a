//! A stream over HTTP/1.1 has its connection to itself: what else is said there, and how the connection ends.

use crate::{
    actors::Kiosk,
    helpers::{TestServer, lille, soon},
    wire::{end, speak},
};
use protocol::{control::Ask, route};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A request of a kiosk, by its path.
fn asking(kiosk: &Kiosk, method: &str, path: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\nauthorization: Bearer {}\r\n\r\n",
        kiosk.paired.token
    )
}

/// The request for the stream of everything from now on.
async fn opening(kiosk: &Kiosk) -> String {
    let from_now_on = format!("\r\nlast-event-id: {}\r\n\r\n", kiosk.cursor().await);
    asking(kiosk, "GET", &route::kiosk_stream(&lille())).replace("\r\n\r\n", &from_now_on)
}

/// Reads until something comes; gives everything until then.
async fn until(wire: &mut (impl AsyncRead + Unpin), what: &str) -> String {
    let mut came = String::new();
    let coming = async {
        while !came.ends_with(what) {
            came.push(char::from(wire.read_u8().await.unwrap()));
        }
    };
    soon(what, coming).await;
    came
}

/// Reads the rest, which has an end of its own: over TLS a connection that breaks is an error.
async fn rest(wire: &mut (impl AsyncRead + Unpin)) -> String {
    let mut rest = String::new();
    soon("the server ends the stream", wire.read_to_string(&mut rest)).await.unwrap();
    rest
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_follows_a_stream_on_its_connection() {
    let server = TestServer::start().await;
    let kiosk = server.kiosk().await;
    let two = opening(&kiosk).await + &asking(&kiosk, "GET", route::HEALTH);
    let mut wire = speak(&server, b"http/1.1", two.as_bytes()).await;
    let head = until(&mut wire, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    for line in ["connection: close", "content-type: text/event-stream", "cache-control: no-cache", "date: "]
    {
        assert!(head.contains(&format!("\r\n{line}")), "no `{line}` in {head}");
    }
    until(&mut wire, "event: heartbeat\n").await;
    let (_folder, rest) = tokio::join!(server.stop(), rest(&mut wire));
    assert_eq!(rest, "\n");
}

#[tokio::test]
async fn a_stream_opens_however_its_head_arrives() {
    let server = TestServer::start().await;
    let kiosk = server.kiosk().await;
    let mut bare = TcpStream::connect(server.plain_address).await.unwrap();
    bare.set_nodelay(true).unwrap();
    for byte in opening(&kiosk).await.bytes() {
        bare.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    until(&mut bare, "event: heartbeat\n").await;
}

#[tokio::test]
async fn what_is_no_stream_leaves_the_connection_to_the_next_request() {
    let server = TestServer::start().await;
    let (kiosk, stream) = (server.kiosk().await, route::kiosk_stream(&lille()));
    let unknown = asking(&kiosk, "GET", &stream).replace("Bearer ", "Bearer x");
    for (request, status) in [
        (unknown, "401"),
        (asking(&kiosk, "GET", "/api/v1/sites/lille/board/stream"), "403"),
        (asking(&kiosk, "POST", &stream), "405"),
        (asking(&kiosk, "HEAD", &stream), "200"),
    ] {
        let two = request + &asking(&kiosk, "GET", route::HEALTH);
        let mut wire = speak(&server, b"http/1.1", two.as_bytes()).await;
        let first = until(&mut wire, "\r\n\r\n").await;
        assert!(first.starts_with(&format!("HTTP/1.1 {status}")), "{first}");
        until(&mut wire, "HTTP/1.1 200 OK\r\n").await;
        until(&mut wire, "\"status\":").await;
    }
}

#[tokio::test]
async fn a_stream_after_another_answer_does_not_take_the_connection() {
    let server = TestServer::start().await;
    let kiosk = server.kiosk().await;
    let two = asking(&kiosk, "GET", route::HEALTH) + &opening(&kiosk).await;
    let mut wire = speak(&server, b"http/1.1", two.as_bytes()).await;
    until(&mut wire, "HTTP/1.1 200 OK\r\n").await;
    until(&mut wire, "HTTP/1.1 200 OK\r\n").await;
    let head = until(&mut wire, "\r\n\r\n").await;
    assert!(head.contains("transfer-encoding: chunked") && !head.contains("close"), "{head}");
    until(&mut wire, "event: heartbeat\n").await;
}

#[tokio::test]
async fn a_revoked_device_is_cut_off() {
    let server = TestServer::start().await;
    let kiosk = server.kiosk().await;
    let mut wire = speak(&server, b"http/1.1", opening(&kiosk).await.as_bytes()).await;
    until(&mut wire, "event: heartbeat\n").await;
    server.operate(Ask::Revoke { device: kiosk.paired.device }).await;
    rest(&mut wire).await;
}

#[tokio::test]
async fn whoever_goes_is_noticed_though_there_is_nothing_to_send() {
    let server = TestServer::start().await;
    let kiosk = server.kiosk().await;
    let mut wire = speak(&server, b"http/1.1", opening(&kiosk).await.as_bytes()).await;
    until(&mut wire, "event: heartbeat\n").await;
    // It says so, and would still take whatever comes.
    wire.shutdown().await.unwrap();
    end(wire).await;
}

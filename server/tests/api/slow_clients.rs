//! Clients that take their time, or all of it: they are hung up on, and the others do not notice.

use crate::{
    helpers::{TestServer, lille, soon},
    wire::{end, speak, tls},
};
use protocol::{pairing::DeviceKind, route};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Every way in which a client can be slow at the beginning.
async fn dribble(server: &TestServer) -> Vec<(&'static str, Vec<u8>)> {
    let silent = TcpStream::connect(server.address).await.unwrap();
    let mut half_hello = TcpStream::connect(server.address).await.unwrap();
    // The head of a TLS record that promises a ClientHello of 500 bytes.
    half_hello.write_all(&[0x16, 3, 1, 1, 0xf4, 1, 0]).await.unwrap();
    let no_request = tls(server, b"http/1.1").await;
    let no_preface = tls(server, b"h2").await;
    let no_settings = speak(server, b"h2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let one_letter = speak(server, b"http/1.1", b"P").await;
    let half_head =
        speak(server, b"http/1.1", b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-long: a").await;
    let mut plain = TcpStream::connect(server.plain_address).await.unwrap();
    plain.write_all(b"GET /hea").await.unwrap();
    let quiet = TcpStream::connect(server.plain_address).await.unwrap();
    let ends = tokio::join!(
        end(silent),
        end(half_hello),
        end(no_request),
        end(no_preface),
        end(no_settings),
        end(one_letter),
        end(half_head),
        end(plain),
        end(quiet),
    );
    vec![
        ("no handshake", ends.0),
        ("half a handshake", ends.1),
        ("no request", ends.2),
        ("no preface", ends.3),
        ("no settings", ends.4),
        ("one letter", ends.5),
        ("half a head", ends.6),
        ("half a head without TLS", ends.7),
        ("nothing without TLS", ends.8),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_come_to_the_point_is_hung_up_on_while_others_are_served() {
    let server = TestServer::start().await;
    let serving = async {
        let mut kiosk = server.kiosk().await;
        for _ in 0..20 {
            kiosk.crowd(1).await;
            server.anon().get(route::HEALTH).await.ok();
        }
    };
    let (ends, ()) = tokio::join!(dribble(&server), serving);
    for (who, answer) in ends {
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains("200"), "{who} was served: {answer}");
    }
    server.anon().get(route::HEALTH).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_ends_is_not_waited_for() {
    let server = TestServer::start().await;
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        route::PAIR
    );
    let mut stream = speak(&server, b"http/1.1", head.as_bytes()).await;
    let mut answer = [0; 12];
    let read = soon("an answer", stream.read_exact(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(read.is_err() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    server.code(&lille(), DeviceKind::Board).await;
}

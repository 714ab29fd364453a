//! Who the server is, and over which wire it speaks.

use crate::{
    actors::Caller,
    helpers::{Setup, TestServer, soon},
};
use protocol::{
    client::{Client, ClientError},
    pairing::PairRequest,
    route,
    trust::{TrustError, fetch_authority},
};
use reqwest::Version;
use server::config::Config;
use std::error::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn http_2_is_spoken_from_the_first_request_and_http_1_1_too() {
    let server = TestServer::start().await;
    assert_eq!(server.anon().get(route::HEALTH).await.version, Version::HTTP_2);
    let old = Caller::built(&server.url(), &server.authority, |builder| builder.http1_only());
    let answer = old.get(route::HEALTH).await;
    assert_eq!(answer.version, Version::HTTP_11);
    answer.ok();
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_believed() {
    let (ours, other) = (TestServer::start().await, TestServer::start().await);
    assert_ne!(ours.authority, other.authority, "each site makes its own");
    let deceived = Client::new(&ours.url(), Some(&other.authority), None).unwrap();
    let request = PairRequest { code: "00000-00000".into(), incarnation: uuid::Uuid::nil() };
    let error = deceived.pair(&request).await.expect_err("it is not the server that was meant");
    assert!(matches!(error, ClientError::NoAnswer { .. }) && !error.is_permanent(), "{error:?}");
    assert!(in_words(&error).contains("certificate"), "{}", in_words(&error));
    ours.anon().get(route::HEALTH).await.ok();
}

#[tokio::test]
async fn a_device_takes_the_authority_only_if_its_fingerprint_fits() {
    let (ours, other) = (TestServer::start().await, TestServer::start().await);
    let fingerprint = ours.app.identity.fingerprint().unwrap();
    assert_eq!(fetch_authority(&ours.url(), &fingerprint).await.unwrap(), ours.authority);
    let typed = fingerprint.replace(':', " ").to_lowercase();
    assert_eq!(fetch_authority(&ours.url(), &typed).await.unwrap(), ours.authority, "however it was typed");

    let error = fetch_authority(&other.url(), &fingerprint).await.expect_err("another server");
    assert!(matches!(error, TrustError::OtherAuthority { .. }), "{error:?}");
    for short in ["", &fingerprint[..8]] {
        let error = fetch_authority(&ours.url(), short).await.expect_err("too little to tell");
        assert!(matches!(error, TrustError::OtherAuthority { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn the_authority_stays_the_same_over_a_restart() {
    let server = TestServer::start().await;
    let authority = server.authority.clone();
    let again = server.restart(chrono::Duration::zero()).await;
    assert_eq!(again.authority, authority);
    again.anon().get(route::HEALTH).await.ok();
}

#[tokio::test]
async fn the_secure_port_gives_nothing_to_a_client_without_tls() {
    let server = TestServer::start().await;
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // Closed or reset: either way the server hung up.
    let _closed = soon("the server hangs up", plain.read_to_end(&mut answer)).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
    server.anon().get(route::HEALTH).await.ok();
}

#[tokio::test]
async fn plain_http_is_served_on_loopback_and_refused_anywhere_else() {
    let server = TestServer::start().await;
    let plain = Caller::new(&format!("http://{}", server.plain_address), &server.authority);
    plain.get(route::HEALTH).await.ok();

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guichet.toml");
    let faults = |http: &str| {
        let https = "https = \"127.0.0.1:0\"\n";
        let text =
            Setup::default().toml(folder.path()).replace(https, &format!("{https}http = \"{http}\"\n"));
        std::fs::write(&file, text).unwrap();
        Config::load(&file).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(faults("127.0.0.1:8080"), Ok(()));
    assert_eq!(faults("[::1]:8080"), Ok(()));
    for open in ["0.0.0.0:8080", "192.0.2.7:8080", "[::]:8080"] {
        let fault = faults(open).expect_err("everybody could read along");
        assert!(fault.contains("only allowed on loopback"), "{fault}");
    }
}

fn in_words(error: &dyn Error) -> String {
    server::control::in_words(error)
}

//! A stream of events as the only answer on its connection. Thousands are open at once and idle, so that each holds little
//! more than the connection itself.

use super::{HangUp, Wire};
use crate::clock::Clock;
use axum::{
    body::HttpBody,
    http::{header, response::Parts},
    response::Response,
};
use http_body_util::BodyExt;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt, split};

/// Whether an answer goes on until somebody ends it. The one to a `HEAD` request does not.
pub(super) fn is_stream(answer: &Response) -> bool {
    let is_event_stream =
        answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    is_event_stream && !answer.body().is_end_stream()
}

/// Sends a stream over HTTP/1.1 until it ends, its client goes, or somebody hangs up; then the connection is closed, which
/// is how the client knows the end.
pub(super) async fn send(wire: Box<dyn Wire>, answer: Response, hang_up: HangUp) {
    let (mut theirs, mut ours) = split(wire);
    let sending = async {
        let (head, mut body) = answer.into_parts();
        ours.write_all(&written(head)).await?;
        ours.flush().await?;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(io::Error::other)?;
            if let Some(data) = frame.data_ref() {
                ours.write_all(data).await?;
                ours.flush().await?;
            }
        }
        ours.shutdown().await
    };
    let going = async {
        // It has nothing more to say, but that it goes.
        while theirs.read(&mut [0; 64]).await? > 0 {}
        Ok::<_, io::Error>(())
    };
    let ended = tokio::select! {
        ended = sending => ended,
        gone = going => gone,
        () = hang_up.told() => Ok(()),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a stream ended badly");
    }
}

/// The head of an answer that ends with its connection.
fn written(head: Parts) -> Vec<u8> {
    let date = Clock::default().now().format("%a, %d %b %Y %H:%M:%S GMT");
    let mut bytes = format!("HTTP/1.1 {}\r\nconnection: close\r\ndate: {date}\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        bytes.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

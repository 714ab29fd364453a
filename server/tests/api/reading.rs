//! A stream, read byte by byte as it comes.

use crate::helpers::soon;
use protocol::{
    Cursor,
    snapshot::Heartbeat,
    sse::{Message, Parser},
};
use std::collections::VecDeque;

/// An open stream.
pub struct Reading {
    /// The answer's head.
    pub response: reqwest::Response,
    /// Everything that came so far, as it came.
    pub bytes: Vec<u8>,
    parser: Parser,
    messages: VecDeque<Message>,
}

impl Reading {
    /// Reads from an answer.
    pub fn of(response: reqwest::Response) -> Self {
        Self { response, bytes: Vec::new(), parser: Parser::default(), messages: VecDeque::new() }
    }

    /// The next message of any kind; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Message> {
        soon("the stream goes on or ends", async {
            loop {
                if let Some(message) = self.messages.pop_front() {
                    return Some(message);
                }
                let chunk = self.response.chunk().await.ok()??;
                self.bytes.extend_from_slice(&chunk);
                self.messages.extend(self.parser.push(&chunk).unwrap());
            }
        })
        .await
    }

    /// The next event of the log, with where it stands.
    pub async fn event(&mut self) -> (Cursor, String) {
        loop {
            let message = self.next().await.expect("the stream goes on");
            match message.event.as_str() {
                "" => return (message.id.unwrap().parse().unwrap(), message.data),
                "heartbeat" => {}
                other => panic!("`{other}` instead of an event"),
            }
        }
    }

    /// The next sign of life.
    pub async fn heartbeat(&mut self) -> Heartbeat {
        loop {
            let message = self.next().await.expect("the stream goes on");
            if message.event == "heartbeat" {
                return serde_json::from_str(&message.data).unwrap();
            }
        }
    }

    /// That the server does not know the cursor, and ends the stream.
    pub async fn must_be_reset(mut self) {
        let message = self.next().await.expect("an answer");
        assert_eq!(message.event, "reset");
        assert_eq!(self.next().await, None, "nothing follows a reset");
    }

    /// Reads what is left until the server ends the stream.
    pub async fn end(&mut self) {
        while self.next().await.is_some() {}
    }
}

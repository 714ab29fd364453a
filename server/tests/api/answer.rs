//! What came back.

use protocol::{Problem, problem};
use reqwest::{StatusCode, Version, header::HeaderMap};
use serde_json::Value;

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Over which HTTP.
    pub version: Version,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, version, headers) = (response.status(), response.version(), response.headers().clone());
        let body = response.bytes().await.unwrap().to_vec();
        Self { status, version, headers, body }
    }

    /// One of its headers.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A problem by RFC 9457 with the status that it speaks of, and nothing else in it.
    #[track_caller]
    pub fn problem(&self) -> Problem {
        let text = String::from_utf8_lossy(&self.body);
        assert!(self.status.is_client_error() || self.status.is_server_error(), "{} {text}", self.status);
        assert_eq!(self.header("content-type"), Some(problem::MEDIA_TYPE), "{} {text}", self.status);
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16(), "{text}");
        assert!(!problem.title.is_empty(), "{text}");
        problem
    }

    /// A problem of a kind.
    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) -> Problem {
        let problem = self.problem();
        assert_eq!((problem.status, problem.code()), (status, code), "{problem:?}");
        problem
    }

    /// A « no » of the rules: its status and the JSON of the refusal.
    #[track_caller]
    pub fn refusal(&self) -> (u16, Value) {
        let problem = self.problem();
        assert_eq!(problem.code(), "refused", "{problem:?}");
        (problem.status, serde_json::to_value(problem.refusal.expect("a refusal")).unwrap())
    }
}

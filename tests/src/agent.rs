//! An agent at a counter, through the console's own routes: sign-in form, session cookie, actions.

use crate::{wire::browser, world::World};
use anyhow::{Context, bail};
use protocol::route::CounterAction;
use reqwest::{Client, StatusCode, header, redirect};
use uuid::Uuid;

/// An agent who has signed in.
pub struct Agent {
    http: Client,
    server: String,
    /// The session's cookie, as a browser would send it.
    pub cookie: String,
    /// The counter at which the agent sits.
    pub counter: u16,
}

/// What the console said to an action.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// It was done.
    Done,
    /// There is nobody to call.
    NobodyWaits,
    /// It was refused for another reason, in these words.
    No(String),
}

/// The words by which the console tells that there is nobody to call.
const NOBODY_WAITS: &str = "Personne n’attend pour ce guichet.";

impl Said {
    /// From the part of the page that answers a press which was refused.
    fn refused(page: &str) -> Self {
        let words =
            page.split("<p class=\"said refused\">").nth(1).and_then(|rest| rest.split("</p>").next());
        match words.unwrap_or(page).trim() {
            NOBODY_WAITS => Self::NobodyWaits,
            words => Self::No(words.to_owned()),
        }
    }
}

impl Agent {
    /// Signs in with a name and a password, and opens a counter.
    ///
    /// # Errors
    /// If the console does not let the agent in.
    pub async fn sign_in(world: &World, name: &str, password: &str, counter: u16) -> anyhow::Result<Self> {
        let http = browser(world.authority())?.redirect(redirect::Policy::none()).build()?;
        let server = world.url();
        let form = http
            .post(format!("{server}/console/sign-in"))
            .header(header::ORIGIN, &server)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("name={name}&password={password}"));
        let answer = form.send().await?;
        let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|cookie| cookie.split(';').next());
        let cookie =
            cookie.with_context(|| format!("signing in gave {} and no cookie", answer.status()))?.to_owned();
        let agent = Self { http, server, cookie, counter };
        match agent.act(CounterAction::Open).await? {
            Said::Done => Ok(agent),
            refused => bail!("counter {counter} cannot be opened: {refused:?}"),
        }
    }

    /// The agents of a world sit down at its counters, from 1.
    ///
    /// # Errors
    /// If the console does not let one in.
    pub async fn at_all_counters(world: &World, counters: usize) -> anyhow::Result<Vec<Self>> {
        let mut agents = Vec::new();
        for counter in 1..=counters {
            let (name, number) = (format!("agent{counter}"), u16::try_from(counter)?);
            agents.push(Self::sign_in(world, &name, world.password(counter), number).await?);
        }
        Ok(agents)
    }

    /// Follows the desk as its page does; gives the bytes of the stream.
    ///
    /// # Errors
    /// If the console does not open the stream.
    pub async fn watch(
        &self,
    ) -> anyhow::Result<impl futures_util::Stream<Item = reqwest::Result<Vec<u8>>> + Unpin + Send + use<>>
    {
        use futures_util::StreamExt;
        let path = format!("{}/console/counters/{}/stream", self.server, self.counter);
        let stream =
            self.http.get(path).header(header::COOKIE, &self.cookie).send().await?.error_for_status()?;
        Ok(Box::pin(stream.bytes_stream().map(|bytes| bytes.map(|bytes| bytes.to_vec()))))
    }

    /// Ticks on the page « during the outage » who was served, and sends it; gives the page that follows.
    ///
    /// # Errors
    /// If the server does not answer as the console would.
    pub async fn record_served(&self, numbers: &[&str]) -> anyhow::Result<String> {
        let ticked: String = numbers.iter().map(|number| format!("number={number}&")).collect();
        let form = self
            .http
            .post(format!("{}/console/meanwhile/served", self.server))
            .header(header::ORIGIN, &self.server)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("{ticked}key={}", Uuid::from_u128(rand_key())));
        Ok(form.send().await?.error_for_status()?.text().await?)
    }

    /// Presses a button of the console.
    ///
    /// # Errors
    /// If the server does not answer as the console would.
    pub async fn act(&self, action: CounterAction) -> anyhow::Result<Said> {
        let answer = self
            .http
            .post(format!("{}/console/counters/{}/{}", self.server, self.counter, action.path()))
            .header(header::ORIGIN, &self.server)
            .header(header::COOKIE, &self.cookie)
            .header("idempotency-key", Uuid::from_u128(rand_key()).to_string())
            .header("hx-request", "true")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .send()
            .await?;
        match answer.status() {
            status if status.is_success() || status.is_redirection() => Ok(Said::Done),
            StatusCode::CONFLICT
            | StatusCode::FORBIDDEN
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::UNPROCESSABLE_ENTITY => Ok(Said::refused(&answer.text().await?)),
            status => bail!("{} gave {status}: {}", action.path(), answer.text().await?),
        }
    }
}

/// A fresh key for each press, as the console's page makes one.
fn rand_key() -> u128 {
    use std::hash::{BuildHasher, RandomState};
    let half = || u128::from(RandomState::new().hash_one(0));
    half() << 64 | half()
}

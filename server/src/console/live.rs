//! One stream per page: the changing part of a desk, sent when it changed.

use super::{
    desk::{self, Part},
    signed_in::SignedIn,
    words::{self, Lang},
};
use crate::{app::App, secret, serve::HangUp, store::accounts};
use askama::Template;
use axum::{
    extract::{Extension, Path, State},
    http::{StatusCode, Version},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use domain::{AgentId, CounterId, SiteId};
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

/// A sign of life and the server's clock. The page gives up after 15 s of silence.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How soon a page whose session ended is told.
const SESSION_CHECK: Duration = Duration::from_secs(3);
/// Changes that come faster than this are shown together.
const PAUSE: Duration = Duration::from_millis(100);
/// Streams of one session over HTTP/1.1, where browsers open only six connections to a host: with six
/// streams nothing else would get through.
const STREAMS_MAX: usize = 4;
/// How long a stream waits for a place: a page that is loaded again leaves its old one a moment later.
const PLACE_WAIT: Duration = Duration::from_secs(1);

/// The streams of each session over HTTP/1.1.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<HashMap<String, Weak<Semaphore>>>);

impl Places {
    /// A place for one more stream; `None` if all are taken for a while.
    async fn take(&self, session: &str) -> Option<OwnedSemaphorePermit> {
        let places = self.of(session);
        tokio::time::timeout(PLACE_WAIT, places.acquire_owned()).await.ok()?.ok()
    }

    fn of(&self, session: &str) -> Arc<Semaphore> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, places| places.strong_count() > 0);
        if let Some(places) = sessions.get(session).and_then(Weak::upgrade) {
            return places;
        }
        let places = Arc::new(Semaphore::new(STREAMS_MAX));
        sessions.insert(session.to_owned(), Arc::downgrade(&places));
        places
    }
}

/// Sends the desk whenever it changes. Too many pages at once get 429 and ask every few seconds instead.
pub(super) async fn stream(
    State(app): State<App>,
    Extension(places): Extension<Arc<Places>>,
    Path(counter): Path<String>,
    version: Version,
    hang_up: HangUp,
    signed_in: SignedIn,
) -> Response {
    let SignedIn { agent, lang } = signed_in;
    let session = secret::hash(&agent.session);
    let place = match version {
        Version::HTTP_2 => None,
        _ => match places.take(&session).await {
            Some(place) => Some(place),
            None => return StatusCode::TOO_MANY_REQUESTS.into_response(),
        },
    };
    let site = agent.account.site.clone();
    let known = desk::number(&counter).and_then(|counter| {
        desk::look(&app, &site, counter, agent.account.id, words::of(lang)).map(|_| counter)
    });
    let Ok(counter) = known else { return StatusCode::NOT_FOUND.into_response() };
    let (events, receiver) = mpsc::channel(1);
    let agent = agent.account.id;
    let shown = String::new();
    let watching =
        Watching { app, site, counter, agent, session, lang, events, hang_up, shown, _place: place };
    tokio::spawn(async move {
        // Ends when the page is closed, the session is over or the server stops.
        let _ended = watching.run().await;
    });
    ([("x-accel-buffering", "no")], Sse::new(ReceiverStream::new(receiver))).into_response()
}

/// One page's view of its desk.
struct Watching {
    app: App,
    site: SiteId,
    counter: CounterId,
    agent: AgentId,
    session: String,
    lang: Lang,
    events: mpsc::Sender<Result<Event, Infallible>>,
    hang_up: HangUp,
    /// What the page shows.
    shown: String,
    _place: Option<OwnedSemaphorePermit>,
}

/// Why a stream ended. None of it concerns anybody else.
enum Ended {
    PageClosed,
    SessionOver,
    NothingToShow,
}

impl Watching {
    async fn run(mut self) -> Result<(), Ended> {
        let site = self.app.sites.get(&self.site).ok_or(Ended::NothingToShow)?;
        let (mut head, mut waits) = (site.head(), site.waits());
        let mut kiosks = self.app.kiosks.changed();
        let mut stopping = self.app.stopping.clone();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let mut session = tokio::time::interval(SESSION_CHECK);
        self.show().await?;
        loop {
            tokio::select! {
                changed = head.changed() => {
                    changed.map_err(|_| Ended::NothingToShow)?;
                    // Boards and kiosks first: drawing sixty desks takes longer than telling them.
                    tokio::task::yield_now().await;
                    self.show().await?;
                    tokio::time::sleep(PAUSE).await;
                }
                changed = waits.changed() => {
                    changed.map_err(|_| Ended::NothingToShow)?;
                    self.show().await?;
                }
                changed = kiosks.changed() => {
                    changed.map_err(|_| Ended::NothingToShow)?;
                    self.show().await?;
                }
                _ = heartbeat.tick() => {
                    self.beat().await?;
                    // That a kiosk has not been heard for a while is told by nothing but the time.
                    self.show().await?;
                }
                _ = session.tick() => self.check_session()?,
                () = crate::app::stopped(&mut stopping) => return Ok(()),
                () = self.events.closed() => return Err(Ended::PageClosed),
            }
        }
    }

    /// Sends the desk if it is not what the page shows already.
    async fn show(&mut self) -> Result<(), Ended> {
        let w = words::of(self.lang);
        let (desk, seq) = desk::look(&self.app, &self.site, self.counter, self.agent, w)
            .map_err(|_| Ended::NothingToShow)?;
        let part = Part { desk: &desk, w, timed: false, notice: None };
        let html = part.render().map_err(|_| Ended::NothingToShow)?;
        if html == self.shown {
            return Ok(());
        }
        // A carriage return, from a name in the configuration, would end a line of the stream.
        let event = Event::default().id(seq.to_string()).data(html.replace('\r', ""));
        self.shown = html;
        self.send(event).await
    }

    async fn beat(&self) -> Result<(), Ended> {
        let now = self.app.clock.now().timestamp_millis();
        self.send(Event::default().event("heartbeat").data(now.to_string())).await
    }

    fn check_session(&self) -> Result<(), Ended> {
        let now = self.app.clock.now();
        match self.app.reader.read(|db| accounts::by_session(db, &self.session, now)) {
            Ok(Some(_)) => Ok(()),
            Ok(None) | Err(_) => Err(Ended::SessionOver),
        }
    }

    async fn send(&self, event: Event) -> Result<(), Ended> {
        self.hang_up.hand(&self.events, Ok(event)).await.ok_or(Ended::PageClosed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_four_places_and_a_closed_page_leaves_its_own() {
        let places = Places::default();
        let take = |session| places.of(session).try_acquire_owned();
        let mut taken: Vec<_> = (0..STREAMS_MAX).map(|_| take("nadia").unwrap()).collect();
        assert!(take("nadia").is_err());
        let other = take("paul").unwrap();
        taken.pop();
        taken.push(take("nadia").unwrap());
        drop((taken, other));
        let _fresh = take("awa").unwrap();
        assert_eq!(places.0.lock().unwrap().len(), 1, "sessions without a stream are forgotten");
    }
}

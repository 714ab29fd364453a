//! The stream of a site's events. The signal only says that the log grew; each connection reads the
//! log from its own cursor, so however slow a reader is, it cannot miss an event.

use super::tail::{self, Audience, Log, Tail};
use crate::{
    app::App,
    auth::Device,
    error::ApiError,
    extract::Path,
    kiosks::Listening,
    serve::HangUp,
    store::{DeviceRow, StoreError, devices},
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, Sse},
};
use domain::{DeviceId, SiteId};
use futures_util::{Stream, StreamExt};
use protocol::{Cursor, pairing::DeviceKind, sse::Message};
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

/// A sign of life and the server's clock. A client gives up after 25 s of silence.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Follow everything that a kiosk may know of its site.
#[utoipa::path(get, operation_id = "kiosk_stream", path = "/api/v1/sites/{site}/kiosk/stream", params(("site" = String, Path),
    ("Last-Event-ID" = Option<String>, Header, description = "EPOCH:SEQ of the last event read")),
    security(("device" = [])),
    responses((status = 200, description = "`message` events hold an envelope; `heartbeat`; `reset`: take a snapshot", content_type = "text/event-stream", body = String)))]
pub async fn kiosk(
    State(app): State<App>,
    Path(site): Path<SiteId>,
    device: Device,
    headers: HeaderMap,
    hang_up: HangUp,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, ApiError> {
    let device = device.require(DeviceKind::Kiosk, &site)?;
    let listening = app.kiosks.listen(device.id);
    follow(app, site, device, &headers, hang_up, (Audience::Kiosk, Some(listening)))
}

/// Follow the calls, for boards.
#[utoipa::path(get, operation_id = "board_stream", path = "/api/v1/sites/{site}/board/stream", params(("site" = String, Path),
    ("Last-Event-ID" = Option<String>, Header, description = "EPOCH:SEQ of the last event read")),
    security(("device" = [])),
    responses((status = 200, description = "`message` events hold a change of the calls; `heartbeat`; `reset`: take a snapshot", content_type = "text/event-stream", body = String)))]
pub async fn board(
    State(app): State<App>,
    Path(site): Path<SiteId>,
    device: Device,
    headers: HeaderMap,
    hang_up: HangUp,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, ApiError> {
    let device = device.require(DeviceKind::Board, &site)?;
    follow(app, site, device, &headers, hang_up, (Audience::Board, None))
}

fn follow(
    app: App,
    site: SiteId,
    device: DeviceRow,
    headers: &HeaderMap,
    hang_up: HangUp,
    (audience, kiosk): (Audience, Option<Listening>),
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, ApiError> {
    app.sites.get(&site).ok_or(ApiError::NotFound)?;
    let epoch = super::snapshots::epoch(&app.reader)?;
    let cursor: Option<Cursor> = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let (events, stream) = mpsc::channel(64);
    let reading = Reading { app, site, device: device.id, epoch, audience, events, hang_up, _heard: kiosk };
    tokio::spawn(async move {
        // Ends when the reader is gone, the device is revoked or the server stops.
        let _ended = reading.run(cursor).await;
    });
    Ok(Sse::new(ReceiverStream::new(stream).map(|event| Ok(*event))))
}

/// One connection's reading of the log. There may be thousands, nearly all of which wait, so that what they need only for a
/// moment is boxed.
struct Reading {
    app: App,
    site: SiteId,
    device: DeviceId,
    epoch: Uuid,
    audience: Audience,
    events: mpsc::Sender<Box<Event>>,
    hang_up: HangUp,
    _heard: Option<Listening>,
}

/// Why a reading ended. None of it concerns anybody else.
enum Ended {
    ReaderGone,
    Unwelcome,
    Unreadable,
    Reset,
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a stream cannot read the log");
        Self::Unreadable
    }
}

impl Reading {
    async fn run(&self, cursor: Option<Cursor>) -> Result<(), Ended> {
        let log = self.log()?;
        let mut grown = match self.audience {
            Audience::Kiosk => log.site.head(),
            Audience::Board => log.site.calls(),
        };
        let Some(mut tail) = Tail::resume(log, self.audience, cursor)? else {
            return Box::pin(self.send(tail::reset())).await;
        };
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let reading = async {
            loop {
                grown.mark_unchanged();
                // Also after a sign of life, so that a board whose calls are rare never has much to leave out.
                Box::pin(self.catch_up(&mut tail)).await?;
                tokio::select! {
                    changed = grown.changed() => changed.map_err(|_| Ended::Unreadable)?,
                    _ = heartbeat.tick() => Box::pin(self.beat()).await?,
                }
            }
        };
        let mut stopping = self.app.stopping.clone();
        // Beside the reading: a reader that takes nothing holds that up, but neither its own end nor the
        // server's.
        tokio::select! {
            ended = reading => ended,
            ended = self.until_unwelcome() => ended,
            () = crate::app::stopped(&mut stopping) => Ok(()),
            () = self.events.closed() => Err(Ended::ReaderGone),
        }
    }

    /// Sends everything that the reader does not have.
    async fn catch_up(&self, tail: &mut Tail) -> Result<(), Ended> {
        while let Some(message) = tail.next(self.log()?)? {
            let is_last = tail::is_last(&message);
            self.send(message).await?;
            if is_last {
                return Err(Ended::Reset);
            }
        }
        Ok(())
    }

    fn log(&self) -> Result<Log<'_>, Ended> {
        let site = self.app.sites.get(&self.site).ok_or(Ended::Unreadable)?;
        Ok(Log { id: &self.site, site, reader: &self.app.reader, epoch: self.epoch })
    }

    async fn beat(&self) -> Result<(), Ended> {
        self.send(tail::heartbeat(self.app.clock.now()).ok_or(Ended::Unreadable)?).await
    }

    /// Asks at once, because the device may have been revoked since it was let in, and again whenever one is: nobody
    /// but the running server revokes devices.
    async fn until_unwelcome(&self) -> Result<(), Ended> {
        let mut revoked = self.app.revoked.subscribe();
        loop {
            match self.app.reader.read(|db| devices::is_welcome(db, self.device)) {
                Ok(true) => {}
                Ok(false) | Err(_) => return Err(Ended::Unwelcome),
            }
            // The sender is there for as long as this.
            let _changed = revoked.changed().await;
        }
    }

    async fn send(&self, message: Message) -> Result<(), Ended> {
        self.hang_up.hand(&self.events, Box::new(framed(message))).await.ok_or(Ended::ReaderGone)
    }
}

fn framed(message: Message) -> Event {
    let event = Event::default().data(message.data);
    let event = if message.event.is_empty() { event } else { event.event(message.event) };
    match message.id {
        Some(id) => event.id(id),
        None => event,
    }
}

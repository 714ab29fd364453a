//! The stream of a site's events. The signal only says that the log grew; each connection reads the
//! log from its own cursor, so however slow a reader is, it cannot miss an event.

use crate::{
    app::App,
    auth::Device,
    error::ApiError,
    extract::Path,
    store::{Stored, devices, log},
};
use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, Sse},
};
use domain::{Branch, DeviceId, ServiceDay, SiteId, board::BoardChange};
use futures_util::Stream;
use protocol::{Cursor, pairing::DeviceKind, snapshot::Heartbeat};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

/// A sign of life and the server's clock. A client gives up after 25 s of silence.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How soon a device is cut off that was revoked by another program than this server.
const WELCOME_CHECK: Duration = Duration::from_secs(3);
/// Events read from the database at once.
const BATCH: usize = 500;

/// What a reader of the stream may see of an event.
type Show = fn(&Stored, &Branch) -> Option<Event>;

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
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, ApiError> {
    let device = device.require(DeviceKind::Kiosk, &site)?;
    let show: Show = |stored, branch| Event::default().json_data(stored.envelope.for_kiosk(branch)?).ok();
    // On a new day other bookings come near, of which a kiosk knows only on which day they are.
    follow(app, site, device.id, &headers, show, true)
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
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, ApiError> {
    let device = device.require(DeviceKind::Board, &site)?;
    let show: Show = |stored, _| {
        let change = BoardChange::of(&stored.envelope.open()?)?;
        Event::default().json_data(super::calls::change(change)).ok()
    };
    follow(app, site, device.id, &headers, show, false)
}

fn follow(
    app: App,
    site: SiteId,
    device: DeviceId,
    headers: &HeaderMap,
    show: Show,
    anew_each_day: bool,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, ApiError> {
    app.sites.get(&site).ok_or(ApiError::NotFound)?;
    let epoch = super::snapshots::epoch(&app)?;
    let cursor: Option<Cursor> = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let (events, stream) = mpsc::channel(64);
    tokio::spawn(async move {
        // Ends when the reader is gone, the device is revoked or the server stops.
        let reading = Reading { app, site, device, epoch, show, anew_each_day, events };
        let _ended = reading.run(cursor).await;
    });
    Ok(Sse::new(ReceiverStream::new(stream)))
}

fn reset() -> Event {
    Event::default().event("reset").data("{}")
}

/// One connection's reading of the log.
struct Reading {
    app: App,
    site: SiteId,
    device: DeviceId,
    epoch: Uuid,
    show: Show,
    /// Whether the reader begins anew from a snapshot when a new day begins.
    anew_each_day: bool,
    events: mpsc::Sender<Result<Event, Infallible>>,
}

/// Why a reading ended. None of it concerns anybody else.
enum Ended {
    ReaderGone,
    Unwelcome,
    Unreadable,
    Reset,
}

impl Reading {
    async fn run(self, cursor: Option<Cursor>) -> Result<(), Ended> {
        let site = self.app.sites.get(&self.site).ok_or(Ended::Unreadable)?;
        let mut head = site.head();
        let known = cursor.filter(|cursor| cursor.epoch == self.epoch && cursor.seq <= *head.borrow());
        let Some(Cursor { mut seq, .. }) = known else {
            return self.send(reset()).await;
        };
        // The day that the reader knows.
        let mut day =
            if seq > 0 { self.after(seq - 1)?.first().map(|stored| stored.envelope.day) } else { None };
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let reading = async {
            loop {
                head.mark_unchanged();
                seq = self.catch_up(seq, &mut day).await?;
                tokio::select! {
                    changed = head.changed() => changed.map_err(|_| Ended::Unreadable)?,
                    _ = heartbeat.tick() => self.beat().await?,
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

    /// Sends everything after `seq` and says where it got to.
    async fn catch_up(&self, mut seq: u64, day: &mut Option<ServiceDay>) -> Result<u64, Ended> {
        let site = self.app.sites.get(&self.site).ok_or(Ended::Unreadable)?;
        loop {
            let batch = self.after(seq)?;
            if batch.is_empty() {
                return Ok(seq);
            }
            for stored in batch {
                seq = stored.seq;
                if ["day_closed", "day_opened"].contains(&stored.envelope.kind()) {
                    let before = day.replace(stored.envelope.day);
                    if self.anew_each_day && before.is_some_and(|before| before < stored.envelope.day) {
                        self.send(reset()).await?;
                        return Err(Ended::Reset);
                    }
                }
                let event = (self.show)(&stored, &site.live().branch);
                if let Some(event) = event {
                    let id = Cursor { epoch: self.epoch, seq };
                    self.send(event.id(id.to_string())).await?;
                }
            }
        }
    }

    fn after(&self, seq: u64) -> Result<Vec<Arc<Stored>>, Ended> {
        let site = self.app.sites.get(&self.site).ok_or(Ended::Unreadable)?;
        if let Some(events) = site.live().after(seq) {
            return Ok(events);
        }
        let read = self.app.reader.read(|db| log::after(db, &self.site, seq, BATCH));
        match read {
            Ok(events) => Ok(events.into_iter().map(Arc::new).collect()),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a stream cannot read the log");
                Err(Ended::Unreadable)
            }
        }
    }

    async fn beat(&self) -> Result<(), Ended> {
        let beat = Heartbeat { server_time: self.app.clock.now() };
        let event = Event::default().event("heartbeat").json_data(beat).map_err(|_| Ended::Unreadable)?;
        self.send(event).await
    }

    async fn until_unwelcome(&self) -> Result<(), Ended> {
        let mut check = tokio::time::interval(WELCOME_CHECK);
        let mut revoked = self.app.revoked.subscribe();
        loop {
            tokio::select! {
                _ = check.tick() => {}
                // The sender is there for as long as this.
                _changed = revoked.changed() => {}
            }
            match self.app.reader.read(|db| devices::is_welcome(db, self.device)) {
                Ok(true) => {}
                Ok(false) | Err(_) => return Err(Ended::Unwelcome),
            }
        }
    }

    async fn send(&self, event: Event) -> Result<(), Ended> {
        self.events.send(Ok(event)).await.map_err(|_| Ended::ReaderGone)
    }
}

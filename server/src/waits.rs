//! How long people will wait, worked out beside the requests: a forecast plays the rest of the day a hundred times,
//! and nobody who presses a button should wait for that.

use crate::app::{App, stopped};
use domain::{
    Branch, ServiceId, SiteId, Time, VisitId, VisitState,
    forecast::{Outlook, WaitRange},
};
use protocol::waits::ServiceWait;
use rustix::{process::setpriority_process, thread::gettid};
use std::{
    collections::BTreeMap,
    error::Error,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// Waits are told in minutes: there is no need to work them out more often.
const PAUSE: Duration = Duration::from_secs(5);
/// The forecast may take one part of so many of a processor's time, however large the hall is.
const SHARE: u32 = 20;
/// Waits change with time, even if nothing happens.
const STALE: Duration = Duration::from_secs(30);

/// What is expected at a site.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waits {
    /// For when this was worked out; none before the first time.
    pub at: Option<Time>,
    /// How long everybody who waits will wait on, from then.
    pub visits: BTreeMap<VisitId, WaitRange>,
    /// Every service of the site.
    pub services: Vec<ServiceWait>,
}

impl Waits {
    /// Works it out. Pure, and slow: milliseconds for each service.
    pub fn of(branch: &Branch, now: Time) -> Self {
        let ranges = branch.waits(now).into_iter().map(|(visit, wait)| (visit, wait.range()));
        let services = branch.site.iter().flat_map(|site| &site.services);
        let service = |(id, known): (&ServiceId, &domain::Service)| {
            let wait = branch.wait_for(id, now);
            let waits = branch.visits.values().filter(|visit| visit.state == VisitState::Waiting);
            let outlook = || branch.outlook_after(id, || wait, now);
            ServiceWait {
                service: id.clone(),
                label: known.public_label.clone(),
                waiting: waits.filter(|visit| &visit.service == id).count().try_into().unwrap_or(u32::MAX),
                wait: wait.map(|wait| wait.range()),
                without_appointment: known.walk_in.is_some().then(outlook),
            }
        };
        Self { at: Some(now), visits: ranges.collect(), services: services.map(service).collect() }
    }

    /// One service.
    pub fn service(&self, id: &ServiceId) -> Option<&ServiceWait> {
        self.services.iter().find(|known| known.service == *id)
    }

    /// The services for which tickets without an appointment stop soon or have stopped, with when.
    pub fn stopping(&self) -> impl Iterator<Item = (&ServiceWait, Option<Time>)> {
        self.services.iter().filter_map(|known| match known.without_appointment? {
            Outlook::Open => None,
            Outlook::StopsSoon { at } => Some((known, Some(at))),
            Outlook::Stopped => Some((known, None)),
        })
    }
}

/// Keeps a site's waits up to date until the server stops.
pub async fn keep(app: App, id: SiteId) {
    let Some(site) = app.sites.get(&id) else { return };
    let (mut head, mut stopping) = (site.head(), app.stopping.clone());
    loop {
        head.mark_unchanged();
        let (branch, now) = (site.live().branch.clone(), app.clock.now());
        let began = Instant::now();
        let worked_out = tokio::select! {
            worked_out = behind_all(move || Waits::of(&branch, now)) => worked_out,
            // In a full hall that takes long, and nobody asks any more.
            () = stopped(&mut stopping) => return,
        };
        match worked_out {
            Ok(waits) => site.foresee(Arc::new(waits)),
            Err(error) => tracing::error!(error = &*error, "the waits could not be worked out"),
        }
        let pause = tokio::time::sleep(PAUSE.max(began.elapsed() * SHARE));
        let rested = async {
            pause.await;
            // An error says that the site is gone, and so is the server.
            let _moved = tokio::time::timeout(STALE, head.changed()).await;
        };
        tokio::select! {
            () = rested => {}
            () = stopped(&mut stopping) => return,
        }
    }
}

/// The least of Linux's priorities: whoever else wants a processor gets it first.
const LEAST_NICE: i32 = 19;

/// Works on a thread of its own, for which nobody who presses a button waits, however many people are in the hall.
async fn behind_all<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Box<dyn Error + Send + Sync>> {
    let (tell, told) = oneshot::channel();
    let work = move || {
        // On Linux a thread has a priority of its own.
        if let Err(error) = setpriority_process(Some(gettid()), LEAST_NICE) {
            tracing::debug!(%error, "the waits are worked out at everybody's expense");
        }
        // Whoever asked is gone when the server stops.
        let _gone = tell.send(work());
    };
    thread::Builder::new().name("waits".into()).spawn(work)?;
    Ok(told.await?)
}

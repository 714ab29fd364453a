//! The thread that leads the visit: it hears of touches, scans and answers, asks the worker, and tells
//! the window what to show. Neither the window nor the database can make it wait.

use crate::{
    clock::KioskClock,
    flow::{Msg, ViewModel, Visit, step, view},
    worker::Job,
};
use std::sync::{
    Arc,
    mpsc::{Receiver, RecvTimeoutError, Sender},
};

/// Leads visits until nobody can say anything any more. `show` is called when the screen changes;
/// `ready` once, when visitors can be served or are told that they cannot.
pub fn run(
    mut visit: Visit,
    clock: &Arc<KioskClock>,
    inbox: &Receiver<Msg>,
    worker: &Sender<Job>,
    mut show: impl FnMut(ViewModel),
    ready: impl FnOnce(),
) {
    let mut shown: Option<ViewModel> = None;
    let mut ready = Some(ready);
    loop {
        let msg = match inbox.recv_timeout(visit.pause()) {
            Ok(msg) => msg,
            Err(RecvTimeoutError::Timeout) => Msg::Tick,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let now = clock.since_boot();
        let effects = step(&mut visit, now, msg);
        // Messages that come without a pause must not keep the time from passing.
        let passing = step(&mut visit, now, Msg::Tick);
        for effect in effects.into_iter().chain(passing) {
            if worker.send(Job::Visitor(effect)).is_err() {
                step(&mut visit, now, Msg::OutOfOrder(true));
            }
        }
        let model = view(&visit, now, clock.now());
        if shown.as_ref() != Some(&model) {
            shown = Some(model.clone());
            show(model);
        }
        if let Some(tell) = ready.take_if(|_| visit.is_ready()) {
            tell();
        }
    }
}

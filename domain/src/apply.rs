//! Folding events into the state of a site. Total: whatever was recorded can be applied, in any
//! order and more than once, without a failure.

mod day;
mod facts;
mod meanwhile;
mod parties;

use crate::{
    Branch, CounterId, CounterState, DeviceState, Ending, Event, EventId, Recorded, Refusal, Standing, Time,
    Turn, Visit, VisitId, VisitState,
    board::{BoardChange, Call},
    booking::Elsewhere,
    branch::{Action, Lane},
    event::Place,
    pace::Reception,
    visit::{Booked, MissedCall, Response},
};

impl Branch {
    /// Folds one event in. Applying it again changes nothing.
    pub fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        self.last_event_at = self.last_event_at.max(Some(at));
        match &recorded.event {
            Event::SiteConfigured { site } => self.site = Some((**site).clone()),
            Event::DayClosed { .. } => {}
            Event::DayOpened { day } => self.open_day(*day),
            Event::LaneGranted { lane, device, incarnation } => {
                let active_on = Some(recorded.day);
                let granted = Lane {
                    device: *device,
                    incarnation: *incarnation,
                    last: None,
                    active_on,
                    revoked_on: None,
                };
                let known = self.lanes.entry(lane.clone()).or_insert_with(|| granted.clone());
                if known.revoked_on.is_some_and(|day| day < recorded.day) {
                    *known = granted;
                }
            }
            Event::LanesRevoked { device } => {
                let of_the_device = self.lanes.values_mut().filter(|lane| lane.device == *device);
                of_the_device.for_each(|lane| lane.revoked_on = Some(recorded.day));
            }
            Event::ShareGranted { share, total } => self.grant_share(share, *total),
            Event::ShareAskedBack { share, keep } => self.ask_share_back(share, *keep, recorded.id),
            Event::ShareReturned { share, kept, asked } => self.return_share(share, *kept, *asked),
            Event::RecoveryBegun { awaited } => self.begin_recovery(awaited, at),
            Event::DeviceReturned { device } => self.device_returned(*device),
            Event::RecoveryEnded => self.end_recovery(),
            Event::BookingRecorded { booking } => self.record_booking(booking),
            Event::BookingsElsewhere { site, day, keys } => {
                let elsewhere = Elsewhere { site: site.clone(), day: *day };
                // A kiosk hears so that a booking which it held was put off.
                if self.site.as_ref().is_some_and(|own| own.id == *site) {
                    for key in keys {
                        self.bookings.remove(key);
                    }
                }
                self.elsewhere.extend(keys.iter().map(|key| (*key, elsewhere.clone())));
            }
            Event::DeviceReported { kiosk, peripheral, fault } => {
                let told = DeviceState { fault: *fault, since: at, event: recorded.id };
                self.report(*kiosk, *peripheral, told);
            }
            // A fact that comes late keeps its day and never enters another day's queue; one that comes from
            // a clock that is ahead waits for its day.
            _ if self.day.is_some_and(|day| day > recorded.day) => self.note_belated(recorded),
            _ if self.day.is_some_and(|day| day < recorded.day) => {
                self.ahead.insert(recorded.id, recorded.clone());
            }
            Event::CheckedIn { ticket, booking, slot, punctuality } => {
                let booked = Booked { key: *booking, slot: *slot, punctuality: *punctuality };
                self.issue(ticket, Some(booked), at);
            }
            Event::WalkInTaken { ticket } => self.issue(ticket, None, at),
            Event::TicketUnread { number } => self.admit(number, recorded),
            Event::SeenAgain { .. } => {}
            Event::CameBack { visit, since } => self.come_back(*visit, *since, at),
            Event::BroughtBack { visit } | Event::ServedTakenBack { visit } => {
                self.bring_back(*visit, recorded)
            }
            Event::TicketPrinted { number, .. }
            | Event::TicketReprinted { number, .. }
            | Event::PrintAnswered { number, came_out: true } => {
                self.print_uncertain.remove(number);
            }
            Event::PrintUncertain { number } => {
                self.print_uncertain.insert(number.clone(), at);
            }
            Event::PrintAnswered { came_out: false, .. } => {}
            Event::CounterOpened { counter, agent } => {
                let visit = self.left_at(*counter);
                let free = CounterState { agent: *agent, visit, paused: None, since: Some(at), latest: None };
                self.counters.entry(*counter).or_insert(free).agent = *agent;
            }
            Event::CounterClosed { counter } => {
                self.counters.remove(counter);
            }
            Event::CounterPaused { counter } => self.pause(*counter, Some(at)),
            Event::CounterResumed { counter } => {
                self.pause(*counter, None);
                self.rest(*counter, at);
            }
            Event::CardSeen { visit, shown } => {
                if let Some(visit) = self.visits.get_mut(visit) {
                    visit.set_card(*shown);
                }
            }
            Event::JoinedCardSeen { visit, number, shown } => {
                if let Some(visit) = self.visits.get_mut(visit) {
                    visit.set_joined_card(number, *shown);
                }
            }
            Event::CallSeen { visit, counter, at } => self.see_call(*visit, *counter, *at),
            Event::VisitConfirmed { visit, back } => {
                self.confirm_visit(*visit, *back, recorded);
                BoardChange::of(recorded).iter().for_each(|change| self.board.apply(change));
            }
            Event::Ended { visit, numbers, how } => {
                self.touch(*visit, recorded.id, |visit| visit.to(visit.decided.end(how.clone(), at)));
                self.split_off(*visit, numbers);
            }
            Event::ServedMeanwhile { visit, numbers, served_at } => {
                let how = Ending::ServedMeanwhile { recorded: at };
                self.touch(*visit, recorded.id, |visit| visit.to(visit.decided.end(how, *served_at)));
                self.split_off(*visit, numbers);
            }
            Event::TicketAdopted { visit, number, service, then, priority, arrival } => {
                let (visit, priority, arrival) = (*visit, *priority, *arrival);
                self.adopt(&meanwhile::Adopted { visit, number, service, then, priority, arrival });
            }
            Event::Called { .. }
            | Event::Recalled { .. }
            | Event::Started { .. }
            | Event::Finished { .. }
            | Event::ServiceDone { .. }
            | Event::Missed { .. }
            | Event::Parked { .. }
            | Event::Transferred { .. }
            | Event::ServiceAdded { .. }
            | Event::Returned { .. }
            | Event::VisitsMerged { .. }
            | Event::VisitSplit { .. }
            | Event::Undone { .. } => {
                let change = BoardChange::of(recorded).filter(|change| self.is_news(change, recorded.id));
                let announced =
                    announced(&recorded.event).filter(|(visit, _)| self.is_new(*visit, recorded.id));
                self.act(recorded);
                if let Some((visit, said)) = announced {
                    self.announce(visit, said, recorded);
                }
                change.iter().for_each(|change| self.board.apply(change));
            }
        }
    }

    /// Whether a change of the calls was not folded in before.
    fn is_news(&self, change: &BoardChange, id: EventId) -> bool {
        let visit = match change {
            BoardChange::Called(Call { visit, .. })
            | BoardChange::Ended { visit, .. }
            | BoardChange::Numbers { visit, .. } => visit,
            BoardChange::DayOpened { .. } => return false,
        };
        self.is_new(*visit, id)
    }

    fn is_new(&self, visit: VisitId, event: EventId) -> bool {
        self.visits.get(&visit).is_some_and(|visit| !visit.seen(event))
    }

    /// What staff did with a visit. It changes what was decided before; what kiosks saw comes on top of that, so that it
    /// does not matter when it is heard.
    fn act(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        match &recorded.event {
            Event::Called { visit, counter, .. } => {
                // Whoever missed a call and is picked by hand is there: their place counts from then on.
                self.at(*counter, *visit, recorded, |visit| {
                    Ok(Standing { state: visit.decided.call(*counter, at)?, ..visit.standing().seen(at) })
                });
                self.know_call(*visit, at);
            }
            Event::Recalled { visit, counter, .. } => {
                self.at(*counter, *visit, recorded, |visit| visit.to(visit.decided.recall(at)));
                self.know_call(*visit, at);
            }
            Event::Started { visit, counter } => {
                self.at(*counter, *visit, recorded, |visit| visit.to(visit.decided.start(at)));
            }
            Event::Finished { visit, counter, numbers, delivered } => {
                self.at(*counter, *visit, recorded, |visit| {
                    visit.to(visit.decided.finish(delivered.clone(), at))
                });
                self.split_off(*visit, numbers);
            }
            Event::ServiceDone { visit, counter, next, then, .. } => {
                self.at(*counter, *visit, recorded, |visit| {
                    let then = then.clone().unwrap_or_else(|| visit.then.iter().skip(1).cloned().collect());
                    let waits = visit.to(visit.decided.release())?.with_turn(Turn::Next { since: at }, next);
                    Ok(Standing { service: next.clone(), then, is_chosen: true, ..waits })
                })
            }
            Event::Missed { visit, counter, numbers, service } => {
                self.at(*counter, *visit, recorded, |visit| {
                    let mut waits = visit.to(visit.decided.miss(at))?;
                    let service = service.clone().unwrap_or_else(|| visit.service.clone());
                    waits.misses.push(MissedCall {
                        event: recorded.id,
                        numbers: numbers.clone(),
                        service,
                        back: None,
                    });
                    Ok(Standing { away: Some(recorded.id), ..waits })
                })
            }
            Event::Parked { visit, counter, until } => {
                self.at(*counter, *visit, recorded, |visit| {
                    Ok(Standing { away: Some(recorded.id), ..visit.to(visit.decided.park(*until, at))? })
                });
            }
            Event::Transferred { visit, counter, to, then, place, .. } => {
                self.at(*counter, *visit, recorded, |visit| {
                    let waits = visit.to(visit.decided.release())?;
                    let then = then.clone().unwrap_or_else(|| waits.then.clone());
                    let waits = Standing { service: to.clone(), then, is_chosen: true, ..waits };
                    Ok(match place {
                        Place::First => waits.with_turn(Turn::First { since: at }, to),
                        Place::InOrder => waits,
                        Place::Last => waits.with_turn(Turn::Last { since: at }, to),
                    })
                })
            }
            Event::ServiceAdded { visit, counter, service, wants } => {
                self.at(*counter, *visit, recorded, |visit| {
                    let standing = visit.standing();
                    let (now, then) = match wants.split_first() {
                        Some((now, then)) => (now.clone(), then.to_vec()),
                        None => {
                            let added = std::iter::once(service.clone());
                            (standing.service.clone(), standing.then.iter().cloned().chain(added).collect())
                        }
                    };
                    Ok(Standing { service: now, then, is_chosen: true, ..standing })
                })
            }
            Event::Returned { visit, counter } => {
                self.at(*counter, *visit, recorded, |visit| visit.to(visit.decided.release()));
            }
            Event::Undone { counter, visit, back_to, .. } => {
                self.at(*counter, *visit, recorded, |_| Ok(back_to.clone()));
                self.rejoin(*visit);
                // What was taken back cannot be taken back again.
                if let Some(counter) = self.counters.get_mut(counter) {
                    counter.latest = None;
                }
            }
            Event::VisitsMerged { from, into, moved, wants, places, .. } => {
                self.merge((*from, *into), moved, (wants, places.as_ref()), recorded.id);
            }
            Event::VisitSplit { visit, number, into, wants, left, had, .. } => {
                self.split((*visit, *into), number, (wants, left, had.as_ref()), recorded.id);
            }
            _ => {}
        }
    }

    /// Keeps in mind how often and when a visit was called, and what came of it.
    fn announce(&mut self, visit: VisitId, said: Said, recorded: &Recorded) {
        let Some(visit) = self.visits.get_mut(&visit).filter(|visit| visit.seen(recorded.id)) else { return };
        match said {
            Said::Called => visit.announce(recorded.at),
            Said::Again => visit.announce_again(recorded.at),
            Said::Answered(response) => visit.respond(response),
        }
    }

    /// A counter does something to a visit. An event that was applied before, or that does not fit, changes
    /// nothing: the log holds only what was decided, and a repeat has been applied.
    fn at(
        &mut self,
        counter: CounterId,
        id: VisitId,
        recorded: &Recorded,
        step: impl FnOnce(&Visit) -> Result<Standing, Refusal>,
    ) {
        let event = recorded.id;
        let is_busy = self.is_busy_since(counter, id);
        let Some(visit) = self.visits.get_mut(&id) else { return };
        if visit.seen(event) {
            return;
        }
        let before = visit.standing();
        let Ok(after) = step(visit) else { return };
        visit.restore(after);
        visit.touch(event);
        let is_here = visit.state.counter() == Some(counter);
        if let Some(open) = self.counters.get_mut(&counter).filter(|_| !is_busy) {
            open.visit = is_here.then_some(id).or(open.visit.filter(|other| *other != id));
            match (before.state.counter() == Some(counter), is_here) {
                (false, true) => {
                    // Only an end that is taken back goes on; whoever is called again is received anew.
                    let is_undone = matches!(recorded.event, Event::Undone { .. });
                    let back = is_undone.then(|| self.pace.take_back(&visit.service, id)).flatten();
                    open.since = back.or(Some(open.busy_from(recorded)));
                }
                (true, false) => {
                    if let Some(from) = open.since.filter(|_| recorded.event.ends_reception()) {
                        let reception = Reception { visit: id, from, until: recorded.at };
                        self.pace.record(&before.service, reception);
                    }
                    open.since = Some(recorded.at);
                }
                _ => {}
            }
            open.latest = Some(Action { event, visit: id, before });
        }
    }

    /// Something happens to a visit away from counters.
    fn touch(&mut self, id: VisitId, event: EventId, step: impl FnOnce(&Visit) -> Result<Standing, Refusal>) {
        if let Some(visit) = self.visits.get_mut(&id).filter(|visit| !visit.seen(event))
            && let Ok(after) = step(visit)
        {
            visit.restore(after);
            visit.touch(event);
        }
    }

    fn rest(&mut self, counter: CounterId, at: Time) {
        if let Some(open) = self.counters.get_mut(&counter).filter(|open| open.visit.is_none()) {
            open.since = Some(at);
        }
    }

    fn pause(&mut self, counter: CounterId, since: Option<Time>) {
        if let Some(open) = self.counters.get_mut(&counter) {
            open.paused = since;
        }
    }
}

/// What an event says of a call.
#[derive(Clone, Copy)]
enum Said {
    Called,
    Again,
    Answered(Response),
}

/// Whose call an event is or says something of.
fn announced(event: &Event) -> Option<(VisitId, Said)> {
    let (visit, said) = match event {
        Event::Called { visit, .. } => (visit, Said::Called),
        Event::Recalled { visit, .. } => (visit, Said::Again),
        Event::Started { visit, .. }
        | Event::Parked { visit, .. }
        | Event::Transferred { visit, .. }
        | Event::ServiceDone { visit, .. } => (visit, Said::Answered(Response::Came)),
        Event::Undone { visit, .. } => (visit, Said::Answered(Response::Open)),
        _ => return None,
    };
    Some((*visit, said))
}

impl Visit {
    /// Where the visit stands when only its state changes.
    fn to(&self, state: Result<VisitState, Refusal>) -> Result<Standing, Refusal> {
        Ok(Standing { state: state?, away: None, ..self.standing() })
    }
}

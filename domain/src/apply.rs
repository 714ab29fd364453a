//! Folding events into the state of a site. Total: whatever was recorded can be applied, in any
//! order and more than once, without a failure.

mod day;
mod facts;
mod parties;

use crate::{
    Branch, CounterId, CounterState, Event, EventId, Recorded, Refusal, Standing, Time, Turn, Visit, VisitId,
    VisitState,
    board::{BoardChange, Call},
    booking::Elsewhere,
    branch::{Action, Lane},
    event::Place,
    pace::Reception,
    visit::{Booked, MissedCall},
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
                let lane_of = Lane { device: *device, incarnation: *incarnation, last: None };
                self.lanes.entry(lane.clone()).or_insert(lane_of);
            }
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
            Event::CameBack { visit } => self.come_back(*visit, recorded),
            Event::TicketPrinted { number, .. } | Event::PrintAnswered { number, came_out: true } => {
                self.print_uncertain.remove(number);
            }
            Event::PrintUncertain { number } => {
                self.print_uncertain.insert(number.clone(), at);
            }
            Event::PrintAnswered { came_out: false, .. } => {}
            Event::CounterOpened { counter, agent } => {
                let free =
                    CounterState { agent: *agent, visit: None, paused: None, since: Some(at), latest: None };
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
            Event::Ended { visit, numbers, how } => {
                self.touch(*visit, recorded.id, |state| state.end(how.clone(), at));
                self.split_off(*visit, numbers);
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
                self.act(recorded);
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
        self.visits.get(visit).is_some_and(|visit| !visit.seen(id))
    }

    /// What staff did with a visit.
    fn act(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        match &recorded.event {
            Event::Called { visit, counter, .. } => {
                self.at(*counter, *visit, recorded, |visit| visit.to(visit.state.call(*counter, at)));
            }
            Event::Recalled { visit, counter, .. } => {
                let rule = crate::RecallRule { calls_max: u8::MAX, cool_down_seconds: 0 };
                self.at(*counter, *visit, recorded, |visit| visit.to(visit.state.recall(rule, at)));
            }
            Event::Started { visit, counter } => {
                self.at(*counter, *visit, recorded, |visit| visit.to(visit.state.start(at)));
            }
            Event::Finished { visit, counter, numbers, delivered } => {
                self.at(*counter, *visit, recorded, |visit| {
                    visit.to(visit.state.finish(delivered.clone(), at))
                });
                self.split_off(*visit, numbers);
            }
            Event::ServiceDone { visit, counter, next, .. } => self.at(*counter, *visit, recorded, |visit| {
                let rest = visit.then.iter().skip(1).cloned().collect();
                let waits = visit.to(visit.state.release())?;
                let waits = waits.with_turn(Turn::Next { since: at });
                Ok(Standing { service: next.clone(), then: rest, missed: None, ..waits })
            }),
            Event::Missed { visit, counter, numbers } => self.at(*counter, *visit, recorded, |visit| {
                // Whoever holds a number that was not called has not heard it, and waits on.
                let all_called = visit.numbers.iter().all(|number| numbers.contains(number));
                let state = if all_called { visit.state.miss(at) } else { visit.state.release() };
                let missed = MissedCall { numbers: numbers.clone(), turn: visit.turn, is_back: false };
                Ok(Standing { missed: Some(missed), ..visit.to(state)? })
            }),
            Event::Parked { visit, counter, until } => {
                self.at(*counter, *visit, recorded, |visit| visit.to(visit.state.park(*until, at)));
            }
            Event::Transferred { visit, counter, to, place, .. } => {
                self.at(*counter, *visit, recorded, |visit| {
                    let waits = Standing { service: to.clone(), ..visit.to(visit.state.release())? };
                    let anew = |turn| Standing { missed: None, ..waits.clone().with_turn(turn) };
                    Ok(match place {
                        Place::First => anew(Turn::First { since: at }),
                        Place::InOrder => waits,
                        Place::Last => anew(Turn::Back { since: at }),
                    })
                })
            }
            Event::ServiceAdded { visit, counter, service } => self.at(*counter, *visit, recorded, |visit| {
                let mut standing = visit.standing();
                standing.then.push(service.clone());
                Ok(standing)
            }),
            Event::Returned { visit, counter } => {
                self.at(*counter, *visit, recorded, |visit| visit.to(visit.state.release()));
            }
            Event::Undone { counter, visit, back_to, .. } => {
                self.at(*counter, *visit, recorded, |_| Ok(back_to.clone()));
                self.rejoin(*visit);
                // What was taken back cannot be taken back again.
                if let Some(counter) = self.counters.get_mut(counter) {
                    counter.latest = None;
                }
            }
            Event::VisitsMerged { from, into, moved, wants, .. } => {
                self.merge((*from, *into), moved, wants, recorded.id);
            }
            Event::VisitSplit { visit, number, into, wants, left, .. } => {
                self.split((*visit, *into), number, (wants, left), recorded.id);
            }
            _ => {}
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
        let Some(visit) = self.visits.get_mut(&id) else { return };
        if visit.seen(event) {
            return;
        }
        let before = visit.standing();
        let Ok(after) = step(visit) else { return };
        visit.restore(after);
        visit.touch(event);
        let is_here = visit.state.counter() == Some(counter);
        if let Some(open) = self.counters.get_mut(&counter) {
            open.visit = is_here.then_some(id).or(open.visit.filter(|other| *other != id));
            match (before.state.counter() == Some(counter), is_here) {
                (false, true) => {
                    let back = self.pace.take_back(&visit.service, id);
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
    fn touch(
        &mut self,
        id: VisitId,
        event: EventId,
        step: impl FnOnce(&VisitState) -> Result<VisitState, Refusal>,
    ) {
        if let Some(visit) = self.visits.get_mut(&id).filter(|visit| !visit.seen(event))
            && let Ok(state) = step(&visit.state)
        {
            visit.state = state;
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

impl Visit {
    /// Where the visit stands when only its state changes.
    fn to(&self, state: Result<VisitState, Refusal>) -> Result<Standing, Refusal> {
        Ok(Standing { state: state?, ..self.standing() })
    }
}

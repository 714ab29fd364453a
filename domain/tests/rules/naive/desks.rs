//! What agents do at their desks.

use super::{Decided, Desk, Done, Expected, Model, Party, Refused, Said, Whereabouts, gives};
use domain::{Actor, CounterId, TicketNumber, Time};

impl Model {
    pub(super) fn open(&mut self, counter: CounterId, actor: Actor) -> Expected {
        let agent = actor.person().unwrap();
        match self.desks.iter().find(|desk| desk.counter == counter) {
            Some(desk) if desk.agent == agent => return Done,
            Some(_) => return Refused("CounterTaken"),
            None => {}
        }
        let before = self.desks.iter().find(|desk| desk.agent == agent).map(|desk| desk.counter);
        if before.is_some_and(|before| self.at(before).is_some()) {
            return Refused("BusyElsewhere");
        }
        self.desks.retain(|desk| desk.agent != agent);
        self.desks.push(Desk { counter, agent, paused: false, latest: None });
        Done
    }

    pub(super) fn own(&mut self, counter: CounterId, actor: Actor) -> Result<&mut Desk, Expected> {
        let desk = self.desks.iter_mut().find(|desk| desk.counter == counter);
        let desk = desk.ok_or(Refused("CounterNotOpen"))?;
        if Some(desk.agent) == actor.person() { Ok(desk) } else { Err(Refused("CounterTaken")) }
    }

    pub(super) fn at(&self, counter: CounterId) -> Option<usize> {
        self.parties.iter().position(|party| party.counter() == Some(counter))
    }

    pub(super) fn free(&mut self, counter: CounterId, actor: Actor) -> Result<(), Expected> {
        self.own(counter, actor)?;
        if self.at(counter).is_some() { Err(Refused("CounterBusy")) } else { Ok(()) }
    }

    pub(super) fn can_call(&mut self, counter: CounterId, actor: Actor) -> Result<(), Expected> {
        self.free(counter, actor)?;
        if self.own(counter, actor)?.paused { Err(Refused("CounterPaused")) } else { Ok(()) }
    }

    pub(super) fn pause(&mut self, counter: CounterId, actor: Actor, paused: bool) -> Expected {
        match self.own(counter, actor) {
            Ok(desk) => {
                desk.paused = paused;
                Done
            }
            Err(no) => no,
        }
    }

    /// Whether somebody waits whom a counter could call, once it is no more a moment since somebody did.
    fn fits(&self, now: Time, counter: CounterId, party: &Party) -> bool {
        party.can_be_called(now) && gives(counter, &party.decided.wants[0])
    }

    /// Whoever is next at a counter: everybody who can be called, and was not just now, is compared with everybody else.
    pub(super) fn next(&self, now: Time, counter: CounterId) -> Option<usize> {
        let fits = |party: &&Party| self.fits(now, counter, party) && !party.was_just_called(now);
        let all: Vec<&Party> = self.parties.iter().filter(fits).collect();
        let is_next =
            |party: &&&Party| all.iter().all(|other| other.id == party.id || party.goes_before(other));
        let next = all.iter().find(is_next)?;
        self.parties.iter().position(|party| party.id == next.id)
    }

    pub(super) fn call_next(&mut self, now: Time, counter: CounterId, actor: Actor) -> Expected {
        if let Err(no) = self.can_call(counter, actor) {
            return no;
        }
        match self.next(now, counter) {
            Some(party) => self.calls(now, counter, party),
            None if self.parties.iter().any(|party| self.fits(now, counter, party)) => {
                Refused("RecallTooSoon")
            }
            None => Refused("NobodyWaiting"),
        }
    }

    pub(super) fn call(
        &mut self,
        now: Time,
        counter: CounterId,
        number: &TicketNumber,
        actor: Actor,
    ) -> Expected {
        if let Err(no) = self.can_call(counter, actor) {
            return no;
        }
        let party = self.holder(number);
        match &self.parties[party].decided {
            Decided { is: Whereabouts::Gone | Whereabouts::Left, .. } => Refused("VisitEnded"),
            Decided { is: Whereabouts::Called { .. } | Whereabouts::Received(_), .. } => Refused("VisitBusy"),
            Decided { wants, .. } if !gives(counter, &wants[0]) => Refused("CannotServe"),
            _ => self.calls(now, counter, party),
        }
    }

    pub(super) fn calls(&mut self, now: Time, counter: CounterId, party: usize) -> Expected {
        if self.parties[party].was_just_called(now) {
            return Refused("RecallTooSoon");
        }
        self.parties[party].said = Some(Said { last: now, times: 1, came: false });
        let called = Whereabouts::Called { to: counter, last: now, times: 1 };
        self.decide(counter, party, |decided| {
            decided.seen(now);
            decided.is = called;
        });
        Expected::Called(self.parties[party].id)
    }

    /// Whoever a counter has just dealt with came when they were called.
    pub(super) fn came(&mut self, done: Expected) -> Expected {
        let steps = self.steps;
        if done == Done {
            let party = self.parties.iter_mut().find(|party| party.step == steps);
            party.and_then(|party| party.said.as_mut()).into_iter().for_each(|said| said.came = true);
        }
        done
    }

    pub(super) fn called(&mut self, counter: CounterId, actor: Actor) -> Result<usize, Expected> {
        self.own(counter, actor)?;
        let party = self.at(counter).ok_or(Refused("NobodyCalled"))?;
        let is_called = matches!(self.parties[party].decided.is, Whereabouts::Called { .. });
        if is_called { Ok(party) } else { Err(Refused("NobodyCalled")) }
    }

    pub(super) fn recall(&mut self, now: Time, counter: CounterId, actor: Actor) -> Expected {
        let party = match self.called(counter, actor) {
            Ok(party) => party,
            Err(no) => return no,
        };
        let Whereabouts::Called { times, .. } = self.parties[party].decided.is else {
            return Refused("NobodyCalled");
        };
        let said = self.parties[party].said.unwrap();
        if said.times >= 3 {
            Refused("RecallLimit")
        } else if self.parties[party].was_just_called(now) {
            Refused("RecallTooSoon")
        } else {
            self.parties[party].said = Some(Said { last: now, times: said.times + 1, came: false });
            let again = Whereabouts::Called { to: counter, last: now, times: times + 1 };
            self.decide(counter, party, |decided| decided.is = again)
        }
    }

    pub(super) fn start(&mut self, counter: CounterId, actor: Actor) -> Expected {
        match self.called(counter, actor) {
            Ok(party) => {
                let done = self.decide(counter, party, |decided| decided.is = Whereabouts::Received(counter));
                self.came(done)
            }
            Err(no) => no,
        }
    }

    /// Something that is decided about whoever is called to a counter or received there.
    pub(super) fn present(
        &mut self,
        counter: CounterId,
        actor: Actor,
        what: impl FnOnce(&mut Decided),
    ) -> Expected {
        if let Err(no) = self.own(counter, actor) {
            return no;
        }
        match self.at(counter) {
            Some(party) => self.decide(counter, party, what),
            None => Refused("NobodyServed"),
        }
    }

    pub(super) fn decide(
        &mut self,
        counter: CounterId,
        party: usize,
        what: impl FnOnce(&mut Decided),
    ) -> Expected {
        let (step, party) = (self.steps, &mut self.parties[party]);
        let before = party.decided.clone();
        what(&mut party.decided);
        party.step = step;
        let desk = self.desks.iter_mut().find(|desk| desk.counter == counter);
        desk.unwrap().latest = Some((party.id, before, step));
        Done
    }

    /// What the counter did last is taken back, if nothing has happened to the party since.
    pub(super) fn undo(&mut self, counter: CounterId, actor: Actor) -> Expected {
        let latest = match self.own(counter, actor) {
            Ok(desk) => desk.latest.clone(),
            Err(no) => return no,
        };
        let Some((id, before, step)) = latest else { return Refused("NothingToUndo") };
        let steps = self.steps;
        let party = self.parties.iter_mut().find(|party| party.id == id && party.step == step);
        let Some(party) = party else { return Refused("NothingToUndo") };
        (party.decided, party.step) = (before, steps);
        party.said.iter_mut().for_each(|said| said.came = false);
        let desk = self.desks.iter_mut().find(|desk| desk.counter == counter);
        desk.unwrap().latest = None;
        Done
    }
}

//! Who belongs together.

use super::{Decided, Done, Expected, Member, Model, Party, Refused, Whereabouts};
use crate::hall::Answer;
use domain::{Actor, Event, ServiceId, TicketNumber};

impl Model {
    /// Where somebody is with whom staff can do as they like, or why not.
    fn at_hand(&self, party: usize, actor: Actor) -> Option<Expected> {
        let mine = |counter| {
            self.desks.iter().any(|desk| desk.counter == counter && Some(desk.agent) == actor.person())
        };
        match self.parties[party].decided.is {
            Whereabouts::Waits => None,
            Whereabouts::Called { to: counter, .. } | Whereabouts::Received(counter) => {
                (!mine(counter)).then_some(Refused("VisitBusy"))
            }
            Whereabouts::Away { .. } | Whereabouts::Missed(_) => Some(Refused("NotHere")),
            Whereabouts::Gone | Whereabouts::Left => Some(Refused("VisitEnded")),
        }
    }

    /// All of one party join another; each ticket keeps its own place, card and wishes in mind.
    pub(super) fn merge(&mut self, number: &TicketNumber, into: &TicketNumber, actor: Actor) -> Expected {
        let (from, into) = (self.holder(number), self.holder(into));
        if from == into {
            return Refused("SameVisit");
        }
        if self.parties[from].counter().is_some() {
            return Refused("VisitBusy");
        }
        if let Some(no) = self.at_hand(from, actor).or_else(|| self.at_hand(into, actor)) {
            return no;
        }
        let other = self.parties[from].clone();
        let (steps, party) = (self.steps, &mut self.parties[into]);
        let known = party.decided.wants.clone();
        let new = |wants: &[ServiceId]| -> Vec<ServiceId> {
            wants.iter().filter(|service| !known.contains(service)).cloned().collect()
        };
        for mut member in other.members {
            let wants = member.joined.map_or_else(|| other.decided.wants.clone(), |(wants, _)| wants);
            let brought = new(&wants);
            member.joined = Some((wants, brought));
            party.members.push(member);
        }
        party.decided.bases.extend(other.decided.bases);
        party.decided.wants.extend(new(&other.decided.wants));
        party.step = steps;
        self.parties.remove(from);
        Done
    }

    /// One ticket goes its own way with what it came with.
    pub(super) fn split(&mut self, number: &TicketNumber, actor: Actor, answer: &Answer) -> Expected {
        let from = self.holder(number);
        if let Some(no) = self.at_hand(from, actor) {
            return no;
        }
        let (steps, party) = (self.steps, &mut self.parties[from]);
        if party.members.len() == 1 {
            return Refused("OnlyNumber");
        }
        let id = answer.iter().flatten().find_map(|event| match event {
            Event::VisitSplit { into, .. } => Some(*into),
            _ => None,
        });
        let Some(id) = id else { return Done };
        let all = party.decided.wants.clone();
        let everybody = party.members.clone();
        let wanted_by = |member: &Member, service: &ServiceId| match &member.joined {
            Some((wants, _)) => wants.contains(service),
            None => everybody.iter().flat_map(|other| &other.joined).all(|(_, new)| !new.contains(service)),
        };
        let at = everybody.iter().position(|member| member.number == *number).unwrap();
        let mut member = party.members.remove(at);
        let mut taken: Vec<ServiceId> = all.iter().filter(|id| wanted_by(&member, id)).cloned().collect();
        let stays =
            |id: &&ServiceId| !taken.contains(id) || party.members.iter().any(|member| wanted_by(member, id));
        let mut left: Vec<ServiceId> = all.iter().filter(stays).cloned().collect();
        if left.is_empty() || (party.counter().is_some() && left[0] != all[0]) {
            left.insert(0, all[0].clone());
        }
        if taken.is_empty() {
            taken.push(all[0].clone());
        }
        member.joined = None;
        let base = party.decided.bases.remove(number).unwrap();
        (party.decided.wants, party.step) = (left, steps);
        let bases = [(number.clone(), base)].into();
        let decided = Decided { wants: taken, bases, is: Whereabouts::Waits, unseen: false };
        self.parties.push(Party { id, members: vec![member], decided, step: steps, said: None });
        Done
    }
}

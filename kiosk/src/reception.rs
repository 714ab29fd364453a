//! Check-in at this kiosk: the rules decide, the local database records, and only then is there a
//! ticket to print. Works the same with and without the server.
//!
//! Here belongs what must happen together. Not here: what a visitor sees ([`crate::flow`]), the paper
//! ([`crate::ticket`]) and the network ([`crate::sync`]).

mod answer;
mod devices;
mod operator;
mod outbox;
mod paper;
mod recovery;
mod site;

pub use answer::{Here, Outcome, Presence, Ticket};
pub use operator::PinAnswer;
pub use outbox::Standing;
pub use paper::Paper;
pub use site::{News, SiteView};

use crate::{
    clock::{KioskClock, Now},
    local::{Identity, LocalStore, OpenPrint, StoreError},
    replica::{OwnLane, Replica},
};
use domain::{
    Actor, BookingKey, Branch, Command, Context, Event, Language, Recorded, Refusal, ServiceId, Site,
    TicketNumber, Visit, VisitId, VisitState,
    command::{Asking, Knowledge},
    forecast::WaitRange,
};
use fail::fail_point;
use protocol::{Cursor, lookup};
use std::sync::Arc;
use uuid::Uuid;

/// The kiosk without its devices and its window.
#[derive(Debug)]
pub struct Reception {
    store: LocalStore,
    clock: Arc<KioskClock>,
    identity: Identity,
    replica: Replica,
    /// Something that the server told is in memory alone.
    is_unkept: bool,
    /// The events among it.
    unkept: Vec<(String, Cursor)>,
    /// For which log, and as which incarnation, everything that was known of a lost one was handed back.
    handed_back: Option<(Uuid, Uuid)>,
    /// The server lost what it had: every fact that is kept has to be sent once more.
    must_resend: bool,
    /// There is something to send that nobody at the kiosk asked for.
    has_unsent: bool,
    /// How print jobs ended that a full disk did not take.
    unkept_prints: Vec<paper::EndedPrint>,
    /// What hangs on the kiosk.
    devices: devices::Devices,
    operator: operator::OperatorDesk,
}

impl Reception {
    /// Takes up the work where it was left: facts that the server has not told yet stand again, and
    /// what was being printed is unknown.
    ///
    /// # Errors
    /// [`StoreError::NotPaired`], or if the database cannot be read or written.
    pub fn open(store: LocalStore, clock: Arc<KioskClock>) -> Result<Self, StoreError> {
        let mut reception = Self::look(store, clock)?;
        reception.recover_prints()?;
        Ok(reception)
    }

    /// The work as it was left, only to be looked at.
    ///
    /// # Errors
    /// As [`Reception::open`].
    pub fn look(store: LocalStore, clock: Arc<KioskClock>) -> Result<Self, StoreError> {
        let identity = store.identity()?.ok_or(StoreError::NotPaired)?;
        if let Some(anchor) = store.anchor()? {
            clock.restore(anchor);
        }
        if let Some(latest) = store.latest()? {
            clock.raise_floor(latest);
        }
        let replica = Replica::new(own_lane(&identity));
        let operator = operator::OperatorDesk::new(clock.since_boot());
        let mut reception = Self {
            store,
            clock,
            identity,
            replica,
            is_unkept: false,
            unkept: Vec::new(),
            handed_back: None,
            must_resend: false,
            has_unsent: false,
            unkept_prints: Vec::new(),
            devices: devices::Devices::new(),
            operator,
        };
        reception.reload()?;
        Ok(reception)
    }

    /// Who this kiosk is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The site as it is known here.
    pub fn branch(&self) -> &Branch {
        self.replica.branch()
    }

    /// A visitor shows a code: that of a booking, or that of a ticket of today.
    ///
    /// # Errors
    /// If it could not be recorded. Then nothing happened, and nothing may be printed.
    pub fn check_in(&mut self, code: &str, language: &Language) -> Result<Outcome, StoreError> {
        let booking = match self.holder(code) {
            // Shows the ticket instead of the booking: the same visit, unless staff made two of it.
            Some(visit) => {
                match visit.booked.map(|booked| booked.key).filter(|key| self.is_of(visit, *key)) {
                    Some(key) => key,
                    None => return Ok(self.told(answer::standing(visit))),
                }
            }
            None => match self.identity.lookup.key(code) {
                Some(key) => key,
                None => return Ok(Outcome::Unreadable),
            },
        };
        self.ask(language, |asking| Command::CheckIn { booking, asking })
    }

    /// A visitor without a booking asks for a ticket.
    ///
    /// # Errors
    /// As [`Reception::check_in`].
    pub fn walk_in(&mut self, service: &ServiceId, language: &Language) -> Result<Outcome, StoreError> {
        self.ask(language, |asking| Command::TakeWalkIn { service: service.clone(), asking })
    }

    fn ask(
        &mut self,
        language: &Language,
        command: impl Fn(Asking) -> Command,
    ) -> Result<Outcome, StoreError> {
        let now = self.now();
        let Some(token) = self.clock.new_token() else { return Ok(Outcome::Refused(Refusal::NeedsStaff)) };
        let knowledge = self.replica.knowledge(self.clock.since_boot());
        let asking = Asking {
            lane: self.replica.lane().clone(),
            language: language.clone(),
            priority: false,
            follow: lookup::follow_hash(&token),
            knowledge,
            clock: now.state,
        };
        let context = Context {
            now: now.time,
            actor: Actor::Device(self.identity.device),
            new_id: self.clock.new_id(),
        };
        let events = match domain::decide(self.replica.branch(), &command(asking), &context) {
            Ok(events) => events,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        fail_point!("kiosk-decided");
        let Some(site) = self.replica.branch().site.clone() else {
            return Ok(Outcome::Refused(Refusal::NeedsStaff));
        };
        // At most one fact, and before it perhaps a new day.
        let mut outcome = Outcome::Refused(Refusal::NeedsStaff);
        for event in events {
            let recorded = self.recorded(event, &site, now);
            outcome = self.happen(recorded, &site, &token)?;
        }
        Ok(self.told(outcome))
    }

    /// An answer with how long its holder will wait on, as far as that can be told.
    fn told(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Issued(ticket) => {
                Outcome::Issued(Ticket { wait: self.expected_wait(&ticket.number), ..ticket })
            }
            Outcome::Already(presence) => Outcome::Already(self.told_to(presence)),
            Outcome::InDoubt(ticket, presence) => Outcome::InDoubt(ticket, self.told_to(presence)),
            other => other,
        }
    }

    fn told_to(&self, presence: Presence) -> Presence {
        let wait = presence.numbers.first().and_then(|number| self.expected_wait(number));
        Presence { wait, ..presence }
    }

    /// How long a holder who waits will wait on. Whoever has not heard of the server for a while does not know how
    /// many counters are open, and tells nothing.
    fn expected_wait(&self, number: &TicketNumber) -> Option<WaitRange> {
        let visit = self.branch().holder(number)?;
        let is_current = self.replica.knowledge(self.clock.since_boot()) == Knowledge::Current;
        let wait = is_current.then(|| self.branch().wait_of(visit, self.now().time)).flatten()?;
        Some(wait.range())
    }

    /// Records first, then believes it.
    fn happen(&mut self, recorded: Recorded, site: &Site, token: &str) -> Result<Outcome, StoreError> {
        let outcome = match &recorded.event {
            Event::CheckedIn { ticket, slot, punctuality, .. } => {
                let job = self.store.issue(&recorded, ticket.visit)?;
                let promised = Some((*slot, *punctuality));
                Outcome::Issued(answer::ticket(
                    site,
                    ticket,
                    promised,
                    recorded.at,
                    job,
                    token,
                    &self.identity,
                ))
            }
            Event::WalkInTaken { ticket } => {
                let job = self.store.issue(&recorded, ticket.visit)?;
                Outcome::Issued(answer::ticket(site, ticket, None, recorded.at, job, token, &self.identity))
            }
            Event::SeenAgain { visit } | Event::CameBack { visit, .. } => {
                self.store.record(std::slice::from_ref(&recorded))?;
                self.already(*visit, site)?
            }
            Event::DayOpened { day } => {
                self.store.purge(*day)?;
                Outcome::Refused(Refusal::NeedsStaff)
            }
            // The rules give nothing else to a device.
            _ => Outcome::Refused(Refusal::NeedsStaff),
        };
        self.clock.raise_floor(recorded.at);
        self.replica.state(recorded);
        fail_point!("kiosk-believed");
        Ok(outcome)
    }

    fn already(&self, visit: VisitId, site: &Site) -> Result<Outcome, StoreError> {
        let Some(known) = self.replica.branch().visits.get(&visit) else {
            return Ok(Outcome::Refused(Refusal::NeedsStaff));
        };
        let here = match known.state {
            VisitState::Waiting => Here::Waiting,
            // Nobody who is called has time for questions about paper.
            VisitState::Called { .. } | VisitState::Serving { .. } => return Ok(answer::standing(known)),
            // As it was until now: the rules have just taken them back.
            VisitState::Parked { .. } | VisitState::Missed { .. } => Here::Back,
            VisitState::Ended { .. } => return Ok(Outcome::Refused(Refusal::VisitEnded)),
        };
        let presence = Presence { here, numbers: known.numbers.clone(), wait: None };
        let in_doubt = if here == Here::Waiting { self.in_doubt(known)? } else { None };
        Ok(match in_doubt {
            Some(print) => {
                let ticket = answer::issued_before(site, known, &print, &self.identity);
                Outcome::InDoubt(ticket, presence)
            }
            // Whoever was called in vain first has to hear that they are in the queue again.
            None => Outcome::Already(presence),
        })
    }

    /// The visit whose ticket bears this code, alone or at the end of an address.
    fn holder(&self, code: &str) -> Option<&Visit> {
        let token = code.trim().rsplit('/').next().unwrap_or_default();
        self.branch().follower(&lookup::follow_hash(token))
    }

    /// Whether a booking leads to a visit.
    fn is_of(&self, visit: &Visit, booking: BookingKey) -> bool {
        let found = self.branch().present(VisitId::of_booking(&booking));
        found.is_some_and(|found| found.id == visit.id)
    }

    /// The ticket of a visit that may not have come out of this kiosk's printer.
    fn in_doubt(&self, visit: &Visit) -> Result<Option<OpenPrint>, StoreError> {
        let open = self.open_questions()?;
        Ok(open
            .into_iter()
            .find(|print| Some(print.day) == self.branch().day && visit.numbers.contains(&print.number)))
    }

    fn recorded(&self, event: Event, site: &Site, now: Now) -> Recorded {
        let id = domain::EventId(self.clock.new_id());
        Recorded { id, at: now.time, day: site.day(now.time), event }
    }
}

fn own_lane(identity: &Identity) -> OwnLane {
    OwnLane { code: identity.lane.clone(), device: identity.device, incarnation: identity.incarnation }
}

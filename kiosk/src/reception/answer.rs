//! What a visitor is answered.

use crate::local::{Identity, OpenPrint};
use domain::{
    CounterId, Language, Punctuality, Refusal, Site, Text, TicketNumber, Time, Visit, VisitState,
    event::Issued, forecast::WaitRange,
};

/// The answer to a visitor. Closed: each has a screen with a way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a ticket, on record and to be printed.
    Issued(Ticket),
    /// The party was here already.
    Already(Presence),
    /// Likewise, and nobody knows whether this ticket of it came out.
    InDoubt(Ticket, Presence),
    /// No, and why.
    Refused(Refusal),
    /// They were called, and nobody came: only staff can put this number back into the queue.
    Missed,
    /// The code is no reference at all.
    Unreadable,
}

impl Outcome {
    /// A word for the log, without a wildcard: what visitors met with is counted by it.
    pub fn word(&self) -> &'static str {
        let refusal = match self {
            Self::Issued(ticket) if ticket.late => return "late",
            Self::Issued(_) => return "accepted",
            Self::Already(_) => return "already",
            Self::InDoubt(..) => return "in_doubt",
            Self::Missed | Self::Refused(Refusal::ReturnTooLate { .. }) => return "missed",
            Self::Unreadable => return "unreadable",
            Self::Refused(refusal) => refusal,
        };
        match refusal {
            Refusal::TooEarly { .. } => "too_early",
            Refusal::TooLate { .. } => "too_late",
            Refusal::WrongDay { .. } => "wrong_day",
            Refusal::WrongSite { .. } => "wrong_site",
            Refusal::BookingCancelled => "cancelled",
            Refusal::UnknownBooking => "unknown",
            Refusal::AmbiguousBooking => "ambiguous",
            Refusal::Closed { .. } => "closed",
            Refusal::VisitEnded => "ended",
            Refusal::NoWalkIn => "no_walk_in",
            Refusal::DailyLimitReached => "limit_reached",
            Refusal::ShareSpent => "share_spent",
            Refusal::NoTimeLeft => "no_time_left",
            Refusal::NoLane => "no_lane",
            Refusal::TooManyLanes => "too_many_lanes",
            Refusal::LaneExhausted => "lane_exhausted",
            Refusal::NeedsStaff
            | Refusal::KiosksAwaited
            | Refusal::ReturnTooLate { .. }
            | Refusal::UnknownCounter { .. }
            | Refusal::CounterTaken { .. }
            | Refusal::BusyElsewhere { .. }
            | Refusal::CounterNotOpen { .. }
            | Refusal::CounterBusy { .. }
            | Refusal::DayWouldShift
            | Refusal::NobodyWaiting
            | Refusal::NobodyCalled
            | Refusal::NobodyServed
            | Refusal::UnknownVisit
            | Refusal::VisitBusy { .. }
            | Refusal::NumberKnown { .. }
            | Refusal::UnknownLane { .. }
            | Refusal::WrongTime
            | Refusal::ArrivedLater { .. }
            | Refusal::NotAway
            | Refusal::NotHere
            | Refusal::SameVisit
            | Refusal::OnlyNumber
            | Refusal::PartyTooLarge { .. }
            | Refusal::CannotServe { .. }
            | Refusal::UnknownService
            | Refusal::UnknownOutcome
            | Refusal::UnknownNote
            | Refusal::MayNotChoose
            | Refusal::CounterPaused { .. }
            | Refusal::NothingToUndo
            | Refusal::NoSuchTime { .. }
            | Refusal::RecallTooSoon { .. }
            | Refusal::RecallLimit { .. } => "needs_staff",
        }
    }
}

/// A party that was here before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Where its visit stands.
    pub here: Here,
    /// All its numbers.
    pub numbers: Vec<TicketNumber>,
    /// How long it will wait on; `None` if it does not, or nobody can tell.
    pub wait: Option<WaitRange>,
}

/// Where the visit of somebody who shows the same code again stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// Still waiting.
    Waiting,
    /// Called there.
    Called(CounterId),
    /// Received there.
    Serving(CounterId),
    /// Missed a call and waits again.
    Back,
}

/// A ticket on record.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its print job.
    pub job: u64,
    /// What it bears.
    pub number: TicketNumber,
    /// The site's name.
    pub site: Text,
    /// The site's wall time.
    pub zone: chrono_tz::Tz,
    /// The neutral name of the service.
    pub service: Text,
    /// When the visitor was expected, if booked.
    pub slot: Option<Time>,
    /// After the window: arrival counts, not the slot.
    pub late: bool,
    /// The language of the screen.
    pub language: Language,
    /// When it was issued.
    pub issued_at: Time,
    /// What the kiosk is called.
    pub kiosk: String,
    /// The secret by which its holder follows the queue. Only here and on the paper: empty for a ticket that
    /// was issued before.
    pub token: String,
    /// The address that leads there, if the site has one.
    pub follow_url: Option<String>,
    /// How long its holder will wait; `None` if nobody can tell, as without the server.
    pub wait: Option<WaitRange>,
    /// Whether it is printed once more: then it says DUPLICATA.
    pub duplicate: bool,
}

impl Ticket {
    /// Whether it can be printed once more as it was: its secret is known here, and it is not printed so already.
    pub fn can_be_reprinted(&self) -> bool {
        !self.duplicate && !self.token.is_empty()
    }
}

impl std::fmt::Debug for Ticket {
    /// Without the token: whoever reads a log must not be able to follow a visitor.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ticket").field("job", &self.job).field("number", &self.number).finish_non_exhaustive()
    }
}

pub(super) fn ticket(
    site: &Site,
    issued: &Issued,
    promised: Option<(Time, Punctuality)>,
    at: Time,
    job: u64,
    token: &str,
    kiosk: &Identity,
) -> Ticket {
    Ticket {
        job,
        number: issued.number.clone(),
        site: site.name.clone(),
        zone: site.zone,
        service: site.services.get(&issued.service).map_or_else(|| Text::new([]), |s| s.public_label.clone()),
        slot: promised.map(|(slot, _)| slot),
        late: promised.is_some_and(|(_, punctuality)| punctuality == Punctuality::Late),
        language: issued.language.clone(),
        issued_at: at,
        kiosk: kiosk.name.clone(),
        token: token.to_owned(),
        follow_url: kiosk.follow_url.as_ref().map(|url| format!("{}/{token}", url.trim_end_matches('/'))),
        wait: None,
        duplicate: false,
    }
}

/// Where a visit stands, as its holder is told who shows its ticket.
pub(super) fn standing(visit: &Visit) -> Outcome {
    let here = match visit.state {
        VisitState::Waiting => Here::Waiting,
        VisitState::Called { counter, .. } => Here::Called(counter),
        VisitState::Serving { counter, .. } => Here::Serving(counter),
        // Only staff, or the code of the booking, puts them back into the queue.
        VisitState::Missed { .. } => return Outcome::Missed,
        VisitState::Parked { .. } => return Outcome::Refused(Refusal::NeedsStaff),
        VisitState::Ended { .. } => return Outcome::Refused(Refusal::VisitEnded),
    };
    Outcome::Already(Presence { here, numbers: visit.numbers.clone(), wait: None })
}

/// A ticket that was issued before, as its holder may read it on the screen.
pub(super) fn issued_before(site: &Site, visit: &Visit, print: &OpenPrint, kiosk: &Identity) -> Ticket {
    Ticket {
        job: print.job,
        number: print.number.clone(),
        site: site.name.clone(),
        zone: site.zone,
        service: site.services.get(&visit.service).map_or_else(|| Text::new([]), |s| s.public_label.clone()),
        slot: visit.booked.map(|booked| booked.slot),
        late: visit.booked.is_some_and(|booked| booked.punctuality == Punctuality::Late),
        language: visit.language.clone(),
        issued_at: visit.arrival,
        kiosk: kiosk.name.clone(),
        token: String::new(),
        follow_url: None,
        wait: None,
        duplicate: false,
    }
}

//! Every reason for « no » as the page that tells it.

use super::{NoticeKind, NoticeView};
use crate::reception::SiteView;
use domain::{Language, Refusal, ServiceDay, Time};
use presentation::format;

/// Why there is no ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The rules said no.
    Refused(Refusal),
    /// The code was no reference.
    Unreadable,
    /// They were called, and nobody came.
    Missed,
    /// It could not be recorded.
    Failed,
}

impl Notice {
    /// When the visitor was expected, if the page says so.
    pub(super) fn slot(&self, site: Option<&SiteView>, language: &Language) -> String {
        let Self::Refused(Refusal::TooEarly { slot, .. } | Refusal::TooLate { slot }) = self else {
            return String::new();
        };
        site.map(|site| format::time(&slot.with_timezone(&site.zone), language)).unwrap_or_default()
    }

    /// What the page says at `now`. No wildcard: a new refusal needs words.
    pub(super) fn view(&self, site: Option<&SiteView>, now: Time, language: &Language) -> NoticeView {
        let of = |kind| NoticeView { kind, time: String::new(), day: String::new(), site: String::new() };
        let time = |at: &Time| {
            site.map(|site| format::time(&at.with_timezone(&site.zone), language)).unwrap_or_default()
        };
        let day = |day: &ServiceDay| format::date(day.0, language);
        let refusal = match self {
            Self::Unreadable => return of(NoticeKind::Unreadable),
            Self::Missed => return of(NoticeKind::Missed),
            Self::Failed => return of(NoticeKind::NeedsStaff),
            Self::Refused(refusal) => refusal,
        };
        match refusal {
            Refusal::TooEarly { opens_at, slot: _ } => {
                NoticeView { time: time(opens_at), ..of(NoticeKind::TooEarly) }
            }
            Refusal::TooLate { slot } => NoticeView { time: time(slot), ..of(NoticeKind::TooLate) },
            Refusal::WrongDay { day: booked } => {
                let is_past = site.is_some_and(|site| booked.0 < now.with_timezone(&site.zone).date_naive());
                let kind = if is_past { NoticeKind::PastDay } else { NoticeKind::WrongDay };
                NoticeView { day: day(booked), ..of(kind) }
            }
            Refusal::WrongSite { site, name, day: booked } => {
                let name = name.as_ref().map_or(site.as_str(), |name| name.get(language.as_str()));
                NoticeView { day: day(booked), site: name.to_owned(), ..of(NoticeKind::WrongSite) }
            }
            Refusal::BookingCancelled => of(NoticeKind::Cancelled),
            Refusal::UnknownBooking => of(NoticeKind::Unknown),
            Refusal::AmbiguousBooking => of(NoticeKind::Ambiguous),
            Refusal::Closed { opens_at } => {
                NoticeView { time: opens_at.as_ref().map(time).unwrap_or_default(), ..of(NoticeKind::Closed) }
            }
            Refusal::VisitEnded => of(NoticeKind::Ended),
            Refusal::ReturnTooLate { .. } => of(NoticeKind::Missed),
            Refusal::NoWalkIn => of(NoticeKind::NoWalkIn),
            Refusal::DailyLimitReached | Refusal::NoTimeLeft => of(NoticeKind::LimitReached),
            // Faults of the kiosk's set-up, and answers that only agents get.
            Refusal::NeedsStaff
            | Refusal::ShareSpent
            | Refusal::NoLane
            | Refusal::TooManyLanes
            | Refusal::KiosksAwaited
            | Refusal::LaneExhausted
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
            | Refusal::RecallLimit { .. } => of(NoticeKind::NeedsStaff),
        }
    }
}

//! Checking in: presence begins here. The outcomes are a closed set, each with a way out.

use crate::{
    Booking, BookingKey, BookingStatus, Branch, Context, DeviceId, Event, LaneCode, Party, Punctuality,
    Refusal, Service, ServiceId, Site, Time, Visit, VisitId, VisitState,
    command::{Asking, ClockState, Knowledge},
    event::Issued,
    forecast::Outlook,
};
use chrono::Duration;
use uuid::Uuid;

/// How many lanes one device may take. Each stands for a database that was lost or cloned; a device
/// that goes on asking would leave none for the others.
const LANES_PER_DEVICE_MAX: usize = 5;

/// A device gets the first lane that nobody holds; the same incarnation keeps its own.
pub(crate) fn grant_lane(
    branch: &Branch,
    device: DeviceId,
    incarnation: Uuid,
) -> Result<Vec<Event>, Refusal> {
    if branch.lane_of(device, incarnation).is_some() {
        return Ok(Vec::new());
    }
    if branch.lanes.values().filter(|lane| lane.device == device).count() >= LANES_PER_DEVICE_MAX {
        return Err(Refusal::TooManyLanes);
    }
    if branch.awaits_kiosks() {
        return Err(Refusal::KiosksAwaited);
    }
    let today = branch.day;
    // Somebody may hold a number of a series of which a restored log knows no more than that.
    let is_seen =
        |code: &LaneCode| branch.numbers.keys().chain(branch.belated.keys()).any(|n| n.lane == *code);
    // What was seen on a day is never granted again for that day.
    let is_free = |code: &LaneCode| {
        let known = branch.lanes.get(code);
        known.is_none_or(|lane| lane.revoked_on.is_some() && lane.revoked_on < today) && !is_seen(code)
    };
    let lane = LaneCode::all().find(is_free).ok_or(Refusal::LaneExhausted)?;
    Ok(vec![Event::LaneGranted { lane, device, incarnation }])
}

/// A device that is trusted no more gives no numbers. What it has given counts.
pub(crate) fn revoke_lanes(branch: &Branch, device: DeviceId) -> Vec<Event> {
    let holds_one = branch.lanes.values().any(|lane| lane.device == device && lane.revoked_on.is_none());
    if holds_one { vec![Event::LanesRevoked { device }] } else { Vec::new() }
}

/// A booked visitor shows a booking.
pub(crate) fn check_in(
    branch: &Branch,
    key: BookingKey,
    asking: &Asking,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let site = branch.site.as_ref().ok_or(Refusal::NeedsStaff)?;
    let visit = VisitId::of_booking(&key);
    if let Some(known) = branch.present(visit) {
        return again(branch, known, asking.clock, context.now);
    }
    let booking = find(branch, key, (asking.knowledge, asking.clock), site, context.now)?;
    let is_staff = context.actor.person().is_some();
    // A service that is configured no longer is given everywhere and by default, as for those who wait already.
    let unknown = is_staff.then(Service::default);
    let service = branch.service(&booking.service).or(unknown.as_ref()).ok_or(Refusal::NeedsStaff)?;
    let punctuality = match punctuality(booking, service, asking.clock, context.now) {
        Err(Refusal::TooEarly { opens_at, slot }) if !is_staff => {
            return Err(Refusal::TooEarly { opens_at: site.open_from(opens_at), slot });
        }
        // Whom the kiosk sent to a person, that person lets in.
        Err(Refusal::TooEarly { .. }) => Punctuality::OnTime,
        Err(Refusal::TooLate { .. }) if is_staff => Punctuality::Late,
        found => found?,
    };
    if asking.clock == ClockState::Certain && !is_staff && !site.is_open(context.now) {
        return Err(closed(site, context.now));
    }
    let ticket =
        Issued { party: booking.party.clone(), ..issue(branch, visit, &booking.service, asking, context)? };
    Ok(vec![Event::CheckedIn { ticket, booking: key, slot: booking.slot, punctuality }])
}

/// A visitor who is known shows the booking again.
fn again(branch: &Branch, known: &Visit, clock: ClockState, now: Time) -> Result<Vec<Event>, Refusal> {
    let visit = known.id;
    match known.state {
        VisitState::Waiting | VisitState::Called { .. } | VisitState::Serving { .. } => {
            Ok(vec![Event::SeenAgain { visit }])
        }
        VisitState::Parked { .. } => Ok(vec![came_back(known)]),
        VisitState::Missed { since } => {
            let minutes = branch.service(&known.service).map_or(u16::MAX, |service| service.return_minutes);
            let until = since + Duration::minutes(minutes.into());
            // Whoever does not know the time cannot tell anybody that it is too late.
            if now <= until || clock == ClockState::Uncertain {
                Ok(vec![came_back(known)])
            } else {
                Err(Refusal::ReturnTooLate { until })
            }
        }
        VisitState::Ended { .. } => Err(Refusal::VisitEnded),
    }
}

/// What a kiosk saw of somebody who is away. It says since when, so that one who was called again meanwhile and did not
/// come is not back because of it, whenever it is heard.
fn came_back(known: &Visit) -> Event {
    // Whoever is away is so since an event.
    known
        .away
        .map_or(Event::SeenAgain { visit: known.id }, |since| Event::CameBack { visit: known.id, since })
}

/// A visitor without a booking asks for a ticket.
pub(crate) fn walk_in(
    branch: &Branch,
    service: &ServiceId,
    asking: &Asking,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let site = branch.site.as_ref().ok_or(Refusal::NeedsStaff)?;
    if context.actor.person().is_some() {
        // Whom the kiosk sent to a person, that person lets in, for whatever they came.
        branch.service(service).ok_or(Refusal::UnknownService)?;
        return Ok(vec![Event::WalkInTaken {
            ticket: issue(branch, VisitId(context.new_id), service, asking, context)?,
        }]);
    }
    let walk_in = branch.service(service).and_then(|s| s.walk_in.as_ref()).ok_or(Refusal::NoWalkIn)?;
    if asking.clock == ClockState::Certain && !site.is_open(context.now) {
        return Err(closed(site, context.now));
    }
    if let Some(limit) = walk_in.daily_limit {
        if branch.walk_ins(service).count() >= limit as usize {
            return Err(Refusal::DailyLimitReached);
        }
        if branch.given(&asking.lane, service) >= branch.share(&asking.lane, service) {
            return Err(Refusal::ShareSpent);
        }
    }
    // Whoever does not know the time, or what the server decided of late, cannot tell.
    let can_tell = asking.clock == ClockState::Certain && asking.knowledge == Knowledge::Current;
    if can_tell && branch.outlook(service, context.now) == Outlook::Stopped {
        return Err(Refusal::NoTimeLeft);
    }
    let ticket = issue(branch, VisitId(context.new_id), service, asking, context)?;
    Ok(vec![Event::WalkInTaken { ticket }])
}

fn issue(
    branch: &Branch,
    visit: VisitId,
    service: &ServiceId,
    asking: &Asking,
    context: &Context,
) -> Result<Issued, Refusal> {
    if !branch.lanes.contains_key(&asking.lane) {
        return Err(Refusal::NoLane);
    }
    // The random part of a UUIDv7 is its last 62 bits.
    let number = branch
        .next_number(&asking.lane, context.new_id.as_u128() & ((1 << 62) - 1))
        .ok_or(Refusal::LaneExhausted)?;
    Ok(Issued {
        visit,
        number,
        service: service.clone(),
        then: branch.service(service).map(|service| service.then.clone()).unwrap_or_default(),
        party: Party::default(),
        language: asking.language.clone(),
        priority: asking.priority,
        follow: asking.follow.clone(),
        clock_certain: asking.clock == ClockState::Certain,
    })
}

/// The booking, if it is for today and stands.
fn find<'a>(
    branch: &'a Branch,
    key: BookingKey,
    (knowledge, clock): (Knowledge, ClockState),
    site: &Site,
    now: Time,
) -> Result<&'a Booking, Refusal> {
    let Some(booking) = branch.bookings.get(&key) else {
        return Err(match (branch.elsewhere.get(&key), knowledge) {
            // Whoever does not know what day it is cannot tell anybody that it is another.
            (Some(known), _) if known.site == site.id && clock == ClockState::Uncertain => {
                Refusal::NeedsStaff
            }
            // The booking is for today and not among today's: the list has not come yet.
            (Some(known), _) if known.site == site.id && known.day == site.day(now) => Refusal::NeedsStaff,
            (Some(known), _) if known.site == site.id => Refusal::WrongDay { day: known.day },
            (Some(known), _) => Refusal::WrongSite {
                site: known.site.clone(),
                name: site.neighbours.get(&known.site).cloned(),
                day: known.day,
            },
            (None, Knowledge::Current) => Refusal::UnknownBooking,
            (None, Knowledge::Stale) => Refusal::NeedsStaff,
        });
    };
    if booking.status == BookingStatus::Cancelled {
        return Err(Refusal::BookingCancelled);
    }
    let day = site.day(booking.slot);
    match clock {
        _ if day == site.day(now) => Ok(booking),
        // Whoever does not know what day it is cannot tell anybody that it is another.
        ClockState::Uncertain => Err(Refusal::NeedsStaff),
        ClockState::Certain => Err(Refusal::WrongDay { day }),
    }
}

/// Where `now` lies in the window of a booking. Bounds belong to the visitor: a whole minute is
/// given on each side.
fn punctuality(
    booking: &Booking,
    service: &Service,
    clock: ClockState,
    now: Time,
) -> Result<Punctuality, Refusal> {
    if clock == ClockState::Uncertain {
        return Ok(Punctuality::OnTime);
    }
    let minutes = |count: u16| Duration::minutes(count.into());
    let slot = booking.slot;
    let opens_at = slot - minutes(service.window.before_minutes);
    let until = |after: u16| slot + minutes(after) + Duration::minutes(1);
    if now < opens_at {
        Err(Refusal::TooEarly { opens_at, slot })
    } else if now < until(service.window.after_minutes) {
        Ok(Punctuality::OnTime)
    } else if now < until(service.window.late_minutes) {
        Ok(Punctuality::Late)
    } else {
        Err(Refusal::TooLate { slot })
    }
}

fn closed(site: &Site, now: Time) -> Refusal {
    Refusal::Closed { opens_at: site.opens_next(now) }
}

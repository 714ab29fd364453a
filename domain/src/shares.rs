//! The day's tickets without an appointment, shared out to the kiosks: together they never give more than the day's
//! limit, also while none of them hears of the others.
//!
//! The server grants each lane a share of every day that a kiosk knows ahead, keeps the rest at hand, and grants more
//! to whoever has little left. What was granted is the lane's own: it comes back only when its holder has said that it
//! gives no more than so many (DESIGN §3). What a dead lane had left counts as spent.
//!
//! A kiosk that is enrolled has a share, however long nobody heard of it: it may come back on any morning. So one that
//! died and was not revoked keeps what was shared out to it. That is an even part of half the day's limit, and at least
//! one ticket: all dead kiosks together keep no more than that half, or one ticket each.

use crate::{
    Branch, Event, EventId, LaneCode, ServiceDay, ServiceId, Time, event::ShareOf, replica::DAYS_AHEAD,
};
use chrono::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the lanes may give, by day and service.
pub type Shares = BTreeMap<ServiceDay, BTreeMap<ServiceId, BTreeMap<LaneCode, Share>>>;

/// What a lane may give of a service on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// So many tickets in all.
    pub granted: u32,
    /// The server asks for what is above this, and the holder has not answered yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_back: Option<AskedBack>,
}

/// A part of a share that another lane needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskedBack {
    /// The event that asked.
    pub event: EventId,
    /// What the lane is to keep; what it has given by then, if that is more.
    pub keep: u32,
}

impl Branch {
    /// How many tickets of a service a lane may give in all on the present day.
    pub(crate) fn share(&self, lane: &LaneCode, service: &ServiceId) -> u32 {
        let lanes = self.day.and_then(|day| self.shares.get(&day)?.get(service));
        lanes.and_then(|lanes| lanes.get(lane)).map_or(0, |share| share.granted)
    }

    /// The lanes of all tickets that were given for a service today without a booking.
    pub(crate) fn walk_ins<'a>(&'a self, service: &'a ServiceId) -> impl Iterator<Item = &'a LaneCode> {
        let tickets = self.visits.values().flat_map(|visit| &visit.tickets);
        let of = tickets.filter(move |(_, ticket)| ticket.booking.is_none() && &ticket.service == service);
        of.map(|(number, _)| &number.lane)
    }

    /// How many of them a lane has given.
    pub(crate) fn given(&self, lane: &LaneCode, service: &ServiceId) -> u32 {
        u32::try_from(self.walk_ins(service).filter(|of| *of == lane).count()).unwrap_or(u32::MAX)
    }

    /// What the holder of a lane has to answer where the server asks for a part of its share.
    pub fn shares_to_return(&self, lane: &LaneCode) -> Vec<Event> {
        let mut answers = Vec::new();
        for (day, services) in &self.shares {
            for (service, lanes) in services {
                let Some(AskedBack { event, keep }) =
                    lanes.get(lane).and_then(|share| share.asked_back.clone())
                else {
                    continue;
                };
                let given = if self.day == Some(*day) { self.given(lane, service) } else { 0 };
                let share = ShareOf { day: *day, service: service.clone(), lane: lane.clone() };
                answers.push(Event::ShareReturned { share, kept: keep.max(given), asked: event });
            }
        }
        answers
    }

    /// What is to be granted or asked back now, so that nobody is sent away while another kiosk has tickets left.
    pub(crate) fn share_out(&self, now: Time) -> Vec<Event> {
        let Some(site) = &self.site else { return Vec::new() };
        let today = site.day(now);
        let mut events = Vec::new();
        for ahead in 0..=DAYS_AHEAD {
            let day = ServiceDay(today.0 + Duration::days(ahead));
            for (service, known) in &site.services {
                let Some(limit) = known.walk_in.as_ref().and_then(|walk_in| walk_in.daily_limit) else {
                    continue;
                };
                let hands = self.hands(day, service, day == today);
                let of = |lane: &LaneCode| ShareOf { day, service: service.clone(), lane: lane.clone() };
                events.extend(deal(&hands, limit, day == today).into_iter().map(
                    |(lane, dealt)| match dealt {
                        Dealt::Grant(total) => Event::ShareGranted { share: of(lane), total },
                        Dealt::AskBack(keep) => Event::ShareAskedBack { share: of(lane), keep },
                    },
                ));
            }
        }
        events
    }

    fn hands<'a>(&'a self, day: ServiceDay, service: &'a ServiceId, is_today: bool) -> Vec<Hand<'a>> {
        let shares = self.shares.get(&day).and_then(|services| services.get(service));
        let mut given: BTreeMap<&LaneCode, u32> = BTreeMap::new();
        self.walk_ins(service).filter(|_| is_today).for_each(|lane| *given.entry(lane).or_default() += 1);
        let hand = |(lane, known): (&'a LaneCode, &'a crate::branch::Lane)| {
            let share = shares.and_then(|lanes| lanes.get(lane));
            Hand {
                lane,
                granted: share.map(|share| share.granted),
                given: given.get(lane).copied().unwrap_or_default(),
                is_asked: share.is_some_and(|share| share.asked_back.is_some()),
                is_trusted: known.revoked_on.is_none(),
            }
        };
        self.lanes.iter().map(hand).collect()
    }

    pub(crate) fn grant_share(&mut self, share: &ShareOf, total: u32) {
        if let Some(share) = self.share_mut(share) {
            share.granted = total;
        }
    }

    pub(crate) fn ask_share_back(&mut self, share: &ShareOf, keep: u32, event: EventId) {
        if let Some(share) = self.share_mut(share) {
            share.asked_back = Some(AskedBack { event, keep });
        }
    }

    /// The holder has answered. Once: a repeat answers nothing that is still asked.
    pub(crate) fn return_share(&mut self, share: &ShareOf, kept: u32, asked: EventId) {
        if let Some(share) = self.share_mut(share)
            && share.asked_back.take_if(|back| back.event == asked).is_some()
        {
            share.granted = kept;
        }
    }

    /// A share; none of a day that is over.
    fn share_mut(&mut self, ShareOf { day, service, lane }: &ShareOf) -> Option<&mut Share> {
        if self.day.is_some_and(|today| *day < today) {
            return None;
        }
        let services = self.shares.entry(*day).or_default();
        Some(services.entry(service.clone()).or_default().entry(lane.clone()).or_default())
    }
}

/// A lane, as shares are dealt.
struct Hand<'a> {
    lane: &'a LaneCode,
    granted: Option<u32>,
    given: u32,
    is_asked: bool,
    is_trusted: bool,
}

impl Hand<'_> {
    fn left(&self) -> u32 {
        self.granted.unwrap_or_default().saturating_sub(self.given)
    }

    /// What nobody else can give any more.
    fn taken(&self) -> u32 {
        self.granted.unwrap_or_default().max(self.given)
    }
}

enum Dealt {
    /// So many in all from now on.
    Grant(u32),
    /// Keep so many.
    AskBack(u32),
}

/// At first half of the limit is shared out evenly, and the rest when it is seen who needs it.
fn deal<'a>(hands: &[Hand<'a>], limit: u32, is_today: bool) -> Vec<(&'a LaneCode, Dealt)> {
    let trusted = || hands.iter().filter(|hand| hand.is_trusted);
    let count = u32::try_from(trusted().count()).unwrap_or(u32::MAX).max(1);
    let portion = (limit / (2 * count)).max(1);
    let taken: u32 = hands.iter().map(Hand::taken).sum();
    let mut rest = limit.saturating_sub(taken);
    let mut dealt = Vec::new();
    let mut is_wanting = taken > limit;
    for hand in trusted() {
        let wants = match hand.granted {
            None => portion,
            Some(_) if is_today && hand.left() <= portion / 4 => portion.div_ceil(2),
            Some(_) => continue,
        };
        let given = wants.min(rest);
        rest -= given;
        is_wanting |= given == 0 && hand.left() == 0 && is_today;
        if given > 0 {
            dealt.push((hand.lane, Dealt::Grant(hand.taken() + given)));
        }
    }
    // Whoever has most gives half of it, or what is too much since the limit was lowered.
    let richest =
        hands.iter().filter(|hand| !hand.is_asked && hand.left() > 0).max_by_key(|hand| hand.left());
    if let Some(hand) = richest.filter(|hand| is_wanting && (hand.left() > 1 || taken > limit)) {
        let back = (hand.left() / 2).max(taken.saturating_sub(limit).min(hand.left()));
        dealt.push((hand.lane, Dealt::AskBack(hand.taken() - back)));
    }
    dealt
}

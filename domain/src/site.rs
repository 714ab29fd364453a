//! The configuration of a site, as data.

mod odd;

use crate::{CounterId, Language, ServiceDay, ServiceId, SiteId, Time, ZoneId, hours::Hours};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A text that is shown to people, in each language that the site wrote it in. French is always there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Text(BTreeMap<Language, String>);

impl Text {
    /// A text from its languages.
    pub fn new(words: impl IntoIterator<Item = (Language, String)>) -> Self {
        Self(words.into_iter().collect())
    }

    /// The words in a language, or else in French, or else nothing.
    pub fn get(&self, language: &str) -> &str {
        let find =
            |code: &str| self.0.iter().find(|(l, _)| l.as_str() == code).map(|(_, words)| words.as_str());
        find(language).or_else(|| find("fr")).unwrap_or_default()
    }

    /// Every language with its words.
    fn each(&self) -> impl Iterator<Item = (&Language, &str)> {
        self.0.iter().map(|(language, words)| (language, words.as_str()))
    }

    /// Whether somebody who reads French finds nothing.
    fn is_mute(&self) -> bool {
        self.get("fr").trim().is_empty()
    }
}

/// When a booked visitor may check in, in minutes around the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// Check-in opens this long before the slot.
    pub before_minutes: u16,
    /// Up to here after the slot the visitor is on time.
    pub after_minutes: u16,
    /// Up to here after the slot the visitor is late, but served; then a person decides.
    pub late_minutes: u16,
}

/// 30 minutes before to 15 minutes after (DESIGN §4), and late until an hour after.
impl Default for Window {
    fn default() -> Self {
        Self { before_minutes: 30, after_minutes: 15, late_minutes: 60 }
    }
}

/// How people without a booking take a ticket for a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalkIn {
    /// What the kiosk writes on the choice.
    pub label: Text,
    /// The drawing beside it: `desk`, `document`, `computer`, `card` or `vehicle`; a ticket otherwise.
    #[serde(default)]
    pub icon: Option<String>,
    /// At most so many a day, over all kiosks; `None` is no limit.
    pub daily_limit: Option<u32>,
    /// No more tickets once the call, for the last service of the visit, may come later than so many minutes before the
    /// doors close, or later than lets a reception as long as usual end by then; `None`: as long as the doors are open.
    #[serde(default = "WalkIn::stop_before_closing")]
    pub stop_before_closing_minutes: Option<u16>,
}

impl WalkIn {
    /// The drawings that there are.
    pub const ICONS: [&str; 5] = ["desk", "document", "computer", "card", "vehicle"];

    /// What holds where nothing is said: nobody who waits until the doors close and hears then that there is no
    /// time was told the truth at the kiosk.
    pub fn stop_before_closing() -> Option<u16> {
        Some(10)
    }
}

/// What a visitor comes for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Service {
    /// The name that agents use. It can reveal a procedure, so the public never sees it.
    pub internal_label: String,
    /// What tickets and screens say: neutral, such as « Service A ».
    pub public_label: Text,
    /// When booked visitors may check in.
    pub window: Window,
    /// Booked visitors should be called within this long of their slot, in minutes.
    pub target_booked_minutes: u16,
    /// Walk-in and late visitors should be called within this long of their arrival, in minutes.
    pub target_other_minutes: u16,
    /// How long it takes at the counter, in minutes: what forecasts begin with before the day has shown.
    pub minutes: u16,
    /// Whoever missed a call may come back within so many minutes; then a person decides.
    pub return_minutes: u16,
    /// Whether and how people come without a booking.
    pub walk_in: Option<WalkIn>,
    /// The services that follow in the same visit, in order: first the desk, then the doctor.
    pub then: Vec<ServiceId>,
    /// Where its visitors wait; empty where it does not matter.
    pub zones: BTreeSet<ZoneId>,
    /// What can be delivered at the end, by code, with the name that agents use.
    pub outcomes: BTreeMap<String, String>,
    /// Which list of documents belongs to it.
    pub checklist: Option<String>,
}

/// What a service is where the configuration says nothing else, or no longer knows it: targets of DESIGN §4.
impl Default for Service {
    fn default() -> Self {
        Self {
            internal_label: String::new(),
            public_label: Text(BTreeMap::new()),
            window: Window::default(),
            target_booked_minutes: 10,
            target_other_minutes: 40,
            minutes: 10,
            return_minutes: 60,
            walk_in: None,
            then: Vec::new(),
            zones: BTreeSet::new(),
            outcomes: BTreeMap::new(),
            checklist: None,
        }
    }
}

/// Where an agent receives visitors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counter {
    /// The services that can be given here.
    pub serves: BTreeSet<ServiceId>,
    /// Where it stands.
    #[serde(default)]
    pub zone: Option<ZoneId>,
}

/// How often and how fast a visitor may be called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecallRule {
    /// Calls of one visit to one counter, the first included. Whoever is put back and called later is called anew.
    pub calls_max: u8,
    /// Seconds between two calls.
    pub cool_down_seconds: u16,
}

/// Something that everybody who comes should read, such as « The lift does not work today. »
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// At most [`Message::LENGTH_MAX`] letters in each language.
    pub text: Text,
    /// The first day on which it is shown; from now on if not given.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day; for good if not given.
    #[serde(default)]
    pub to: Option<NaiveDate>,
}

impl Message {
    /// More fits on no screen beside what people came for.
    pub const LENGTH_MAX: usize = 120;

    fn is_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    fn fault(&self) -> Option<&'static str> {
        if self.text.is_mute() {
            Some("has no French text")
        } else if self.text.0.values().any(|words| words.chars().count() > Self::LENGTH_MAX) {
            Some("is longer than 120 letters, for which no screen has room")
        } else if self.from.zip(self.to).is_some_and(|(from, to)| to < from) {
            Some("ends before it begins")
        } else {
            None
        }
    }
}

/// What everybody who comes on a day should read: the first of the messages that is for it.
pub fn message_on(messages: &[Message], day: NaiveDate) -> Option<&Text> {
    messages.iter().find(|message| message.is_on(day)).map(|message| &message.text)
}

/// Everything that the rules need to know of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Site {
    /// Its code.
    pub id: SiteId,
    /// Its name, as it heads tickets and screens.
    pub name: Text,
    /// Its wall time, by the IANA name.
    #[schemars(with = "String")]
    pub zone: Tz,
    /// The local hour at which a new service day begins.
    pub rollover_hour: u8,
    /// When the doors are open.
    pub hours: Hours,
    /// The waiting rooms, with their names.
    #[serde(default)]
    pub zones: BTreeMap<ZoneId, Text>,
    /// What people come for.
    pub services: BTreeMap<ServiceId, Service>,
    /// Where they are received.
    pub counters: BTreeMap<CounterId, Counter>,
    /// How people are called again.
    pub recall: RecallRule,
    /// The coded notes that can go with a visit that is handed on, with their words.
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
    /// What everybody who comes should read; of several for a day, the first.
    #[serde(default)]
    pub messages: Vec<Message>,
    /// The names of the sites beside it, to tell visitors where they are expected.
    #[serde(default)]
    pub neighbours: BTreeMap<SiteId, Text>,
}

/// Something in a site's configuration that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SiteFault {
    /// The hour does not exist once on every day.
    #[error(
        "the service day of {0} must not begin between 02:00 and 03:59: those hours are missing or double when the clocks change"
    )]
    Rollover(SiteId),
    /// The day would begin anew for people who are in the building.
    #[error(
        "the service day of {0} would begin anew while people wait: choose an hour at least 1 before the doors open and {AFTER_CLOSING_HOURS} after they close"
    )]
    RolloverWhileOpen(SiteId),
    /// The doors are never open, or close before they open.
    #[error("hours of {0}: {1}")]
    Hours(SiteId, String),
    /// A waiting room that is not there.
    #[error("{1} of {0} is in zone `{2}`, which is not a zone of the site")]
    UnknownZone(SiteId, String, ZoneId),
    /// A service that follows another and is not there, or never ends.
    #[error("service `{1}` of {0} is followed by `{2}`, which {3}")]
    Sequence(SiteId, ServiceId, ServiceId, &'static str),
    /// A counter names a service that does not exist.
    #[error("counter {1} of {0} serves `{2}`, which is not a service of the site")]
    UnknownService(SiteId, CounterId, ServiceId),
    /// A counter that would never call whom it is meant for.
    #[error("counter {1} of {0} serves `{2}`, whose visitors wait in other zones: it would never call them")]
    OutOfReach(SiteId, CounterId, ServiceId),
    /// Nobody could be received.
    #[error("no counter of {0} serves `{1}`: its visitors would wait for ever")]
    Unserved(SiteId, ServiceId),
    /// Late before on time.
    #[error("service `{1}` of {0}: `late_minutes` must not be smaller than `after_minutes`")]
    Window(SiteId, ServiceId),
    /// A time that no reception takes.
    #[error("service `{1}` of {0}: a reception takes 1 to {MINUTES_MAX} minutes")]
    Minutes(SiteId, ServiceId),
    /// The last ticket would be given before the first.
    #[error(
        "service `{1}` of {0}: the doors are not open that long on every day, so that nobody would get a ticket then"
    )]
    StopBeforeClosing(SiteId, ServiceId),
    /// Without a French word a sign would be empty. The place is that of the configuration: `zones.hall`.
    #[error("it has no French text, and every sign of {0} is read in French first")]
    Mute(SiteId, String),
    /// Something that no hall means. The place is that of the configuration: `services.INFO.return_minutes`.
    #[error("{2}")]
    Odd(SiteId, String, String),
    /// A message that cannot be shown; counted from 1.
    #[error("message {1} of {0} {2}")]
    Message(SiteId, usize, &'static str),
}

/// The longest that a service can be said to take, or be waited for, in minutes: a working day.
const MINUTES_MAX: u16 = 480;
/// The longest between two calls of one person, in seconds.
const COOL_DOWN_SECONDS_MAX: u16 = 600;
/// People who had a ticket when the doors closed are received for so long, in hours.
const AFTER_CLOSING_HOURS: u8 = 2;

impl Site {
    /// A moment on the site's walls.
    pub fn local(&self, time: Time) -> DateTime<Tz> {
        time.with_timezone(&self.zone)
    }

    /// The service day of a moment.
    pub fn day(&self, time: Time) -> ServiceDay {
        ServiceDay::at(time, self.zone, self.rollover_hour)
    }

    /// Whether the doors are open.
    pub fn is_open(&self, time: Time) -> bool {
        let local = self.local(time);
        self.hours.on(local.date_naive()).iter().any(|it| it.from <= local.time() && local.time() < it.to)
    }

    /// When the doors open next on the same day, if they do.
    pub fn opens_next(&self, time: Time) -> Option<Time> {
        let local = self.local(time);
        let openings = self.hours.on(local.date_naive()).iter();
        openings.map(|it| it.from).find(|from| *from > local.time()).and_then(|from| self.at(time, from))
    }

    /// A moment, or when the doors open next if they are shut then and open later that day.
    pub(crate) fn open_from(&self, time: Time) -> Time {
        if self.is_open(time) { time } else { self.opens_next(time).unwrap_or(time) }
    }

    /// When the doors close for good on the day of a moment; `None` if they do not open on it.
    pub fn last_closing(&self, time: Time) -> Option<Time> {
        let last = self.hours.on(self.local(time).date_naive()).last()?;
        self.at(time, last.to)
    }

    /// The stretches between two openings of the day of a moment.
    pub(crate) fn breaks(&self, time: Time) -> impl Iterator<Item = (Time, Time)> {
        let openings = self.hours.on(self.local(time).date_naive()).windows(2);
        openings.filter_map(move |pair| Some((self.at(time, pair[0].to)?, self.at(time, pair[1].from)?)))
    }

    /// A time of the wall on the day of a moment. Of an hour that comes twice it is the first; in the one that does not
    /// exist it is as long after the clocks change as it would have been after the hour began.
    fn at(&self, day: Time, wall: NaiveTime) -> Option<Time> {
        let local = self.local(day).date_naive().and_time(wall);
        let found = self.zone.from_local_datetime(&local).earliest();
        let after = || self.zone.from_local_datetime(&(local + chrono::Duration::hours(1))).earliest();
        found.or_else(after).map(|time| time.to_utc())
    }

    /// Whether a counter can give a service, by skill and by place. A service that the configuration no longer
    /// knows can be given everywhere: whoever waits for it must not wait for ever.
    pub fn can_serve(&self, counter: CounterId, service: &ServiceId) -> bool {
        let Some(counter) = self.counters.get(&counter) else { return false };
        let Some(known) = self.services.get(service) else { return true };
        let is_here =
            known.zones.is_empty() || counter.zone.as_ref().is_some_and(|z| known.zones.contains(z));
        counter.serves.contains(service) && is_here
    }

    /// Every fault of the configuration; none when it can be used.
    pub fn faults(&self) -> Vec<SiteFault> {
        let id = || self.id.clone();
        let mut faults = Vec::new();
        if (2..=3).contains(&self.rollover_hour) || self.rollover_hour > 23 {
            faults.push(SiteFault::Rollover(id()));
        } else if self.hours.meet(self.rollover_hour, 1, AFTER_CLOSING_HOURS) {
            faults.push(SiteFault::RolloverWhileOpen(id()));
        }
        faults.extend(self.hours.faults().into_iter().map(|fault| SiteFault::Hours(id(), fault)));
        faults.extend(self.mute().map(|place| SiteFault::Mute(id(), place)));
        for (number, counter) in &self.counters {
            faults.extend(self.zone_faults(format!("counter {number}"), counter.zone.iter()));
            let unknown = counter.serves.iter().filter(|service| !self.services.contains_key(*service));
            faults.extend(unknown.map(|service| SiteFault::UnknownService(id(), *number, service.clone())));
            let far = |service: &&ServiceId| {
                self.services.contains_key(*service) && !self.can_serve(*number, service)
            };
            let far = counter.serves.iter().filter(far);
            faults.extend(far.map(|service| SiteFault::OutOfReach(id(), *number, service.clone())));
        }
        for (code, service) in &self.services {
            faults.extend(self.service_faults(code, service));
        }
        faults.extend(odd::of(self).into_iter().map(|(place, reason)| SiteFault::Odd(id(), place, reason)));
        let messages = self.messages.iter().zip(1..);
        faults.extend(
            messages.filter_map(|(message, number)| Some(SiteFault::Message(id(), number, message.fault()?))),
        );
        faults
    }

    fn service_faults(&self, code: &ServiceId, service: &Service) -> Vec<SiteFault> {
        let id = || self.id.clone();
        let mut faults = self.zone_faults(format!("service `{code}`"), service.zones.iter());
        for next in &service.then {
            let what = match self.services.get(next) {
                None => "is not a service of the site",
                Some(next) if !next.then.is_empty() => {
                    "is followed by others itself: name them all at the first"
                }
                Some(_) => continue,
            };
            faults.push(SiteFault::Sequence(id(), code.clone(), next.clone(), what));
        }
        if !self.counters.keys().any(|counter| self.can_serve(*counter, code)) {
            faults.push(SiteFault::Unserved(id(), code.clone()));
        }
        if service.window.late_minutes < service.window.after_minutes {
            faults.push(SiteFault::Window(id(), code.clone()));
        }
        if !(1..=MINUTES_MAX).contains(&service.minutes) {
            faults.push(SiteFault::Minutes(id(), code.clone()));
        }
        let stop = service.walk_in.as_ref().and_then(|walk_in| walk_in.stop_before_closing_minutes);
        let shortest = self.hours.shortest_day();
        if stop.zip(shortest).is_some_and(|(stop, shortest)| i64::from(stop) >= shortest.num_minutes()) {
            faults.push(SiteFault::StopBeforeClosing(id(), code.clone()));
        }
        faults
    }

    /// Where a text says nothing in French, as the configuration calls the place.
    fn mute(&self) -> impl Iterator<Item = String> {
        let zones = self.zones.iter().map(|(zone, name)| (format!("zones.{zone}"), name));
        let reason = |(number, closure)| (format!("closures[{number}].reason"), closure);
        let closures = self.hours.closures.iter().map(|closure| &closure.reason).enumerate().map(reason);
        let services = self.services.iter().flat_map(|(code, service)| {
            let walk_in = service.walk_in.iter();
            let label = walk_in.map(move |it| (format!("services.{code}.walk_in.label"), &it.label));
            label.chain([(format!("services.{code}.public_label"), &service.public_label)])
        });
        let texts =
            [("name".to_owned(), &self.name)].into_iter().chain(zones).chain(closures).chain(services);
        texts.filter(|(_, text)| text.is_mute()).map(|(place, _)| place)
    }

    fn zone_faults<'a>(&self, what: String, zones: impl Iterator<Item = &'a ZoneId>) -> Vec<SiteFault> {
        let unknown = zones.filter(|zone| !self.zones.contains_key(*zone));
        unknown.map(|zone| SiteFault::UnknownZone(self.id.clone(), what.clone(), zone.clone())).collect()
    }
}

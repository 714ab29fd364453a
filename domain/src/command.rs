//! What people ask, and what is decided.

use crate::{
    AgentId, Booking, BookingKey, Branch, CounterId, DeviceId, Event, FollowHash, LaneCode, Language,
    Refusal, ServiceDay, ServiceId, Site, SiteId, Time,
};
use uuid::Uuid;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A visitor at a device.
    Device(DeviceId),
    /// A person at a counter.
    Agent(AgentId),
    /// The operator, by a command on the server.
    Operator,
    /// The clock.
    System,
}

/// What a decision may take from outside.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// When.
    pub now: Time,
    /// Who.
    pub actor: Actor,
    /// A fresh UUIDv7: the identity of a new visit, and the chance that draws a lane's first number.
    pub new_id: Uuid,
}

/// How much the device that asks knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// Its list of bookings is as the server's was a moment ago.
    Current,
    /// It has not heard of the server for a while: what it does not know may exist.
    Stale,
}

/// Whether a device can trust its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockState {
    /// Anchored to the server's time.
    Certain,
    /// Started without the server: no window refuses anyone.
    Uncertain,
}

/// What a visitor at a device asks for.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The device's lane.
    pub lane: LaneCode,
    /// The language of the screen.
    pub language: Language,
    /// A priority card was declared.
    pub priority: bool,
    /// Hash of the secret token of the ticket that would be printed.
    pub follow: FollowHash,
    /// What the device knows.
    pub knowledge: Knowledge,
    /// Whether its clock is right.
    pub clock: ClockState,
}

/// What people ask.
#[derive(Clone, Debug)]
pub enum Command {
    /// The operator set the site up anew.
    Configure(Box<Site>),
    /// Bookings from a file or a booking tool.
    RecordBookings(Vec<Booking>),
    /// Bookings of another site of this server.
    RecordElsewhere {
        /// Where.
        site: SiteId,
        /// When.
        day: ServiceDay,
        /// Which.
        keys: Vec<BookingKey>,
    },
    /// A device asks for a lane.
    GrantLane {
        /// Which device.
        device: DeviceId,
        /// Which incarnation of its database.
        incarnation: Uuid,
    },
    /// A visitor shows a booking.
    CheckIn {
        /// Which.
        booking: BookingKey,
        /// How.
        asking: Asking,
    },
    /// A visitor without a booking asks for a ticket.
    TakeWalkIn {
        /// For what.
        service: ServiceId,
        /// How.
        asking: Asking,
    },
    /// An agent sits down.
    OpenCounter(CounterId),
    /// An agent leaves.
    CloseCounter(CounterId),
    /// Call the next person.
    CallNext(CounterId),
    /// Call the same person again.
    Recall(CounterId),
    /// The person is here.
    Start(CounterId),
    /// The person was served.
    Finish(CounterId),
    /// The person did not come.
    NoShow(CounterId),
    /// Nothing but the passing of time.
    Tick,
}

/// Decides one command. The answer holds the events to record, in order, or the reason for « no ».
///
/// A command on a new service day first opens that day.
///
/// # Errors
/// Every reason for « no » is a [`Refusal`]; nothing is recorded then.
pub fn decide(branch: &Branch, command: &Command, context: &Context) -> Result<Vec<Event>, Refusal> {
    let Some(today) = branch.site.as_ref().map(|site| site.day(context.now)) else {
        return match command {
            Command::Configure(site) => Ok(vec![
                Event::SiteConfigured { site: site.clone() },
                Event::DayOpened { day: site.day(context.now) },
            ]),
            _ => Err(Refusal::NeedsStaff),
        };
    };
    if branch.day.is_none_or(|day| day < today) {
        let opened = Event::DayOpened { day: today };
        let mut tomorrow = branch.clone();
        tomorrow.apply(&crate::Recorded {
            id: crate::EventId(context.new_id),
            at: context.now,
            day: today,
            event: opened.clone(),
        });
        return Ok(std::iter::once(opened).chain(today_only(&tomorrow, command, context)?).collect());
    }
    today_only(branch, command, context)
}

fn today_only(branch: &Branch, command: &Command, context: &Context) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Configure(site) => Ok(match &branch.site {
            Some(known) if known == &**site => Vec::new(),
            _ => vec![Event::SiteConfigured { site: site.clone() }],
        }),
        Command::RecordBookings(bookings) => Ok(changed(branch, bookings)),
        Command::RecordElsewhere { site, day, keys } => Ok(elsewhere(branch, site, *day, keys)),
        Command::GrantLane { device, incarnation } => {
            crate::check_in::grant_lane(branch, *device, *incarnation)
        }
        Command::CheckIn { booking, asking } => crate::check_in::check_in(branch, *booking, asking, context),
        Command::TakeWalkIn { service, asking } => crate::check_in::walk_in(branch, service, asking, context),
        Command::OpenCounter(counter) => crate::calling::open(branch, *counter, context),
        Command::CloseCounter(counter) => crate::calling::close(branch, *counter, context),
        Command::CallNext(counter) => crate::calling::call_next(branch, *counter, context),
        Command::Recall(counter) => crate::calling::recall(branch, *counter, context),
        Command::Start(counter) => crate::calling::start(branch, *counter, context),
        Command::Finish(counter) => crate::calling::finish(branch, *counter, context),
        Command::NoShow(counter) => crate::calling::no_show(branch, *counter, context),
        Command::Tick => Ok(Vec::new()),
    }
}

/// Only what is new or different is recorded, so that the same file twice changes nothing.
fn changed(branch: &Branch, bookings: &[Booking]) -> Vec<Event> {
    bookings
        .iter()
        .filter(|booking| branch.bookings.get(&booking.key) != Some(booking))
        .map(|booking| Event::BookingRecorded { booking: booking.clone() })
        .collect()
}

fn elsewhere(branch: &Branch, site: &SiteId, day: ServiceDay, keys: &[BookingKey]) -> Vec<Event> {
    let known = crate::booking::Elsewhere { site: site.clone(), day };
    let new: Vec<BookingKey> =
        keys.iter().filter(|key| branch.elsewhere.get(key) != Some(&known)).copied().collect();
    if new.is_empty() {
        Vec::new()
    } else {
        vec![Event::BookingsElsewhere { site: site.clone(), day, keys: new }]
    }
}

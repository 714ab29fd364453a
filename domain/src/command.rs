//! What people ask, and what is decided.

use crate::{
    AgentId, Booking, BookingKey, BookingStatus, Branch, CounterId, Delivered, DeviceId, Ending, Event,
    FollowHash, LaneCode, Language, Refusal, ServiceDay, ServiceId, Site, SiteId, TicketNumber, Time,
    VisitState, calling, check_in, event::Place, handling, meanwhile, parties, recovery,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A visitor at a device.
    Device(DeviceId),
    /// A person at a counter.
    Agent(AgentId),
    /// A person at a counter who may also choose whom to call.
    Supervisor(AgentId),
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

impl Actor {
    /// The person who asks, if it is one who works at a counter.
    pub fn person(&self) -> Option<AgentId> {
        match self {
            Self::Agent(agent) | Self::Supervisor(agent) => Some(*agent),
            Self::Device(_) | Self::Operator | Self::System => None,
        }
    }
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
    /// A device is trusted no more.
    RevokeLanes(DeviceId),
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
    Finish {
        /// Where.
        counter: CounterId,
        /// What was delivered, by the service's own codes.
        delivered: Option<Delivered>,
    },
    /// The person did not come.
    NoShow(CounterId),
    /// Call somebody out of order. Only a supervisor may.
    Call {
        /// Where to.
        counter: CounterId,
        /// Whom, by one of their numbers.
        number: TicketNumber,
    },
    /// Send the person away for a while.
    Park {
        /// From where.
        counter: CounterId,
        /// For how long.
        minutes: u16,
    },
    /// Hand the person on.
    Transfer {
        /// From where.
        counter: CounterId,
        /// For what.
        to: ServiceId,
        /// To which place in the queue.
        place: Place,
        /// A coded note for whoever calls next.
        note: Option<String>,
    },
    /// Let another service follow in the same visit.
    AddService {
        /// Where the person is.
        counter: CounterId,
        /// Which.
        service: ServiceId,
    },
    /// Put the person back in the old place.
    ReturnToQueue(CounterId),
    /// Take back the counter's latest action.
    Undo(CounterId),
    /// Call nobody for a while.
    Pause(CounterId),
    /// Call again.
    Resume(CounterId),
    /// A priority card was seen, or there is none.
    SeeCard {
        /// Whose, by one of their numbers.
        number: TicketNumber,
        /// Whether there is one.
        shown: bool,
    },
    /// Somebody stands here who was parked, missed a call, or was finished or recorded as served by mistake.
    BringBack {
        /// Who, by one of their numbers.
        number: TicketNumber,
    },
    /// End a visit that nobody received: the person left, or the matter is settled.
    End {
        /// Who, by one of their numbers.
        number: TicketNumber,
        /// How.
        how: Ending,
    },
    /// These were served while the server was away. A number that cannot be recorded stops none of the others, see
    /// [`crate::meanwhile::unrecorded`].
    RecordServed {
        /// Who, each by one of their numbers.
        numbers: Vec<TicketNumber>,
        /// When, as far as anybody remembers; now if nobody says.
        at: Option<Time>,
    },
    /// Somebody holds a ticket that is not known here.
    AdoptTicket {
        /// What it bears.
        number: TicketNumber,
        /// For what.
        service: ServiceId,
        /// A priority card was seen or declared.
        priority: bool,
        /// When its holder came, such as the time on the ticket; now if nobody says.
        arrival: Option<Time>,
    },
    /// Two visits are one party.
    Merge {
        /// The visit that joins, by one of its numbers.
        number: TicketNumber,
        /// The visit that it joins, by one of its numbers.
        into: TicketNumber,
    },
    /// A number is not of the same party as the others of its visit.
    Split {
        /// Which.
        number: TicketNumber,
    },
    /// The log was restored from a backup.
    BeginRecovery {
        /// The devices that may know what happened since.
        awaited: BTreeMap<DeviceId, recovery::Awaited>,
    },
    /// A device saw that a number was called before the log was restored.
    SeeCall {
        /// Which number.
        number: TicketNumber,
        /// To which counter.
        counter: CounterId,
        /// When.
        at: Time,
    },
    /// Somebody of whom a restored log does not know whether they still wait stands here.
    Confirm {
        /// Who, by one of their numbers.
        number: TicketNumber,
    },
    /// A device told all that it knew of the lost log.
    DeviceBack(DeviceId),
    /// Wait for no other device: what is known now is what counts.
    EndRecovery,
    /// Nothing but the passing of time, and what follows from what was heard meanwhile.
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
        let closed = branch.day.map(|day| close_day(branch, day));
        let opened = Event::DayOpened { day: today };
        let tomorrow = after(branch, &opened, today, context);
        let decided = today_only(&tomorrow, command, context)?;
        return Ok(closed.into_iter().chain([opened]).chain(decided).collect());
    }
    Ok(recovery::confirmed(branch, today_only(branch, command, context)?, &context.actor))
}

/// The state with one event more.
fn after(branch: &Branch, event: &Event, day: ServiceDay, context: &Context) -> Branch {
    let mut after = branch.clone();
    let id = crate::EventId(context.new_id);
    after.apply(&crate::Recorded { id, at: context.now, day, event: event.clone() });
    after
}

/// A decision with the shares of tickets that are to be dealt anew because of it.
fn with_shares(branch: &Branch, decided: Vec<Event>, context: &Context) -> Vec<Event> {
    let Some(day) = branch.day else { return decided };
    let dealt: Vec<Event> =
        decided.iter().flat_map(|event| after(branch, event, day, context).share_out(context.now)).collect();
    decided.into_iter().chain(dealt).collect()
}

/// What is left of a day: nobody received these visits, and nobody came for these bookings.
fn close_day(branch: &Branch, day: ServiceDay) -> Event {
    let open = |is: fn(&VisitState) -> bool| {
        branch.visits.values().filter(|visit| is(&visit.state)).map(|visit| visit.id).collect()
    };
    let unserved = open(|state| matches!(state, VisitState::Waiting | VisitState::Parked { .. }));
    let unfinished = open(|state| state.counter().is_some());
    let no_show = open(|state| matches!(state, VisitState::Missed { .. }));
    let of_the_day = |booking: &&Booking| branch.site.as_ref().is_some_and(|s| s.day(booking.slot) == day);
    let booked = branch.bookings.values().filter(|booking| booking.status == BookingStatus::Booked);
    let absent =
        booked.filter(of_the_day).filter(|booking| !branch.came(&booking.key)).map(|booking| booking.key);
    Event::DayClosed { day, unserved, unfinished, no_show, absent: absent.collect() }
}

fn today_only(branch: &Branch, command: &Command, context: &Context) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Configure(site) => match &branch.site {
            Some(known) if known == &**site => Ok(Vec::new()),
            Some(known) if known.day(context.now) != site.day(context.now) => Err(Refusal::DayWouldShift),
            _ => Ok(with_shares(branch, vec![Event::SiteConfigured { site: site.clone() }], context)),
        },
        Command::RecordBookings(bookings) => Ok(changed(branch, bookings)),
        Command::RecordElsewhere { site, day, keys } => Ok(elsewhere(branch, site, *day, keys)),
        Command::GrantLane { device, incarnation } => {
            Ok(with_shares(branch, check_in::grant_lane(branch, *device, *incarnation)?, context))
        }
        Command::RevokeLanes(device) => Ok(check_in::revoke_lanes(branch, *device)),
        Command::CheckIn { booking, asking } => check_in::check_in(branch, *booking, asking, context),
        Command::TakeWalkIn { service, asking } => check_in::walk_in(branch, service, asking, context),
        Command::OpenCounter(counter) => calling::open(branch, *counter, context),
        Command::CloseCounter(counter) => calling::close(branch, *counter, context),
        Command::CallNext(counter) => calling::call_next(branch, *counter, context),
        Command::Recall(counter) => calling::recall(branch, *counter, context),
        Command::Start(counter) => calling::start(branch, *counter, context),
        Command::Finish { counter, delivered } => {
            calling::finish(branch, *counter, delivered.as_ref(), context)
        }
        Command::NoShow(counter) => calling::no_show(branch, *counter, context),
        Command::Call { counter, number } => calling::call(branch, *counter, number, context),
        Command::Park { counter, minutes } => handling::park(branch, *counter, *minutes, context),
        Command::Transfer { counter, to, place, note } => {
            handling::transfer(branch, *counter, to, *place, note.as_ref(), context)
        }
        Command::AddService { counter, service } => handling::add_service(branch, *counter, service, context),
        Command::ReturnToQueue(counter) => handling::return_to_queue(branch, *counter, context),
        Command::Undo(counter) => handling::undo(branch, *counter, context),
        Command::Pause(counter) => calling::pause(branch, *counter, context),
        Command::Resume(counter) => calling::resume(branch, *counter, context),
        Command::SeeCard { number, shown } => handling::see_card(branch, number, *shown, context),
        Command::BringBack { number } => handling::bring_back(branch, number, context),
        Command::End { number, how } => handling::end(branch, number, how, context),
        Command::RecordServed { numbers, at } => meanwhile::record_served(branch, numbers, *at, context),
        Command::AdoptTicket { number, service, priority, arrival } => {
            meanwhile::adopt(branch, number, (service, *priority), *arrival, context)
        }
        Command::Merge { number, into } => parties::merge(branch, number, into, context),
        Command::Split { number } => parties::split(branch, number, context),
        Command::BeginRecovery { awaited } => Ok(recovery::begin(awaited)),
        Command::SeeCall { number, counter, at } => Ok(recovery::call_seen(branch, number, *counter, *at)),
        Command::Confirm { number } => recovery::confirm(branch, number, context),
        Command::DeviceBack(device) => Ok(recovery::device_back(branch, *device)),
        Command::EndRecovery => recovery::end(branch, context),
        Command::Tick => Ok(branch.share_out(context.now)),
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

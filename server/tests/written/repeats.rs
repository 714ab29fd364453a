//! A command that is sent again changes nothing, whatever happened since: agents press twice, browsers and networks
//! send twice, and an answer that got lost is asked for again.

use crate::{cases::config, lille};
use chrono::{DateTime, Duration, Utc};
use domain::{
    Actor, AgentId, Branch, Command, CounterId, DeviceId, FollowHash, LaneCode, Language, Recorded, Refusal,
    ServiceId, Site, SiteId, TicketNumber,
    command::{Asking, ClockState, Knowledge},
    event::Place,
};
use futures_util::FutureExt;
use proptest::{prelude::*, sample::Index};
use server::{
    clock::Clock,
    disk::Reserve,
    sites::Sites,
    store::open_writer,
    writer::{Desk, Served, WriteError, Writer},
};
use std::{
    cell::Cell,
    collections::BTreeSet,
    path::Path,
    pin::pin,
    sync::{Arc, LazyLock},
};
use tempfile::TempDir;
use uuid::Uuid;

/// Something that is done some seconds after what was done before; then some of what was sent so far is sent again.
#[derive(Clone, Debug)]
struct Step {
    seconds: i64,
    what: What,
    again: Vec<Index>,
}

#[derive(Clone, Debug)]
enum What {
    /// Somebody comes.
    Come,
    /// An agent does something with whoever is at the counter, or with two of the day's numbers.
    Press(fn(CounterId, TicketNumber, TicketNumber) -> Command, CounterId, [Index; 2]),
    /// Two of the day's numbers were served meanwhile.
    Served([Index; 2]),
}

/// What is sent under an id.
#[derive(Clone, Debug)]
enum Sent {
    Command(Command, Actor),
    Served(Vec<TicketNumber>),
}

/// What comes back.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Decided(Vec<Recorded>),
    Served(Served),
    Refused(Refusal),
}

/// Both give information.
const COUNTERS: [CounterId; 2] = [CounterId(1), CounterId(14)];

fn step() -> impl Strategy<Value = Step> {
    let press: Vec<fn(CounterId, TicketNumber, TicketNumber) -> Command> = vec![
        |counter, _, _| Command::OpenCounter(counter),
        |counter, _, _| Command::CallNext(counter),
        |counter, _, _| Command::CallNext(counter),
        |counter, _, _| Command::CallNext(counter),
        |counter, _, _| Command::Recall(counter),
        |counter, _, _| Command::Start(counter),
        |counter, _, _| Command::Finish { counter, delivered: None },
        |counter, _, _| Command::Finish { counter, delivered: None },
        |counter, _, _| Command::NoShow(counter),
        |counter, _, _| Command::ReturnToQueue(counter),
        |counter, _, _| Command::Undo(counter),
        |counter, _, _| Command::Undo(counter),
        |counter, _, _| Command::Pause(counter),
        |counter, _, _| Command::Resume(counter),
        |counter, _, _| Command::CloseCounter(counter),
        |counter, _, _| Command::Park { counter, minutes: 5 },
        |counter, _, _| Command::Transfer { counter, to: information(), place: Place::First, note: None },
        |counter, _, _| Command::AddService { counter, service: information() },
        |counter, number, _| Command::Call { counter, number },
        |_, number, _| Command::BringBack { number },
        |_, number, _| Command::Split { number },
        |_, number, into| Command::Merge { number, into },
        |_, number, _| Command::SeeCard { number, shown: true },
    ];
    let counter = prop::sample::select(COUNTERS.to_vec());
    let what = prop_oneof![
        5 => Just(What::Come),
        14 => (prop::sample::select(press), counter, any::<[Index; 2]>())
            .prop_map(|(press, counter, whose)| What::Press(press, counter, whose)),
        1 => any::<[Index; 2]>().prop_map(What::Served),
    ];
    (0..40i64, what, prop::collection::vec(any::<Index>(), 0..3)).prop_map(|(seconds, what, again)| Step {
        seconds,
        what,
        again,
    })
}

thread_local! {
    static NOW: Cell<DateTime<Utc>> = const { Cell::new(DateTime::<Utc>::UNIX_EPOCH) };
    static DRAWN: Cell<u128> = const { Cell::new(0) };
}

/// Lille with two counters and one service: each hall writes it down anew.
static SITE: LazyLock<Site> = LazyLock::new(|| {
    let (mut site, _) = lille();
    site.services.retain(|service, _| *service == information());
    site.counters.retain(|counter, _| COUNTERS.contains(counter));
    site
});

/// What is kept back on the disk, for all halls.
static RESERVE: LazyLock<(TempDir, Arc<Reserve>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let reserve = Arc::new(Reserve::at_start(folder.path()));
    (folder, reserve)
});

fn drawn() -> Uuid {
    DRAWN.set(DRAWN.get() + 1);
    Uuid::from_u128(DRAWN.get())
}

fn information() -> ServiceId {
    ServiceId::new("INFO")
}

fn agent(counter: CounterId) -> Actor {
    Actor::Supervisor(AgentId(Uuid::from_u128(counter.0.into())))
}

fn kiosk() -> DeviceId {
    DeviceId(Uuid::from_u128(77))
}

/// The writer of a site on a database in memory, let work by the test.
struct Hall {
    writer: Writer,
    desk: Desk,
    sites: Sites,
    id: SiteId,
}

impl Hall {
    /// A Monday at ten, with one kiosk.
    fn open() -> Self {
        NOW.set("2026-11-23T09:00:00Z".parse().unwrap());
        DRAWN.set(0);
        let site = SITE.clone();
        let id = site.id.clone();
        let sites = Sites::new([(id.clone(), Branch::default(), 0)]);
        let branches = [(id.clone(), (Branch::default(), 0))].into();
        let db = open_writer(Path::new(":memory:")).unwrap();
        let (writer, desk) =
            Writer::new(db, sites.clone(), branches, Clock::reading(|| NOW.get(), drawn), RESERVE.1.clone());
        let mut hall = Self { writer, desk, sites, id };
        hall.work(|writer| async move { writer.configure(site).await }).unwrap();
        let grant = Command::GrantLane { device: kiosk(), incarnation: kiosk().0 };
        hall.send(drawn(), &Sent::Command(grant, Actor::Operator));
        hall
    }

    /// Sends something and lets the writer work until it is answered.
    fn send(&mut self, id: Uuid, sent: &Sent) -> Answer {
        let site = self.id.clone();
        let answer = match sent.clone() {
            Sent::Command(command, actor) => self
                .work(|writer| async move { writer.command(site, id, command, actor).await })
                .map(Answer::Decided),
            Sent::Served(numbers) => self
                .work(|writer| async move {
                    writer.record_served(site, id, numbers, None, agent(CounterId(1))).await
                })
                .map(Answer::Served),
        };
        answer.unwrap_or_else(|error| match error {
            WriteError::Refused(refusal) => Answer::Refused(refusal),
            other => panic!("{other}"),
        })
    }

    fn work<T, F: Future<Output = Result<T, WriteError>>>(
        &mut self,
        work: impl FnOnce(Writer) -> F,
    ) -> Result<T, WriteError> {
        let mut work = pin!(work(self.writer.clone()));
        loop {
            if let Some(done) = work.as_mut().now_or_never() {
                return done;
            }
            assert!(self.desk.work_off(), "the writer left something undone");
        }
    }

    fn seq(&self) -> u64 {
        self.sites.get(&self.id).unwrap().live().seq
    }

    /// What is sent, if somebody has a number where one is meant.
    fn meant(&self, what: &What) -> Option<Sent> {
        let live = self.sites.get(&self.id).unwrap().live();
        let numbers: Vec<TicketNumber> = live.branch.numbers.keys().cloned().collect();
        let of = |index: &Index| numbers.get(index.index(numbers.len().max(1))).cloned();
        Some(match what {
            What::Come => {
                let asking = Asking {
                    lane: LaneCode::all().next()?,
                    language: Language::new("fr"),
                    priority: false,
                    follow: FollowHash::new(""),
                    knowledge: Knowledge::Current,
                    clock: ClockState::Certain,
                };
                Sent::Command(Command::TakeWalkIn { service: information(), asking }, Actor::Device(kiosk()))
            }
            What::Press(press, counter, [one, other]) => {
                Sent::Command(press(*counter, of(one)?, of(other)?), agent(*counter))
            }
            What::Served([one, other]) => {
                let numbers: BTreeSet<TicketNumber> = [of(one)?, of(other)?].into();
                Sent::Served(numbers.into_iter().collect())
            }
        })
    }
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn what_is_sent_again_changes_nothing_and_is_answered_alike(steps in prop::collection::vec(step(), 1..16)) {
        let mut hall = Hall::open();
        let mut sent: Vec<(Uuid, Sent, Answer)> = Vec::new();
        for Step { seconds, what, again } in steps {
            NOW.set(NOW.get() + Duration::seconds(seconds));
            let Some(new) = hall.meant(&what) else { continue };
            let id = drawn();
            let answer = hall.send(id, &new);
            // Only the moment was wrong: sent again later, it is done.
            if !matches!(answer, Answer::Refused(Refusal::RecallTooSoon { .. })) {
                sent.push((id, new, answer));
            }
            for index in again.iter().filter(|_| !sent.is_empty()) {
                let (id, repeated, answer) = index.get(&sent);
                let before = hall.seq();
                prop_assert_eq!(&hall.send(*id, repeated), answer);
                prop_assert_eq!(hall.seq(), before, "{:?} left something in the log", repeated);
            }
        }
    }
}

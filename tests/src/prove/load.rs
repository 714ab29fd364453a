//! Work for a server: kiosks that upload facts, agents who call and receive, and what each was told.

use super::served::{Desk, Served};
use crate::device::SimulatedKiosk;
use domain::DeviceId;
use futures_util::future::{join, join_all};
use protocol::route::CounterAction;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;
use uuid::Uuid;

/// What the server said that it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Of each kiosk, every fact up to this one.
    pub facts: BTreeMap<DeviceId, u64>,
    /// The commands that were answered, by their keys.
    pub commands: Vec<Uuid>,
}

impl Held {
    fn hear(&mut self, device: DeviceId, through: u64) {
        self.facts.insert(device, through);
    }
}

/// What was answered so far, and whoever waits for more of it.
#[derive(Debug, Default)]
pub struct Told {
    held: Mutex<Held>,
    answers: AtomicU64,
    grew: Notify,
    over: AtomicBool,
}

impl Told {
    /// Everything that was answered.
    pub fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many answers came.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::SeqCst)
    }

    fn note(&self, note: impl FnOnce(&mut Held)) {
        note(&mut self.held());
        self.answers.fetch_add(1, Ordering::SeqCst);
        self.grew.notify_one();
    }

    fn goes_on(&self) -> bool {
        !self.over.load(Ordering::SeqCst)
    }
}

/// A kiosk, and whether its last facts were not answered.
struct Uploader {
    kiosk: SimulatedKiosk,
    is_open: bool,
    random: ChaCha8Rng,
    /// How many tickets it had given when the day began.
    yesterday: u64,
}

/// An agent who calls, receives and lets go, one after the other.
struct Agent {
    desk: Desk,
    /// The press that was not answered.
    open: Option<(CounterAction, Uuid)>,
    next: usize,
    random: ChaCha8Rng,
}

/// A kiosk has a thousand numbers a day.
const TICKETS_A_DAY: u64 = 900;
/// What an agent does again and again.
const ROUND: [CounterAction; 3] = [CounterAction::CallNext, CounterAction::Start, CounterAction::Finish];

/// Everybody who works with one server.
pub struct Load {
    kiosks: Vec<Uploader>,
    agents: Vec<Agent>,
    /// What the server said.
    pub told: Told,
}

impl Load {
    /// Enrols kiosks and hires agents, who sit at the first counters.
    ///
    /// # Errors
    /// If the server does not take them.
    pub async fn new(served: &Served, kiosks: usize, agents: u16, seed: u64) -> anyhow::Result<Self> {
        let mut seeds = ChaCha8Rng::seed_from_u64(seed);
        let mut load = Self { kiosks: Vec::new(), agents: Vec::new(), told: Told::default() };
        for _ in 0..kiosks {
            let (kiosk, random) = (served.kiosk().await?, ChaCha8Rng::seed_from_u64(seeds.random()));
            load.kiosks.push(Uploader { kiosk, is_open: false, random, yesterday: 0 });
        }
        for counter in 1..=agents {
            let (desk, random) = (served.hire(counter).await?, ChaCha8Rng::seed_from_u64(seeds.random()));
            load.agents.push(Agent { desk, open: None, next: 0, random });
        }
        Ok(load)
    }

    /// The kiosks' secrets, by which their requests are known.
    pub fn tokens(&self) -> BTreeMap<String, DeviceId> {
        self.kiosks.iter().map(|it| (it.kiosk.token().to_owned(), it.kiosk.device())).collect()
    }

    /// Works until so many more answers came. Then `last` is done, and everybody ends: after the answer that is
    /// still on its way, or with none.
    ///
    /// # Errors
    /// If `last` fails, or the server stopped answering before it.
    pub async fn work(
        &mut self,
        answers: u64,
        last: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let Self { kiosks, agents, told } = self;
        told.over.store(false, Ordering::SeqCst);
        let enough = told.answers() + answers;
        let (told, gone) = (&*told, Notify::new());
        let worked = async {
            join(
                join_all(kiosks.iter_mut().map(|kiosk| kiosk.work(told))),
                join_all(agents.iter_mut().map(|agent| agent.work(told))),
            )
            .await;
            gone.notify_one();
        };
        let watched = async {
            while told.answers() < enough {
                tokio::select! {
                    () = told.grew.notified() => {}
                    () = gone.notified() => anyhow::bail!("the server stopped answering by itself"),
                }
            }
            told.over.store(true, Ordering::SeqCst);
            last()
        };
        join(worked, watched).await.1
    }

    /// Everybody tries one thing more; gives whether all got an answer.
    pub async fn one_each(&mut self) -> bool {
        let Self { kiosks, agents, told } = self;
        let (before, asked) = (told.answers(), kiosks.len() + agents.len());
        join(
            join_all(kiosks.iter_mut().map(|kiosk| kiosk.ask(told))),
            join_all(agents.iter_mut().map(|agent| agent.ask(told))),
        )
        .await;
        told.answers() - before == asked as u64
    }

    /// Goes over to another day of the server's clock.
    ///
    /// # Errors
    /// If the server does not let everybody in.
    pub async fn begin_day(&mut self) -> anyhow::Result<()> {
        for kiosk in &mut self.kiosks {
            if kiosk.is_open {
                let through = kiosk.kiosk.send_again().await?;
                self.told.note(|held| held.hear(kiosk.kiosk.device(), through));
                kiosk.is_open = false;
            }
            kiosk.kiosk.catch_up().await?;
            kiosk.yesterday = kiosk.kiosk.given();
        }
        let mut agents = Vec::new();
        for agent in self.agents.drain(..) {
            // Another session is another person to the server: an open press stays yesterday's.
            agents.push(Agent { desk: agent.desk.signed_in().await?, open: None, ..agent });
        }
        self.agents = agents;
        Ok(())
    }

    /// Whether a kiosk has nearly given all numbers of its day.
    pub fn needs_another_day(&self) -> bool {
        self.kiosks.iter().any(|it| it.kiosk.given() - it.yesterday > TICKETS_A_DAY * 3 / 4)
    }
}

impl Uploader {
    async fn work(&mut self, told: &Told) {
        while told.goes_on() && self.kiosk.given() - self.yesterday < TICKETS_A_DAY && self.ask(told).await {}
    }

    /// Sends what was not answered, or something new; gives whether there was an answer.
    async fn ask(&mut self, told: &Told) -> bool {
        let answer = if self.is_open {
            self.kiosk.send_again().await
        } else {
            let count = self.random.random_range(1..=4);
            self.kiosk.state_facts(count).await
        };
        self.is_open = answer.is_err();
        if let Ok(through) = answer {
            told.note(|held| held.hear(self.kiosk.device(), through));
        }
        !self.is_open
    }
}

impl Agent {
    async fn work(&mut self, told: &Told) {
        while told.goes_on() && self.ask(told).await {}
    }

    /// Presses once more what was not answered, or what comes next; gives whether there was an answer.
    async fn ask(&mut self, told: &Told) -> bool {
        let (action, key) = self.open.take().unwrap_or_else(|| {
            let action = ROUND[self.next % ROUND.len()];
            self.next += 1;
            (action, Uuid::from_u128(self.random.random()))
        });
        if self.desk.press(action, key).await.is_err() {
            self.open = Some((action, key));
            return false;
        }
        told.note(|held| held.commands.push(key));
        true
    }
}

//! One board: what it shows and what it remembers over a restart.

use super::wire::{Line, Node, Wishes};
use chrono::{DateTime, Utc};
use display_board::{
    clock::Clock,
    feed,
    shown::Shown,
    state::{Message, State},
};
use futures_util::{FutureExt, future::LocalBoxFuture};
use protocol::{json, snapshot::BoardSnapshot};
use std::{cell::RefCell, rc::Rc, time::Instant};

/// A board.
pub struct Board {
    node: Node,
    wishes: Wishes,
    /// The file of what it showed last.
    memory: Option<String>,
    program: Option<Program>,
}

struct Program {
    state: State,
    told: Rc<RefCell<Vec<Message>>>,
    network: LocalBoxFuture<'static, ()>,
}

impl Board {
    /// A board that knows nothing yet.
    pub fn new(place: usize, wishes: &Wishes) -> Self {
        Self { node: Node::Board(place), wishes: Rc::clone(wishes), memory: None, program: None }
    }

    /// Whether the program runs.
    pub fn is_running(&self) -> bool {
        self.program.is_some()
    }

    /// Starts the program from what it remembers. `now` and `time` are the same moment.
    ///
    /// # Errors
    /// If its memory is torn.
    pub fn start(&mut self, now: Instant, time: DateTime<Utc>) -> anyhow::Result<()> {
        let remembered: Option<BoardSnapshot> = self.memory.as_deref().map(json::from_text).transpose()?;
        let shown = Shown::new(remembered.clone());
        let state = State::new(remembered, Clock::told(time, now));
        let told = Rc::new(RefCell::new(Vec::new()));
        let (line, cursor, heard) =
            (Line::<BoardSnapshot>::new(self.node, &self.wishes), state.resumes_at(now), Rc::clone(&told));
        let network = async move {
            feed::attend(&line, cursor, shown, |message| {
                heard.borrow_mut().push(message);
                true
            })
            .await;
        };
        self.program = Some(Program { state, told, network: network.boxed_local() });
        Ok(())
    }

    /// The power goes.
    pub fn crash(&mut self) {
        self.program = None;
    }

    /// Lets the program work until it waits for something. `keeps` says whether its memory is written: a
    /// thread beside it does that, which may be late.
    ///
    /// # Errors
    /// If what it knows has no form.
    pub fn work(&mut self, now: Instant, keeps: bool) -> anyhow::Result<()> {
        let Some(program) = &mut self.program else { return Ok(()) };
        let waker = std::task::Waker::noop();
        // It never ends: somebody listens.
        let _waits = program.network.poll_unpin(&mut std::task::Context::from_waker(waker));
        let mut is_new = false;
        for message in program.told.take() {
            is_new |= program.state.step(message, now);
        }
        if is_new && keeps {
            self.memory = program.state.known().map(json::to_text).transpose()?;
        }
        Ok(())
    }

    /// What it knows, to look at it.
    pub fn known(&self) -> Option<&BoardSnapshot> {
        self.program.as_ref().and_then(|program| program.state.known())
    }
}

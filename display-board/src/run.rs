//! Puts the parts together: the feed tells, the state folds, the screen shows, the memory keeps.

use crate::{
    clock::Clock,
    config::Config,
    feed::{self, Received},
    files::FileError,
    identity::Identity,
    memory::{self, Keeper, Remembered},
    shown::Shown,
    state::State,
    stop,
    ui::Screen,
    view::{unchanged_for, view},
};
use domain::Language;
use protocol::client::ClientError;
use slint::{ComponentHandle, PhysicalSize, PlatformError, Timer};
use std::{cell::RefCell, io, rc::Rc, time::Duration, time::Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Why the board does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nobody enrolled it.
    #[error("this board is not enrolled: run `guichet-board pair` with a code from the server")]
    NotEnrolled,
    /// The enrolment cannot be read.
    #[error("the enrolment cannot be used")]
    Identity(#[from] FileError),
    /// The authority's certificate cannot be used.
    #[error("the server cannot be spoken to")]
    Client(#[from] ClientError),
    /// There is no display, or it went away.
    #[error("there is no screen to show on")]
    Screen(#[from] PlatformError),
    /// The window's loop does not take work.
    #[error("the window's loop is not there")]
    Loop(#[from] slint::EventLoopError),
    /// The system gives no thread.
    #[error("a thread cannot be started")]
    Thread(#[from] io::Error),
}

/// Shows the board until the process is told to stop. `ready` is called once the window is shown.
///
/// # Errors
/// If the board is not enrolled or something that it stands on is missing.
pub fn run(config: &Config, ready: impl FnOnce() + 'static) -> Result<(), RunError> {
    let identity = Identity::load(&config.data_dir)?.ok_or(RunError::NotEnrolled)?;
    let state = match memory::recall(&config.data_dir, &identity.site) {
        Some(Remembered { snapshot, written }) => {
            let clock = Clock::resumed(snapshot.server_time, written);
            State::new(Some(snapshot), clock)
        }
        None => State::new(None, Clock::of_this_machine()),
    };
    let (cursor, remembered) = (state.resumes_at(Instant::now()), state.known().cloned());
    let screen =
        Screen::new(&config.language, config.second_language.as_ref(), config.window.reduced_motion)?;
    let keeper = Keeper::start(&config.data_dir)?;
    let board = Board::new(state, screen, config.language.clone(), Some(keeper));

    let (tell, told) = unbounded_channel();
    feed::start(identity.client()?, identity.site, cursor, Shown::new(remembered), tell)?;
    slint::spawn_local(listen(board.clone(), told))?;
    stop::listen()?;
    place(&board.borrow().screen, config);
    board.borrow().screen.handle().show()?;
    Timer::single_shot(Duration::ZERO, ready);
    // Nothing ends it but a signal: the window refuses to be closed.
    slint::run_event_loop_until_quit()?;
    board.borrow_mut().stop();
    Ok(())
}

fn place(screen: &Screen, config: &Config) {
    let window = screen.handle().window();
    // Also for a full screen: where no window manager runs, nobody else gives the window its size.
    window.set_size(PhysicalSize::new(config.window.width, config.window.height));
    window.set_fullscreen(config.window.fullscreen);
}

async fn listen(board: Rc<RefCell<Board>>, mut told: UnboundedReceiver<Received>) {
    while let Some(first) = told.recv().await {
        let mut received = vec![first];
        // A burst is drawn once.
        while let Ok(next) = told.try_recv() {
            received.push(next);
        }
        Board::take_in(&board, received);
    }
    tracing::error!("the feed ended");
}

/// State, screen and memory, on the window's thread.
pub struct Board {
    state: State,
    screen: Screen,
    language: Language,
    keeper: Option<Keeper>,
    /// Fires when time alone changes what is shown: there is no ticking in between.
    timer: Timer,
}

impl Board {
    /// Shows `state` at once and goes on with time by itself.
    pub fn new(
        state: State,
        screen: Screen,
        language: Language,
        keeper: Option<Keeper>,
    ) -> Rc<RefCell<Self>> {
        let board = Rc::new(RefCell::new(Self { state, screen, language, keeper, timer: Timer::default() }));
        Self::show(&board, Instant::now());
        board
    }

    /// Takes in what the feed told, in order, and shows the outcome.
    pub fn take_in(board: &Rc<RefCell<Self>>, received: Vec<Received>) {
        let Some(arrived) = received.first().map(|(_, arrived)| *arrived) else { return };
        let mut new = false;
        for (message, arrived) in received {
            new |= board.borrow_mut().state.step(message, arrived);
        }
        if Self::show(board, Instant::now()) {
            tracing::debug!(milliseconds = arrived.elapsed().as_secs_f64() * 1000.0, "shown");
        }
        if new {
            board.borrow().keep();
        }
    }

    /// The screen, to look at it.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    fn show(board: &Rc<RefCell<Self>>, now: Instant) -> bool {
        let this = &mut *board.borrow_mut();
        this.state.advance(now);
        let changed = this.screen.show(view(&this.state, &this.language, now));
        let again = Rc::downgrade(board);
        // A millisecond more, so that the moment has come when the timer fires.
        let wait = unchanged_for(&this.state, now) + Duration::from_millis(1);
        this.timer.start(slint::TimerMode::SingleShot, wait, move || {
            if let Some(board) = again.upgrade() {
                Self::show(&board, Instant::now());
            }
        });
        changed
    }

    fn keep(&self) {
        if let (Some(keeper), Some(known)) = (&self.keeper, self.state.known()) {
            keeper.keep(known);
        }
    }

    /// Waits until the last state is written.
    fn stop(&mut self) {
        self.keeper = None;
    }
}

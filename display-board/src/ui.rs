//! The only file that names the window: it copies a view model into it, and touches only what changed.

use crate::view::{Hero, Row, Sign, Standing, ViewModel};
use board_ui::{Board, BoardWindow, CallRow, Theme, Words};
use domain::Language;
use slint::{CloseRequestResponse, ComponentHandle, Model, ModelRc, PlatformError, SharedString, VecModel};
use std::rc::Rc;

/// The window with what it shows.
pub struct Screen {
    window: BoardWindow,
    numbers: Rc<VecModel<SharedString>>,
    rows: Rc<VecModel<CallRow>>,
    shown: Option<ViewModel>,
}

impl Screen {
    /// A window that speaks `language`, with `second` beside it. It is not shown yet and cannot be closed
    /// by hand: a waiting room without its screen is worse than any window that will not go away.
    ///
    /// # Errors
    /// If there is no display.
    pub fn new(
        language: &Language,
        second: Option<&Language>,
        reduced_motion: bool,
    ) -> Result<Self, PlatformError> {
        let window = BoardWindow::new()?;
        let (numbers, rows) = (Rc::new(VecModel::default()), Rc::new(VecModel::default()));
        window.global::<Theme>().set_reduced_motion(reduced_motion);
        window.global::<Board>().set_numbers(ModelRc::from(numbers.clone()));
        window.global::<Board>().set_rows(ModelRc::from(rows.clone()));
        window.window().on_close_requested(|| CloseRequestResponse::KeepWindowShown);
        speak(&window, language, second);
        Ok(Self { window, numbers, rows, shown: None })
    }

    /// Shows what the view model says. Gives whether anything changed.
    pub fn show(&mut self, view: ViewModel) -> bool {
        if self.shown.as_ref() == Some(&view) {
            return false;
        }
        let board = self.window.global::<Board>();
        board.set_site(view.site.as_str().into());
        board.set_clock(view.clock.as_str().into());
        board.set_date(view.date.as_str().into());
        let (sign, time) = match &view.sign {
            Sign::None => (board_ui::Sign::None, ""),
            Sign::Since(time) => (board_ui::Sign::Since, time.as_str()),
            Sign::NotConnected => (board_ui::Sign::NotConnected, ""),
            Sign::Refused => (board_ui::Sign::Refused, ""),
        };
        board.set_sign_time(time.into());
        board.set_sign(sign);
        if let Some(hero) = &view.hero {
            self.show_hero(&board, hero);
        }
        board.set_has_call(view.hero.is_some());
        let before = self.shown.as_ref().map(|shown| shown.rows.as_slice()).unwrap_or_default();
        replace(&self.rows, before, &view.rows, call_row);
        self.shown = Some(view);
        true
    }

    /// The window, to place, show and hide it.
    pub fn handle(&self) -> &BoardWindow {
        &self.window
    }

    fn show_hero(&self, board: &Board<'_>, hero: &Hero) {
        let before = self.shown.as_ref().and_then(|shown| shown.hero.as_ref());
        replace(
            &self.numbers,
            before.map(|hero| hero.numbers.as_slice()).unwrap_or_default(),
            &hero.numbers,
            |number| number.as_str().into(),
        );
        if before.is_none_or(|before| (&before.numbers, &before.counter) != (&hero.numbers, &hero.counter)) {
            // What the room was told, for whoever has to find out later.
            tracing::info!(numbers = in_line(&hero.numbers).as_str(), counter = hero.counter, "call shown");
        }
        board.set_longest(longest(&hero.numbers));
        board.set_numbers_in_line(in_line(&hero.numbers));
        board.set_counter(hero.counter.as_str().into());
        board.set_again(hero.again);
        board.set_fresh(hero.fresh);
    }
}

/// Makes a model show `now` where it showed `before`, row by row.
fn replace<T: PartialEq, R: Clone + 'static>(
    model: &VecModel<R>,
    before: &[T],
    now: &[T],
    make: impl Fn(&T) -> R,
) {
    // A hero that went away leaves its numbers in the model: those count for nothing.
    let before = if model.row_count() == before.len() { before } else { &[] };
    if before.is_empty() && model.row_count() > 0 {
        model.set_vec(now.iter().map(make).collect::<Vec<_>>());
        return;
    }
    for (at, row) in now.iter().enumerate() {
        match before.get(at) {
            Some(same) if same == row => {}
            Some(_) => model.set_row_data(at, make(row)),
            None => model.push(make(row)),
        }
    }
    for at in (now.len()..before.len()).rev() {
        model.remove(at);
    }
}

fn call_row(row: &Row) -> CallRow {
    let numbers: Vec<SharedString> = row.numbers.iter().map(|number| number.as_str().into()).collect();
    CallRow {
        numbers: ModelRc::new(VecModel::from(numbers)),
        longest: longest(&row.numbers),
        numbers_in_line: in_line(&row.numbers),
        counter: row.counter.as_str().into(),
        standing: match row.standing {
            Standing::Called => board_ui::Standing::Called,
            Standing::CalledAgain => board_ui::Standing::CalledAgain,
            Standing::Past => board_ui::Standing::Past,
            Standing::Withdrawn => board_ui::Standing::Withdrawn,
        },
    }
}

fn longest(numbers: &[String]) -> SharedString {
    numbers.iter().max_by_key(|number| number.len()).map(|number| number.as_str().into()).unwrap_or_default()
}

fn in_line(numbers: &[String]) -> SharedString {
    numbers.join(", ").into()
}

/// Only one language can be selected at a time, so the words of the second are read while it is
/// selected and kept as texts.
fn speak(window: &BoardWindow, language: &Language, second: Option<&Language>) {
    let select = |language: &Language| {
        if let Err(error) = slint::select_bundled_translation(language.as_str()) {
            tracing::error!(%language, %error, "the screen does not speak this language");
        }
    };
    if let Some(second) = second.filter(|second| *second != language) {
        select(second);
        let words = window.global::<Words>();
        words.set_second(words.get_first());
    }
    select(language);
}

//! A waiting room with a board in it, and its eyes.

use display_board::{
    clock::Clock,
    state::{Message, State},
    ui::Screen,
    view::view,
};
use domain::{
    CounterId, Language, SiteId, Text, Time, VisitId,
    board::{Board, BoardChange, Call, CallState},
};
use i_slint_backend_testing::{TestingBackend, TestingBackendOptions, mock_elapsed_time};
use protocol::{Cursor, snapshot::BoardSnapshot};
use slint::{ComponentHandle, PhysicalSize};
use std::time::{Duration, Instant};
use uuid::Uuid;

pub const DESKTOP: (u32, u32) = (1920, 1080);
pub const SMALL: (u32, u32) = (1280, 720);
pub const PORTRAIT: (u32, u32) = (1080, 1920);

pub fn time(text: &str) -> Time {
    format!("2026-11-23T{text}Z").parse().unwrap()
}

pub fn visit(n: u128) -> VisitId {
    VisitId(Uuid::from_u128(n))
}

pub fn call(n: u128, numbers: &[&str], counter: u16, at: &str) -> Call {
    Call {
        visit: visit(n),
        numbers: numbers.iter().map(|number| number.parse().unwrap()).collect(),
        counter: CounterId(counter),
        at: time(at),
        times: 1,
        state: CallState::Calling,
    }
}

/// A screen that is shown and shows nothing yet.
pub fn put_up(language: &str, second: Option<&str>, still: bool, (width, height): (u32, u32)) -> Screen {
    let options =
        TestingBackendOptions { mock_time: true, threading: false, renderer_name: Some("software".into()) };
    // The platform belongs to the thread; a second screen in one test finds it there.
    let _there = slint::platform::set_platform(Box::new(TestingBackend::new(options)));
    let screen = Screen::new(&Language::new(language), second.map(Language::new).as_ref(), still).unwrap();
    screen.handle().window().set_size(PhysicalSize::new(width, height));
    screen.handle().show().unwrap();
    screen
}

/// A site at which nothing was called yet.
pub fn opening() -> BoardSnapshot {
    let names = [("fr", "Préfecture du Nord, Lille"), ("en", "Prefecture of Nord, Lille")];
    BoardSnapshot {
        cursor: Cursor { epoch: Uuid::nil(), seq: 1 },
        server_time: time("09:42:00"),
        site: SiteId::new("lille"),
        name: Text::new(names.map(|(language, name)| (Language::new(language), name.to_owned()))),
        zone: "Europe/Paris".to_owned(),
        board: Board::default(),
        awaited: false,
    }
}

pub struct Room {
    state: State,
    screen: Screen,
    language: Language,
    now: Instant,
}

impl Room {
    pub fn open(size: (u32, u32)) -> Self {
        Self::open_in("fr", Some("en"), size)
    }

    pub fn open_in(language: &str, second: Option<&str>, size: (u32, u32)) -> Self {
        Self::made(language, second, false, size).entered()
    }

    pub fn open_still(size: (u32, u32)) -> Self {
        Self::made("fr", Some("en"), true, size).entered()
    }

    /// The server was never heard.
    pub fn open_unknown(size: (u32, u32)) -> Self {
        let mut room = Self::made("fr", Some("en"), false, size);
        room.show();
        room
    }

    fn made(language: &str, second: Option<&str>, still: bool, size: (u32, u32)) -> Self {
        let screen = put_up(language, second, still, size);
        let now = Instant::now();
        let state = State::new(None, Clock::told(time("09:42:00"), now));
        Self { state, screen, language: Language::new(language), now }
    }

    fn entered(mut self) -> Self {
        self.tell(Message::Snapshot(opening()));
        self
    }

    pub fn change(&mut self, change: BoardChange) {
        self.tell(Message::Change(change, Cursor { epoch: Uuid::nil(), seq: 2 }));
    }

    pub fn lose(&mut self, refused: bool) {
        self.tell(Message::Lost { refused });
    }

    fn tell(&mut self, message: Message) {
        self.state.step(message, self.now);
        self.show();
    }

    /// Lets time pass for the state and for what moves on the screen.
    pub fn pass(&mut self, time: Duration) {
        self.now += time;
        self.state.advance(self.now);
        self.show();
        mock_elapsed_time(time);
    }

    fn show(&mut self) {
        self.screen.show(view(&self.state, &self.language, self.now));
    }

    pub fn window(&self) -> &board_ui::BoardWindow {
        self.screen.handle()
    }

    /// The colour behind the call, every twentieth of a second.
    pub fn grounds_over(&mut self, time: Duration) -> Vec<[u8; 3]> {
        let step = Duration::from_millis(50);
        let count = (time.as_millis() / step.as_millis()) as usize;
        (0..count)
            .map(|_| {
                mock_elapsed_time(step);
                self.look().at(self.look().width / 3, 120)
            })
            .collect()
    }

    /// What is seen, kept in the folder that `GUICHET_PICTURES` names.
    pub fn picture(&self, name: &str) -> Picture {
        let picture = self.look();
        if let Some(folder) = std::env::var_os("GUICHET_PICTURES") {
            let file = std::path::Path::new(&folder).join(format!("board-{name}.png"));
            let mut encoder =
                png::Encoder::new(std::fs::File::create(file).unwrap(), picture.width, picture.height);
            encoder.set_color(png::ColorType::Rgba);
            encoder.write_header().unwrap().write_image_data(&picture.bytes).unwrap();
        }
        picture
    }

    fn look(&self) -> Picture {
        let pixels = self.screen.handle().window().take_snapshot().unwrap();
        Picture { width: pixels.width(), height: pixels.height(), bytes: pixels.as_bytes().to_vec() }
    }
}

pub struct Picture {
    pub width: u32,
    pub height: u32,
    bytes: Vec<u8>,
}

impl Picture {
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let at = (y * self.width + x) as usize * 4;
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2]]
    }

    /// How much of the screen has about this colour, 0 to 1.
    pub fn share(&self, colour: [u8; 3]) -> f64 {
        self.count(colour, self.width) as f64 / f64::from(self.width * self.height)
    }

    /// How much of the large part has about this colour, in hundredths.
    pub fn share_in_hero(&self, colour: [u8; 3]) -> f64 {
        let hero = self.width / 2;
        // The counter and the arrow keep the colour; the ground does not.
        let ground = (0..self.height).filter(|y| near(self.at(hero, *y), colour)).count();
        (ground as f64 / f64::from(self.height) - 0.3).max(0.0)
    }

    fn count(&self, colour: [u8; 3], width: u32) -> usize {
        (0..self.height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .filter(|(x, y)| near(self.at(*x, *y), colour))
            .count()
    }

    /// From the highest to the lowest row of the counter's digits.
    pub fn height_of_accent_right_of_arrow(&self) -> u32 {
        let accent = [0xFF, 0xC2, 0x4A];
        let columns = self.width * 22 / 100..self.width / 2;
        let rows: Vec<u32> =
            (0..self.height).filter(|y| columns.clone().any(|x| near(self.at(x, *y), accent))).collect();
        rows.last().unwrap() - rows.first().unwrap() + 1
    }
}

fn near(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(a, b)| a.abs_diff(b) < 8)
}

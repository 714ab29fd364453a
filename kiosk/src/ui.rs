//! The window: copies a view model into the screen's global, and touches into messages. The only
//! place of the program that names a generated type. Nothing here waits.

mod operator;

use crate::{
    config,
    flow::{self, Msg, ViewModel},
};
use domain::{Language, ServiceId};
use kiosk_ui::{Act, App, Screen};
use slint::{
    CloseRequestResponse, ComponentHandle, Image, ModelRc, Rgb8Pixel, SharedPixelBuffer, VecModel, Weak,
};
use std::sync::mpsc::Sender;

/// The kiosk's window. Belongs to the main thread.
pub struct Window {
    app: App,
}

/// What shows view models in the window, from any thread.
#[derive(Clone)]
pub struct Display {
    app: Weak<App>,
}

impl Window {
    /// Makes the window. What the visitor does goes to `desk`.
    ///
    /// # Errors
    /// If there is no display.
    pub fn open(config: &config::Window, desk: &Sender<Msg>) -> Result<Self, slint::PlatformError> {
        let app = App::new()?;
        // At the start the screens would follow the system's language.
        speak(&app.global::<Screen>().get_language());
        let window = app.window();
        // Visitors cannot close the kiosk; it ends by a signal.
        window.on_close_requested(|| CloseRequestResponse::KeepWindowShown);
        // On a bare X screen nobody carries out the wish for the full screen: the size has to be right too.
        window.set_position(slint::PhysicalPosition::new(0, 0));
        window.set_size(slint::PhysicalSize::new(config.width, config.height));
        window.set_fullscreen(config.fullscreen);
        connect(&app.global::<Act>(), desk);
        Ok(Self { app })
    }

    /// A handle for the thread that knows what to show.
    pub fn display(&self) -> Display {
        Display { app: self.app.as_weak() }
    }

    /// Shows the window and serves it until [`quit`].
    ///
    /// # Errors
    /// If the display fails.
    pub fn run(self) -> Result<(), slint::PlatformError> {
        self.app.show()?;
        slint::run_event_loop_until_quit()
    }
}

/// Ends [`Window::run`], from any thread.
pub fn quit() {
    // It fails only if the loop has ended already.
    let _ended = slint::quit_event_loop();
}

/// Calls `tell` once the window has been shown, after whatever was shown before.
pub fn after_shown(tell: impl FnOnce() + Send + 'static) {
    // It fails only if the loop has ended.
    let _ended = slint::invoke_from_event_loop(tell);
}

impl Display {
    /// Shows a view model.
    pub fn show(&self, model: ViewModel) {
        // It fails only if the loop has ended.
        let _ended = self.app.upgrade_in_event_loop(move |app| copy(&model, &app));
    }
}

fn connect(act: &Act<'_>, desk: &Sender<Msg>) {
    let say = |desk: &Sender<Msg>| {
        let desk = desk.clone();
        // The desk ends only with the program.
        move |msg| {
            let _ending = desk.send(msg);
        }
    };
    let tell = say(desk);
    act.on_choose_language(move |language| tell(Msg::ChoseLanguage(Language::new(language.as_str()))));
    let tell = say(desk);
    act.on_no_appointment(move || tell(Msg::NoAppointment));
    let tell = say(desk);
    act.on_choose_service(move |id| tell(Msg::ChoseService(ServiceId::new(id.as_str()))));
    let tell = say(desk);
    act.on_home(move || tell(Msg::Home));
    let tell = say(desk);
    act.on_stay(move || tell(Msg::Stay));
    let tell = say(desk);
    act.on_print_answer(move |came_out| tell(Msg::PrintAnswer(came_out)));
    let tell = say(desk);
    act.on_touched(move || tell(Msg::Touched));
    operator::connect(act, desk);
}

fn copy(model: &ViewModel, app: &App) {
    let screen = app.global::<Screen>();
    if screen.get_language() != model.language.as_str() {
        screen.set_language(model.language.as_str().into());
        speak(&model.language);
    }
    copy_site(model, &screen);
    screen.set_number(model.number.as_str().into());
    screen.set_service_label(model.service_label.as_str().into());
    screen.set_slot(model.slot.as_str().into());
    screen.set_late(model.late);
    screen.set_message(model.message.as_str().into());
    screen.set_wait(model.wait.as_str().into());
    screen.set_paper(paper(model.paper));
    screen.set_qr(model.follow.as_deref().and_then(code).unwrap_or_default());
    screen.set_already(already(model.already));
    screen.set_counter(model.counter.as_str().into());
    screen.set_notice(notice(model.notice.kind));
    screen.set_notice_time(model.notice.time.as_str().into());
    screen.set_notice_day(model.notice.day.as_str().into());
    screen.set_notice_site(model.notice.site.as_str().into());
    operator::copy(&model.operator, app);
    screen.set_idle_seconds_left(model.idle_seconds_left.into());
    // Last, so that no page is drawn with the words of another.
    screen.set_page(page(model.page));
}

/// Every text is made anew: only when the language changes.
fn speak(language: &str) {
    if let Err(error) = kiosk_ui::select_language(language) {
        tracing::error!(language, %error, "the screens do not speak this language");
    }
}

fn copy_site(model: &ViewModel, screen: &Screen<'_>) {
    screen.set_site_name(model.site_name.as_str().into());
    screen.set_clock(model.clock.as_str().into());
    screen.set_date(model.date.as_str().into());
    screen.set_services_open(model.services_open);
    screen.set_scanner_ready(model.scanner_ready);
    screen.set_printer_ready(model.printer_ready);
    screen.set_link_up(model.link_up);
    screen.set_reduced_motion(model.reduced_motion);
    let choice = |service: &flow::ServiceChoice| kiosk_ui::ServiceChoice {
        id: service.id.as_str().into(),
        label: service.label.as_str().into(),
        icon: service.icon.as_str().into(),
    };
    let services: Vec<kiosk_ui::ServiceChoice> = model.services.iter().map(choice).collect();
    // A new model makes new keys, which would lose the focus: only when it differs.
    use slint::Model;
    if !screen.get_services().iter().eq(services.iter().cloned()) {
        screen.set_services(ModelRc::new(VecModel::from(services)));
    }
}

fn page(page: flow::Page) -> kiosk_ui::Page {
    match page {
        flow::Page::Starting => kiosk_ui::Page::Starting,
        flow::Page::Welcome => kiosk_ui::Page::Welcome,
        flow::Page::WalkIn => kiosk_ui::Page::WalkIn,
        flow::Page::Working => kiosk_ui::Page::Working,
        flow::Page::Ticket => kiosk_ui::Page::Ticket,
        flow::Page::Already => kiosk_ui::Page::Already,
        flow::Page::Notice => kiosk_ui::Page::Notice,
        flow::Page::PrintQuestion => kiosk_ui::Page::PrintQuestion,
        flow::Page::OutOfOrder => kiosk_ui::Page::OutOfOrder,
        flow::Page::OperatorPad => kiosk_ui::Page::OperatorPad,
        flow::Page::OperatorList => kiosk_ui::Page::OperatorList,
        flow::Page::OperatorClosed => kiosk_ui::Page::OperatorClosed,
    }
}

fn paper(paper: flow::PaperState) -> kiosk_ui::PaperState {
    match paper {
        flow::PaperState::Printing => kiosk_ui::PaperState::Printing,
        flow::PaperState::Printed => kiosk_ui::PaperState::Printed,
        flow::PaperState::Failed => kiosk_ui::PaperState::Failed,
        flow::PaperState::Unknown => kiosk_ui::PaperState::Unknown,
    }
}

fn already(already: flow::AlreadyKind) -> kiosk_ui::AlreadyKind {
    match already {
        flow::AlreadyKind::Waiting => kiosk_ui::AlreadyKind::Waiting,
        flow::AlreadyKind::Called => kiosk_ui::AlreadyKind::Called,
        flow::AlreadyKind::Serving => kiosk_ui::AlreadyKind::Serving,
        flow::AlreadyKind::Back => kiosk_ui::AlreadyKind::Back,
    }
}

fn notice(kind: flow::NoticeKind) -> kiosk_ui::NoticeKind {
    use flow::NoticeKind as Kind;
    match kind {
        Kind::TooEarly => kiosk_ui::NoticeKind::TooEarly,
        Kind::TooLate => kiosk_ui::NoticeKind::TooLate,
        Kind::WrongDay => kiosk_ui::NoticeKind::WrongDay,
        Kind::PastDay => kiosk_ui::NoticeKind::PastDay,
        Kind::WrongSite => kiosk_ui::NoticeKind::WrongSite,
        Kind::Cancelled => kiosk_ui::NoticeKind::Cancelled,
        Kind::Unknown => kiosk_ui::NoticeKind::Unknown,
        Kind::Ambiguous => kiosk_ui::NoticeKind::Ambiguous,
        Kind::Closed => kiosk_ui::NoticeKind::Closed,
        Kind::NeedsStaff => kiosk_ui::NoticeKind::NeedsStaff,
        Kind::Missed => kiosk_ui::NoticeKind::Missed,
        Kind::Ended => kiosk_ui::NoticeKind::Ended,
        Kind::NoWalkIn => kiosk_ui::NoticeKind::NoWalkIn,
        Kind::LimitReached => kiosk_ui::NoticeKind::LimitReached,
        Kind::Unreadable => kiosk_ui::NoticeKind::Unreadable,
    }
}

/// Pixels of one module of the code: scaled down by the screen, never up.
const MODULE_PIXELS: usize = 12;
/// The white around a code, in modules, as readers need it (ISO 18004).
const QUIET_MODULES: usize = 4;

/// A QR code as a picture; nothing if the text does not fit one.
fn code(text: &str) -> Option<Image> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M).ok()?;
    let modules = code.width();
    let side = (modules + 2 * QUIET_MODULES) * MODULE_PIXELS;
    let colours = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let place =
            |pixel: usize| (pixel / MODULE_PIXELS).checked_sub(QUIET_MODULES).filter(|at| *at < modules);
        place(x).zip(place(y)).is_some_and(|(x, y)| colours[y * modules + x] == qrcode::Color::Dark)
    };
    let mut pixels =
        SharedPixelBuffer::<Rgb8Pixel>::new(u32::try_from(side).ok()?, u32::try_from(side).ok()?);
    for (at, pixel) in pixels.make_mut_slice().iter_mut().enumerate() {
        let shade = if is_dark(at % side, at / side) { 0 } else { 255 };
        *pixel = Rgb8Pixel { r: shade, g: shade, b: shade };
    }
    Some(Image::from_rgb8(pixels))
}

//! The operator's pages: copied like the others, into a global of their own.

use crate::flow::{self, Msg, OperatorMsg, OperatorView};
use kiosk_ui::{Act, App, Staff};
use slint::{ComponentHandle, Model, ModelRc, VecModel};
use std::sync::mpsc::Sender;

pub(super) fn connect(act: &Act<'_>, desk: &Sender<Msg>) {
    let say = |desk: &Sender<Msg>| {
        let desk = desk.clone();
        // The desk ends only with the program.
        move |msg: OperatorMsg| {
            let _ending = desk.send(msg.into());
        }
    };
    let tell = say(desk);
    act.on_knock(move || tell(OperatorMsg::Knock));
    let tell = say(desk);
    act.on_pin_digit(move |digit| {
        if let Ok(digit) = u8::try_from(digit) {
            tell(OperatorMsg::Digit(digit));
        }
    });
    let tell = say(desk);
    act.on_pin_erase(move || tell(OperatorMsg::Erase));
    let tell = say(desk);
    act.on_pin_enter(move || tell(OperatorMsg::Enter));
    let tell = say(desk);
    act.on_print_list(move || tell(OperatorMsg::Print));
}

pub(super) fn copy(view: &OperatorView, app: &App) {
    let staff = app.global::<Staff>();
    staff.set_digits(i32::try_from(view.digits).unwrap_or(i32::MAX));
    staff.set_pad(match view.pad {
        flow::PadView::Nothing => kiosk_ui::PadSaid::Nothing,
        flow::PadView::Wrong => kiosk_ui::PadSaid::Wrong,
        flow::PadView::Wait => kiosk_ui::PadSaid::Wait,
    });
    staff.set_wait_seconds(i32::try_from(view.wait_seconds).unwrap_or(i32::MAX));
    staff.set_as_of(view.as_of.as_str().into());
    staff.set_known(view.is_known);
    staff.set_paper(match view.paper {
        flow::ListPaper::None => kiosk_ui::ListPaper::None,
        flow::ListPaper::Printing => kiosk_ui::ListPaper::Printing,
        flow::ListPaper::Printed => kiosk_ui::ListPaper::Printed,
        flow::ListPaper::Failed => kiosk_ui::ListPaper::Failed,
    });
    let rows: Vec<kiosk_ui::TicketRow> = view.rows.iter().map(row).collect();
    if !staff.get_rows().iter().eq(rows.iter().cloned()) {
        staff.set_rows(ModelRc::new(VecModel::from(rows)));
    }
}

fn row(row: &flow::TicketRow) -> kiosk_ui::TicketRow {
    kiosk_ui::TicketRow {
        numbers: row.numbers.as_str().into(),
        service: row.service.as_str().into(),
        slot: row.slot.as_str().into(),
        late: row.late,
        arrival: row.arrival.as_str().into(),
        priority: row.priority,
        standing: match row.standing {
            flow::StandingView::Waiting => kiosk_ui::TicketStanding::Waiting,
            flow::StandingView::Called => kiosk_ui::TicketStanding::Called,
            flow::StandingView::Serving => kiosk_ui::TicketStanding::Serving,
            flow::StandingView::Away => kiosk_ui::TicketStanding::Away,
            flow::StandingView::Missed => kiosk_ui::TicketStanding::Missed,
        },
        place: row.place.as_str().into(),
    }
}

//! What hangs on kiosks.

use crate::hall::Hall;
use domain::{Branch, DeviceFault, DeviceId, Event, EventId, Peripheral, Recorded};
use proptest::prelude::*;
use uuid::Uuid;

const HALL: DeviceId = DeviceId(Uuid::from_u128(0xA));
const GATE: DeviceId = DeviceId(Uuid::from_u128(0xB));

fn report(hall: &Hall, id: u128, time: &str, kiosk: DeviceId, fault: Option<DeviceFault>) -> Recorded {
    let event = Event::DeviceReported { kiosk, peripheral: Peripheral::Printer, fault };
    let at = hall.wall(time);
    Recorded { id: EventId(Uuid::from_u128(id)), at, day: hall.branch.day.unwrap(), event }
}

fn fault(branch: &Branch, kiosk: DeviceId) -> Option<DeviceFault> {
    branch.device(kiosk, Peripheral::Printer).and_then(|state| state.fault)
}

#[test]
fn the_newest_report_of_a_device_counts_and_each_kiosk_has_its_own() {
    let mut hall = Hall::open();
    let out = report(&hall, 1, "10:00", HALL, Some(DeviceFault::PaperOut));
    let well = report(&hall, 2, "10:05", HALL, None);
    hall.branch.apply(&well);
    hall.branch.apply(&out);
    assert_eq!(fault(&hall.branch, HALL), None, "what comes late does not undo what is newer");
    hall.branch.apply(&report(&hall, 3, "10:10", GATE, Some(DeviceFault::Cutter)));
    assert_eq!(fault(&hall.branch, HALL), None);
    assert_eq!(fault(&hall.branch, GATE), Some(DeviceFault::Cutter));
    assert_eq!(hall.branch.device(GATE, Peripheral::Printer).unwrap().since, hall.wall("10:10"));
    assert_eq!(hall.branch.device(GATE, Peripheral::Scanner), None);
}

#[test]
fn a_roll_that_ended_yesterday_is_still_empty_today_and_a_report_of_yesterday_is_still_heard() {
    let mut hall = Hall::open();
    hall.branch.apply(&report(&hall, 1, "15:50", HALL, Some(DeviceFault::PaperOut)));
    let late = report(&hall, 2, "15:55", GATE, Some(DeviceFault::CoverOpen));
    hall.on("2026-11-24").at("09:00").ask(&domain::Command::Tick, domain::Actor::System).unwrap();
    assert_eq!(fault(&hall.branch, HALL), Some(DeviceFault::PaperOut));
    hall.branch.apply(&late);
    assert_eq!(fault(&hall.branch, GATE), Some(DeviceFault::CoverOpen));
    assert!(hall.branch.belated.is_empty() && hall.branch.ahead.is_empty());
}

proptest! {
    #[test]
    fn reports_say_the_same_in_every_order_and_however_often(
        times in prop::collection::vec((0u8..5, any::<bool>(), any::<bool>()), 1..8),
        order in any::<u64>(),
    ) {
        let hall = Hall::open();
        let reports: Vec<Recorded> = times.iter().zip(1..).map(|((minute, gate, out), id)| {
            let kiosk = if *gate { GATE } else { HALL };
            report(&hall, id, &format!("10:0{minute}"), kiosk, out.then_some(DeviceFault::PaperOut))
        }).collect();
        let mut shuffled = [reports.clone(), reports.clone()].concat();
        let turn = order as usize % shuffled.len();
        shuffled.rotate_left(turn);
        if order % 2 == 0 {
            shuffled.reverse();
        }
        let fold = |reports: &[Recorded]| {
            let mut branch = hall.branch.clone();
            reports.iter().for_each(|report| branch.apply(report));
            branch
        };
        prop_assert_eq!(fold(&reports), fold(&shuffled));
    }
}

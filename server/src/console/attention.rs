//! Which kiosks need a hand, in one line each.

use super::words::{Words, clock, fill};
use crate::{app::App, kiosks::Kiosk};
use domain::{Branch, DeviceFault, Peripheral, Site, Time};

/// What staff should see to with a kiosk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attention {
    /// What the kiosk is called.
    pub kiosk: String,
    /// What is the matter.
    pub what: String,
    /// Whether visitors notice it; else it can wait a little.
    pub pressing: bool,
}

/// What is the matter with the kiosks of a site, the longest known first. Without a database nothing is told
/// here: the whole console says so then.
pub(super) fn attention(app: &App, branch: &Branch, words: &Words) -> Vec<Attention> {
    let Some(site) = &branch.site else { return Vec::new() };
    let Ok(kiosks) = app.kiosks.list(&app.reader) else { return Vec::new() };
    let of_site = kiosks.iter().filter(|kiosk| kiosk.site == site.id);
    of_site.flat_map(|kiosk| of_kiosk(branch, site, kiosk, app.kiosks.gone_since(kiosk.id), words)).collect()
}

fn of_kiosk(
    branch: &Branch,
    site: &Site,
    kiosk: &Kiosk,
    gone: Option<Time>,
    words: &Words,
) -> Vec<Attention> {
    let line = |what, pressing| Attention { kiosk: kiosk.name.clone(), what, pressing };
    let since = |text: &str, since| fill(text, "time", moment(since, branch, site, words));
    let mut lines = Vec::new();
    match gone {
        // What it said of its devices before may have changed since.
        Some(at) => lines.push(line(since(words.kiosk_gone, at), true)),
        None => {
            for (peripheral, state) in branch.devices.get(&kiosk.id).into_iter().flatten() {
                if let Some(fault) = state.fault {
                    let pressing = fault != DeviceFault::PaperLow;
                    lines.push(line(since(words.device_fault(*peripheral, fault), state.since), pressing));
                }
            }
        }
    }
    let today = kiosk.rejected.iter().filter(|at| Some(site.day(**at)) == branch.day).count();
    match today {
        0 => {}
        1 => lines.push(line(words.rejected_one.to_owned(), false)),
        count => lines.push(line(fill(words.rejected, "count", count), false)),
    }
    lines
}

/// A time of today, or with its day.
fn moment(at: Time, branch: &Branch, site: &Site, words: &Words) -> String {
    let day = site.day(at);
    let time = clock(at, site);
    if Some(day) == branch.day { time } else { format!("{} {time}", words.day(day)) }
}

impl Words {
    /// What is the matter with something that hangs on a kiosk; without a wildcard.
    fn device_fault(&self, peripheral: Peripheral, fault: DeviceFault) -> &'static str {
        match (peripheral, fault) {
            (Peripheral::Scanner, _) => self.scanner_absent,
            (Peripheral::Printer, DeviceFault::PaperLow) => self.paper_low,
            (Peripheral::Printer, DeviceFault::PaperOut) => self.paper_out,
            (Peripheral::Printer, DeviceFault::CoverOpen) => self.cover_open,
            (Peripheral::Printer, DeviceFault::Cutter) => self.cutter_stuck,
            (Peripheral::Printer, DeviceFault::Recovering) => self.printer_recovering,
            (Peripheral::Printer, DeviceFault::Broken) => self.printer_broken,
            (Peripheral::Printer, DeviceFault::Offline) => self.printer_offline,
            (Peripheral::Printer, DeviceFault::Silent) => self.printer_silent,
            (Peripheral::Printer, DeviceFault::Absent) => self.printer_absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::words, *};
    use domain::{DeviceId, DeviceState, EventId};
    use uuid::Uuid;

    const HALL: DeviceId = DeviceId(Uuid::from_u128(1));

    fn at(clock: &str) -> Time {
        format!("2026-11-23T{clock}:00+01:00").parse().unwrap()
    }

    fn lines(
        reports: &[(Peripheral, DeviceFault, &str)],
        gone: Option<Time>,
        rejected: Vec<Time>,
    ) -> Vec<String> {
        let site = super::super::view::tests::site();
        let mut branch = Branch { day: Some(site.day(at("10:00"))), ..Branch::default() };
        let devices = reports.iter().map(|(peripheral, fault, since)| {
            let event = EventId(Uuid::nil());
            (*peripheral, DeviceState { fault: Some(*fault), since: at(since), event })
        });
        branch.devices.insert(HALL, devices.collect());
        let kiosk = Kiosk { id: HALL, site: site.id.clone(), name: "Hall".into(), rejected };
        let told = of_kiosk(&branch, &site, &kiosk, gone, words::of(words::Lang::Fr));
        told.into_iter().map(|line| line.what).collect()
    }

    #[test]
    fn each_device_has_its_line_and_a_kiosk_that_is_gone_one_alone() {
        let faults = [
            (Peripheral::Printer, DeviceFault::PaperOut, "10:42"),
            (Peripheral::Scanner, DeviceFault::Absent, "10:43"),
        ];
        let expected = ["plus de papier depuis 10:42", "lecteur de codes débranché depuis 10:43"];
        assert_eq!(lines(&faults, None, vec![]), expected);
        let gone = lines(&faults, Some(at("10:44")), vec![]);
        assert_eq!(gone, ["aucun signe depuis 10:44 : est-elle allumée et reliée ?"]);
    }

    #[test]
    fn only_what_came_today_is_told_and_what_is_of_yesterday_bears_its_day() {
        let yesterday = at("10:00") - chrono::Duration::days(1);
        assert!(lines(&[], None, vec![yesterday]).is_empty());
        let two = lines(&[], None, vec![yesterday, at("09:00"), at("09:01")]);
        assert_eq!(two, ["2 informations n’ont pas pu être lues : prévenez l’informatique"]);
        let gone = lines(&[], Some(yesterday), vec![]);
        assert!(gone[0].contains("22 novembre") && gone[0].contains("10:00"), "{gone:?}");
    }
}

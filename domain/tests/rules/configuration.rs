//! A configuration that nobody can have meant is refused, with every fault named.

use crate::hall::{INFORMATION, ONE, TITLES, site, wall};
use domain::{Opening, Service, ServiceId, Site};

fn faults(change: impl FnOnce(&mut Site)) -> Vec<String> {
    let mut site = site();
    change(&mut site);
    site.faults().iter().map(ToString::to_string).collect()
}

fn titles(change: impl FnOnce(&mut Service)) -> Vec<String> {
    faults(|site| change(site.services.get_mut(&ServiceId::new(TITLES)).unwrap()))
}

/// Each of two services follows the other.
fn chained() -> Vec<String> {
    faults(|site| {
        for (service, next) in [(TITLES, INFORMATION), (INFORMATION, TITLES)] {
            site.services.get_mut(&ServiceId::new(service)).unwrap().then = vec![ServiceId::new(next)];
        }
    })
}

fn on_monday(stretches: &[(&str, &str)]) -> Vec<String> {
    faults(|site| {
        let opening = |(from, to): &(&str, &str)| Opening { from: wall(from), to: wall(to) };
        site.hours.week[0] = stretches.iter().map(opening).collect();
    })
}

#[test]
fn what_cannot_be_meant_is_a_fault() {
    assert_eq!(faults(|_| {}), Vec::<String>::new());
    let day = "it is a matter of one working day";
    let cases = [
        (faults(|site| site.services.clear()), "there is no service"),
        (faults(|site| site.counters.clear()), "there is no counter"),
        (faults(|site| site.recall.calls_max = 0), "the first call counts as well"),
        (faults(|site| site.recall.cool_down_seconds = u16::MAX), "600 seconds"),
        (faults(|site| site.notes = [("copy".to_owned(), " ".to_owned())].into()), "it says nothing"),
        (titles(|service| service.target_booked_minutes = u16::MAX), day),
        (titles(|service| service.target_other_minutes = u16::MAX), day),
        (titles(|service| service.return_minutes = u16::MAX), day),
        (titles(|service| service.window.before_minutes = u16::MAX), day),
        (titles(|service| service.window.late_minutes = u16::MAX), day),
        (titles(|service| service.outcomes = [("done".to_owned(), String::new())].into()), "it has no words"),
        (titles(|service| service.internal_label = "Remise de titre".into()), "must not tell the procedure"),
        (titles(|service| service.window.late_minutes = 3), "`late_minutes` must not be smaller"),
        (titles(|service| service.minutes = 0), "a reception takes 1 to 480 minutes"),
        (titles(|service| service.then = vec![ServiceId::new("NONE")]), "is not a service of the site"),
        (chained(), "service `INFO` of lille is followed by `RT`, which is followed by others itself"),
        (on_monday(&[("08:30", "12:00"), ("11:30", "16:00")]), "the hours of Monday overlap"),
        (
            on_monday(&[("13:30", "16:00"), ("08:30", "12:00")]),
            "the hours of Monday overlap or are not in order",
        ),
        (on_monday(&[("08:30", "12:00"), ("12:00", "16:00")]), "the hours of Monday overlap"),
    ];
    for (found, words) in cases {
        assert!(found.iter().any(|fault| fault.contains(words)), "`{words}` is not in {found:?}");
    }
}

#[test]
fn buttons_that_nobody_can_tell_apart_and_drawings_that_do_not_exist_are_faults() {
    let twins = faults(|site| {
        let twin = site.services[&ServiceId::new(INFORMATION)].clone();
        site.services.insert(ServiceId::new("INFO-2"), twin);
        site.counters.get_mut(&ONE).unwrap().serves.insert(ServiceId::new("INFO-2"));
    });
    assert!(twins.iter().any(|fault| fault.contains("nobody could tell them apart")), "{twins:?}");
    let strange = faults(|site| {
        let information = site.services.get_mut(&ServiceId::new(INFORMATION)).unwrap();
        information.walk_in.as_mut().unwrap().icon = Some("dragon".into());
    });
    assert!(strange.iter().any(|fault| fault.contains("it must be one of desk, document")), "{strange:?}");
}

#[test]
fn a_stop_that_is_longer_than_a_short_day_is_a_fault() {
    let found = faults(|site| {
        // The break between them does not count.
        site.hours.week[2] = [("08:30", "09:00"), ("13:30", "13:50")]
            .map(|(from, to)| Opening { from: wall(from), to: wall(to) })
            .into();
        let information = site.services.get_mut(&ServiceId::new(INFORMATION)).unwrap();
        information.walk_in.as_mut().unwrap().stop_before_closing_minutes = Some(60);
    });
    assert!(found.iter().any(|fault| fault.contains("not open that long on every day")), "{found:?}");
}

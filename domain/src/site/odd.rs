//! What can be written in a configuration and is meant by nobody.

use super::{COOL_DOWN_SECONDS_MAX, MINUTES_MAX, Service, Site, WalkIn};
use crate::ServiceId;
use std::collections::BTreeMap;

/// Where, as the configuration calls the place, and why.
type Oddity = (String, String);

pub(super) fn of(site: &Site) -> Vec<Oddity> {
    let mut found = Vec::new();
    let mut tell = |place: String, reason: &str| found.push((place, reason.to_owned()));
    if site.services.is_empty() {
        tell("services".into(), "there is no service: nobody could come for anything");
    }
    if site.counters.is_empty() {
        tell("counters".into(), "there is no counter: nobody could be called");
    }
    if site.recall.calls_max == 0 {
        let reason = "the first call counts as well; write 1 if nobody is to be called again";
        tell("recall.calls_max".into(), reason);
    }
    if site.recall.cool_down_seconds > COOL_DOWN_SECONDS_MAX {
        tell("recall.cool_down_seconds".into(), "nobody waits longer than 600 seconds for a second call");
    }
    for (code, _) in site.notes.iter().filter(|(_, words)| words.trim().is_empty()) {
        tell(format!("notes.{code}"), "it says nothing");
    }
    for (code, service) in &site.services {
        found.extend(
            of_service(code, service).into_iter().map(|(key, why)| (format!("services.{code}{key}"), why)),
        );
    }
    found.extend(twins(site));
    found
}

fn of_service(code: &ServiceId, service: &Service) -> Vec<Oddity> {
    let mut found = Vec::new();
    let mut tell = |key: &str, reason: String| found.push((key.to_owned(), reason));
    if code.as_str().trim().is_empty() {
        tell("", "a service needs a code of letters or digits".into());
    }
    let minutes = [
        (".target_booked_minutes", service.target_booked_minutes),
        (".target_other_minutes", service.target_other_minutes),
        (".return_minutes", service.return_minutes),
        (".window.before_minutes", service.window.before_minutes),
        (".window.after_minutes", service.window.after_minutes),
        (".window.late_minutes", service.window.late_minutes),
    ];
    for (key, _) in minutes.into_iter().filter(|(_, minutes)| *minutes > MINUTES_MAX) {
        tell(key, format!("it is a matter of one working day: at most {MINUTES_MAX} minutes"));
    }
    for (outcome, _) in service.outcomes.iter().filter(|(_, words)| words.trim().is_empty()) {
        tell(&format!(".outcomes.{outcome}"), "it has no words, and agents choose it by them".into());
    }
    let shown = service.public_label.each().map(|(_, words)| words.trim());
    let internal = service.internal_label.trim();
    if !internal.is_empty() && shown.into_iter().any(|words| words.eq_ignore_ascii_case(internal)) {
        tell(
            ".public_label",
            "it says what the internal label says: screens and paper must not tell the procedure".into(),
        );
    }
    let icon = service.walk_in.as_ref().and_then(|walk_in| walk_in.icon.as_deref());
    if icon.is_some_and(|icon| !WalkIn::ICONS.contains(&icon)) {
        tell(".walk_in.icon", format!("it must be one of {}", WalkIn::ICONS.join(", ")));
    }
    found
}

/// Two buttons of the kiosk that nobody can tell apart.
fn twins(site: &Site) -> Vec<Oddity> {
    let mut known: BTreeMap<&str, &ServiceId> = BTreeMap::new();
    let mut found = Vec::new();
    for (code, service) in &site.services {
        let Some(words) = service.walk_in.as_ref().map(|walk_in| walk_in.label.get("fr").trim()) else {
            continue;
        };
        if let Some(other) = known.insert(words, code).filter(|_| !words.is_empty()) {
            let reason =
                format!("the kiosk would show the same words for `{other}`: nobody could tell them apart");
            found.push((format!("services.{code}.walk_in.label"), reason));
        }
    }
    found
}

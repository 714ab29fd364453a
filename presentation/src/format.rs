//! Dates, times and durations as people write them in each language.
//!
//! French writes « 9 h 42 » and « lundi 23 novembre 2026 » (the typography of public services,
//! with no-break spaces); other languages write `09:42`. The 24-hour clock everywhere.

use crate::Catalogue;
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Weekday};
use chrono_tz::Tz;
use domain::Language;

/// A time of day, to the minute: « 9 h 42 », `09:42`.
pub fn time(at: &DateTime<Tz>, language: &Language) -> String {
    clock(Catalogue::for_language(language), at)
}

/// A day with its weekday: « lundi 23 novembre 2026 », `Monday 23 November 2026`.
pub fn date(day: NaiveDate, language: &Language) -> String {
    calendar(Catalogue::for_language(language), day)
}

/// A length of time in minutes, rounded down: « 14 min », « 1 h 05 min ».
pub fn duration(seconds: u32, language: &Language) -> String {
    length(Catalogue::for_language(language), seconds)
}

pub(crate) fn clock(catalogue: &Catalogue, at: &DateTime<Tz>) -> String {
    let minute = format!("{:02}", at.minute());
    match catalogue.code() {
        "fr" => format!("{}\u{a0}h\u{a0}{minute}", at.hour()),
        _ => format!("{:02}:{minute}", at.hour()),
    }
}

pub(crate) fn calendar(catalogue: &Catalogue, day: NaiveDate) -> String {
    let number = match (catalogue.code(), day.day()) {
        ("fr", 1) => "1er".to_owned(),
        (_, number) => number.to_string(),
    };
    let (weekday, month) = (weekday(catalogue, day.weekday()), month(catalogue, day.month0()));
    format!("{weekday} {number} {month} {}", day.year())
}

pub(crate) fn length(catalogue: &Catalogue, seconds: u32) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match hours {
        0 if minutes == 0 => catalogue.say("less than 1 min").to_owned(),
        0 => catalogue.fill("{minutes} min", &[("minutes", &minutes.to_string())]),
        _ => {
            let minutes = format!("{minutes:02}");
            catalogue.fill("{hours} h {minutes} min", &[("hours", &hours.to_string()), ("minutes", &minutes)])
        }
    }
}

fn weekday(catalogue: &Catalogue, weekday: Weekday) -> &str {
    match weekday {
        Weekday::Mon => catalogue.say("Monday"),
        Weekday::Tue => catalogue.say("Tuesday"),
        Weekday::Wed => catalogue.say("Wednesday"),
        Weekday::Thu => catalogue.say("Thursday"),
        Weekday::Fri => catalogue.say("Friday"),
        Weekday::Sat => catalogue.say("Saturday"),
        Weekday::Sun => catalogue.say("Sunday"),
    }
}

fn month(catalogue: &Catalogue, month0: u32) -> &str {
    match month0 {
        0 => catalogue.say("January"),
        1 => catalogue.say("February"),
        2 => catalogue.say("March"),
        3 => catalogue.say("April"),
        4 => catalogue.say("May"),
        5 => catalogue.say("June"),
        6 => catalogue.say("July"),
        7 => catalogue.say("August"),
        8 => catalogue.say("September"),
        9 => catalogue.say("October"),
        10 => catalogue.say("November"),
        _ => catalogue.say("December"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use chrono_tz::Europe::Paris;

    #[test]
    fn each_language_writes_times_and_dates_its_own_way() {
        let at = Paris.with_ymd_and_hms(2026, 12, 1, 9, 5, 59).unwrap();
        let say = |code: &str| {
            let language = Language::new(code);
            (time(&at, &language), date(at.date_naive(), &language))
        };
        assert_eq!(say("fr"), ("9\u{a0}h\u{a0}05".into(), "mardi 1er décembre 2026".into()));
        assert_eq!(say("en"), ("09:05".into(), "Tuesday 1 December 2026".into()));
        assert_eq!(say("ar"), ("09:05".into(), "الثلاثاء 1 ديسمبر 2026".into()));
    }

    #[test]
    fn a_duration_is_rounded_down() {
        let say = |seconds| duration(seconds, &Language::new("en"));
        assert_eq!(
            [59, 60, 3599, 3600, 3961].map(say),
            ["less than 1 min", "1 min", "59 min", "1 h 00 min", "1 h 06 min"]
        );
    }
}

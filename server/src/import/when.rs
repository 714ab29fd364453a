//! Dates and times as people write them in France.

use super::mapping::fold;
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use std::ops::RangeInclusive;

/// Nobody alive was born before, and nothing is promised for later.
const YEARS: RangeInclusive<i32> = 1900..=2199;

const WEEKDAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

const MONTHS: [&str; 12] = [
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
];

/// `23/11/2026`, `23.11.2026`, `2026-11-23`, `lundi 23 novembre 2026`. Two digits of a year may be half of one.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let sound = |date: &NaiveDate| YEARS.contains(&date.year());
    // `%Y` would take 26 for the year 26.
    let read = |format| NaiveDate::parse_from_str(text, format).ok().filter(sound);
    let numeric = ["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d"].into_iter().find_map(read);
    numeric.or_else(|| in_words(text).filter(sound))
}

/// A day of the week that is not that day's is a mistake in the file, not a decoration.
fn in_words(text: &str) -> Option<NaiveDate> {
    let words: Vec<String> = text.split_whitespace().map(fold).collect();
    let (weekday, day, month, year) = match words.as_slice() {
        [weekday, day, month, year] => (Some(weekday), day, month, year),
        [day, month, year] => (None, day, month, year),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    let day = day.strip_suffix("er").unwrap_or(day).parse().ok()?;
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, u32::try_from(month).ok()?, day)?;
    let expected = WEEKDAYS[usize::try_from(date.weekday().num_days_from_monday()).ok()?];
    weekday.is_none_or(|said| said == expected).then_some(date)
}

/// `09:05`, `09:05:00`, `9h05`, `9 h 05`, `9h`. Seconds are passed over. One digit of the minutes may be half
/// of them.
pub(super) fn time(text: &str) -> Option<NaiveTime> {
    let text: String = text.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let parts: Vec<&str> = text.split([':', 'h']).collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, ""] if text.ends_with('h') => (hour, "00", "00"),
        [hour, minute] => (hour, *minute, "00"),
        [hour, minute, second] => (hour, *minute, *second),
        _ => return None,
    };
    let number = |part: &str, digits: RangeInclusive<usize>| {
        let is_number = digits.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().ok()).flatten()
    };
    NaiveTime::from_hms_opt(number(hour, 1..=2)?, number(minute, 2..=2)?, number(second, 2..=2)?)?
        .with_second(0)
}

/// A date and a time in one field: `23/11/2026 09:05`, `2026-11-23T09:05`, `23 novembre 2026 à 9 h 05`.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let places = text.char_indices().filter(|(_, c)| c.is_whitespace() || *c == 'T' || *c == 'à');
    places
        .map(|(at, c)| (text[..at].trim(), text[at + c.len_utf8()..].trim()))
        .find(|(day, hour)| date(day).is_some() && time(hour).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_however_it_is_written() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 23);
        for text in ["23/11/2026", "2026-11-23", "23.11.2026", "lundi 23 novembre 2026", "23 Novembre 2026"] {
            assert_eq!(date(text), day, "{text}");
        }
        assert_eq!(date("1er août 2026"), NaiveDate::from_ymd_opt(2026, 8, 1));
        for wrong in [
            "31/02/2026",
            "11/23/2026",
            "demain",
            "",
            "23 brumaire 2026",
            "23/11",
            "mardi 23 novembre 2026",
            "23/11/202",
            "23/11/26",
            "23/11/20",
            "23/11/2206",
            "+23/11/20266",
        ] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_is_read_however_it_is_written() {
        for text in ["09:05", "9:05", "9h05", "9 h 05", "09H05", "09:05:00"] {
            assert_eq!(time(text), NaiveTime::from_hms_opt(9, 5, 0), "{text}");
        }
        assert_eq!(time("9h"), NaiveTime::from_hms_opt(9, 0, 0));
        for wrong in [
            "25:00", "9", "9:60", "", "h", ":", "9h5x", "009:05", "09:", "+9:05", "10:3", "9h5", "09:05:xx",
            "9:5:1:2",
        ] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_date_with_a_time_is_taken_apart() {
        let (day, hour) = (NaiveDate::from_ymd_opt(2026, 11, 23), NaiveTime::from_hms_opt(9, 5, 0));
        for text in
            ["23/11/2026 09:05", "2026-11-23T09:05", "lundi 23 novembre 2026 à 9 h 05", "23/11/2026 à 9h05"]
        {
            let parts = split(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((date(parts.0), time(parts.1)), (day, hour), "{text}");
        }
        assert_eq!(split("23/11/2026"), None);
    }
}

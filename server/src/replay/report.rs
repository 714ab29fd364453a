//! What is printed: tables that can go into a document as they are.

use super::{
    forecasts::Accuracy,
    measures::{COMMITMENTS, FromSlot, Measures, Waits},
    play::Class,
};
use std::fmt::Write;

/// A policy with what its days were like.
pub struct Row {
    /// Which.
    pub policy: String,
    /// What they were like.
    pub measures: Measures,
}

/// One line for each policy: commitments, and the waits that differ most between orders.
pub fn overview(rows: &[Row]) -> String {
    let mut text = String::from(
        "| policy | commitments kept | worst breach: mean of the days, worst day (min) | on time p90, p99 | late p90 | \
         no booking p50, p90, p99 | priority p90 | overtakings a day | idle although somebody could be served (h a day) |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for Row { policy, measures } in rows {
        let wait =
            |class: Class, share: f64| measures.waits.get(&class).map_or(0.0, |waits| waits.quantile(share));
        let _ = writeln!(
            text,
            "| {policy} | {:.1} % | {:.1}, {:.1} | {:.1}, {:.1} | {:.1} | {:.1}, {:.1}, {:.1} | {:.1} | {:.0} | {:.2} |",
            measures.kept * 100.0,
            measures.breach_mean,
            measures.breach_worst,
            wait(Class::OnTime, 0.9),
            wait(Class::OnTime, 0.99),
            wait(Class::Late, 0.9),
            wait(Class::WalkIn, 0.5),
            wait(Class::WalkIn, 0.9),
            wait(Class::WalkIn, 0.99),
            wait(Class::Priority, 0.9),
            measures.overtakings,
            measures.idle_in_vain_hours,
        );
    }
    text
}

/// One line for each policy: commitments when the wait of everybody on time counts from the slot.
pub fn from_slot(rows: &[Row]) -> String {
    let mut text = String::from(
        "| policy | commitments kept, from the slot | worst breach from the slot: mean of the days, worst day (min) |\n\
         | --- | --- | --- |\n",
    );
    for Row { policy, measures } in rows {
        let FromSlot { kept, breach_mean, breach_worst } = measures.from_slot;
        let _ = writeln!(text, "| {policy} | {:.1} % | {breach_mean:.1}, {breach_worst:.1} |", kept * 100.0);
    }
    text
}

/// One line for each policy and class: everything about waits.
pub fn by_class(rows: &[Row]) -> String {
    let mut text = String::from(
        "| policy | class | people | mean | median | p90 | p99 | longest | within 15 min | within 30 min | within the commitment |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let all = Waits::default();
    for Row { policy, measures } in rows {
        for (class, commitment) in COMMITMENTS {
            let waits = measures.waits.get(&class).unwrap_or(&all);
            let _ = writeln!(
                text,
                "| {policy} | {} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} % | {:.1} % | {:.1} % |",
                class.name(),
                waits.count(),
                waits.mean(),
                waits.quantile(0.5),
                waits.quantile(0.9),
                waits.quantile(0.99),
                waits.longest(),
                waits.within(15.0) * 100.0,
                waits.within(30.0) * 100.0,
                waits.within(commitment as f64) * 100.0,
            );
        }
    }
    text
}

/// One line for each policy: counters and people without one.
pub fn counters(rows: &[Row]) -> String {
    let mut text = String::from(
        "| policy | counters without anybody (h a day) | of these, although somebody could be served | never called | got no ticket | refused to the replay |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for Row { policy, measures } in rows {
        let Measures { idle_hours, idle_in_vain_hours, unserved, turned_away, refused, .. } = measures;
        let _ = writeln!(
            text,
            "| {policy} | {idle_hours:.1} | {idle_in_vain_hours:.2} | {unserved} | {turned_away} | {refused} |"
        );
    }
    text
}

/// How well the ranges did that people were told.
pub fn forecasts(accuracy: &Accuracy) -> String {
    format!(
        "| people who were told a range | range holds the wait | of those who waited | called sooner | called later | \
         mean width (min) | by position in the queue, 10 to 90 % | width compared | told no range | never called |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n\
         | {} | {:.1} % | {:.1} % | {:.1} % | {:.1} % | {:.2} | {:.2} | {:.2} | {} | {} |\n",
        accuracy.told,
        accuracy.held * 100.0,
        accuracy.held_of_waiting * 100.0,
        accuracy.sooner * 100.0,
        accuracy.later * 100.0,
        accuracy.width,
        accuracy.width_by_position,
        accuracy.width / accuracy.width_by_position.max(f64::MIN_POSITIVE),
        accuracy.told_no_range,
        accuracy.never_called,
    )
}

impl Class {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnTime => "booked, on time",
            Self::Late => "booked, late",
            Self::WalkIn => "no booking",
            Self::Priority => "priority card",
        }
    }
}

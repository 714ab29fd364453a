//! What `bin/bench` measures: the main job at its wires and screens, and how much the server carries beside what the
//! machine itself can do.

mod arrivals;
pub mod call_next;
pub mod check_in;
pub mod fan_out;
pub mod machine;
pub mod main_job;
pub(crate) mod press;
mod streams;

use machine::{Limits, Machine};
use serde::Serialize;
use std::fmt::{self, Write};

pub use arrivals::Chain;

/// Everything that was measured, as `--json` writes it. What was not asked for is left out.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// What the machine can do at all, measured in the same run.
    pub machine: Machine,
    /// Check-ins that are durable before they are acknowledged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub check_in: Vec<Level>,
    /// Calls of the next person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub call_next: Vec<Level>,
    /// One call to many streams.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fan_out: Vec<fan_out::Delivery>,
    /// The main job, one visitor at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub main_job: Option<main_job::Figures>,
}

/// So many clients at once, each of which sends its next request when the last one is answered.
#[derive(Clone, Debug, Serialize)]
pub struct Level {
    /// How many.
    pub clients: usize,
    /// Requests answered in a second, of all clients together.
    pub per_s: f64,
    /// Half were answered sooner, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 were answered sooner, in milliseconds.
    pub p99_ms: f64,
}

impl Level {
    /// Of the time that each request took, in milliseconds, and of the time that they took together, in seconds.
    fn of(clients: usize, times: Vec<f64>, seconds: f64) -> Self {
        let per_s = (times.len() as f64 / seconds * 10.0).round() / 10.0;
        let Percentiles { p50, p99, .. } = Percentiles::of(times);
        Self { clients, per_s, p50_ms: p50, p99_ms: p99 }
    }
}

/// Milliseconds.
#[derive(Debug, Serialize)]
pub struct Percentiles {
    /// How many were measured.
    pub samples: usize,
    /// Half are faster.
    pub p50: f64,
    /// 95 of 100 are faster.
    pub p95: f64,
    /// 99 of 100 are faster.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

impl Percentiles {
    /// Of at least one time in milliseconds.
    pub fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |share: usize| {
            let index = (times.len() * share).div_ceil(100).saturating_sub(1);
            times.get(index).map_or(f64::NAN, |time| (time * 100.0).round() / 100.0)
        };
        Self { samples: times.len(), p50: at(50), p95: at(95), p99: at(99), max: at(100) }
    }
}

impl Report {
    /// What was measured beside what the machine allows, for people.
    ///
    /// # Errors
    /// Never: a text takes everything.
    pub fn table(&self, limits: &Limits) -> Result<String, fmt::Error> {
        let mut text = format!(
            "machine: {:.0} durable appends and {:.0} bare requests a second\n",
            self.machine.fsyncs_per_s, self.machine.loopback_requests_per_s
        );
        for (what, levels) in [("check-in", &self.check_in), ("call-next", &self.call_next)] {
            for level in levels {
                let limit = limits.requests_per_s(level.clients);
                let Level { clients, per_s, p50_ms, p99_ms } = level;
                writeln!(
                    text,
                    "{what:9} {clients:4} clients  {per_s:8.0}/s  p50 {p50_ms:7.2} ms  p99 {p99_ms:7.2} ms  \
                     the machine allows {limit:7.0}/s: {:.1} times as much",
                    limit / per_s
                )?;
            }
        }
        for delivery in &self.fan_out {
            let limit = limits.delivery_ms(delivery.streams);
            let fan_out::Delivery { streams, p50_ms, p99_ms, max_ms, resident_mb } = delivery;
            writeln!(
                text,
                "call to   {streams:4} streams  p50 {p50_ms:7.2} ms  p99 {p99_ms:7.2} ms  max {max_ms:7.2} ms  \
                 {resident_mb:6.1} MB  the machine allows {limit:.2} ms: the p99 is {:.1} times as much",
                p99_ms / limit
            )?;
        }
        Ok(text)
    }
}

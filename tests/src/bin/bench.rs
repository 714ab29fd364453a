//! What the main job takes and what the server carries, beside what the machine can do: printed, and with `--json FILE`
//! written as well. Nothing is asserted here but that nothing was lost.

use clap::{Parser, ValueEnum};
use e2e::{
    bench::{
        Report,
        call_next::Hall,
        check_in,
        fan_out::Crowd,
        machine::Limits,
        main_job::{self, Extent},
    },
    process::allow_many_files,
};
use std::{fs, path::PathBuf};

#[derive(Parser)]
#[command(about = "Measures the main job, and what the server carries beside what the machine can do")]
struct Arguments {
    /// What to measure; everything if nothing is named.
    parts: Vec<Part>,
    /// Write the figures here as JSON, too.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Clients at once, for check-ins and calls.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 64])]
    clients: Vec<usize>,
    /// Check-ins and calls for each number of clients.
    #[arg(long, default_value_t = 3000)]
    requests: usize,
    /// Streams that one call goes to.
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1000, 5000])]
    streams: Vec<usize>,
    /// Calls for each number of streams.
    #[arg(long, default_value_t = 20)]
    stream_calls: usize,
    /// Main job: check-ins with the server there (more, if the calls need more people), and as many without it.
    #[arg(long, default_value_t = 100)]
    samples: usize,
    /// Main job: calls seen on the board; each stays there for some seconds.
    #[arg(long, default_value_t = 30)]
    calls: usize,
    /// Main job: counters that call while the streams listen.
    #[arg(long, default_value_t = 60)]
    counters: usize,
    /// Main job: boards that listen.
    #[arg(long, default_value_t = 30)]
    boards: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Scan to ticket, call to board, one at a time.
    MainJob,
    /// Durable check-ins a second.
    CheckIn,
    /// Calls of the next person a second.
    CallNext,
    /// One call to many streams.
    FanOut,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    allow_many_files()?;
    let arguments = Arguments::parse();
    let (report, limits) = measure(&arguments).await?;
    let json = serde_json::to_string_pretty(&report)?;
    println!("{json}\n\n{}", report.table(&limits)?);
    if let Some(file) = &arguments.json {
        fs::write(file, json)?;
    }
    Ok(())
}

async fn measure(arguments: &Arguments) -> anyhow::Result<(Report, Limits)> {
    let asked = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    let (requests, clients) = (arguments.requests, &arguments.clients);
    let (mut report, mut limits) = (Report::default(), Limits::default());
    // Beside what it is compared with, and where the halls keep their data: the machine may have other work.
    let folder = std::env::temp_dir();
    limits.measure(&folder, 1, requests).await?;
    for &clients in clients {
        limits.measure(&folder, clients, requests).await?;
        if asked(Part::CheckIn) {
            report.check_in.push(check_in::measure(clients, requests).await?);
        }
    }
    if asked(Part::CallNext) {
        let most = clients.iter().copied().max().unwrap_or(1);
        let mut hall = Hall::build(most.max(arguments.counters), requests * clients.len()).await?;
        for &clients in clients {
            limits.measure(&folder, clients, requests).await?;
            report.call_next.push(hall.measure(clients, requests).await?);
        }
    }
    if asked(Part::FanOut) {
        let mut crowd = Crowd::build(arguments.stream_calls * arguments.streams.len()).await?;
        for &streams in &arguments.streams {
            report.fan_out.push(crowd.measure(streams, arguments.stream_calls).await?);
        }
    }
    if asked(Part::MainJob) {
        let &Arguments { samples, calls, counters, boards, .. } = arguments;
        report.main_job = Some(main_job::measure(&Extent { samples, calls, counters, boards }).await?);
    }
    report.machine = limits.machine();
    Ok((report, limits))
}

//! Simulated printers and scanners as a program, for demonstrations, training and tests.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use hardware::sim::{Answer, Control, Devices, DevicesConfig, Fault, Request};
use nix::sys::signal::{SigSet, Signal};

/// Printers and scanners that exist only as files, on the wires of real ones.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs simulated devices until the program is told to stop.
    ///
    /// When they are ready, one line of JSON on the standard output says where they are.
    Run {
        /// The devices, in TOML.
        config: PathBuf,
        /// The run folder, instead of the one in the configuration.
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    /// Tells running devices what to do, and prints their answer as one line of JSON.
    Control {
        /// The run folder.
        folder: PathBuf,
        #[command(subcommand)]
        order: Order,
    },
}

#[derive(Subcommand)]
enum Order {
    /// A scanner reads a code.
    Scan { name: String, text: String },
    /// Something goes wrong with a printer, or is put right.
    Fault {
        name: String,
        #[arg(value_enum)]
        fault: FaultName,
        /// `on`, `off`, or for what happens after so many bytes their number, and for paper-left the millimetres.
        value: String,
    },
    /// A printer or scanner loses power.
    Unplug { name: String },
    /// A printer or scanner comes back.
    Plug { name: String },
    /// What a printer has printed.
    Slips { name: String },
}

#[derive(Clone, Copy, ValueEnum)]
enum FaultName {
    PaperOut,
    PaperNearEnd,
    CoverOpen,
    Cutter,
    Offline,
    Silent,
    Slow,
    DropAfter,
    PowerOffAfter,
    PaperOutAfter,
    PaperLeft,
}

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .init();
    match Arguments::parse().command {
        Command::Run { config, folder } => run(&config, folder),
        Command::Control { folder, order } => control(&folder, order),
    }
}

fn run(path: &Path, folder: Option<PathBuf>) -> anyhow::Result<()> {
    // Before any thread starts, so that all of them leave the signals to this one.
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGINT);
    signals.add(Signal::SIGTERM);
    signals.thread_block().context("cannot wait for signals")?;

    let mut config = DevicesConfig::from_file(path)?;
    config.folder = folder.unwrap_or(config.folder);
    let devices = Devices::start(config)?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(devices.ready())?)?;
    let signal = signals.wait().context("cannot wait for signals")?;
    tracing::info!(%signal, "stopping");
    Ok(())
}

fn control(folder: &Path, order: Order) -> anyhow::Result<()> {
    let request = match order {
        Order::Scan { name, text } => Request::Scan { name, text },
        Order::Fault { name, fault, value } => fault_request(name, fault, &value)?,
        Order::Unplug { name } => Request::Unplug { name },
        Order::Plug { name } => Request::Plug { name },
        Order::Slips { name } => Request::Slips { name },
    };
    let answer: Answer = Control::connect(folder)?.ask(&request)?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&answer)?)?;
    Ok(())
}

fn fault_request(name: String, fault: FaultName, value: &str) -> anyhow::Result<Request> {
    let number = || value.parse().with_context(|| format!("{value:?} is neither a number nor off"));
    let off = value == "off";
    let fault = match fault {
        FaultName::DropAfter => Fault::DropAfter(if off { 0 } else { number()? }),
        FaultName::PowerOffAfter => Fault::PowerOffAfter(if off { 0 } else { number()? }),
        FaultName::PaperOutAfter => Fault::PaperOutAfter(if off { 0 } else { number()? }),
        FaultName::PaperLeft => Fault::PaperLeft(if off { 0 } else { u32::try_from(number()?)? }),
        _ if !off && value != "on" => anyhow::bail!("{value:?} is neither on nor off"),
        FaultName::PaperOut => Fault::PaperOut,
        FaultName::PaperNearEnd => Fault::PaperNearEnd,
        FaultName::CoverOpen => Fault::CoverOpen,
        FaultName::Cutter => Fault::Cutter,
        FaultName::Offline => Fault::Offline,
        FaultName::Silent => Fault::Silent,
        FaultName::Slow => Fault::Slow,
    };
    Ok(Request::Fault { name, fault, on: !off })
}

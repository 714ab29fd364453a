//! Runs one of the proofs and ends with its figures; exit status 0 only if it holds.

use clap::Parser;
use e2e::prove::{ALL, Options};
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "Runs one of the proofs of docs/reliability.md; without a name, lists them")]
struct Arguments {
    /// Which.
    name: Option<String>,
    /// How often it is done again; each proof has a number of its own.
    #[arg(long)]
    cycles: Option<u64>,
    /// The same seed gives the same run.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> anyhow::Result<ExitCode> {
    let Arguments { name, cycles, seed } = Arguments::parse();
    let Some(name) = name else {
        ALL.iter().for_each(|proof| println!("{:14} {}", proof.name, proof.about));
        return Ok(ExitCode::SUCCESS);
    };
    let Some(proof) = ALL.iter().find(|proof| proof.name == name) else {
        anyhow::bail!("there is no proof `{name}`: bin/prove lists them");
    };
    let verdict = (proof.run)(&Options { cycles, seed })?;
    let held = verdict.holds();
    if let Err(fault) = &held {
        eprintln!("{} does not hold:\n{fault}", proof.name);
    }
    println!("{}", verdict.line());
    Ok(if held.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! `guichet-board`: show the calls, and enrol this board.

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use display_board::{config::Config, identity::Identity, run};
use std::{io::IsTerminal, path::PathBuf};

#[derive(Parser)]
#[command(name = "guichet-board", version, about = "The waiting-room screen of a reception hall")]
struct Arguments {
    /// The configuration file.
    #[arg(long, short, default_value = "board.toml", global = true, env = "GUICHET_BOARD_CONFIG")]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Subcommands>,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Show the calls until told to stop. This is what happens without a command.
    Run,
    /// Enrol this board with a one-time code that `guichet-server pair --kind board` gave.
    Pair {
        /// The server, such as https://guichet.example:8443.
        #[arg(long)]
        server: String,
        /// The code.
        #[arg(long)]
        code: String,
        /// The fingerprint of the site's authority, as the server printed it with the code. Not needed
        /// where the server has a certificate of a public authority.
        #[arg(long)]
        fingerprint: Option<String>,
    },
    /// Say in words what is wrong with the configuration.
    Check,
}

fn main() -> std::process::ExitCode {
    match start() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            // For the operator: what went wrong and why, without the program's inside.
            eprintln!("guichet-board: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn start() -> anyhow::Result<()> {
    // What a program keeps is for its own user: keys, tokens, people's data.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "info,hyper=warn,h2=warn,rustls_platform_verifier=off".into()),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let arguments = Arguments::parse();
    let config = Config::load(&arguments.config)?;
    match arguments.command.unwrap_or(Subcommands::Run) {
        Subcommands::Run => show(&config),
        Subcommands::Pair { server, code, fingerprint } => {
            pair(&config, &server, &code, fingerprint.as_deref())
        }
        Subcommands::Check => check(&config),
    }
}

fn show(config: &Config) -> anyhow::Result<()> {
    // One line for programs that start this one and wait until the window is there.
    run::run(config, || println!("{}", serde_json::json!({ "ready": true }))).map_err(Into::into)
}

fn pair(config: &Config, server: &str, code: &str, fingerprint: Option<&str>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let identity = runtime.block_on(Identity::pair(&config.data_dir, server, code, fingerprint))?;
    println!("This board is « {} » of {}.", identity.name, identity.site);
    Ok(())
}

fn check(config: &Config) -> anyhow::Result<()> {
    // Reading it found every fault that the text alone can tell; the rest needs the machine.
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("data_dir {}: cannot be made or written", config.data_dir.display()))?;
    let Some(identity) = Identity::load(&config.data_dir)? else {
        bail!("The configuration is right, but this board is not enrolled: run `guichet-board pair`.");
    };
    println!("The configuration is right. This board is « {} » of {}.", identity.name, identity.site);
    for word in display_board::legibility::words(&config.room) {
        println!("{word}");
    }
    Ok(())
}

//! `guichet-kiosk`: run the kiosk, pair it with a server, check its configuration.

use clap::{Parser, Subcommand};
use kiosk::{
    config::Config,
    enrolment,
    local::{LocalStore, OpenError},
    run,
};
use std::{io::IsTerminal, path::PathBuf};

#[derive(Parser)]
#[command(name = "guichet-kiosk", version, about = "The kiosk of a reception hall")]
struct Arguments {
    /// The configuration file.
    #[arg(long, short, default_value = "kiosk.toml", global = true, env = "GUICHET_KIOSK_CONFIG")]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Commands>,
}

#[derive(Subcommand)]
enum Commands {
    /// Serve visitors (the default).
    Run,
    /// Enrol this kiosk by a one-time code from `guichet-server pair --kind kiosk`.
    Pair {
        /// The server's address, such as https://guichet.example:8443.
        #[arg(long)]
        server: String,
        /// The code.
        #[arg(long)]
        code: String,
        /// The fingerprint that the server showed with the code, if it made its own certificate.
        #[arg(long)]
        fingerprint: Option<String>,
    },
    /// Say in words what is wrong with the configuration, or what this kiosk is.
    Check,
}

fn main() -> std::process::ExitCode {
    match start() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            // For the operator: what went wrong and why, without the program's inside.
            eprintln!("guichet-kiosk: {error:#}");
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
    match arguments.command.unwrap_or(Commands::Run) {
        Commands::Run => Ok(run::run(&config)?),
        Commands::Pair { server, code, fingerprint } => pair(&config, &server, &code, fingerprint.as_deref()),
        Commands::Check => check(&config),
    }
}

fn pair(config: &Config, server: &str, code: &str, fingerprint: Option<&str>) -> anyhow::Result<()> {
    let mut store = LocalStore::open(&config.database())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let identity = runtime.block_on(enrolment::pair(&mut store, server, code, fingerprint))?;
    println!(
        "Paired with {} as « {} » of {}, lane {}.",
        identity.server, identity.name, identity.site, identity.lane
    );
    Ok(())
}

fn check(config: &Config) -> anyhow::Result<()> {
    println!("The configuration can be used.");
    let path = config.database();
    if !path.exists() {
        println!("Not paired yet: run `guichet-kiosk pair`.");
        return Ok(());
    }
    let store = match LocalStore::open(&path) {
        Err(OpenError::InUse { .. }) => {
            println!("A kiosk is running with it.");
            return Ok(());
        }
        opened => opened?,
    };
    match store.identity()? {
        Some(identity) => println!(
            "Paired with {} as « {} » of {}, lane {}.",
            identity.server, identity.name, identity.site, identity.lane
        ),
        None => println!("Not paired yet: run `guichet-kiosk pair`."),
    }
    Ok(())
}

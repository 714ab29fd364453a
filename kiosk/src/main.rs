//! `guichet-kiosk`: run the kiosk, pair it with a server, check its configuration.

use clap::{Parser, Subcommand};
use kiosk::{
    clock::KioskClock,
    config::Config,
    enrolment,
    local::{LocalStore, OpenError},
    pin::Pin,
    reception::Reception,
    run, status,
};
use std::{io::IsTerminal, path::PathBuf, sync::Arc};

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
    /// Set the PIN of the operator's page, which shows and prints the day's tickets. Asks for it, or reads a line from
    /// standard input. The kiosk must not be running.
    SetPin,
    /// Say in words what is wrong with the configuration, or what this kiosk is.
    Check,
    /// Say how this kiosk is: its server, clock and devices, what it has to send, and what the server could not use.
    Status,
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
    #[cfg(feature = "fail-points")]
    let _until_the_end = end_at_fail_points();
    let arguments = Arguments::parse();
    let config = Config::load(&arguments.config)?;
    match arguments.command.unwrap_or(Commands::Run) {
        Commands::Run => Ok(run::run(&config)?),
        Commands::Pair { server, code, fingerprint } => pair(&config, &server, &code, fingerprint.as_deref()),
        Commands::SetPin => set_pin(&config),
        Commands::Check => check(&config),
        Commands::Status => status(&config),
    }
}

/// Arms the points that `FAILPOINTS` names, such as `kiosk-issue-committed=panic`. One that is reached ends the
/// program at once, as a power cut does: nothing is unwound, tidied up or answered.
#[cfg(feature = "fail-points")]
fn end_at_fail_points() -> fail::FailScenario<'static> {
    let panicked = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        panicked(panic);
        if panic.payload_as_str().is_some_and(|said| said.starts_with("failpoint ")) {
            std::process::abort();
        }
    }));
    fail::FailScenario::setup()
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

fn status(config: &Config) -> anyhow::Result<()> {
    if let Some(text) = status::ask(&config.status_socket())? {
        print!("{text}");
        return Ok(());
    }
    println!("The kiosk is not running.");
    if config.database().exists() {
        let clock = Arc::new(KioskClock::system()?);
        print!("{}", status::in_words(&Reception::look(LocalStore::open(&config.database())?, clock)?)?);
    } else {
        println!("Not paired yet: run `guichet-kiosk pair`.");
    }
    Ok(())
}

fn set_pin(config: &Config) -> anyhow::Result<()> {
    let mut store = LocalStore::open(&config.database())?;
    let pin = Pin(ask("New PIN: ")?);
    pin.check()?;
    if std::io::stdin().is_terminal() && ask("The same again: ")? != pin.0 {
        anyhow::bail!("these are two different PINs: nothing was changed");
    }
    store
        .set_operator_pin(&pin.hash().map_err(|error| anyhow::anyhow!("the PIN cannot be kept: {error}"))?)?;
    println!(
        "The PIN is set. Touch the top left corner of the kiosk five times to open the operator's page."
    );
    Ok(())
}

/// A line from standard input; what is typed on a terminal is not shown.
fn ask(question: &str) -> anyhow::Result<String> {
    use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
    let input = std::io::stdin();
    let shown = if input.is_terminal() { Some(tcgetattr(&input)?) } else { None };
    if let Some(shown) = &shown {
        let mut unseen = shown.clone();
        unseen.local_flags.remove(LocalFlags::ECHO);
        eprint!("{question}");
        tcsetattr(&input, SetArg::TCSAFLUSH, &unseen)?;
    }
    let mut line = String::new();
    let read = input.read_line(&mut line);
    if let Some(shown) = &shown {
        tcsetattr(&input, SetArg::TCSAFLUSH, shown)?;
        eprintln!();
    }
    read?;
    Ok(line.trim().to_owned())
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
    if store.operator_pin()?.is_none() {
        println!("The operator's page is closed: run `guichet-kiosk set-pin` to have one.");
    }
    match store.identity()? {
        Some(identity) => println!(
            "Paired with {} as « {} » of {}, lane {}.",
            identity.server, identity.name, identity.site, identity.lane
        ),
        None => println!("Not paired yet: run `guichet-kiosk pair`."),
    }
    Ok(())
}

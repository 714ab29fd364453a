//! The server's disk is full: it says so, loses nothing, and goes on when there is room.

use anyhow::Context;
use e2e::{
    Day, Setup, World,
    play::settle,
    process::{Running, program},
    until, world,
};
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

/// A server whose data folder is a disk of three megabytes of its own.
struct SmallDisk {
    server: Running,
    data: PathBuf,
    port: u16,
}

impl SmallDisk {
    fn start(folder: &Path) -> anyhow::Result<Self> {
        let data = folder.join("data");
        fs::create_dir_all(&data)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        // A mount that only this process sees; a user namespace makes it possible without being root.
        let mut command = Command::new("unshare");
        let script = r#"mount -t tmpfs -o size=3m tmpfs "$1" && shift && exec "$@""#;
        command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]).arg(&data);
        command.arg(program("guichet-server")?).args(["--config", world::SAMPLE_CONFIG, "serve"]);
        command.args(["--training-clock", &Day::at("09:40").training_clock()]);
        command.env("GUICHET__DATA_DIR", &data).env("GUICHET__LISTEN__HTTPS", format!("127.0.0.1:{port}"));
        let server = Running::start("small-disk", command, folder)?;
        server.json()?;
        Ok(Self { server, data, port })
    }

    /// The data folder as the server sees it.
    fn inside(&self) -> PathBuf {
        let outside = self.data.strip_prefix("/").unwrap_or(&self.data);
        Path::new(&format!("/proc/{}/root", self.server.id())).join(outside)
    }
}

#[tokio::test]
async fn a_full_disk_is_said_loses_nothing_and_passes() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut small = SmallDisk::start(folder.path())?;
    let inside = small.inside();
    let authority = fs::read_to_string(inside.join("tls/authority.pem"))?;
    let client =
        protocol::client::Client::new(&format!("https://127.0.0.1:{}", small.port), Some(&authority), None)?;
    let kiosk = e2e::device::SimulatedKiosk::pair(&client, &inside.join("control.sock")).await?;

    let mut kiosk = kiosk;
    let mut stored = kiosk.state_facts(20).await?;
    let ballast = inside.join("ballast");
    fill(&ballast)?;
    let refused = loop {
        match kiosk.state_facts(100).await {
            Ok(acked) => stored = acked,
            Err(error) => break error,
        }
    };
    let problem = refused.to_string();
    assert!(problem.contains("disk is full"), "{problem}");
    assert!(small.server.is_running(), "a full disk does not end the server");

    let health = client.health().await;
    let told = health.as_ref().map_or_else(ToString::to_string, |health| health.disk_free_mb.to_string());
    assert!(told == "0" || told.contains("disk is full"), "whoever watches the server sees it: {told}");

    fs::remove_file(&ballast)?;
    let again = kiosk.send_again().await.context("with room, the same facts are taken")?;
    assert_eq!(again, stored + 100, "nothing was lost and nothing was stored twice");
    until("the server stops well", || small.server.stop().ok())?;
    Ok(())
}

#[test]
fn a_kiosk_that_starts_on_a_full_disk_sends_visitors_to_a_person_until_there_is_room() -> anyhow::Result<()> {
    let mut world =
        World::start(&Setup::new(Day::at("09:40").booked("RDV-ADA", 5, "RT").booked("RDV-BO", 6, "RT")))?;
    world.power_cut(1)?;
    let folder = world.folder().to_owned();
    let ballast = world.kiosks[0].screen.start_on_full_disk(&folder)?;
    let screen = world.kiosks[0].screen.display()?;
    settle(screen)?;
    let out_of_order = screen.pixels(screen.whole())?;
    until("the scanner is open", || world.scan(1, "RDV-ADA").ok())?;
    assert_eq!(screen.pixels(screen.whole())?, out_of_order, "nothing else is offered");
    assert!(world.events("checked_in")?.is_empty() && world.tickets(1)?.is_empty());

    fs::remove_file(&ballast)?;
    until("visitors are served again", || {
        (screen.pixels(screen.whole()).ok()? != out_of_order).then_some(())
    })?;
    world.scan(1, "RDV-BO")?;
    world.wait_for_events("checked_in", 1)?;
    world.wait_for_tickets(1, 1)?;
    world.wait_for_events("ticket_printed", 1)?;
    Ok(())
}

/// Writes until nothing more fits.
fn fill(path: &Path) -> anyhow::Result<()> {
    use std::io::Write;
    let mut file = fs::File::create(path)?;
    let block = [0_u8; 4096];
    while file.write_all(&block).is_ok() {}
    Ok(())
}

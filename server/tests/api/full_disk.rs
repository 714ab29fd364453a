//! A full disk: what was kept back lets a device be revoked and the server be started again.

use crate::helpers::{Setup, lille, soon};
use protocol::{
    client::Client,
    control::{Answer, Ask},
    pairing::DeviceKind,
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};
use tempfile::TempDir;

/// A disk of 48 MB that only those see who enter the room of the process that holds it.
struct Disk {
    folder: TempDir,
    holder: Child,
}

/// A server that does not outlive its test.
struct Served(Child);

impl Served {
    fn kill(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

/// The first line that a program prints.
fn first_line(out: &mut Option<ChildStdout>) -> String {
    let mut line = String::new();
    BufReader::new(out.as_mut().unwrap()).read_line(&mut line).unwrap();
    line
}

impl Disk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        fs::write(folder.path().join("guichet.toml"), Setup::default().toml(&data)).unwrap();
        let script = r#"mount -t tmpfs -o size=48m tmpfs "$1" && echo ready && exec cat"#;
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]).arg(&data);
        let mut holder = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        assert_eq!(first_line(&mut holder.stdout), "ready\n");
        Self { folder, holder }
    }

    /// The data folder as those in the room see it.
    fn inside(&self) -> PathBuf {
        let outside = self.folder.path().join("data");
        Path::new(&format!("/proc/{}/root", self.holder.id())).join(outside.strip_prefix("/").unwrap())
    }

    /// Starts a server on the disk, and gives it with its address.
    fn serve(&self) -> (Served, String) {
        let mut command = Command::new("nsenter");
        command.args([
            "--target",
            &self.holder.id().to_string(),
            "--user",
            "--mount",
            "--preserve-credentials",
        ]);
        command.arg(env!("CARGO_BIN_EXE_guichet-server")).arg("--config");
        command.arg(self.folder.path().join("guichet.toml")).arg("serve");
        let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
        let told: serde_json::Value = serde_json::from_str(&first_line(&mut server.stdout)).unwrap();
        (Served(server), format!("https://{}", told["https"].as_str().unwrap()))
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        let mut file = fs::File::create(self.inside().join("filler")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.inside().join("filler")).unwrap();
    }

    async fn pair(&self) -> Result<(), String> {
        let ask = Ask::Pair { site: lille(), kind: DeviceKind::Board, name: "x".into() };
        let asked = server::control::ask(&self.inside().join("control.sock"), &ask).await.unwrap();
        match asked.expect("the server runs") {
            Answer::Code { .. } => Ok(()),
            Answer::Failed { reason } => Err(reason),
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ended = self.holder.kill().and_then(|()| self.holder.wait());
    }
}

#[tokio::test]
async fn what_was_kept_back_is_used_when_the_disk_is_full_and_comes_back() {
    let disk = Disk::new();
    let reserve = disk.inside().join("reserve");
    let (mut server, _) = disk.serve();
    assert_eq!(fs::metadata(&reserve).unwrap().len(), 8 << 20);
    disk.fill();
    server.kill();

    let (mut server, url) = disk.serve();
    assert!(!reserve.exists(), "the start needed it");
    let authority = fs::read_to_string(disk.inside().join("tls/authority.pem")).unwrap();
    let client = Client::new(&url, Some(&authority), None).unwrap();
    let told = client.health().await.unwrap_err().to_string();
    assert!(told.contains("disk is full"), "{told}");
    disk.pair().await.unwrap();

    disk.empty();
    client.health().await.unwrap();
    assert!(reserve.exists(), "it comes back when there is room");
    disk.fill();
    let full = async {
        loop {
            match disk.pair().await {
                Ok(()) => {}
                Err(reason) => break reason,
            }
        }
    };
    let reason = soon("the disk is full", full).await;
    assert!(reason.contains("disk is full"), "{reason}");
    disk.pair().await.unwrap();
    server.kill();
}

//! What the operator leaves on the disk.

use e2e::{process::Running, process::program, until, world};
use std::{
    fs,
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::Command,
};

/// A command of the server that begins with a given umask.
fn server(umask: &str, data: &Path, arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new("sh");
    command.args(["-c", "umask \"$1\" && shift && exec \"$@\"", "sh", umask]);
    command.arg(program("guichet-server")?).args(["--config", world::SAMPLE_CONFIG]).args(arguments);
    command.env("GUICHET__DATA_DIR", data).env("GUICHET__LISTEN__HTTPS", "127.0.0.1:0");
    Ok(command)
}

/// Every file and folder below one, itself included, that somebody else could read or write.
fn open_to_others(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        let metadata = fs::symlink_metadata(&path)?;
        if metadata.is_dir() {
            left.extend(
                fs::read_dir(&path)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?,
            );
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            found.push(path);
        }
    }
    Ok(found)
}

/// What a running server has in its data folder, as far as it is worth stealing.
const SECRETS: [&str; 5] =
    ["guichet.sqlite3", "guichet.sqlite3-wal", "guichet.sqlite3-shm", "tls/authority.key", "control.sock"];

#[test]
fn nobody_else_on_the_machine_can_enter_the_data_folder_whoever_made_it() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for (umask, is_checked) in [("022", true), ("000", true), ("022", false), ("000", false)] {
        let data = folder.path().join(format!("data-{umask}-{is_checked}"));
        if is_checked {
            let check = server(umask, &data, &["check"])?.output()?;
            assert!(check.status.success(), "{check:?}");
            assert!(!data.exists(), "to look must not make what the service cannot read");
        }
        let mut serving = Running::start("server", server(umask, &data, &["serve"])?, folder.path())?;
        serving.json()?;
        for secret in SECRETS {
            assert!(data.join(secret).exists(), "{secret} is not there to be looked at");
        }
        assert_eq!(fs::metadata(&data)?.permissions().mode() & 0o777, 0o700);
        assert_eq!(open_to_others(&data)?, Vec::<PathBuf>::new(), "umask {umask}");
        serving.stop()?;
    }
    Ok(())
}

#[test]
fn an_operator_is_heard_again_after_the_server_had_no_file_descriptor_left() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let mut command = Command::new("prlimit");
    command.arg("--nofile=48:48").arg(program("guichet-server")?);
    command.args(["--config", world::SAMPLE_CONFIG, "serve"]);
    command.env("GUICHET__DATA_DIR", &data).env("GUICHET__LISTEN__HTTPS", "127.0.0.1:0");
    let serving = Running::start("server", command, folder.path())?;
    serving.json()?;
    let crowd: Vec<UnixStream> =
        (0..64).map(|_| UnixStream::connect(data.join("control.sock"))).collect::<Result<_, _>>()?;
    until("the server has none left", || serving.log().contains("could not be accepted").then_some(()))?;
    drop(crowd);
    let heard = server("077", &data, &["devices"])?.output()?;
    assert!(heard.status.success(), "{heard:?}");
    Ok(())
}

//! What the operator leaves on the disk.

use e2e::{process::Running, process::program, world};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// A command of the server whose files nobody's umask protects.
fn server(data: &Path, port: u16, arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$@\"", "sh"]).arg(program("guichet-server")?);
    command.args(["--config", world::SAMPLE_CONFIG]).args(arguments);
    command.env("GUICHET__DATA_DIR", data).env("GUICHET__LISTEN__HTTPS", format!("127.0.0.1:{port}"));
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

#[test]
fn nobody_else_on_the_machine_can_enter_the_data_folder_whoever_made_it() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for first in [&["check"][..], &[][..]] {
        let data = folder.path().join(format!("data-{}", first.len()));
        if !first.is_empty() {
            assert!(server(&data, 0, first)?.stdout(std::process::Stdio::null()).status()?.success());
        }
        let mut serving = Running::start("server", server(&data, 0, &["serve"])?, folder.path())?;
        serving.json()?;
        assert!(data.join("guichet.sqlite3").is_file() && data.join("control.sock").exists());
        assert_eq!(fs::metadata(&data)?.permissions().mode() & 0o777, 0o700);
        assert_eq!(open_to_others(&data)?, Vec::<PathBuf>::new());
        serving.stop()?;
    }
    Ok(())
}

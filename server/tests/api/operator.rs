//! What the operator does at the machine: the configuration's paths, the commands without a server, the keys.

use crate::helpers::{Setup, lille};
use protocol::control::{Answer, Ask, Role};
use server::{Server, StartError, clock::Clock, config::Config, control};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

fn add_agent(name: &str) -> Ask {
    let password = "a long pass phrase".to_owned();
    Ask::AddAgent { site: lille(), name: name.into(), password, role: Role::Agent }
}

/// A server that opened a folder and closed it again.
async fn opened_truly(folder: &Path) -> Result<(), StartError> {
    Server::open(Setup::default().config(folder), Clock::default()).await?.close().await;
    Ok(())
}

async fn words_of_start(folder: &Path) -> String {
    control::in_words(&opened_truly(folder).await.unwrap_err())
}

#[test]
fn paths_are_beside_the_configuration_wherever_it_is_called_from() {
    let folder = TempDir::new().unwrap();
    for name in ["chain.pem", "key.pem"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let tls = "[tls]\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\n[sites.lille]";
    let text = Setup::default().toml(Path::new("data")).replacen("[sites.lille]", tls, 1);
    let file = folder.path().join("guichet.toml");
    fs::write(&file, text).unwrap();
    let config = Config::load(&file).unwrap();
    assert_eq!(config.data_dir, folder.path().join("data"));
    assert_eq!(config.tls.certificate, Some(folder.path().join("chain.pem")));
    assert_eq!(config.tls.key, Some(folder.path().join("key.pem")));
}

#[tokio::test]
async fn a_command_never_makes_a_database() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let config = Setup::default().config(&data);
    let error = control::ask_or_do(config.clone(), add_agent("nadia")).await.unwrap_err();
    let said = control::in_words(&error);
    assert!(said.contains("there is no database in") && said.contains("guichet-server serve"), "{said}");
    assert!(!data.exists(), "nothing is made");
    opened_truly(&data).await.unwrap();
    let answer = control::ask_or_do(config, add_agent("nadia")).await.unwrap();
    assert!(matches!(answer, Answer::Agent { .. }), "{answer:?}");
}

/// The files of the authority: its certificate and its key.
fn authority(folder: &Path) -> [PathBuf; 2] {
    ["authority.pem", "authority.key"].map(|name| folder.join("tls").join(name))
}

#[tokio::test]
async fn half_an_authority_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    opened_truly(folder.path()).await.unwrap();
    for missing in 0..2 {
        let [there, lost] = [1 - missing, missing].map(|place| authority(folder.path())[place].clone());
        let (kept, gone) = (fs::read(&there).unwrap(), fs::read(&lost).unwrap());
        fs::remove_file(&lost).unwrap();
        let said = words_of_start(folder.path()).await;
        assert!(said.contains(&format!("{} is missing beside", lost.display())), "{said}");
        assert_eq!(fs::read(&there).unwrap(), kept);
        assert!(!lost.exists());
        fs::write(&lost, gone).unwrap();
    }
}

//! What the operator does at the machine: the configuration's paths, the commands without a server, the keys.

use crate::helpers::{Setup, TestServer, lille};
use chrono::Duration;
use protocol::{
    control::{Answer, Ask, Role},
    pairing::DeviceKind,
};
use server::{
    Server, StartError,
    check::{self, Findings},
    clock::Clock,
    config::{Config, Tls},
    control,
};
use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
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

/// The operator's own certificate, PEM, for these names and until then, with its key beside it.
fn with_certificate(folder: &Path, names: &[&str], until_year: i32) -> Config {
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(names).unwrap();
    params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    params.not_after = rcgen::date_time_ymd(until_year, 1, 1);
    let [chain, file] = ["chain.pem", "key.pem"].map(|name| folder.join(name));
    fs::write(&chain, params.self_signed(&key).unwrap().pem()).unwrap();
    fs::write(&file, key.serialize_pem()).unwrap();
    let mut config = Setup::default().config(&folder.join("data"));
    config.tls = Tls { certificate: Some(chain), key: Some(file), names: Vec::new() };
    config
}

fn notes(config: &Config, expected: &str) -> bool {
    found(config).notes.iter().any(|note| note.contains(expected))
}

fn found(config: &Config) -> Findings {
    protocol::trust::install_tls_provider();
    check::everything(config, Clock::default())
}

#[track_caller]
fn only_fault(config: &Config, expected: &str) {
    let faults = found(config).faults;
    assert!(faults.len() == 1 && faults[0].contains(expected), "expected `{expected}`, found {faults:#?}");
}

#[test]
fn a_certificate_that_nobody_believes_is_told() {
    let folder = TempDir::new().unwrap();
    let mut config = with_certificate(folder.path(), &["guichet.example", "192.0.2.10"], 2100);
    let good = found(&config);
    assert!(
        good.faults.is_empty() && good.notes[0].contains("is for guichet.example, 192.0.2.10"),
        "{good:?}"
    );
    config.tls.names = ["guichet.example", "192.0.2.10"].map(str::to_owned).to_vec();
    assert_eq!(found(&config).faults, [""; 0]);
    config.tls.names.push("hall.example".into());
    only_fault(&config, "is for guichet.example, 192.0.2.10, and not for hall.example of tls.names");
    only_fault(&with_certificate(folder.path(), &["guichet.example"], 2020), "expired on 01/01/2020");
    only_fault(&with_certificate(folder.path(), &[], 2100), "names no server");
    let config = with_certificate(folder.path(), &["guichet.example"], 2100);
    let header = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    fs::write(config.tls.key.as_ref().unwrap(), header).unwrap();
    only_fault(&config, "is protected by a password");
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_told_and_nothing_is_made() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let config = Setup::default().config(&data);
    assert!(notes(&config, "is not there yet"));
    assert!(!data.exists());
    opened_truly(&data).await.unwrap();
    let names =
        || fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>();
    let before = names();
    assert_eq!(found(&config).faults, [""; 0]);
    let file = config.database();
    let set = |change: &str| rusqlite::Connection::open(&file).unwrap().execute_batch(change).unwrap();
    set("PRAGMA user_version = 99");
    only_fault(&config, "was written by a newer version");
    set("PRAGMA user_version = 2");
    assert_eq!(names(), before);
    let whole = fs::read(&file).unwrap();
    let scribbled: Vec<u8> =
        whole[..4096].iter().copied().chain(whole[4096..].iter().map(|b| b ^ 0x5a)).collect();
    fs::write(&file, scribbled).unwrap();
    only_fault(&config, "guichet.sqlite3");
    fs::remove_file(&file).unwrap();
    assert!(notes(&config, "a server was here before"), "{:?}", found(&config));
    assert!(!file.exists());
}

#[tokio::test]
async fn a_clock_far_behind_is_told_by_the_check() {
    let folder = TempDir::new().unwrap();
    opened_truly(folder.path()).await.unwrap();
    let config = Setup::default().config(folder.path());
    let clock = Clock::starting_at(Clock::default().now() - Duration::days(2));
    let faults = check::everything(&config, clock).faults;
    assert!(faults.len() == 1 && faults[0].contains("set the clock right"), "{faults:?}");
}

#[tokio::test]
async fn an_address_in_use_is_a_fault_unless_this_server_uses_it() {
    let folder = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = Setup::default().config(folder.path());
    config.listen.https = taken.local_addr().unwrap();
    only_fault(&config, "cannot listen on 127.0.0.1:");
    let server = TestServer::start().await;
    let mut config = Setup::default().config(server.folder.path());
    config.listen.https = server.address;
    let found = found(&config);
    assert!(
        found.faults.is_empty() && found.notes[0].contains("a server runs on this data_dir"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_name_is_the_same_however_it_is_typed_and_can_be_shown() {
    let server = TestServer::start().await;
    let made = server.operate(add_agent("\u{c9}milie")).await;
    assert!(matches!(made, Answer::Agent { .. }), "{made:?}");
    for same in ["e\u{301}milie", "E\u{301}MILIE", " \u{e9}milie "] {
        let answer = server.operate(add_agent(same)).await;
        assert!(matches!(&answer, Answer::Failed { reason } if reason.contains("is taken")), "{answer:?}");
    }
    let anon = server.anon();
    for typed in ["e%CC%81milie", "%C3%89MILIE"] {
        let form = anon
            .request(reqwest::Method::POST, "/console/sign-in")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("name={typed}&password=a+long+pass+phrase"));
        assert_eq!(anon.send(form).await.status.as_u16(), 303, "{typed}");
    }
    let pair = |name: &str| Ask::Pair { site: lille(), kind: DeviceKind::Board, name: name.into() };
    for wrong in ["", "  ", "hall\u{1b}[2J", "a\nb", &"x".repeat(61)] {
        let answer = server.operate(pair(wrong)).await;
        assert!(matches!(&answer, Answer::Failed { reason } if reason.contains("a name has")), "{answer:?}");
    }
    let answer = server.operate(pair(" hall ")).await;
    assert!(matches!(answer, Answer::Code { .. }), "{answer:?}");
}

#[tokio::test]
async fn a_password_is_not_shown_on_the_terminal_where_it_is_typed() {
    let folder = TempDir::new().unwrap();
    opened_truly(&folder.path().join("data")).await.unwrap();
    let file = folder.path().join("guichet.toml");
    fs::write(&file, Setup::default().toml(Path::new("data"))).unwrap();
    let terminal = nix::pty::openpty(None, None).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_guichet-server"))
        .arg("--config")
        .arg(&file)
        .args(["add-agent", "--site", "lille", "--name", "nadia"])
        .stdin(terminal.slave)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut keys, mut said) = (fs::File::from(terminal.master), child.stderr.take().unwrap());
    for prompt in ["Password for nadia: ", "The same again: "] {
        let mut words = Vec::new();
        while !words.ends_with(prompt.as_bytes()) {
            let mut byte = [0];
            said.read_exact(&mut byte).unwrap();
            words.extend(byte);
        }
        keys.write_all(b"a long pass phrase\n").unwrap();
    }
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("made."), "{output:?}");
    let mut shown = Vec::new();
    // The last of the terminal's other side is gone: what is read before the error is what was shown.
    let _gone = keys.read_to_end(&mut shown);
    assert!(!String::from_utf8_lossy(&shown).contains("phrase"), "{shown:?}");
}

#[tokio::test]
async fn a_counter_and_a_service_that_the_day_still_uses_are_missed_in_the_configuration() {
    let server = TestServer::start().await;
    server.kiosk().await.crowd(3).await;
    server.agent("nadia").await.open(4).await;
    let booking = domain::Booking {
        key: server.app.lookup.key("RDV-1").unwrap(),
        slot: server.setup.start + Duration::days(1),
        service: domain::ServiceId::new("INFO-7Q"),
        party: domain::Party::of(1),
        status: domain::BookingStatus::Booked,
    };
    let person = server::store::Person { reference: "RDV-1".into(), ..Default::default() };
    server.app.writer.bookings(lille(), vec![(booking, person)], false).await.unwrap();
    let folder = server.stop().await;
    let mut config = Setup { counters: 3, ..Setup::default() }.config(folder.path());
    config.sites.get_mut(&lille()).unwrap().services.remove(&domain::ServiceId::new("INFO-7Q"));
    let expected = [
        "counter 4 of lille is open, and no longer in the configuration",
        "3 present visitor(s) of lille are there for INFO-7Q, which is no longer in the configuration",
        "1 booking(s) of lille are there for INFO-7Q, which is no longer in the configuration",
    ];
    for words in expected {
        assert!(notes(&config, words), "{:?}", found(&config));
    }
    let server = Server::open(config, Clock::starting_at(Setup::default().start)).await.unwrap();
    assert_eq!(check::days(&server.app), expected);
    server.close().await;
}

#[tokio::test]
async fn a_folder_of_somebody_else_is_not_taken_and_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("other"), "").unwrap();
    assert!(words_of_start(folder.path()).await.contains("other files are in it"));
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o755);
    let found = check::everything(&Setup::default().config(folder.path()), Clock::default());
    assert!(found.faults.iter().any(|fault| fault.contains("other files are in it")), "{found:?}");
}

#[tokio::test]
async fn a_folder_of_the_system_is_not_taken_for_one_that_was_used_before() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // As in /var, and as where certificates are kept.
    for name in ["lock", "lib", "tls"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    assert!(words_of_start(folder.path()).await.contains("other files are in it"));
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o755);
}

#[tokio::test]
async fn what_somebody_else_keeps_is_not_taken_for_a_start_that_was_cut_short() {
    for (name, text) in [("lock", "17"), ("tls/server.pem", "")] {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        assert!(words_of_start(folder.path()).await.contains("other files are in it"), "{name}");
        assert!(file.exists(), "{name}");
    }
}

#[tokio::test]
async fn a_folder_that_another_server_uses_is_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    opened_truly(folder.path()).await.unwrap();
    let lock = fs::File::open(folder.path().join("lock")).unwrap();
    lock.lock().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(words_of_start(folder.path()).await.contains("another guichet-server uses"));
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o755);
    drop(lock);
    opened_truly(folder.path()).await.unwrap();
    assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_file_that_the_server_cannot_write_is_named_before_a_start_and_at_it() {
    let folder = TempDir::new().unwrap();
    let [kept, data, file] = ["kept", "data", "guichet.toml"].map(|name| folder.path().join(name));
    opened_truly(&kept).await.unwrap();
    fs::create_dir(&data).unwrap();
    fs::write(&file, Setup::default().toml(&data)).unwrap();
    // Nobody may write what is mounted to be read only, whoever runs the tests.
    let script = r#"mount -t tmpfs tmpfs "$2" && cp -a "$1/." "$2" && cd "$2" && touch "$3" && mount --bind "$3" "$3" &&
        mount -o remount,bind,ro "$3" && shift 3 && exec "$@""#;
    for name in ["lock", "guichet.sqlite3", "guichet.sqlite3-wal"] {
        for command in ["check", "serve"] {
            let mut unshare = Command::new("unshare");
            unshare.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
            unshare.args([&kept, &data]).args([name, env!("CARGO_BIN_EXE_guichet-server"), "--config"]);
            let output = unshare.arg(&file).arg(command).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            let expected = format!("{}: it cannot be read and written", data.join(name).display());
            assert!(
                !output.status.success() && said.contains(&expected),
                "{command} with {name}: {output:?}"
            );
        }
    }
}

#[test]
fn a_limit_that_lets_nobody_in_is_doubted() {
    let folder = TempDir::new().unwrap();
    let mut config = Setup::default().config(folder.path());
    let words = "INFO-7Q.walk_in.daily_limit is 0: nobody gets a ticket for it without an appointment";
    assert!(!notes(&config, words));
    let info = config.sites.get_mut(&lille()).unwrap().services.get_mut(&domain::ServiceId::new("INFO-7Q"));
    info.unwrap().walk_in.as_mut().unwrap().daily_limit = Some(0);
    assert!(notes(&config, words), "{:?}", found(&config));
}

#[tokio::test]
async fn a_partition_of_its_own_is_taken_and_so_is_a_start_that_was_cut_short() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("lost+found")).unwrap();
    fs::write(folder.path().join("lock"), "").unwrap();
    opened_truly(folder.path()).await.unwrap();
    assert!(check::everything(&Setup::default().config(folder.path()), Clock::default()).faults.is_empty());
}

#[tokio::test]
async fn a_damaged_authority_is_named_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    opened_truly(folder.path()).await.unwrap();
    let path = folder.path().join("tls/authority.pem");
    fs::write(&path, "").unwrap();
    let words = words_of_start(folder.path()).await;
    assert!(words.contains("authority.pem is damaged") && words.contains("backup"), "{words}");
    let found = check::everything(&Setup::default().config(folder.path()), Clock::default());
    assert!(found.faults.iter().any(|fault| fault.contains("authority.pem is damaged")), "{found:?}");
}

#[tokio::test]
async fn a_disk_that_fills_up_while_the_authority_is_made_leaves_nothing_that_hinders_the_next_start() {
    let folder = TempDir::new().unwrap();
    let [data, file] = ["data", "guichet.toml"].map(|name| folder.path().join(name));
    fs::write(&file, Setup::default().toml(&data)).unwrap();
    opened_truly(&data).await.unwrap();
    authority(&data).iter().for_each(|path| fs::remove_file(path).unwrap());
    // Room for the key and not for the certificate, and then for both.
    let script = r#"tls=$1 && shift && mount -t tmpfs -o size=4k tmpfs "$tls" && ! "$@" &&
        mount -o remount,size=1m "$tls" && exec "$@""#;
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]).arg(data.join("tls"));
    unshare.args([env!("CARGO_BIN_EXE_guichet-server"), "--config"]).arg(&file);
    let output =
        unshare.args(["pair", "--site", "lille", "--kind", "board", "--name", "hall"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("authority.pem: No space left on device"), "{output:?}");
    assert!(
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Code: "),
        "{output:?}"
    );
}

#[tokio::test]
async fn an_empty_file_is_no_database() {
    let folder = TempDir::new().unwrap();
    opened_truly(folder.path()).await.unwrap();
    let config = Setup::default().config(folder.path());
    fs::write(config.database(), "").unwrap();
    let found = check::everything(&config, Clock::default());
    assert!(found.notes.iter().any(|note| note.contains("was it moved away")), "{found:?}");
}

#[tokio::test]
async fn a_site_that_the_configuration_lost_is_told() {
    let folder = TempDir::new().unwrap();
    opened_truly(folder.path()).await.unwrap();
    let mut config = Setup::default().config(folder.path());
    config.sites.remove(&lille());
    let words = "the site lille is no longer in the configuration: its devices and agents find nothing";
    assert!(notes(&config, words), "{:?}", found(&config));
}

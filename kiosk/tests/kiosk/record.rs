//! The file itself: who may read it, who may open it, and what it refuses.

use crate::hall::Hall;
use kiosk::local::{LocalStore, OpenError};
use std::os::unix::fs::PermissionsExt;

#[test]
fn only_its_owner_can_read_the_database() {
    let mut hall = Hall::open("09:00");
    hall.walk_in();
    for file in std::fs::read_dir(hall.folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
}

#[test]
fn a_second_kiosk_on_the_same_folder_is_told_so() {
    let hall = Hall::open("09:00");
    let error = LocalStore::open(&hall.database()).unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
}

#[test]
fn what_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kiosk.sqlite3");
    let rubbish = "not a database, but somebody's file ".repeat(100);
    std::fs::write(&path, &rubbish).unwrap();
    assert!(LocalStore::open(&path).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), rubbish);
}

#[test]
fn neither_references_nor_tokens_are_in_the_file() {
    let mut hall = Hall::open("09:00");
    hall.scan("RDV-0910");
    hall.paper(kiosk::reception::Paper::Failed("no paper".into()));
    let follow = hall.view().follow.unwrap();
    let token = follow.rsplit('/').next().unwrap().to_owned();
    hall.reception = None;
    for file in std::fs::read_dir(hall.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in ["RDV-0910", &token] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} can be read from the disk");
        }
    }
}

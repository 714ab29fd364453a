//! Bookings from files, the seeded day and the writer: files as booking tools write them, whole and broken; days that are
//! played again; commands that are sent again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../domain/tests/rules/cases.rs"]
mod cases;

mod import {
    mod anything;
    mod faults;
    mod formats;
    mod sample;
}

mod written {
    mod repeats;
}

mod replayed {
    mod command;
    mod days;
    mod lived;
}

use domain::{Site, SiteId};
use protocol::LookupSecret;
use server::{
    config::Config,
    import::{Mapping, ParsedFile},
};
use std::path::PathBuf;

/// The header of the committed sample.
const HEADER: &str =
    "N° de rendez-vous;Date;Heure;Motif;Nom;Prénom;Téléphone;Courriel;Nombre de personnes;Statut";

/// A file of the `samples` folder.
fn sample_path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../samples")).join(name)
}

/// The site and the mapping that the repository ships.
fn lille() -> (Site, Mapping) {
    let config = Config::load(&sample_path("lille.toml")).unwrap();
    let id = SiteId::new("lille");
    (config.sites[&id].to_site(&id), config.sites[&id].import.clone())
}

fn secret() -> LookupSecret {
    LookupSecret::new([59; 32])
}

/// Reads a file with the mapping that the repository ships.
fn parse(bytes: impl AsRef<[u8]>) -> ParsedFile {
    let (site, mapping) = lille();
    server::import::parse(bytes.as_ref(), &mapping, &site, &secret())
}

/// A file of some lines under the usual header.
fn file(lines: &[&str]) -> String {
    std::iter::once(&HEADER).chain(lines).map(|line| format!("{line}\r\n")).collect()
}

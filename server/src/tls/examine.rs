//! Whether what the server shows will be believed.

use super::{TlsError, authority_files, authority_folder, identity, read_chain};
use crate::{check::Findings, clock::Clock, config::Config};
use chrono::{DateTime, Utc};
use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, ServerName},
    server::ParsedCertificate,
};
use std::path::Path;
use x509_parser::{extensions::GeneralName, prelude::X509Certificate};

/// A certificate that ends within so many days is worth a word.
const DAYS_LEFT_MIN: i64 = 30;

/// Tells whether [`identity`] finds what it can use, and whether devices and browsers will believe it. Changes
/// nothing.
///
/// # Errors
/// As [`identity`].
pub(crate) fn examine(config: &Config, clock: Clock, findings: &mut Findings) -> Result<(), TlsError> {
    let made = authority_files(&authority_folder(config));
    let is_new = config.tls.certificate.is_none() && !made.iter().any(|path| path.exists());
    if !is_new {
        identity(config, clock)?;
    }
    if let Some(path) = &config.tls.certificate {
        let chain = read_chain(path)?;
        for certificate in &chain {
            let parsed = parsed(certificate, path)?;
            times(&parsed, path, clock, findings);
        }
        names(&chain[0], path, &config.tls.names, findings)?;
    }
    Ok(())
}

fn parsed<'a>(certificate: &'a CertificateDer<'_>, path: &Path) -> Result<X509Certificate<'a>, TlsError> {
    let unusable = |_| TlsError::Pem { path: path.to_owned() };
    x509_parser::parse_x509_certificate(certificate).map(|(_, parsed)| parsed).map_err(unusable)
}

fn times(certificate: &X509Certificate<'_>, path: &Path, clock: Clock, findings: &mut Findings) {
    let (path, subject) = (path.display(), certificate.subject());
    let validity = certificate.validity();
    let time = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let (from, until) = (time(validity.not_before.timestamp()), time(validity.not_after.timestamp()));
    let (now, shown) = (clock.now(), until.format("%d/%m/%Y"));
    if until < now {
        findings.fault(format!("{path}: the certificate of {subject} expired on {shown}"));
    } else if now < from {
        let from = from.format("%d/%m/%Y");
        findings.fault(format!("{path}: the certificate of {subject} begins on {from}: is the clock right?"));
    } else if (until - now).num_days() < DAYS_LEFT_MIN {
        findings.note(format!("{path}: the certificate of {subject} expires on {shown}"));
    }
}

fn names(
    certificate: &CertificateDer<'_>,
    path: &Path,
    wanted: &[String],
    findings: &mut Findings,
) -> Result<(), TlsError> {
    let end = ParsedCertificate::try_from(certificate)?;
    let path_shown = path.display();
    let parsed = parsed(certificate, path)?;
    let names: Vec<String> = match parsed.subject_alternative_name() {
        Ok(Some(names)) => names.value.general_names.iter().filter_map(shown).collect(),
        _ => Vec::new(),
    };
    if names.is_empty() {
        findings.fault(format!("{path_shown}: the certificate names no server, so no device believes it"));
        return Ok(());
    }
    let is_missing = |name: &&String| {
        let name = ServerName::try_from(name.as_str());
        name.is_ok_and(|name| verify_server_name(&end, &name).is_err())
    };
    let names = names.join(", ");
    for name in wanted.iter().filter(is_missing) {
        findings
            .fault(format!("{path_shown}: the certificate is for {names}, and not for {name} of tls.names"));
    }
    if wanted.is_empty() {
        findings.note(format!(
            "{path_shown}: the certificate is for {names}: devices must call the server by that"
        ));
    }
    Ok(())
}

fn shown(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
            .map(|bytes| std::net::IpAddr::from(bytes).to_string())
            .or_else(|_| <[u8; 16]>::try_from(*bytes).map(|bytes| std::net::IpAddr::from(bytes).to_string()))
            .ok(),
        _ => None,
    }
}

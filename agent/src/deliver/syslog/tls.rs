//! Whom we trust, and who we are.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use crate::config::{Peer, SyslogSettings};

/// Larger PEM files are refused.
const LARGEST: u64 = 1 << 20;

/// Reads the files anew for each connection, so that a renewed certificate needs no restart.
pub(super) async fn connector(settings: &SyslogSettings) -> Result<TlsConnector, String> {
    let settings = settings.clone();
    let config = tokio::task::spawn_blocking(move || config(&settings)).await;
    let config = config.map_err(|error| format!("reading certificates was stopped: {error}"))??;
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The name that the receiver's certificate must bear.
pub(super) fn server_name(peer: &Peer) -> Result<ServerName<'static>, String> {
    ServerName::try_from(peer.host.clone())
        .map_err(|_| format!("{} cannot stand in a certificate", peer.host))
}

fn config(settings: &SyslogSettings) -> Result<ClientConfig, String> {
    let ca_file = settings.ca_file.as_deref().ok_or("no ca_file is configured; tls needs one")?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca_file)? {
        roots.add(certificate).map_err(|error| format!("{}: {error}", ca_file.display()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    match (&settings.certificate_file, &settings.key_file) {
        (Some(certificate), Some(key)) => config
            .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
            .map_err(|error| format!("{}: {error}", certificate.display())),
        _ => Ok(config.with_no_client_auth()),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = bytes(path, false)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found =
        found.map_err(|error| format!("{} is no PEM file of certificates: {error}", path.display()))?;
    if found.is_empty() {
        return Err(format!("{} holds no certificate in PEM form", path.display()));
    }
    Ok(found)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let bytes = bytes(path, true)?;
    // The error may repeat what stands there.
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| format!("{} holds no private key in PEM form without a passphrase", path.display()))
}

/// What a file holds; what is checked is what was opened.
fn bytes(path: &Path, is_secret: bool) -> Result<Zeroizing<Vec<u8>>, String> {
    let shown = path.display();
    let unreadable = |error| format!("{shown} cannot be read: {error}");
    let file = File::open(path).map_err(unreadable)?;
    let facts = file.metadata().map_err(unreadable)?;
    if is_secret && facts.mode() & 0o077 != 0 {
        return Err(format!("{shown} may be read by others; chmod 600 {shown}"));
    }
    if !facts.is_file() || facts.len() > LARGEST {
        return Err(format!("{shown} is no PEM file"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(facts.len()).unwrap_or_default() + 1));
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

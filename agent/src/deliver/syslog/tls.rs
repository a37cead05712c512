//! Whom we trust, and who we are.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use crate::config::{Peer, SyslogSettings};
use crate::deliver::tls;

/// Reads the files anew for each connection, so that a renewed certificate needs no restart.
pub(super) async fn connector(settings: &SyslogSettings) -> Result<TlsConnector, String> {
    let settings = settings.clone();
    let config = tokio::task::spawn_blocking(move || config(&settings));
    let config = config.await.map_err(|error| format!("reading certificates was stopped: {error}"))??;
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The name that the receiver's certificate must bear.
pub(super) fn server_name(peer: &Peer) -> Result<ServerName<'static>, String> {
    ServerName::try_from(peer.host.clone())
        .map_err(|_| format!("{} cannot stand in a certificate", peer.host))
}

/// What we bring to TLS. It reads files.
pub(super) fn config(settings: &SyslogSettings) -> Result<ClientConfig, String> {
    let SyslogSettings { ca_file, certificate_file, key_file, .. } = settings;
    let ca_file = ca_file.as_deref().ok_or("no ca_file is configured; tls needs one")?;
    let identity = certificate_file.as_deref().zip(key_file.as_deref());
    tls::client_config(Some(ca_file), identity).map_err(|problem| problem.to_string())
}

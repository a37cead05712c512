//! TLS to receivers: one provider, only the authorities that the operator names, and words for what goes wrong.

use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};

use crate::credentials::{self, CredentialError};

/// Files of certificates are read up to here.
const LARGEST: u64 = 4 << 20;

/// Why TLS cannot be used as configured. All of them are for the operator to mend.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TlsProblem {
    /// A file of certificates cannot be read.
    #[error("{} cannot be read: {reason}; see that the path is right and that this user may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It holds none.
    #[error("{} holds no certificate in PEM form that can be used; put the certificates of {what} there", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// Whose they should be.
        what: &'static str,
    },
    /// The key cannot be had.
    #[error("{reason}; {}", reason.remedy())]
    Key {
        /// Why.
        reason: CredentialError,
    },
    /// The key is none, or not that of the certificate.
    #[error("{} is not the key of {}: {reason}; name the private key in PEM form that belongs to it", key.display(), certificate.display())]
    Mismatch {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
        /// What rustls says.
        reason: String,
    },
    /// Us: the provider lacks what it should have.
    #[error("TLS cannot be used: {0}")]
    Provider(rustls::Error),
}

/// What a client brings to TLS. Without authorities nothing is trusted.
pub(crate) fn client_config(
    ca_file: Option<&Path>,
    identity: Option<(&Path, &Path)>,
) -> Result<ClientConfig, TlsProblem> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca_file {
        let (added, _) = roots.add_parsable_certificates(certificates(path)?);
        if added == 0 {
            return Err(TlsProblem::NoCertificate { path: path.to_owned(), what: "the authorities" });
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsProblem::Provider)?
        .with_root_certificates(roots);
    let Some((certificate, key)) = identity else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates(certificate)?;
    if chain.is_empty() {
        return Err(TlsProblem::NoCertificate { path: certificate.to_owned(), what: "the client" });
    }
    let mismatch = |reason: String| TlsProblem::Mismatch {
        key: key.to_owned(),
        certificate: certificate.to_owned(),
        reason,
    };
    let pem = credentials::key_bytes(key).map_err(|reason| TlsProblem::Key { reason })?;
    // What the error repeats of the file might be of the key.
    let secret = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| mismatch("it is no private key in PEM form".into()))?;
    builder.with_client_auth_cert(chain, secret).map_err(|error| mismatch(error.to_string()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsProblem> {
    let unreadable = |reason| TlsProblem::Unreadable { path: path.to_owned(), reason };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok).collect())
}

/// What an error of TLS means for the operator, if it is one.
pub(crate) fn meaning(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(words(found));
        }
        // An `io::Error` hides what it holds from `source`.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Some(words(found));
        }
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn words(error: &rustls::Error) -> String {
    use rustls::Error::{AlertReceived, InvalidCertificate};
    let advice = match error {
        InvalidCertificate(CertificateError::UnknownIssuer) => {
            "its certificate is of no authority in ca_file; put the right authority's certificate there"
        }
        InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "its certificate has expired; have it renewed, and see that this host's clock is right"
        }
        InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
            "its certificate is not valid yet; see that this host's clock is right"
        }
        InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => {
            "its certificate is for another name; address it by a name or address that the certificate has, or have the certificate changed"
        }
        InvalidCertificate(CertificateError::BadSignature) => {
            "its certificate bears a wrong signature; see that ca_file has the authority that it uses now"
        }
        InvalidCertificate(CertificateError::Revoked) => "its certificate was revoked; have it replaced",
        AlertReceived(AlertDescription::CertificateRequired) => {
            "it wants a client certificate; give certificate_file and key_file"
        }
        AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied,
        ) => "it does not take our client certificate; see certificate_file, and its authority over there",
        AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            "it shares no TLS version or algorithm with us; let it speak TLS 1.2 or 1.3"
        }
        rustls::Error::InvalidMessage(_) => {
            "it does not speak TLS there; see the port, and that TLS is meant"
        }
        _ => return format!("TLS failed: {error}"),
    };
    let mut text = advice.to_owned();
    let _ = write!(text, " ({error})");
    text
}

//! What the operator decides of a collector.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use crate::credentials::SecretSource;

/// How a collector is reached. Nothing in it is secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HttpSettings {
    /// Where batches are posted; see [`check_url`].
    pub url: String,
    /// Where the bearer token is: a file or a systemd credential.
    pub token: Option<SecretSource>,
    /// The PEM file of the only authorities that are trusted; https needs it.
    pub ca_file: Option<PathBuf>,
    /// The PEM file of the client certificate, with what stands between it and its authority.
    pub certificate_file: Option<PathBuf>,
    /// The PEM file of its key.
    pub key_file: Option<PathBuf>,
    /// Whether batches are sent compressed.
    pub gzip: bool,
    /// How long one request may take.
    pub timeout: Duration,
}

/// Reads the URL of a collector: http or https, with a host, without user, password or fragment. The error is the rest
/// of a sentence that begins with the name of the key.
pub fn check_url(text: &str) -> Result<Url, String> {
    let wrong = |what: &str| format!("must be a URL such as \"https://192.0.2.20:8443/records\"{what}");
    let url = Url::parse(text).map_err(|error| wrong(&format!(": {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong(""));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(" without user and password; give a token by token_file"));
    }
    if url.fragment().is_some() {
        return Err(wrong(" without \"#\""));
    }
    Ok(url)
}

/// Whether what is sent to this URL could be read on its way: http to another host.
pub fn is_open_to_listeners(url: &Url) -> bool {
    let own = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    };
    url.scheme() == "http" && !own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_of_collectors_are_taken() {
        for good in
            ["https://192.0.2.20:8443/records", "http://[::1]:8080/", "https://collector.example/a?b=c"]
        {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for wrong in [
            "",
            "192.0.2.20",
            "ftp://192.0.2.20/",
            "https://",
            "https://me:secret@192.0.2.20/",
            "http://a/#b",
        ] {
            let said = check_url(wrong).unwrap_err();
            assert!(said.starts_with("must be a URL such as") && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn plain_http_is_private_on_this_host_alone() {
        let open = |url: &str| is_open_to_listeners(&check_url(url).unwrap());
        assert!(open("http://192.0.2.20/") && open("http://collector.example/"));
        assert!(!open("https://192.0.2.20/"));
        assert!(!open("http://127.0.0.1:1/") && !open("http://[::1]/") && !open("http://localhost/"));
    }
}

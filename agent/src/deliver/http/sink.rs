//! One request for each batch.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::super::tls;
use super::super::{Batch, Receipt, Refusal, Sink};
use super::answer;
use crate::clock::Clock;
use crate::config::{HttpSettings, check_url};
use crate::credentials::{self, Surroundings};
use crate::transport::ssh::BoxFuture;

/// A connection that nothing goes over is closed after so long.
const IDLE: Duration = Duration::from_secs(10);
/// How long a connection may take, if one request may take longer.
const CONNECT: Duration = Duration::from_secs(15);

/// The sink of kind `http`.
pub struct HttpSink {
    settings: HttpSettings,
    url: Url,
    agent: HeaderValue,
    surroundings: Arc<dyn Surroundings>,
    clock: Arc<dyn Clock>,
    client: Arc<Mutex<Option<Ready>>>,
}

/// A client, and the state of the files that it was made from.
struct Ready {
    files: Files,
    client: Client,
}

/// When each file was changed, and how long it is.
type Files = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

impl HttpSink {
    /// A sink for what an agent of this name delivers. Nothing is read or dialled yet. The error is the rest of a
    /// sentence about the URL.
    pub fn new(
        settings: HttpSettings,
        agent: &str,
        surroundings: Arc<dyn Surroundings>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let url = check_url(&settings.url)?;
        let plain: String =
            agent.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
        let agent = HeaderValue::from_str(&plain).unwrap_or(HeaderValue::from_static("unnamed"));
        Ok(Self { settings, url, agent, surroundings, clock, client: Arc::default() })
    }

    /// What would stand in the way of a delivery, as far as can be told without dialling. It reads files.
    pub fn check(&self) -> Result<(), String> {
        let tools = self.tools();
        tools.client()?;
        tools.token().map(drop)
    }

    fn tools(&self) -> Tools {
        Tools {
            settings: self.settings.clone(),
            is_tls: self.url.scheme() == "https",
            surroundings: Arc::clone(&self.surroundings),
            client: Arc::clone(&self.client),
        }
    }

    async fn post(&self, batch: &Batch) -> Result<Receipt, Refusal> {
        let tools = self.tools();
        let mut text = String::with_capacity(batch.lines.iter().map(|line| line.text.len() + 1).sum());
        for line in &batch.lines {
            text.push_str(&line.text);
            text.push('\n');
        }
        let gzip = self.settings.gzip;
        // Files and compression have no place on the threads that everybody waits on.
        let prepared = tokio::task::spawn_blocking(move || {
            let body = if gzip {
                compressed(text.as_bytes()).map_err(|error| format!("it cannot be compressed: {error}"))?
            } else {
                text.into_bytes()
            };
            Ok::<_, String>((tools.client()?, tools.token()?, body))
        });
        let later = |reason: String| Refusal::Later { reason, after: None };
        let (client, token, body) = match prepared.await {
            Ok(prepared) => prepared.map_err(later)?,
            Err(error) => return Err(later(format!("it was not prepared: {error}"))),
        };
        let mut headers = self.headers(batch);
        if let Some(token) = &token {
            headers.insert(AUTHORIZATION, bearer(token).map_err(later)?);
        }
        let request = client.post(self.url.clone()).headers(headers).body(body);
        let response = request.send().await.map_err(|error| later(self.failure(&error)))?;
        let (status, after) = (response.status(), answer::retry_after(response.headers(), self.clock.now()));
        let body = match answer::body(response).await {
            Ok(body) => body,
            Err(answer::Torn::Long) => return Err(later(format!("its answer ({status}) is too long"))),
            Err(answer::Torn::Cut(error)) => {
                let why = self.failure(&error);
                return Err(Refusal::Later {
                    reason: format!("its answer ({status}) was cut: {why}"),
                    after,
                });
            }
        };
        let secret = token.as_ref().map(ExposeSecret::expose_secret);
        answer::judge(status, after, &body, batch, secret, &self.place())
    }

    fn headers(&self, batch: &Batch) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let number = |number: u64| HeaderValue::from(number);
        let named = HeaderName::from_static;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        if self.settings.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Ok(key) = HeaderValue::from_str(&batch.key) {
            headers.insert(named("idempotency-key"), key);
        }
        headers.insert(named("licwatch-agent"), self.agent.clone());
        headers.insert(named("licwatch-sequence"), number(batch.sequence));
        headers.insert(named("licwatch-lines"), number(u64::try_from(batch.lines.len()).unwrap_or(u64::MAX)));
        if let Some(head) = batch.head.as_ref().and_then(|head| HeaderValue::from_str(&head.to_string()).ok())
        {
            headers.insert(named("licwatch-journal-head"), head);
        }
        headers
    }

    /// The URL without what may be secret in it.
    fn place(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.into()
    }

    /// What went wrong on the way, for the operator.
    fn failure(&self, error: &reqwest::Error) -> String {
        let place = self.place();
        if let Some(meaning) = tls::meaning(error) {
            return format!("{place}: {meaning}");
        }
        if error.is_timeout() {
            let seconds = self.settings.timeout.as_secs_f32();
            return format!(
                "{place} did not answer within {seconds} s; see that it runs and what lies between"
            );
        }
        let mut cause: &dyn Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        if error.is_connect() {
            return format!(
                "{place} cannot be reached: {cause}; see that it runs, the address and port, and the packet filters between"
            );
        }
        format!("{place} broke off: {cause}")
    }
}

impl Sink for HttpSink {
    fn deliver<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, Refusal>> {
        Box::pin(self.post(batch))
    }
}

/// What a request needs from files.
struct Tools {
    settings: HttpSettings,
    is_tls: bool,
    surroundings: Arc<dyn Surroundings>,
    client: Arc<Mutex<Option<Ready>>>,
}

impl Tools {
    fn token(&self) -> Result<Option<SecretString>, String> {
        let Some(source) = &self.settings.token else { return Ok(None) };
        credentials::read_secret(source, "bearer token", self.surroundings.as_ref())
            .map(Some)
            .map_err(|error| format!("the bearer token cannot be had: {error}; {}", error.remedy()))
    }

    /// The client; a new one if a file has changed since.
    fn client(&self) -> Result<Client, String> {
        let files = self.files();
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = kept.as_ref().filter(|ready| ready.files == files) {
            return Ok(ready.client.clone());
        }
        let client = self.build()?;
        *kept = Some(Ready { files, client: client.clone() });
        Ok(client)
    }

    fn files(&self) -> Files {
        let HttpSettings { ca_file, certificate_file, key_file, .. } = &self.settings;
        let state = |path: &PathBuf| {
            let facts = fs::metadata(path).ok()?;
            Some((facts.modified().ok()?, facts.len()))
        };
        let named = [ca_file, certificate_file, key_file].into_iter().flatten();
        named.map(|path| (path.clone(), state(path))).collect()
    }

    fn build(&self) -> Result<Client, String> {
        let HttpSettings { ca_file, certificate_file, key_file, timeout, .. } = &self.settings;
        if self.is_tls && ca_file.is_none() {
            return Err("https needs ca_file: no authority is trusted but those that it names".into());
        }
        let identity = match (certificate_file, key_file) {
            (Some(certificate), Some(key)) => Some((certificate.as_path(), key.as_path())),
            (None, None) => None,
            _ => return Err("certificate_file and key_file belong together; give both or none".into()),
        };
        let tls = tls::client_config(ca_file.as_deref(), identity).map_err(|error| error.to_string())?;
        Client::builder()
            .use_preconfigured_tls(tls)
            .no_proxy()
            .redirect(Policy::none())
            .http1_only()
            .user_agent(concat!("licwatch/", env!("CARGO_PKG_VERSION")))
            .timeout(*timeout)
            .connect_timeout(CONNECT.min(*timeout))
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|error| format!("no HTTP client can be made: {error}"))
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, String> {
    let text = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| "the bearer token holds characters that no token has; see its file".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 8), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

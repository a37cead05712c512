//! Takes out of device output what tells whose device it is, so that it can leave the site: a bug report becomes a
//! test without giving away serial numbers, names, addresses, accounts, codes or secrets.
//!
//! Two passes. [`Scrubber::learn`] finds originals in every capture, by the labels before them, by their form, and in
//! the records; [`Scrubber::scrub`] then replaces them wherever they stand. What is promised:
//!
//! * The same original has the same replacement in all captures of a session, whatever is around it: `br3` within
//!   `br3.example.net` becomes what `br3` becomes.
//! * A replacement has the length and the form of its original, digits for digits and letters for letters in their
//!   case, so that columns stay and every grammar reads the replacement as it reads the original.
//! * Replacements come from a random key that is used for one session and kept nowhere; they cannot be turned back.
//! * PIDs, versions, licence names, public entitlement tags, dates and counts stay.
//!
//! Pure: bytes in, bytes out. The work is linear in the input.

mod candidate;
mod find;
mod known;
mod ordinary;
mod record;
mod surrogate;
mod tokens;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::iter::Peekable;
use std::net::IpAddr;

use licwatch_parsers::text::Cleaned;
use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use find::Found;
use known::Known;
use surrogate::{Form, Surrogates};
use tokens::{Span, text_of};

pub(crate) use find::holds_code;
pub use record::differences;
pub use surrogate::Key;

/// What an original is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A serial number of any part.
    SerialNumber,
    /// A host name or a domain name.
    HostName,
    /// An IPv4 or IPv6 address.
    Address,
    /// A MAC address.
    MacAddress,
    /// A part of a URL.
    Url,
    /// A Smart or Virtual Account.
    Account,
    /// The name of a policy.
    Policy,
    /// A user.
    User,
    /// An e-mail address or telephone number.
    Contact,
    /// Where a device stands, or whom it belongs to.
    Location,
    /// What somebody wrote beside an interface.
    Description,
    /// A password, key or other secret.
    Secret,
    /// An SNMP community.
    Community,
    /// An activation key.
    ActivationKey,
    /// A PAK or another identifier of a purchase.
    Purchase,
    /// A request, confirmation, return or authorization code.
    Code,
    /// An identifier of a product instance or of its trust.
    Instance,
    /// A certificate, signature or fingerprint.
    Certificate,
    /// Text that greets whoever logs in.
    Banner,
}

impl Kind {
    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::SerialNumber => "serial number",
            Self::HostName => "host or domain name",
            Self::Address => "IP address",
            Self::MacAddress => "MAC address",
            Self::Url => "part of a URL",
            Self::Account => "account",
            Self::Policy => "policy name",
            Self::User => "user",
            Self::Contact => "e-mail or phone",
            Self::Location => "location or customer",
            Self::Description => "description",
            Self::Secret => "secret",
            Self::Community => "SNMP community",
            Self::ActivationKey => "activation key",
            Self::Purchase => "PAK or purchase",
            Self::Code => "licence code",
            Self::Instance => "instance id",
            Self::Certificate => "certificate or signature",
            Self::Banner => "banner",
        }
    }

    /// Whether originals of this kind may be shown to nobody, not even to the person who reviews.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Community | Self::ActivationKey | Self::Certificate | Self::Code)
    }

    /// Whether an original of this kind is looked for everywhere. The others are found by their form alone.
    fn spreads(self) -> bool {
        !matches!(
            self,
            Self::Address
                | Self::MacAddress
                | Self::Url
                | Self::Description
                | Self::Certificate
                | Self::ActivationKey
                | Self::Banner
        )
    }
}

/// One original that was replaced, without the original.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Replaced {
    /// What it is.
    pub kind: Kind,
    /// What stands there now.
    pub replacement: String,
    /// How often.
    pub times: usize,
    /// In which files.
    pub files: Vec<String>,
}

/// An original and its replacement, for the person who reviews. It must not go where the captures go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Original {
    /// What it is.
    pub kind: Kind,
    /// What stood there; nothing where that is a secret.
    pub original: Option<String>,
    /// What stands there now.
    pub replacement: String,
}

/// Scrubs the captures of one session.
pub struct Scrubber {
    surrogates: Surrogates,
    known: Known,
    kept: Known,
    /// Texts that look like addresses and are versions.
    versions: HashSet<Vec<u8>>,
    secrets: Vec<SecretString>,
    entries: BTreeMap<(Kind, Vec<u8>), Entry>,
}

#[derive(Default)]
struct Entry {
    original: Vec<u8>,
    replacement: Vec<u8>,
    times: usize,
    files: BTreeSet<String>,
}

impl Scrubber {
    /// A scrubber for one session, with a key that is used for nothing else.
    pub fn new(key: Key) -> Self {
        Self {
            surrogates: Surrogates::new(key),
            known: Known::default(),
            kept: Known::default(),
            versions: HashSet::new(),
            secrets: Vec::new(),
            entries: BTreeMap::new(),
        }
    }

    /// Makes an original known that the captures may hold: from the inventory, from the command line.
    pub fn know(&mut self, kind: Kind, original: &str) {
        self.know_bytes(kind, original.as_bytes());
    }

    /// Makes a secret known that was used to log in. It is found also within longer words.
    pub fn know_secret(&mut self, secret: &SecretString) {
        let text = secret.expose_secret();
        if text.len() >= SHORTEST_SECRET && !ordinary::is_ordinary(text.as_bytes()) {
            self.secrets.push(secret.clone());
            self.reserve(text.as_bytes(), Span { start: 0, end: text.len() });
        }
    }

    /// Finds the originals in a capture.
    pub fn learn(&mut self, raw: &[u8]) {
        if let Some(hostname) = Cleaned::new(raw).hostname() {
            self.know(Kind::HostName, hostname);
        }
        for found in find::all(raw) {
            if found.kind.spreads() {
                self.reserve(raw, found.span);
                self.know_bytes(found.kind, text_of(raw, found.span));
            } else {
                self.reserve(raw, found.span);
                if matches!(found.form, Form::Ipv4 | Form::Mac) {
                    self.surrogates.reserve_whole(found.form, text_of(raw, found.span));
                }
            }
        }
    }

    /// Finds the originals in a record that the captures make, and what must stay.
    pub fn learn_record(&mut self, record: &serde_json::Value) {
        let facts = record::facts(record);
        for (kind, original) in &facts.originals {
            self.know(*kind, original);
        }
        for kept in &facts.kept {
            self.kept.add(kept.as_bytes(), Kind::HostName);
            self.versions.insert(kept.clone().into_bytes());
        }
    }

    /// The capture without originals, as long as it was.
    pub fn scrub(&mut self, file: &str, raw: &[u8]) -> Vec<u8> {
        let found = self.spans(raw);
        let covered = covered(&found);
        let mut covered = covered.iter().copied().peekable();
        let mut scrubbed = Vec::with_capacity(raw.len());
        let mut done = 0;
        for exact in found.iter().filter(|found| found.form.is_exact()) {
            if exact.span.start < done {
                continue;
            }
            self.words(raw, Span { start: done, end: exact.span.start }, &mut covered, &mut scrubbed);
            self.surrogates.replace(exact.form, text_of(raw, exact.span), &mut scrubbed);
            done = exact.span.end;
        }
        self.words(raw, Span { start: done, end: raw.len() }, &mut covered, &mut scrubbed);
        self.count(file, raw, &scrubbed, &found);
        scrubbed
    }

    /// Whether an original that is known to spread still stands in a text.
    pub fn remains_in(&self, text: &[u8]) -> bool {
        self.holds_secret(text) || !self.known.find(text, &self.kept).is_empty()
    }

    /// Whether a secret that was used to log in stands in a text.
    pub fn holds_secret(&self, text: &[u8]) -> bool {
        let stands = |secret: &SecretString| memmem::find(text, secret.expose_secret().as_bytes()).is_some();
        self.secrets.iter().any(stands)
    }

    /// What was replaced, for the list that goes with the captures.
    pub fn replaced(&self) -> Vec<Replaced> {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let replaced = self.by_replacement().into_iter().map(|(kind, entry)| Replaced {
            kind,
            replacement: lossy(&entry.replacement),
            times: entry.times,
            files: entry.files.iter().cloned().collect(),
        });
        replaced.collect()
    }

    /// What was replaced by what, for the person who reviews; in the order of [`Scrubber::replaced`].
    pub fn originals(&self) -> Vec<Original> {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let originals = self.by_replacement().into_iter().map(|(kind, entry)| Original {
            kind,
            original: (!kind.is_secret()).then(|| lossy(&entry.original)),
            replacement: lossy(&entry.replacement),
        });
        originals.collect()
    }

    /// In an order that tells nothing of the originals'.
    fn by_replacement(&self) -> Vec<(Kind, &Entry)> {
        let mut entries: Vec<_> = self.entries.iter().map(|((kind, _), entry)| (*kind, entry)).collect();
        entries.sort_by(|one, other| (one.0, &one.1.replacement).cmp(&(other.0, &other.1.replacement)));
        entries
    }

    fn know_bytes(&mut self, kind: Kind, original: &[u8]) {
        let whole = Span { start: 0, end: original.len() };
        self.reserve(original, whole);
        // Addresses are found by their form, also where they stand for a name.
        let text = std::str::from_utf8(original).unwrap_or_default();
        if text.parse::<IpAddr>().is_err() {
            self.known.add(original, kind);
            let mut words = tokens::tokens(original);
            if let (Some(word), None) = (words.next(), words.next()) {
                self.surrogates.reserve_whole(Form::Word, text_of(original, word));
            }
        }
    }

    /// No replacement may be a word of an original.
    fn reserve(&mut self, raw: &[u8], original: Span) {
        for token in tokens::tokens(text_of(raw, original)) {
            let token = token.shifted(original.start);
            self.surrogates.reserve(text_of(raw, token));
            // What is replaced behind an escape, is a word by itself.
            self.surrogates.reserve(tokens::percent_escape(raw, token).1);
        }
    }

    /// Everything in a capture that is to be replaced, the longest first where two begin together.
    fn spans(&self, raw: &[u8]) -> Vec<Found> {
        let mut found = find::all(raw);
        found.retain(|it| it.kind != Kind::Address || !self.versions.contains(text_of(raw, it.span)));
        found.extend(self.known.find(raw, &self.kept));
        for secret in &self.secrets {
            let secret = secret.expose_secret().as_bytes();
            let spans = memmem::find_iter(raw, secret).map(|at| Span { start: at, end: at + secret.len() });
            found.extend(spans.map(|span| Found::word(Kind::Secret, span)));
        }
        found.sort_by_key(|it| (it.span.start, Reverse(it.span.end), !it.form.is_exact(), it.kind));
        found
    }

    /// Replaces every word of a stretch that lies in something found. Stretches come in order.
    fn words(
        &mut self,
        raw: &[u8],
        stretch: Span,
        covered: &mut Peekable<impl Iterator<Item = Span>>,
        scrubbed: &mut Vec<u8>,
    ) {
        let mut at = stretch.start;
        for token in tokens::tokens(text_of(raw, stretch)) {
            let token = token.shifted(stretch.start);
            while covered.next_if(|span| span.end <= token.start).is_some() {}
            scrubbed.extend_from_slice(text_of(raw, Span { start: at, end: token.start }));
            let word = text_of(raw, token);
            at = token.end;
            let is_found = covered.peek().is_some_and(|span| span.start < token.end);
            if !is_found || tokens::is_escape(raw, token) {
                scrubbed.extend_from_slice(word);
                continue;
            }
            let (escape, word) = tokens::percent_escape(raw, token);
            scrubbed.extend_from_slice(escape);
            self.surrogates.word(word, scrubbed);
        }
        scrubbed.extend_from_slice(text_of(raw, Span { start: at, end: stretch.end }));
    }

    fn count(&mut self, file: &str, raw: &[u8], scrubbed: &[u8], found: &[Found]) {
        let mut covered = 0;
        for it in found {
            // What lies within something else was replaced as a part of it.
            if it.span.end <= covered {
                continue;
            }
            covered = it.span.end;
            let (original, replacement) = (text_of(raw, it.span), text_of(scrubbed, it.span));
            if original == replacement {
                continue;
            }
            let entry = self.entries.entry((it.kind, original.to_ascii_lowercase())).or_default();
            if entry.times == 0 {
                (entry.original, entry.replacement) = (original.to_vec(), replacement.to_vec());
            }
            entry.times += 1;
            if !entry.files.contains(file) {
                entry.files.insert(file.to_owned());
            }
        }
    }
}

/// What is replaced word by word, as stretches that do not touch.
fn covered(found: &[Found]) -> Vec<Span> {
    let mut covered: Vec<Span> = Vec::new();
    for it in found.iter().filter(|it| !it.form.is_exact()) {
        match covered.last_mut() {
            Some(last) if it.span.start <= last.end => last.end = last.end.max(it.span.end),
            _ => covered.push(it.span),
        }
    }
    covered
}

/// Originals are nobody's business.
impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrubber").field("replaced", &self.entries.len()).finish_non_exhaustive()
    }
}

/// A shorter secret is a syllable of ordinary words.
const SHORTEST_SECRET: usize = 4;

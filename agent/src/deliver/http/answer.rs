//! What a collector's answer means for a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::Deserialize;

use super::super::{Batch, Receipt, Refusal};

/// Answers are read up to here; a receipt that refuses every line of a large batch is shorter.
const LONGEST: usize = 8 << 20;
/// So much of what a collector says goes into a reason, in characters.
const QUOTED: usize = 300;
/// The form of receipts.
const RECEIPT: &str = "licwatch/receipt/1";

/// Why an answer was not read to its end.
pub(super) enum Torn {
    /// It is longer than any answer has to be.
    Long,
    /// The connection ended.
    Cut(reqwest::Error),
}

/// The whole body of an answer.
pub(super) async fn body(mut response: Response) -> Result<Vec<u8>, Torn> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(Torn::Cut)? {
        if body.len() + part.len() > LONGEST {
            return Err(Torn::Long);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// How long the collector wants to be left alone: seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Duration::try_from(date.duration_since(now)).ok()
}

/// The form `licwatch/receipt/1`. Members that are not named here are no error.
#[derive(Deserialize)]
struct ReceiptForm {
    accepted: u64,
    #[serde(default)]
    refused: Vec<RefusedForm>,
}

#[derive(Deserialize)]
struct RefusedForm {
    id: String,
    #[serde(default)]
    reason: String,
}

/// What an answer that was read to its end means. `secret` is never repeated, `place` is where it came from.
pub(super) fn judge(
    status: StatusCode,
    after: Option<Duration>,
    body: &[u8],
    batch: &Batch,
    secret: Option<&str>,
    place: &str,
) -> Result<Receipt, Refusal> {
    let quoted = quoted(body, secret);
    let later = |what: &str| Refusal::Later { reason: format!("{place} {what}{quoted}"), after };
    match status.as_u16() {
        200..=299 => match receipt(body, batch, secret) {
            Ok(refused) => Ok(Receipt { refused, note: format!("{place} {}", status.as_u16()) }),
            Err(wrong) => Err(Refusal::Later { reason: format!("{place} {wrong}"), after }),
        },
        400 | 413 | 422 => Err(Refusal::Batch { reason: format!("{status}{quoted}") }),
        300..=399 => Err(later(&format!(
            "answers {status}; redirects are not followed, give the address that it leads to as url"
        ))),
        401 => {
            Err(later(&format!("answers {status}; see token_file or token_credential, or certificate_file")))
        }
        403 => Err(later(&format!("answers {status}; see what the token or certificate may do over there"))),
        415 => Err(later(&format!("answers {status}; set gzip = false if it takes nothing compressed"))),
        404 => Err(later(&format!("answers {status}; see the path in url"))),
        408 | 425 | 429 | 500..=599 => Err(later(&format!("answers {status}"))),
        _ => Err(later(&format!("answers {status}; see that url is that of a collector"))),
    }
}

/// The lines that a receipt refuses; none if there is no receipt. The error says what is wrong with it: then nobody
/// knows what was taken.
fn receipt(body: &[u8], batch: &Batch, secret: Option<&str>) -> Result<Vec<(usize, String)>, String> {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else { return Ok(Vec::new()) };
    if value.get("schema").and_then(serde_json::Value::as_str) != Some(RECEIPT) {
        return Ok(Vec::new());
    }
    let form: ReceiptForm = serde_json::from_value(value).map_err(|_| {
        format!("answers with a receipt that is not of the form {RECEIPT}; mend it over there")
    })?;
    let mut reasons = BTreeMap::new();
    for RefusedForm { id, reason } in form.refused {
        reasons.insert(id, quoted(reason.as_bytes(), secret));
    }
    let mut refused = Vec::new();
    let mut named = BTreeSet::new();
    for (place, line) in batch.lines.iter().enumerate() {
        if let Some(reason) = reasons.get(&line.id) {
            let reason = reason.strip_prefix(": ").unwrap_or("no reason was given");
            refused.push((place, reason.to_owned()));
            named.insert(line.id.as_str());
        }
    }
    if named.len() != reasons.len() {
        return Err("answers with a receipt that refuses lines it was not sent; mend it over there".into());
    }
    let taken = batch.lines.len() - refused.len();
    if u64::try_from(taken).ok() != Some(form.accepted) {
        return Err(format!(
            "answers with a receipt for {} accepted and {} refused lines, but {} were sent; mend it over there",
            form.accepted,
            refused.len(),
            batch.lines.len()
        ));
    }
    Ok(refused)
}

/// `: what it says`, in one line, cut, and without the secret, which some repeat.
fn quoted(body: &[u8], secret: Option<&str>) -> String {
    let start = body.get(..body.len().min(QUOTED * 16)).unwrap_or_default();
    let mut text = String::from_utf8_lossy(start).into_owned();
    if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "[redacted]");
    }
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = words.chars().take(QUOTED).collect();
    if cut.len() < words.len() {
        cut.push('…');
    }
    if cut.is_empty() { cut } else { format!(": {cut}") }
}

#[cfg(test)]
mod tests;

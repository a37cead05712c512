//! A document that is signed as a whole: one JSON object over several lines, whose last member is a signature under all
//! that stands before it. So it is read like any other, and verified by hand:
//!
//! ```text
//! {
//!   …
//!   "public_key": "3d40…660c",
//!   "signature": "92a0…0c00"
//! }
//!
//! sed '/^  "signature": "/,$d' DOCUMENT > signed          # everything up to the line before, with its line end
//! sed -n 's/^  "signature": "\(.*\)"$/\1/p' DOCUMENT | xxd -r -p > signature
//! (printf 302a300506032b6570032100; sed -n 's/^  "public_key": "\(.*\)",$/\1/p' DOCUMENT) | xxd -r -p > key.der
//! openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in signed -sigfile signature
//! ```
//!
//! That the signature is right says that whoever holds that key made the document. Whose key it is must be known from
//! elsewhere: `licwatch journal verify` tells it on the agent's host.

use serde_json::{Map, Value};

use super::key::{JournalKey, PublicKey};
use crate::hex;

const KEY: &str = "public_key";
const SIGNATURE: &str = "signature";
/// What the last line begins with. Texts in JSON have no line ends, so that it stands there for no other member.
const BEGINNING: &str = "\n  \"signature\": \"";

/// Why a document is not what it says that it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unproven {
    /// It has a signature, and is not laid out as such documents are.
    #[error("its signature does not stand on its last line under the key that it names")]
    Form,
    /// It was changed after it was signed.
    #[error("its signature is wrong: it was changed after it was signed")]
    Changed,
}

/// The document with its key and its signature, as it stands in its file.
pub fn sign(key: &JournalKey, mut members: Map<String, Value>) -> String {
    members.remove(KEY);
    members.remove(SIGNATURE);
    members.insert(KEY.to_owned(), key.public().to_string().into());
    // Texts, numbers and what is made of them always have a form in JSON.
    let text = serde_json::to_string_pretty(&members).unwrap_or_default();
    let signed = format!("{},\n", text.strip_suffix("\n}").unwrap_or(&text));
    let signature = hex::digits(&key.sign(&signed));
    format!("{signed}  \"{SIGNATURE}\": \"{signature}\"\n}}")
}

/// The key that signed a document; nothing where it is not signed. `value` is the document as JSON.
pub fn signer(text: &str, value: &Value) -> Result<Option<PublicKey>, Unproven> {
    if value.get(SIGNATURE).is_none() {
        return Ok(None);
    }
    let key = value.get(KEY).and_then(Value::as_str).and_then(PublicKey::read).ok_or(Unproven::Form)?;
    let (before, last) = text.rsplit_once(BEGINNING).ok_or(Unproven::Form)?;
    let digits = last.trim_end_matches('\n').strip_suffix("\"\n}").ok_or(Unproven::Form)?;
    let signature = hex::bytes::<64>(digits).ok_or(Unproven::Form)?;
    if key.has_signed(&format!("{before}\n"), &signature) { Ok(Some(key)) } else { Err(Unproven::Changed) }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::json;

    use super::*;

    fn key() -> JournalKey {
        JournalKey::make(tempfile::tempdir().unwrap().path()).unwrap()
    }

    fn document(key: &JournalKey) -> String {
        let Value::Object(members) =
            json!({"a": 1, "text": "\n  \"signature\": \"00\"\n}", "z": [{"signature": 2}]})
        else {
            panic!()
        };
        sign(key, members)
    }

    fn read(text: &str) -> Result<Option<PublicKey>, Unproven> {
        signer(text, &serde_json::from_str(text).unwrap())
    }

    #[test]
    fn no_byte_can_be_changed_unseen() {
        let key = key();
        let text = document(&key);
        assert_eq!(read(&text), Ok(Some(key.public())));
        assert_eq!(read(&format!("{text}\n")), Ok(Some(key.public())));
        for place in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            let Ok(value) = serde_json::from_str::<Value>(&changed) else { continue };
            assert!(!matches!(signer(&changed, &value), Ok(Some(_))), "{place}: {changed}");
        }
        assert_eq!(read(&text.replace("\"a\": 1", "\"a\": 2")), Err(Unproven::Changed));
        assert_eq!(
            read(&text.replace(&key.public().to_string(), &self::key().public().to_string())),
            Err(Unproven::Changed)
        );
    }

    #[test]
    fn what_is_laid_out_otherwise_is_not_taken_for_signed() {
        let key = key();
        let text = document(&key);
        let compact = serde_json::from_str::<Value>(&text).unwrap().to_string();
        assert_eq!(read(&compact), Err(Unproven::Form));
        // Nothing may follow what was signed.
        let longer = format!("{},\n  \"a\": 9\n}}", text.strip_suffix("\n}").unwrap());
        assert_eq!(read(&longer), Err(Unproven::Form));
        assert_eq!(read("{\"a\": 1}"), Ok(None));
    }

    #[test]
    fn it_is_verified_by_hand_as_its_form_says() {
        let has = |tool: &str, argument: &str| Command::new(tool).arg(argument).output().is_ok();
        if !has("openssl", "version") || !has("xxd", "-v") {
            assert!(std::env::var_os("CI").is_none(), "CI needs openssl and xxd for this test");
            eprintln!("openssl or xxd is not here: the signature was checked by ed25519-dalek alone");
            return;
        }
        let place = tempfile::tempdir().unwrap();
        let recipe = include_str!("document.rs").lines().filter_map(|line| line.strip_prefix("//! "));
        let recipe: Vec<&str> = recipe
            .filter(|line| ["sed ", "(printf ", "openssl "].iter().any(|it| line.starts_with(it)))
            .collect();
        assert_eq!(recipe.len(), 4);
        let script = format!("set -e\n{}", recipe.join("\n").replace("DOCUMENT", "document"));
        let verify = |text: &str| {
            std::fs::write(place.path().join("document"), text).unwrap();
            Command::new("sh").args(["-c", &script]).current_dir(place.path()).output().unwrap()
        };
        let text = document(&key());
        let said = verify(&text);
        assert!(said.status.success(), "{said:?}");
        assert!(!verify(&text.replace("\"a\": 1", "\"a\": 2")).status.success());
    }
}

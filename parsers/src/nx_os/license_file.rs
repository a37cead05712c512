//! `show license`: the licence files that are installed, each as its maker wrote it (FlexLM).
//!
//! ```text
//! quay-n5k-1_1.lic:
//! SERVER this_host ANY
//! VENDOR cisco
//! INCREMENT ENTERPRISE_PKG cisco 1.0 permanent uncounted \
//!         VENDOR_STRING=<LIC_SOURCE>MDS_SWIFT</LIC_SOURCE><SKU>N5548-SSK9</SKU> \
//!         HOSTID=VDH=SSI1712X0C7 \
//!         NOTICE="<LicFileID>20140312</LicFileID><LicLineID>1</LicLineID> \
//!         <PAK></PAK>" SIGN=0A1B2C3D4E5F
//! ```
//! Name, maker, version, expiry and count come first in this order; the rest binds and signs the licence. The host
//! that a file is bound to need not be the one that shows it, and says nothing about this device.
//! Captures: `testdata/captures/nx-os/show_license/`.

use crate::record::{DeviceRecord, Expiry, License, LicensingModel, Term};
use crate::text::{Cursor, timestamp};

/// Reads the licence files. Every line that grants something is a licence.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if let Some(granted) = granted(text) {
            if let Some(license) = license(granted, cursor) {
                record.licensing.model = Some(LicensingModel::Pak);
                record.licenses_mut().push(license);
            }
        } else if !is_frame(text) {
            cursor.unclaimed(line);
        }
    }
}

/// Whether a line is the first of a licence of Cisco's.
pub(super) fn opens_licence(line: &str) -> bool {
    granted(line).is_some_and(|words| words.split_whitespace().nth(1) == Some("cisco"))
}

/// What stands behind the word that grants: `ENTERPRISE_PKG cisco 1.0 permanent uncounted \`
fn granted(text: &str) -> Option<&str> {
    let words = ["INCREMENT ", "FEATURE ", "PACKAGE ", "UPGRADE "];
    words.iter().find_map(|word| text.strip_prefix(word))
}

/// The file's name, whom it serves, and remarks.
fn is_frame(text: &str) -> bool {
    let is_name = text.strip_suffix(':').is_some_and(|name| !name.contains(char::is_whitespace));
    is_name || ["SERVER ", "VENDOR ", "USE_SERVER", "#"].iter().any(|start| text.starts_with(start))
}

/// Reads a licence over as many lines as end in a backslash.
fn license<'a>(granted: &'a str, cursor: &mut Cursor<'a>) -> Option<License<'a>> {
    let (mut text, mut goes_on) = continued(granted);
    let mut license = License { installed: Some(true), ..License::default() };
    let mut place = 0;
    loop {
        for word in text.split_whitespace() {
            fact(&mut license, place, word);
            place += 1;
        }
        let next = cursor.peek().filter(|line| goes_on && !starts_anew(line.trimmed()));
        let Some(next) = next else { break };
        cursor.next();
        (text, goes_on) = continued(next.trimmed());
    }
    license.name.is_some().then_some(license)
}

/// A line without its backslash, and whether it has one.
fn continued(text: &str) -> (&str, bool) {
    match text.strip_suffix('\\') {
        Some(text) => (text, true),
        None => (text, false),
    }
}

/// Whether a line cannot go on with the licence above it.
fn starts_anew(text: &str) -> bool {
    text.is_empty() || granted(text).is_some() || is_frame(text)
}

/// Reads a word by its place.
fn fact<'a>(license: &mut License<'a>, place: usize, word: &'a str) {
    match place {
        0 => license.name = Some(word.into()),
        2 => license.version = Some(word.into()),
        3 if word.eq_ignore_ascii_case("permanent") => {
            license.term = Some(Term::Permanent);
            license.expires = Some(Expiry::NEVER);
        }
        // `1-jan-0` is FlexLM's other way to say so.
        3 if word.rsplit('-').next().is_some_and(is_zero) => license.expires = Some(Expiry::NEVER),
        3 => license.expires = timestamp(word).map(Expiry::At),
        // `uncounted` is no number, and 0 means the same.
        4 => license.count = word.parse().ok().filter(|count| *count > 0),
        _ => {}
    }
}

fn is_zero(year: &str) -> bool {
    !year.is_empty() && year.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_with;

    fn parsed(text: &str) -> (Vec<License<'_>>, usize) {
        let (record, unclaimed) = read_with(read, text);
        (record.licenses.unwrap_or_default(), unclaimed.len())
    }

    #[test]
    fn the_first_five_words_are_read_wherever_the_lines_break() {
        for text in [
            "INCREMENT A_PKG cisco 1.0 17-nov-2026 8 \\\n  HOSTID=VDH=X SIGN=0\n",
            "INCREMENT A_PKG \\\n  cisco 1.0 \\\n 17-nov-2026 8 HOSTID=VDH=X \\\n  SIGN=0\n",
        ] {
            let (licenses, unclaimed) = parsed(text);
            assert_eq!((licenses.len(), unclaimed), (1, 0), "{text}");
            let license = &licenses[0];
            assert_eq!((license.name.as_deref(), license.version.as_deref()), (Some("A_PKG"), Some("1.0")));
            assert!(matches!(&license.expires, Some(Expiry::At(at)) if at.text == "17-nov-2026"));
            assert_eq!((license.count, license.term, license.installed), (Some(8), None, Some(true)));
        }
    }

    #[test]
    fn a_licence_ends_where_the_next_begins() {
        let (licenses, unclaimed) = parsed(
            "one.lic:\nSERVER this_host ANY\nVENDOR cisco\nFEATURE A cisco 1.0 permanent uncounted \\\n\
             INCREMENT B cisco 2.0 1-jan-0000 0 SIGN=0\nSIGN=0\n",
        );
        let names: Vec<_> = licenses.iter().filter_map(|license| license.name.as_deref()).collect();
        assert_eq!((names, unclaimed), (vec!["A", "B"], 1));
        assert_eq!((licenses[0].term, licenses[0].count), (Some(Term::Permanent), None));
        assert_eq!((&licenses[1].expires, licenses[1].count), (&Some(Expiry::NEVER), None));
    }

    #[test]
    fn a_file_that_grants_nothing_states_no_licence() {
        assert_eq!(parsed("one.lic:\nSERVER this_host ANY\nVENDOR cisco\nINCREMENT \\\n"), (Vec::new(), 0));
    }
}

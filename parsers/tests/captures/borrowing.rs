//! The record of a capture that needed no cleaning copies no text: every string in it lies within the capture.

use std::io;
use std::ops::Range;

use licwatch_parsers::record::{
    AuthorizationStatus, Capability, DeviceAuthorizationStatus, Enforcement, ExportControl, ExportStatus,
    Levels, LicenseStatus, LicensingModel, NeighborProtocol, Platform, Priority, RegistrationStatus,
    ReservationStatus, SCHEMA, SiaStatus, Term, TransportType,
};
use licwatch_parsers::text::Cleaned;
use serde::Serialize;
use serde_json::ser::Formatter;

use super::corpus::{captures, judged};

#[test]
fn clean_captures_are_borrowed_from() {
    let own = own_words();
    let mut looked_at = 0;
    for capture in captures() {
        let cleaned = Cleaned::new(&capture.raw);
        if !cleaned.is_borrowed() {
            continue;
        }
        let record = judged(&cleaned, capture.hints);
        let mut witness = Witness::of(&capture.raw, &own);
        let mut serializer = serde_json::Serializer::with_formatter(io::sink(), &mut witness);
        record.serialize(&mut serializer).unwrap();
        assert!(
            witness.copied.is_empty(),
            "{}: copied instead of borrowed: {:?}",
            capture.name,
            witness.copied
        );
        looked_at += witness.borrowed;
    }
    assert!(looked_at > 0, "no capture was clean");
}

#[test]
fn a_copy_is_noticed() {
    let raw = b"network-advantage".to_vec();
    let own = own_words();
    let borrowed = std::str::from_utf8(&raw).unwrap();
    let texts = [borrowed.to_owned(), "in_use".into()];
    let mut witness = Witness::of(&raw, &own);
    texts.serialize(&mut serde_json::Serializer::with_formatter(io::sink(), &mut witness)).unwrap();
    [borrowed].serialize(&mut serde_json::Serializer::with_formatter(io::sink(), &mut witness)).unwrap();
    assert_eq!((witness.copied, witness.borrowed), (vec!["network-advantage".to_owned()], 1));
}

/// Sees the address of every text that a record prints. `serde_json` hands its formatter the pieces of a string as
/// slices of the string itself, so that their addresses tell where the string lives.
struct Witness<'o> {
    capture: Range<usize>,
    own: &'o [&'static str],
    in_key: bool,
    /// The value to come is a UTC time, which is computed and written, not borrowed.
    in_utc: bool,
    borrowed: usize,
    copied: Vec<String>,
}

impl<'o> Witness<'o> {
    fn of(raw: &[u8], own: &'o [&'static str]) -> Self {
        let start = raw.as_ptr().addr();
        let capture = start..start + raw.len();
        Self { capture, own, in_key: false, in_utc: false, borrowed: 0, copied: Vec::new() }
    }
}

impl Formatter for &mut Witness<'_> {
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W, _: bool) -> io::Result<()> {
        self.in_key = true;
        Ok(())
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_key = false;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, _: &mut W, fragment: &str) -> io::Result<()> {
        if self.in_key {
            self.in_utc = fragment == "utc";
        } else if self.capture.contains(&fragment.as_ptr().addr()) {
            self.borrowed += 1;
        } else if !self.in_utc && !self.own.contains(&fragment) {
            self.copied.push(fragment.to_owned());
        }
        Ok(())
    }
}

/// The words that the record itself brings; they are constants, wherever the compiler puts them.
fn own_words() -> Vec<&'static str> {
    let mut words =
        vec![SCHEMA, Levels::BETWEEN, "succeeded", "failed", "never", "active", "standby", "member"];
    macro_rules! add {
        ($($name:ident)+) => { $(words.extend($name::ALL.iter().map(|value| value.word()));)+ };
    }
    add!(AuthorizationStatus Capability NeighborProtocol DeviceAuthorizationStatus Enforcement ExportControl ExportStatus LicenseStatus
         LicensingModel Platform Priority RegistrationStatus ReservationStatus SiaStatus Term TransportType);
    words
}

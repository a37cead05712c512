//! What is read of a file.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;

use licwatch_parsers::exchange::{self, Content, ExchangeError};
use licwatch_parsers::record::{DeviceRecord, ExchangeKind, merge};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};
use serde_json::Value;

use crate::files::{own, samples, workspace};

/// The record as JSON without what depends on the reader: sources and diagnostics.
fn stated(record: &DeviceRecord<'_>) -> Value {
    let mut value = serde_json::to_value(record).unwrap();
    let object = value.as_object_mut().unwrap();
    object.remove("sources");
    object.remove("diagnostics");
    value
}

fn file(name: &str) -> Vec<u8> {
    own().into_iter().find(|(found, _)| found == name).unwrap().1
}

fn codes(record: &DeviceRecord<'_>) -> Vec<&'static str> {
    record.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn every_file_gives_its_record() {
    for (name, bytes) in own() {
        let truth = workspace().join("testdata/exchange").join(&name).with_extension("json");
        let want: Value = serde_json::from_str(&fs::read_to_string(truth).unwrap()).unwrap();
        let capture = Cleaned::new(&bytes);
        let record = parse(&capture, Hints::default());
        assert_eq!(stated(&record), want, "{name}");
        assert_eq!(record.sources.len(), 1, "{name}");
        assert!(record.sources[0].command.is_some(), "{name}");
        assert!(record.licenses.is_none(), "{name}: a report tells of a past period");
    }
}

#[test]
fn every_kind_has_a_file() {
    let kinds: BTreeSet<_> = own()
        .iter()
        .map(|(name, bytes)| {
            let capture = Cleaned::new(bytes);
            parse(&capture, Hints::default()).exchange.first().unwrap_or_else(|| panic!("{name}")).kind.word()
        })
        .collect();
    for kind in ExchangeKind::ALL.iter().filter(|kind| **kind != ExchangeKind::Envelope) {
        assert!(kinds.contains(kind.word()), "{kind}");
    }
}

#[test]
fn what_is_not_known_is_told_and_kept() {
    for (name, bytes) in own() {
        let record = parse(&Cleaned::new(&bytes), Hints::default()).diagnostics.len();
        let known: usize = match name.as_str() {
            // A member, an element or a line that the case holds to be unknown.
            "c9800-two-reports" | "c8000v-meta-layout" | "acknowledgement" | "trust-request" => 1,
            "acknowledgement-opaque" | "no-reports" | "reservation-return-session" => 1,
            _ => 0,
        };
        assert_eq!(record, known, "{name}: {:?}", parse(&Cleaned::new(&bytes), Hints::default()).diagnostics);
    }
    let bytes = file("c8000v-meta-layout");
    let read = exchange::parse(&bytes).unwrap();
    let report = read.reports().next().unwrap();
    let unknown = &report.payload.as_ref().unwrap().unknown;
    assert_eq!((unknown[0].within, &*unknown[0].name), ("payload.meta", "throughput_hint"));
    assert_eq!(unknown[0].value.as_str(), r#"{"mbps":50}"#);
}

#[test]
fn an_unknown_element_is_kept_with_its_tags() {
    let text = "<smartLicense><smartLicenseNovelty a='1'><b/>&amp;</smartLicenseNovelty></smartLicense>";
    let read = exchange::parse(text.as_bytes()).unwrap();
    assert_eq!(read.kind, ExchangeKind::Envelope);
    let Content::Unknown(unknown) = &read.parts[0].content else { panic!("{read:?}") };
    assert_eq!(unknown.value.as_str(), "<smartLicenseNovelty a='1'><b/>&amp;</smartLicenseNovelty>");
    assert_eq!(codes(&parse(&Cleaned::new(text.as_bytes()), Hints::default())), ["unclaimed_elements"]);
}

#[test]
fn measurements_say_everything() {
    let bytes = file("c9800-two-reports");
    let read = exchange::parse(&bytes).unwrap();
    let report = read.reports().next().unwrap();
    let payload = report.payload.as_ref().unwrap();
    let [first, second] = payload.measurements.as_slice() else { panic!("{payload:?}") };
    assert_eq!(first.added.len(), 2);
    assert_eq!((first.sample_interval, first.samples, first.count), (Some(86_400), Some(97), Some(2)));
    assert_eq!(second.clock_change_seconds, Some(-4000));
    assert_eq!(second.termination_reason.as_deref(), Some("ProductReload"));
    assert!(second.log_time < second.start, "the clock was set back");
    let third = &read.reports().nth(1).unwrap().payload.as_ref().unwrap().measurements[0];
    assert_eq!(third.removed[0].serial_number.as_deref(), Some("FGL2440L0A2"));
    // Both signatures are there and told apart, and neither is shown.
    let outer = report.signature.as_ref().unwrap();
    let inner = payload.signature.as_ref().unwrap();
    assert_ne!(outer.value, inner.value);
    assert_eq!(outer.device.as_ref().unwrap().pid.as_deref(), Some("C9800-L-F-K9"));
    assert_eq!(outer.signing_type.as_deref(), Some("builtin"));
    let shown = format!("{read:?}");
    for secret in [outer, inner].map(|signature| signature.value.as_ref().unwrap().as_str()) {
        assert!(!shown.contains(secret));
    }
}

#[test]
fn facts_of_a_signed_payload_are_not_copied() {
    let bytes = file("c9800-two-reports");
    let read = exchange::parse(&bytes).unwrap();
    for report in read.reports() {
        let payload = report.payload.as_ref().unwrap();
        for text in
            [&payload.version, &payload.software_tag, &payload.entitlement_tag, &payload.software_version]
        {
            assert!(matches!(text, Some(Cow::Borrowed(_))), "{text:?}");
        }
        let udis = payload.measurements.iter().flat_map(|measured| &measured.added);
        for udi in udis.chain(&payload.ha_udis).chain(&payload.device) {
            assert!(matches!(
                (&udi.pid, &udi.serial_number),
                (Some(Cow::Borrowed(_)), Some(Cow::Borrowed(_)))
            ));
        }
    }
    // One PID is written with an escape; it is the only copy, and reads as the others do.
    let bytes = file("c9300-stack-bundle");
    let read = exchange::parse(&bytes).unwrap();
    let payload = read.reports().next().unwrap().payload.as_ref().unwrap();
    let copied: Vec<_> =
        payload.ha_udis.iter().filter(|udi| matches!(udi.pid, Some(Cow::Owned(_)))).collect();
    assert_eq!(copied.len(), 1);
    assert_eq!(copied[0].pid.as_deref(), Some("C9300-48T"));
    assert_eq!(payload.measurements[0].value.as_deref(), Some("größe → 1/2 \"ok\""));
}

#[test]
fn no_code_and_no_signature_is_shown() {
    let secrets = [
        "Qm3xTz",
        "AB12CD",
        "B7kQ2mTzW",
        "AkT9w2LqX",
        "4c81e2aa",
        "RVhBTV",
        "c2FtcGxl",
        "MEQCIB",
        "b3BhcXVl",
    ];
    for (name, bytes) in own() {
        let capture = Cleaned::new(&bytes);
        let record = parse(&capture, Hints::default());
        let json = serde_json::to_string(&record).unwrap();
        let debug = format!("{:?} {record:?}", exchange::parse_partially(&bytes));
        for secret in secrets {
            assert!(!json.contains(secret), "{name}: {secret} in {json}");
            assert!(!debug.contains(secret), "{name}: {secret} in {debug}");
        }
    }
}

#[test]
fn codes_are_there_for_those_who_need_them() {
    let bytes = file("slac-return");
    let read = exchange::parse(&bytes).unwrap();
    let codes: Vec<_> =
        read.messages().flat_map(|message| &message.codes).map(|code| code.code.as_str()).collect();
    assert_eq!(codes, ["4c81e2aa", "Qm3xTz-8rLw2K-pV5nYd-Hs7cBf-2JkGt9-xWq4Rm-Zb6LaN-Ue8PvC-k2D"]);
    let bytes = file("slr-c9500");
    let read = exchange::parse(&bytes).unwrap();
    let message = read.messages().next().unwrap();
    let signed = message.signed.as_ref().unwrap().borrowed().unwrap();
    assert!(signed.starts_with("<authorizationCode>") && signed.ends_with("</authorizationCode>"));
    assert_eq!(message.product_instance.as_deref(), Some("0b1c2d3e-4f50-4a61-8b72-9c8d7e6f5a4b"));
    assert_eq!(message.signature.as_ref().unwrap().value.as_ref().unwrap().as_str(), "MEQCIBzYW1wbGU");
    let software = file("cucm-authorization");
    let read = exchange::parse(&software).unwrap();
    let device = &read.messages().next().unwrap().devices[0];
    assert_eq!(device.uuid.as_deref(), Some("0f3c5a52-7f4e-4f1c-9d0e-2b7a61c4d8e3"));
}

#[test]
fn the_codes_of_a_reservation_report_are_read() {
    let text = "Reservation Info\n  Overall status:\n    Active: PID:C9500-16X,SN:FCW2233A5AA\n        Request code: CB-ZC9500-16X:FCW2233A5AA-AkT9w2LqX-86\n        Last Confirmation code: 4c81e2aa\n        Reservation authorization code: <none>\n";
    let read = exchange::parse(text.as_bytes()).unwrap();
    let found: Vec<_> = read
        .parts
        .iter()
        .map(|part| match &part.content {
            Content::Code(code) => (code.kind.word(), code.device.as_ref().unwrap().serial_number.as_deref()),
            other => panic!("{other:?}"),
        })
        .collect();
    let serial = Some("FCW2233A5AA");
    assert_eq!(found, [("request_code", serial), ("confirmation_code", serial)]);
    // As the output of a command it is the Smart Agent's.
    let capture = Cleaned::new(text.as_bytes());
    let record = parse(&capture, Hints::default());
    assert!(record.exchange.is_empty());
}

#[test]
fn files_of_one_device_make_one_record() {
    let (usage, ack) = (file("c9300-stack-bundle"), file("acknowledgement"));
    let captures = [Cleaned::new(&usage), Cleaned::new(&ack)];
    let merged = merge(&captures.each_ref().map(|capture| parse(capture, Hints::default())));
    let kinds: Vec<_> = merged.exchange.iter().map(|file| (file.source, file.kind)).collect();
    assert_eq!(kinds, [(0, ExchangeKind::UsageReport), (1, ExchangeKind::Acknowledgement)]);
    assert_eq!(merged.device.udis.len(), 3);
    assert_eq!(merged.device.serial_number.as_deref(), Some("FOC2411X0A1"));
}

#[test]
fn a_hint_names_the_file_in_the_corpus_way_too() {
    let command = Command::typed("(file) license smart save usage");
    assert_eq!(command, Some(Command::LicenseSmartSaveUsage));
    let hints = Hints { platform: None, command };
    let bytes = file("c8000v-meta-layout");
    assert_eq!(parse(&Cleaned::new(&bytes), hints).device.model.as_deref(), Some("C8000V"));
    let capture = Cleaned::new(b"nothing of the kind");
    let record = parse(&capture, hints);
    assert_eq!(codes(&record), ["broken_exchange_file"]);
    assert!(record.diagnostics[0].message.contains("expected a file of Cisco Smart Licensing"));
}

#[test]
fn broken_files_say_where_and_what_to_do() {
    let error = |bytes: &[u8]| exchange::parse(bytes).unwrap_err();
    assert!(matches!(error(b"\x1f\x8b\x08\0"), ExchangeError::Archive { packed: "gzip" }));
    assert!(matches!(error(b"<RUMReport>\xff</RUMReport>"), ExchangeError::NotText { offset: 11 }));
    assert!(matches!(error(b"<html><body/></html>"), ExchangeError::Unrecognized { offset: 0, .. }));
    assert!(matches!(error(b"{\"a\":1}"), ExchangeError::Unrecognized { .. }));
    assert!(matches!(error(b""), ExchangeError::Unrecognized { .. }));
    let doctype = error(b"<!DOCTYPE a [<!ENTITY x 'y'>]><smartLicense>&x;</smartLicense>");
    assert!(matches!(doctype, ExchangeError::Xml { .. }), "{doctype}");
    let cut = error(b"\n\n<smartLicense>\n  <RUMReport>");
    assert!(matches!(cut, ExchangeError::Xml { .. }) && cut.to_string().contains("fetch the file again"));
    let huge = vec![b' '; (64 << 20) + 1];
    assert!(matches!(error(&huge), ExchangeError::TooLarge { .. }));
    let report = b"<RUMReport>\n {\"signature\":{}}</RUMReport>";
    let read = exchange::parse(report).unwrap();
    let Content::RumReport(Err(missing)) = &read.parts[0].content else { panic!("{read:?}") };
    assert_eq!((missing.offset(), missing.remedy().is_empty()), (13, false));
    let capture = Cleaned::new(report);
    let record = parse(&capture, Hints::default());
    assert_eq!(codes(&record), ["broken_rum_report"]);
    assert_eq!((record.diagnostics[0].line, record.diagnostics[0].column), (Some(2), Some(2)));
}

#[test]
fn one_broken_payload_hides_no_other_report() {
    let text = String::from_utf8(file("c9800-two-reports")).unwrap();
    // The second report's payload loses a quote; its bytes are handed on all the same.
    let at = text.rfind("\\\"meta\\\"").unwrap();
    let mut broken = text;
    broken.replace_range(at..at + 2, "");
    let read = exchange::parse(broken.as_bytes()).unwrap();
    let reports: Vec<_> = read.reports().collect();
    assert!(reports[0].payload.is_ok());
    let error = reports[1].payload.as_ref().unwrap_err();
    assert!(error.offset() >= at && error.offset() <= at + 60, "{error} near {at}");
    assert!(reports[1].signed.as_str().contains("measurements"));
    assert!(reports[1].signature.is_some());
}

/// The corpus keeps its real report under `raw/iosxe/rum_report_file`; the samples hold the same and more.
#[test]
fn the_samples_of_others_are_recognized() {
    for (path, bytes) in samples() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let capture = Cleaned::new(&bytes);
        let record = parse(&capture, Hints::default());
        let Some(file) = record.exchange.first() else { panic!("{name}: {:?}", record.diagnostics) };
        let want = match name {
            name if name.contains("payload_") => ExchangeKind::RumPayload,
            name if name.contains("ack_and_policy") => ExchangeKind::Acknowledgement,
            name if name.contains("slac_request") => ExchangeKind::AuthorizationRequest,
            name if name.contains("request") => ExchangeKind::ReservationCodes,
            name if name.contains("authorization_code") => ExchangeKind::AuthorizationCode,
            name if name.contains("manifest") => ExchangeKind::BundleManifest,
            _ => ExchangeKind::UsageReport,
        };
        assert_eq!(file.kind, want, "{name}");
        // The reconstructed ones hold an ellipsis where a value should be.
        if !name.contains("reconstructed")
            && want != ExchangeKind::BundleManifest
            && !name.starts_with("dev_")
        {
            assert!(record.device.serial_number.is_some(), "{name}");
            assert_eq!(codes(&record), [""; 0], "{name}: {:?}", record.diagnostics);
        }
    }
}

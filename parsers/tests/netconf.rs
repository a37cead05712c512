//! Every reply in `testdata/netconf` against the record that was written for it by hand, and the one real
//! sample that is known, where it is at hand.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "clippy.toml allows these in tests, but does not see that helpers of a test file are part of them"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use licwatch_parsers::netconf::{self, DEVICE_HARDWARE, SMART_LICENSE};
use licwatch_parsers::record::{LicenseStatus, LicensingModel, Severity};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};
use serde_json::Value;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The record as JSON without what depends on the reader: sources and diagnostics.
fn stated(record: &licwatch_parsers::record::DeviceRecord<'_>) -> Value {
    let mut value = serde_json::to_value(record).unwrap();
    let object = value.as_object_mut().unwrap();
    object.remove("sources");
    object.remove("diagnostics");
    value
}

fn cases() -> Vec<(String, String, Value)> {
    let folder = workspace().join("testdata/netconf");
    let names = |extension: &str| -> BTreeSet<String> {
        fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("xml"), names("json"), "a reply without a record, or a record without a reply");
    let read = |name: &str, extension: &str| fs::read_to_string(folder.join(name).with_extension(extension));
    let cases: Vec<_> = names("xml")
        .into_iter()
        .map(|name| {
            let record = serde_json::from_str(&read(&name, "json").unwrap()).unwrap();
            (read(&name, "xml").unwrap(), record, name)
        })
        .map(|(reply, record, name)| (name, reply, record))
        .collect();
    assert!(cases.len() >= 11);
    cases
}

#[test]
fn every_reply_gives_its_record() {
    for (name, reply, want) in cases() {
        let capture = Cleaned::new(reply.as_bytes());
        let record = parse(&capture, Hints::default());
        assert_eq!(stated(&record), want, "{name}");
        assert_eq!(record.sources.len(), 1, "{name}");
        assert_eq!(record.sources[0].command.as_deref(), Some("get"), "{name}");
        // Read as a message, not as a capture, it is the same.
        assert_eq!(netconf::parse(&reply), record, "{name}");
    }
}

#[test]
fn nothing_in_the_replies_is_unknown() {
    for (name, reply, _) in cases() {
        let record = netconf::parse(&reply);
        let codes: Vec<_> = record.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        let want: &[&str] = match name.as_str() {
            "rpc-error" => &["rpc_error"],
            "classic-out-of-compliance" | "entities" | "isr4331" => &[],
            _ => &["not_over_netconf"],
        };
        assert_eq!(codes, want, "{name}: {:?}", record.diagnostics);
    }
}

#[test]
fn an_rpc_error_is_a_diagnostic_that_names_everything() {
    let (_, reply, _) = cases().into_iter().find(|(name, ..)| name == "rpc-error").unwrap();
    let record = netconf::parse(&reply);
    let diagnostic = &record.diagnostics[0];
    assert_eq!(
        (diagnostic.severity, diagnostic.line, diagnostic.column),
        (Severity::Error, Some(3), Some(3))
    );
    for words in ["access-denied", "access denied for user \"licwatch\"", "/sl:licensing"] {
        assert!(diagnostic.message.contains(words), "{}", diagnostic.message);
    }
}

#[test]
fn gaps_are_named_once_and_only_where_they_are() {
    let gaps = |wanted: &str| -> String {
        let (_, reply, _) = cases().into_iter().find(|(name, ..)| name == wanted).unwrap();
        let record = netconf::parse(&reply);
        let mut messages = record.diagnostics.iter().filter(|found| found.code == "not_over_netconf");
        let message = messages.next().unwrap().message.to_string();
        assert!(messages.next().is_none());
        message
    };
    let stack = gaps("slup-classic-words");
    for gap in ["trust codes", "authorization codes", "push times", "the CSLU address", "the transport"] {
        assert!(stack.contains(gap), "{stack}");
    }
    // This one has a trust code and an authorization code.
    let router = gaps("slup-everything-stated");
    assert!(router.contains("push times") && !router.contains("codes"), "{router}");
}

/// Text is borrowed from the reply wherever no entity stands in it.
#[test]
fn text_without_entities_is_not_copied() {
    use std::borrow::Cow;
    let (_, reply, _) = cases().into_iter().find(|(name, ..)| name == "slup-classic-words").unwrap();
    let record = netconf::parse(&reply);
    let license = &record.licenses.as_ref().unwrap()[0];
    let texts =
        [&license.name, &license.entitlement, &license.entitlement_tag, &record.device.software_version];
    for text in texts {
        assert!(matches!(text, Some(Cow::Borrowed(_))), "{text:?}");
    }
}

/// A reply that was cut says what it said up to the cut, and never what the whole reply does not say.
#[test]
fn a_cut_reply_states_nothing_that_the_whole_does_not() {
    for (name, reply, want) in cases() {
        let mut had_licenses = false;
        // The work is the square of the length; the long replies have no form that a short one has not.
        let step = if reply.len() > 8_000 { 13 } else { 1 };
        for cut in (0..reply.len()).step_by(step).filter(|&cut| reply.is_char_boundary(cut)) {
            let record = netconf::parse(&reply[..cut]);
            let got = stated(&record);
            within(&got, &want, &format!("{name} cut at {cut}"));
            had_licenses |= record.licenses.is_some_and(|licenses| !licenses.is_empty());
        }
        assert_eq!(had_licenses, want.get("licenses").is_some(), "{name}");
    }
}

/// Whether every value of `part` stands in `whole`. Of the licensing model and what depends on it, a cut reply
/// may know less.
fn within(part: &Value, whole: &Value, place: &str) {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            for (key, value) in part {
                if key == "status" && whole.get("status_text").is_some() && part.get("status_text").is_none()
                {
                    // A list of licences in use, of which the words for each were not believed.
                    assert_eq!(value, "in_use", "{place}");
                    continue;
                }
                let other = whole.get(key).unwrap_or_else(|| panic!("{place}: {key} = {value}"));
                within(value, other, &format!("{place}: {key}"));
            }
        }
        (Value::Array(part), Value::Array(whole)) => {
            assert!(part.len() <= whole.len(), "{place}");
            part.iter().zip(whole).for_each(|(part, whole)| within(part, whole, place));
        }
        _ => assert_eq!(part, whole, "{place}"),
    }
}

#[test]
fn the_real_sample_of_a_healthy_device_shows_no_fault() {
    let Some(json) = real_sample() else { return };
    let state = &json["cisco-smart-license:state"];
    let info = &state["state-info"];
    let reply = format!("<licensing xmlns=\"{SMART_LICENSE}\">{}</licensing>", xml("state", state));
    let capture = Cleaned::new(reply.as_bytes());
    let record = parse(&capture, Hints { command: Some(Command::NetconfGet), platform: None });

    let licensing = &record.licensing;
    assert_eq!(licensing.model, Some(LicensingModel::Slup));
    assert_eq!(licensing.agent_version.as_deref(), state["version"].as_str());
    // The traps: none of this is so on the device.
    assert_eq!(info["registration"]["registration-state"], "reg-state-not-registered");
    assert_eq!(licensing.registration, Default::default());
    assert_eq!(licensing.authorization, Default::default());
    assert_eq!(licensing.transport, Default::default());

    let licenses = record.licenses.as_ref().unwrap();
    let usage = info["usage"].as_array().unwrap();
    assert_eq!(licenses.len(), usage.len());
    for (license, usage) in licenses.iter().zip(usage) {
        assert_eq!(license.entitlement_tag.as_deref(), usage["entitlement-tag"].as_str());
        assert_eq!(license.name.as_deref(), usage["license-name"].as_str());
        assert_eq!(license.entitlement.as_deref(), usage["short-name"].as_str());
        assert_eq!(license.count, usage["count"].as_u64());
        assert_eq!(license.status, Some(LicenseStatus::InUse));
        assert_eq!(license.status_text, None);
        // `network-essentials`, not `C9300-48 Network Essentials`.
        assert!(!license.name.as_ref().unwrap().contains(' '));
        assert!(license.entitlement.as_ref().unwrap().contains(' '));
    }

    assert_eq!(record.device.serial_number.as_deref(), info["udi"]["sn"].as_str());
    assert_eq!(record.device.model.as_deref(), info["udi"]["pid"].as_str());
    assert_eq!(record.device.udis.len(), 1);
    assert_eq!(licensing.privacy.hostname_sent, info["privacy"]["hostname"].as_bool().map(|hidden| !hidden));
    let policy = &licensing.policy;
    assert_eq!(
        (policy.merged, policy.name.as_deref(), policy.installed_on.as_ref()),
        (Some(true), None, None)
    );
    let days = policy.unenforced_perpetual.first_report_days.as_ref().unwrap().days;
    assert_eq!(Some(u64::from(days)), info["policy"]["policy-perpetual"]["reporting-first-time"].as_u64());
    assert_eq!(licensing.reporting.last_ack_received, None);
    let deadline = licensing.reporting.next_ack_deadline.as_ref().unwrap();
    assert_eq!(Some(deadline.text.as_ref()), info["rum-ack"]["next-report-deadline"].as_str());
    assert!(deadline.utc.is_some());
    let closed = info["rum-reports-closed-keys"].as_array().unwrap();
    assert_eq!(licensing.rum_reports.entries.len(), closed.len());
    assert_eq!(licensing.custom_id, None);
    assert!(licensing.trust_codes.is_empty() && licensing.device_authorizations.is_empty());

    let codes: Vec<_> = record.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["not_over_netconf"], "{:?}", record.diagnostics);
}

/// The one real reply that is known, a RESTCONF answer. It is not ours to ship: it is read where it lies beside
/// the repository, and otherwise the test has nothing to do.
fn real_sample() -> Option<Value> {
    const SAMPLE: &str = "shared/corpus/raw/iosxe/netconf_cisco_smart_license_state";
    let folder = workspace().parent().map(|beside| beside.join(SAMPLE)).filter(|folder| folder.is_dir())?;
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    Some(serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
}

/// RFC 7951 back to XML.
fn xml(name: &str, value: &Value) -> String {
    match value {
        Value::Array(entries) => entries.iter().map(|entry| xml(name, entry)).collect(),
        Value::Object(members) => {
            let children: String = members.iter().map(|(name, value)| xml(name, value)).collect();
            format!("<{name}>{children}</{name}>")
        }
        Value::String(text) => {
            format!("<{name}>{}</{name}>", text.replace('&', "&amp;").replace('<', "&lt;"))
        }
        other => format!("<{name}>{other}</{name}>"),
    }
}

#[test]
fn the_namespace_tells_a_reply_from_a_page() {
    let page =
        Cleaned::new(b"<html xmlns=\"http://www.w3.org/1999/xhtml\"><body>show license all</body></html>");
    let record = parse(&page, Hints::default());
    assert!(record.is_empty());
    assert_eq!(record.sources[0].command, None);
    let bare = format!("<device-hardware-data xmlns='{DEVICE_HARDWARE}'/>");
    let capture = Cleaned::new(bare.as_bytes());
    assert_eq!(parse(&capture, Hints::default()).sources[0].command.as_deref(), Some("get"));
}

/// The way of a reply: chunks on the wire, a message, an outcome, a record.
#[test]
fn a_reply_comes_through_the_whole_session_layer() {
    use licwatch_parsers::netconf::{
        Deframer, Framing, Hello, MESSAGE_CAP, Outcome, Reply, frame, server_hello,
    };
    let (_, reply, want) = cases().into_iter().find(|(name, ..)| name == "slup-classic-words").unwrap();
    let capabilities = ["urn:ietf:params:netconf:base:1.1"];
    let mut stream = frame(Framing::EndOfMessage, &server_hello(capabilities, 5));
    stream.extend(frame(Framing::Chunked, &reply));

    let mut deframer = Deframer::new(MESSAGE_CAP);
    let mut messages = Vec::new();
    for piece in stream.chunks(100) {
        deframer.feed(piece);
        while let Some(message) = deframer.next_message().unwrap() {
            messages.push(String::from_utf8(message).unwrap());
            deframer.switch(Framing::Chunked);
        }
    }
    let [hello, message] = messages.as_slice() else { panic!("{} messages", messages.len()) };
    assert_eq!(Hello::read(hello).unwrap().session_id, Some(5));
    let read = Reply::read(message).unwrap();
    assert_eq!((read.message_id.as_deref(), read.outcome), (Some("101"), Outcome::Data));
    assert_eq!(stated(&netconf::parse(message)), want);
}

#[test]
fn a_record_merged_with_itself_is_itself() {
    use licwatch_parsers::record::merge;
    for (name, reply, want) in cases() {
        let record = netconf::parse(&reply);
        assert_eq!(merge(std::slice::from_ref(&record)), record, "{name}");
        let twice = merge(&[record.clone(), record.clone()]);
        assert_eq!(stated(&twice), want, "{name}");
        assert_eq!(
            (twice.sources.len(), twice.diagnostics.len()),
            (2, 2 * record.diagnostics.len()),
            "{name}"
        );
    }
}

proptest::proptest! {
    /// Whatever a device sends instead, there is a record with its one source, and no place outside the reply.
    #[test]
    fn a_damaged_reply_never_panics(
        case in 0..11usize,
        damage in proptest::collection::vec((0..20_000usize, 0..6usize, 0..40usize), 1..6),
    ) {
        const PIECES: [&[u8]; 6] = [b"<", b"&", b"</state>", b"]]>", b"\xff\x00", b"<![CDATA["];
        let (_, reply, _) = cases().swap_remove(case);
        let mut bytes = reply.into_bytes();
        for (at, piece, cut) in damage {
            let at = at % (bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, PIECES[piece].iter().copied());
        }
        let capture = Cleaned::new(&bytes);
        let record = parse(&capture, Hints { command: Some(Command::NetconfGet), platform: None });
        proptest::prop_assert_eq!(record.sources.len(), 1);
        let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
        for diagnostic in &record.diagnostics {
            proptest::prop_assert!(diagnostic.line.is_none_or(|line| (1..=lines).contains(&line)));
        }
    }
}

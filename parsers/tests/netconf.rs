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

/// Name, reply and record of every case: XML as NETCONF has it, and JSON as RESTCONF has it.
fn cases() -> Vec<(String, String, Value)> {
    let folder = workspace().join("testdata/netconf");
    let mut cases = pairs(&folder, "xml");
    cases.extend(pairs(&folder.join("restconf"), "txt"));
    assert!(cases.len() >= 20);
    cases
}

fn pairs(folder: &Path, replies: &str) -> Vec<(String, String, Value)> {
    let names = |extension: &str| -> BTreeSet<String> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(replies), names("json"), "a reply without a record, or a record without a reply");
    let read = |name: &str, extension: &str| fs::read_to_string(folder.join(name).with_extension(extension));
    names(replies)
        .into_iter()
        .map(|name| {
            let record = serde_json::from_str(&read(&name, "json").unwrap()).unwrap();
            (read(&name, replies).unwrap(), record, name)
        })
        .map(|(reply, record, name)| (name, reply, record))
        .collect()
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
            // Classic licensing tells all, and so does a reservation whose codes are there.
            "classic-out-of-compliance"
            | "classic-evaluation"
            | "classic-evaluation-expired"
            | "classic-authorization-expired" => &[],
            "xr-evaluation" | "xr-evaluation-expired" | "xr-out-of-compliance" => &[],
            "xr-authorization-expired" | "xr-not-authorized" | "xr-universal-reservation" => &[],
            "entities" | "isr4331" | "asr9k" | "xr-reservation" | "data" => &[],
            "n9k" | "xr8000" | "components" => &[],
            _ => &["not_over_netconf"],
        };
        assert_eq!(codes, want, "{name}: {:?}", record.diagnostics);
    }
}

/// The hello of every device that answers here, and what it is asked for because of it.
#[test]
fn the_capabilities_decide_what_is_asked() {
    use licwatch_parsers::netconf::{
        Hello, OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM, XR_PLATFORM_LICENSE, XR_SMART_AGENT, hardware_filter,
        library_filter, licensing_filter,
    };
    let native = &[SMART_LICENSE, DEVICE_HARDWARE][..];
    let wanted: &[(&str, &[&str])] = &[
        ("asr9k", &[XR_SMART_AGENT]),
        ("bare", native),
        ("c8000v", native),
        ("c9300-stack", native),
        ("c9500-slr", &[SMART_LICENSE, OPENCONFIG_PLATFORM]),
        ("c9800", native),
        ("isr4331", native),
        ("library-only", native),
        ("n9k", &[]),
        ("xr8000", &[XR_PLATFORM_LICENSE, OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM]),
    ];
    let folder = workspace().join("testdata/netconf/hello");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), wanted.len());
    for (name, namespaces) in wanted {
        let message = fs::read_to_string(folder.join(name).with_extension("xml")).unwrap();
        let hello = Hello::read(&message).unwrap();
        let filter = licensing_filter(&hello);
        assert_eq!(filter.as_ref().map_or(&[][..], |filter| filter.namespaces()), *namespaces, "{name}");
        assert_eq!(library_filter(&hello).is_some(), *name == "library-only", "{name}");
        let asked = filter.map(|filter| filter.as_xml().to_owned()).unwrap_or_default();
        let has_policy = ["bare", "c8000v", "c9300-stack", "c9800", "library-only"].contains(name);
        assert_eq!(asked.contains("<policy/>"), has_policy, "{name}");
    }
    let message = fs::read_to_string(folder.join("n9k.xml")).unwrap();
    let hardware = hardware_filter(&Hello::read(&message).unwrap()).unwrap();
    assert_eq!(hardware.namespaces(), [OPENCONFIG_PLATFORM]);
}

/// The codes that install something on a device stay on it.
#[test]
fn codes_that_install_something_are_never_read() {
    for (name, reply, _) in cases() {
        let record = serde_json::to_string(&netconf::parse(&reply)).unwrap();
        assert!(!record.contains("never read") && !record.contains("CB-Z"), "{name}");
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
    let Some(text) = real_sample() else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let state = &json["cisco-smart-license:state"];
    let info = &state["state-info"];
    let reply = format!("<licensing xmlns=\"{SMART_LICENSE}\">{}</licensing>", xml("state", state));
    let capture = Cleaned::new(reply.as_bytes());
    let record = parse(&capture, Hints { command: Some(Command::NetconfGet), platform: None });
    // As it came, and without being told what it is, it says the same.
    let capture = Cleaned::new(text.as_bytes());
    let of_json = parse(&capture, Hints::default());
    assert_eq!((stated(&of_json), of_json.sources), (stated(&record), record.sources.clone()));

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
fn real_sample() -> Option<String> {
    const SAMPLE: &str = "shared/corpus/raw/iosxe/netconf_cisco_smart_license_state";
    let folder = workspace().parent().map(|beside| beside.join(SAMPLE)).filter(|folder| folder.is_dir())?;
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    Some(fs::read_to_string(file).unwrap())
}

/// The same data in XML gives the same record as in JSON.
#[test]
fn both_forms_of_the_same_data_say_the_same() {
    let namespaces = [
        ("cisco-smart-license", SMART_LICENSE),
        ("Cisco-IOS-XE-device-hardware-oper", DEVICE_HARDWARE),
        ("openconfig-platform", netconf::OPENCONFIG_PLATFORM),
        ("openconfig-system", netconf::OPENCONFIG_SYSTEM),
        ("ietf-restconf", netconf::RESTCONF),
    ];
    for (name, reply, want) in pairs(&workspace().join("testdata/netconf/restconf"), "txt") {
        let json: Value = serde_json::from_str(&reply).unwrap();
        let roots = json.as_object().unwrap().iter().map(|(name, value)| xml(name, value));
        let mut text: String = roots.collect();
        for (module, namespace) in namespaces {
            // Every element that names its module begins a namespace, and ends under its plain name.
            text = text.replace(&format!("</{module}:"), "</");
            let parts: Vec<&str> = text.split(&format!("<{module}:")).collect();
            let (first, rest) = parts.split_first().unwrap();
            let opened = rest.iter().map(|part| part.replacen('>', &format!(" xmlns=\"{namespace}\">"), 1));
            text =
                std::iter::once((*first).to_owned()).chain(opened.map(|part| format!("<{part}"))).collect();
        }
        assert_eq!(stated(&netconf::parse(&text)), want, "{name}: {text}");
    }
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
        case in 0..cases().len(),
        damage in proptest::collection::vec((0..20_000usize, 0..9usize, 0..40usize), 1..6),
    ) {
        const PIECES: [&[u8]; 9] =
            [b"<", b"&", b"</state>", b"]]>", b"\xff\x00", b"<![CDATA[", b"\"", b"[{\"\\u12", b"}], "];
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

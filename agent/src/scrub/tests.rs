//! Scrubbing as a whole: over every capture in the tree, and over whatever text there is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use licwatch_parsers::Command;
use licwatch_parsers::record::Platform;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::capture::{Capture, Origin};
use crate::collect::with_record;

fn scrubber() -> Scrubber {
    Scrubber::new(Key::new([41; 32]))
}

/// One device's captures, by file name.
type Session = Vec<(String, Capture)>;

/// The captures in the tree that share a platform and a case: they are of one device. Files that devices and Cisco's
/// services exchange, and what RESTCONF answered, are each for themselves.
fn sessions() -> BTreeMap<(String, String), Session> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let mut sessions: BTreeMap<(String, String), Session> = BTreeMap::new();
    let mut take = |platform: &str, command: Option<Command>, path: PathBuf| {
        let case = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let capture = Capture::new(command, Origin::File, fs::read(&path).unwrap(), None);
        sessions.entry((platform.to_owned(), case)).or_default().push((name, capture));
    };
    for platform in entries(&root.join("captures")) {
        for command in entries(&platform) {
            let typed = Command::typed(&name_of(&command).replace('_', " "));
            for file in
                entries(&command).into_iter().filter(|it| it.extension().is_some_and(|it| it == "txt"))
            {
                take(&name_of(&platform), typed, file);
            }
        }
    }
    for (folder, ending, command) in [
        ("netconf", "xml", Some(Command::NetconfGet)),
        ("netconf/restconf", "txt", None),
        ("exchange", "txt", None),
    ] {
        for file in entries(&root.join(folder))
            .into_iter()
            .filter(|it| it.extension().is_some_and(|extension| extension == ending))
        {
            take(folder, command, file);
        }
    }
    assert!(sessions.len() > 100, "{}", sessions.len());
    sessions
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn record(captures: &[Capture], platform: Option<Platform>) -> Value {
    with_record(captures, platform, |record| serde_json::to_value(record).unwrap())
}

/// The captures without their originals, with the scrubber that did it.
fn scrubbed(session: &Session, platform: Option<Platform>) -> (Vec<Capture>, Scrubber) {
    let captures: Vec<_> = session.iter().map(|it| it.1.clone()).collect();
    let mut scrubber = scrubber();
    captures.iter().for_each(|capture| scrubber.learn(&capture.raw));
    scrubber.learn_record(&record(&captures, platform));
    let scrubbed = session.iter().map(|(name, capture)| {
        let raw = scrubber.scrub(name, &capture.raw);
        Capture::new(capture.command, Origin::File, raw, None)
    });
    (scrubbed.collect(), scrubber)
}

/// What the hand-written record of a capture says that must not leave.
fn identities(truth: &Value, found: &mut Vec<String>) {
    const TELLING: [&str; 17] = [
        "serial_number",
        "hostname",
        "smart_account",
        "virtual_account",
        "cslu_address",
        "url",
        "proxy_address",
        "custom_id",
        "confirmation_code",
        "return_code",
        "request_code",
        "subscription_id",
        "device_id",
        "system_name",
        "chassis_id",
        "addresses",
        "management_addresses",
    ];
    match truth {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if TELLING.contains(&key.as_str()) => found.push(text.clone()),
                    Value::Array(texts) if TELLING.contains(&key.as_str()) => {
                        found.extend(texts.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => identities(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| identities(item, found)),
        _ => {}
    }
}

#[test]
fn every_capture_makes_the_same_record_without_its_originals() {
    let mut identified = 0;
    for ((platform, case), session) in sessions() {
        let platform = Platform::from_word(&platform);
        let (scrubbed, scrubber) = scrubbed(&session, platform);
        let originals: Vec<_> = session.iter().map(|it| it.1.clone()).collect();
        let (before, after) = (record(&originals, platform), record(&scrubbed, platform));
        assert_eq!(differences(&before, &after), [""; 0], "{case}:\n{before}\n{after}");

        let mut telling = Vec::new();
        for (name, _) in &session {
            let path =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").join(name).with_extension("json");
            let truth = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
            identities(&truth.unwrap_or(Value::Null), &mut telling);
        }
        telling.retain(|text| {
            let public = text.contains("cisco.com") || text.contains('*');
            // Every device that nobody named goes by such a word.
            !public && !ordinary::is_ordinary(text.as_bytes())
        });
        identified += telling.len();
        for ((name, original), capture) in session.iter().zip(&scrubbed) {
            assert_eq!(original.raw.len(), capture.raw.len(), "{name}");
            let text = String::from_utf8_lossy(&capture.raw);
            for told in &telling {
                assert!(!text.contains(told.as_str()), "{told} is left in {name}:\n{text}");
            }
            assert!(!scrubber.remains_in(&capture.raw), "{name}");
            // Lines stay where they are.
            let ends = |raw: &[u8]| {
                raw.iter().map(|byte| byte.is_ascii_control().then_some(*byte)).collect::<Vec<_>>()
            };
            assert_eq!(ends(&original.raw), ends(&capture.raw), "{name}");
        }
    }
    assert!(identified > 600, "{identified}");
}

/// Once, `9a:10:0c:47:86:f8` stood in for the MAC address of a device called `f8`.
#[test]
fn an_address_never_shows_a_short_name_as_its_group() {
    for key in 0..=255 {
        let mut scrubber = Scrubber::new(Key::new([key; 32]));
        let text =
            b"aaa0-aaaa#show license udi\nSN:AAA2040AAA0\n6c:8b:d3:10:a1:00&amp;System Name...... f8<\n\
            2001:db8::a1, 10.20.0.5, 6c8b.d310.a101, 0xa821d549\n";
        scrubber.learn(text);
        let scrubbed = scrubber.scrub("x", text);
        assert!(!scrubber.remains_in(&scrubbed), "{key}: {}", String::from_utf8_lossy(&scrubbed));
    }
}

#[test]
fn one_original_has_one_replacement_in_the_whole_session() {
    let texts = [
        "br3-acc-stack1#show version\r\nbr3-acc-stack1 uptime is 31 weeks\r\nProcessor board ID FOC2411X0A1\r\n",
        "UDI: PID:C9300-24UX,SN:FOC2411X0A1\r\nP:C9300-24UX,S:FOC2411X0A1_1763455211\r\nBR3-ACC-STACK1.harbour.example",
    ];
    let mut scrubber = scrubber();
    texts.iter().for_each(|text| scrubber.learn(text.as_bytes()));
    let scrubbed = texts.map(|text| String::from_utf8(scrubber.scrub("x", text.as_bytes())).unwrap());
    let serial = scrubbed[0].split("board ID ").nth(1).unwrap().trim();
    assert_eq!(scrubbed[1].matches(serial).count(), 2, "{scrubbed:?}");
    let host = scrubbed[0].split('#').next().unwrap();
    assert!(host != "br3-acc-stack1" && scrubbed[1].contains(&host.to_uppercase()), "{scrubbed:?}");
    assert!(scrubbed[1].contains("PID:C9300-24UX,SN:"), "{scrubbed:?}");
    let replaced = scrubber.replaced();
    let serials: Vec<_> = replaced.iter().filter(|it| it.kind == Kind::SerialNumber).collect();
    assert_eq!((serials.len(), serials[0].times, serials[0].replacement.as_str()), (1, 3, serial));
}

#[test]
fn what_opens_devices_is_found_within_words_and_never_listed() {
    let mut scrubber = scrubber();
    scrubber.know_secret(&"pl4nted-pa55word".into());
    let raw = b"The password of this device is xpl4nted-pa55wordx.\nusername olga secret 9 $9$abcDEF123\n";
    scrubber.learn(raw);
    let text = String::from_utf8(scrubber.scrub("x", raw)).unwrap();
    for secret in ["pl4nted", "pa55word", "abcDEF123", "olga"] {
        assert!(!text.contains(secret), "{text}");
    }
    for original in scrubber.originals() {
        assert!(!original.kind.is_secret() || original.original.is_none(), "{original:?}");
    }
    assert!(!format!("{scrubber:?}").contains("olga"));
}

#[test]
fn many_originals_take_no_more_than_linear_time() {
    let line = |number: usize| {
        format!("NAME: \"x\", SN: ABC{number:07}, 10.{}.{}.7\n", number % 200, number / 200 % 200)
    };
    let text: String = (0..30_000).map(line).collect();
    let mut scrubber = scrubber();
    let started = std::time::Instant::now();
    scrubber.learn(text.as_bytes());
    let scrubbed = scrubber.scrub("x", text.as_bytes());
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
    assert_eq!(scrubbed.len(), text.len());
    assert!(!scrubber.remains_in(&scrubbed));
}

/// Text as devices print it, and as nobody does.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[A-Za-z0-9:.,#<>/@_ \\-]{0,24}".prop_map(String::into_bytes),
        2 => prop::sample::select(vec![
            "SN:FOC2411X0A1", "Smart Account: Harbour Logistics As of x", "10.20.0.5", "2001:db8::5", "6c:8b:d3:10:a1:00",
            "http://noc:pw@h4.example.net:80/a%20b?x=y", "username olga secret 9 ", "banner motd ^C", "-----BEGIN X-----",
            "0xa821d549 0x35725fe4 0xc918b97b", "<sn>ABC9</sn>", "System Name...... ", "&amp;", "\r\n", "\n", " --More-- \x08\x08",
            "regid.2017-03.com.cisco.x,1.0_bd1da96e-ec1d-412b-a50e-53846b347d53", "br3 uptime is 3 weeks\n",
            "6c8b.d310.a100", "Port id: 6c8bd310a100\n", "::ffff:10.9.8.7", "%20", "%f8", "&f8;", "f8", "A1", "0x00000000",
            "00000000", "bd1da96e-ec1d-412b-a50e-53846b347d53", "System Name: f8\n", "Device ID: 0x0\n", "Smart Account: a1 b2\n",
            "Fingerprint: 0a:1b:2c:3d:4e:5f:60:71:82:93", "hostname 10-20\n",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_keeps_its_length_and_what_stands_between_words(text in text()) {
        let mut scrubber = scrubber();
        scrubber.learn(&text);
        let scrubbed = scrubber.scrub("x", &text);
        prop_assert_eq!(scrubbed.len(), text.len());
        for (was, is) in text.iter().zip(&scrubbed) {
            prop_assert_eq!(tokens::is_word(*was), tokens::is_word(*is));
            prop_assert!(tokens::is_word(*was) || was == is);
        }
        prop_assert_eq!(std::str::from_utf8(&text).is_ok(), std::str::from_utf8(&scrubbed).is_ok());
    }

    #[test]
    fn nothing_of_the_originals_is_left_for_a_second_scrubbing(
        before in text(), serial in "[A-Z]{3}2[0-9]4[0-9][A-Z0-9]{4}", host in "[a-z]{3}[0-9]-[a-z]{4,9}", after in text(),
    ) {
        let planted = format!("\n{host}#show license udi\nUDI: PID:C9300-24UX,SN:{serial}\n{host} uptime is 3 weeks\n");
        let text = [&before[..], planted.as_bytes(), &after, b" ", serial.as_bytes(), b" ", host.as_bytes()].concat();
        let mut first = scrubber();
        first.learn(&text);
        let once = first.scrub("x", &text);
        prop_assert!(!first.remains_in(&once), "{}\n{}", String::from_utf8_lossy(&text), String::from_utf8_lossy(&once));
        let shown = String::from_utf8_lossy(&once);
        prop_assert!(!shown.contains(&serial), "{}", shown);
        prop_assert!(!shown.contains(&host), "{}", shown);
        let mut second = scrubber();
        second.learn(&once);
        second.scrub("x", &once);
        let originals = second.originals();
        prop_assert!(originals.iter().all(|it| it.original.as_deref() != Some(&serial) && it.original.as_deref() != Some(&host)));
    }

    /// Names as short as the groups of addresses are, and so many that chance alone would show one of them.
    #[test]
    fn short_names_are_nowhere_left(
        names in prop::collection::vec("[0-9a-f]{2,4}|[a-z][0-9]|[a-z]{2}|0x[0-9a-f]{2}|[a-f0-9]{2}[ .:-][a-f0-9]{2}|[0-9]{6}", 1..40),
        macs in prop::collection::vec("([0-9a-f]{2}:){5}[0-9a-f]{2}|([0-9A-F]{4}\\.){2}[0-9A-F]{4}|Port id: [0-9a-f]{12}", 0..12),
        between in text(),
    ) {
        let mut text = between;
        for (at, word) in names.iter().chain(&macs).enumerate() {
            text.extend_from_slice([" ", "\n", " %", "=&", "/"].get(at % 5).unwrap().as_bytes());
            text.extend_from_slice(word.as_bytes());
        }
        let mut scrubber = scrubber();
        names.iter().for_each(|name| scrubber.know(Kind::HostName, name));
        scrubber.learn(&text);
        let once = scrubber.scrub("x", &text);
        let shown = String::from_utf8_lossy(&once);
        prop_assert!(!scrubber.remains_in(&once), "{}\n{}", String::from_utf8_lossy(&text), shown);
    }
}

use proptest::prelude::*;

use super::*;

fn message(form: SyslogForm, text: &str, most: usize) -> String {
    let sink = SyslogSink::new(&settings("udp://192.0.2.1", form), "hq-agent.example");
    let (messages, refused) = sink.messages(&batch(&[text.to_owned()]), most);
    assert!(refused.is_empty(), "{refused:?}");
    String::from_utf8(messages[0].clone()).unwrap()
}

const ID: &str = "00000000-0000-0000-0000-000000000000";

#[test]
fn rfc_5424_byte_for_byte() {
    let text = event(Kind::LicenceRemoved, "It is gone.", json!({"count": 2, "name": "a\"b\\c]d"}));
    assert_eq!(
        message(SyslogForm::Rfc5424, &text, 8192),
        format!(
            "<108>1 2026-11-22T10:00:00.123456Z hq-agent.example licwatch - licence_removed [licwatch@32473 id=\"{ID}\" \
             number=\"102\" kind=\"licence_removed\" agent=\"hq\" device=\"edge-1\" fact.count=\"2\" \
             fact.name=\"a\\\"b\\\\c\\]d\"] It is gone."
        )
    );
}

#[test]
fn text_beyond_ascii_has_a_byte_order_mark_and_nothing_steers_a_terminal() {
    let text = event(Kind::CredentialStopped, "Å\u{1b}[2J\r\n<13>1 forged", json!({}));
    let message = message(SyslogForm::Rfc5424, &text, 8192);
    assert!(message.starts_with("<105>1 ") && !message.contains(char::is_control), "{message:?}");
    assert!(message.ends_with("] \u{feff}Å\u{fffd}[2J\u{fffd}\u{fffd}<13>1 forged"), "{message:?}");
}

#[test]
fn cef_byte_for_byte() {
    let text = event(Kind::HostKeyChanged, "old=1|new\\2\nnext", json!({"k": "v=1"}));
    assert_eq!(
        message(SyslogForm::Cef, &text, 8192),
        format!(
            "<105>1 2026-11-22T10:00:00.123456Z hq-agent.example licwatch - host_key_changed - \
             CEF:0|licwatch|licwatch|{}|201|host key changed|10|rt=1795341600123 externalId={ID} cat=host_key_changed \
             dvchost=hq-agent.example dhost=edge-1 cs1Label=agent cs1=hq cs2Label=facts cs2={{\"k\":\"v\\=1\"}} \
             msg=old\\=1|new\\\\2\\nnext",
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[test]
fn what_is_too_long_is_cut_and_says_so() {
    let text = event(Kind::Version, "It changed.", json!({"old": "x".repeat(900), "new": "y".repeat(900)}));
    let cut = message(SyslogForm::Rfc5424, &text, 1400);
    assert!(cut.ends_with("device=\"edge-1\" truncated=\"facts\"] It changed."), "{cut}");
    let text = event(Kind::Version, &"å\"".repeat(3000), json!({}));
    for most in [1400, 1401, 1402, 1403, 2048] {
        let cut = message(SyslogForm::Rfc5424, &text, most);
        assert!(cut.contains("truncated=\"message\"] \u{feff}å") && cut.ends_with("..."), "{cut}");
        assert!(cut.len() <= most && cut.len() > most - 4, "{most}: {}", cut.len());
    }
    let cut = message(SyslogForm::Cef, &event(Kind::Version, &"=".repeat(3000), json!({})), 1400);
    assert!(cut.len() <= 1400 && cut.contains("cs4Label=truncated cs4=message msg=\\=\\="), "{cut}");
    // The forms have limits of their own, too.
    let cut =
        message(SyslogForm::Rfc5424, &event(Kind::Version, "m", json!({"old": "x".repeat(1025)})), 8192);
    assert!(cut.ends_with("x\" truncated=\"values\"] m"), "{cut}");
    let cut = message(SyslogForm::Cef, &event(Kind::Version, "m", json!({"old": "x".repeat(4000)})), 8192);
    assert!(!cut.contains("cs2") && cut.ends_with("cs4Label=truncated cs4=facts msg=m"), "{cut}");
    let cut = message(SyslogForm::Cef, &event(Kind::Version, &"x".repeat(1024), json!({})), 8192);
    assert!(cut.contains("cs4Label=truncated cs4=message msg=xxx"), "{cut}");
}

#[test]
fn every_kind_has_a_message_id_that_is_its_word() {
    for kind in Kind::ALL {
        let text = event(*kind, "m", json!({}));
        let message = message(SyslogForm::Rfc5424, &text, 1400);
        let fields: Vec<_> = message.split(' ').collect();
        assert_eq!(fields[5], kind.word());
        assert_eq!(fields[0], format!("<{}>1", 13 * 8 + kind.severity() as u8));
        assert!(message.contains(&format!(" number=\"{}\" ", kind.number())));
    }
}

#[test]
fn a_line_that_is_no_event_is_refused_and_the_others_are_not() {
    let sink = SyslogSink::new(&settings("udp://192.0.2.1", SyslogForm::Rfc5424), "");
    let lines = ["{}".to_owned(), event(Kind::Version, "m", json!({})), "no JSON".to_owned()];
    let (messages, refused) = sink.messages(&batch(&lines), 1400);
    assert_eq!(messages.len(), 1);
    assert!(String::from_utf8(messages[0].clone()).unwrap().contains("Z - licwatch - "), "no host is a dash");
    assert_eq!(refused.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0, 2]);
}

/// The parameters of a message, read by the grammar of RFC 5424, and what stands behind them.
fn read_back(message: &str) -> (Vec<(String, String)>, String) {
    let rest = message.split_once(" [licwatch@32473").unwrap().1;
    let mut chars = rest.chars().peekable();
    let mut found = Vec::new();
    loop {
        match chars.next().unwrap() {
            ']' => break,
            ' ' => {}
            other => panic!("{other:?} in {message:?}"),
        }
        let name: String = chars.by_ref().take_while(|c| *c != '=').collect();
        assert!(
            (1..=32).contains(&name.len())
                && name.chars().all(|c| c.is_ascii_graphic() && !"=\"]".contains(c))
        );
        assert_eq!(chars.next(), Some('"'));
        let mut value = String::new();
        loop {
            match chars.next().unwrap() {
                '"' => break,
                '\\' => value.push(chars.next().unwrap()),
                ']' => panic!("an open bracket in {message:?}"),
                c => value.push(c),
            }
        }
        found.push((name, value));
    }
    assert_eq!(chars.next(), Some(' '));
    (found, chars.collect())
}

/// The extension of a CEF message, read by its grammar: a value ends where ` key=` follows.
fn read_cef(message: &str) -> (Vec<String>, Vec<(String, String)>) {
    let text = message.split_once("CEF:0|").unwrap().1;
    let (mut fields, mut field, mut chars) = (Vec::new(), String::new(), text.chars());
    while fields.len() < 6 {
        match chars.next().unwrap() {
            '|' => fields.push(std::mem::take(&mut field)),
            '\\' => field.push(chars.next().unwrap()),
            c => field.push(c),
        }
    }
    let (mut members, mut key, mut value): (Vec<(String, String)>, _, _) =
        (Vec::new(), String::new(), String::new());
    let mut escaped = false;
    for c in chars {
        match c {
            _ if escaped => {
                value.push(match c {
                    'n' => '\n',
                    'r' => '\r',
                    c => c,
                });
                escaped = false;
            }
            '\\' => escaped = true,
            '=' => {
                let (before, name) = value.rsplit_once(' ').map_or(("", value.as_str()), |split| split);
                let (before, name) = (before.to_owned(), name.to_owned());
                if !key.is_empty() {
                    members.push((key, before));
                }
                (key, value) = (name, String::new());
            }
            c => value.push(c),
        }
    }
    members.push((key, value));
    (fields, members)
}

proptest! {
    #[test]
    fn whatever_a_device_says_is_read_back(
        text in any::<String>(), name in any::<String>(), value in any::<String>(), device in "\\PC{0,200}",
    ) {
        let mut facts = Map::new();
        facts.insert(name, value.clone().into());
        let told = Event { device: Some(device.clone()), facts, ..Event::new(Kind::Version, text.clone()) };
        let line = told.line(uuid::Uuid::nil(), "2026-11-22T10:00:00Z".parse().unwrap(), "hq");
        let tame = |text: &str| text.replace(char::is_control, "\u{fffd}");
        let begins = |whole: &str, part: &str| whole.starts_with(part) && (whole == part || part.len() > 100);

        let (members, said) = read_back(&message(SyslogForm::Rfc5424, &line, 1 << 20));
        let expected = tame(&text);
        prop_assert_eq!(said.trim_start_matches('\u{feff}'), expected.trim_start_matches('\u{feff}'));
        prop_assert!(begins(&tame(&device), &members[4].1), "{:?}", members);
        prop_assert!(begins(&tame(&value), &members[5].1), "{:?}", members);
        prop_assert!(members[5].0.starts_with("fact."));

        let (fields, members) = read_cef(&message(SyslogForm::Cef, &line, 1 << 20));
        prop_assert_eq!(fields[3].as_str(), "120");
        let keep_ends = |text: &str| text.replace(|c: char| c.is_control() && !"\r\n".contains(c), "\u{fffd}");
        let (key, said) = members.last().unwrap();
        prop_assert!(key == "msg" && begins(&keep_ends(&text), said), "{:?}", members);
        prop_assert_eq!(members.len(), 10);
    }

    #[test]
    fn no_message_is_longer_than_it_may_be(
        text in "\\PC{0,3000}", value in any::<String>(), device in "\\PC{0,128}", most in 1400..8192usize,
    ) {
        let line = event(Kind::Version, &text, json!({"value": value, "device": device}));
        for form in [SyslogForm::Rfc5424, SyslogForm::Cef] {
            let message = message(form, &line, most);
            prop_assert!(message.len() <= most, "{} > {}", message.len(), most);
        }
    }
}

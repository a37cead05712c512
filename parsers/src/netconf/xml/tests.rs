//! What a hostile or broken message can and cannot do, seen through [`parse`](super::super::parse).

use super::super::parse;
use crate::record::{DeviceRecord, Diagnostic, Severity};

fn state(inside: &str) -> String {
    format!("<licensing xmlns=\"{}\">\n<state>\n{inside}", super::super::SMART_LICENSE)
}

fn found<'r, 'a>(record: &'r DeviceRecord<'a>, code: &str) -> &'r Diagnostic<'a> {
    let of_code = |diagnostic: &&Diagnostic<'_>| diagnostic.code == code;
    record.diagnostics.iter().find(of_code).unwrap_or_else(|| panic!("no {code}: {:?}", record.diagnostics))
}

/// The record of a broken message: its version was read, and the place of the break is named.
fn broken(inside: &str, line: usize, column: usize, words: &str) {
    let message = state(&format!("<version>4.1.0</version>\n{inside}"));
    let record = parse(&message);
    assert_eq!(record.licensing.agent_version.as_deref(), Some("4.1.0"), "{inside}");
    let diagnostic = found(&record, "broken_xml");
    assert!(diagnostic.message.contains(words), "{inside}: {}", diagnostic.message);
    assert_eq!((diagnostic.line, diagnostic.column), (Some(line), Some(column)), "{inside}");
    assert_eq!(diagnostic.severity, Severity::Error);
}

#[test]
fn broken_messages_keep_what_came_before() {
    broken("<state-info>", 4, 13, "ends before");
    broken("<version>4.2", 4, 13, "ends before");
    broken("  </licensing>", 4, 3, "expected `</state>`");
    broken("<version>4.2</versio>", 4, 13, "expected `</version>`");
    broken("<version", 4, 1, "");
    broken("<version>4 & 2</version>", 4, 12, "reference not closed");
    broken("<!-- no end", 4, 1, "");
}

#[test]
fn a_document_type_is_refused_before_anything_of_it_is_used() {
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let message = format!("{bomb}{}<custom-id>&c;</custom-id></state></licensing>", state(""));
    let record = parse(&message);
    assert!(record.is_empty());
    let diagnostic = found(&record, "broken_xml");
    assert!(diagnostic.message.contains("document type is refused"));
    assert_eq!((diagnostic.line, diagnostic.column), (Some(1), Some(1)));
    // Not inside either.
    broken(&format!("<state-info>{bomb}"), 4, 13, "document type is refused");
}

#[test]
fn entities_that_xml_does_not_define_are_not_expanded() {
    broken("<version>&c;</version>", 4, 10, "the entity \"&c;\" is not expanded");
    broken("<state-info><custom-id>&nbsp;</custom-id>", 4, 24, "&nbsp;");
    for reference in ["&#0;", "&#xD800;", "&#x110000;", "&#99999999999999999999;", "&#;", "&#x;"] {
        broken(&format!("<version>{reference}</version>"), 4, 10, "is no character");
    }
}

#[test]
fn text_is_what_xml_says_it_is() {
    for (inside, text) in [
        ("a<!-- b -->c", "ac"),
        ("<![CDATA[<&amp;>]]>", "<&amp;>"),
        (" a&#x20;b ", "a b"),
        ("a\r\nb", "a\nb"),
        ("<?pi b?>a", "a"),
        ("&#65;&#x42;", "AB"),
    ] {
        let message = state(&format!("<version>{inside}</version></state></licensing>"));
        assert_eq!(parse(&message).licensing.agent_version.as_deref(), Some(text), "{inside}");
    }
}

#[test]
fn depth_is_capped_wherever_it_is() {
    let deep = "<a>".repeat(100_000);
    broken(&deep, 4, 62 * 3 + 1, "elements within each other");
    let record = parse(&deep);
    assert!(found(&record, "broken_xml").message.contains("elements within each other"));
    let data = format!("<data xmlns=\"{}\">", super::super::BASE).repeat(100_000);
    assert!(found(&parse(&data), "broken_xml").message.contains("elements within each other"));
}

#[test]
fn namespaces_are_capped_on_one_element_and_on_the_way_down() {
    let many =
        |from: usize, to: usize| -> String { (from..to).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect() };
    broken(&format!("<a{}/>", many(0, 70)), 4, 1 + "<a/>".len() + many(0, 70).len(), "namespaces in force");
    let elements: String = (0..20).map(|n| format!("<a{}>", many(n * 5, n * 5 + 5))).collect();
    let record = parse(&elements);
    assert!(found(&record, "broken_xml").message.contains("namespaces in force"));
    // One after the other they do not add up.
    let apart: String = (0..20).map(|n| format!("<a{}/>", many(n * 5, n * 5 + 5))).collect();
    assert_eq!(
        found(&parse(&apart), "unclaimed_elements").message,
        "no grammar knows 20 elements, the first is <a>"
    );
}

#[test]
fn namespaces_are_told_by_uri() {
    // The right names in no namespace, in another one, and with a prefix that nobody declared.
    for message in [
        "<licensing><state><version>1</version></state></licensing>".to_owned(),
        state("<version>1</version></state></licensing>").replace("smart-license", "dumb-license"),
        "<sl:licensing><sl:state/></sl:licensing>".to_owned(),
    ] {
        let record = parse(&message);
        assert!(record.is_empty(), "{message}");
        found(&record, "unclaimed_elements");
        found(&record, "nothing_stated");
    }
    // A default namespace ends with its element, and can be taken back.
    let inside = "<version xmlns='urn:x'>1</version><version xmlns=''>2</version><version>3</version></state></licensing>";
    let message = state(inside);
    let record = parse(&message);
    assert_eq!(record.licensing.agent_version.as_deref(), Some("3"));
    assert_eq!(
        found(&record, "unclaimed_elements").message,
        "no grammar knows 2 elements, the first is <version>"
    );
}

#[test]
fn unknown_elements_and_values_are_counted_and_passed_over() {
    let message = state(
        "<new><udi/><!-- --></new>\n  <smart-enabled>maybe</smart-enabled>\n<state-info>\n<usage><count>many</count>\
         <future x='1'/><license-name>n<b>o</b></license-name></usage></state-info><version>4.1</version></state></licensing>",
    );
    let record = parse(&message);
    let unclaimed = found(&record, "unclaimed_elements");
    assert_eq!(unclaimed.message, "no grammar knows 3 elements, the first is <new>");
    assert_eq!((unclaimed.severity, unclaimed.line, unclaimed.column), (Severity::Info, Some(3), Some(1)));
    let unreadable = found(&record, "unreadable_values");
    assert_eq!(unreadable.message, "2 values could not be read, the first in <smart-enabled>");
    assert_eq!((unreadable.line, unreadable.column), (Some(4), Some(3)));
    assert_eq!(record.licensing.agent_version.as_deref(), Some("4.1"));
    assert_eq!(record.licenses.as_ref().unwrap()[0].name.as_deref(), Some("n"));
}

#[test]
fn a_byte_that_is_no_utf8_loses_nothing_else() {
    let message = state(
        "<version>4.1</version>\n<state-info><custom-id>Caf#</custom-id></state-info></state></licensing>",
    );
    let bytes: Vec<u8> = message.bytes().map(|byte| if byte == b'#' { 0xe9 } else { byte }).collect();
    let capture = crate::text::Cleaned::new(&bytes);
    let record = crate::parse(&capture, crate::Hints::default());
    assert_eq!(record.licensing.custom_id.as_deref(), Some("Café"));
    let diagnostic = found(&record, "not_utf8");
    assert_eq!((diagnostic.line, diagnostic.column), (Some(4), Some(27)));
}

#[test]
fn carriage_returns_and_controls_in_a_reply_are_its_own() {
    // The terminal cleaning would take these away.
    let message = state("<version>4.1</version>\r\n<state-info>\r\n<custom-id>--More-- a</custom-id><x/>");
    let capture = crate::text::Cleaned::new(message.as_bytes());
    let record = crate::parse(&capture, crate::Hints::default());
    assert_eq!(record.licensing.custom_id.as_deref(), Some("--More-- a"));
    assert_eq!((found(&record, "broken_xml").line, found(&record, "broken_xml").column), (Some(5), Some(38)));
}

/// Messages that would cost more than linear time or memory if anything here did.
#[test]
fn work_is_linear() {
    let prefixes: String = (0..60).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
    for message in [
        state(&"<x/>".repeat(500_000)),
        format!("<a{prefixes}>{}", "<n0:x/>".repeat(200_000)),
        state(&format!("<state-info><custom-id>{}", "&amp;".repeat(500_000))),
        state(&format!("<state-info>{}", "<usage><count>1</count></usage>".repeat(50_000))),
        format!("<rpc-reply xmlns='{}'>{}", super::super::BASE, "<rpc-error/>\n".repeat(200_000)),
        "<".repeat(1_000_000),
        "&".repeat(1_000_000),
    ] {
        let started = std::time::Instant::now();
        parse(&message);
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{message:.80}");
    }
}

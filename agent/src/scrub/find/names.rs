//! URLs, e-mail addresses and domain names, by their form. What belongs to Cisco and to those who license software
//! is the same on every device.

use memchr::{memchr_iter, memmem};

use super::Found;
use crate::scrub::Kind;
use crate::scrub::ordinary::is_ordinary;
use crate::scrub::tokens::{Span, text_of};

pub(super) fn find(raw: &[u8], found: &mut Vec<Found>) {
    let mut done = 0;
    for at in memmem::find_iter(raw, b"://") {
        // A URL within a URL is a part of it.
        if at >= done {
            done = url(raw, at + 3, found);
        }
    }
    for at in memchr_iter(b'@', raw) {
        email(raw, at, found);
    }
    domains(raw, found);
}

/// Takes what stands behind `://`, and gives its end.
fn url(raw: &[u8], start: usize, found: &mut Vec<Found>) -> usize {
    let rest = raw.get(start..).unwrap_or_default();
    let ends =
        |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"\"'<>,;()\\|".contains(byte);
    let length = rest.iter().take(LONGEST).position(ends).unwrap_or(rest.len().min(LONGEST));
    let rest = rest.get(..length).unwrap_or_default();
    let authority = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(length);
    let user = rest.get(..authority).and_then(|it| it.iter().rposition(|byte| *byte == b'@'));
    let host_start = user.map_or(0, |at| at + 1);
    let host = rest.get(host_start..authority).unwrap_or_default();
    // The port stays; addresses are found by their form.
    let host_length = if host.starts_with(b"[") {
        0
    } else {
        host.iter().position(|byte| *byte == b':').unwrap_or(host.len())
    };
    let host = host.get(..host_length).unwrap_or_default();
    if let Some(user) = user {
        found.extend(Found::value(Kind::Secret, raw, start, start + user));
    }
    if host.is_empty() && user.is_none() && authority == 0 {
        // `bootflash:///n9000.bin` names a file of the device.
        return start + length;
    }
    if is_public(host) {
        return start + length;
    }
    let is_number = host.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if !is_number {
        found.extend(Found::value(Kind::HostName, raw, start + host_start, start + host_start + host_length));
    }
    let mut at = start + authority;
    for piece in rest.get(authority..).unwrap_or_default().split(|byte| b"/?#&=".contains(byte)) {
        if !is_of_a_service(piece) {
            found.extend(Found::value(Kind::Url, raw, at, at + piece.len()));
        }
        at += piece.len() + 1;
    }
    start + length
}

/// A longer URL is no URL.
const LONGEST: usize = 2048;

/// Words in the paths of Cisco's own services.
fn is_of_a_service(piece: &[u8]) -> bool {
    const PATHS: [&str; 18] = [
        "v1",
        "v2",
        "pi",
        "cslu",
        "its",
        "oddce",
        "services",
        "service",
        "DDCEService",
        "Transportgateway",
        "DeviceRequestHandler",
        "licservice",
        "license",
        "SmartTransport",
        "api",
        "ns",
        "yang",
        "index.html",
    ];
    piece.is_empty()
        || is_ordinary(piece)
        || PATHS.iter().any(|path| piece.eq_ignore_ascii_case(path.as_bytes()))
}

fn email(raw: &[u8], at: usize, found: &mut Vec<Found>) {
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+-".contains(byte);
    let before = raw.get(at.saturating_sub(64)..at).unwrap_or_default();
    let start = at - before.iter().rev().take_while(|byte| local(byte)).count();
    let domain = domain_at(raw, at + 1);
    let Some(domain) = domain.filter(|_| start < at) else { return };
    let host = text_of(raw, domain);
    let mailbox = raw.get(start..at).unwrap_or_default();
    const SHARED: [&[u8]; 4] = [b"export", b"tac", b"callhome", b"sch-smart-licensing"];
    if is_public(host) && SHARED.contains(&mailbox) {
        return;
    }
    let end = if is_public(host) { at } else { domain.end };
    found.extend(Found::value(Kind::Contact, raw, start, end));
}

fn domains(raw: &[u8], found: &mut Vec<Found>) {
    let mut at = 0;
    while at < raw.len() {
        let starts = raw.get(at).is_some_and(u8::is_ascii_alphanumeric)
            && at
                .checked_sub(1)
                .and_then(|before| raw.get(before))
                .is_none_or(|byte| !is_name(*byte) && !b"/@%".contains(byte));
        if !starts {
            at += 1;
            continue;
        }
        if let Some(span) = domain_at(raw, at).filter(|span| !is_public(text_of(raw, *span))) {
            found.extend(Found::value(Kind::HostName, raw, span.start, span.end));
        }
        at += raw
            .get(at..)
            .and_then(|rest| rest.iter().position(|byte| !is_name(*byte)))
            .unwrap_or(raw.len() - at)
            .max(1);
    }
}

/// The domain name that begins here, if one does.
fn domain_at(raw: &[u8], start: usize) -> Option<Span> {
    let rest = raw.get(start..)?;
    let length = rest.iter().take(LONGEST_NAME + 1).position(|byte| !is_name(*byte)).unwrap_or(rest.len());
    let name = rest.get(..length).filter(|name| name.len() <= LONGEST_NAME)?;
    let name = name.strip_suffix(b".").unwrap_or(name);
    let labels: Vec<&[u8]> = name.split(|byte| *byte == b'.').collect();
    let (top, others) = labels.split_last()?;
    let top = std::str::from_utf8(top).ok()?;
    let in_one_case =
        top.bytes().all(|it| it.is_ascii_lowercase()) || top.bytes().all(|it| it.is_ascii_uppercase());
    let known = TOP.split(' ').any(|it| it.eq_ignore_ascii_case(top));
    let plain = others.iter().all(|label| !label.is_empty()) && others.iter().any(|label| label.len() >= 2);
    // Cisco's names for entitlements are domains backwards.
    let entitlement = others.first() == Some(&&b"regid"[..]) || others.first() == Some(&&b"com"[..]);
    (in_one_case && known && plain && !entitlement).then_some(Span { start, end: start + name.len() })
}

/// No domain name is longer.
const LONGEST_NAME: usize = 253;

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// Whether a host is Cisco's, or of those whose licences and standards every device quotes.
fn is_public(host: &[u8]) -> bool {
    const PUBLIC: [&str; 9] = [
        "cisco.com",
        "gnu.org",
        "opensource.org",
        "openconfig.net",
        "tail-f.com",
        "w3.org",
        "ietf.org",
        "openssl.org",
        "apache.org",
    ];
    let host = host.to_ascii_lowercase();
    PUBLIC.iter().any(|domain| {
        host.strip_suffix(domain.as_bytes()).is_some_and(|it| it.is_empty() || it.ends_with(b"."))
    })
}

/// Names at the top that are no endings of files on devices.
const TOP: &str = "com net org edu gov mil int info biz io local lan corp intra intranet internal private localdomain \
    test example invalid arpa cloud site ae ar at au be bg br ca ch cl cn cz de dk ee es eu fi fr gr hk hr hu id ie il \
    in ir is it jp ke kr lt lu lv ma mx my ng nl no nz pe ph pt qa ro rs ru sa se sg si sk th tr tw ua uk us uy vn za";

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        super::super::words_of(find, text)
    }

    #[test]
    fn names_of_services_are_found() {
        assert_eq!(
            found("  URL: https://ssm.corp.example:8443/cslu/v1/pi/North%20Pier"),
            ["ssm.corp.example", "North%20Pier"]
        );
        assert_eq!(found("http://noc:pass@10.1.1.1/x7"), ["noc:pass", "x7"]);
        assert_eq!(
            found("mail to a.person@noc.harbour.example, or export@cisco.com."),
            ["a.person@noc.harbour.example"]
        );
        assert_eq!(
            found("br3.harbour.example# and switch.harbour.net."),
            ["br3.harbour.example", "switch.harbour.net"]
        );
    }

    #[test]
    fn what_every_device_prints_is_kept() {
        for text in [
            "Technical Support: http://www.cisco.com/techsupport",
            "https://smartreceiver.cisco.com/licservice/license",
            "xmlns=\"http://cisco.com/ns/yang/cisco-smart-license\" urn:ietf:params:xml:ns:netconf:base:1.0",
            "http://www.gnu.org/licenses/gpl.html",
            "system image file is:    bootflash:///n3000-uk10.225.0.2.U6.10.bin",
            "System image file is \"flash:packages.conf\" cat9k_iosxe.17.09.04a.SPA.bin",
            "regid.2017-05.com.cisco.c9300_dna_advantage,1.0_x PID: QSFP-2Q200-CU2.5M Q.100HG.4.C",
            "Cisco Systems, Inc. All rights reserved. e.g. this",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}

//! Codes of reservations, as people copy them between a device and Cisco's portal.
//!
//! ```text
//! CE-ZC9300-24UX:FOC2411X0A1-B7kQ2mTzW-3f                                      request (SLR, PLR)
//! P:UCM,S:cucm-1,U:0f3c5a52-7f4e-4f1c-9d0e-2b7a61c4d8e3                        request of software
//! Qm3xTz-8rLw2K-… (six or more groups of six, then up to six)                  return (SLR, SLAC)
//! AB12CD-34EF56-GH78IJ-90KL12-MN34OP-56QR78                                    authorization (PLR)
//! ```
//! or with the words around them:
//! ```text
//! Enter this request code in the Cisco Smart Software Manager portal:
//! UDI: PID:C9500-16X,SN:FCW2233A5AA
//!     Request code: CB-ZC9500-16X:FCW2233A5AA-AK9A6sMTr-86
//!
//! License Authorizations
//!   Active: PID:C9500-16X,SN:FCW2233A5AA
//!       Last Confirmation code: 4c81e2aa
//!       Last return code: <none>
//! ```
//! Sources: CLI_OUTPUT.md (`show license reservation`, `show license all`), the documentation of Catalyst 9000, ASA
//! and CUCM. A code of a kind that is not listed is known by the words before it alone.

use super::raw::{Raw, Unknown};
use super::udi::{identity, member};
use crate::record::{CodeKind, Text, Udi, stated};

/// Codes of one file.
const MOST_CODES: usize = 10_000;

/// A code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Code<'a> {
    /// What it is for.
    pub kind: CodeKind,
    /// The code itself.
    pub code: Raw<'a>,
    /// The device it is of, where the code or the words around it name one.
    pub device: Option<Udi<'a>>,
}

/// The codes of a text, each with its place, and the lines that are something else.
#[derive(Default)]
pub(super) struct Codes<'a> {
    pub(super) found: Vec<(&'a str, Code<'a>)>,
    pub(super) unknown: Vec<Unknown<'a>>,
}

/// Reads the codes of a text. `None` if there are none, or too many.
pub(super) fn read(text: &str) -> Option<Codes<'_>> {
    let mut codes = Codes::default();
    let mut announced = None;
    let mut device: Option<Udi<'_>> = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(udi) = member(line).or_else(|| of_device(line)) {
            device = Some(udi);
        } else if let Some((kind, value)) = labelled(line) {
            match stated(value) {
                Some(value) => codes.add(kind, value, device.clone()),
                None => announced = value.is_empty().then_some(kind),
            }
        } else if let Some(kind) = announced.take().filter(|_| is_token(line)).or_else(|| kind_of(line)) {
            codes.add(kind, line, device.clone());
        } else if codes.unknown.len() < MOST_CODES {
            codes.unknown.push(Unknown { within: "codes", name: Text::default(), value: line.into() });
        }
        if codes.found.len() > MOST_CODES {
            return None;
        }
    }
    Some(codes).filter(|codes| !codes.found.is_empty())
}

impl<'a> Codes<'a> {
    fn add(&mut self, kind: CodeKind, code: &'a str, device: Option<Udi<'a>>) {
        let device = match kind {
            CodeKind::Request => requested(code).or(device),
            _ => device,
        };
        self.found.push((code, Code { kind, code: code.into(), device }));
    }
}

/// `UDI: PID:…,SN:…`, but not the request of software, which is a code.
fn of_device(line: &str) -> Option<Udi<'_>> {
    identity(line).filter(|_| line.contains("PID:")).map(|found| found.udi)
}

/// `Last return code: …`, `Enter this request code in the Cisco Smart Software Manager portal:`.
fn labelled(line: &str) -> Option<(CodeKind, &str)> {
    const LABELS: [(&str, CodeKind); 4] = [
        ("request code", CodeKind::Request),
        ("return code", CodeKind::Return),
        ("authorization code", CodeKind::Authorization),
        ("confirmation code", CodeKind::Confirmation),
    ];
    let (label, value) = line.split_once(':')?;
    let label = label.to_ascii_lowercase();
    let announces = label.starts_with("enter this") && value.is_empty();
    let of = |words: &str| label.ends_with(words) || announces && label.contains(words);
    LABELS.into_iter().find(|(words, _)| of(words)).map(|(_, kind)| (kind, value.trim()))
}

/// The kind of a code that stands alone.
fn kind_of(line: &str) -> Option<CodeKind> {
    if requested(line).is_some() {
        return Some(CodeKind::Request);
    }
    let groups: Vec<&str> = line.split('-').take(32).collect();
    let (last, others) = groups.split_last()?;
    let whole = others.iter().all(|group| group.len() == 6 && is_word(group));
    match (others.len(), last.len()) {
        (5, 6) if whole && is_word(last) => Some(CodeKind::Authorization),
        (6.., 1..=6) if whole && is_word(last) => Some(CodeKind::Return),
        _ => None,
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_token(line: &str) -> bool {
    !line.contains(char::is_whitespace) && line.len() >= 4
}

/// The device that a request code names; `None` if it is no request code.
fn requested(code: &str) -> Option<Udi<'_>> {
    if !is_token(code) {
        return None;
    }
    if let Some(found) = code.starts_with("P:").then(|| identity(code)).flatten() {
        return found.udi.serial_number.is_some().then_some(found.udi);
    }
    let (device, rest) = code.split_once(':')?;
    let (prefix, pid) = device.split_once("-Z")?;
    let mut parts = rest.rsplitn(3, '-');
    let (tail, check, serial) = (parts.next()?, parts.next()?, parts.next()?);
    let formed = prefix.len() == 2 && is_word(prefix) && is_word(check) && tail.len() == 2 && is_word(tail);
    (formed && !pid.is_empty() && !serial.is_empty()).then(|| Udi {
        role: None,
        pid: Some(pid.into()),
        serial_number: Some(serial.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETURN: &str = "Qm3xTz-8rLw2K-pV5nYd-Hs7cBf-2JkGt9-xWq4Rm-Zb6LaN-Ue8PvC-k2D";
    const UNIVERSAL: &str = "AB12CD-34EF56-GH78IJ-90KL12-MN34OP-56QR78";

    fn kinds(text: &str) -> Vec<CodeKind> {
        read(text).map(|codes| codes.found.iter().map(|(_, code)| code.kind).collect()).unwrap_or_default()
    }

    #[test]
    fn codes_are_told_by_their_form() {
        use CodeKind as K;
        assert_eq!(kinds("CE-ZC9300-48P-4X:FOC2411X0A1-B7kQ2mTzW-3f\n"), [K::Request]);
        assert_eq!(kinds("P:UCM,S:cucm-1,U:0f3c5a52-7f4e"), [K::Request]);
        assert_eq!(kinds(RETURN), [K::Return]);
        assert_eq!(kinds(UNIVERSAL), [K::Authorization]);
        for other in ["", "AB12CD-34EF56", "CE-Z:FOC-a-b", "hello", "P:UCM", "P:UCM,X:1", "12-34"] {
            assert_eq!(kinds(other), [], "{other}");
        }
    }

    #[test]
    fn a_request_code_names_its_device() {
        let codes = read("CE-ZC9300-48P-4X:FOC-24-B7kQ2mTzW-3f").unwrap();
        let device = codes.found[0].1.device.as_ref().unwrap();
        assert_eq!(device.pid.as_deref(), Some("C9300-48P-4X"));
        assert_eq!(device.serial_number.as_deref(), Some("FOC-24"));
    }

    #[test]
    fn codes_are_told_by_the_words_before_them() {
        let text = format!(
            "Enter this return code in Cisco Smart Software Manager portal:\nUDI: PID:C9500-16X,SN:FCW1\n{RETURN}\n\
             Active: PID:C9500-16X,SN:FCW2\n  Last Confirmation code: 4c81e2aa\n  Last return code: <none>\n  hello\n"
        );
        let codes = read(&text).unwrap();
        let of = |at: usize| {
            let code = &codes.found[at].1;
            (code.kind, code.device.as_ref().unwrap().serial_number.as_deref().unwrap())
        };
        assert_eq!((of(0), of(1)), ((CodeKind::Return, "FCW1"), (CodeKind::Confirmation, "FCW2")));
        assert_eq!(codes.found.len(), 2);
        assert_eq!(codes.unknown.len(), 1);
        // In no known form, but announced.
        assert_eq!(
            kinds("Enter this return code in Cisco Smart Software Manager portal:\nAu3{x/y="),
            [CodeKind::Return]
        );
    }
}

//! What is no part of an output is counted in the diagnostics, by the line of the raw bytes, and changes nothing else.

use licwatch_parsers::parse;
use licwatch_parsers::record::Severity;
use licwatch_parsers::text::Cleaned;

use super::corpus::captures;

/// The lines that no grammar may claim: capture, line of the raw bytes, how the message continues.
const NOISE: [(&str, usize, &str); 3] = [
    (
        "ios-xe/show_license_all/session.txt",
        90,
        "no grammar knows the line \"*Jan 12 08:47:31.006: %SYS-5-CONFIG_I: Configured from console",
    ),
    ("ios-xe/show_license_all/truncated.txt", 87, "no grammar knows the line \"Export sta\""),
    (
        "ios-xe/show_license_summary/log-lines.txt",
        10,
        "no grammar knows these 2 lines, the first is \"*Jan 12 08:47:31.006: %LINK-3-UPDOWN: Interface",
    ),
];

#[test]
fn only_noise_is_unclaimed() {
    let mut faults = Vec::new();
    for capture in captures() {
        let cleaned = Cleaned::new(&capture.raw);
        let record = parse(&cleaned, capture.hints);
        let unclaimed = record.diagnostics.iter().filter(|diagnostic| diagnostic.code == "unclaimed_lines");
        let mut expected: Vec<_> = NOISE.iter().filter(|(name, ..)| *name == capture.name).collect();
        for diagnostic in unclaimed {
            let known = expected.iter().position(|(_, line, message)| {
                diagnostic.line == Some(*line) && diagnostic.message.starts_with(message)
            });
            match known {
                Some(known) => drop(expected.remove(known)),
                None => {
                    faults.push(format!("{}:{:?}: {}", capture.name, diagnostic.line, diagnostic.message));
                }
            }
        }
        for (_, line, message) in expected {
            faults.push(format!("{}:{line}: claimed: {message}", capture.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_configuration_error_of_the_ha_set_is_a_warning() {
    let captures = captures();
    let slr = captures.iter().find(|capture| capture.name == "ios-xe/show_license_all/slr.txt").unwrap();
    let cleaned = Cleaned::new(&slr.raw);
    let record = parse(&cleaned, slr.hints);
    let [warning] = &record.diagnostics[..] else { panic!("{:?}", record.diagnostics) };
    assert_eq!((warning.severity, warning.code), (Severity::Warning, "ha_configuration_error"));
    assert_eq!(warning.message, "Entitlement tags in active and standby does not match");
}

//! Each licence once, whoever names it.

use super::super::{XR_PLATFORM_LICENSE, XR_SMART_AGENT, parse};
use super::*;

fn platform(inside: &str) -> String {
    format!("<plat-smart-license xmlns='{XR_PLATFORM_LICENSE}'>{inside}</plat-smart-license>")
}

fn row(entitlement: &str, last: u32, next: u32) -> String {
    format!(
        "<license><feature-area>fcm</feature-area><entitlement>{entitlement}</entitlement>\
         <count><last>{last}</last><next>{next}</next></count></license>"
    )
}

fn detail(name: &str, tag: &str) -> String {
    format!(
        "<entitlement><name>{name}</name><entitlement-tag>{tag}</entitlement-tag>\
         <count><last>1</last><next>2</next></count></entitlement>"
    )
}

#[test]
fn the_detail_gives_each_row_its_tag() {
    let rows = row("A", 4, 5) + &row("B", 7, 7) + &row("A", 9, 9);
    let details = detail("A", "ta1") + &detail("A", "ta2") + &detail("C", "tc");
    let details = format!("<feature-details><name>fcm</name>{details}</feature-details>");
    let summary = format!("<summary>{rows}</summary>");
    for text in [
        platform(&format!("<detail>{details}</detail>{summary}")),
        platform(&format!("{summary}<detail>{details}</detail>")),
    ] {
        let record = parse(&text);
        let found: Vec<_> = record
            .licenses
            .iter()
            .flatten()
            .map(|license| {
                let (name, tag) = (license.entitlement.as_deref(), license.entitlement_tag.as_deref());
                (name.unwrap_or_default(), tag, license.count, license.count_next, license.area.as_deref())
            })
            .collect();
        let area = Some("fcm");
        assert_eq!(
            found,
            [
                ("A", Some("ta1"), Some(4), Some(5), area),
                ("B", None, Some(7), Some(7), area),
                ("A", Some("ta2"), Some(9), Some(9), area),
                ("C", Some("tc"), Some(1), Some(2), area),
            ]
        );
    }
}

#[test]
fn what_the_smart_agent_counts_is_not_said_twice() {
    let usage = |tag: &str, description: &str| {
        format!(
            "<usage><entitlement-tag>{tag}</entitlement-tag><description>{description}</description>\
             <count>3</count><enforce-mode>in-compliance</enforce-mode></usage>"
        )
    };
    let agent = format!(
        "<smart-agent xmlns='{XR_SMART_AGENT}'><licensing><state><state-info>{}{}</state-info></state></licensing></smart-agent>",
        usage("t1", "Core Essentials"),
        usage("t2", "Core Advantage")
    );
    let summary =
        format!("<summary>{}{}{}</summary>", row("core essentials", 3, 4), row("X", 8, 8), row("Y", 1, 1));
    let details = format!("<detail><feature-details>{}</feature-details></detail>", detail("X", "t2"));
    let text = agent + &platform(&(details + &summary));
    let record = parse(&text);
    let found: Vec<_> = record
        .licenses
        .iter()
        .flatten()
        .map(|license| (license.entitlement_tag.as_deref(), license.count, license.count_next))
        .collect();
    assert_eq!(
        found,
        [(Some("t1"), Some(3), Some(4)), (Some("t2"), Some(3), Some(8)), (None, Some(1), Some(1))]
    );
}

#[test]
fn a_summary_without_rows_says_that_nothing_is_counted() {
    let times = "<collection><last>Mon Jan 12 2026 09:40:11 UTC</last></collection>";
    let text = platform(&format!("<summary>{times}</summary>"));
    assert_eq!(parse(&text).licenses, Some(Vec::new()));
    // The detail alone does not, nor does a summary that breaks off.
    let text = platform(&format!("<detail>{times}</detail>"));
    assert_eq!(parse(&text).licenses, None);
    let text = platform(&format!("<summary>{times}"));
    assert_eq!(parse(&text).licenses, None);
}

#[test]
fn the_grace_period_counts_only_out_of_compliance() {
    let sia = |state: &str, more: &str| {
        let text = platform(&format!(
            "<summary><sia-status>{more}<sia-state>{state}</sia-state></sia-status></summary>"
        ));
        let licensing = parse(&text).licensing;
        (licensing.sia_status.unwrap(), licensing.sia_grace_remaining_seconds)
    };
    let left = |days: &str, hours: &str, expired: &str| {
        format!(
            "<grace-period-remaining><days>{days}</days><hours>{hours}</hours></grace-period-remaining>\
             <grace-period-expired>{expired}</grace-period-expired>"
        )
    };
    use SiaStatus::{InCompliance, Other, OutOfCompliance};
    let day = 86_400;
    assert_eq!(sia("incompliance", &left("0", "0", "no")), (InCompliance, None));
    assert_eq!(
        sia("out-of-compliance", &left("69", "21", "no")),
        (OutOfCompliance, Some(69 * day + 21 * 3600))
    );
    assert_eq!(sia("out-of-compliance", &left("0", "0", "yes")), (OutOfCompliance, Some(0)));
    assert_eq!(sia("out-of-compliance", ""), (OutOfCompliance, None));
    assert_eq!(sia("out-of-compliance", &left("-3", "5", "no")), (OutOfCompliance, Some(5 * 3600)));
    assert_eq!(sia("out-of-compliance", &left("18446744073709551615", "5", "no")), (OutOfCompliance, None));
    // Up to 2022 the word was another one.
    assert_eq!(sia("perpetual-without-sia-renewal", ""), (Other, None));
    assert_eq!(sia("node-deactivated", ""), (Other, None));
}

//! What an exchange file is about, for people. Codes are named and not shown.

use licwatch_parsers::record::{Entitlement, Exchange, Policy, PolicyGroup, ReportSummary, Timestamp, Udi};

use super::table::table;

/// Everything a person wants to see of one exchange file.
pub(super) fn view(file: &Exchange<'_>) -> String {
    let mut view = String::new();
    let time = |time: &Option<Timestamp<'_>>| time.as_ref().map(when).unwrap_or_default();
    let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or_default().to_owned();
    let accounts: Vec<_> =
        [&file.smart_account, &file.virtual_account].into_iter().flatten().cloned().collect();
    let facts = [
        ("exchange file", file.kind.to_string().replace('_', " ")),
        ("devices", file.devices.iter().map(udi).collect::<Vec<_>>().join(", ")),
        ("made", time(&file.made_at)),
        ("account", accounts.join(" / ")),
        ("status", text(&file.status)),
        ("message", text(&file.message)),
        ("next report", time(&file.next_report_deadline)),
        ("next ack", time(&file.next_ack_deadline)),
    ];
    for (what, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        view.push_str(&format!("  {what:<14} {fact}\n"));
    }
    if !file.reports.is_empty() {
        let mut table = table(["report", "entitlement", "from", "to", "greatest count", "attached"]);
        table.add_rows(file.reports.iter().map(report));
        view.push_str(&format!("{table}\n"));
    }
    if !file.acknowledged.is_empty() {
        let mut table = table(["report", "status", "error", "message"]);
        table.add_rows(file.acknowledged.iter().map(|said| {
            [number(said.report_id), text(&said.status), text(&said.error_code), text(&said.message)]
        }));
        view.push_str(&format!("{table}\n"));
    }
    if !file.entitlements.is_empty() {
        let mut table = table(["entitlement", "count", "type", "until", "device"]);
        table.add_rows(file.entitlements.iter().map(entitlement));
        view.push_str(&format!("{table}\n"));
    }
    for policy in file.policies.iter().filter(|policy| !groups(policy).is_empty()) {
        let mut table = table(["policy", "licences", "first report", "every", "on change"]);
        table.add_rows(groups(policy));
        view.push_str(&format!("{table}\n"));
    }
    for code in &file.codes {
        let device = code.device.as_ref().map(|device| format!("of {}, ", udi(device))).unwrap_or_default();
        let kind = code.kind.word().replace('_', " ");
        view.push_str(&format!("  {kind:<14} {device}not shown\n"));
    }
    view
}

fn report(report: &ReportSummary<'_>) -> [String; 6] {
    let instant = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let attached = match report.attached.len() {
        0 => String::new(),
        many => many.to_string(),
    };
    [
        report.report_id.map_or("unreadable".to_owned(), |id| id.to_string()),
        report.entitlement_tag.as_deref().or(report.metric.as_deref()).unwrap_or_default().to_owned(),
        instant(report.start),
        instant(report.end),
        number(report.greatest_count),
        attached,
    ]
}

fn entitlement(entitlement: &Entitlement<'_>) -> [String; 5] {
    let name = entitlement.name.as_deref().or(entitlement.tag.as_deref());
    [
        name.unwrap_or_default().to_owned(),
        number(entitlement.count),
        entitlement.license_type.as_deref().unwrap_or_default().to_owned(),
        entitlement.end.as_ref().map(when).unwrap_or_default(),
        entitlement.device.as_ref().map(udi).unwrap_or_default(),
    ]
}

/// The groups of a policy that have a number.
fn groups(policy: &Policy<'_>) -> Vec<[String; 5]> {
    let days = |days: &Option<licwatch_parsers::record::PolicyDays<'_>>| {
        days.as_ref().map(|days| format!("{} d", days.days)).unwrap_or_default()
    };
    let name = policy.name.as_deref().unwrap_or_default();
    let groups = [
        ("perpetual", &policy.unenforced_perpetual),
        ("subscription", &policy.unenforced_subscription),
        ("enforced", &policy.enforced),
        ("export", &policy.export),
    ];
    groups
        .into_iter()
        .filter(|(_, group)| **group != PolicyGroup::default())
        .map(|(licences, group)| {
            [
                name.to_owned(),
                licences.to_owned(),
                days(&group.first_report_days),
                days(&group.reporting_frequency_days),
                days(&group.report_on_change_days),
            ]
        })
        .collect()
}

fn number(number: Option<u64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn when(time: &Timestamp<'_>) -> String {
    time.utc.map_or_else(|| time.text.to_string(), |utc| utc.to_string())
}

/// `C9300-24UX FOC2411X0A1 (active)`
fn udi(udi: &Udi<'_>) -> String {
    let words = [udi.pid.as_deref(), udi.serial_number.as_deref()];
    let words: Vec<_> = words.into_iter().flatten().collect();
    let role = udi.role.as_deref().map(|role| format!(" ({role})")).unwrap_or_default();
    format!("{}{role}", words.join(" "))
}

//! Tables for people.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table, TableComponent};
use licwatch_parsers::record::{DeviceRecord, Diagnostic, Expiry, License};

use super::exchange_table;
use crate::observation::Summary;

/// An empty table with these column heads, as wide as the terminal.
pub(super) fn table<const N: usize>(heads: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─');
    table.set_header(heads.map(|head| Cell::new(head).add_attribute(Attribute::Bold)));
    table
}

/// The cells of a summary, in the order of [`SUMMARY_HEADS`].
pub(super) fn summary_cells(row: &Summary) -> Vec<Cell> {
    let compliance = match row.compliance.as_str() {
        "" => Cell::new(""),
        "ok" => Cell::new("ok").fg(Color::Green),
        "evaluation" => Cell::new("evaluation").fg(Color::Yellow),
        other => Cell::new(other).fg(Color::Red),
    };
    let text = |text: &String| Cell::new(text);
    vec![
        text(&row.platform),
        text(&row.model),
        text(&row.serial_number),
        text(&row.version),
        text(&row.licensing),
        text(&row.in_use),
        compliance,
        text(&row.deadline),
    ]
}

/// The column heads of [`summary_cells`].
pub(super) const SUMMARY_HEADS: [&str; 8] =
    ["platform", "model", "serial", "version", "licensing", "in use", "compliance", "next deadline"];

/// Everything a person wants to see of one record: its licences and what was not understood.
pub(super) fn record_view(name: &str, record: &DeviceRecord<'_>) -> String {
    let mut view = format!("{name}\n");
    let row = Summary::of(record);
    let hostname = record.device.hostname.as_deref().unwrap_or_default();
    let command = record.sources.iter().filter_map(|source| source.command.as_deref());
    let facts = [
        ("command", command.collect::<Vec<_>>().join(", ")),
        ("platform", row.platform),
        ("host name", hostname.to_owned()),
        ("model", row.model),
        ("serial", row.serial_number),
        ("version", row.version),
        ("licensing", row.licensing),
        ("compliance", row.compliance),
        ("next deadline", row.deadline),
    ];
    for (what, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        view.push_str(&format!("  {what:<14} {fact}\n"));
    }
    if let Some(licenses) = &record.licenses {
        let mut table = table(["licence", "entitlement", "count", "status", "term", "expires"]);
        table.add_rows(licenses.iter().map(license_cells));
        view.push_str(&format!("{table}\n"));
    }
    for file in &record.exchange {
        view.push_str(&exchange_table::view(file));
    }
    for diagnostic in &record.diagnostics {
        view.push_str(&format!("  {}\n", diagnostic_line(diagnostic)));
    }
    view
}

fn license_cells(license: &License<'_>) -> Vec<String> {
    let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or_default().to_owned();
    let expires = match &license.expires {
        Some(Expiry::At(at)) => at.text.to_string(),
        Some(Expiry::Never(())) => "never".to_owned(),
        None => String::new(),
    };
    vec![
        text(&license.name),
        license.entitlement.as_deref().or(license.entitlement_tag.as_deref()).unwrap_or_default().to_owned(),
        license.count.map(|count| count.to_string()).unwrap_or_default(),
        text(&license.status_text),
        license.term.map(|term| term.to_string()).unwrap_or_default(),
        expires,
    ]
}

/// `info: line 12: no grammar knows …`
pub(super) fn diagnostic_line(diagnostic: &Diagnostic<'_>) -> String {
    let place = diagnostic.line.map(|line| format!("line {line}: ")).unwrap_or_default();
    format!("{}: {place}{}", diagnostic.severity, diagnostic.message)
}

//! What an import shows to people.

use std::fmt::Write as _;

use crate::cli::table;
use crate::inventory::Changes;
use crate::inventory::import::{Grade, Import};

/// More of one kind than this are counted; `--json` lists all.
const SHOWN: usize = 20;

/// Mapping, what was left out, findings and changes.
pub(super) fn report(import: &Import, changes: &Changes, target: &str) -> String {
    let mut text = String::new();
    mapping(&mut text, import);
    section(&mut text, "left out", &import.skipped, |it| {
        format!("{}: {}: {}", it.at, named(&it.name), it.reason)
    });
    section(&mut text, "carried secrets, which were not taken", &import.secrets, |it| {
        format!(
            "{}: {}: {}",
            it.at,
            it.name,
            it.keys.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        )
    });
    section(&mut text, "findings", &import.findings, |it| {
        let grade = if it.grade == Grade::Warning { "warning" } else { "note" };
        let places: Vec<_> = it.places.iter().map(ToString::to_string).collect();
        let places = if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) };
        format!("{grade}: {}{places}", it.message)
    });
    section(&mut text, &format!("new in {target}"), &changes.added, |it| {
        let cells: Vec<_> = it.cells.iter().map(|(column, cell)| format!("{column}={cell}")).collect();
        format!("+ {}  {}", it.name, cells.join("  "))
    });
    section(&mut text, "changed", &changes.changed, |it| {
        let cells: Vec<_> = it
            .changes
            .iter()
            .map(|change| {
                format!("{}: {} → {}", change.column, change.old.as_deref().unwrap_or("(empty)"), change.new)
            })
            .collect();
        format!("~ {} ({})  {}", it.name, it.at, cells.join(", "))
    });
    section(&mut text, "listed, but not in the export", &changes.missing, |it| {
        format!("- {} ({})", it.name, it.at)
    });
    let _ = writeln!(
        text,
        "{} new, {} changed, {} the same, {} not in the export; {} left out",
        changes.added.len(),
        changes.changed.len(),
        changes.unchanged,
        changes.missing.len(),
        import.skipped.len()
    );
    text
}

fn mapping(text: &mut String, import: &Import) {
    let mut table = table::table(["in the export", "field", "how", "values"]);
    let (mapped, unused): (Vec<_>, Vec<_>) = import.mapping.iter().partition(|it| it.field.is_some());
    for it in mapped.iter().chain(unused.iter().take(SHOWN)) {
        table.add_row([it.source.as_str(), it.field.unwrap_or("-"), it.why, &it.values.to_string()]);
    }
    let _ = writeln!(text, "{table}");
    if unused.len() > SHOWN {
        let _ = writeln!(text, "and {} more that were not used", unused.len() - SHOWN);
    }
    text.push('\n');
}

fn section<T>(text: &mut String, head: &str, items: &[T], line: impl Fn(&T) -> String) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(text, "{head}: {}", items.len());
    for item in items.iter().take(SHOWN) {
        let _ = writeln!(text, "  {}", line(item));
    }
    if items.len() > SHOWN {
        let _ = writeln!(text, "  and {} more; --json lists all", items.len() - SHOWN);
    }
    text.push('\n');
}

fn named(name: &str) -> &str {
    if name.is_empty() { "(no name)" } else { name }
}

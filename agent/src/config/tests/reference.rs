use serde_json::Value;

use super::*;

/// Every key of the schema, with the dotted name of its table.
fn keys(schema: &Value, table: &str, found: &mut Vec<(String, String)>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (key, inner) in properties.into_iter().flatten() {
        found.push((table.to_owned(), key.clone()));
        keys(inner, &format!("{table}.{key}"), found);
    }
    if let Some(named) = schema.get("additionalProperties").filter(|named| named.is_object()) {
        keys(named, &format!("{table}.NAME"), found);
    }
}

#[test]
fn every_key_stands_in_the_reference_under_its_table() {
    let reference: Vec<&str> =
        include_str!("../mod.rs").lines().filter_map(|line| line.strip_prefix("//! | ")).collect();
    let mut found = Vec::new();
    keys(&schema(), "", &mut found);
    assert!(found.len() > 60, "{}", found.len());
    for (table, key) in found {
        let table = table.trim_start_matches('.');
        let mut inside = false;
        let listed = reference.iter().any(|row| {
            let first = row.split('|').next().unwrap_or_default();
            if first.contains("**") {
                inside = first.contains(&format!("`[{table}]`"));
            }
            inside && first.contains(&format!("`{key}`"))
        });
        // The tables themselves are headings.
        assert!(listed || table.is_empty(), "[{table}] {key}");
    }
}

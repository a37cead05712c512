//! The JSON Schema of `licwatch.toml`, which also tells the reader what keys there are and what each one is.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::file::File;

/// The JSON Schema of the file.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<File>().to_value();
    without_null(&mut schema);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".into(), "licwatch.toml".into());
    }
    schema
}

/// TOML has no null: a key that may be absent is just that.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".into(), only);
                }
            }
            for choices in ["anyOf", "enum"] {
                if let Some(Value::Array(choices)) = members.get_mut(choices) {
                    choices.retain(|choice| {
                        !choice.is_null() && choice.get("type").is_none_or(|name| name != "null")
                    });
                }
            }
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// What the schema says about one table or key.
#[derive(Clone, Copy)]
pub(super) struct Known<'s>(&'s Value);

impl<'s> Known<'s> {
    pub(super) fn root(schema: &'s Value) -> Self {
        Self(schema)
    }

    /// What is known of a key of this table; any name is known in tables whose names the operator makes.
    pub(super) fn key(self, name: &str) -> Option<Self> {
        let named = self.0.get("properties").and_then(|keys| keys.get(name));
        named.or_else(|| self.0.get("additionalProperties").filter(|any| any.is_object())).map(Self)
    }

    /// The keys of this table.
    pub(super) fn keys(self) -> impl Iterator<Item = &'s str> {
        self.0
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|keys| keys.keys())
            .map(String::as_str)
    }

    /// The names of all keys, of this table and those within.
    pub(super) fn names(self) -> BTreeSet<&'s str> {
        let inner = self.keys().filter_map(|key| self.key(key));
        let named = self.0.get("additionalProperties").filter(|any| any.is_object()).map(Self);
        self.keys().chain(inner.chain(named).flat_map(Self::names).collect::<Vec<_>>()).collect()
    }

    /// Whether keys can be unknown to it.
    pub(super) fn is_table(self) -> bool {
        self.0.get("properties").is_some() || self.0.get("additionalProperties").is_some_and(Value::is_object)
    }

    /// Whether it is a text.
    pub(super) fn is_text(self) -> bool {
        self.0.get("type").is_some_and(|name| name == "string")
    }

    /// What it is, in the operator's words.
    pub(super) fn description(self) -> Option<&'s str> {
        self.0.get("description").and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_refused_in_every_table() {
        fn strict(value: &Value, path: &str) {
            if value.get("properties").is_some() {
                assert_eq!(value.get("additionalProperties"), Some(&Value::Bool(false)), "{path}");
            }
            for (key, inner) in value.as_object().into_iter().flatten() {
                strict(inner, &format!("{path}/{key}"));
            }
        }
        strict(&schema(), "");
    }

    #[test]
    fn nothing_is_null() {
        assert!(!schema().to_string().contains("null"));
        let schema = schema();
        let device = Known::root(&schema).key("device").unwrap().key("x").unwrap();
        let group = device.key("group").unwrap().0;
        assert!(
            group.to_string().contains("\"array\"") && group.to_string().contains("\"string\""),
            "{group}"
        );
        assert_eq!(device.key("transport").unwrap().0["enum"], serde_json::json!(["auto", "netconf", "ssh"]));
    }

    #[test]
    fn every_key_is_described() {
        fn described(known: Known<'_>, path: &str) {
            for key in known.keys() {
                let inner = known.key(key).unwrap();
                assert!(inner.description().is_some(), "{path}.{key}");
                described(inner, &format!("{path}.{key}"));
                if let Some(named) = inner.key("any") {
                    described(named, &format!("{path}.{key}.any"));
                }
            }
        }
        let schema = schema();
        described(Known::root(&schema), "");
        assert!(Known::root(&schema).key("group").unwrap().key("x").unwrap().keys().any(|key| key == "site"));
    }
}

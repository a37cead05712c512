//! From the text of `licwatch.toml` to its [`File`], with every mistake found at once.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::file::{DeviceTable, File, Group};
use super::problem::Problems;
use super::schema::{Known, schema};
use super::source::{KeyPath, Source};
use super::spelling;

/// After so many wrong values, the rest of a table is not read.
const MOST_WRONG: usize = 50;

/// Reads the text. What could not be understood is left at its default and stands in the problems.
pub(super) fn decode(name: String, text: &str) -> (File, Source, Problems) {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut root = root.into_inner();
    let schema = schema();
    let known = Known::root(&schema);

    let mut source = Source::new(name, text.to_owned());
    source.index(&root, known);
    let mut decoder = Decoder { schema: &schema, source, problems: Problems::default() };
    if !errors.is_empty() {
        decoder.source.hide_by_lines(&known.names());
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let remedy = "mend the TOML here; strings stand in quotes: key = \"value\"";
            let message = format!("this is not TOML: {}", error.message().trim());
            decoder.problems.push(decoder.source.document.problem(span, message, remedy));
        }
        // What comes after a syntax error is guessed; complaints about it would only confuse.
        return (File::default(), decoder.source, decoder.problems);
    }

    decoder.refuse_unknown(&mut Vec::new(), &mut root, known);
    let file = File {
        agent: decoder.table(&mut root, "agent"),
        poll: decoder.table(&mut root, "poll"),
        ssh: decoder.table(&mut root, "ssh"),
        drop: decoder.table(&mut root, "drop"),
        store: decoder.table(&mut root, "store"),
        schedule: decoder.table(&mut root, "schedule"),
        guard: decoder.table(&mut root, "guard"),
        clock: decoder.table(&mut root, "clock"),
        on_change: decoder.table(&mut root, "on_change"),
        sink: decoder.named(&mut root, "sink", |decoder, path, table| decoder.read(path, table)),
        run: decoder.table(&mut root, "run"),
        inventory: decoder.table(&mut root, "inventory"),
        credentials: decoder
            .named(&mut root, "credentials", |decoder, path, table| decoder.read(path, table)),
        group: decoder.named(&mut root, "group", |decoder, path, table| {
            let own: GroupOwn = decoder.read(path, table);
            Group { inherits: own.inherits, settings: decoder.read(path, table) }
        }),
        device: decoder.named(&mut root, "device", |decoder, path, table| DeviceTable {
            identity: decoder.read(path, table),
            settings: decoder.read(path, table),
        }),
    };
    (file, decoder.source, decoder.problems)
}

/// What a group says besides settings.
#[derive(Default, Deserialize)]
#[serde(default)]
struct GroupOwn {
    inherits: Option<super::value::Label>,
}

struct Decoder<'s> {
    schema: &'s Value,
    source: Source,
    problems: Problems,
}

impl<'s> Decoder<'s> {
    /// Takes the keys that nobody knows out of the table, and says so.
    fn refuse_unknown(&mut self, path: &mut KeyPath, table: &mut DeTable<'_>, known: Known<'_>) {
        let names: Vec<String> = table.keys().map(|key| key.get_ref().to_string()).collect();
        for name in names {
            path.push(name.clone());
            match known.key(&name) {
                None => {
                    self.unknown(path, known);
                    table.remove(name.as_str());
                }
                Some(known) if known.is_table() => {
                    if let Some(DeValue::Table(inner)) = table.get_mut(name.as_str()).map(Spanned::get_mut) {
                        self.refuse_unknown(path, inner, known);
                    }
                }
                Some(_) => {}
            }
            path.pop();
        }
    }

    fn unknown(&mut self, path: &[String], table: Known<'_>) {
        let Some((name, parents)) = path.split_last() else { return };
        let parent = if parents.is_empty() { "this file".into() } else { format!("[{}]", dotted(parents)) };
        let near = spelling::did_you_mean(name, table.keys());
        let elsewhere = if near.is_empty() { self.elsewhere(name) } else { String::new() };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let known: Vec<_> = table.keys().collect();
        let problem = self.source.at_key(
            &path,
            format!("unknown key `{}`", dotted(&path)),
            format!("{near}{elsewhere}The keys of {parent} are {}", known.join(", ")),
        );
        self.problems.push(problem);
    }

    /// The section that a key belongs to which stands in a wrong one.
    fn elsewhere(&self, name: &str) -> String {
        let root = Known::root(self.schema);
        if is_plain_secret(name) {
            return "no secret stands in this file: use password_file, key_file or prompt = true. ".into();
        }
        root.keys()
            .find(|section| root.key(section).is_some_and(|section| section.keys().any(|key| key == name)))
            .map(|section| format!("`{name}` belongs to [{section}]. "))
            .unwrap_or_default()
    }

    /// The section `name` of the file.
    fn table<'i, T: Deserialize<'i> + Default>(&mut self, root: &mut DeTable<'i>, name: &str) -> T {
        match self.take(root, name) {
            Some(table) => self.read(&[name], &table),
            None => T::default(),
        }
    }

    /// The tables `[name.…]`, whose names the operator made.
    fn named<'i, T>(
        &mut self,
        root: &mut DeTable<'i>,
        name: &str,
        mut read: impl FnMut(&mut Self, &[&str], &DeTable<'i>) -> T,
    ) -> BTreeMap<String, T> {
        let mut tables = BTreeMap::new();
        for (key, value) in self.take(root, name).unwrap_or_default() {
            let key = key.into_inner();
            match value.into_inner() {
                DeValue::Table(table) => {
                    tables.insert(key.to_string(), read(self, &[name, &key], &table));
                }
                other => self.wrong(
                    &[name, &key],
                    &format!("must be a table, not {}", article(&other)),
                    &format!("write it as [{name}.{key}] with its keys below"),
                ),
            }
        }
        tables
    }

    fn take<'i>(&mut self, root: &mut DeTable<'i>, name: &str) -> Option<DeTable<'i>> {
        match root.remove(name)?.into_inner() {
            DeValue::Table(table) => Some(table),
            other => {
                let remedy = format!("write it as [{name}] with its keys below");
                self.wrong(&[name], &format!("must be a table, not {}", article(&other)), &remedy);
                None
            }
        }
    }

    /// Reads the keys of a table that `T` has. A value that is wrong is named and left out, and the rest read on.
    fn read<'i, T: Deserialize<'i> + Default>(&mut self, path: &[&str], table: &DeTable<'i>) -> T {
        let mut table = table.clone();
        for _ in 0..MOST_WRONG {
            let value = Spanned::new(0..0, DeValue::Table(table.clone()));
            let error = match T::deserialize(ValueDeserializer::from(value)) {
                Ok(read) => return read,
                Err(error) => error,
            };
            let at = error.span().map_or(0, |span| span.start);
            let mut wrong: KeyPath = path.iter().map(|&key| key.to_owned()).collect();
            let Some(value) = remove_at(&mut table, at, &mut wrong) else {
                self.wrong(path, error.message(), "see `licwatch config schema` for what it can hold");
                return T::default();
            };
            let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
            let message = predicate(error.message(), &value);
            let remedy = self.description(&wrong);
            self.wrong(&wrong, &message, &remedy);
        }
        T::default()
    }

    fn wrong(&mut self, path: &[&str], predicate: &str, remedy: &str) {
        self.problems.push(self.source.at_value(path, format!("`{}` {predicate}", dotted(path)), remedy));
    }

    /// What the schema says that a key is.
    fn description(&self, path: &[&str]) -> String {
        path.iter()
            .try_fold(Known::root(self.schema), |known, key| known.key(key))
            .and_then(Known::description)
            .map(|text| format!("{}: {text}", path.last().unwrap_or(&"it")))
            .unwrap_or_else(|| "see `licwatch config schema` for what it can hold".into())
    }
}

/// Takes the innermost value that stands at a place of the text out of its table.
fn remove_at<'i>(table: &mut DeTable<'i>, at: usize, path: &mut KeyPath) -> Option<DeValue<'i>> {
    let holds = |value: &DeValue<'_>, span: std::ops::Range<usize>| {
        // The span of a table with a header of its own ends with the header.
        span.contains(&at) || value.as_table().is_some_and(|table| table_holds(table, at))
    };
    let key = table.iter().find(|(_, value)| holds(value.get_ref(), value.span()))?.0.get_ref().to_string();
    path.push(key.clone());
    if let Some(DeValue::Table(inner)) = table.get_mut(key.as_str()).map(Spanned::get_mut)
        && let Some(value) = remove_at(inner, at, path)
    {
        return Some(value);
    }
    Some(table.remove(key.as_str())?.into_inner())
}

fn table_holds(table: &DeTable<'_>, at: usize) -> bool {
    table.values().any(|value| {
        value.span().contains(&at) || value.get_ref().as_table().is_some_and(|table| table_holds(table, at))
    })
}

/// Turns the words of serde into the rest of a sentence that begins with the key. The value is not repeated.
fn predicate(message: &str, found: &DeValue<'_>) -> String {
    let expected = message.rsplit_once("expected ").map_or("something else", |(_, expected)| expected);
    if message.starts_with("invalid type:") {
        format!("must be {}, not {}", plain(expected), article(found))
    } else if message.starts_with("invalid value:") || message.starts_with("invalid length:") {
        "is out of range".into()
    } else if message.starts_with("must ") || message.starts_with("is ") {
        message.to_owned()
    } else if message.contains("IP address") {
        "must be an IPv4 or IPv6 address".into()
    } else {
        "cannot be understood".into()
    }
}

/// What serde calls by the names of Rust.
fn plain(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" | "a nonzero u16" => "a whole number",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a string" | "IP address" => "a string in quotes",
        "a map" => "a table",
        rest if rest.starts_with("struct ") => "a table",
        rest => rest,
    }
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn is_plain_secret(key: &str) -> bool {
    matches!(
        key.to_lowercase().as_str(),
        "password"
            | "pass"
            | "passwd"
            | "pwd"
            | "secret"
            | "enable"
            | "enable_password"
            | "passphrase"
            | "token"
    )
}

fn dotted(path: &[impl AsRef<str>]) -> String {
    let plain =
        |key: &str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = |key: &str| if plain(key) { key.to_owned() } else { format!("{key:?}") };
    path.iter().map(|part| key(part.as_ref())).collect::<Vec<_>>().join(".")
}

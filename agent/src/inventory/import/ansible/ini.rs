//! Ansible's INI inventories.
//!
//! ```text
//! [access]
//! sw[01:10] ansible_network_os=cisco.ios.ios
//! core-1 ansible_host=192.0.2.1 site="head office"
//!
//! [access:vars]
//! ansible_user=netops
//!
//! [campus:children]
//! access
//! ```

use super::model::{Inventory, Owner};
use crate::config::Problem;
use crate::inventory::import::Export;
use crate::inventory::import::found::Gathered;

/// What the lines of a section are.
enum Section {
    Hosts(String),
    Vars(String),
    Children(String),
}

pub(super) fn read(
    export: &Export,
    inventory: &mut Inventory,
    gathered: &mut Gathered,
) -> Result<(), Problem> {
    let mut section = Section::Hosts("ungrouped".to_owned());
    for (number, line) in export.text().lines().enumerate() {
        let number = number + 1;
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        // `[2001:db8::1]:22` is a host.
        if let Some(head) = text.strip_prefix('[').and_then(|head| head.split_once(']')).and_then(header) {
            section = begin(head, export, number, inventory)?;
            continue;
        }
        match &section {
            Section::Hosts(group) => host_line(text, group, export, number, inventory, gathered)?,
            Section::Children(group) => {
                let child = text.split_whitespace().next().unwrap_or_default();
                inventory.child(group, child, export.at(number));
            }
            Section::Vars(group) => {
                let Some((key, value)) = text.split_once('=') else {
                    let remedy = "variables are written KEY=VALUE";
                    return Err(export.problem(number, "this line states no variable", remedy));
                };
                let value = unquoted(value.trim());
                inventory.set(Owner::Group(group), key.trim(), Some(&value), gathered);
            }
        }
    }
    Ok(())
}

/// What stands in `[…]`, where it is a section: nothing but a comment follows it.
fn header<'a>((head, rest): (&'a str, &str)) -> Option<&'a str> {
    let rest = rest.trim();
    (rest.is_empty() || rest.starts_with(['#', ';'])).then_some(head.trim())
}

fn begin(head: &str, export: &Export, line: usize, inventory: &mut Inventory) -> Result<Section, Problem> {
    let (name, kind) = head.rsplit_once(':').unwrap_or((head, "hosts"));
    let section = match kind {
        "hosts" => Section::Hosts(name.to_owned()),
        "vars" => Section::Vars(name.to_owned()),
        "children" => Section::Children(name.to_owned()),
        _ => {
            let remedy = "a section is [GROUP], [GROUP:vars] or [GROUP:children]";
            return Err(export.problem(line, "this section is none that Ansible knows", remedy));
        }
    };
    if name.is_empty() {
        return Err(export.problem(line, "this section has no name", "name the group"));
    }
    inventory.group(name, export.at(line));
    Ok(section)
}

fn host_line(
    text: &str,
    group: &str,
    export: &Export,
    line: usize,
    inventory: &mut Inventory,
    gathered: &mut Gathered,
) -> Result<(), Problem> {
    let mut words = words(text).into_iter();
    let Some(pattern) = words.next() else { return Ok(()) };
    let names = inventory.hosts(&pattern, group, export, line, gathered)?;
    inventory.tell(names.len().saturating_mul(words.len()), export, line)?;
    for word in words {
        // A word without a value is a slip; Ansible refuses the file.
        let Some((key, value)) = word.split_once('=') else {
            let remedy = "variables are written KEY=VALUE, with quotes around blanks";
            return Err(export.problem(line, "a word behind the host states no variable", remedy));
        };
        for name in &names {
            inventory.set(Owner::Host(name), key, Some(value), gathered);
        }
    }
    Ok(())
}

/// The words of a line: quotes hold blanks together, `#` begins a comment.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (None, '#') if word.is_empty() => break,
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, _) if character.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(character),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn unquoted(text: &str) -> String {
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(text).to_owned()
}

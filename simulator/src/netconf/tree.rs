//! XML as a tree: the data that a device has, and the filter that picks from it (RFC 6241 §6).

use quick_xml::escape::escape;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// An element.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Element {
    name: String,
    namespace: String,
    /// Its start tag as written, without the angle brackets.
    tag: String,
    /// Its text as written, blanks around it taken away.
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Reads a document, or several elements side by side; the elements are the children of what is returned.
    pub(crate) fn read(xml: &str) -> Result<Self, String> {
        let mut reader = NsReader::from_str(xml);
        let mut open = vec![Self::default()];
        loop {
            let (namespace, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
            let (start, closes) = match event {
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                Event::Text(text) => {
                    append(&mut open, &text.decode().map_err(|error| error.to_string())?);
                    continue;
                }
                Event::GeneralRef(entity) => {
                    let name = entity.decode().map_err(|error| error.to_string())?;
                    append(&mut open, &format!("&{name};"));
                    continue;
                }
                Event::CData(data) => {
                    let text = data.decode().map_err(|error| error.to_string())?;
                    append(&mut open, &escape(text));
                    continue;
                }
                Event::End(_) => {
                    close(&mut open);
                    continue;
                }
                Event::Eof => break,
                Event::DocType(_) => return Err("a document type is not taken".into()),
                _ => continue,
            };
            if open.len() > DEEPEST {
                return Err(format!("elements lie deeper than {DEEPEST}"));
            }
            let namespace = match namespace {
                ResolveResult::Bound(namespace) => String::from_utf8_lossy(namespace.0).into_owned(),
                _ => String::new(),
            };
            open.push(Self {
                name: String::from_utf8_lossy(start.local_name().as_ref()).into_owned(),
                namespace,
                tag: String::from_utf8_lossy(&start).trim_end().to_owned(),
                ..Self::default()
            });
            if closes {
                close(&mut open);
            }
        }
        match open.pop() {
            Some(document) if open.is_empty() => Ok(document),
            _ => Err("an element is not closed".into()),
        }
    }

    /// The first element with this name, here or below.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        self.children
            .iter()
            .find(|child| child.name == name)
            .or_else(|| self.children.iter().find_map(|child| child.find(name)))
    }

    /// What the children of a filter pick from the children of this, as XML.
    pub(crate) fn select(&self, filter: &Self) -> String {
        let mut xml = String::new();
        for child in &self.children {
            if let Some(wanted) = filter.children.iter().find(|wanted| wanted.is_about(child)) {
                child.write_selected(wanted, &mut xml);
            }
        }
        xml
    }

    /// All children as XML.
    pub(crate) fn inner_xml(&self) -> String {
        let mut xml = String::new();
        for child in &self.children {
            child.write(&mut xml);
        }
        xml
    }

    /// Whether this node of a filter speaks about that element. A filter without a namespace speaks about any.
    fn is_about(&self, element: &Self) -> bool {
        self.name == element.name && (self.namespace.is_empty() || self.namespace == element.namespace)
    }

    fn write_selected(&self, filter: &Self, xml: &mut String) {
        if filter.children.is_empty() {
            // A node without content selects; one with text did match, or the parent would not have come here.
            return self.write(xml);
        }
        let (matches, selections): (Vec<_>, Vec<_>) =
            filter.children.iter().partition(|node| node.children.is_empty() && !node.text.is_empty());
        let has =
            |node: &&Self| self.children.iter().any(|child| node.is_about(child) && child.text == node.text);
        if !matches.iter().all(has) {
            return;
        }
        if selections.is_empty() {
            return self.write(xml);
        }
        let mut inner = String::new();
        for child in &self.children {
            let mut wanted = matches.iter().chain(&selections).filter(|node| node.is_about(child));
            if let Some(wanted) = wanted.next() {
                child.write_selected(wanted, &mut inner);
            }
        }
        if !inner.is_empty() {
            self.write_around(&inner, xml);
        }
    }

    fn write(&self, xml: &mut String) {
        let mut inner = self.text.clone();
        for child in &self.children {
            child.write(&mut inner);
        }
        self.write_around(&inner, xml);
    }

    fn write_around(&self, inner: &str, xml: &mut String) {
        let name = self.tag.split_whitespace().next().unwrap_or_default();
        if inner.is_empty() {
            xml.extend(["<", &self.tag, "/>"]);
        } else {
            xml.extend(["<", &self.tag, ">", inner, "</", name, ">"]);
        }
    }
}

/// Devices nest a dozen levels.
const DEEPEST: usize = 64;

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        let text = if element.text.is_empty() { text.trim_start() } else { text };
        element.text.push_str(text);
    }
}

/// Puts the innermost element into the one around it.
fn close(open: &mut Vec<Element>) {
    let Some(mut element) = open.pop() else { return };
    element.text.truncate(element.text.trim_end().len());
    match open.last_mut() {
        Some(around) => around.children.push(element),
        None => open.push(element),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = r#"
      <lic xmlns="urn:lic">
        <state><udi><sn>A &amp; B</sn></udi><closed-keys><id>1</id></closed-keys><closed-keys><id>2</id></closed-keys></state>
      </lic>
      <hw xmlns="urn:hw"><item><slot>1</slot><pid>X</pid></item><item><slot>2</slot><pid>Y</pid></item></hw>"#;

    fn selected(filter: &str) -> String {
        Element::read(DATA).unwrap().select(&Element::read(filter).unwrap())
    }

    #[test]
    fn a_filter_picks_what_it_names_and_nothing_else() {
        assert_eq!(
            selected(r#"<lic xmlns="urn:lic"><state><udi/></state></lic>"#),
            r#"<lic xmlns="urn:lic"><state><udi><sn>A &amp; B</sn></udi></state></lic>"#
        );
        assert_eq!(
            selected(r#"<h:hw xmlns:h="urn:hw"/>"#),
            r#"<hw xmlns="urn:hw"><item><slot>1</slot><pid>X</pid></item><item><slot>2</slot><pid>Y</pid></item></hw>"#
        );
    }

    #[test]
    fn other_namespaces_and_unknown_nodes_pick_nothing() {
        assert_eq!(selected(r#"<lic xmlns="urn:other"/>"#), "");
        assert_eq!(selected(r#"<lic xmlns="urn:lic"><state><nothing/></state></lic>"#), "");
        assert_eq!(selected(""), "");
    }

    #[test]
    fn text_in_a_filter_must_match() {
        assert_eq!(
            selected(r#"<hw xmlns="urn:hw"><item><slot>2</slot><pid/></item></hw>"#),
            r#"<hw xmlns="urn:hw"><item><slot>2</slot><pid>Y</pid></item></hw>"#
        );
    }

    #[test]
    fn broken_deep_and_bombed_xml_is_an_error() {
        assert!(Element::read("<a><b></a>").is_err());
        assert!(Element::read("<a>").is_err());
        assert!(Element::read("<!DOCTYPE a [<!ENTITY x \"y\">]><a/>").is_err());
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        assert!(Element::read(&deep).unwrap_err().contains("deeper"));
    }
}

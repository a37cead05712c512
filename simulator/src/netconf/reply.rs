//! Replies, and what can go wrong with them.

use std::borrow::Cow;

use licwatch_parsers::netconf::{BASE, Framing};
use quick_xml::escape::escape;

use super::{CHUNK, Element, Session};
use crate::fault::{Fault, Faults, Stage, garbage};
use crate::ssh::HungUp;

impl Session {
    /// Answers a `get`, or does what the device's faults make of it.
    pub(super) async fn answer(&mut self, id: Option<&str>, request: &str) -> Result<(), HungUp> {
        let none = Faults::default();
        let faults = if self.spared > 0 { &none } else { &self.served.device.faults };
        self.spared = self.spared.saturating_sub(1);
        if faults.silent_at(Stage::Answer) {
            return Err(self.wire.fall_silent().await);
        }
        if faults.has(&Fault::Garbage) {
            return self.wire.send(garbage()).await;
        }
        if faults.has(&Fault::RpcError) {
            let text = "the simulated device was told to fail";
            return self.send(&error(id, "application", "operation-failed", text)).await;
        }
        if faults.has(&Fault::XmlBomb) {
            return self.send(&bomb(id)).await;
        }
        let other = id.filter(|_| faults.has(&Fault::WrongMessageId)).map(|id| format!("{id}-other"));
        let id = other.as_deref().or(id);
        let Ok(mut data) = self.data(request) else {
            let text = "the request's filter cannot be read";
            return self.send(&error(id, "protocol", "bad-element", text)).await;
        };
        if faults.has(&Fault::EndlessAnswer) {
            return self.never_end(id, &data).await;
        }
        if let Some(bytes) = faults.huge_answer() {
            data = filled(&data, bytes);
        }
        let (silent, reset) = (faults.silent_at(Stage::MidAnswer), faults.has(&Fault::ResetMidAnswer));
        let mut framed = self.framed(&format!("{}<data>{data}</data></rpc-reply>", opening(id)));
        if silent || reset {
            framed.truncate(framed.len() / 2);
        }
        if reset {
            return Err(self.wire.send_and_reset(framed).await);
        }
        self.wire.send(framed).await?;
        if silent {
            return Err(self.wire.fall_silent().await);
        }
        Ok(())
    }

    /// What the request asks for; all there is, if it has no filter.
    fn data(&self, request: &str) -> Result<String, String> {
        let device = &self.served.device;
        let Some(data) = device.personality.netconf_tree() else { return Ok(String::new()) };
        let request = Element::read(request)?;
        let selected = match request.find("filter") {
            Some(filter) => data.select(filter),
            None => data.inner_xml(),
        };
        let selected = device.personality.substituted(&selected);
        Ok(match device.clock.date_and_time() {
            Some(now) => with_time(&selected, &now),
            None => selected.into_owned(),
        })
    }

    async fn never_end(&mut self, id: Option<&str>, data: &str) -> Result<(), HungUp> {
        let mut next = format!("{}<data>", opening(id));
        let more = filled(data, CHUNK);
        loop {
            let bytes = match self.framing {
                Framing::EndOfMessage => next.into_bytes(),
                Framing::Chunked => chunk(next.as_bytes()),
            };
            self.wire.send(bytes).await?;
            next = more.clone();
        }
    }
}

/// `<ok/>`.
pub(super) fn ok(id: Option<&str>) -> String {
    format!("{}<ok/></rpc-reply>", opening(id))
}

/// An `rpc-error`.
pub(super) fn error(id: Option<&str>, kind: &str, tag: &str, text: &str) -> String {
    format!(
        "{}<rpc-error><error-type>{kind}</error-type><error-tag>{tag}</error-tag>\
         <error-severity>error</error-severity><error-message xml:lang=\"en\">{}</error-message></rpc-error></rpc-reply>",
        opening(id),
        escape(text)
    )
}

/// One chunk of base:1.1.
pub(super) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("\n#{}\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk
}

fn opening(id: Option<&str>) -> String {
    let id = id.map(|id| format!(" message-id=\"{}\"", escape(id))).unwrap_or_default();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rpc-reply xmlns=\"{BASE}\"{id}>")
}

/// The data, repeated until it has so many bytes.
fn filled(data: &str, bytes: usize) -> String {
    let unit =
        if data.is_empty() { "<filler xmlns=\"urn:licwatch:simulator\">filler</filler>" } else { data };
    unit.repeat(bytes.div_ceil(unit.len()).max(1))
}

/// Nine entities, each ten of the one before: a reader that expands them gets a gigabyte.
fn bomb(id: Option<&str>) -> String {
    let mut entities = String::from("<!ENTITY a0 \"lol\">");
    for level in 1..=9 {
        entities += &format!("<!ENTITY a{level} \"{}\">", format!("&a{};", level - 1).repeat(10));
    }
    let (declaration, start) = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", opening(id));
    let start = start.trim_start_matches(declaration);
    format!("{declaration}<!DOCTYPE rpc-reply [{entities}]>{start}<data>&a9;</data></rpc-reply>")
}

/// The leaves that tell the time: of the hardware model of IOS XE, and of openconfig-system.
const CLOCKS: [&str; 2] = ["current-time", "current-datetime"];

/// The data with the time of a running clock.
fn with_time(data: &str, now: &str) -> String {
    let told = CLOCKS.iter().fold(Cow::Borrowed(data), |data, leaf| {
        let (open, close) = (format!("<{leaf}>"), format!("</{leaf}>"));
        let mut parts = data.split(open.as_str());
        let mut timed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.split_once(close.as_str()).map(|(_, rest)| format!("{now}{close}{rest}"));
            timed.push_str(&open);
            timed.push_str(rest.as_deref().unwrap_or(part));
        }
        timed.into()
    });
    told.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use licwatch_parsers::netconf::{Outcome, Reply};

    #[test]
    fn replies_are_read_back() {
        let ok = ok(Some("1 & 2"));
        let read = Reply::read(&ok).unwrap();
        assert_eq!(read.message_id.as_deref(), Some("1 & 2"));
        assert!(matches!(read.outcome, Outcome::Ok), "{ok}");
        let error = error(Some("3"), "protocol", "operation-not-supported", "no <such> thing");
        assert!(matches!(Reply::read(&error).unwrap().outcome, Outcome::Errors(_)), "{error}");
    }

    #[test]
    fn the_bomb_is_refused_by_our_own_reader() {
        let bomb = bomb(Some("7"));
        assert!(bomb.len() < 2_000);
        assert!(Reply::read(&bomb).is_err());
    }

    #[test]
    fn a_running_clock_shows_in_the_data() {
        let data = "<b><boot>1</boot><current-time>then</current-time></b>";
        assert_eq!(with_time(data, "now"), "<b><boot>1</boot><current-time>now</current-time></b>");
        let data = "<s><current-datetime>then</current-datetime><boot-time>1</boot-time></s>";
        assert_eq!(
            with_time(data, "now"),
            "<s><current-datetime>now</current-datetime><boot-time>1</boot-time></s>"
        );
        assert_eq!(with_time("<b/>", "now"), "<b/>");
        assert_eq!(with_time("<current-time>cut", "now"), "<current-time>cut");
    }
}

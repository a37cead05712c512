//! What Cisco's licence service answers: acknowledgements, trust codes, authorizations. And what devices ask it for.
//!
//! Cisco publishes the elements around these messages, and what is in some of them; of others only that there is a
//! `<data>` element, JSON in the files of devices, perhaps XML or text that nobody else can read in those of Cisco.
//! Hence one way to read all of them: names that Cisco uses elsewhere (its REST interface, its YANG models, the
//! reservation code) are known wherever they stand, and everything else is kept under its own name.

use super::authorization::{authorized, entitlement};
use super::codes::Code;
use super::facts::{Facts, put};
use super::raw::{Raw, Unknown};
use super::report::Signature;
use super::tree::{self, Node};
use super::udi::Identity;
use super::view::View;
use crate::record::{AcknowledgedReport, CodeKind, Entitlement, Text, Timestamp};

/// JSON within strings within JSON that is looked into.
const DEEPEST: usize = 3;
/// Devices that one message may name; a stack has eight.
const MOST_DEVICES: usize = 500;

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message<'a> {
    /// The element as it stands.
    pub raw: Raw<'a>,
    /// The devices that it is of or for.
    pub devices: Vec<Identity<'a>>,
    /// The host name of the device.
    pub hostname: Option<Text<'a>>,
    /// The software's tag, `regid.…`.
    pub software_tag: Option<Text<'a>>,
    /// When it was made.
    pub timestamp: Option<Timestamp<'a>>,
    /// The number that ties an answer to its request.
    pub nonce: Option<Text<'a>>,
    /// A name of the exchange: `transaction_id`, `poll_id`, `correlation_id` …
    pub transaction: Option<Text<'a>>,
    /// What the licence service calls the device.
    pub product_instance: Option<Text<'a>>,
    /// Smart Account.
    pub smart_account: Option<Text<'a>>,
    /// Virtual Account.
    pub virtual_account: Option<Text<'a>>,
    /// The state of the whole, in the licence service's words.
    pub status: Option<Text<'a>>,
    /// The code of an error of the whole.
    pub error_code: Option<Text<'a>>,
    /// What is wrong with the whole.
    pub error_message: Option<Text<'a>>,
    /// What is said of reports that were sent.
    pub reports: Vec<AcknowledgedReport<'a>>,
    /// When the next report must have been sent.
    pub next_report_deadline: Option<Timestamp<'a>>,
    /// When the next acknowledgement must have come.
    pub next_ack_deadline: Option<Timestamp<'a>>,
    /// What is asked for or authorized.
    pub entitlements: Vec<Entitlement<'a>>,
    /// What is signed of an authorization, as it stands.
    pub signed: Option<Raw<'a>>,
    /// Codes, each with its device.
    pub codes: Vec<Code<'a>>,
    /// The signature.
    pub signature: Option<Signature<'a>>,
    /// The `flag` of an authorization: `A`.
    pub flag: Option<Text<'a>>,
    /// The `version` of an authorization: `C`.
    pub version: Option<Text<'a>>,
    /// Text that no one else can read, where there is nothing but that.
    pub opaque: Option<Raw<'a>>,
    /// What no grammar knows.
    pub unknown: Vec<Unknown<'a>>,
}

impl<'a> Message<'a> {
    /// Reads an element.
    pub(super) fn read<'t>(view: &View<'a, 't>, node: &Node<'t>) -> Self {
        let mut facts = Facts::of(view);
        let mut message = Self { raw: facts.raw(node), ..Self::default() };
        match node.leaf() {
            Some(_) => message.text(&mut facts, node, DEEPEST),
            None => message.object(&mut facts, node, DEEPEST),
        }
        message.unknown.append(&mut facts.unknown);
        message
    }

    /// An object, an element or a list.
    fn object<'t>(&mut self, facts: &mut Facts<'_, 'a, 't>, node: &Node<'t>, deeper: usize) {
        let mut report = node.child("report_id").map(|_| AcknowledgedReport::default());
        let mut asked = entitlement(node).then(Entitlement::default);
        let (entitlements, codes) = (self.entitlements.len(), self.codes.len());
        facts.each(node, "data", |facts, key, field| {
            report.as_mut().is_some_and(|report| reported(facts, key, field, report))
                || asked.as_mut().is_some_and(|asked| authorized(facts, key, field, asked))
                || self.field(facts, key, field, deeper)
        });
        self.reports.extend(report);
        self.entitlements.extend(asked);
        // What stands beside a device is of that device.
        let device = node.child("sudi").or_else(|| node.child("udi"));
        let Some(device) = device.and_then(|device| facts.named(device)) else { return };
        let asked = self.entitlements.iter_mut().skip(entitlements).map(|asked| &mut asked.device);
        let codes = self.codes.iter_mut().skip(codes).map(|code| &mut code.device);
        asked.chain(codes).filter(|of| of.is_none()).for_each(|of| *of = Some(device.udi.clone()));
    }

    fn field<'t>(
        &mut self,
        facts: &mut Facts<'_, 'a, 't>,
        key: &str,
        field: &Node<'t>,
        deeper: usize,
    ) -> bool {
        let text = || facts.text(field);
        match key {
            "sudi" | "udi" | "device" | "device_udi" => return self.device(facts, field),
            "udi_pid" | "udi_serial_number" => return false,
            "hostname" | "host_name" => return self.hostname(facts, field),
            "software_tag_identifier" | "software_id" => {
                let same = self.software_tag.is_some() && self.software_tag == text();
                return same || put(&mut self.software_tag, field, text());
            }
            "timestamp" | "created" | "created_at" => {
                return put(&mut self.timestamp, field, facts.time(field));
            }
            "flag" => return put(&mut self.flag, field, text()),
            "version" => return put(&mut self.version, field, text()),
            "nonce" => return put(&mut self.nonce, field, text()),
            "transaction_id" | "correlation_id" | "poll_id" | "request_id" | "message_id" => {
                return put(&mut self.transaction, field, text());
            }
            "product_instance_identifier" | "product_instance_id" | "piid" => {
                return put(&mut self.product_instance, field, text());
            }
            "smart_account" | "smart_account_name" => return put(&mut self.smart_account, field, text()),
            "virtual_account" | "virtual_account_name" => {
                return put(&mut self.virtual_account, field, text());
            }
            "status" | "auth_status" => return put(&mut self.status, field, text()),
            "error_code" | "status_code" => return put(&mut self.error_code, field, text()),
            "error_message" | "status_message" | "message" => {
                return put(&mut self.error_message, field, text());
            }
            "next_report_deadline" | "next_report_due" | "next_report_date" | "next_report" => {
                return put(&mut self.next_report_deadline, field, facts.time(field));
            }
            "next_ack_deadline" | "ack_deadline" | "next_acknowledgement_deadline" => {
                return put(&mut self.next_ack_deadline, field, facts.time(field));
            }
            "report_ids" | "rum_report_ids" | "acknowledged_report_ids" => return self.numbers(facts, field),
            "confirm_code" | "confirmation_code" => return self.code(facts, field, CodeKind::Confirmation),
            "remove_code" | "return_code" => return self.code(facts, field, CodeKind::Return),
            "trust_code" if !starts_json(field) => return self.code(facts, field, CodeKind::Trust),
            "signature" => return put(&mut self.signature, field, Signature::read(facts, field)),
            "authorization_code" | "auth_code" if field.leaf().is_none() => {
                let signed = put(&mut self.signed, field, Some(facts.raw(field)));
                self.object(facts, field, deeper);
                return signed;
            }
            "authorization_code" | "auth_code" if !starts_json(field) => {
                return self.code(facts, field, CodeKind::Authorization);
            }
            _ => {}
        }
        if field.leaf().is_none() {
            self.object(facts, field, deeper);
            return true;
        }
        let carries = matches!(key, "data" | "payload" | "request" | "response" | "request_data");
        if carries || starts_json(field) {
            self.text(facts, field, deeper);
            return true;
        }
        false
    }

    /// Text that may be JSON; else nobody but Cisco can read it.
    fn text<'t>(&mut self, facts: &mut Facts<'_, 'a, 't>, field: &Node<'t>, deeper: usize) {
        let Some(text) = field.leaf().filter(|_| !field.is_blank()) else { return };
        if !starts_json(field) || deeper == 0 {
            if !put(&mut self.opaque, field, facts.secret(field)) {
                facts.keep(field, "data");
            }
            return;
        }
        let nested = match facts.own_slice(field) {
            Some(slice) => self.nested(&View::plain(slice, facts.place(field)), deeper),
            None => self.nested(&View::detached(text, facts.place(field)), deeper),
        };
        if !nested {
            facts.keep(field, "data");
        }
    }

    fn nested(&mut self, view: &View<'a, '_>, deeper: usize) -> bool {
        let Ok(root) = tree::json(view) else { return false };
        let mut facts = Facts::of(view);
        self.object(&mut facts, &root, deeper - 1);
        self.unknown.append(&mut facts.unknown);
        true
    }

    fn device<'t>(&mut self, facts: &mut Facts<'_, 'a, 't>, field: &Node<'t>) -> bool {
        match facts.identity(field, "data.sudi") {
            Some(found) if self.devices.contains(&found) => true,
            Some(found) if self.devices.len() < MOST_DEVICES => {
                self.devices.push(found);
                true
            }
            Some(_) => false,
            None => field.is_blank(),
        }
    }

    fn code<'t>(&mut self, facts: &Facts<'_, 'a, 't>, field: &Node<'t>, kind: CodeKind) -> bool {
        let code = facts.secret(field).filter(|_| !field.is_blank());
        self.codes.extend(code.map(|code| Code { kind, code, device: None }));
        field.leaf().is_some()
    }

    /// The name stands beside the device and again in the list of devices.
    fn hostname<'t>(&mut self, facts: &mut Facts<'_, 'a, 't>, field: &Node<'t>) -> bool {
        let name = facts.text(field);
        self.hostname.is_some() && self.hostname == name || put(&mut self.hostname, field, name)
    }

    fn numbers<'t>(&mut self, facts: &mut Facts<'_, 'a, 't>, field: &Node<'t>) -> bool {
        for item in field.children() {
            match facts.number(item) {
                Some(number) => self
                    .reports
                    .push(AcknowledgedReport { report_id: Some(number), ..AcknowledgedReport::default() }),
                None => facts.keep(item, "data.report_ids"),
            }
        }
        field.leaf().is_none()
    }
}

fn starts_json(field: &Node<'_>) -> bool {
    field.leaf().is_some_and(|text| text.trim_start().starts_with(['{', '[']))
}

/// What is said of one report.
fn reported<'a, 't>(
    facts: &Facts<'_, 'a, 't>,
    key: &str,
    field: &Node<'t>,
    report: &mut AcknowledgedReport<'a>,
) -> bool {
    match key {
        "report_id" => put(&mut report.report_id, field, facts.number(field)),
        "status" | "state" => put(&mut report.status, field, facts.text(field)),
        "error_code" | "status_code" => put(&mut report.error_code, field, facts.text(field)),
        "error" | "error_message" | "status_message" | "message" if field.leaf().is_some() => {
            put(&mut report.message, field, facts.text(field))
        }
        _ => false,
    }
}

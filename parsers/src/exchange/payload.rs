//! What a RUM report says: the payload, in both layouts.
//!
//! ```text
//! 17.6:  {"asset_identification":{"asset":{"name":"regid.…"},"instance":{"sudi":{…}},"signature":{…}},
//!         "meta":{"entitlement_tag":"regid.…","report_id":1650000001,"software_version":"17.06.04","ha_udi":[…]},
//!         "measurements":[…]}
//! 17.9:  {"version":"2.0","asset_identification":{"report_id":1700000001,"asset":{…},"instance":{…}},
//!         "signature":{…},"meta":{"entitlement_tag":"regid.…","utility_enabled":false,…},"measurements":[…]}
//! ```
//! A measurement of a wireless controller names the access points that came and went:
//! ```text
//! {"log_time":1700003600,"metric_name":"ENTITLEMENT","start_time":1700000000,"end_time":1700003600,
//!  "sample_interval":3600,"num_samples":4,"meta":{"added_sudi_list":[…],"removed_sudi_list":[]},
//!  "value":{"type":"COUNT","value":"2"}}
//! ```
//! Samples: `testdata/exchange/c9800-two-reports.xml`, `testdata/exchange/c8000v-meta-layout.xml`

use jiff::Timestamp;

use super::error::ExchangeError;
use super::facts::{Facts, put};
use super::raw::Unknown;
use super::report::Signature;
use super::tree::{self, Node};
use super::view::View;
use crate::record::{Text, Udi};

/// What a RUM report says. Every member is optional; what is not known stands in `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Payload<'a> {
    /// `2.0`; the older layout has none.
    pub version: Option<Text<'a>>,
    /// The report's number, unique for its UDI.
    pub report_id: Option<u64>,
    /// The software's tag, `regid.…`.
    pub software_tag: Option<Text<'a>>,
    /// The device that reports, for itself and for the members of its high-availability set.
    pub device: Option<Udi<'a>>,
    /// The signature within the payload. The one beside the payload is another.
    pub signature: Option<Signature<'a>>,
    /// What was measured, `regid.…`; telemetry has none.
    pub entitlement_tag: Option<Text<'a>>,
    /// `17.09.04`.
    pub software_version: Option<Text<'a>>,
    /// Whether usage is billed by utility.
    pub utility_enabled: Option<bool>,
    /// The members of the high-availability set with their roles.
    pub ha_udis: Vec<Udi<'a>>,
    /// What was counted and when, in order.
    pub measurements: Vec<Measurement<'a>>,
    /// What no grammar knows.
    pub unknown: Vec<Unknown<'a>>,
}

/// One period of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement<'a> {
    /// When it was written down; before its start where the clock was changed.
    pub log_time: Option<Timestamp>,
    /// `ENTITLEMENT`, `TELEMETRY`.
    pub metric: Option<Text<'a>>,
    /// When it begins.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// Its seconds.
    pub sample_interval: Option<u64>,
    /// How many samples were taken in it.
    pub samples: Option<u64>,
    /// `COUNT`.
    pub value_type: Option<Text<'a>>,
    /// The value in the device's form.
    pub value: Option<Text<'a>>,
    /// The value of a count.
    pub count: Option<u64>,
    /// Access points that came.
    pub added: Vec<Udi<'a>>,
    /// Access points that went.
    pub removed: Vec<Udi<'a>>,
    /// By how many seconds the clock was changed.
    pub clock_change_seconds: Option<i64>,
    /// Why the period ended: `ProductReload`, `CurrentUsageRequested`.
    pub termination_reason: Option<Text<'a>>,
    /// Why the report was closed.
    pub close_reason: Option<Text<'a>>,
}

impl<'a> Payload<'a> {
    /// The whole time that the report covers.
    pub fn period(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        let start = self.measurements.iter().filter_map(|measured| measured.start).min();
        let end = self.measurements.iter().filter_map(|measured| measured.end).max();
        (start, end)
    }

    pub(super) fn read(view: &View<'a, '_>) -> Result<Self, ExchangeError> {
        let root = tree::json(view)?;
        let known = ["asset_identification", "measurements", "meta"];
        if !known.iter().any(|key| root.child(key).is_some()) {
            let expected = "the payload of a RUM report (asset_identification, meta, measurements)";
            return Err(ExchangeError::Missing { offset: view.place(root.raw), expected });
        }
        let mut payload = Self::default();
        let mut facts = Facts::of(view);
        facts.each(&root, "payload", |facts, key, field| match key {
            "version" => put(&mut payload.version, field, facts.text(field)),
            "signature" => put(&mut payload.signature, field, Signature::read(facts, field)),
            "asset_identification" => {
                payload.identification(facts, field);
                !field.children().is_empty()
            }
            "meta" => {
                payload.meta(facts, field);
                !field.children().is_empty()
            }
            "measurements" => {
                payload.measurements.extend(field.children().iter().map(|item| measurement(facts, item)));
                field.leaf().is_none()
            }
            _ => false,
        });
        payload.unknown = facts.unknown;
        Ok(payload)
    }

    fn identification<'t>(&mut self, facts: &mut Facts<'_, 'a, 't>, node: &Node<'t>) {
        const WITHIN: &str = "payload.asset_identification";
        facts.each(node, WITHIN, |facts, key, field| match key {
            "report_id" => put(&mut self.report_id, field, facts.number(field)),
            "signature" => put(&mut self.signature, field, Signature::read(facts, field)),
            "asset" => {
                facts.each(field, "payload.asset_identification.asset", |facts, key, field| {
                    key == "name" && put(&mut self.software_tag, field, facts.text(field))
                });
                field.leaf().is_none()
            }
            "instance" => {
                let device = facts.identity(field, "payload.asset_identification.instance");
                put(&mut self.device, field, device.map(|device| device.udi))
            }
            _ => false,
        });
    }

    fn meta<'t>(&mut self, facts: &mut Facts<'_, 'a, 't>, node: &Node<'t>) {
        facts.each(node, "payload.meta", |facts, key, field| match key {
            "report_id" => put(&mut self.report_id, field, facts.number(field)),
            "entitlement_tag" => put(&mut self.entitlement_tag, field, facts.text(field)),
            "software_version" => put(&mut self.software_version, field, facts.text(field)),
            "utility_enabled" => put(&mut self.utility_enabled, field, facts.flag(field)),
            "ha_udi" => {
                self.ha_udis.extend(facts.udis(field, "payload.meta.ha_udi"));
                field.leaf().is_none()
            }
            _ => false,
        });
    }
}

fn measurement<'a, 't>(facts: &mut Facts<'_, 'a, 't>, node: &Node<'t>) -> Measurement<'a> {
    let mut measured = Measurement::default();
    if node.children().is_empty() && !node.is_blank() {
        facts.keep(node, "payload.measurements");
    }
    facts.each(node, "payload.measurements", |facts, key, field| match key {
        "log_time" => put(&mut measured.log_time, field, facts.instant(field)),
        "metric_name" => put(&mut measured.metric, field, facts.text(field)),
        "start_time" => put(&mut measured.start, field, facts.instant(field)),
        "end_time" => put(&mut measured.end, field, facts.instant(field)),
        "sample_interval" => put(&mut measured.sample_interval, field, facts.number(field)),
        "num_samples" => put(&mut measured.samples, field, facts.number(field)),
        "meta" => {
            circumstances(facts, field, &mut measured);
            field.leaf().is_none()
        }
        "value" if field.leaf().is_none() => {
            facts.each(field, "payload.measurements.value", |facts, key, field| match key {
                "type" => put(&mut measured.value_type, field, facts.text(field)),
                "value" => put(&mut measured.value, field, facts.text(field)),
                _ => false,
            });
            true
        }
        "value" => put(&mut measured.value, field, facts.text(field)),
        _ => false,
    });
    let counts = measured.value_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("count"));
    measured.count = measured.value.as_deref().filter(|_| counts).and_then(|value| value.parse().ok());
    measured
}

fn circumstances<'a, 't>(facts: &mut Facts<'_, 'a, 't>, node: &Node<'t>, measured: &mut Measurement<'a>) {
    const WITHIN: &str = "payload.measurements.meta";
    facts.each(node, WITHIN, |facts, key, field| match key {
        "added_sudi_list" => {
            measured.added.extend(facts.udis(field, WITHIN));
            field.leaf().is_none()
        }
        "removed_sudi_list" => {
            measured.removed.extend(facts.udis(field, WITHIN));
            field.leaf().is_none()
        }
        "clock_change_delta" => put(&mut measured.clock_change_seconds, field, facts.number(field)),
        "termination_reason" => put(&mut measured.termination_reason, field, facts.text(field)),
        "close_reason" => put(&mut measured.close_reason, field, facts.text(field)),
        _ => false,
    });
}

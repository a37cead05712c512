//! One entitlement of a request or of an authorization.
//!
//! ```text
//! {"entitlement":"regid.2019-03.com.cisco.HSEC,1.0_…","count":"1"}
//!
//! <entitlement><tag>regid.2017-02.com.cisco.UCM_Enhanced,12.0_…</tag><count>5</count><startDate></startDate>
//!  <endDate>2027-JAN-15 UTC</endDate><licenseType>TERM</licenseType><displayName>UC Manager …</displayName>
//!  <tagDescription>…</tagDescription><subscriptionID></subscriptionID></entitlement>
//! ```

use super::facts::{Facts, put};
use super::tree::Node;
use crate::record::Entitlement;

/// Whether this is one entitlement, not a list of them.
pub(super) fn entitlement(node: &Node<'_>) -> bool {
    let is_tag = |key| node.child(key).is_some_and(|child| child.leaf().is_some());
    is_tag("tag") || is_tag("entitlement_tag") || is_tag("entitlement") && node.child("count").is_some()
}

/// Reads a member of it.
pub(super) fn authorized<'a, 't>(
    facts: &Facts<'_, 'a, 't>,
    key: &str,
    field: &Node<'t>,
    into: &mut Entitlement<'a>,
) -> bool {
    match key {
        "tag" | "entitlement_tag" | "entitlement" => put(&mut into.tag, field, facts.text(field)),
        "count" => put(&mut into.count, field, facts.number(field)),
        "license_type" => put(&mut into.license_type, field, facts.text(field)),
        "start_date" => put(&mut into.start, field, facts.time(field)),
        "end_date" => put(&mut into.end, field, facts.time(field)),
        "display_name" => put(&mut into.name, field, facts.text(field)),
        "tag_description" | "description" => put(&mut into.description, field, facts.text(field)),
        "subscription_id" => put(&mut into.subscription_id, field, facts.text(field)),
        _ => false,
    }
}

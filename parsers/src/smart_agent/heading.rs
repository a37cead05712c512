//! The headings that begin a section.

use crate::text::Line;

/// What a heading announces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Heading {
    Title,
    TechSupport,
    Registration,
    Authorization,
    Utility,
    UsingPolicy,
    Account,
    Privacy,
    Transport,
    Miscellaneous,
    Policy,
    /// `PolicyV2:`, in agents 8 and later.
    PolicyV2,
    /// `License Conversion:`.
    Conversion,
    UsageReporting,
    TrustCode,
    HaError,
    LicenseUsage,
    ProductInformation,
    AgentVersion,
    /// `License Authorizations`: the members of an HA set under Smart Licensing Using Policy.
    DeviceAuthorizations,
    /// `Reservation Info`: the members under license reservation.
    ReservationInfo,
    OverallStatus,
    /// `Authorizations:`: the licences that an authorization code names.
    Authorizations,
    SpecifiedReservations,
    /// `Enforcement Status:`: CSSM's verdict on each entitlement.
    EnforcementStatus,
    /// `Device Enforcement State:`.
    DeviceEnforcement,
    UsageReportSummary,
    /// Telemetry or Product Analytics.
    Telemetry,
    RumList,
    /// `Smart Licensing Usage Report Detail:`.
    RumDetail,
    /// The messages that `show license history message` lists.
    History,
    /// A section whose lines are no part of the record.
    Skipped,
    /// A section of `tech support` that ends only at the next underlined heading.
    Internals,
}

/// The heading that a line is. Headings stand at the left margin; a pager that was erased by blanks leaves eight
/// or more in front of one.
pub(super) fn of(line: &Line<'_>) -> Option<Heading> {
    if (1..8).contains(&line.indent()) {
        return None;
    }
    let text = line.trimmed();
    // NX-OS writes some headings with other capitals.
    if text.starts_with("Trust Code Installed:") || text.starts_with("Trust Code installed:") {
        return Some(Heading::TrustCode);
    }
    named(text)
}

fn named(text: &str) -> Option<Heading> {
    use Heading as H;
    Some(match text {
        "Smart Licensing Status" => H::Title,
        "Smart Licensing Tech Support info" => H::TechSupport,
        "Registration:" => H::Registration,
        "License Authorization:" => H::Authorization,
        "Utility:" => H::Utility,
        "Smart Licensing Using Policy:" | "Smart Licensing using Policy:" => H::UsingPolicy,
        "Account Information:" => H::Account,
        "Data Privacy:" => H::Privacy,
        "Transport:" => H::Transport,
        "Miscellaneous:" => H::Miscellaneous,
        "Policy:" => H::Policy,
        "PolicyV2:" => H::PolicyV2,
        "License Conversion:" | "Smart License Conversion:" => H::Conversion,
        "Usage Reporting:" | "Usage reporting:" => H::UsageReporting,
        "Licensing HA configuration error:" => H::HaError,
        "License Usage" | "License Usage:" => H::LicenseUsage,
        "Product Information" => H::ProductInformation,
        "Agent Version" => H::AgentVersion,
        "License Authorizations" => H::DeviceAuthorizations,
        "Reservation Info" => H::ReservationInfo,
        "Overall status:" => H::OverallStatus,
        "Authorizations:" => H::Authorizations,
        "Specified license reservations:" => H::SpecifiedReservations,
        "Enforcement Status:" => H::EnforcementStatus,
        "Device Enforcement State:" => H::DeviceEnforcement,
        "Usage Report Summary:" => H::UsageReportSummary,
        "Device Telemetry Report Summary:"
        | "Telemetry Report Summary:"
        | "Product Analytics Report Summary:" => H::Telemetry,
        "Smart Licensing Usage Report:" => H::RumList,
        "Smart Licensing Usage Report Detail:" => H::RumDetail,
        "Message History (oldest to newest):" | "Import Message History (oldest to newest):" => H::History,
        "Export Authorization Key:"
        | "Purchased Licenses:"
        | "Derived Licenses:"
        | "Last Reporting Not Required:"
        | "Enforced Licenses:" => H::Skipped,
        "Upcoming Scheduled Jobs"
        | "Communication Statistics:"
        | "License Certificates"
        | "HA Info"
        | "Other Info"
        | "Platform Provided Mapping Table" => H::Internals,
        _ => return None,
    })
}

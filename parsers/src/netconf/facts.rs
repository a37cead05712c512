//! What the leaves of the Smart Agent's state really state, `cisco-smart-license` on IOS XE and its like on IOS XR.
//!
//! A healthy device with Smart Licensing Using Policy says over NETCONF that it is not registered, that nothing
//! is authorized, that its transport is Call Home and that each of its entitlement tags is invalid, while the
//! command line of the same device says `IN USE` and `cslu` (seen on IOS XE 17.15.6). These are words of classic
//! Smart Licensing that nothing fills any more; under Smart Licensing Using Policy (SLUP) they state nothing.
//!
//! | leaf of `state` | record | under SLUP |
//! |---|---|---|
//! | `smart-enabled`, `version` | `smart_licensing_enabled`, `agent_version` | |
//! | `registration/registration-state` | `registration.status` | `reg-state-not-registered` states nothing |
//! | `registration/export-control-allowed` | `registration.export_controlled_functionality` | states nothing unless registered |
//! | `registration-complete/{complete,last-renew,next-renew,expire}-time` | `registration.{initial_registration,last_renewal_attempt,next_renewal_attempt,expires}` | |
//! | `registration-{failed,retry}/{fail-time,fail-message}` | `registration.initial_registration` | |
//! | `registration-complete/{smart,virtual}-account` | `smart_account`, `virtual_account` | |
//! | `authorization/authorization-state` | `authorization.status` | `auth-state-none` states nothing |
//! | `…/{last-comm,next-comm,comm-deadline}-time` | `authorization.{last_communication_attempt,next_communication_attempt,communication_deadline}` | |
//! | `…/{ooc,reservation,expire}-time` | `authorization.since` | |
//! | `authorization-eval/seconds-left`, else `evaluation/…/time-left` | `authorization.evaluation_remaining_seconds` | only while an evaluation is in use |
//! | `utility/enabled`, `custom-id` | `utility_enabled`, `custom_id` | |
//! | `transport/transport-type` | `transport.type` | `transport-type-callhome` states nothing |
//! | `transport/url-settings/url-registration` | `transport.url` | |
//! | `privacy/hostname` | `privacy.hostname_sent` (its opposite), `privacy.smart_licensing_hostname_privacy` | |
//! | `privacy/version` | `privacy.version_privacy` | |
//! | `udi/{pid,sn}` | `device.udis`, `device.model`, `device.serial_number` | |
//! | `usage/license-name` | `licenses[].name` (`network-advantage`) | |
//! | `usage/short-name` | `licenses[].entitlement` (`C9300-24 Network Advantage`) | |
//! | `usage/{entitlement-tag,description,count}` | the same | |
//! | `usage/enforcement-mode` | `licenses[].status` | the list holds licences in use and nothing else: `in_use` for waiting, in compliance and invalid tag |
//! | `policy/*` | `policy`; `policy-type-merged` is `merged` | |
//! | `trust-code` with `is-installed` | `trust_codes` | |
//! | `rum-ack/*` | `reporting.last_ack_received`, `reporting.next_ack_deadline` | |
//! | `rum-reports-closed-keys` | `rum_reports.entries` (not asked for) | |
//! | `imported-authorizations/overall-status/installed-list` | `device_authorizations` | |
//! | `imported-authorizations/authorization-list/license-enforcement-type` | `licenses[].enforcement`, by entitlement tag | |
//! | `config/transport/transport-cslu/url-cslu` | `transport.cslu_address` (not asked for) | |
//! | XR `transport/proxy-info/{address,port}` | `transport.proxy_address`, `.proxy_port` | |
//! | XR `usage/{feature-name,feature-description}` | the same | |
//! | XR `usage/export-entitlement-status` | `licenses[].export_status` | |
//! | XR `usage/reservation-usage/*` | `licenses[].reservation_status`, `.total_reserved` | |
//! | XR `reservation/overall-status` | `device_authorizations` with confirmation and return codes | |
//! | XR `reservation/authorization` | `licenses[].total_reserved`, `.term`, `.expires`, `.terms`, `.enforcement`, by entitlement tag; one that is not in use is a licence too | |
//!
//! The published text swaps `license-name` and `short-name` in its descriptions; the table follows the device.
//! `post-paid` is true for perpetual licences too and is not read as a term. Empty leaves and times of 1970 are
//! absence.
//!
//! The words of IOS XR are those of IOS XE without their beginnings (`complete` for `reg-state-complete`), and some more:
//! `not-supported` is the registration of a device that registers no more, `clsu` is how its model spells the transport,
//! and licences can be `in-use`, `not-in-use`, `not-authorized` and `not-applicable` too. Revisions of
//! `cisco-smart-license` before 2020-11-01 have neither policy nor trust codes nor acknowledgements: an agent of
//! version 5 that speaks through such a tree (17.3) is told by its version alone.
//!
//! **Which model.** SLUP came with trust codes (17.4), policies and acknowledgements (17.5) in this tree and
//! with Smart Agent 5; either is the sign of it, and so is a registration that is not supported. `policy-type-plr` is a
//! universal reservation, as is one that is authorized while a universal code is installed. Any other device
//! that states a registration has classic Smart Licensing, save one whose authorization is a reservation: which
//! kind is not said.

use std::collections::BTreeMap;

use crate::record::{
    AuthorizationStatus, DeviceAuthorizationStatus, DeviceRecord, ExportControl, License, LicenseStatus,
    Licensing, LicensingModel, RegistrationStatus, Text, TransportType, Udi, absent,
};

/// What a reply says, before it is known what it means.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) seen: Seen,
    /// Everything that means what it says.
    pub(super) licensing: Licensing<'a>,
    pub(super) udi: Option<Udi<'a>>,
    pub(super) licenses: Vec<(License<'a>, Mode<'a>)>,
    /// What authorizations and reservations allow.
    pub(super) allowed: Vec<License<'a>>,
    pub(super) registration_state: Option<Text<'a>>,
    pub(super) export_control_allowed: Option<bool>,
    pub(super) authorization_state: Option<Text<'a>>,
    pub(super) transport: Option<Text<'a>>,
    pub(super) hostname_private: Option<bool>,
    pub(super) policy_type: Option<Text<'a>>,
    pub(super) evaluation_seconds: Option<u64>,
    pub(super) evaluation_in_use: Option<bool>,
    pub(super) evaluation_left: Option<u64>,
}

/// The `enforcement-mode` of a licence.
#[derive(Debug, Default)]
pub(super) struct Mode<'a>(pub(super) Option<Text<'a>>);

/// Which parts of the tree the reply holds.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) state: bool,
    pub(super) registration: bool,
    pub(super) authorization: bool,
    pub(super) trust_codes: bool,
    pub(super) rum_ack: bool,
}

/// What the reply cannot tell, for the reader of the record.
pub(super) type Gaps = Vec<&'static str>;

impl<'a> Facts<'a> {
    /// Puts what is stated into the record and says what the command line would add. `whole` tells that the
    /// reply was read to its end: only then does it matter what is not in it.
    pub(super) fn settle(mut self, record: &mut DeviceRecord<'a>, whole: bool) -> Gaps {
        if !self.seen.state && absent(&self.licensing) {
            return Gaps::new();
        }
        let slup = self.shows_policy_use();
        let classic = whole && !slup && self.seen.registration;
        let gaps = self.gaps(slup);

        self.licensing.model = self.model(slup, classic, whole);
        self.licensing.policy.merged =
            (self.policy_type.as_deref() == Some("policy-type-merged")).then_some(true);
        self.licensing.privacy.hostname_sent = self.hostname_private.map(|private| !private);
        self.licensing.privacy.smart_licensing_hostname_privacy = self.hostname_private;
        self.registration(classic);
        self.authorization(classic);
        self.transport(classic);

        let whole_state = whole && self.seen.registration && self.seen.authorization && self.udi.is_some();
        let mut licenses: Vec<License<'a>> = self
            .licenses
            .into_iter()
            .map(|(mut license, Mode(mode))| {
                state_license(&mut license, mode, classic);
                license
            })
            .collect();
        allow(&mut licenses, self.allowed, whole);
        if !licenses.is_empty() || whole_state {
            record.licenses_mut().append(&mut licenses);
        }
        if let Some(udi) = self.udi.filter(|udi| !absent(udi)) {
            record.device.udis.push(udi);
        }
        record.licensing = self.licensing;
        gaps
    }

    fn shows_policy_use(&self) -> bool {
        let agent = self.licensing.agent_version.as_deref().and_then(|version| version.split_once('.'));
        let agent_knows =
            agent.and_then(|(major, _)| major.parse().ok()).is_some_and(|major: u32| major >= 5);
        let registers = self.registration_state.as_deref() != Some("not-supported");
        self.has_policy() || self.seen.rum_ack || self.seen.trust_codes || agent_knows || !registers
    }

    fn has_policy(&self) -> bool {
        self.policy_type.as_deref().is_some_and(|kind| kind != "policy-type-cisco-invalid")
            || !absent(&self.licensing.policy)
    }

    fn is_reserved(&self) -> bool {
        self.authorization_state.as_deref().map(|word| stem(word, "auth-state-"))
            == Some("authorized-reservation")
    }

    fn model(&self, slup: bool, classic: bool, whole: bool) -> Option<LicensingModel> {
        let installed = |status| {
            let codes = &self.licensing.device_authorizations;
            self.is_reserved() && codes.iter().any(|code| code.status == Some(status))
        };
        match self.policy_type.as_deref() {
            Some("policy-type-plr") => Some(LicensingModel::Plr),
            // The policy could still come that says it is a universal reservation.
            None if slup && !whole => None,
            _ if slup => Some(LicensingModel::Slup),
            _ if installed(DeviceAuthorizationStatus::UniversalInstalled) => Some(LicensingModel::Plr),
            _ if installed(DeviceAuthorizationStatus::SpecificInstalled) => Some(LicensingModel::Slr),
            _ => (classic && !self.is_reserved()).then_some(LicensingModel::Smart),
        }
    }

    fn registration(&mut self, classic: bool) {
        use RegistrationStatus as Status;
        let Some(text) = self.registration_state.take() else { return };
        let status = match stem(&text, "reg-state-") {
            "not-registered" if !classic => return,
            "not-registered" => Status::Unregistered,
            "complete" => Status::Registered,
            "in-progress" => Status::Registering,
            "retry" => Status::Retrying,
            "failed" => Status::RegistrationFailed,
            "not-supported" => Status::NotApplicable,
            _ => Status::Other,
        };
        let registration = &mut self.licensing.registration;
        registration.status = Some(status);
        registration.status_text = Some(text);
        // A device that cannot register has nothing to say about what its registration allows.
        registration.export_controlled_functionality = self
            .export_control_allowed
            .filter(|_| status != Status::NotApplicable)
            .map(|allowed| if allowed { ExportControl::Allowed } else { ExportControl::NotAllowed });
    }

    fn authorization(&mut self, classic: bool) {
        use AuthorizationStatus as Status;
        let authorization = &mut self.licensing.authorization;
        let in_use = self.evaluation_in_use == Some(true);
        let left = self.evaluation_left.filter(|left| in_use || classic && *left > 0);
        authorization.evaluation_remaining_seconds = self.evaluation_seconds.or(left);
        let Some(text) = self.authorization_state.take() else { return };
        let status = match stem(&text, "auth-state-") {
            "none" if !classic => return,
            "none" => Status::NoLicensesInUse,
            "eval" => Status::Evaluation,
            "eval-expired" => Status::EvaluationExpired,
            "authorized" => Status::Authorized,
            "authorized-reservation" => Status::AuthorizedReserved,
            "out-of-compliance" => Status::OutOfCompliance,
            "authorization-expired" => Status::AuthorizationExpired,
            "authorization-not-authorized" => Status::NotAuthorized,
            _ => Status::Other,
        };
        authorization.status = Some(status);
        authorization.status_text = Some(text);
    }

    fn transport(&mut self, classic: bool) {
        let Some(text) = self.transport.take() else { return };
        let kind = match stem(&text, "transport-type-") {
            "callhome" if !classic => return,
            "callhome" => TransportType::CallHome,
            "smart" => TransportType::Smart,
            // The second is how the model of IOS XR spells it.
            "cslu" | "clsu" => TransportType::Cslu,
            "off" | "transport-off" => TransportType::Off,
            "automatic" => TransportType::Automatic,
            // Words of IOS XR for none.
            "invalid" | "not-used" => return,
            _ => TransportType::Other,
        };
        self.licensing.transport.kind = Some(kind);
        self.licensing.transport.kind_text = (kind == TransportType::Other).then_some(text);
    }

    fn gaps(&self, slup: bool) -> Gaps {
        let mut gaps = Gaps::new();
        let mut gap = |missing: bool, name| gaps.extend(missing.then_some(name));
        let authorizes = slup || self.is_reserved();
        gap(slup && !self.seen.trust_codes, "trust codes");
        gap(authorizes && self.licensing.device_authorizations.is_empty(), "authorization codes");
        gap(slup && !self.has_policy(), "the policy");
        gap(slup, "push times");
        gap(slup && self.licensing.transport.cslu_address.is_none(), "the CSLU address");
        let transport = self.transport.as_deref().map(|word| stem(word, "transport-type-"));
        gap(slup && matches!(transport, Some("callhome" | "invalid" | "not-used")), "the transport");
        gaps
    }
}

/// Folds what authorizations and reservations say into the licences that they name. `whole` tells that no licence in
/// use can follow: then one that is reserved and not in use is a licence too.
fn allow<'a>(licenses: &mut Vec<License<'a>>, allowed: Vec<License<'a>>, whole: bool) {
    let tagged = |(place, license): (usize, &License<'a>)| Some((license.entitlement_tag.clone()?, place));
    let places: BTreeMap<Text<'a>, usize> = licenses.iter().enumerate().filter_map(tagged).collect();
    for other in allowed {
        let place = other.entitlement_tag.as_ref().and_then(|tag| places.get(tag));
        match place.and_then(|&place| licenses.get_mut(place)) {
            Some(license) => {
                (license.enforcement, license.enforcement_text) = (other.enforcement, other.enforcement_text);
                (license.term, license.term_text) = (other.term, other.term_text);
                (license.expires, license.terms) = (other.expires, other.terms);
                license.total_reserved = license.total_reserved.or(other.total_reserved);
            }
            None if whole => licenses.push(other),
            None => {}
        }
    }
}

/// The state of a licence in the list of those in use.
fn state_license<'a>(license: &mut License<'a>, mode: Option<Text<'a>>, classic: bool) {
    use LicenseStatus as Status;
    let Some(text) = mode else { return };
    let status = match stem(&text, "enforcement-") {
        "waiting" | "in-compliance" | "invalid-tag" if !classic => {
            license.status = Some(Status::InUse);
            return;
        }
        "waiting" => Status::Waiting,
        "in-compliance" => Status::Authorized,
        "invalid-tag" => Status::InvalidTag,
        "out-of-compliance" => Status::OutOfCompliance,
        "evaluation" => Status::Evaluation,
        "evaluation-expired" => Status::EvaluationExpired,
        "authorization-expired" => Status::AuthorizationExpired,
        "reservation-in-compliance" => Status::Reserved,
        "in-use" => Status::InUse,
        "not-in-use" | "mode-init" => Status::NotInUse,
        "not-authorized" => Status::NotAuthorized,
        "not-applicable" => Status::NotApplicable,
        _ => Status::Other,
    };
    license.status = Some(status);
    license.status_text = Some(text);
}

/// A word of an enumeration without what the words of IOS XE begin with.
fn stem<'w>(word: &'w str, beginning: &str) -> &'w str {
    word.strip_prefix(beginning).unwrap_or(word)
}

#[cfg(test)]
mod tests;

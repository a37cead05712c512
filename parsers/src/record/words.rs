//! The closed vocabularies of the record. Every device word that is not listed becomes `other`, with the
//! device's own words in the `…_text` field beside it, so that a new release loses nothing.

use serde::{Serialize, Serializer};

/// Declares an enumeration and the word that the record prints for each of its values.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $name { $($(#[$doc])* $value,)+ }

        impl $name {
            /// Every value, in the order of RECORD.md.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// The word that the record prints.
            pub fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)+ }
            }

            /// The value whose word this is.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$value),)+ _ => None }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

words! {
    /// The operating system of a device.
    Platform {
        /// Classic IOS.
        Ios = "ios",
        /// IOS XE, on routers, switches and wireless controllers.
        IosXe = "ios-xe",
        /// NX-OS.
        NxOs = "nx-os",
        /// IOS XR.
        IosXr = "ios-xr",
        /// AireOS wireless controllers.
        AireOs = "aireos",
        /// ASA.
        Asa = "asa",
    }
}

words! {
    /// How a neighbour was seen.
    NeighborProtocol {
        /// Cisco Discovery Protocol.
        Cdp = "cdp",
        /// IEEE 802.1AB.
        Lldp = "lldp",
    }
}

words! {
    /// What a neighbour does, by its own words.
    Capability {
        /// It routes.
        Router = "router",
        /// It is a switch, by CDP's word.
        Switch = "switch",
        /// It bridges: every switch by LLDP, many access points by CDP.
        Bridge = "bridge",
        /// An end station.
        Host = "host",
        /// It snoops on IGMP.
        Igmp = "igmp",
        /// It repeats.
        Repeater = "repeater",
        /// A telephone.
        Phone = "phone",
        /// A wireless access point.
        WlanAccessPoint = "wlan_access_point",
        /// A cable modem.
        DocsisCableDevice = "docsis_cable_device",
        /// Something else; the words stand beside it.
        Other = "other",
    }
}

words! {
    /// The licensing model that an output shows in force.
    LicensingModel {
        /// Smart Licensing Using Policy.
        Slup = "slup",
        /// Classic Smart Licensing.
        Smart = "smart",
        /// Specific License Reservation.
        Slr = "slr",
        /// Permanent (universal) License Reservation.
        Plr = "plr",
        /// Product Activation Keys.
        Pak = "pak",
        /// Right-to-use.
        Rtu = "rtu",
        /// Honour-based, as AireOS and IOS XR SIA.
        Honor = "honor",
    }
}

words! {
    /// `Registration: / Status:` of classic Smart Licensing.
    RegistrationStatus {
        /// `REGISTERED`.
        Registered = "registered",
        /// `REGISTERED - SPECIFIC LICENSE RESERVATION`.
        RegisteredSpecificReservation = "registered_specific_reservation",
        /// `REGISTERED - UNIVERSAL LICENSE RESERVATION`.
        RegisteredUniversalReservation = "registered_universal_reservation",
        /// `UNREGISTERED`.
        Unregistered = "unregistered",
        /// `REGISTERING`, `REGISTRATION IN PROGRESS`.
        Registering = "registering",
        /// `UNREGISTERED - REGISTRATION FAILED`.
        RegistrationFailed = "registration_failed",
        /// `RETRYING`.
        Retrying = "retrying",
        /// `REGISTRATION EXPIRED`.
        RegistrationExpired = "registration_expired",
        /// `Registration Not Applicable`.
        NotApplicable = "not_applicable",
        /// A status that is not on this list.
        Other = "other",
    }
}

words! {
    /// `Export-Controlled Functionality:`.
    ExportControl {
        /// `ALLOWED`.
        Allowed = "allowed",
        /// `NOT ALLOWED`.
        NotAllowed = "not_allowed",
    }
}

words! {
    /// `License Authorization: / Status:`.
    AuthorizationStatus {
        /// `AUTHORIZED`.
        Authorized = "authorized",
        /// `AUTHORIZED - RESERVED`: healthy, of a reservation.
        AuthorizedReserved = "authorized_reserved",
        /// `OUT OF COMPLIANCE`.
        OutOfCompliance = "out_of_compliance",
        /// `EVAL MODE`.
        Evaluation = "evaluation",
        /// `EVAL EXPIRED`.
        EvaluationExpired = "evaluation_expired",
        /// `AUTHORIZATION EXPIRED`.
        AuthorizationExpired = "authorization_expired",
        /// `NOT AUTHORIZED`.
        NotAuthorized = "not_authorized",
        /// `NOT AUTHORIZED - RESERVED`.
        NotAuthorizedReserved = "not_authorized_reserved",
        /// `No Licenses in Use`.
        NoLicensesInUse = "no_licenses_in_use",
        /// `Not Applicable`, as Smart Licensing Using Policy prints it.
        NotApplicable = "not_applicable",
        /// A status that is not on this list.
        Other = "other",
    }
}

words! {
    /// How a device reports usage.
    TransportType {
        /// A CSLU, or SSM On-Prem in its place.
        Cslu = "cslu",
        /// Straight to the Smart receiver.
        Smart = "smart",
        /// Smart Call Home.
        CallHome = "callhome",
        /// `Transport Off`: files carried by hand.
        Off = "off",
        /// `automatic`.
        Automatic = "automatic",
        /// A transport that is not on this list.
        Other = "other",
    }
}

words! {
    /// What one UDI is authorized to, `License Authorizations` and `Reservation Info`.
    DeviceAuthorizationStatus {
        /// `NOT INSTALLED`.
        NotInstalled = "not_installed",
        /// `SMART AUTHORIZATION INSTALLED`.
        Installed = "installed",
        /// `SPECIFIC INSTALLED`.
        SpecificInstalled = "specific_installed",
        /// `UNIVERSAL INSTALLED`.
        UniversalInstalled = "universal_installed",
        /// `PENDING`.
        Pending = "pending",
        /// A status that is not on this list.
        Other = "other",
    }
}

words! {
    /// Whether the subscription term of IOS XR (SIA) is kept.
    SiaStatus {
        /// `In Compliance`.
        InCompliance = "in_compliance",
        /// `Out of Compliance(…)`.
        OutOfCompliance = "out_of_compliance",
        /// A status that is not on this list.
        Other = "other",
    }
}

words! {
    /// The state of one licence.
    LicenseStatus {
        /// `IN USE`, `Active, In Use`, `In use`.
        InUse = "in_use",
        /// `NOT IN USE`, `Not in Use`, `Inactive`, `Unused`.
        NotInUse = "not_in_use",
        /// `AUTHORIZED`.
        Authorized = "authorized",
        /// `OUT OF COMPLIANCE`.
        OutOfCompliance = "out_of_compliance",
        /// `EVAL MODE`.
        Evaluation = "evaluation",
        /// `EVAL EXPIRED`.
        EvaluationExpired = "evaluation_expired",
        /// `AUTHORIZATION EXPIRED`.
        AuthorizationExpired = "authorization_expired",
        /// `NOT AUTHORIZED`.
        NotAuthorized = "not_authorized",
        /// `RESERVED IN COMPLIANCE`.
        Reserved = "reserved",
        /// `WAITING`.
        Waiting = "waiting",
        /// `INVALID TAG`. Over NETCONF healthy licences of Smart Licensing Using Policy say so too.
        InvalidTag = "invalid_tag",
        /// `Not Applicable`.
        NotApplicable = "not_applicable",
        /// A status that is not on this list.
        Other = "other",
    }
}

words! {
    /// `Export status:`.
    ExportStatus {
        /// `NOT RESTRICTED`.
        NotRestricted = "not_restricted",
        /// `RESTRICTED - ALLOWED`.
        RestrictedAllowed = "restricted_allowed",
        /// `RESTRICTED - NOT ALLOWED`.
        RestrictedNotAllowed = "restricted_not_allowed",
        /// A status that is not on this list.
        Other = "other",
    }
}

words! {
    /// `Enforcement type:`.
    Enforcement {
        /// `NOT ENFORCED`.
        NotEnforced = "not_enforced",
        /// `ENFORCED`.
        Enforced = "enforced",
        /// `EXPORT RESTRICTED`.
        ExportRestricted = "export_restricted",
        /// A type that is not on this list.
        Other = "other",
    }
}

words! {
    /// `License type:`.
    Term {
        /// `Perpetual`.
        Perpetual = "perpetual",
        /// `Subscription`.
        Subscription = "subscription",
        /// `TERM`.
        Term = "term",
        /// `Permanent`.
        Permanent = "permanent",
        /// `Evaluation`.
        Evaluation = "evaluation",
        /// `EvalRightToUse`.
        EvalRightToUse = "eval_right_to_use",
        /// `RightToUse`.
        RightToUse = "right_to_use",
        /// `Temporary`.
        Temporary = "temporary",
        /// `Generic`, NX-OS.
        Generic = "generic",
        /// A type that is not on this list.
        Other = "other",
    }
}

words! {
    /// `License Priority:` of PAK licensing. Here `None` is a value, not a sentinel.
    Priority {
        /// `None`.
        None = "none",
        /// `Low`.
        Low = "low",
        /// `Medium`.
        Medium = "medium",
        /// `High`.
        High = "high",
    }
}

words! {
    /// `Reservation status:` of one licence.
    ReservationStatus {
        /// `SPECIFIC INSTALLED`.
        SpecificInstalled = "specific_installed",
        /// `UNIVERSAL INSTALLED`.
        UniversalInstalled = "universal_installed",
        /// `NOT INSTALLED`.
        NotInstalled = "not_installed",
        /// A status that is not on this list.
        Other = "other",
    }
}

words! {
    /// How grave a diagnostic is.
    Severity {
        /// Worth knowing; the record is whole.
        Info = "info",
        /// Something in the input was not understood or contradicts itself.
        Warning = "warning",
        /// A part of the record is missing because of it.
        Error = "error",
    }
}

words! {
    /// What a file is that devices and Cisco's licence services exchange.
    ExchangeKind {
        /// RUM reports, signed: `license smart save usage`, `GET /all-reports`, a bundle's device file.
        UsageReport = "usage_report",
        /// The payload of one RUM report, without its signature: `test license smart rum show`.
        RumPayload = "rum_payload",
        /// An acknowledgement of RUM reports.
        Acknowledgement = "acknowledgement",
        /// A policy.
        Policy = "policy",
        /// A device asks for a trust code.
        TrustRequest = "trust_request",
        /// A trust code.
        TrustCode = "trust_code",
        /// A device asks for an authorization code (SLAC), or gives one back.
        AuthorizationRequest = "authorization_request",
        /// An authorization: SLAC, or the code of a specific reservation.
        AuthorizationCode = "authorization_code",
        /// Codes of reservations as people copy them.
        ReservationCodes = "reservation_codes",
        /// The manifest of a bundle.
        BundleManifest = "bundle_manifest",
        /// A licence file in which nothing is known.
        Envelope = "envelope",
    }
}

words! {
    /// What a code is for.
    CodeKind {
        /// A device asks for a reservation.
        Request = "request_code",
        /// Licences are reserved for a device.
        Authorization = "authorization_code",
        /// A device has taken another authorization.
        Confirmation = "confirmation_code",
        /// Messages of a device can be trusted.
        Trust = "trust_code",
        /// A device gives its licences back.
        Return = "return_code",
    }
}

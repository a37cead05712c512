//! The namespaces that grammars here know: by URI in XML, by module name in JSON (RFC 7951 §4).

use super::{
    BASE, DEVICE_HARDWARE, OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM, RESTCONF, SMART_LICENSE,
    XR_PLATFORM_LICENSE, XR_SMART_AGENT, YANG_LIBRARY,
};

/// The namespaces that grammars here know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Namespace {
    Base,
    Restconf,
    SmartLicense,
    DeviceHardware,
    XrSmartAgent,
    XrPlatformLicense,
    OpenconfigPlatform,
    OpenconfigSystem,
    YangLibrary,
    Other,
}

impl Namespace {
    /// The namespace with this URI.
    pub(super) fn of_uri(uri: &[u8]) -> Self {
        let known = KNOWN.iter().find(|(_, known, _)| known.as_bytes() == uri);
        known.map_or(Self::Other, |(namespace, ..)| *namespace)
    }

    /// The namespace of the module with this name.
    pub(super) fn of_module(name: &str) -> Self {
        let known = KNOWN.iter().find(|(.., module)| *module == name);
        known.map_or(Self::Other, |(namespace, ..)| *namespace)
    }
}

/// Each with its URI and the module that has it.
pub(super) const KNOWN: [(Namespace, &str, &str); 9] = [
    (Namespace::Base, BASE, "ietf-netconf"),
    (Namespace::Restconf, RESTCONF, "ietf-restconf"),
    (Namespace::SmartLicense, SMART_LICENSE, "cisco-smart-license"),
    (Namespace::DeviceHardware, DEVICE_HARDWARE, "Cisco-IOS-XE-device-hardware-oper"),
    (Namespace::XrSmartAgent, XR_SMART_AGENT, "Cisco-IOS-XR-infra-smartlicense-oper"),
    (Namespace::XrPlatformLicense, XR_PLATFORM_LICENSE, "Cisco-IOS-XR-smart-license-platform-oper"),
    (Namespace::OpenconfigPlatform, OPENCONFIG_PLATFORM, "openconfig-platform"),
    (Namespace::OpenconfigSystem, OPENCONFIG_SYSTEM, "openconfig-system"),
    (Namespace::YangLibrary, YANG_LIBRARY, "ietf-yang-library"),
];

//! Which licensing model an output shows in force.

use crate::record::LicensingModel;

/// What the output has shown. A device on Smart Licensing Using Policy may still carry a reservation from before;
/// the policy is what is in force then.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    /// The policy line, an `Account Information` section, `IN USE` of the policy's usage blocks, its authorizations.
    pub(super) policy: bool,
    /// `SPECIFIC INSTALLED`, `REGISTERED - SPECIFIC LICENSE RESERVATION`.
    pub(super) specific_reservation: bool,
    /// `UNIVERSAL INSTALLED`, `REGISTERED - UNIVERSAL LICENSE RESERVATION`.
    pub(super) universal_reservation: bool,
    /// A `Registration` section, or a licence that is `AUTHORIZED`.
    pub(super) classic: bool,
}

impl Evidence {
    pub(super) fn model(self) -> Option<LicensingModel> {
        if self.policy {
            Some(LicensingModel::Slup)
        } else if self.universal_reservation {
            Some(LicensingModel::Plr)
        } else if self.specific_reservation {
            Some(LicensingModel::Slr)
        } else if self.classic {
            Some(LicensingModel::Smart)
        } else {
            None
        }
    }
}

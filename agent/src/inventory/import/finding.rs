//! What a person should look at before an import is taken.

use serde::Serialize;

use super::At;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Somebody should decide.
    Warning,
    /// Good to know.
    Note,
}

/// Something about the devices of an export.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// How grave it is.
    pub grade: Grade,
    /// A stable name for programs: `duplicate_name`.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// Where, as far as one can point.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<At>,
}

impl Finding {
    pub(crate) fn warning(code: &'static str, message: impl Into<String>, places: Vec<At>) -> Self {
        Self { grade: Grade::Warning, code, message: message.into(), places }
    }

    pub(crate) fn note(code: &'static str, message: impl Into<String>, places: Vec<At>) -> Self {
        Self { grade: Grade::Note, ..Self::warning(code, message, places) }
    }
}

//! Why an exchange file could not be read.

use crate::netconf::Fault;

/// Why an exchange file, or a part of one, could not be read, and what to do about it. No text of the file stands in
/// it but names of elements: a file may hold codes.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The file is a compressed or packed bundle. (operator)
    #[error("byte 0: expected an unpacked file, found a {packed} archive; {}", self.remedy())]
    Archive {
        /// `gzip`, `tar`, `zip`.
        packed: &'static str,
    },
    /// The bytes are no UTF-8. (who carried the file)
    #[error("byte {offset}: expected UTF-8 text; {}", self.remedy())]
    NotText {
        /// The first byte that is none.
        offset: usize,
    },
    /// The file is larger than any real one. (operator)
    #[error("byte 0: expected at most {limit} bytes, found {bytes}; {}", self.remedy())]
    TooLarge {
        /// Bytes of the file.
        bytes: usize,
        /// Bytes that are read.
        limit: usize,
    },
    /// The file is of no kind that is exchanged with Cisco's licence services. (operator)
    #[error("byte {offset}: expected {EXCHANGED}, found {found}; {}", self.remedy())]
    Unrecognized {
        /// Where the content begins.
        offset: usize,
        /// `the element <html>`, `other JSON`, `other text`, `nothing`.
        found: String,
    },
    /// The XML is broken or refused. (who carried or made the file)
    #[error("byte {offset}: expected well-formed XML: {fault}; {}", self.remedy())]
    Xml {
        /// Where.
        offset: usize,
        /// What is wrong.
        fault: Fault,
    },
    /// The JSON is broken. (who carried or made the file)
    #[error("byte {offset}: expected JSON: {problem}; {}", self.remedy())]
    Json {
        /// Where.
        offset: usize,
        /// What is wrong.
        problem: String,
    },
    /// Something that must be there is not. (who made the file)
    #[error("byte {offset}: expected {expected}; {}", self.remedy())]
    Missing {
        /// Where it should be.
        offset: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// There is more of something than any real file has. (who made the file)
    #[error("byte {offset}: expected at most {limit} {what}; {}", self.remedy())]
    TooMany {
        /// Where the limit was met.
        offset: usize,
        /// Of what.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
}

impl ExchangeError {
    /// The byte of the file, from 0.
    pub fn offset(&self) -> usize {
        match *self {
            Self::Archive { .. } | Self::TooLarge { .. } => 0,
            Self::NotText { offset }
            | Self::Unrecognized { offset, .. }
            | Self::Xml { offset, .. }
            | Self::Json { offset, .. }
            | Self::Missing { offset, .. }
            | Self::TooMany { offset, .. } => offset,
        }
    }

    /// What should stand there.
    pub fn expected(&self) -> &'static str {
        match self {
            Self::Archive { .. } => "an unpacked file",
            Self::NotText { .. } => "UTF-8 text",
            Self::TooLarge { .. } => "a file of a few megabytes",
            Self::Unrecognized { .. } => EXCHANGED,
            Self::Xml { .. } => "well-formed XML",
            Self::Json { .. } => "JSON",
            Self::Missing { expected, .. } => expected,
            Self::TooMany { what, .. } => what,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Archive { .. } => "unpack the bundle and name the files in it",
            Self::NotText { .. } => "carry the file again in binary mode, nothing may change it on its way",
            Self::TooLarge { .. } => "check that this is the file that was meant",
            Self::Unrecognized { .. } => {
                "name a file that a device saved or that Cisco's licence service gave back"
            }
            Self::Xml { .. } | Self::Json { .. } => {
                "fetch the file again from where it was made and compare the sizes: it was cut or changed"
            }
            Self::Missing { .. } => "fetch the file again from where it was made; do not edit or reformat it",
            Self::TooMany { .. } => "save fewer reports into one file (\"license smart save usage days N\")",
        }
    }
}

/// What is exchanged, for messages.
const EXCHANGED: &str = "a file of Cisco Smart Licensing: RUM reports, an acknowledgement, a policy, a trust or \
                         authorization file, reservation codes or a bundle's manifest";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_what_and_what_to_do() {
        let error = ExchangeError::Json { offset: 12, problem: "EOF while parsing a string".to_owned() };
        let text = error.to_string();
        for words in ["byte 12", "expected JSON", "EOF while parsing a string", error.remedy()] {
            assert!(text.contains(words), "{text}");
        }
        assert_eq!((error.offset(), error.expected()), (12, "JSON"));
    }
}

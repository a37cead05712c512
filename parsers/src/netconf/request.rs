//! The other side of the session: what a client asks. The simulator answers it.

use super::MessageError;
use super::fault::Broken;
use super::namespace::Namespace;
use super::walk::Walk;
use crate::record::Text;

/// A request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request<'a> {
    /// The number that the reply must carry.
    pub message_id: Option<Text<'a>>,
    /// What is asked.
    pub operation: Operation<'a>,
}

/// What is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Operation<'a> {
    /// `get`.
    Get {
        /// The namespace of each subtree of the filter; `None` where there is no filter.
        filter_namespaces: Option<Vec<String>>,
    },
    /// `close-session`.
    CloseSession,
    /// Any other, by its name.
    Other(Text<'a>),
}

impl<'a> Request<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// The message is no request, or no XML.
    pub fn read(message: &'a str) -> Result<Self, MessageError> {
        let mut walk = Walk::new(message);
        let broken = |broken: Broken| broken.in_message(message);
        let root = walk.root().map_err(broken)?;
        let Some(tag) = root.filter(|root| root.is(Namespace::Base, "rpc")) else {
            return Err(MessageError::unexpected("rpc", root));
        };
        let mut operation = None;
        walk.children(|walk, tag| {
            let read = match (tag.namespace, tag.name) {
                (Namespace::Base, "get") => Operation::Get { filter_namespaces: filter(walk)? },
                (Namespace::Base, "close-session") => Operation::CloseSession,
                _ => Operation::Other(tag.name.into()),
            };
            operation.get_or_insert(read);
            Ok(())
        })
        .map_err(broken)?;
        let operation = operation.ok_or(MessageError::unexpected("an operation in rpc", None))?;
        Ok(Self { message_id: tag.attribute("message-id"), operation })
    }
}

/// The namespaces of the filter in an open `get`.
fn filter(walk: &mut Walk<'_>) -> Result<Option<Vec<String>>, Broken> {
    let mut namespaces = None;
    walk.members(|walk, tag| {
        if tag.name == "filter" {
            let namespaces: &mut Vec<String> = namespaces.get_or_insert_default();
            walk.children(|walk, tag| {
                namespaces.push(walk.uri(tag));
                Ok(())
            })?;
        }
        Ok(())
    })?;
    Ok(namespaces)
}

#[cfg(test)]
mod tests {
    use super::super::{DEVICE_HARDWARE, Hello, SMART_LICENSE, close_session, get, licensing_filter};
    use super::*;

    #[test]
    fn what_the_client_writes_the_server_reads() {
        let filter = licensing_filter(&Hello::default()).unwrap();
        let text = get(41, &filter);
        let request = Request::read(&text).unwrap();
        let namespaces = [SMART_LICENSE, DEVICE_HARDWARE].map(str::to_owned).to_vec();
        assert_eq!(request.message_id.as_deref(), Some("41"));
        assert_eq!(request.operation, Operation::Get { filter_namespaces: Some(namespaces) });

        let text = close_session(42);
        let request = Request::read(&text).unwrap();
        assert_eq!((request.message_id.as_deref(), request.operation), (Some("42"), Operation::CloseSession));
    }

    #[test]
    fn other_requests_are_named() {
        let rpc =
            |inside: &str| format!("<rpc xmlns=\"{}\" message-id='1'>{inside}</rpc>", super::super::BASE);
        let text = rpc("<get/>");
        assert_eq!(Request::read(&text).unwrap().operation, Operation::Get { filter_namespaces: None });
        let text = rpc("<get><filter type='subtree'><a xmlns=''/><b/><c:d xmlns:c='urn:c'/></filter></get>");
        let namespaces = ["", super::super::BASE, "urn:c"].map(str::to_owned).to_vec();
        let operation = Operation::Get { filter_namespaces: Some(namespaces) };
        assert_eq!(Request::read(&text).unwrap().operation, operation);
        let text = rpc("<edit-config><target/></edit-config>");
        assert_eq!(Request::read(&text).unwrap().operation, Operation::Other("edit-config".into()));
        assert!(Request::read(&rpc("")).is_err());
        assert!(Request::read("<rpc><get/></rpc>").is_err());
    }
}

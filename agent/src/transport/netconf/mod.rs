//! The NETCONF session.

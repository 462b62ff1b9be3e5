//! Where a proxy listens.

use std::sync::Arc;

use crate::base::Place;
use crate::model::Tls;

/// A row of ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    /// The first one.
    pub first: u16,
    /// The last one.
    pub last: u16,
    /// Plain or TLS.
    pub tls: Tls,
}

/// An address that a proxy listens on, with the names and kinds of servers behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct ListenAddress {
    /// The port.
    pub port: u16,
    /// Plain or TLS.
    pub tls: Tls,
    /// The `listen` directive, or the server block when the default (80) applies.
    pub place: Place,
    /// The server's names as written.
    pub names: Arc<[Arc<str>]>,
}

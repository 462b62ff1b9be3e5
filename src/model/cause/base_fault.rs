//! What is wrong with the common beginning of several addresses.

use std::sync::Arc;

use crate::base::Place;

/// A base address whose path keeps what is built on it from the routes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaseFault {
    /// Where the base is defined.
    pub place: Place,
    /// How its path differs from that of the routes.
    pub shift: Shift,
    /// How many places that build on it miss for this reason: from two on, the base is what is to be fixed.
    pub paths: usize,
}

/// A beginning of paths that no route has, below which several places ask for something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Below {
    /// The shortest such beginning: `/api/billing`.
    pub prefix: Arc<str>,
    /// How many places ask.
    pub places: usize,
    /// Where it is told.
    pub told: Told,
}

/// Where a fault of several calls is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// At the first of the calls.
    FirstCall,
    /// At the address or the client object that all of them are built on, and no call that arrives.
    Base,
}

/// How paths differ from the routes that are meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shift {
    /// They begin with this, and would match without it.
    Surplus(Arc<str>),
    /// The routes begin with this, and the paths do not.
    Lacks(Arc<str>),
}

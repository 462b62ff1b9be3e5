//! Which server and which location take a request.

mod location;
mod names;
mod server;

pub(super) use location::{Chosen, Locations, Matcher, location, matcher, written};
pub(super) use server::{Arrivals, Candidate, Listen, listens, names, servers};

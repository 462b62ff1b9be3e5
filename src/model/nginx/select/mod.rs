//! Which server and which location take a request.

mod location;
mod server;

pub(super) use location::{Chosen, Matcher, location, matcher, written};
pub(super) use server::{Candidate, Listen, listens, names, servers};

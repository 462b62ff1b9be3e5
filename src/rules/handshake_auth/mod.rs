//! Family `handshake-auth`: whom the handshake lets in, and by what.

pub(super) mod default_secret;
pub(super) mod late_authentication;
pub(super) mod secret_mismatch;
pub(super) mod token_in_url;
pub(super) mod unencoded_token;

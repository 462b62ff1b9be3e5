//! Family `handshake-auth`: whom the handshake lets in, and by what.

pub(super) mod default_secret;
pub(super) mod secret_mismatch;

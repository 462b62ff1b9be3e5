//! Family `tls`: what is trusted.

pub(super) mod app_server_tls;
pub(super) mod certificate_host_mismatch;
pub(super) mod committed_private_key;
pub(super) mod public_secret;

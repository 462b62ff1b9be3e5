//! What the browser refuses.

pub(super) mod csp_blocks_connection;
pub(super) mod fixed_websocket_scheme;
pub(super) mod host_not_allowed;
pub(super) mod insecure_http_url;
pub(super) mod insecure_websocket_url;
pub(super) mod malformed_connection_url;
pub(super) mod port_fallback_bypasses_proxy;
pub(super) mod redirected_request;
pub(super) mod redirected_websocket;
pub(super) mod scheme_mismatch;

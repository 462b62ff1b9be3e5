//! What the proxy drops.

pub(super) mod auth_request_upgrade;
pub(super) mod buffered_event_stream;
pub(super) mod competing_upgrade_listeners;
pub(super) mod dev_proxy_without_websocket;
pub(super) mod dropped_proxy_headers;
mod effects;
pub(super) mod misplaced_directive;
pub(super) mod missing_forwarded_headers;
pub(super) mod missing_http_version;
pub(super) mod missing_sticky_sessions;
pub(super) mod missing_subprotocol;
pub(super) mod missing_upgrade_headers;
pub(super) mod missing_websocket_support;
pub(super) mod protocol_mismatch;
pub(super) mod shadowed_location;
pub(super) mod short_proxy_timeout;
pub(super) mod undefined_upgrade_map;
pub(super) mod unresolvable_upstream;
pub(super) mod unsubstituted_template;
pub(super) mod upgrade_map_closes_keepalive;

//! Whom the back end lets in.

pub(super) mod cors_middleware_order;
pub(super) mod csrf_origin_mismatch;
pub(super) mod dropped_cors_header;
pub(super) mod duplicate_cors_header;
pub(super) mod header_not_allowed;
pub(super) mod insecure_cookie;
pub(super) mod late_origin_check;
pub(super) mod malformed_allowed_origin;
pub(super) mod missing_allow_credentials;
pub(super) mod missing_origin_check;
pub(super) mod origin_not_allowed;
pub(super) mod permissive_allowed_hosts;
pub(super) mod permissive_origin;
pub(super) mod wildcard_origin_with_credentials;

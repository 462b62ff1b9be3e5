//! Who is meant.

pub(super) mod conflicting_env_values;
pub(super) mod internal_host_in_browser;
pub(super) mod loopback_alias_mismatch;
pub(super) mod loopback_bind;
pub(super) mod loopback_in_production;
pub(super) mod method_mismatch;
pub(super) mod path_mismatch;
pub(super) mod port_mismatch;
pub(super) mod proxy_path_rewrite;
pub(super) mod shadowed_route;
pub(super) mod undefined_env_var;
pub(super) mod unexposed_env_var;
pub(super) mod unpassed_env_var;
pub(super) mod unproxied_path;
pub(super) mod unreachable_upstream;
pub(super) mod url_disagreement;

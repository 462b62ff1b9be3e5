//! The one list of rules.

use std::sync::OnceLock;

use super::document::{self, Metadata};
use super::{
    Finding, RuleId, analysis, connection_lifecycle, cors_origin, handshake_auth, host_mismatch, mixed_content, tls,
    upgrade_headers,
};
use crate::model::Wiring;

/// A rule: its document, what it looks at, and which rules know better.
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// Its Markdown file: front matter, rationale, examples.
    pub document: &'static str,
    /// All that it has to say, with the severity of a proven finding.
    pub check: fn(&Wiring) -> Vec<Finding>,
    /// Rules that say the same of the same wire and hop more precisely.
    pub yields_to: &'static [&'static str],
    /// Which files it may accuse.
    pub accuses: Accuses,
    /// What tells its findings at one place apart.
    pub identity: Identity,
    metadata: OnceLock<Metadata>,
}

/// What tells the findings of a rule at one place apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The cause's key: one list may lack two origins.
    Key,
    /// Nothing: one written address that becomes several is fixed once.
    Place,
}

/// Which files a rule may accuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accuses {
    /// Only those that run in production.
    Production,
    /// Examples and templates too: what it says is about the syntax that they show.
    OwnSyntax,
    /// Whatever wirelint has read: what it says is about wirelint's own reading.
    Anything,
}

impl Rule {
    /// A rule that accuses production files and yields to none.
    pub(super) const fn new(id: &'static str, document: &'static str, check: fn(&Wiring) -> Vec<Finding>) -> Self {
        Self {
            id: RuleId(id),
            document,
            check,
            yields_to: &[],
            accuses: Accuses::Production,
            identity: Identity::Key,
            metadata: OnceLock::new(),
        }
    }

    /// The same rule, silent where one of `rules` speaks of the same wire and hop.
    pub(super) const fn yields_to(mut self, rules: &'static [&'static str]) -> Self {
        self.yields_to = rules;
        self
    }

    /// The same rule, accusing other files.
    pub(super) const fn accuses(mut self, accuses: Accuses) -> Self {
        self.accuses = accuses;
        self
    }

    /// The same rule, with one finding at a place.
    pub(super) const fn once_per_place(mut self) -> Self {
        self.identity = Identity::Place;
        self
    }

    /// Its front matter, read at the first call.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        // A test reads all of them; the fallback keeps a run alive without one of them.
        self.metadata
            .get_or_init(|| document::metadata(self.document).unwrap_or_else(|_| Metadata::unreadable(self.id)))
    }

    /// Its text without front matter.
    #[must_use]
    pub fn body(&self) -> &'static str {
        document::split(self.document).1
    }
}

/// Every rule, by family.
pub static RULES: &[&Rule] = &[
    &mixed_content::insecure_websocket_url::RULE,
    &mixed_content::insecure_http_url::RULE,
    &mixed_content::fixed_websocket_scheme::RULE,
    &mixed_content::scheme_mismatch::RULE,
    &mixed_content::redirected_websocket::RULE,
    &mixed_content::redirected_request::RULE,
    &mixed_content::csp_blocks_connection::RULE,
    &mixed_content::host_not_allowed::RULE,
    &mixed_content::malformed_connection_url::RULE,
    &mixed_content::port_fallback_bypasses_proxy::RULE,
    &host_mismatch::url_disagreement::RULE,
    &host_mismatch::loopback_in_production::RULE,
    &host_mismatch::loopback_alias_mismatch::RULE,
    &host_mismatch::internal_host_in_browser::RULE,
    &host_mismatch::port_mismatch::RULE,
    &host_mismatch::path_mismatch::RULE,
    &host_mismatch::method_mismatch::RULE,
    &upgrade_headers::protocol_mismatch::RULE,
    &host_mismatch::shadowed_route::RULE,
    &host_mismatch::unproxied_path::RULE,
    &host_mismatch::proxy_path_rewrite::RULE,
    &host_mismatch::unreachable_upstream::RULE,
    &host_mismatch::loopback_bind::RULE,
    &host_mismatch::undefined_env_var::RULE,
    &host_mismatch::unexposed_env_var::RULE,
    &host_mismatch::unpassed_env_var::RULE,
    &host_mismatch::conflicting_env_values::RULE,
    &upgrade_headers::missing_upgrade_headers::RULE,
    &upgrade_headers::missing_http_version::RULE,
    &upgrade_headers::missing_websocket_support::RULE,
    &upgrade_headers::competing_upgrade_listeners::RULE,
    &upgrade_headers::missing_subprotocol::RULE,
    &upgrade_headers::dropped_proxy_headers::RULE,
    &upgrade_headers::undefined_upgrade_map::RULE,
    &upgrade_headers::upgrade_map_closes_keepalive::RULE,
    &upgrade_headers::auth_request_upgrade::RULE,
    &upgrade_headers::misplaced_directive::RULE,
    &upgrade_headers::unsubstituted_template::RULE,
    &upgrade_headers::unresolvable_upstream::RULE,
    &upgrade_headers::shadowed_location::RULE,
    &upgrade_headers::dev_proxy_without_websocket::RULE,
    &upgrade_headers::short_proxy_timeout::RULE,
    &upgrade_headers::missing_forwarded_headers::RULE,
    &upgrade_headers::buffered_event_stream::RULE,
    &upgrade_headers::missing_sticky_sessions::RULE,
    &cors_origin::origin_not_allowed::RULE,
    &cors_origin::missing_allow_credentials::RULE,
    &cors_origin::header_not_allowed::RULE,
    &cors_origin::cors_middleware_order::RULE,
    &cors_origin::malformed_allowed_origin::RULE,
    &cors_origin::csrf_origin_mismatch::RULE,
    &cors_origin::insecure_cookie::RULE,
    &cors_origin::wildcard_origin_with_credentials::RULE,
    &cors_origin::permissive_origin::RULE,
    &cors_origin::permissive_allowed_hosts::RULE,
    &cors_origin::missing_origin_check::RULE,
    &cors_origin::late_origin_check::RULE,
    &cors_origin::duplicate_cors_header::RULE,
    &cors_origin::dropped_cors_header::RULE,
    &handshake_auth::default_secret::RULE,
    &handshake_auth::secret_mismatch::RULE,
    &handshake_auth::late_authentication::RULE,
    &handshake_auth::token_in_url::RULE,
    &handshake_auth::unencoded_token::RULE,
    &connection_lifecycle::close_before_accept::RULE,
    &connection_lifecycle::silent_websocket_error::RULE,
    &tls::certificate_host_mismatch::RULE,
    &tls::committed_private_key::RULE,
    &tls::public_secret::RULE,
    &tls::app_server_tls::RULE,
    &analysis::syntax_error::RULE,
    &analysis::unread_include::RULE,
    &analysis::unknown_rule::RULE,
    &analysis::malformed_suppression::RULE,
    &analysis::unused_suppression::RULE,
    &analysis::unused_setting::RULE,
    &analysis::limit_reached::RULE,
    &analysis::internal_error::RULE,
];

/// The rule of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id.0 == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_readable_front_matter_of_its_own_id() {
        for rule in RULES {
            let metadata = document::metadata(rule.document).unwrap_or_else(|error| panic!("{}: {error}", rule.id));
            assert_eq!(metadata.id, rule.id.0);
            assert!(!rule.body().trim().is_empty(), "{} says nothing", rule.id);
        }
        let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), RULES.len());
    }

    #[test]
    fn yielding_has_no_cycle_and_names_rules() {
        for rule in RULES {
            let mut seen = BTreeSet::new();
            let mut open: Vec<&str> = rule.yields_to.to_vec();
            while let Some(next) = open.pop() {
                assert_ne!(next, rule.id.0, "{} yields to itself in the end", rule.id);
                if seen.insert(next) {
                    open.extend(find(next).unwrap_or_else(|| panic!("{} names no rule", next)).yields_to);
                }
            }
        }
    }
}

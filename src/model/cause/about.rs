//! What causes are about: the rule that reports them, and whether connections fail by them.

use super::detail::{CorsLoss, Cuts, ForwardedEffect, Holder};
use super::kind::CauseKind;

impl CauseKind {
    /// Whether the cause is the same wherever its place is: its place is that of the first of several that one fix takes
    /// away, and another one may come before it tomorrow.
    #[must_use]
    pub fn is_known_by_key(&self) -> bool {
        matches!(
            self,
            Self::PathMismatch { below: Some(_), .. }
                | Self::UndefinedEnvVar { .. }
                | Self::UnexposedEnvVar { .. }
                | Self::LoopbackInProduction { variable: Some(_), .. }
        )
    }

    /// Whether connections fail by it, or bring nothing: what only makes them slower, riskier or harder to understand does not.
    #[must_use]
    pub fn breaks(&self) -> bool {
        match self {
            Self::MissingHttpVersion { refused, .. } => *refused,
            Self::InsecureHttpUrl { upgraded, .. } => !upgraded,
            Self::DevProxyWithoutWebSocket { polls, .. } => !polls,
            Self::DroppedProxyHeaders { effect, .. } => !effect.is_mild(),
            Self::MissingForwardedHeaders { effect, .. } => *effect != ForwardedEffect::OwnAddress,
            Self::ShortProxyTimeout { hasty, .. } => *hasty,
            Self::BufferedEventStream { holder, .. } => *holder != Holder::Unchunked,
            Self::DroppedCorsHeader { loss, .. } => !matches!(loss, CorsLoss::Errors(_)),
            Self::UpgradeMapClosesKeepalive { .. }
            | Self::ConstantUpgrade { .. }
            | Self::UrlDisagreement { .. }
            | Self::PermissiveOrigin { .. }
            | Self::MissingOriginCheck { .. }
            | Self::LateOriginCheck { .. }
            | Self::TokenInUrl { .. }
            | Self::LateAuthentication { .. }
            | Self::SilentWebSocketError { .. }
            | Self::CloseBeforeAccept { .. }
            | Self::PermissiveAllowedHosts { .. }
            | Self::ConflictingEnvValues { .. }
            | Self::PublicSecret { .. }
            | Self::CommittedPrivateKey
            | Self::AppServerTls => false,
            _ => true,
        }
    }

    /// What happens on the way, short, for causes that were not found by following it.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        match self {
            Self::BufferedEventStream { .. } => "the proxy holds the events back",
            Self::ShortProxyTimeout { cuts: Cuts::EventStreams, .. } => "the proxy ends the event stream",
            Self::ShortProxyTimeout { .. } => "the proxy cuts the connection while it is quiet",
            Self::MissingStickySessions { .. } => "requests of one client go to several servers",
            Self::DuplicateCorsHeader { .. } | Self::CorsTwiceInApplication => {
                "browsers refuse two Access-Control-Allow-Origin headers"
            }
            Self::DroppedCorsHeader { .. } => "the answer lacks the CORS header",
            Self::MissingForwardedHeaders { .. } | Self::DroppedProxyHeaders { .. } => {
                "the back end does not learn what the browser asked for"
            }
            Self::AuthRequestUpgrade { .. } => "the question of `auth_request` carries the upgrade",
            Self::UndefinedUpgradeMap { .. }
            | Self::MisplacedDirective { .. }
            | Self::RefusedStatement { .. }
            | Self::UnsubstitutedTemplate { .. } => "nginx refuses the configuration",
            Self::HostNotAllowed { .. } => "the server of the page refuses the Host that the proxy hands on",
            _ => "this breaks",
        }
    }

    /// The id of the rule that reports it.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::InsecureWebSocketUrl { .. } => "insecure-websocket-url",
            Self::InsecureHttpUrl { .. } => "insecure-http-url",
            Self::FixedWebSocketScheme { .. } => "fixed-websocket-scheme",
            Self::MalformedConnectionUrl { .. } => "malformed-connection-url",
            Self::LoopbackInProduction { .. } => "loopback-in-production",
            Self::UrlDisagreement { .. } => "url-disagreement",
            Self::UndefinedEnvVar { .. } => "undefined-env-var",
            Self::UnexposedEnvVar { .. } => "unexposed-env-var",
            Self::InternalHostInBrowser { .. } => "internal-host-in-browser",
            Self::PortMismatch { .. } | Self::HmrPortMismatch { .. } => "port-mismatch",
            Self::HostNotAllowed { .. } => "host-not-allowed",
            Self::PortFallbackBypassesProxy { .. } => "port-fallback-bypasses-proxy",
            Self::UnreachableUpstream { .. } => "unreachable-upstream",
            Self::LoopbackBind { .. } => "loopback-bind",
            Self::PathMismatch { .. } | Self::UnmountedRouter { .. } | Self::UnknownNamespace { .. } => "path-mismatch",
            Self::ProxyPathRewrite { .. } => "proxy-path-rewrite",
            Self::UnproxiedPath { .. } | Self::UnhostedPath { .. } => "unproxied-path",
            Self::CspBlocksConnection { .. } => "csp-blocks-connection",
            Self::RedirectedWebSocket { .. } => "redirected-websocket",
            Self::RedirectedRequest { .. } => "redirected-request",
            Self::MissingUpgradeHeaders { .. } => "missing-upgrade-headers",
            Self::MissingHttpVersion { .. } => "missing-http-version",
            Self::DroppedProxyHeaders { .. } => "dropped-proxy-headers",
            Self::DevProxyWithoutWebSocket { .. } => "dev-proxy-without-websocket",
            Self::UndefinedUpgradeMap { .. } => "undefined-upgrade-map",
            Self::UpgradeMapClosesKeepalive { .. } | Self::ConstantUpgrade { .. } => "upgrade-map-closes-keepalive",
            Self::AuthRequestUpgrade { .. } => "auth-request-upgrade",
            Self::MisplacedDirective { .. } => "misplaced-directive",
            Self::UnsubstitutedTemplate { .. } => "unsubstituted-template",
            Self::UnresolvableUpstream { .. } => "unresolvable-upstream",
            Self::RefusedStatement { .. } => "syntax-error",
            Self::ShadowedLocation { .. } => "shadowed-location",
            Self::ShortProxyTimeout { .. } => "short-proxy-timeout",
            Self::BufferedEventStream { .. } => "buffered-event-stream",
            Self::MissingStickySessions { .. } => "missing-sticky-sessions",
            Self::OriginNotAllowed { .. } | Self::WithoutCors { .. } => "origin-not-allowed",
            Self::MissingAllowCredentials { .. } => "missing-allow-credentials",
            Self::MethodMismatch { .. } => "method-mismatch",
            Self::HeaderNotAllowed { .. } => "header-not-allowed",
            Self::CorsMiddlewareOrder { .. } | Self::CorsWithoutPreflight { .. } | Self::CorsBehindLogin { .. } => {
                "cors-middleware-order"
            }
            Self::SchemeMismatch { .. } | Self::PlainSocketPort { .. } => "scheme-mismatch",
            Self::MissingWebSocketSupport { .. } | Self::ForeignInterface { .. } => "missing-websocket-support",
            Self::CompetingUpgradeListeners { .. } => "competing-upgrade-listeners",
            Self::ShadowedRoute { .. } => "shadowed-route",
            Self::MissingSubprotocol { .. } => "missing-subprotocol",
            Self::MalformedAllowedOrigin { .. } => "malformed-allowed-origin",
            Self::WildcardOriginWithCredentials { .. } => "wildcard-origin-with-credentials",
            Self::PermissiveOrigin { .. } => "permissive-origin",
            Self::MissingOriginCheck { .. } => "missing-origin-check",
            Self::LateOriginCheck { .. } => "late-origin-check",
            Self::DuplicateCorsHeader { .. } | Self::CorsTwiceInApplication => "duplicate-cors-header",
            Self::CsrfOriginMismatch { .. } => "csrf-origin-mismatch",
            Self::InsecureCookie { .. } => "insecure-cookie",
            Self::ProtocolMismatch { .. } | Self::ForeignSubprotocol { .. } => "protocol-mismatch",
            Self::LoopbackAliasMismatch { .. } => "loopback-alias-mismatch",
            Self::UnpassedEnvVar { .. } => "unpassed-env-var",
            Self::DefaultSecret { .. } => "default-secret",
            Self::SecretMismatch { .. } => "secret-mismatch",
            Self::TokenInUrl { .. } => "token-in-url",
            Self::UnencodedToken { .. } => "unencoded-token",
            Self::LateAuthentication { .. } => "late-authentication",
            Self::SilentWebSocketError { .. } => "silent-websocket-error",
            Self::CloseBeforeAccept { .. } => "close-before-accept",
            Self::PermissiveAllowedHosts { .. } => "permissive-allowed-hosts",
            Self::ConflictingEnvValues { .. } => "conflicting-env-values",
            Self::PublicSecret { .. } => "public-secret",
            Self::CommittedPrivateKey => "committed-private-key",
            Self::CertificateHostMismatch { .. } => "certificate-host-mismatch",
            Self::AppServerTls => "app-server-tls",
            Self::MissingForwardedHeaders { .. } => "missing-forwarded-headers",
            Self::DroppedCorsHeader { .. } => "dropped-cors-header",
        }
    }
}

//! Every kind of fix, with the one place that says whether people are asked before it is written.
//!
//! Safe is what does as the finding says and leaves what works alone. Unsafe is what decides something: whom a list lets in, which of two sides
//! is right, how long is long enough, what is renamed that other files or machines may name. A finding that rests on assumptions is
//! fixed by nobody without being asked, whatever stands here.

use crate::rules::Applicability::{Safe, Unsafe};
use crate::rules::Remedy;

macro_rules! remedies {
    ($($name:ident: $rule:literal, $applicability:ident, $does:literal;)*) => {
        $(pub(in crate::rules) static $name: Remedy = Remedy::new($rule, $applicability, $does);)*
        /// Every kind of fix, in the order of the rules' names.
        pub static REMEDIES: &[&Remedy] = &[$(&$name),*];
    };
}

remedies! {
    AUTH_REQUEST: "auth-request-upgrade", Safe, "clears `Upgrade` and `Connection` where `auth_request` asks";
    EVENT_STREAM: "buffered-event-stream", Safe, "turns buffering off for the location";
    CSP_SOURCE: "csp-blocks-connection", Unsafe, "adds the address to the sources of the policy";
    CSRF_ORIGIN: "csrf-origin-mismatch", Safe, "writes the entry as the origin that it means";
    DEV_PROXY: "dev-proxy-without-websocket", Safe, "adds `ws: true` to the entry";
    CORS_ALWAYS: "dropped-cors-header", Safe, "adds `always` to the CORS headers of the block";
    CORS_REPEATED: "dropped-cors-header", Safe, "repeats the CORS headers of the outer level";
    HEADERS_REPEATED: "dropped-proxy-headers", Safe, "repeats the headers of the outer level";
    SCHEME_OF_PAGE: "fixed-websocket-scheme", Safe, "chooses the scheme by that of the page";
    COLON: "fixed-websocket-scheme", Safe, "writes the colon that `protocol` ends in";
    ALLOWED_HEADERS: "header-not-allowed", Unsafe, "admits the headers of the request";
    ALLOWED_HOST: "host-not-allowed", Unsafe, "adds the host to the allowed ones";
    HTTPS: "insecure-http-url", Safe, "changes `http:` to `https:`";
    WSS: "insecure-websocket-url", Safe, "changes `ws:` to `wss:`";
    LOCALHOST: "internal-host-in-browser", Safe, "writes `localhost` for an address that only servers bind";
    LOOPBACK_ALIAS: "loopback-alias-mismatch", Unsafe, "lists the page's name of the machine as well";
    BIND_ALL: "loopback-bind", Safe, "binds every address of the container";
    ORIGIN_FORM: "malformed-allowed-origin", Safe, "writes the entry as browsers send origins";
    SUPPRESSION_FORM: "malformed-suppression", Safe, "writes the comment in the form that counts";
    ALLOWED_METHODS: "method-mismatch", Unsafe, "admits the method of the request";
    TO_HTTP: "misplaced-directive", Safe, "moves the directive out of its `server` into `http`";
    CREDENTIALS: "missing-allow-credentials", Unsafe, "allows credentials in the registration";
    FORWARDED: "missing-forwarded-headers", Safe, "sends the header that the back end looks at";
    PROXY_SSL_HEADER: "missing-forwarded-headers", Unsafe, "lets Django look at the scheme that the proxy sends";
    HTTP_VERSION: "missing-http-version", Safe, "speaks HTTP/1.1 to the back end";
    STICKY: "missing-sticky-sessions", Unsafe, "binds a client to one server by its address";
    UPGRADE: "missing-upgrade-headers", Safe, "hands the upgrade on, with a `map` where there can be one";
    SOCKET_LIBRARY: "missing-websocket-support", Safe, "installs uvicorn with its WebSocket library";
    ALLOWED_ORIGIN: "origin-not-allowed", Unsafe, "adds the page's origin to the allow-list";
    SLASH: "path-mismatch", Safe, "adds or removes the slash at the end of the path";
    NEAREST_ROUTE: "path-mismatch", Unsafe, "writes the path of the nearest route";
    PORT: "port-mismatch", Safe, "writes the port that answers";
    CLIENT_PORT: "port-mismatch", Unsafe, "lets Vite's client use the port of the proxy";
    REWRITE: "proxy-path-rewrite", Safe, "hands the path on as the route needs it";
    REDIRECTED_REQUEST: "redirected-request", Safe, "writes the address that the redirect leads to";
    REDIRECTED_SOCKET: "redirected-websocket", Safe, "writes the address that the redirect leads to";
    SCHEME: "scheme-mismatch", Safe, "writes the scheme that the port takes";
    LOCATION_HEAD: "shadowed-location", Safe, "writes the modifier that was meant";
    LOCATION_PREFERRED: "shadowed-location", Unsafe, "lets the location win over patterns, or take what is below it";
    TIMEOUT: "short-proxy-timeout", Unsafe, "gives silent connections an hour";
    STATEMENT: "syntax-error", Safe, "writes the statement as nginx takes it";
    UPGRADE_MAP: "undefined-upgrade-map", Safe, "adds the `map` that the variable needs";
    ENCODED: "unencoded-token", Safe, "encodes the value";
    ENV_PREFIX: "unexposed-env-var", Unsafe, "renames the variable in the code and in the env files";
    RULE_NAME: "unknown-rule", Safe, "writes the name of the rule that is meant";
    UPSTREAM: "unreachable-upstream", Safe, "writes the address that answers";
    NGINX_NAME: "unresolvable-upstream", Safe, "writes the name as nginx takes it";
    RESOLVER: "unresolvable-upstream", Unsafe, "names docker's own name server";
    ENVSUBST_LIST: "unsubstituted-template", Safe, "names the variables that are replaced";
    UNUSED_SUPPRESSION: "unused-suppression", Safe, "removes what suppresses nothing";
    KEEPALIVE_MAP: "upgrade-map-closes-keepalive", Safe, "sends no `Connection` with plain requests";
}

//! What is wrong: one variant for each rule that the model finds causes for.

use std::sync::Arc;

use super::detail::{
    CookieFault, CorsLoss, CspFault, Cuts, DropEffect, FixedScheme, ForwardedEffect, ForwardedProblem, Holder,
    Interface, KeyKnownFrom, MethodRefuser, NameFault, NameGap, NoSockets, Opens, PassedOn, Refusal, SecondSource,
    Silence, Spread, Taken, TemplateFault, TimeoutSource, Trusts, Unencoded, UnsetEffect,
};
use super::{BaseFault, Below};
use crate::base::Place;
use crate::facts::{ClientApi, Framework, Protocol, SecretPurpose};
use crate::model::proxy::{InWords, ProxyWords, Shadow};

/// What is wrong, one variant for each rule that a cause can lead to. The fields are what the message names.
#[derive(Clone, Debug, PartialEq)]
pub enum CauseKind {
    /// `insecure-websocket-url`.
    InsecureWebSocketUrl {
        /// The URL for people.
        url: String,
        /// The same URL with `wss`.
        secure: String,
        /// Why it is milder than blocked, if it is (private address, upgrade-insecure-requests).
        milder: Option<Arc<str>>,
    },
    /// `insecure-http-url`.
    InsecureHttpUrl {
        /// The URL for people.
        url: String,
        /// What opens it: `fetch`, `EventSource`, ...
        api: Arc<str>,
        /// Whether browsers upgrade it by themselves.
        upgraded: bool,
    },
    /// `fixed-websocket-scheme`.
    FixedWebSocketScheme {
        /// The URL for people.
        url: String,
        /// Whether something shows that the page is https.
        https_shown: bool,
        /// Why it does not follow the page.
        why: FixedScheme,
    },
    /// `malformed-connection-url`.
    MalformedConnectionUrl {
        /// The URL for people.
        url: String,
        /// What is wrong with it, as a clause: "has no scheme, so `localhost:` is read as one".
        problem: String,
        /// How to fix it.
        fix: String,
    },
    /// `loopback-in-production`.
    LoopbackInProduction {
        /// The URL for people.
        url: String,
        /// The variable that could have replaced it.
        variable: Option<Arc<str>>,
        /// How production comes to it: "`.env` is read by production builds too".
        because: String,
        /// Whether an example file documents the variable.
        documented: bool,
    },
    /// `url-disagreement`.
    UrlDisagreement {
        /// One value.
        one: String,
        /// The other value.
        other: String,
        /// In which component they differ.
        differs: Arc<str>,
    },
    /// `undefined-env-var`.
    UndefinedEnvVar {
        /// The variable.
        name: Arc<str>,
        /// The mode in which it is undefined.
        mode: Arc<str>,
        /// What comes of it.
        effect: UnsetEffect,
        /// Whether the build that passes nothing is in the repository.
        closed: bool,
        /// Whether an example file documents it.
        documented: bool,
    },
    /// `unexposed-env-var`.
    UnexposedEnvVar {
        /// The variable.
        name: Arc<str>,
        /// How the code reads it: `process.env.API_URL`.
        read: Arc<str>,
        /// The bundler.
        tool: Arc<str>,
        /// How the code would read one that it hands out.
        right: Arc<str>,
        /// The URL that results.
        url: String,
    },
    /// `internal-host-in-browser`.
    InternalHostInBrowser {
        /// The host.
        host: Arc<str>,
        /// What it is: "a compose service".
        what: Arc<str>,
        /// The URL for people.
        url: String,
        /// Whether only pages on the developer's own machine use it, where some systems take it for loopback.
        local: bool,
    },
    /// `port-mismatch`.
    PortMismatch {
        /// The port that nobody answers on.
        port: u16,
        /// The host.
        host: Arc<str>,
        /// Ports that answer, with who binds them.
        answers: Vec<(u16, Arc<str>)>,
    },
    /// `port-fallback-bypasses-proxy`.
    PortFallbackBypassesProxy {
        /// The variable that is empty.
        name: Arc<str>,
        /// The port that comes in instead.
        port: u16,
        /// The URL that results.
        url: String,
    },
    /// `unreachable-upstream`.
    UnreachableUpstream {
        /// host:port of the proxy.
        target: Arc<str>,
        /// Why nobody answers there, as a clause.
        why: String,
        /// What would answer.
        suggestion: Option<String>,
        /// What of it the edit is for.
        part: super::AddressPart,
        /// What the proxy answers then.
        status: u16,
    },
    /// `loopback-bind`.
    LoopbackBind {
        /// What binds, for people.
        program: Arc<str>,
        /// The address that it binds.
        host: Arc<str>,
        /// The container.
        service: Arc<str>,
        /// Who comes from outside of it, as a clause: "port 8000 of the host leads there".
        reached: String,
    },
    /// `path-mismatch`.
    PathMismatch {
        /// The path that arrives at the back end.
        path: String,
        /// The path that the client asks for, where a proxy makes another one of it.
        asked: Option<String>,
        /// The nearest route, if one is near.
        nearest: Option<Arc<str>>,
        /// What differs, as a clause: "differs in the trailing slash".
        why: String,
        /// What the client sees, as a clause: "the answer is 404".
        symptom: Arc<str>,
        /// The definition that the address is built on, when that is what is wrong.
        base: Option<BaseFault>,
        /// Where the application is created, when it is one.
        app: Option<Place>,
        /// The shortest beginning of the path that no route has, where several places ask for something below it.
        below: Option<Below>,
    },
    /// `path-mismatch`: the socket.io server has no such namespace.
    UnknownNamespace {
        /// The namespace that the client asks for.
        namespace: Arc<str>,
        /// Those that there are beside `/`.
        known: Vec<Arc<str>>,
    },
    /// `path-mismatch`: the route exists on a router that no application mounts.
    UnmountedRouter {
        /// The path that arrives at the back end.
        path: String,
        /// The router's name.
        router: Arc<str>,
        /// Its route.
        route: Arc<str>,
        /// What the client sees, as a clause.
        symptom: Arc<str>,
    },
    /// `proxy-path-rewrite`.
    ProxyPathRewrite {
        /// The path that the client asks for.
        asked: String,
        /// The path that arrives at the back end.
        arrives: String,
        /// The route that other words at the proxy would lead to.
        route: Arc<str>,
        /// Those words; `None`: a rewrite is to leave the path as it is.
        lines: Option<String>,
        /// Whether the back end has routes that may need the proxy as it is.
        shared: bool,
        /// What the client sees, as a clause: "the answer is 404".
        symptom: Arc<str>,
    },
    /// `unproxied-path`.
    UnproxiedPath {
        /// Why the proxy finds nothing, where it is more than that no block is there.
        nothing: Option<InWords>,
        /// The words of the proxy; `None`: a development server.
        by: Option<&'static ProxyWords>,
        /// The path.
        path: String,
        /// The location of nginx that takes it; `None`: the development server takes it.
        location: Option<Arc<str>>,
        /// The back end's route that it misses; `None`: a handshake, which fails whatever the back end has.
        route: Option<Arc<str>>,
        /// The status that nginx answers with; `None`: a file or the single-page fallback.
        status: Option<u16>,
    },
    /// `unproxied-path`, where a hosting service serves the page.
    UnhostedPath {
        /// The path.
        path: String,
        /// The service.
        service: Arc<str>,
        /// The pattern of the rule that answers with a file; `None`: no rule takes the path.
        rule: Option<Arc<str>>,
        /// The back end's route that it misses; `None`: a handshake, which fails whatever the back end has.
        route: Option<Arc<str>>,
    },
    /// `host-not-allowed`.
    HostNotAllowed {
        /// The Host that the proxy hands on.
        host: Arc<str>,
        /// The proxy.
        proxy: Arc<str>,
        /// The server that refuses it.
        server: Arc<str>,
        /// The option that lists the hosts.
        option: Arc<str>,
    },
    /// `port-mismatch`, of the connection by which Vite's client learns of changes.
    HmrPortMismatch {
        /// The port that it connects to.
        port: u16,
        /// The host.
        host: Arc<str>,
        /// The port of the proxy in front of the development server.
        right: u16,
    },
    /// `csp-blocks-connection`.
    CspBlocksConnection {
        /// The URL for people.
        url: String,
        /// Who sends the policy.
        by: Arc<str>,
        /// What opens the connection.
        api: Arc<str>,
        /// Why.
        why: CspFault,
    },
    /// `redirected-websocket`.
    RedirectedWebSocket {
        /// The words of the proxy.
        by: &'static ProxyWords,
        /// The URL for people.
        url: String,
        /// The status.
        code: u16,
        /// Where the redirect leads, as configured.
        target: Arc<str>,
        /// The URL that needs no redirect, when it is known.
        fixed: Option<String>,
    },
    /// `redirected-request`.
    RedirectedRequest {
        /// The words of the proxy.
        by: &'static ProxyWords,
        /// The URL for people.
        url: String,
        /// The status.
        code: u16,
        /// Where the redirect leads, as configured.
        target: Arc<str>,
        /// The URL that needs no redirect, when it is known.
        fixed: Option<String>,
    },
    /// `missing-upgrade-headers`.
    MissingUpgradeHeaders {
        /// The words of the proxy.
        by: &'static ProxyWords,
        /// The location.
        location: Arc<str>,
        /// What is missing or wrong, as a clause: "`Connection` is set to an empty value".
        problem: String,
        /// Headers to add.
        missing: Vec<Arc<str>>,
        /// Whether a wire or a route proves that it serves WebSocket, or only a name.
        name_only: bool,
    },
    /// `missing-http-version`.
    MissingHttpVersion {
        /// The location.
        location: Arc<str>,
        /// Whether the back end refuses HTTP/1.0 handshakes.
        refused: bool,
    },
    /// `dropped-proxy-headers`.
    DroppedProxyHeaders {
        /// The location.
        location: Arc<str>,
        /// The headers that are lost.
        lost: Vec<Arc<str>>,
        /// The level that sets them: "server".
        level: Arc<str>,
        /// What comes of it.
        effect: DropEffect,
    },
    /// `dev-proxy-without-websocket`.
    DevProxyWithoutWebSocket {
        /// The path key of the entry.
        entry: Arc<str>,
        /// Whether the connection begins with plain requests, which the entry does forward.
        polls: bool,
    },
    /// `undefined-upgrade-map`.
    UndefinedUpgradeMap {
        /// The variable with `$`.
        variable: Arc<str>,
    },
    /// `upgrade-map-closes-keepalive`: the map sends `close` with plain requests.
    UpgradeMapClosesKeepalive {
        /// The variable with `$`.
        variable: Arc<str>,
    },
    /// `upgrade-map-closes-keepalive`: there is no map, and plain requests ask for an upgrade.
    ConstantUpgrade {
        /// The location.
        location: Arc<str>,
        /// The method of such a request.
        method: Arc<str>,
    },
    /// `auth-request-upgrade`.
    AuthRequestUpgrade {
        /// The location that the question goes to.
        location: Arc<str>,
        /// The location that asks.
        asked_for: Arc<str>,
    },
    /// `misplaced-directive`.
    MisplacedDirective {
        /// The directive.
        directive: Arc<str>,
        /// The context that it is in.
        context: Arc<str>,
        /// The contexts that nginx accepts.
        allowed: Vec<Arc<str>>,
    },
    /// `syntax-error`: a statement of nginx with the wrong arguments or ending, or one too many.
    RefusedStatement {
        /// The directive.
        directive: Arc<str>,
        /// Why nginx refuses it.
        refusal: Refusal,
    },
    /// `unsubstituted-template`.
    UnsubstitutedTemplate {
        /// What is filled wrongly, or not at all.
        fault: TemplateFault,
    },
    /// `unresolvable-upstream`.
    UnresolvableUpstream {
        /// Which name cannot be.
        fault: NameFault,
    },
    /// `shadowed-location`.
    ShadowedLocation {
        /// The words of the proxy.
        by: &'static ProxyWords,
        /// The location as written.
        location: Arc<str>,
        /// Why nginx does not pick it.
        why: Shadow,
        /// The request that was followed; `None`: no request comes there.
        taken: Option<Taken>,
    },
    /// `short-proxy-timeout`.
    ShortProxyTimeout {
        /// The words of the proxy.
        by: &'static ProxyWords,
        /// The location.
        location: Arc<str>,
        /// The time, for people: "60 s".
        timeout: Arc<str>,
        /// Whether somebody wrote it.
        source: TimeoutSource,
        /// Whether it was written so short that common pings come too late.
        hasty: bool,
        /// The time between the fastest heartbeats, for people; `None` when there are none.
        heartbeat: Option<Arc<str>>,
        /// Whether somebody hoped that `proxy_send_timeout` would do.
        send_timeout: bool,
        /// What is cut.
        cuts: Cuts,
    },
    /// `buffered-event-stream`.
    BufferedEventStream {
        /// The words of the proxy.
        by: &'static ProxyWords,
        /// The location.
        location: Arc<str>,
        /// The route, for people.
        route: Arc<str>,
        /// What holds the events back.
        holder: Holder,
    },
    /// `missing-sticky-sessions`.
    MissingStickySessions {
        /// The words of the proxy; `None` where none takes part.
        by: Option<&'static ProxyWords>,
        /// The line that binds a client to one server, and where it goes; `None` where no proxy takes part.
        sticky: Option<(&'static str, &'static str)>,
        /// What spreads the requests, for people: "`upstream app`".
        spreader: String,
        /// Over what it spreads them.
        over: Spread,
        /// Over how many, for people: "2"; `None` when only it is known that they are several.
        count: Option<u64>,
    },
    /// `origin-not-allowed`.
    OriginNotAllowed {
        /// The page's origin.
        origin: Arc<str>,
        /// Entries of the list, for people.
        list: Vec<Arc<str>>,
        /// Whether a WebSocket check or CORS refuses.
        websocket: bool,
        /// The host whose pages alone are let in, where the Origin is compared with the Host header.
        own_host: Option<Arc<str>>,
    },
    /// `origin-not-allowed`: nothing in the application speaks of other origins, or not at this path.
    WithoutCors {
        /// The page's origin.
        origin: Arc<str>,
        /// The framework of the application.
        framework: Framework,
        /// The path that the registrations leave out, for people; `None` where there is none of them.
        left_out: Option<Arc<str>>,
    },
    /// `missing-allow-credentials`.
    MissingAllowCredentials {
        /// The page's origin.
        origin: Arc<str>,
    },
    /// `method-mismatch`.
    MethodMismatch {
        /// The method of the request.
        method: Arc<str>,
        /// The path, for people.
        path: String,
        /// Who does not take it.
        by: MethodRefuser,
    },
    /// `header-not-allowed`.
    HeaderNotAllowed {
        /// The headers that are refused.
        headers: Vec<Arc<str>>,
        /// Those that are admitted.
        admitted: Vec<Arc<str>>,
    },
    /// `cors-middleware-order`.
    CorsMiddlewareOrder {
        /// The route that is registered before it, for people.
        route: Arc<str>,
    },
    /// `cors-middleware-order`: a registration of one route, which is not asked ahead of its requests.
    CorsWithoutPreflight {
        /// The method of the request.
        method: Arc<str>,
        /// Its path, for people.
        path: String,
    },
    /// `cors-middleware-order`: what asks who visits answers before it.
    CorsBehindLogin {
        /// What answers, for people.
        layer: Arc<str>,
    },
    /// `missing-websocket-support`: the program cannot call the application, whatever is asked.
    ForeignInterface {
        /// The program, for people.
        program: Arc<str>,
        /// The framework of the application, for people.
        framework: &'static str,
        /// What the program calls.
        takes: Interface,
    },
    /// `scheme-mismatch`.
    SchemeMismatch {
        /// The address, for people.
        address: Arc<str>,
        /// The scheme that is spoken.
        spoken: Arc<str>,
        /// The scheme that the listener takes.
        taken: Arc<str>,
        /// What listens.
        program: Arc<str>,
        /// What comes of it, as a clause.
        symptom: Arc<str>,
    },
    /// `scheme-mismatch`: `ws` was given a TLS server and a port, and opens a plain server of its own on the port.
    PlainSocketPort {
        /// The port, when it is known.
        port: Option<u16>,
    },
    /// `missing-websocket-support`.
    MissingWebSocketSupport {
        /// The path, for people.
        path: String,
        /// Why the server cannot take the handshake.
        why: NoSockets,
    },
    /// `competing-upgrade-listeners`.
    CompetingUpgradeListeners {
        /// How many there are.
        count: usize,
    },
    /// `shadowed-route`.
    ShadowedRoute {
        /// The route that was written for the request.
        route: Arc<str>,
        /// What takes the request, for people: "the static files at `/`".
        by: String,
        /// What the client sees, as a clause.
        symptom: Arc<str>,
    },
    /// `missing-subprotocol`.
    MissingSubprotocol {
        /// The sub-protocols that the client offers.
        offered: Vec<Arc<str>>,
        /// The one that the server selects.
        selected: Option<Arc<str>>,
    },
    /// `malformed-allowed-origin`.
    MalformedAllowedOrigin {
        /// The entry.
        entry: Arc<str>,
        /// Why it never matches, as a clause.
        why: String,
        /// The right entry, when there is one.
        right: Option<Arc<str>>,
    },
    /// `wildcard-origin-with-credentials`.
    WildcardOriginWithCredentials {
        /// What comes of it, as a clause: "the library sends every Origin back, so any web site can read...".
        effect: String,
    },
    /// `permissive-origin`.
    PermissiveOrigin {
        /// What is allowed: "every origin", "the pattern `...` also matches `https://evil...`".
        what: String,
        /// Whether it is only a public API without credentials.
        harmless: bool,
    },
    /// `missing-origin-check`.
    MissingOriginCheck {
        /// The endpoint, for people: "the WebSocket `/ws`".
        socket: String,
        /// What it knows its visitors by.
        trusts: Trusts,
    },
    /// `late-origin-check`.
    LateOriginCheck {
        /// The endpoint, for people: "the WebSocket `/ws`".
        socket: String,
    },
    /// `duplicate-cors-header`.
    DuplicateCorsHeader {
        /// The words of the proxy.
        by: &'static ProxyWords,
        /// The location.
        location: Arc<str>,
        /// What nginx adds.
        value: Arc<str>,
        /// Who else adds one.
        second: SecondSource,
    },
    /// `duplicate-cors-header`: the application and what is mounted in it.
    CorsTwiceInApplication,
    /// `csrf-origin-mismatch`.
    CsrfOriginMismatch {
        /// The entry.
        entry: Arc<str>,
        /// Why it never matches, as a clause.
        why: String,
        /// The right entry, when there is one.
        right: Option<Arc<str>>,
    },
    /// `insecure-cookie`.
    InsecureCookie {
        /// Why it does not arrive.
        fault: CookieFault,
    },
    /// `protocol-mismatch`.
    ProtocolMismatch {
        /// What opens the socket: `WebSocket`, `socket.io`.
        client: Arc<str>,
        /// What the server speaks.
        server: Protocol,
    },
    /// `protocol-mismatch` inside of plain sockets.
    ForeignSubprotocol {
        /// The sub-protocols that the client offers.
        offered: Vec<Arc<str>>,
        /// Those that the server speaks.
        spoken: Vec<Arc<str>>,
    },
    /// `loopback-alias-mismatch`.
    LoopbackAliasMismatch {
        /// The origin of the page.
        origin: Arc<str>,
        /// The entry that names the page's machine otherwise.
        entry: Arc<str>,
    },
    /// `unpassed-env-var`.
    UnpassedEnvVar {
        /// The variable.
        name: Arc<str>,
        /// The service that gets it.
        service: Arc<str>,
        /// The URL that results without it.
        url: String,
        /// How the service gets it.
        given: PassedOn,
    },
    /// `default-secret`.
    DefaultSecret {
        /// What is signed with it.
        purpose: SecretPurpose,
        /// From where everybody knows it.
        known_from: KeyKnownFrom,
    },
    /// `secret-mismatch`.
    SecretMismatch {
        /// What the key is called on both sides.
        name: Option<Arc<str>>,
    },
    /// `token-in-url`.
    TokenInUrl {
        /// What opens the connection.
        api: ClientApi,
        /// The key of the query.
        key: Arc<str>,
    },
    /// `unencoded-token`.
    UnencodedToken {
        /// The key of the query.
        key: Arc<str>,
        /// Why its value breaks the query.
        why: Unencoded,
    },
    /// `late-authentication`.
    LateAuthentication {
        /// The endpoint, for people: "the WebSocket `/ws`".
        socket: String,
    },
    /// `silent-websocket-error`.
    SilentWebSocketError {
        /// Why nobody sees them.
        silence: Silence,
    },
    /// `close-before-accept`.
    CloseBeforeAccept {
        /// The code that no browser sees.
        code: u16,
    },
    /// `permissive-allowed-hosts`.
    PermissiveAllowedHosts {
        /// What it opens.
        opens: Opens,
    },
    /// `conflicting-env-values`.
    ConflictingEnvValues {
        /// The variable.
        name: Arc<str>,
    },
    /// `public-secret`.
    PublicSecret {
        /// The variable.
        name: Arc<str>,
        /// The prefix by which it is handed out.
        prefix: Arc<str>,
    },
    /// `committed-private-key`.
    CommittedPrivateKey,
    /// `certificate-host-mismatch`.
    CertificateHostMismatch {
        /// What it lacks.
        gap: NameGap,
    },
    /// `app-server-tls`.
    AppServerTls,
    /// `missing-forwarded-headers`.
    MissingForwardedHeaders {
        /// The words of the proxy.
        by: &'static ProxyWords,
        /// The location.
        location: Arc<str>,
        /// What is wrong.
        problem: ForwardedProblem,
        /// What comes of it.
        effect: ForwardedEffect,
    },
    /// `dropped-cors-header`.
    DroppedCorsHeader {
        /// The location.
        location: Arc<str>,
        /// What nginx adds, where it does.
        value: Arc<str>,
        /// How it is lost.
        loss: CorsLoss,
    },
}

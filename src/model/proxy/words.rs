//! What findings call the parts of a program, and what its users type to fix something.

/// The words of one program. Lines are as its configuration is written, without indentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyWords {
    /// The program: `nginx`.
    pub name: &'static str,
    /// What comes before the text of a block: `location ` for nginx, nothing where the text says it.
    pub block: &'static str,
    /// Why an upgrade is lost, as a sentence without its full stop.
    pub loses_upgrade: &'static str,
    /// The lines that hand an upgrade on.
    pub upgrade: &'static [&'static str],
    /// Where the lines for headers go: ``beside the other `proxy_set_header` of``.
    pub header_place: &'static str,
    /// The line that sends the browser's host on.
    pub host: &'static str,
    /// The line that sends the browser's scheme on, with `{header}` for the header's name.
    pub scheme: &'static str,
    /// What to do so that the Origin is sent on, before the place of the line that keeps it back.
    pub keeps_origin: &'static str,
    /// The setting that closes silent sockets, and a line that gives them an hour.
    pub socket_timeout: (&'static str, &'static str),
    /// The setting that ends silent answers, and a line that gives them an hour.
    pub answer_timeout: (&'static str, &'static str),
    /// What comes before the name of several servers that take turns: `upstream ` for nginx.
    pub servers: &'static str,
    /// The line that binds a client to one server, and where it goes.
    pub sticky: (&'static str, &'static str),
    /// The lines that bind a client to one of the containers of a service, all of which have one name.
    pub sticky_containers: &'static [&'static str],
    /// The setting that adds a header to answers, and the line that takes the back end's out.
    pub added_header: (&'static str, &'static str),
    /// The lines that hand a path on, with `{path}` in them; those for sockets last.
    pub forwards: &'static [&'static str],
    /// Those that only sockets need, after or inside of them.
    pub forwards_sockets: &'static [&'static str],
}

/// The words of every program that is read.
const ALL: [&ProxyWords; 8] = [&NGINX, &CADDY, &APACHE, &HAPROXY, &ENVOY, &TRAEFIK, &INGRESS_NGINX, &INGRESS];

impl ProxyWords {
    /// Those of the program with this name; those of nginx for an unknown one.
    #[must_use]
    pub fn of(name: &str) -> &'static Self {
        ALL.into_iter().find(|words| words.name == name).unwrap_or(&NGINX)
    }

    /// A block of this text, as findings name it: `location /ws`.
    #[must_use]
    pub fn block(&self, text: &str) -> String {
        format!("{}{text}", self.block)
    }

    /// The lines that hand a path on, to be shown below the help text.
    #[must_use]
    pub fn forwarding(&self, path: &str, carries: Forwards) -> Vec<String> {
        let lines = match carries {
            Forwards::Requests => self.forwards,
            Forwards::Sockets => self.forwards_sockets,
        };
        lines.iter().map(|line| line.replace("{path}", path)).collect()
    }
}

/// What is to be handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwards {
    /// Plain requests.
    Requests,
    /// WebSocket handshakes.
    Sockets,
}

/// Those of nginx.
pub const NGINX: ProxyWords = ProxyWords {
    name: "nginx",
    block: "location ",
    loses_upgrade: "nginx drops Upgrade and Connection unless they are set",
    upgrade: &[
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection \"upgrade\";",
    ],
    header_place: "beside the other `proxy_set_header` of",
    host: "proxy_set_header Host $host;",
    scheme: "proxy_set_header {header} $scheme;",
    keeps_origin: "delete `proxy_set_header Origin \"\";` in",
    socket_timeout: ("proxy_read_timeout", "proxy_read_timeout 1h;"),
    answer_timeout: ("proxy_read_timeout", "proxy_read_timeout 1h;"),
    servers: "upstream ",
    sticky: ("ip_hash;", "to the upstream block of"),
    sticky_containers: &["upstream NAME {", "    ip_hash;", "    server HOST:PORT;", "}"],
    added_header: ("add_header", "proxy_hide_header Access-Control-Allow-Origin;"),
    forwards: &["location {path} { proxy_pass http://HOST:PORT; }"],
    forwards_sockets: &[
        "location {path} {",
        "    proxy_pass http://HOST:PORT;",
        "    proxy_http_version 1.1;",
        "    proxy_set_header Upgrade $http_upgrade;",
        "    proxy_set_header Connection \"upgrade\";",
        "}",
    ],
};

/// Those of Caddy.
pub const CADDY: ProxyWords = ProxyWords {
    name: "Caddy",
    block: "",
    loses_upgrade: "Caddy hands an upgrade on unless a header of it is taken out",
    upgrade: &["reverse_proxy HOST:PORT"],
    header_place: "inside the `reverse_proxy` of",
    host: "header_up Host {host}",
    scheme: "header_up {header} {scheme}",
    keeps_origin: "delete the `header_up` for Origin in",
    socket_timeout: ("stream_timeout", "stream_timeout 1h"),
    answer_timeout: ("read_timeout", "read_timeout 1h"),
    servers: "",
    sticky: ("lb_policy ip_hash", "inside the `reverse_proxy` of"),
    sticky_containers: &["reverse_proxy {", "    dynamic a HOST PORT", "    lb_policy ip_hash", "}"],
    added_header: ("header", "header >Access-Control-Allow-Origin ORIGIN"),
    forwards: &["handle {path}* {", "    reverse_proxy HOST:PORT", "}"],
    forwards_sockets: &["handle {path}* {", "    reverse_proxy HOST:PORT", "}"],
};

/// Those of Apache httpd.
pub const APACHE: ProxyWords = ProxyWords {
    name: "Apache",
    block: "",
    loses_upgrade: "Apache hands an upgrade on only where it is told to",
    upgrade: &["ProxyPass PATH http://HOST:PORT/PATH upgrade=websocket"],
    header_place: "to the virtual host of",
    host: "ProxyPreserveHost On",
    scheme: "RequestHeader set {header} \"https\"",
    keeps_origin: "delete the `RequestHeader` for Origin in",
    socket_timeout: ("ProxyTimeout", "ProxyTimeout 3600"),
    answer_timeout: ("ProxyTimeout", "ProxyTimeout 3600"),
    servers: "balancer ",
    sticky: ("ProxySet lbmethod=bybusyness stickysession=ROUTEID", "to the balancer of"),
    sticky_containers: &[
        "<Proxy balancer://NAME>",
        "    BalancerMember http://CONTAINER:PORT route=CONTAINER",
        "    ProxySet stickysession=ROUTEID",
        "</Proxy>",
    ],
    added_header: ("Header add", "Header always unset Access-Control-Allow-Origin"),
    forwards: &["ProxyPass {path} http://HOST:PORT{path}"],
    forwards_sockets: &["ProxyPass {path} http://HOST:PORT{path} upgrade=websocket"],
};

/// Those of HAProxy.
pub const HAPROXY: ProxyWords = ProxyWords {
    name: "HAProxy",
    block: "",
    loses_upgrade: "HAProxy hands an upgrade on unless a header of it is taken out",
    upgrade: &["mode http"],
    header_place: "to the frontend of",
    host: "http-request set-header Host %[req.hdr(host)]",
    scheme: "http-request set-header {header} https if { ssl_fc }",
    keeps_origin: "delete the `http-request` rule for Origin in",
    socket_timeout: ("timeout tunnel, else client and server", "timeout tunnel 1h"),
    answer_timeout: ("timeout server", "timeout server 1h"),
    servers: "backend ",
    sticky: ("balance source", "to the backend of"),
    sticky_containers: &["balance source", "server-template NAME 1-COUNT HOST:PORT resolvers RESOLVERS"],
    added_header: ("http-response add-header", "http-response set-header Access-Control-Allow-Origin ORIGIN"),
    forwards: &["use_backend NAME if { path_beg {path} }"],
    forwards_sockets: &["use_backend NAME if { path_beg {path} }"],
};

/// Those of Envoy.
pub const ENVOY: ProxyWords = ProxyWords {
    name: "Envoy",
    block: "",
    loses_upgrade: "Envoy refuses an upgrade with 403 unless it is enabled",
    upgrade: &["upgrade_configs:", "- upgrade_type: websocket"],
    header_place: "to the route of",
    host: "auto_host_rewrite: false",
    scheme: "request_headers_to_add: [{ header: { key: {header}, value: \"%REQ(:SCHEME)%\" } }]",
    keeps_origin: "take Origin out of `request_headers_to_remove` in",
    socket_timeout: ("stream_idle_timeout", "stream_idle_timeout: 3600s"),
    answer_timeout: ("timeout", "timeout: 0s"),
    servers: "cluster ",
    sticky: ("lb_policy: RING_HASH", "to the cluster of"),
    sticky_containers: &["type: STRICT_DNS", "lb_policy: RING_HASH"],
    added_header: ("response_headers_to_add", "append_action: OVERWRITE_IF_EXISTS_OR_ADD"),
    forwards: &["- match: { prefix: \"{path}\" }", "  route: { cluster: NAME }"],
    forwards_sockets: &[
        "- match: { prefix: \"{path}\" }",
        "  route: { cluster: NAME, upgrade_configs: [{ upgrade_type: websocket }] }",
    ],
};

/// Those of Traefik.
pub const TRAEFIK: ProxyWords = ProxyWords {
    name: "Traefik",
    block: "",
    loses_upgrade: "Traefik hands an upgrade on unless a header of it is taken out",
    upgrade: &["delete the line that empties the header"],
    header_place: "to the middlewares of the router",
    host: "traefik.http.services.NAME.loadbalancer.passhostheader=true",
    scheme: "traefik.http.middlewares.NAME.headers.customrequestheaders.{header}=https",
    keeps_origin: "delete the line of `customRequestHeaders` for Origin in",
    socket_timeout: ("writeTimeout", "--entrypoints.NAME.transport.respondingtimeouts.writetimeout=0"),
    answer_timeout: ("writeTimeout", "--entrypoints.NAME.transport.respondingtimeouts.writetimeout=0"),
    servers: "service ",
    sticky: ("traefik.http.services.NAME.loadbalancer.sticky.cookie=true", "to the labels of"),
    sticky_containers: &["traefik.http.services.NAME.loadbalancer.sticky.cookie=true"],
    added_header: (
        "customResponseHeaders",
        "traefik.http.middlewares.NAME.headers.accesscontrolalloworiginlist=ORIGIN",
    ),
    forwards: &[
        "traefik.http.routers.NAME.rule=Host(`HOST`) && PathPrefix(`{path}`)",
        "traefik.http.services.NAME.loadbalancer.server.port=PORT",
    ],
    forwards_sockets: &[
        "traefik.http.routers.NAME.rule=Host(`HOST`) && PathPrefix(`{path}`)",
        "traefik.http.services.NAME.loadbalancer.server.port=PORT",
    ],
};

/// Those of the community's controller for Ingress objects.
pub const INGRESS_NGINX: ProxyWords = ProxyWords {
    name: "ingress-nginx",
    block: "",
    loses_upgrade: "ingress-nginx hands an upgrade on unless an annotation says otherwise",
    upgrade: &["(no `connection-proxy-header`)"],
    header_place: "to the ConfigMap of the controller for",
    host: "(no `upstream-vhost`)",
    scheme: "use-forwarded-headers: \"true\"",
    keeps_origin: "delete what takes Origin out of",
    socket_timeout: (
        "proxy-read-timeout",
        "nginx.ingress.kubernetes.io/proxy-read-timeout: \"3600\"\n    nginx.ingress.kubernetes.io/proxy-send-timeout: \"3600\"",
    ),
    answer_timeout: ("proxy-read-timeout", "nginx.ingress.kubernetes.io/proxy-read-timeout: \"3600\""),
    servers: "service ",
    sticky: ("nginx.ingress.kubernetes.io/affinity: \"cookie\"", "to the annotations of the Ingress"),
    sticky_containers: &["nginx.ingress.kubernetes.io/affinity: \"cookie\""],
    added_header: ("cors-allow-origin", "nginx.ingress.kubernetes.io/enable-cors: \"false\""),
    forwards: &[
        "- path: {path}",
        "  pathType: Prefix",
        "  backend: { service: { name: NAME, port: { number: PORT } } }",
    ],
    forwards_sockets: &[
        "- path: {path}",
        "  pathType: Prefix",
        "  backend: { service: { name: NAME, port: { number: PORT } } }",
    ],
};

/// Those of an Ingress whose controller is another one, or not known.
pub const INGRESS: ProxyWords = ProxyWords { name: "the Ingress", ..INGRESS_NGINX };

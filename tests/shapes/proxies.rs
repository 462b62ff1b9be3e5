//! Many of one thing in the configurations of Apache, Caddy, HAProxy and Envoy, and values that are made out of values.

use super::{Files, Shape, fastapi, file, front_end, lines, shape};

pub const SHAPES: &[Shape] = &[
    shape("apache-define-doubling", |n| {
        apache(&format!(
            "Define A0 x\n{}ProxyPass / http://app:8000/${{A{n}}}\n",
            lines(n, |i| format!("Define A{} ${{A{i}}}${{A{i}}}", i + 1))
        ))
    }),
    shape("apache-hosts-any-port", |n| {
        apache(&lines(n, |i| {
            format!("Listen {}\n<VirtualHost *>\nServerName h{i}.example.com\n</VirtualHost>", 1024 + i)
        }))
    }),
    shape("apache-addresses-and-aliases", |n| {
        let addresses: String = (0..n).map(|i| format!(" *:{}", 1024 + i)).collect();
        apache(&format!(
            "<VirtualHost{addresses}>\n{}ProxyPass / http://app:8000/\n</VirtualHost>\n",
            lines(n, |i| format!("ServerAlias h{i}.example.com"))
        ))
    }),
    shape("apache-hosts-and-calls", |n| {
        with_calls(
            n,
            "apache/httpd.conf",
            format!(
                "Listen 80\n{}",
                lines(n, |i| format!(
                    "<VirtualHost *:80>\nServerName h{i}.example.com\nProxyPass / http://app:8000/\n</VirtualHost>"
                ))
            ),
        )
    }),
    shape("apache-passes-and-calls", |n| {
        let passes = lines(n, |i| format!("ProxyPass /p{i}/ http://app:8000/p{i}/"));
        with_calls(n, "apache/httpd.conf", format!("Listen 80\n{passes}"))
    }),
    shape("apache-pattern-passes", |n| apache(&lines(n, |i| format!("ProxyPassMatch ^/p{i}/(.*)$ http://b{i}:80/$1")))),
    shape("apache-nested-and-pattern-passes", |n| {
        let depth = n.min(12);
        let open = lines(depth, |i| format!("<Location /{}>\nProxyPass http://n{i}:80/", "a/".repeat(i)));
        let close = lines(depth, |_| "</Location>".to_owned());
        let passes = lines(n, |i| format!("ProxyPassMatch ^/p{i}/(.*)$ http://b{i}:80/$1"));
        apache(&format!("{open}{close}{passes}"))
    }),
    shape("apache-hosts-without-names", |n| {
        let hosts = lines(n, |i| {
            format!("<VirtualHost *:80>\nServerName ${{H{i}}}\nProxyPass / http://app:8000/\n</VirtualHost>")
        });
        with_calls(n, "apache/httpd.conf", format!("Listen 80\n{hosts}"))
    }),
    shape("apache-locations-and-calls", |n| {
        let locations = lines(n, |i| format!("<Location /p{i}/>\nProxyPass http://app:8000/p{i}/\n</Location>"));
        with_calls(n, "apache/httpd.conf", format!("Listen 80\n{locations}"))
    }),
    shape("apache-members", |n| {
        apache(&format!(
            "<Proxy balancer://b>\n{}</Proxy>\nProxyPass / balancer://b/\n",
            lines(n, |i| format!("BalancerMember http://b{i}:80"))
        ))
    }),
    shape("caddy-block-doubling", |n| caddy(&snippets(n, "{\n{block}\n{block}\n}", "{\nencode gzip\n}"))),
    shape("caddy-text-doubling", |n| caddy(&snippets(n, "{args[0]}{args[0]}", "ab"))),
    shape("caddy-all-arguments", |n| {
        caddy(&format!("(s) {{\nrespond {}\n}}\n:80 {{\nimport s {}\n}}\n", "{args[:]} ".repeat(n), "x ".repeat(n)))
    }),
    shape("caddy-maps-of-maps", |n| {
        let maps =
            lines(8, |i| format!("map {{path}} {{m{i}}} {{\ndefault \"{}\"\n}}", format!("{{m{}}}", i + 1).repeat(n)));
        caddy(&format!(":80 {{\n{maps}rewrite /x /{{m0}}\nreverse_proxy app:8000\n}}\n"))
    }),
    shape("caddy-sites", |n| caddy(&lines(n, |i| format!("http://h{i}.example.com {{\nreverse_proxy app:8000\n}}")))),
    shape("caddy-binds", |n| {
        let keys = (0..n).map(|i| format!("http://h{i}.example.com:{}", 1024 + i)).collect::<Vec<_>>().join(", ");
        let binds: String = (0..n).map(|i| format!(" 10.0.{}.{}", i / 250, i % 250)).collect();
        caddy(&format!("{keys} {{\nbind{binds}\nreverse_proxy app:8000\n}}\n"))
    }),
    shape("caddy-handles-and-calls", |n| {
        let handles = lines(n, |i| format!("handle /p{i}/* {{\nreverse_proxy app:8000\n}}"));
        with_calls(n, "Caddyfile", format!(":80 {{\n{handles}}}\n"))
    }),
    shape("caddy-orders", |n| {
        caddy(&format!(
            "{{\n{}}}\n:80 {{\nreverse_proxy app:8000\n}}\n",
            lines(n, |i| format!("order d{i} before reverse_proxy"))
        ))
    }),
    shape("haproxy-names-and-binds", |n| {
        haproxy(&format!(
            "frontend f\nmode http\n{}{}{BACK}",
            lines(n, |i| format!("bind :{}", 1024 + i)),
            lines(n, |i| format!("use_backend b if {{ hdr(host) -i h{i}.example.com }}"))
        ))
    }),
    shape("haproxy-names-beside-plain-binds", |n| {
        haproxy(&format!(
            "frontend f\nmode http\nbind :443 ssl\n{}{}{BACK}",
            lines(n, |i| format!("bind :{}", 1024 + i)),
            lines(n, |i| format!("use_backend b if {{ hdr(host) -i h{i}.example.com }}"))
        ))
    }),
    shape("haproxy-same-acl", |n| {
        haproxy(&format!(
            "frontend f\nmode http\nbind :80\n{}{}{BACK}",
            lines(n, |i| format!("acl a hdr(host) -i h{i}.example.com")),
            lines(n, |_| "use_backend b if a".to_owned())
        ))
    }),
    shape("haproxy-rules-and-calls", |n| {
        let acls = lines(n, |i| format!("acl a{i} path_beg /p{i}/"));
        let rules = lines(n, |i| format!("use_backend b if a{i}"));
        let text = format!("frontend f\nmode http\nbind :80\n{acls}{rules}{BACK}");
        with_calls(n, "haproxy.cfg", format!("defaults\nmode http\n{text}"))
    }),
    shape("haproxy-default-servers", |n| {
        haproxy(&format!(
            "frontend f\nbind :80\ndefault_backend c\nbackend c\n{}{}",
            lines(n, |_| "default-server check inter 2s".to_owned()),
            lines(n, |i| format!("server s{i} app:8000"))
        ))
    }),
    shape("haproxy-fronts-of-one-defaults", |n| {
        haproxy(&format!(
            "{}{}{BACK}",
            lines(n, |_| "option httplog".to_owned()),
            lines(n, |i| format!("frontend f{i}\nbind :{}\ndefault_backend b", 1024 + i))
        ))
    }),
    shape("envoy-domains-and-calls", |n| {
        let hosts = lines(n, |i| {
            format!(
                "          - {{ name: h{i}, domains: [h{i}.example.com], routes: [{{ match: {{ prefix: / }}, route: {{ cluster: app }} }}] }}"
            )
        });
        with_calls(n, "envoy.yaml", envoy(80, &hosts))
    }),
    shape("envoy-hosts-beside-any", |n| {
        let host = |name: &str, domain: &str| {
            format!(
                "          - {{ name: {name}, domains: [\"{domain}\"], routes: [{{ match: {{ prefix: / }}, route: {{ cluster: app }} }}] }}"
            )
        };
        let named = lines(n, |i| host(&format!("h{i}"), &format!("h{i}.example.com")));
        with_calls(n, "envoy.yaml", envoy(80, &format!("{named}{}\n", host("any", "*"))))
    }),
    shape("envoy-addresses-and-hosts", |n| {
        let hosts = lines(n, |i| format!("          - {{ name: h{i}, domains: [h{i}.example.com] }}"));
        let address =
            |i| format!("{{ address: {{ socket_address: {{ address: 0.0.0.0, port_value: {} }} }} }}", 1024 + i);
        let more = (0..n).map(address).collect::<Vec<_>>().join(", ");
        let chains = format!("    additional_addresses: [{more}]\n    filter_chains:");
        vec![file("envoy.yaml", envoy(80, &hosts).replacen("    filter_chains:", &chains, 1))]
    }),
    shape("envoy-routes-and-calls", |n| {
        let routes: String =
            (0..n).map(|i| format!("{{ match: {{ prefix: /p{i}/ }}, route: {{ cluster: app }} }}, ")).collect();
        let host = format!("          - {{ name: h, domains: [\"*\"], routes: [{routes}] }}\n");
        with_calls(n, "envoy.yaml", envoy(80, &host))
    }),
];

const BACK: &str = "default_backend b\nbackend b\nserver s app:8000\n";

fn apache(text: &str) -> Files {
    vec![file("apache/httpd.conf", format!("ServerRoot /etc/httpd\n{text}"))]
}

fn caddy(text: &str) -> Files {
    vec![file("Caddyfile", text)]
}

fn haproxy(text: &str) -> Files {
    vec![file("haproxy.cfg", format!("global\ndaemon\ndefaults\nmode http\n{text}"))]
}

/// Snippets of which each imports the one before it.
fn snippets(n: usize, inner: &str, first: &str) -> String {
    let calls = lines(n.min(28), |i| format!("(s{}) {{\nimport s{i} {inner}\n}}", i + 1));
    format!("(s0) {{\n{{block}}\nrespond {{args[0]}}\n}}\n{calls}:80 {{\nimport s{} {first}\n}}\n", n.min(28))
}

fn envoy(port: u16, hosts: &str) -> String {
    format!(
        "static_resources:\n  listeners:\n  - address: {{ socket_address: {{ address: 0.0.0.0, port_value: {port} }} }}\n    \
         filter_chains:\n    - filters:\n      - name: h\n        typed_config:\n          \"@type\": \
         t/x.HttpConnectionManager\n          route_config:\n            virtual_hosts:\n{}  clusters:\n  - name: app\n    \
         load_assignment: {{ endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {{ socket_address: {{ address: app, \
         port_value: 8000 }} }} }} }}] }}] }}\n",
        hosts.replace("          - ", "            - ")
    )
}

/// A configuration in front of a program, and a front end that calls as many of its paths.
fn with_calls(n: usize, path: &str, text: String) -> Files {
    let mut files = vec![file(path, text)];
    files.extend(front_end(&lines(n, |i| format!("fetch('/p{i}/x');")), "`ws://${location.host}/p1/ws`"));
    files.extend(fastapi(&lines(n, |i| format!("@app.get('/p{i}/x')\ndef f{i}(): return 1"))));
    files
}

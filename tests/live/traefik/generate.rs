//! Configurations from a seed.

use crate::differential::dice::Dice;

/// A configuration: what Traefik starts with, and what its file provider says.
pub struct Generated {
    pub fixed: String,
    pub dynamic: String,
}

const HOSTS: &[&str] = &["a.test", "b.test", "www.a.test", "A.test"];
const PATHS: &[&str] = &["/ws", "/api", "/api/ws", "/a", "/a/", "/chat", "/socket.io/", "/x.json", "/"];

/// Generates one.
pub fn config(dice: &mut Dice) -> Generated {
    Generated { fixed: fixed(dice), dynamic: dynamic(dice) }
}

fn fixed(dice: &mut Dice) -> String {
    let mut text = String::from("entryPoints:\n");
    for (name, address) in [("web", "PLAIN1"), ("other", "PLAIN2"), ("secure", "TLS1")] {
        text += &format!("  {name}:\n    address: \"127.0.0.1:{address}\"\n");
        match dice.below(8) {
            0 => {
                dice.used("entry point: trusts everybody");
                text += "    forwardedHeaders:\n      insecure: true\n";
            }
            1 => {
                dice.used("entry point: trusts addresses");
                let range = dice.pick(&["127.0.0.0/8", "10.0.0.0/8"]);
                text += &format!("    forwardedHeaders:\n      trustedIPs: [\"{range}\"]\n");
            }
            _ => {}
        }
        let mut http = String::new();
        if name == "secure" && dice.one_in(3) {
            dice.used("entry point: tls");
            http += "      tls: {}\n";
        }
        if name == "web" && dice.one_in(8) {
            dice.used("entry point: redirection");
            let to = dice.pick(&["secure", "other", ":443"]);
            let permanent = dice.pick(&["true", "false"]);
            let scheme = dice.pick(&["https", "http"]);
            http += "      redirections:\n        entryPoint:\n";
            http += &format!("          to: \"{to}\"\n          scheme: {scheme}\n          permanent: {permanent}\n");
            if dice.one_in(3) {
                http += "          priority: 20\n";
            }
        }
        if name != "other" && dice.one_in(8) {
            dice.used("entry point: middlewares");
            http += &format!("      middlewares: [\"m{}@file\"]\n", dice.below(4));
        }
        if dice.one_in(10) {
            dice.used("entry point: paths as they are");
            http += "      sanitizePath: false\n";
        }
        if !http.is_empty() {
            text += &format!("    http:\n{http}");
        }
        if name == "web" && dice.one_in(8) {
            dice.used("entry point: default");
            text += "    asDefault: true\n";
        }
    }
    text + "providers:\n  file:\n    filename: dynamic.yml\n"
}

fn dynamic(dice: &mut Dice) -> String {
    let mut text = String::from(
        "http:\n  routers:\n    ready:\n      rule: \"Path(`/traefik-ready`)\"\n      entryPoints: [other]\n      priority: 1000\n      service: one\n",
    );
    for number in 0..2 + dice.below(4) {
        let rule = rule(dice, 0);
        text += &format!("    r{number}:\n      rule: '{rule}'\n");
        let service = dice.pick(&["one", "one", "two", "two", "plain"]);
        if dice.one_in(20) {
            dice.used("router: service that is missing");
            text += "      service: nothing\n";
        } else {
            text += &format!("      service: {service}\n");
        }
        if dice.one_in(3) {
            text += &format!("      priority: {}\n", 1 + dice.below(40));
        }
        if dice.one_in(3) {
            let names = dice.pick(&["web", "secure", "web, secure", "other", "nowhere", "other, web"]);
            text += &format!("      entryPoints: [{names}]\n");
        }
        if dice.one_in(3) {
            dice.used("router: tls");
            text += "      tls: {}\n";
        }
        if dice.one_in(2) {
            let many = 1 + dice.below(2);
            let names: Vec<String> = (0..many).map(|_| middleware_name(dice)).collect();
            text += &format!("      middlewares: [{}]\n", names.join(", "));
        }
    }
    text += "  middlewares:\n";
    for number in 0..4 {
        text += &format!("    m{number}: {}\n", middleware(dice));
    }
    text += "    chained:\n      chain:\n        middlewares: [m0, m1@file]\n";
    text += "  services:\n";
    for (name, port) in [("one", "ECHO1"), ("two", "ECHO2")] {
        text += &format!(
            "    {name}:\n      loadBalancer:\n        servers:\n          - url: \"http://127.0.0.1:{port}\"\n"
        );
    }
    text += "    plain:\n      loadBalancer:\n        passHostHeader: false\n        servers:\n          - url: \"http://127.0.0.1:ECHO1/\"\n";
    if dice.one_in(6) {
        text += &connections(dice);
    }
    text
}

/// A router for TCP, which is not at the entry point that tells whether all is read.
fn connections(dice: &mut Dice) -> String {
    dice.used("router for TCP");
    let rule = dice.pick(&["HostSNI(`*`)", "HostSNI(`a.test`)", "HostSNI(`b.test`)", "ClientIP(`10.0.0.0/8`)"]);
    let entry_points = dice.pick(&["web", "secure", "web, secure"]);
    let tls = dice.pick(&["", "      tls: {}\n"]);
    format!(
        "tcp:\n  routers:\n    t:\n      rule: '{rule}'\n      entryPoints: [{entry_points}]\n      service: t\n{tls}  services:\n    t:\n      loadBalancer:\n        servers:\n          - address: \"127.0.0.1:ECHO2\"\n"
    )
}

fn middleware_name(dice: &mut Dice) -> String {
    if dice.one_in(25) {
        dice.used("router: middleware that is missing");
        return "nothing".to_owned();
    }
    if dice.one_in(8) { "chained".to_owned() } else { format!("m{}", dice.below(4)) }
}

fn rule(dice: &mut Dice, depth: usize) -> String {
    if depth < 2 && dice.one_in(2) {
        let (one, other) = (rule(dice, depth + 1), rule(dice, depth + 1));
        return match dice.below(5) {
            0 => format!("({one} || {other})"),
            1 => format!("{one} || {other}"),
            _ => format!("{one} && {other}"),
        };
    }
    if depth < 2 && dice.one_in(8) {
        dice.used("rule: not");
        return format!("!{}", test(dice));
    }
    test(dice)
}

fn test(dice: &mut Dice) -> String {
    let kind = dice.pick(&[
        "Host",
        "Host",
        "PathPrefix",
        "PathPrefix",
        "PathPrefix",
        "Path",
        "HostRegexp",
        "PathRegexp",
        "Method",
        "Header",
        "HeaderRegexp",
        "Query",
        "Query2",
        "QueryRegexp",
        "ClientIP",
    ]);
    dice.used(kind);
    match kind {
        "Host" => format!("Host(`{}`)", dice.pick(HOSTS)),
        "PathPrefix" => format!("PathPrefix(`{}`)", dice.pick(PATHS)),
        "Path" => format!("Path(`{}`)", dice.pick(PATHS)),
        "HostRegexp" => format!("HostRegexp(`{}`)", dice.pick(&[r"^[a-z]+\.test$", r"a\.test", ".+"])),
        "PathRegexp" => format!("PathRegexp(`{}`)", dice.pick(&["^/api/[a-z]+$", r"\.json$", "/ws"])),
        "Method" => format!("Method(`{}`)", dice.pick(&["GET", "POST", "get"])),
        "Header" => {
            format!("Header(`{}`, `{}`)", dice.pick(&["X-Custom", "x-custom"]), dice.pick(&["one", "two, three"]))
        }
        "HeaderRegexp" => format!("HeaderRegexp(`X-Custom`, `{}`)", dice.pick(&["^o", "two"])),
        "Query" => format!("Query(`{}`)", dice.pick(&["x", "q"])),
        "Query2" => format!("Query(`x`, `{}`)", dice.pick(&["1", "2"])),
        "QueryRegexp" => "QueryRegexp(`x`, `^[0-9]$`)".to_owned(),
        _ => format!("ClientIP(`{}`)", dice.pick(&["127.0.0.1", "127.0.0.0/8", "10.0.0.0/8"])),
    }
}

fn middleware(dice: &mut Dice) -> String {
    let kind = dice.pick(&[
        "stripPrefix",
        "stripPrefix",
        "stripPrefixRegex",
        "addPrefix",
        "replacePath",
        "replacePathRegex",
        "redirectScheme",
        "redirectRegex",
        "headers",
        "headers",
        "cors",
        "cors",
        "basicAuth",
        "compress",
        "ipAllowList",
        "retry",
        "buffering",
    ]);
    dice.used(kind);
    match kind {
        "stripPrefix" => {
            let prefixes = dice.pick(&["/api", "/a, /api", "/ws, /chat/", "/"]);
            let slash = dice.pick(&["", "", ", forceSlash: false"]);
            format!("{{ stripPrefix: {{ prefixes: [{prefixes}]{slash} }} }}")
        }
        "stripPrefixRegex" => {
            format!("{{ stripPrefixRegex: {{ regex: [\"{}\"] }} }}", dice.pick(&["/[a-z]+", "^/a(pi)?", "/ws/"]))
        }
        "addPrefix" => format!("{{ addPrefix: {{ prefix: {} }} }}", dice.pick(&["/v1", "/api", "v2"])),
        "replacePath" => "{ replacePath: { path: /new } }".to_owned(),
        "replacePathRegex" => {
            let (regex, with) = dice.pick(&[("^/api/(.*)", "/$1"), ("/ws", "/socket"), ("^/(a)", "/b${1}")]);
            format!("{{ replacePathRegex: {{ regex: \"{regex}\", replacement: \"{with}\" }} }}")
        }
        "redirectScheme" => {
            let scheme = dice.pick(&["https", "https", "http"]);
            let port = dice.pick(&["", "", ", port: \"8443\"", ", port: \"443\""]);
            let permanent = dice.pick(&["", ", permanent: true"]);
            format!("{{ redirectScheme: {{ scheme: {scheme}{port}{permanent} }} }}")
        }
        "redirectRegex" => {
            let (regex, with) = dice.pick(&[
                ("^http://(.*)", "https://${1}"),
                ("^https?://a.test/(.*)", "https://b.test/$1"),
                ("/api$", "/api/"),
            ]);
            let permanent = dice.pick(&["", ", permanent: true"]);
            format!("{{ redirectRegex: {{ regex: \"{regex}\", replacement: \"{with}\"{permanent} }} }}")
        }
        "headers" => {
            let requests = dice.pick(&[
                "X-Loc: in",
                "X-Custom: \"\"",
                "Host: own.test",
                "X-Forwarded-Proto: https",
                "Upgrade: \"\"",
                "Origin: \"\"",
            ]);
            let answers = dice.pick(&["X-Loc: out", "X-Loc: other, X-Good: yes", "X-Srv: \"\""]);
            format!(
                "{{ headers: {{ customRequestHeaders: {{ {requests} }}, customResponseHeaders: {{ {answers} }} }} }}"
            )
        }
        "cors" => {
            let origins = dice.pick(&["https://a.test", "\"*\"", "https://b.test, \"null\"", "https://b.test"]);
            let more = dice.pick(&[
                "",
                ", accessControlAllowCredentials: true",
                ", accessControlAllowMethods: [GET, PUT], accessControlAllowHeaders: [X-Custom]",
                ", accessControlMaxAge: 60, accessControlExposeHeaders: [X-Loc]",
                ", accessControlAllowOriginListRegex: [\"^https://.*\"]",
            ]);
            format!("{{ headers: {{ accessControlAllowOriginList: [{origins}]{more} }} }}")
        }
        "basicAuth" => "{ basicAuth: { users: [\"u:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/\"] } }".to_owned(),
        "ipAllowList" => {
            format!("{{ ipAllowList: {{ sourceRange: [\"{}\"] }} }}", dice.pick(&["0.0.0.0/0", "127.0.0.1"]))
        }
        "retry" => "{ retry: { attempts: 2 } }".to_owned(),
        "buffering" => {
            format!(
                "{{ buffering: {{ {} }} }}",
                dice.pick(&["maxRequestBodyBytes: 100000", "memResponseBodyBytes: 10"])
            )
        }
        _ => format!("{{ compress: {} }}", dice.pick(&["{}", "{ minResponseBodyBytes: 1 }"])),
    }
}

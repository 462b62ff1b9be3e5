//! Configurations from a seed.

use super::conditions::{NAMED, always, condition};
use super::server::World;
use crate::differential::dice::Dice;

const BACKENDS: &[&str] = &["web", "api", "ws"];

/// A configuration.
pub fn config(dice: &mut Dice, world: &World) -> String {
    let mut out = "global\n    maxconn 200\n\ndefaults\n    mode http\n    timeout connect 2s\n    timeout client 10s\n    timeout server 10s\n"
        .to_owned();
    if dice.one_in(3) {
        out += &format!("    {}\n", option(dice));
    }
    if dice.one_in(5) {
        dice.used("named defaults");
        out += "\ndefaults base\n    mode http\n    timeout connect 2s\n    timeout client 10s\n    timeout server 10s\n    option forwardfor\n";
        out += &named();
        out += &rules(dice, 2);
        out += "\ndefaults\n    mode http\n    timeout connect 2s\n    timeout client 10s\n    timeout server 10s\n";
    }
    let base = out.contains("defaults base");
    for number in 0..2 {
        let from = if base && number == 0 { " from base" } else { "" };
        let listen = number == 1 && dice.one_in(3);
        let word = if listen { "listen" } else { "frontend" };
        out += &format!("\n{word} f{number}{from}\n");
        out += &format!("    bind 127.0.0.1:{}{}\n", world.plain[number], dice.pick(&["", "", " name x"]));
        if number == 0 {
            let alpn = dice.pick(&["", " alpn http/1.1"]);
            out += &format!("    bind 127.0.0.1:{} ssl crt {}/both.pem{alpn}\n", world.tls, world.keys);
        }
        let bytes = number == 1 && dice.one_in(8);
        if bytes {
            dice.used("mode tcp");
            out += "    mode tcp\n    default_backend raw\n";
            if listen {
                out += &format!("    server s 127.0.0.1:{}\n", world.echoes[1]);
            }
            continue;
        }
        out += &named();
        out += &format!("    http-after-response set-header X-Srv f{number}\n");
        for _ in 0..dice.below(3) {
            out += &format!("    {}\n", option(dice));
        }
        out += &rules(dice, 6);
        if dice.one_in(4) {
            out += &format!("    {}\n", legacy_redirect(dice));
        }
        for _ in 0..dice.below(4) {
            dice.used("use_backend");
            let name = dice.pick(BACKENDS);
            out += &format!("    use_backend {name}{}\n", always(dice));
        }
        if dice.one_in(8) {
            dice.used("use_backend: dynamic");
            let name = dice.pick(&["%[path,field(2,/)]", "%[req.hdr(host),field(1,.),lower]", "%[req.hdr(x-custom)]"]);
            out += &format!("    use_backend {name}{}\n", condition(dice));
        }
        if listen {
            dice.used("listen");
            out += &servers(dice, world);
        } else if !dice.one_in(20) {
            out += &format!("    default_backend {}\n", dice.pick(BACKENDS));
        }
    }
    for name in BACKENDS {
        out += &format!("\nbackend {name}\n{}", named());
        out += &format!("    http-response {} X-Loc {name}\n", dice.pick(&["set-header", "add-header"]));
        for _ in 0..dice.below(2) {
            out += &format!("    {}\n", option(dice));
        }
        out += &rules(dice, 3);
        if dice.one_in(5) {
            dice.used("http-response");
            let line = dice.pick(&[
                "http-response add-header X-Good yes",
                "http-response set-header X-Loc other if { ssl_fc }",
                "http-response del-header X-Loc",
                "http-response add-header X-Good a if { var(txn.mark) -m found }",
                "http-response add-header X-Loc second unless { ssl_fc }",
                "http-after-response add-header X-Good after",
            ]);
            out += &format!("    {line}\n");
        }
        if !dice.one_in(25) {
            out += &servers(dice, world);
        }
    }
    out += &format!("\nbackend raw\n    mode tcp\n    server s 127.0.0.1:{}\n", world.echoes[0]);
    out
}

fn named() -> String {
    NAMED.iter().map(|(name, criterion)| format!("    acl {name} {criterion}\n")).collect()
}

fn servers(dice: &mut Dice, world: &World) -> String {
    let [one, two] = world.echoes;
    match dice.below(7) {
        0 => {
            dice.used("servers: several");
            let balance = dice.pick(&["roundrobin", "source", "leastconn", "uri"]);
            format!("    balance {balance}\n    server a 127.0.0.1:{one}\n    server b 127.0.0.1:{two}\n")
        }
        1 => {
            dice.used("servers: backup");
            format!("    server a 127.0.0.1:{one} backup\n    server b localhost:{two} maxconn 20\n")
        }
        2 => {
            dice.used("servers: disabled");
            format!(
                "    default-server maxconn 50\n    server a 127.0.0.1:{one} disabled\n    server b 127.0.0.1:{two}\n"
            )
        }
        3 => {
            dice.used("use-server");
            format!(
                "    use-server a{}\n    server a 127.0.0.1:{one} weight 0\n    server b 127.0.0.1:{two}\n",
                always(dice)
            )
            .replace(" weight 0", "")
        }
        _ => format!("    server s 127.0.0.1:{}\n", world.echoes[dice.below(2)]),
    }
}

fn option(dice: &mut Dice) -> &'static str {
    dice.choose(&[
        ("option forwardfor", "option forwardfor"),
        ("option forwardfor", "option forwardfor except 127.0.0.0/8"),
        ("option forwardfor", "option forwardfor header X-Real-IP"),
        ("option forwardfor", "option forwardfor if-none"),
        ("no option", "no option http-server-close"),
        ("option close", "option http-server-close"),
        ("option close", "option httpclose"),
        ("option close", "option http-keep-alive"),
        ("option other", "option originalto"),
        ("option other", "option http-buffer-request"),
        ("option other", "option dontlognull"),
    ])
}

fn legacy_redirect(dice: &mut Dice) -> String {
    dice.used("redirect");
    let action = redirect(dice);
    format!("redirect {action}{}", always(dice))
}

fn redirect(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "scheme https",
        "scheme https code 301",
        "scheme https code 308 drop-query",
        "prefix https://c.test",
        "prefix https://c.test/p code 307 append-slash",
        "prefix /",
        "location https://c.test/",
        "location https://c.test%[path]?from=%[query] code 303",
        "location /moved code 302",
        "prefix https://%[hdr(host)]",
    ])
}

/// Some `http-request` rules.
fn rules(dice: &mut Dice, most: usize) -> String {
    let mut out = String::new();
    for _ in 0..dice.below(most + 1) {
        out += &format!("    http-request {}\n", rule(dice));
    }
    out
}

fn rule(dice: &mut Dice) -> String {
    let action = match dice.below(16) {
        0 => {
            dice.used("http-request deny");
            let action = dice.pick(&["deny", "deny deny_status 404", "deny deny_status 429", "deny status 410"]);
            return format!("{action}{}", always(dice));
        }
        1 => {
            dice.used("http-request return");
            let action = dice.pick(&[
                "return status 200 content-type text/plain string \"ok\"",
                "return status 404",
                "return status 204",
                "return",
            ]);
            return format!("{action}{}", always(dice));
        }
        2 => {
            dice.used("http-request redirect");
            let action = redirect(dice);
            return format!("redirect {action}{}", always(dice));
        }
        3 => {
            dice.used("http-request allow");
            return format!("allow{}", always(dice));
        }
        4..=6 => dice.choose(&[
            ("set-header", "set-header X-Forwarded-Proto https"),
            ("set-header", "set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]"),
            ("set-header", "set-header X-Forwarded-Host %[req.hdr(host)]"),
            ("set-header", "set-header Host other.test"),
            ("set-header", "set-header Host %[req.hdr(host),field(1,:)]"),
            ("set-header", "set-header X-New \"a b %[path] %[query] %[method]\""),
            ("set-header", "set-header X-Old %HP%HQ"),
            ("set-header", "set-header X-Port %[dst_port]"),
            ("set-header", "set-header X-Custom %[req.hdr(x-custom)]"),
            ("set-header", "set-header X-None %[req.hdr(x-none)]"),
            ("set-header", "set-header X-Src %[src]"),
            ("set-header", "set-header X-Ci %ci"),
            ("set-header", "set-header X-Percent 50%%"),
            ("set-header", "set-header X-Up %[path,upper]"),
            ("set-header", "set-header X-Conc %[method,concat(-x)]"),
            ("set-header", "set-header Connection close"),
            ("set-header", "set-header Upgrade websocket"),
            ("set-header", "set-header X-Url %[url]"),
            ("set-header", "set-header X-Sub '%[path,regsub(^/api,)]'"),
            ("set-header", "set-header X-F %f"),
            ("set-header", "set-header X-V %[var(txn.mark)]"),
            ("set-header", "set-header X-Base %[base]"),
            ("set-header", "set-header X-Escaped a\\ b\\#c"),
        ]),
        7 => dice.choose(&[
            ("add-header", "add-header X-Custom five"),
            ("add-header", "add-header X-Added %[method]"),
            ("add-header", "add-header X-Forwarded-For 1.2.3.4"),
        ]),
        8 => dice.choose(&[
            ("del-header", "del-header Origin"),
            ("del-header", "del-header X-Custom"),
            ("del-header", "del-header X- -m beg"),
            ("del-header", "del-header Upgrade"),
            ("del-header", "del-header Connection"),
            ("del-header", "del-header Cookie"),
        ]),
        9 => dice.choose(&[
            ("replace-header", "replace-header X-Custom (.*)o(.*) \\1-\\2"),
            ("replace-header", "replace-header Host ^([^:]*).* \\1"),
            ("replace-header", "replace-header Origin https://(.*) http://\\1"),
            ("replace-value", "replace-value X-Custom t(.*) x\\1"),
            ("replace-header", "replace-header Cookie sid=([0-9]+) session=\\1"),
        ]),
        10 | 11 => dice.choose(&[
            ("replace-path", "replace-path /api(/.*)? \\1"),
            ("replace-path", "replace-path ^/api/(.*) /\\1"),
            ("replace-path", "replace-path /ws(.*) /socket\\1"),
            ("replace-path", "replace-path (.*) /pre\\1"),
            ("replace-path", "replace-path ^/x /y"),
            ("replace-pathq", "replace-pathq ^/a(.*) /b\\1"),
            ("replace-pathq", "replace-pathq (.*)\\?(.*) \\1?z=1&\\2"),
            ("replace-uri", "replace-uri ^/chat(.*) /talk\\1"),
        ]),
        12 => dice.choose(&[
            ("set-path", "set-path /fixed"),
            ("set-path", "set-path /p%[path]"),
            ("set-path", "set-path %[path,regsub(^/api/?,/)]"),
            ("set-path", "set-path /%[path,field(3,/)]"),
            ("set-pathq", "set-pathq /q?z=2"),
            ("set-uri", "set-uri /u%[path]?u=1"),
        ]),
        13 => dice.choose(&[
            ("set-query", "set-query z=1"),
            ("set-query", "set-query %[query]&more=1"),
            ("set-query", "set-query %[req.hdr(x-none)]"),
            ("set-method", "set-method POST"),
        ]),
        14 => dice.choose(&[
            ("set-var", "set-var(txn.mark) int(1)"),
            ("set-var", "set-var(txn.mark) req.hdr(x-custom)"),
            ("set-var", "set-var(txn.mark) path,field(2,/)"),
            ("set-var", "set-var-fmt(txn.mark) %[method]-%[path]"),
            ("set-var", "unset-var(txn.mark)"),
        ]),
        _ => dice.choose(&[
            ("harmless", "set-log-level silent"),
            ("harmless", "set-nice 10"),
            ("harmless", "disable-l7-retry"),
        ]),
    };
    format!("{action}{}", condition(dice))
}

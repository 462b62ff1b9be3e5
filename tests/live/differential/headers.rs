//! Headers and maps from a seed.

use super::config::{Node, block, simple};
use super::dice::Dice;

/// Values of headers that a configuration may set, with the feature that each stands for.
const LINES: &[(&str, &str)] = &[
    ("Upgrade $http_upgrade", "Upgrade $http_upgrade"),
    ("Upgrade literal", "Upgrade websocket"),
    ("Connection literal", "Connection \"upgrade\""),
    ("Connection literal", "Connection Upgrade"),
    ("Connection by map", "Connection $connection_upgrade"),
    ("Connection empty", "Connection \"\""),
    ("Connection $http_connection", "connection $http_connection"),
    ("Host $host", "Host $host"),
    ("Host $http_host", "Host $http_host"),
    ("Host $proxy_host", "host $proxy_host"),
    ("Host $server_name", "Host $server_name"),
    ("Host with port", "Host $host:$server_port"),
    ("Host fixed", "Host fixed.test"),
    ("Host empty", "Host \"\""),
    ("X-Real-IP", "X-Real-IP $remote_addr"),
    ("X-Forwarded-For appended", "X-Forwarded-For $proxy_add_x_forwarded_for"),
    ("X-Forwarded-For replaced", "X-Forwarded-For $remote_addr"),
    ("X-Forwarded-For passed on", "X-Forwarded-For $http_x_forwarded_for"),
    ("X-Forwarded-Proto $scheme", "X-Forwarded-Proto $scheme"),
    ("X-Forwarded-Host", "X-Forwarded-Host $host"),
    ("$request_uri in a header", "X-Request-Uri $request_uri"),
    ("$uri in a header", "X-Uri $uri"),
    ("$args in a header", "X-Args $is_args$args"),
    ("$query_string in a header", "X-Query $query_string"),
    ("$arg_ in a header", "X-Arg $arg_x"),
    ("$cookie_ in a header", "X-Cookie $cookie_sid"),
    ("$request_method in a header", "X-Method $request_method"),
    ("$server_name in a header", "X-Server-Name $server_name"),
    ("$server_addr in a header", "X-Server-Addr $server_addr:$server_port"),
    ("$server_protocol in a header", "X-Protocol $server_protocol"),
    ("$request in a header", "X-Request \"$request\""),
    ("$https in a header", "X-Https $https"),
    ("$proxy_host in a header", "X-Proxy $proxy_host:$proxy_port"),
    ("$http_ in a header", "X-Custom $http_x_custom"),
    ("$content_type in a header", "X-Type $content_type"),
    ("Origin removed", "Origin \"\""),
    ("Origin replaced", "Origin https://fixed.test"),
    ("Cookie removed", "Cookie \"\""),
    ("Accept-Encoding removed", "Accept-Encoding \"\""),
    ("set variable in a header", "X-Set $sv"),
    ("named group in a header", "X-Rest $rest"),
    ("group of a server name in a header", "X-Sub $sub"),
    ("map in a header", "X-Map $m_origin"),
    ("map of the host in a header", "X-Map-Host $m_host"),
    ("volatile map in a header", "X-Map-Uri $m_uri"),
    ("cached map in a header", "X-Map-Uri-Cached $m_uri_once"),
    ("map of a map in a header", "X-Map-Map $m_both"),
    ("map with groups in a header", "X-Map-Group $m_group"),
    ("geo in a header", "X-Geo $g_client$g_arg"),
    ("geo with a default only in a header", "X-Geo-Default $g_default"),
    ("split_clients in a header", "X-Split $split$split_all"),
    ("TLS client variables in a header", "X-Client-Verify $ssl_client_verify$ssl_client_s_dn"),
    ("PROXY protocol in a header", "X-Proxy-Protocol -$proxy_protocol_addr"),
    ("$remote_user in a header", "X-User -$remote_user"),
    ("$realip_remote_addr in a header", "X-Peer $realip_remote_addr"),
    ("braces in a value", "X-Braces ${host}-${sv}x"),
    ("quoted words", "X-Words \"two words; and more\""),
];

/// Some `proxy_set_header` lines.
pub fn lines(dice: &mut Dice) -> Vec<Node> {
    let mut found = Vec::new();
    for _ in 0..1 + dice.below(5) {
        let (feature, line) = dice.pick(LINES);
        dice.used(feature);
        found.push(simple(format!("proxy_set_header {line}")));
    }
    found
}

/// The maps that values refer to.
pub fn maps(dice: &mut Dice) -> Vec<Node> {
    let entries = |lines: &[&str]| lines.iter().map(|line| simple(*line)).collect::<Vec<_>>();
    let upgrade: &[&str] = match dice.below(4) {
        0 => &["default upgrade", "'' ''"],
        1 => &["websocket upgrade", "default close"],
        2 => &["'' close", "~*^web upgrade"],
        _ => &["default upgrade", "'' close"],
    };
    dice.used("map with default");
    let origin: &[&str] = match dice.below(3) {
        0 => &["default none", r"~^https://([a-z]+)\.test$ $1"],
        1 => &["https://app.test $http_origin", "default \"\""],
        _ => &["default other", "'' empty", "~*APP app", "\\https://x.test x"],
    };
    dice.used("map with patterns");
    let host: &[&str] = match dice.below(3) {
        0 => &["hostnames", "default none", "a.test exact", "*.a.test leading", "www.* trailing", ".c.test dot"],
        1 => &["hostnames", "default none", "*.x.a.test longer", "*.a.test shorter", r"~^x(?<number>\d+) $number"],
        _ => &["default $host", "A.TEST folded"],
    };
    dice.used("map with hostnames");
    let uri: &[&str] = &["volatile", "default $uri", "~^/api api", "~^/ws(?<after>.*)$ ws:$after"];
    dice.used("map volatile");
    let geo: &[&str] = match dice.below(3) {
        0 => &["default far", "127.0.0.0/8 near", "127.0.0.1/32 here", "127.0.0.0/16 nearer"],
        1 => &["127.0.0.2 other", "10.0.0.0/8 ten"],
        _ => &["default far", "127.0.0.1 first", "127.0.0.1 second", "0.0.0.0/1 half"],
    };
    dice.used("geo");
    let split: &[&str] = match dice.below(3) {
        0 => &["50% a", "* b"],
        1 => &["0.5% a", "33.33% b", "12.1% c", "* \"\""],
        _ => &["20% a", "30% b"],
    };
    dice.used("split_clients");
    vec![
        block("map $http_upgrade $connection_upgrade", entries(upgrade)),
        block("map $http_origin $m_origin", entries(origin)),
        block("map $host $m_host", entries(host)),
        block("map $uri $m_uri", entries(uri)),
        block("map $uri $m_uri_once", entries(&["default $uri", "~^/api api"])),
        block("map $scheme:$m_origin $m_both", entries(&["default d:$scheme", "http:none plain", "~^https: secure"])),
        block("map $uri $groups", entries(&["~^/never(?<sub>.)(?<rest>.) x"])),
        block("geo $g_client", entries(geo)),
        block(
            "geo $arg_x $g_arg",
            entries(&["10.0.0.0/8 ten", "10.1.0.0/16 inner", "::1 six", "255.255.255.255 none"]),
        ),
        block("geo $g_default", entries(&["default d"])),
        block("split_clients \"$http_x_custom$uri\" $split", entries(split)),
        block("split_clients $uri $split_all", entries(&["* all"])),
        block("map $arg_x $m_group", entries(&["default -", r"~^(\d)(.*)$ $2$1", "q Q"])),
    ]
}

/// Headers of requests.
pub const REQUEST: &[(&str, &str)] = &[
    ("Origin", "https://app.test"),
    ("Origin", "https://evil.example"),
    ("Cookie", "sid=abc; other=1"),
    ("Cookie", "other=1"),
    ("X-Custom", "some value"),
    ("X_Custom", "underscored"),
    ("x-forwarded-for", "203.0.113.9"),
    ("Accept-Encoding", "gzip"),
    ("Content-Type", "text/plain"),
    ("TE", "trailers"),
    ("Keep-Alive", "timeout=5"),
    ("User-Agent", "test/1.0"),
    ("Referer", "https://app.test/page"),
    ("X-Real-IP", "203.0.113.1"),
    ("Proxy-Connection", "keep-alive"),
    ("If-None-Match", "\"x\""),
    ("X.Dotted", "dotted"),
];

/// Some headers for a request, no name twice.
pub fn of_request(dice: &mut Dice) -> Vec<(&'static str, &'static str)> {
    let mut found: Vec<(&'static str, &'static str)> = Vec::new();
    match dice.below(8) {
        0..=3 => {
            dice.used("request: handshake");
            found.push(("Upgrade", dice.pick(&["websocket", "WebSocket"])));
            found.push(("Connection", dice.pick(&["Upgrade", "keep-alive, Upgrade"])));
            found.push(("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
            found.push(("Sec-WebSocket-Version", "13"));
        }
        4 => {
            dice.used("request: Connection without Upgrade");
            found.push(("Connection", "Upgrade"));
        }
        5 => {
            dice.used("request: Upgrade without Connection");
            found.push(("Upgrade", "websocket"));
        }
        _ => dice.used("request: plain"),
    }
    for _ in 0..dice.below(4) {
        let (name, value) = dice.pick(REQUEST);
        if !found.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            dice.used("request: further headers");
            found.push((name, value));
        }
    }
    found
}

//! ACLs and conditions from a seed.

use crate::differential::dice::Dice;

/// ACLs that every section of a configuration has.
pub const NAMED: &[(&str, &str)] = &[
    ("is_ws", "hdr(Upgrade) -i websocket"),
    ("is_ws_exact", "hdr(Upgrade) WebSocket"),
    ("is_upgrade", "hdr(Connection) -i upgrade"),
    ("is_api", "path_beg /api"),
    ("is_api", "path_beg -i /v1/api"),
    ("host_a", "hdr(host) -i a.test"),
    ("host_b", "hdr_dom(host) -i b.test"),
    ("is_chat", "path_dir chat"),
    ("is_file", "path_end .json .html"),
    ("is_tls", "ssl_fc"),
    ("is_post", "method POST PUT"),
    ("cors", "hdr(origin) -m found"),
];

const PREDEFINED: &[&str] =
    &["METH_GET", "METH_POST", "METH_OPTIONS", "HTTP_1.1", "HTTP", "TRUE", "FALSE", "LOCALHOST", "HTTP_1.0"];

const FIXED: &[&str] = &[
    "ssl_fc",
    "always_true",
    "dst_port gt 1024",
    "src 127.0.0.1",
    "src 10.0.0.0/8 127.0.0.0/8",
    "src 10.0.0.0/8",
    "hdr_cnt(x-custom) gt 1",
    "hdr_cnt(x-custom) eq 0",
    "req.hdr_cnt(host) ge 1",
    "path_len gt 5",
    "path_len 2:4",
    "hdr(x-custom) -m found",
    "req.hdr(cookie) -m found",
    "query -m found",
    "url_param(x) -m found",
    "urlp(x) 1",
    "cook(sid) 1",
    "req.cook(lang) -m found",
    "cook_beg(lang) e",
    "hdr_val(content-length) ge 0",
    "hdr(user-agent) -m sub -i mozilla",
    "hdr_sub(user-agent) curl",
    "hdr_beg(origin) https://",
    "hdr_end(origin) a.test",
    "req.fhdr(x-custom) -m str two",
    "req.fhdr(x-custom) \"two, three\"",
    "hdr(x-custom,1) one",
    "hdr(x-custom,-1) four Two",
    "method OPTIONS",
    "method -i get",
    "var(txn.mark) -m found",
    "var(txn.mark) -m str 1 api",
    "req.ver 1.1",
    "url_reg ^/[a-z]+/?$",
    "base_beg a.test/",
    "base -m sub test/api",
    "int(3) gt 2",
    "str(abc) -m beg ab",
    "nbsrv(web) ge 1",
    "path,lower -m beg /api",
    "path_beg,lower /api",
    "hdr(host),lower a.test",
    "hdr(host),field(1,:) -i a.test www.a.test",
    "hdr(host),word(1,.) www x",
    "hdr(host),host_only -i a.test",
    "path,field(2,/) api ws",
    "path,field(3,/) -m found",
    "path,word(2,/) a",
    "path,length gt 6",
    "req.hdr(host),regsub(:.*,) b.test",
    "ssl_fc_sni -i a.test",
    "ssl_fc_sni_end .test",
    "fc_http_major 1",
    "path",
];

const PATTERNS: &[&str] =
    &["/api", "/ws", "/ws/", "/a", "/a/b", "/chat /socket.io/", "/", "/x.json", "/API", "api", "b"];
const REGULAR: &[&str] = &["^/ws", "^/(api|ws)(/|$)", "\\.json$", "/[0-9]+", "^/$", "chat", "^/[A-Z]+"];
const HOSTS: &[&str] = &["a.test", "b.test", "www.a.test other.test", "a", "test", ".test", "A.test", "a.test:80"];

/// What stands between braces.
pub fn criterion(dice: &mut Dice) -> String {
    let ignore = if dice.one_in(3) { "-i " } else { "" };
    match dice.below(8) {
        0..=2 => {
            let fetch = dice.pick(&["path", "path", "url"]);
            let suffix = dice.pick(&["", "_beg", "_beg", "_end", "_sub", "_dir", "_reg", "_dom"]);
            let pattern = if suffix == "_reg" { dice.pick(REGULAR) } else { dice.pick(PATTERNS) };
            dice.used("condition: keyword");
            format!("{fetch}{suffix} {ignore}{pattern}")
        }
        3 => {
            let fetch = dice.pick(&["path", "pathq", "url", "base", "query"]);
            let method = dice.pick(&["str", "beg", "end", "sub", "dir", "dom", "reg"]);
            let pattern = if method == "reg" { dice.pick(REGULAR) } else { dice.pick(PATTERNS) };
            dice.used("condition: -m");
            format!("{fetch} {ignore}-m {method} {pattern}")
        }
        4 | 5 => {
            let fetch = dice.pick(&[
                "hdr(host)",
                "hdr(Host)",
                "req.hdr(host)",
                "hdr_beg(host)",
                "hdr_dom(host)",
                "hdr_end(host)",
                "hdr_sub(host)",
                "hdr_reg(host)",
                "hdr(host) -m beg",
            ]);
            let pattern = dice.pick(HOSTS);
            dice.used("condition: host");
            match fetch.split_once(' ') {
                Some((fetch, flags)) => format!("{fetch} {ignore}{flags} {pattern}"),
                None => format!("{fetch} {ignore}{pattern}"),
            }
        }
        _ => {
            dice.used("condition: other");
            dice.pick(FIXED).to_owned()
        }
    }
}

/// ` if ...`, or nothing.
pub fn condition(dice: &mut Dice) -> String {
    if dice.one_in(7) {
        return String::new();
    }
    always(dice)
}

/// ` if ...` or ` unless ...`.
pub fn always(dice: &mut Dice) -> String {
    let mut out = format!(" {}", if dice.one_in(5) { "unless" } else { "if" });
    for number in 0..=dice.below(3) {
        if number > 0 && dice.one_in(2) {
            dice.used("condition: or");
            out += if dice.one_in(2) { " or" } else { " ||" };
        }
        out += match dice.below(6) {
            0 => " !",
            1 => " ! ",
            _ => " ",
        };
        out += &match dice.below(4) {
            0 | 1 => format!("{{ {} }}", criterion(dice)),
            2 => dice.pick(NAMED).0.to_owned(),
            _ => dice.pick(PREDEFINED).to_owned(),
        };
    }
    out
}

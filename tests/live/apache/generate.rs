//! Configurations from a seed.

use super::server::World;
use crate::differential::dice::Dice;

const PATHS: &[&str] = &["/", "/ws", "/ws/", "/api", "/api/", "/a", "/a/b", "/chat", "/socket.io/", "/x"];
const PATTERNS: &[&str] = &[
    "^/ws",
    "^/api/(.*)$",
    "^/(ws|chat)(.*)$",
    "^/(api|ws)/(.*)$",
    "^/(.*)$",
    "\\.json$",
    "^/a/?(.*)",
    "^/x(/.*)?$",
    "/chat",
];

/// The virtual hosts and what is outside of them.
pub fn sites(dice: &mut Dice, world: &World) -> String {
    let mut out = String::new();
    if dice.one_in(3) {
        out += &common(dice, world, 0);
    }
    let mut tls = false;
    for number in 0..=dice.below(4) {
        let port = match dice.below(6) {
            0 => format!("*:{}", world.plain[1]),
            1 => "*".to_owned(),
            2 => format!("127.0.0.1:{}", world.plain[0]),
            3 => format!("*:{}", world.tls),
            4 => format!("_default_:{}", world.plain[0]),
            _ => format!("*:{}", world.plain[0]),
        };
        let speaks = port.ends_with(&format!(":{}", world.tls));
        tls |= speaks;
        out += &format!("<VirtualHost {port}>\n");
        out += &format!("Header always set X-Srv s{number}\n");
        if !dice.one_in(8) {
            let name = dice.pick(&["a.test", "b.test", "www.a.test", "a.test:8080", "https://b.test:443", "c.test"]);
            out += &format!("ServerName {name}\n");
        }
        if dice.one_in(3) {
            dice.used("ServerAlias");
            let alias = dice.pick(&["*.a.test", "www.a.test", "*.b.test other.test", "x?b.test"]);
            out += &format!("ServerAlias {alias}\n");
        }
        if speaks {
            let keys = &world.keys;
            out += &format!("SSLEngine on\nSSLCertificateFile {keys}/cert.pem\nSSLCertificateKeyFile {keys}/key.pem\n");
        }
        for _ in 0..=dice.below(6) {
            out += &common(dice, world, number);
        }
        if !dice.one_in(3) {
            // what nothing else takes is sent on
            let upstream = upstream(dice, world, "/");
            out += &format!("ProxyPass / {upstream}{}\n", parameters(dice));
        }
        out += "</VirtualHost>\n";
    }
    if !tls {
        let keys = &world.keys;
        out += &format!(
            "<VirtualHost *:{}>\nServerName a.test\nSSLEngine on\nSSLCertificateFile {keys}/cert.pem\n\
             SSLCertificateKeyFile {keys}/key.pem\n</VirtualHost>\n",
            world.tls
        );
    }
    out
}

/// A directive or section that may be outside of sections.
fn common(dice: &mut Dice, world: &World, number: usize) -> String {
    let path = dice.pick(PATHS);
    match dice.below(24) {
        0..=4 => {
            dice.used("ProxyPass");
            let upstream = upstream(dice, world, path);
            format!("ProxyPass {path} {upstream}{}\n", parameters(dice))
        }
        5 => {
            dice.used("ProxyPass !");
            format!("ProxyPass {path} !\n")
        }
        6 | 7 => {
            dice.used("ProxyPassMatch");
            let pattern = dice.pick(PATTERNS);
            let tail = dice.pick(&["", "/$1", "/$1$2", "/$1/$2", "/fixed", "$0", "/x/$1"]);
            let port = world.echoes[dice.below(2)];
            format!("ProxyPassMatch \"{pattern}\" http://127.0.0.1:{port}{tail}{}\n", parameters(dice))
        }
        8..=11 => location(dice, world),
        12..=15 => rewriting(dice, world),
        16 => {
            dice.used("Redirect");
            let kind = dice.pick(&["", "permanent ", "302 ", "seeother ", "307 "]);
            let to =
                dice.pick(&["https://c.test/", "https://c.test", "/moved", "https://c.test/?x=y", "http://c.test/a b"]);
            if dice.one_in(4) {
                let gone = dice.pick(&["gone", "404", "410", "403"]);
                format!("Redirect {gone} {path}\n")
            } else {
                format!("Redirect {kind}{path} \"{to}\"\n")
            }
        }
        17 => {
            dice.used("RedirectMatch");
            let pattern = dice.pick(PATTERNS);
            let to = dice.pick(&["https://c.test/$1", "/m/$1", "https://c.test/?p=$1", "https://c.test/a#b"]);
            format!("RedirectMatch {}\"{pattern}\" \"{to}\"\n", dice.pick(&["", "301 ", "permanent "]))
        }
        18 => {
            dice.used("server: headers");
            item(dice, world, Kind::Server)
        }
        19 => {
            dice.used("SetEnvIf");
            environment(dice)
        }
        20 => {
            dice.used("ErrorDocument");
            let code = dice.pick(&["403", "404", "410", "401", "500"]);
            let page = dice.pick(&[
                "/fallback.html",
                "/index.html",
                "/page/error",
                "https://c.test/error",
                "\"no such page\"",
            ]);
            format!("ErrorDocument {code} {page}\n")
        }
        21 => {
            dice.used("balancer");
            let [one, two] = world.echoes;
            let upgrade = dice.pick(&["", " upgrade=websocket"]);
            let tail = dice.pick(&["", "/", "/base"]);
            format!(
                "<Proxy balancer://b{number}>\nBalancerMember http://127.0.0.1:{one}{upgrade}\n\
                 BalancerMember http://127.0.0.1:{two}{upgrade}\n</Proxy>\nProxyPass {path} balancer://b{number}{tail}\n"
            )
        }
        22 => {
            dice.used("conditional section");
            let head = dice.pick(&[
                "IfModule mod_proxy.c",
                "IfModule !mod_proxy.c",
                "IfModule mod_nothing.c",
                "IfModule ssl_module",
                "IfDefine NOTHING",
                "IfDefine !NOTHING",
                "IfVersion >= 2.4",
                "IfVersion < 2.4",
            ]);
            let name = head.split(' ').next().unwrap_or_default();
            format!("<{head}>\n{}</{name}>\n", common(dice, world, number))
        }
        _ => {
            dice.used("other");
            dice.pick(&[
                "UseCanonicalName On\n",
                "UseCanonicalPhysicalPort On\n",
                "AllowEncodedSlashes On\n",
                "AllowEncodedSlashes NoDecode\n",
                "MergeSlashes Off\n",
                "FallbackResource /fallback.html\n",
                "ProxyTimeout 5\n",
                "RedirectMatch 404 \"\\.git\"\n",
                "<Directory />\nRequire all denied\n</Directory>\n",
                "<Files \"*.json\">\nRequire all denied\n</Files>\n",
                "<Proxy \"*\">\nRequire all granted\n</Proxy>\n",
                "<Proxy \"http://127.0.0.1*\">\nRequire method GET POST\nHeader always set X-Loc proxy\n</Proxy>\n",
            ])
            .to_owned()
        }
    }
}

/// An address of an upstream for a path.
fn upstream(dice: &mut Dice, world: &World, path: &str) -> String {
    let port = world.echoes[dice.below(2)];
    let scheme = dice.pick(&["http", "http", "http", "ws"]);
    let same = if path.starts_with('/') && !path.contains(['*', '?', '^']) { path.trim_end_matches('/') } else { "" };
    let tail = match dice.below(7) {
        0 => String::new(),
        1 => "/".to_owned(),
        2 => "/base".to_owned(),
        3 => "/base/".to_owned(),
        4 => same.to_owned(),
        _ if path.ends_with('/') => format!("{same}/"),
        _ => same.to_owned(),
    };
    let host = dice.pick(&["127.0.0.1", "127.0.0.1", "localhost"]);
    // a slash of the path and none of the address would join a port with the rest
    let tail = if path.ends_with('/') && tail.is_empty() && !dice.one_in(8) { "/".to_owned() } else { tail };
    format!("{scheme}://{host}:{port}{tail}")
}

fn parameters(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "",
        "",
        "",
        " upgrade=websocket",
        " upgrade=websocket",
        " upgrade=ANY",
        " upgrade=WebSocket timeout=5",
        " nocanon",
        " timeout=10",
        " disablereuse=on",
        " retry=0 keepalive=On",
    ])
}

fn location(dice: &mut Dice, world: &World) -> String {
    dice.used("Location");
    let head = match dice.below(5) {
        0 => format!("LocationMatch \"{}\"", dice.pick(PATTERNS)),
        1 => format!("Location ~ \"{}\"", dice.pick(PATTERNS)),
        2 => format!("Location \"{}\"", dice.pick(&["/*/b", "/a*", "/ws/?", "/w?"])),
        _ => format!("Location \"{}\"", dice.pick(PATHS)),
    };
    let name = head.split(' ').next().unwrap_or_default().to_owned();
    let mut out = format!("<{head}>\nHeader always set X-Loc \"{}\"\n", dice.pick(&["one", "two", "three"]));
    for _ in 0..=dice.below(3) {
        out += &item(dice, world, Kind::Section);
    }
    if dice.one_in(4) && name == "Location" {
        dice.used("ProxyPass in a section");
        let path = head.split('"').nth(1).unwrap_or("/").to_owned();
        let upstream = upstream(dice, world, &path);
        out += &format!("ProxyPass {upstream}{}\n", parameters(dice));
    }
    out + &format!("</{name}>\n")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Server,
    Section,
}

/// A directive for sections and servers.
fn item(dice: &mut Dice, world: &World, kind: Kind) -> String {
    let requires = kind == Kind::Section;
    match dice.below(if requires { 16 } else { 8 }) {
        0 => "ProxyPreserveHost On\n".to_owned(),
        1 => dice.pick(&["ProxyAddHeaders Off\n", "ProxyPreserveHost Off\n"]).to_owned(),
        2..=4 => {
            dice.used("RequestHeader");
            let line = dice.pick(&[
                "set X-Forwarded-Proto https",
                "set X-Custom \"new value\"",
                "unset Origin",
                "unset X-Custom",
                "append X-Custom more",
                "add X-Custom another",
                "merge X-Custom one",
                "edit X-Custom ^(o)ne$ $1ther",
                "edit* X-Custom o 0",
                "set X-Env \"%{MARK}e\"",
                "set X-Marked yes env=MARK",
                "set X-Unmarked yes env=!MARK",
                "set X-Proto expr=%{REQUEST_SCHEME}",
                "set X-Agent yes \"expr=%{HTTP_USER_AGENT} =~ /Mozilla/\"",
                "setifempty X-Custom first",
                "set X-Early yes early",
                "unset Cookie early",
                "set Host fixed.test",
                "set Upgrade websocket",
                "unset Upgrade",
                "set X-Secure %{HTTPS}s",
            ]);
            format!("RequestHeader {line}\n")
        }
        5 | 6 => {
            dice.used("Header");
            let line = dice.pick(&["set X-Good yes", "append X-Good more", "always append X-Srv more", "unset X-Good"]);
            format!("Header {line}\n")
        }
        7 => environment(dice),
        8 | 9 => {
            dice.used("Require");
            requirement(dice)
        }
        10 => {
            dice.used("Redirect in a section");
            dice.pick(&[
                "Redirect https://c.test/fixed\n",
                "Redirect permanent https://c.test/\n",
                "Redirect /api https://c.test/api\n",
                "Redirect gone\n",
                "Redirect 301 \"https://c.test%{REQUEST_URI}\"\n",
                "RedirectMatch ^/ws(.*)$ https://c.test/$1\n",
            ])
            .to_owned()
        }
        11 => {
            dice.used("RewriteRule in a section");
            format!("RewriteEngine On\n{}", rule(dice, world, Kind::Section))
        }
        12 => "FallbackResource /fallback.html\n".to_owned(),
        13 => {
            dice.used("If");
            let test = dice.pick(&[
                "%{REQUEST_METHOD} == 'GET'",
                "%{HTTP:Upgrade} =~ /websocket/i",
                "%{HTTP_HOST} =~ m#^a\\.test#",
                "-n %{HTTP:X-Custom} && %{HTTPS} != 'on'",
                "!(%{REQUEST_URI} =~ m#^/api# || req('Origin') == 'null')",
                "%{REQUEST_METHOD} in { 'GET', 'POST' }",
                "tolower(%{HTTP_USER_AGENT}) =~ /curl/",
            ]);
            let inner = item(dice, world, Kind::Server);
            let other = if dice.one_in(2) {
                format!("<Else>\n{}</Else>\n", item(dice, world, Kind::Server))
            } else {
                String::new()
            };
            format!("<If \"{test}\">\n{inner}</If>\n{other}")
        }
        14 => {
            dice.used("Limit");
            let (head, name) = dice.pick(&[
                ("Limit GET", "Limit"),
                ("LimitExcept GET POST", "LimitExcept"),
                ("Limit POST PUT", "Limit"),
            ]);
            format!("<{head}>\nRequire all denied\n</{name}>\n")
        }
        _ => dice
            .pick(&[
                "Order deny,allow\nDeny from all\n",
                "Order allow,deny\nAllow from all\n",
                "Order deny,allow\nDeny from all\nAllow from 127.0.0.1\n",
                "Order allow,deny\nAllow from 10.0.0.0/8\n",
            ])
            .to_owned(),
    }
}

fn requirement(dice: &mut Dice) -> String {
    dice.pick(&[
        "Require all granted\n",
        "Require all denied\n",
        "Require ip 127.0.0.1\n",
        "Require ip 10.0.0.0/8\n",
        "Require ip 127\n",
        "Require local\n",
        "Require method GET HEAD\n",
        "Require env MARK\n",
        "<RequireAll>\nRequire all granted\nRequire not ip 127.0.0.1\n</RequireAll>\n",
        "<RequireAny>\nRequire method POST\nRequire env MARK\n</RequireAny>\n",
        "<RequireAll>\nRequire all granted\n<RequireNone>\nRequire method POST\n</RequireNone>\n</RequireAll>\n",
        "Require expr %{REQUEST_METHOD} == 'GET'\n",
        "Require expr \"%{HTTP:Origin} == 'https://a.test'\"\n",
        "AuthType Basic\nAuthName x\nAuthUserFile /nowhere\nRequire valid-user\n",
    ])
    .to_owned()
}

fn environment(dice: &mut Dice) -> String {
    dice.pick(&[
        "SetEnvIf Origin \"^https://(a|b)\\.test$\" MARK=$1\n",
        "SetEnvIf Request_URI \"^/api\" MARK\n",
        "SetEnvIf X-Custom . !MARK\n",
        "SetEnvIfNoCase User-Agent mozilla MARK=agent\n",
        "BrowserMatch curl MARK=curl no-proxy\n",
        "SetEnvIf Request_Method POST force-proxy-request-1.0\n",
        "SetEnvIf Remote_Addr ^127 MARK=local\n",
        "SetEnv MARK fixed\n",
        "SetEnvIf Request_URI \"^/ws\" no-proxy\n",
        "SetEnv proxy-nokeepalive 1\n",
    ])
    .to_owned()
}

fn rewriting(dice: &mut Dice, world: &World) -> String {
    dice.used("RewriteRule");
    let mut out = String::new();
    if !dice.one_in(6) {
        out += "RewriteEngine On\n";
    }
    for _ in 0..=dice.below(2) {
        out += &rule(dice, world, Kind::Server);
    }
    out
}

fn rule(dice: &mut Dice, world: &World, kind: Kind) -> String {
    const CONDITIONS: &[&str] = &[
        "%{HTTP:Upgrade} websocket [NC]",
        "%{HTTP:Upgrade} =websocket",
        "%{HTTP:Upgrade} ^WebSocket$",
        "%{HTTP:Connection} upgrade [NC]",
        "%{REQUEST_URI} ^/(api|ws)",
        "%{REQUEST_URI} !^/api",
        "%{QUERY_STRING} transport=websocket [NC]",
        "%{QUERY_STRING} ^x=(.*)$",
        "%{REQUEST_METHOD} !=GET",
        "%{REQUEST_METHOD} ^(GET|HEAD)$ [OR]",
        "%{HTTPS} off",
        "%{HTTPS} =on [OR]",
        "%{HTTP_HOST} ^(www\\.)?a\\.test [NC]",
        "%{SERVER_NAME} a.test",
        "%{SERVER_PORT} -gt100",
        "%{REQUEST_FILENAME} !-f",
        "%{DOCUMENT_ROOT}%{REQUEST_URI} !-f",
        "%{REQUEST_FILENAME} !-d",
        "%{ENV:MARK} !=\"\"",
        "%{HTTP_USER_AGENT} curl",
        "$1 ^s",
        "%{THE_REQUEST} ^GET",
        "expr \"%{REQUEST_METHOD} == 'GET'\"",
    ];
    let mut out = String::new();
    for _ in 0..dice.below(3) {
        dice.used("RewriteCond");
        out += &format!("RewriteCond {}\n", dice.pick(CONDITIONS));
    }
    let port = world.echoes[dice.below(2)];
    let pattern = if kind == Kind::Section {
        dice.pick(&["^", ".", "ws", "^api/(.*)$", "(.*)", "/ws/(.*)$"])
    } else {
        dice.pick(&["^", "^/ws$", "^/ws(.*)$", "^/api/(.*)$", "^/(.*)$", "!^/api", "/chat", "^/x", "^/a/(b)?"])
    };
    let line = match dice.below(12) {
        0 | 1 => format!(
            "http://127.0.0.1:{port}/{} [P{}]",
            dice.pick(&["$1", "fixed", "%1", "r/$0", "a?b=$1"]),
            dice.pick(&["", ",L", ",QSA", ",NE", ",QSD"])
        ),
        2 => format!("ws://127.0.0.1:{port}/$1 [P,L]"),
        3 => format!(
            "https://%{{HTTP_HOST}}%{{REQUEST_URI}} [R{}]",
            dice.pick(&["", "=301", "=302,L", "=permanent,L,NE"])
        ),
        4 => format!("https://c.test/$1 [R=301,{}]", dice.pick(&["L", "QSA", "L,QSD", "NE"])),
        5 => dice.pick(&["/index.html [L]", "/fallback.html [L]", "/fallback.html"]).to_owned(),
        6 => dice
            .pick(&["- [F]", "- [G]", "- [R=404]", "- [L]", "- [E=MARK:rule]", "- [R=503,L]", "- [S=1]", "- [END]"])
            .to_owned(),
        7 => dice.pick(&["/api/$1 [PT]", "/ws$1 [PT,QSA]", "/new [PT]"]).to_owned(),
        8 => dice.pick(&["/moved/$1 [R]", "/moved/$1 [R=301,L]", "/moved?x=$1 [R,QSA]"]).to_owned(),
        9 => dice.pick(&["/n$1 [C]", "/n/$1", "/deep/$1 [NC,E=MARK:$1]"]).to_owned(),
        10 => format!("http://127.0.0.1:{port}%{{REQUEST_URI}} [P]"),
        _ => format!("http://127.0.0.1:{port}/$1 [P,B]"),
    };
    out + &format!("RewriteRule {pattern} {line}\n")
}

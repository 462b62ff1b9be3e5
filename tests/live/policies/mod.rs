//! Which requests the policies of a page let out, and what becomes of mixed content: asked of headless Chromium.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use wirelint::model::csp::{AskedUrl, CspPage, Match, Policy, Whole, Whose, matches, policies_of_header};

use crate::process::program;

const PAGES: [&str; 5] =
    ["https://app.test", "http://app.test", "http://app.test:8080", "https://app.test:8443", "http://localhost:3000"];

/// Lists of sources, each for `connect-src`.
const SOURCES: [&str; 50] = [
    "*",
    "'self'",
    "'none'",
    "",
    "https:",
    "http:",
    "wss:",
    "ws:",
    "app.test",
    "api.test",
    "https://api.test",
    "http://api.test",
    "wss://api.test",
    "ws://api.test",
    "*.api.test",
    "https://*.api.test",
    "wss://*.api.test:*",
    "api.test:8443",
    "api.test:*",
    "https://api.test:8443",
    "api.test:443",
    "api.test:80",
    "http://api.test:80",
    "ws://api.test:80",
    "https://api.test/v1",
    "https://api.test/v1/",
    "https://api.test/V1",
    "http://app.test:*",
    "ws://localhost:*",
    "localhost:*",
    "http://127.0.0.1:8000",
    "'self' 'none'",
    "WSS://API.TEST",
    "ws://api.test:443",
    "http://api.test:443",
    "ws://app.test",
    "*:*",
    "*:8443",
    "https://*",
    "https://*:*",
    "http://*",
    "wss://*",
    "ws://*:*",
    "'SELF' https://api.test",
    "http:api.test",
    "https://api.test:8443/v1 wss:",
    "api.test/v1",
    "'unsafe-inline' data: blob:",
    "wss://api.test:443",
    "https://api_x.test wss://api.test/v1",
];

/// Whole headers: name and value.
const HEADERS: [&[(&str, &str)]; 14] = [
    &[],
    &[("Content-Security-Policy", "upgrade-insecure-requests")],
    &[("Content-Security-Policy-Report-Only", "connect-src 'none'")],
    &[("Content-Security-Policy", "upgrade-insecure-requests; connect-src http: ws:")],
    &[("Content-Security-Policy", "upgrade-insecure-requests; connect-src https: wss:")],
    &[("Content-Security-Policy", "default-src 'none'")],
    &[("Content-Security-Policy", "default-src 'none'; connect-src *")],
    &[("Content-Security-Policy", "connect-src *, connect-src https://api.test")],
    &[("Content-Security-Policy", "connect-src 'none'; connect-src *")],
    &[("Content-Security-Policy", "connect-src *"), ("Content-Security-Policy", "default-src wss:")],
    &[("Content-Security-Policy", "connect-src 'self'"), ("Content-Security-Policy-Report-Only", "connect-src *")],
    &[("Content-Security-Policy", "script-src 'self'; style-src 'none'")],
    &[("Content-Security-Policy", "; ;DEFAULT-SRC 'self' ;")],
    &[("Content-Security-Policy", "connect-src 'self'\thttps://api.test")],
];

/// Policies of `<meta>` elements.
const METAS: [&[&str]; 4] = [
    &["connect-src 'self' wss://api.test"],
    &["default-src 'self'", "connect-src *"],
    &["connect-src https://api.test, wss://api.test"],
    &["upgrade-insecure-requests"],
];

const ASKED: [(&str, &str); 25] = [
    ("WebSocket", "ws://api.test/v1"),
    ("WebSocket", "wss://api.test/v1"),
    ("WebSocket", "wss://api.test:8443/v1"),
    ("WebSocket", "ws://api.test:8000/v1"),
    ("WebSocket", "wss://x.api.test/v1"),
    ("fetch", "https://api.test/v1"),
    ("fetch", "https://api.test/v1/x"),
    ("fetch", "http://api.test/v1"),
    ("fetch", "http://api.test:8000/v1"),
    ("fetch", "https://api.test:8443/v1"),
    ("fetch", "https://x.api.test/v1"),
    ("WebSocket", "ws://app.test/x"),
    ("WebSocket", "wss://app.test/x"),
    ("WebSocket", "wss://app.test:8443/x"),
    ("WebSocket", "ws://app.test:8080/x"),
    ("fetch", "http://app.test/x"),
    ("fetch", "https://app.test/x"),
    ("fetch", "http://app.test:8080/x"),
    ("fetch", "https://app.test:8443/x"),
    ("WebSocket", "ws://localhost:3000/x"),
    ("fetch", "http://localhost:3000/x"),
    ("fetch", "http://127.0.0.1:8000/x"),
    ("WebSocket", "ws://127.0.0.1:8000/x"),
    ("EventSource", "https://api.test/v1"),
    ("EventSource", "http://app.test/x"),
];

struct Case {
    page: &'static str,
    headers: Vec<(String, String)>,
    metas: Vec<&'static str>,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for page in PAGES {
        for sources in SOURCES {
            let header = ("Content-Security-Policy".to_owned(), format!("connect-src {sources}"));
            cases.push(Case { page, headers: vec![header], metas: Vec::new() });
        }
        for headers in HEADERS {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            cases.push(Case { page, headers, metas: Vec::new() });
        }
        for metas in METAS {
            cases.push(Case { page, headers: Vec::new(), metas: metas.to_vec() });
        }
    }
    cases
}

/// What arrived of each request: `tls`, `plain` or nothing.
fn arrives(cases: &[Case]) -> Vec<Vec<Option<String>>> {
    let chromium = program(&["/usr/bin/chromium"].map(PathBuf::from), "apt-get install -y chromium");
    let node = program(&["/usr/bin/node", "/usr/local/bin/node"].map(PathBuf::from), "apt-get install -y nodejs");
    let folder = tempfile::tempdir().expect("a folder");
    let [certificate, key] = ["c.pem", "k.pem"].map(|name| folder.path().join(name));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=app.test", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status()
        .expect("openssl starts: apt-get install -y openssl");
    assert!(made.success(), "openssl makes a certificate");
    let asked: Vec<Value> = ASKED.iter().map(|(api, url)| json!({ "api": api, "url": url })).collect();
    let listed: Vec<Value> = cases
        .iter()
        .map(|case| json!({ "page": case.page, "headers": case.headers, "meta": case.metas, "asked": asked }))
        .collect();
    let input = json!({
        "chromium": chromium, "certificate": certificate, "key": key, "folder": folder.path().join("profile"),
        "cases": listed,
    });
    let mut child = Command::new(node)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/policies/ask.js"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let text = input.to_string();
    let writer = std::thread::spawn(move || pipe.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("node ends");
    writer.join().expect("no panic").expect("node reads");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("an answer");
    assert_eq!(answer["settled"], cases.len(), "every page is loaded");
    serde_json::from_value(answer["answers"].clone()).expect("a list for each page")
}

fn parts(url: &str) -> (String, String, u16, String) {
    let url = url::Url::parse(url).expect("a URL");
    let port = url.port_or_known_default().expect("a port");
    (url.scheme().to_owned(), url.host_str().expect("a host").to_owned(), port, url.path().to_owned())
}

/// What the policies say of an address with this scheme and port.
fn let_out(policies: &[Policy], page: &str, url: &str, scheme: &str, port: u16) -> Match {
    let (page_scheme, page_host, page_port, _) = parts(page);
    let (_, host, _, path) = parts(url);
    let page = CspPage { scheme: &page_scheme, host: Some(&page_host), port: Some(page_port) };
    let asked =
        AskedUrl { scheme, host: Some(&host), port: Some(port), path: (&path, Whole::Yes), whose: Whose::Stated };
    policies.iter().fold(Match::Yes, |all, policy| {
        let one = policy.of_connections().map_or(Match::Yes, |directive| matches(&directive.values, &page, &asked));
        all.and(one)
    })
}

/// What wirelint expects to arrive; the outer `None`: it does not say.
fn expected(case: &Case, api: &str, url: &str) -> Option<Option<&'static str>> {
    let enforced = case.headers.iter().filter(|(name, _)| name == "Content-Security-Policy");
    let mut policies: Vec<Policy> = enforced.flat_map(|(_, value)| policies_of_header(value)).collect();
    policies.extend(case.metas.iter().flat_map(|text| policies_of_header(text)));
    let (scheme, host, port, _) = parts(url);
    let local = matches!(host.as_str(), "localhost" | "127.0.0.1");
    let upgrades = policies.iter().any(Policy::upgrades) && !local;
    let secure = match scheme.as_str() {
        "ws" => "wss",
        "http" => "https",
        other => other,
    };
    let plainly = let_out(&policies, case.page, url, &scheme, port);
    let found = if upgrades {
        let asked = if port == 80 { 443 } else { port };
        let securely = let_out(&policies, case.page, url, secure, asked);
        match api {
            "WebSocket" => securely,
            // Chromium asks about the address as written, the standard about the upgraded one.
            _ if plainly == securely => plainly,
            _ => return None,
        }
    } else {
        plainly
    };
    let over_tls = upgrades || scheme == secure;
    let mixed = case.page.starts_with("https") && !over_tls && !local;
    match found {
        Match::Unknown => None,
        Match::No => Some(None),
        Match::Yes if mixed => Some(None),
        Match::Yes => Some(Some(if over_tls { "tls" } else { "plain" })),
    }
}

#[test]
fn a_browser_lets_out_what_is_expected() {
    let cases = cases();
    let answers = arrives(&cases);
    let (mut asked, mut unknown, mut out) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (case, answers) in cases.iter().zip(&answers) {
        for ((api, url), real) in ASKED.iter().zip(answers) {
            asked += 1;
            out += usize::from(real.is_some());
            match expected(case, api, url) {
                None => unknown += 1,
                Some(expected) if expected == real.as_deref() => {}
                Some(expected) => wrong.push(format!(
                    "{} {:?} {:?} {api} {url}: {expected:?}, and really {real:?}",
                    case.page, case.headers, case.metas
                )),
            }
        }
    }
    println!("{} pages, {asked} requests: {out} arrive, {} wrong, {unknown} unknown", cases.len(), wrong.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(unknown * 50 < asked, "{unknown} of {asked} are not known");
    assert!(out * 5 > asked && out * 5 < asked * 4, "{out} of {asked} arrive");
}

//! Requests to small configurations, with what nobody knows in them.

use super::{HaproxyInstance, discover};
use crate::base::{Entry, FileKind, RepoPath, Tracking};
use crate::facts::{HoleReason, Protocol, Repository, extract};
use crate::model::proxy::{
    Answer, BackEndHeader, Carries, IdleTimeout, KeepsPrefix, Outcome, Proxy, Request, Sent, Upgrade, Upstream,
};
use crate::model::{PathPiece, PathText, Tls};

fn repository(files: &[(&str, &str)]) -> Repository {
    let mut facts: Vec<_> = files
        .iter()
        .map(|(path, text)| {
            let mut entry = Entry::classify(RepoPath::new(path).expect("inside"), 0, Tracking::Tracked);
            entry.kind = FileKind::Haproxy;
            extract(&entry, text)
        })
        .collect();
    facts.sort_by(|a, b| a.path.cmp(&b.path));
    Repository { files: facts.into_iter().map(Into::into).collect(), ..Repository::default() }
}

fn instance(text: &str) -> HaproxyInstance {
    discover(&repository(&[("haproxy.cfg", text)])).pop().expect("an instance")
}

fn known(text: &str) -> PathPiece {
    PathPiece::Known(text.into())
}

fn request(port: u16, tls: Tls, host: Option<&str>, path: &[PathPiece], protocol: Protocol) -> Request {
    Request::from_browser(port, tls, host.map(Into::into), PathText(path.to_vec()), protocol)
}

fn get(instance: &HaproxyInstance, path: &str) -> Answer {
    instance.answer(&request(80, Tls::Plain, Some("a.test"), &[known(path)], Protocol::Http))
}

/// The address that the request is sent to, or the outcome in a word.
fn shown(answer: &Answer) -> String {
    match &answer.outcome {
        Outcome::Proxied(proxied) => {
            let pieces = proxied.path.0.iter().map(|piece| match piece {
                PathPiece::Known(text) => text.to_string(),
                _ => "{}".to_owned(),
            });
            let target = proxied.targets.first().expect("a target");
            let port = target.port.map_or("?".to_owned(), |port| port.to_string());
            format!("{}:{port}{}", target.host.as_deref().unwrap_or("?"), pieces.collect::<String>())
        }
        Outcome::Redirect { code, target, .. } => format!("{code} {target}"),
        Outcome::Files { .. } => "files".to_owned(),
        Outcome::Status { code, .. } => code.to_string(),
        Outcome::Unknown(why) => format!("unknown {:?}", why.reason),
    }
}

const BACK: &str = "backend web\n server s web:1\nbackend api\n server s api:2\n";

/// A front end with these lines, and two back ends.
fn front(lines: &str) -> HaproxyInstance {
    instance(&format!("defaults\n mode http\nfrontend f\n bind :80\n{lines}\n{BACK}"))
}

#[test]
fn what_is_not_known_stays_so() {
    let text = "use_backend api if { hdr(x-who) ann }\nuse_backend api if { path_reg ^/item/[0-9]+$ }\n\
        use_backend api if { path_beg /{{ prefix }} }\ndefault_backend web\n";
    let unknown = front(text);
    assert_eq!(shown(&get(&unknown, "/x")), "unknown Runtime");
    let path = [known("/item/"), PathPiece::Segment];
    let items = front("use_backend api if { path_reg ^/item/[0-9]+$ }\ndefault_backend web");
    let answer = items.answer(&request(80, Tls::Plain, None, &path, Protocol::Http));
    assert_eq!(shown(&answer), "unknown Runtime");
    let rest = items.answer(&request(80, Tls::Plain, None, &[known("/x/"), PathPiece::Rest], Protocol::Http));
    assert_eq!(shown(&rest), "web:1/x/{}");
    let agrees = front("use_backend web if { hdr(x-who) ann }\ndefault_backend web");
    assert_eq!(shown(&get(&agrees, "/x")), "web:1/x");
    let elsewhere = front("default_backend gone");
    assert_eq!(shown(&get(&elsewhere, "/x")), "unknown Unresolved(\"backend gone\")");
    let map = front("use_backend %[req.hdr(host),map(/etc/hosts.map)]\ndefault_backend web");
    assert!(
        matches!(get(&map, "/x").outcome, Outcome::Unknown(why) if why.reason == HoleReason::ExternalCall("map".into()))
    );
}

#[test]
fn addresses_with_placeholders_are_half_known() {
    let server = |address: &str| {
        let text = format!("listen l\n mode http\n bind :80\n server s {address}\n");
        shown(&get(&instance(&text), "/"))
    };
    assert_eq!(server("\"${HOST}:8000\""), "?:8000/");
    assert_eq!(server("back:${PORT}"), "back:?/");
    assert_eq!(server("{{ host }}:{{ port }}"), "?:?/");
    assert_eq!(server("back"), "back:80/");
    assert_eq!(server("back:+8000"), "back:8080/");
    assert_eq!(server("[::1]:8000"), "::1:8000/");
    assert_eq!(server("ipv4@back:8000"), "back:8000/");
    assert_eq!(server("/run/app.sock"), "?:?/");
}

#[test]
fn a_host_may_have_a_port() {
    let text = |port: u16| {
        format!(
            "defaults\n mode http\nfrontend f\n bind :{port}\n use_backend api if {{ hdr(host) -i a.test }}\n default_backend web\n{BACK}"
        )
    };
    let ask = |port: u16, host: Option<&str>| {
        let mut request = request(port, Tls::Plain, Some("a.test"), &[known("/")], Protocol::Http);
        request.headers.listed.extend(host.map(|host| ("Host".into(), Sent::Text(host.into()))));
        shown(&instance(&text(port)).answer(&request))
    };
    assert_eq!(ask(80, None), "api:2/");
    // whether 8080 is what the browser knows is not said
    assert_eq!(ask(8080, None), "unknown Runtime");
    assert_eq!(ask(8080, Some("a.test:8080")), "web:1/");
    assert_eq!(ask(8080, Some("a.test")), "api:2/");
}

#[test]
fn browsers_speak_http_2_where_it_is_offered() {
    let text = format!(
        "defaults\n mode http\nfrontend f\n bind :443 ssl crt x alpn h2,http/1.1\n http-request replace-uri ^/v1(.*) \\1\n\
         use_backend api if {{ url_beg /api }}\n default_backend web\n{BACK}"
    );
    let instance = instance(&text);
    let ask = |protocol, path: &str| {
        shown(&instance.answer(&request(443, Tls::Tls, Some("a.test"), &[known(path)], protocol)))
    };
    assert_eq!(ask(Protocol::Http, "/api/x"), "web:1/api/x");
    assert_eq!(ask(Protocol::Http, "/v1/x"), "web:1/v1/x");
    assert_eq!(ask(Protocol::WebSocket, "/api/x"), "unknown Runtime");
    assert_eq!(instance.speaks_http2(443), Some(true));
}

#[test]
fn silence_is_measured_where_it_counts() {
    let timeout = |lines: &str, carries| {
        let text = format!("defaults\n mode http\n{lines}\nlisten l\n bind :80\n server s b:1\n");
        let instance = instance(&text);
        let answer = get(&instance, "/x");
        match instance.idle_timeout(answer.level, carries) {
            Some(IdleTimeout::Written { milliseconds, .. }) => Some(milliseconds),
            Some(IdleTimeout::Never) => None,
            other => panic!("{other:?}"),
        }
    };
    let both = " timeout client 20s\n timeout server 30000";
    assert_eq!(timeout(both, Carries::Socket), Some(20_000));
    assert_eq!(timeout(both, Carries::Answer), Some(30_000));
    let tunnel = " timeout client 20s\n timeout server 30s\n timeout tunnel 1h";
    assert_eq!(timeout(tunnel, Carries::Socket), Some(3_600_000));
    assert_eq!(timeout(tunnel, Carries::Answer), Some(30_000));
    assert_eq!(timeout("", Carries::Socket), None);
}

#[test]
fn clients_are_bound_by_source_cookie_or_table() {
    let spread = |lines: &str, first: &str| {
        let text = format!(
            "defaults\n mode http\nfrontend f\n bind :80\n default_backend b\nbackend b\n{lines}\n server a h:1{first}\n server b h:2\n"
        );
        let instance = instance(&text);
        let Outcome::Proxied(proxied) = get(&instance, "/x").outcome else { panic!("forwarded") };
        matches!(instance.spread(&proxied), Upstream::Spread { servers: 2, .. })
    };
    assert!(spread(" balance roundrobin", ""));
    assert!(spread(" cookie SRV insert", ""), "no server has a value");
    assert!(!spread(" cookie SRV insert", " cookie a"));
    assert!(!spread(" balance source", ""));
    assert!(!spread(" stick-table type ip size 1k\n stick on src", ""));
    assert!(!spread("", " backup"));
}

#[test]
fn headers_of_answers_are_added_or_replaced() {
    let instance = front(
        "http-request set-var(txn.origin) req.hdr(origin)\nhttp-response add-header X-Kept one\nhttp-response set-header X-Set two\n\
         http-response del-header X-Gone\nhttp-response set-header X-Status no if { status 404 }\n\
         http-response set-header Access-Control-Allow-Origin %[var(txn.origin)] if { var(txn.origin) -m found }\ndefault_backend web",
    );
    let answer = get(&instance, "/x");
    let added: Vec<_> = instance
        .added_headers(answer.level)
        .into_iter()
        .map(|header| (header.name.to_string(), header.back_end))
        .collect();
    let expected = [
        ("X-Kept", BackEndHeader::Kept),
        ("X-Set", BackEndHeader::Replaced),
        ("Access-Control-Allow-Origin", BackEndHeader::Replaced),
    ];
    assert_eq!(added, expected.map(|(name, back_end)| (name.to_owned(), back_end)));
    assert!(instance.hides_header(answer.level, "X-Gone") && !instance.hides_header(answer.level, "X-Kept"));
    assert!(instance.sets_cors());
}

#[test]
fn upgrades_are_carried_unless_a_rule_takes_them() {
    let verdict = |rule: &str| {
        let instance = front(&format!("{rule}\ndefault_backend web"));
        let answer = instance.answer(&request(80, Tls::Plain, None, &[known("/ws")], Protocol::WebSocket));
        let Outcome::Proxied(proxied) = answer.outcome else { panic!("forwarded") };
        proxied.upgrade
    };
    assert_eq!(verdict("option httpclose"), Upgrade::Carried);
    assert!(matches!(verdict("http-request del-header Upgrade"), Upgrade::Lost(_)));
    assert!(matches!(verdict("http-request set-header Connection close"), Upgrade::Lost(_)));
    assert!(matches!(verdict("http-request del-header Upgrade if { hdr(x-who) ann }"), Upgrade::Unknown(_)));
}

#[test]
fn a_path_is_fixed_where_it_is_changed() {
    let fixes = |rule: &str| {
        let instance = front(&format!("{rule}\nuse_backend api if {{ path_beg /api }}\ndefault_backend web"));
        let Outcome::Proxied(proxied) = get(&instance, "/api/x").outcome else { panic!("forwarded") };
        let fixes = instance.path_fixes(&proxied, &PathText::known("/api/x"));
        fixes.into_iter().map(|fix| (fix.path.display(), fix.keeps)).collect::<Vec<_>>()
    };
    assert_eq!(fixes(""), [("/x".to_owned(), KeepsPrefix::No)]);
    assert_eq!(fixes("http-request replace-path (.*) \\1/y"), [("/api/x".to_owned(), KeepsPrefix::Yes)]);
}

#[test]
fn names_lead_to_back_ends_of_their_own() {
    let instance = front("acl api hdr(host) -i api.a.test\nuse_backend api if api\ndefault_backend web");
    let names: Vec<Vec<&str>> =
        instance.listens().iter().map(|listen| listen.names.iter().map(|name| &**name).collect()).collect();
    assert_eq!(names, [vec![], vec!["api.a.test"]]);
}

#[test]
fn limits_of_clients_are_not_met_by_one() {
    let instance = front(
        "http-request track-sc0 src\nhttp-request deny deny_status 429 if { sc_http_req_rate(0) gt 20 }\n\
         http-request deny if { nbsrv(web) lt 1 }\ndefault_backend web",
    );
    assert_eq!(shown(&get(&instance, "/x")), "web:1/x");
}

#[test]
fn files_of_a_folder_are_one_where_they_need_each_other() {
    let front = "frontend f\n mode http\n bind :80\n default_backend b\n";
    let back = "backend b\n mode http\n server s b:1\n";
    let found = discover(&repository(&[("conf/10-front.cfg", front), ("conf/20-back.cfg", back)]));
    assert_eq!(found.len(), 1);
    assert_eq!(shown(&get(&found[0], "/x")), "b:1/x");
    let whole = format!("global\n{front}{back}");
    let found = discover(&repository(&[("a/dev.cfg", &whole), ("a/prod.cfg", &whole), ("b/back.cfg", back)]));
    assert_eq!(found.len(), 2);
}

#[test]
fn lines_of_conditions_are_open() {
    let instance = front(".if defined(X)\nhttp-request deny\n.endif\ndefault_backend web");
    assert_eq!(shown(&get(&instance, "/x")), "unknown Runtime");
}

#[test]
fn long_and_circular_configurations_end() {
    let terms = format!("use_backend api if {}\ndefault_backend web", "{ hdr(x) y } or ".repeat(2_000));
    assert!(matches!(get(&front(&terms), "/x").outcome, Outcome::Unknown(_)));
    let rules = "http-request deny if { rand lt 5 }\n".repeat(200);
    assert!(matches!(get(&front(&format!("{rules}default_backend web")), "/x").outcome, Outcome::Unknown(_)));
    let circle = "defaults a from b\n mode http\ndefaults b from a\n mode http\nfrontend f from a\n bind :80\n";
    assert_eq!(shown(&get(&instance(circle), "/x")), "503");
    let ports = instance("frontend f\n mode http\n bind :1-65535\n bind :99999\n");
    assert!(ports.listens().len() <= 17);
}

/// What is behind a bound may say anything.
#[test]
fn a_configuration_that_is_cut_is_unknown_and_told_of() {
    let rules: String = (0..200).map(|at| format!(" use_backend web if {{ hdr(host) -i a{at}.test }}\n")).collect();
    let binds: String = (0..200).map(|at| format!(" bind :{}\n", 1_000 + at)).collect();
    let names = format!("frontend f\n mode http\n bind :80\n{binds}{rules}{BACK}");
    let defaults: String = (1..90).map(|at| format!("defaults d{at} from d{}\n", at - 1)).collect();
    let chain =
        format!("defaults d0\n mode http\n{defaults}frontend f from d89\n bind :80\n default_backend web\n{BACK}");
    for (text, words) in [(names, "addresses of one HAProxy"), (chain, "`defaults` of HAProxy")] {
        let instance = instance(&text);
        assert_eq!(shown(&get(&instance, "/x")), "unknown Limit", "{words}");
        assert!(!instance.accusable() && !instance.holes().is_empty());
        let told: Vec<String> = instance.limits().iter().map(|(_, limit)| limit.to_string()).collect();
        assert!(told.iter().any(|limit| limit.contains(words)), "{words}: {told:?}");
    }
}

#[test]
fn each_address_is_there_once_for_the_names_of_each_rule() {
    let rules = " use_backend api if { hdr(host) -i a.test }\n use_backend api if { hdr(host) -i b.test }\n";
    let shown = |binds: &str, more: &str| -> Vec<String> {
        let instance = instance(&format!("frontend f\n mode http\n{binds}{rules}{more}{BACK}"));
        let one = |listen: &crate::model::proxy::ListenAddress| format!("{} {}", listen.port, listen.names.join(" "));
        instance.listens().iter().map(one).collect()
    };
    let rest = " default_backend web\n";
    assert_eq!(shown(" bind :80,:80\n", rest), ["80 ", "80 a.test", "80 b.test"]);
    assert_eq!(shown(" bind :80\n bind :443 ssl\n", rest), ["80 ", "443 ", "443 a.test", "443 b.test"]);
    assert_eq!(shown(" bind :80\n bind :443 ssl\n", ""), ["80 a.test", "443 a.test", "80 b.test", "443 b.test"]);
    assert!(shown(" bind \"$WHERE\"\n", rest).is_empty());
}

#[test]
fn ranges_of_ports_are_known_as_ranges() {
    let instance =
        instance(&format!("frontend f\n mode http\n bind :1000-2000\n bind :80-81\n default_backend web\n{BACK}"));
    let ranges: Vec<_> = instance.port_ranges().iter().map(|range| (range.first, range.last)).collect();
    assert_eq!(ranges, [(1_000, 2_000)]);
    assert!(instance.listens().len() < 20);
}

#[test]
fn what_servers_share_is_said_last_by_whoever_is_nearest() {
    let back = "backend b\n default-server no-ssl\n default-server ssl alpn h2\n server one b:1\n";
    let text = format!(
        "defaults\n mode http\n default-server backup\nfrontend f\n bind :80\n default_backend b\n{back} server two c:2 no-backup no-ssl\n"
    );
    let answer = get(&instance(&text), "/x");
    assert_eq!(shown(&answer), "c:2/x");
    let Outcome::Proxied(proxied) = answer.outcome else { panic!("forwarded") };
    assert_eq!(&*proxied.scheme, "http");
}

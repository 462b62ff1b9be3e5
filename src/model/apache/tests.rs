//! Requests to small configurations, with what nobody knows in them.

use std::collections::BTreeMap;

use super::{ApacheInstance, discover};
use crate::base::{Entry, FileKind, RepoPath, Tracking};
use crate::facts::{Demand, HoleReason, Protocol, Repository, extract};
use crate::model::proxy::{Answer, Carries, IdleTimeout, Outcome, Proxy, Request, Upgrade};
use crate::model::{PathPiece, PathText, Tls};

/// The repository of these files, includes by their paths.
fn repository(files: &[(&str, &str)]) -> Repository {
    let mut facts: Vec<_> = files
        .iter()
        .map(|(path, text)| {
            let mut entry = Entry::classify(RepoPath::new(path).expect("inside"), 0, Tracking::Tracked);
            entry.kind = FileKind::Apache;
            extract(&entry, text)
        })
        .collect();
    facts.sort_by(|a, b| a.path.cmp(&b.path));
    let mut repository = Repository { files: facts.into_iter().map(Into::into).collect(), ..Repository::default() };
    let mut resolved = BTreeMap::new();
    for (id, facts) in repository.iter() {
        for demand in &facts.demands {
            let Demand::ApacheInclude(text) = demand else { continue };
            let found = RepoPath::new(text).and_then(|path| repository.find(&path));
            resolved.insert((id, text.clone()), found.into_iter().collect());
        }
    }
    repository.resolved = resolved;
    repository
}

fn instance(text: &str) -> ApacheInstance {
    discover(&repository(&[("site.conf", text)])).pop().expect("an instance")
}

fn ask(instance: &ApacheInstance, host: Option<&str>, path: &[PathPiece], protocol: Protocol) -> Answer {
    let request = Request::from_browser(80, Tls::Plain, host.map(Into::into), PathText(path.to_vec()), protocol);
    instance.answer(&request)
}

fn known(text: &str) -> PathPiece {
    PathPiece::Known(text.into())
}

/// The path that the upstream gets, or the outcome in a word.
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

#[test]
fn what_is_not_known_stays_so() {
    let text = "<VirtualHost *:80>\nServerName a.test\n\
        ProxyPass /api/ ${BACK}/api/\nProxyPass /host/ http://${HOST}:8000/\nProxyPass /port/ http://back:${PORT}/\n\
        ProxyPassMatch ^/item/(\\d+)$ http://back:1/$1\nProxyPass /all/ http://back:2/all/\n\
        Redirect /out https://${NAME}/\nRewriteEngine On\nRewriteCond %{HTTP_USER_AGENT} curl\n\
        RewriteRule ^/agent /other [PT]\nRewriteCond %{HTTP_USER_AGENT} curl\nRewriteRule ^/same - [S=1]\n</VirtualHost>\n";
    let instance = instance(text);
    let table: [(&[PathPiece], &str); 9] = [
        (&[known("/api/x")], "?:?/api/x"),
        (&[known("/host/x")], "?:8000/x"),
        (&[known("/port/x")], "back:?/x"),
        (&[known("/all/"), PathPiece::Segment], "back:2/all/{}"),
        (&[known("/item/"), PathPiece::Segment], "unknown Runtime"),
        (&[known("/out/x")], "302 https://${NAME}/"),
        (&[known("/agent")], "files"),
        (&[known("/same")], "files"),
        (&[known("/none"), PathPiece::Rest], "files"),
    ];
    for (path, expected) in table {
        assert_eq!(shown(&ask(&instance, Some("a.test"), path, Protocol::Http)), expected, "{path:?}");
    }
    assert_eq!(instance.placeholders().len(), 4);
}

#[test]
fn conditions_that_nobody_knows_are_tried_both_ways() {
    let rule = |rest: &str| {
        instance(&format!(
            "<VirtualHost *:80>\nProxyPass / http://back:1/\nRewriteEngine On\nRewriteCond %{{HTTP_USER_AGENT}} curl\n{rest}\n</VirtualHost>\n"
        ))
    };
    let path = [known("/x")];
    let differs = rule("RewriteRule ^ - [F]");
    assert_eq!(shown(&ask(&differs, None, &path, Protocol::Http)), "unknown Runtime");
    let agrees = rule("RewriteRule ^/y - [F]");
    assert_eq!(shown(&ask(&agrees, None, &path, Protocol::Http)), "back:1/x");
}

#[test]
fn an_include_that_is_not_there_may_say_more() {
    let text = "<VirtualHost *:80>\nInclude elsewhere/routes.conf\nProxyPass /api http://back:1/api\n</VirtualHost>\n";
    let instance = instance(text);
    let files = ask(&instance, None, &[known("/x")], Protocol::Http);
    let Outcome::Unknown(why) = files.outcome else { panic!("{files:?}") };
    assert_eq!(why.reason, HoleReason::Unresolved("elsewhere/routes.conf".into()));
    let forwarded = ask(&instance, None, &[known("/api/x")], Protocol::Http);
    assert_eq!((shown(&forwarded).as_str(), forwarded.assumptions.len()), ("back:1/api/x", 1));
}

#[test]
fn a_configuration_in_several_files_is_one() {
    let files = [
        (
            "httpd.conf",
            "LoadModule proxy_module modules/mod_proxy.so\nLoadModule proxy_http_module x\nListen 80\nInclude sites/a.conf\n",
        ),
        (
            "sites/a.conf",
            "<VirtualHost *:80>\nServerName a.test\nProxyPass / http://back:1/\n</VirtualHost>\n<VirtualHost *:81>\n</VirtualHost>\n",
        ),
        ("other/b.conf", "<IfModule mod_ssl.c>\n<VirtualHost *:443>\nSSLEngine on\n</VirtualHost>\n</IfModule>\n"),
    ];
    let found = discover(&repository(&files));
    let listens: Vec<Vec<(u16, Tls)>> =
        found.iter().map(|one| one.listens().iter().map(|listen| (listen.port, listen.tls)).collect()).collect();
    // a virtual host on a port that nothing opens is not reached
    assert_eq!(listens, [vec![(80, Tls::Plain)], vec![(443, Tls::Tls)]]);
    assert_eq!(shown(&ask(&found[0], None, &[known("/x")], Protocol::Http)), "back:1/x");
}

#[test]
fn an_upgrade_whose_worker_hangs_on_the_query_is_not_known() {
    let text = "ProxyPassMatch ^/(api|ws)(.*)$ http://back:1/$1$2 upgrade=websocket\n";
    let answer = ask(&instance(text), None, &[known("/ws")], Protocol::WebSocket);
    let Outcome::Proxied(proxied) = answer.outcome else { panic!("{answer:?}") };
    assert!(matches!(proxied.upgrade, Upgrade::Unknown(_)), "{:?}", proxied.upgrade);
}

#[test]
fn silence_is_measured_where_it_counts() {
    let text = "Timeout 20\nProxyPass /a http://back:1/a timeout=2\nProxyPass /b http://back:2/b\n";
    let instance = instance(text);
    let timeout = |path: &str, carries| {
        let answer = ask(&instance, None, &[known(path)], Protocol::Http);
        match instance.idle_timeout(answer.level, carries) {
            Some(IdleTimeout::Written { milliseconds, .. }) => Some(milliseconds),
            Some(IdleTimeout::Never) => None,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(timeout("/a/x", Carries::Answer), Some(2_000));
    assert_eq!(timeout("/b/x", Carries::Answer), Some(20_000));
    assert_eq!(timeout("/a/x", Carries::Socket), None);
}

#[test]
fn deep_nesting_and_circles_end() {
    let deep = format!("{}{}", "<IfModule a>\n".repeat(47), "</IfModule>\n".repeat(47));
    let circle =
        [("a.conf", "Include b.conf\nListen 80\n"), ("b.conf", "Include a.conf\nProxyPass / http://back:1/\n")];
    assert!(discover(&repository(&[("a.conf", &format!("Listen 80\n{deep}"))])).len() == 1);
    for found in discover(&repository(&circle)) {
        assert!(found.files().len() <= 2);
    }
    let rules = "RewriteEngine On\nRewriteRule ^(.*)$ $1x [N]\n";
    let answer = ask(&instance(&format!("Listen 80\n{rules}")), None, &[known("/x")], Protocol::Http);
    assert!(matches!(answer.outcome, Outcome::Unknown(_) | Outcome::Status { code: 500, .. }), "{answer:?}");
}

/// Every rule of a section sees what follows the file again (documented at `[DPI]`): how much that is depends on the folders there.
#[test]
fn a_second_rule_of_a_section_sees_the_end_of_the_path_again() {
    let site = |flags: &str| {
        let text = format!(
            "<VirtualHost *:80>\nServerName a.test\nDocumentRoot /srv/www\n<Location />\nRewriteEngine On\n\
             RewriteRule (.*) /n {flags}\nRewriteRule (.*) http://back:1/$1 [P]\n</Location>\n</VirtualHost>\n"
        );
        instance(&text)
    };
    let get = |site: &ApacheInstance, path: &str| shown(&ask(site, Some("a.test"), &[known(path)], Protocol::Http));
    assert_eq!(get(&site(""), "/ws/api"), "unknown Runtime");
    assert_eq!(get(&site(""), "/ws"), "back:1/n");
    assert_eq!(get(&site("[DPI]"), "/ws/api"), "back:1/n");
}

/// Asked of httpd 2.4.71: `ServerName` alone makes a host lose the setting of the main server.
#[test]
fn encoded_slashes_are_inherited_by_a_host_without_directives_of_the_core() {
    let site = |own: &str| {
        instance(&format!(
            "AllowEncodedSlashes NoDecode\n<VirtualHost *:80>\n{own}ProxyPass / http://back:1/\n</VirtualHost>\n"
        ))
    };
    let get = |site: &ApacheInstance| shown(&ask(site, Some("a.test"), &[known("/a%2Fb")], Protocol::Http));
    assert_eq!(get(&site("")), "back:1/a%2Fb");
    assert_eq!(get(&site("ServerName a.test\n")), "404");
}

#[test]
fn methods_that_a_limit_does_not_name_are_let_in() {
    let site = instance(
        "<VirtualHost *:80>\nServerName a.test\n<Location />\nRequire all denied\n</Location>\n<Location /a>\n\
         <Limit POST>\nRequire all denied\n</Limit>\n</Location>\nProxyPass / http://back:1/\n</VirtualHost>\n",
    );
    let get = |path: &str| shown(&ask(&site, Some("a.test"), &[known(path)], Protocol::Http));
    assert_eq!(get("/a"), "back:1/a");
    assert_eq!(get("/b"), "403");
}

/// What is behind a bound may say anything.
#[test]
fn a_configuration_that_is_cut_is_unknown_and_told_of() {
    let doubling: String = (0..60).map(|at| format!("Define A{} ${{A{at}}}${{A{at}}}\n", at + 1)).collect();
    let ports: String =
        (0..300).map(|at| format!("Listen {}\n<VirtualHost *>\n</VirtualHost>\n", 1_000 + at)).collect();
    let deep = format!("{}{}", "<IfModule a>\n".repeat(40), "</IfModule>\n".repeat(40));
    let include = |at: usize| format!("Include {}.conf\nListen 80\n", at + 1);
    let files: Vec<(String, String)> = (0..30).map(|at| (format!("{at}.conf"), include(at))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let pass = "ProxyPass / http://back:1/\n";
    let cases = [
        (instance(&format!("Listen 80\nDefine A0 x\n{doubling}{pass}Header set A ${{A60}}\n")), "bytes of words"),
        (instance(&format!("{ports}{pass}")), "addresses of one Apache"),
        (discover(&repository(&files)).remove(0), "includes of an Apache configuration"),
    ];
    for (instance, words) in &cases {
        let answer = ask(instance, None, &[known("/x")], Protocol::Http);
        assert_eq!(shown(&answer), "unknown Limit", "{words}");
        assert!(!instance.accusable() && !instance.holes().is_empty(), "{words}");
        let limits: Vec<String> = instance.limits().iter().map(|(_, limit)| limit.to_string()).collect();
        assert!(limits.iter().any(|limit| limit.contains(words)), "{words}: {limits:?}");
    }
    let whole = instance(&format!("Listen 80\n{deep}{pass}"));
    assert_eq!(shown(&ask(&whole, None, &[known("/x")], Protocol::Http)), "back:1/x");
    assert_eq!(whole.limits(), []);
}

#[test]
fn modules_are_seen_in_whichever_file_loads_them() {
    let mut files: Vec<(String, String)> =
        (0..100).map(|at| (format!("m{at}.conf"), "Timeout 60\n".to_owned())).collect();
    files.push(("m100.conf".to_owned(), "LoadModule ssl_module modules/mod_ssl.so\n".to_owned()));
    let includes: String = (0..=100).map(|at| format!("Include m{at}.conf\n")).collect();
    let main = format!(
        "ServerRoot /etc\nListen 80\nLoadModule proxy_module x\nLoadModule proxy_http_module x\n{includes}<IfModule mod_ssl.c>\nProxyPass / http://back:1/\n</IfModule>\n"
    );
    files.push(("httpd.conf".to_owned(), main));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let found = discover(&repository(&files)).pop().expect("an instance");
    assert_eq!(shown(&ask(&found, None, &[known("/x")], Protocol::Http)), "back:1/x");
}

#[test]
fn hosts_are_found_by_address_and_name() {
    let host = |address: &str, lines: &str, back: usize| {
        format!("<VirtualHost {address}>\n{lines}\nProxyPass / http://back:{back}/\n</VirtualHost>\n")
    };
    let text = [
        host("*:80 *:81", "ServerName first.test", 1),
        host("*:80", "ServerName a.test\nServerAlias *.a.test", 2),
        host("*:81", "ServerName b.test\nServerAlias B.a.test", 3),
        host("*:80", "ServerName x.a.test\nServerAlias c.test", 4),
        host("*:*", "ServerName any.test", 5),
    ]
    .concat();
    let instance = instance(&format!("Listen 80\nListen 81\nListen 82\n{text}"));
    let at = |port, host: &str| {
        let path = PathText(vec![known("/x")]);
        shown(&instance.answer(&Request::from_browser(port, Tls::Plain, Some(host.into()), path, Protocol::Http)))
    };
    let table = [
        (80, "a.test", 2),
        (80, "X.A.test", 2),
        (80, "c.test", 4),
        (80, "b.test", 1),
        (81, "b.a.test", 3),
        (81, "a.test", 1),
        (82, "a.test", 5),
    ];
    for (port, host, back) in table {
        assert_eq!(at(port, host), format!("back:{back}/x"), "{port} {host}");
    }
    assert_eq!(at(83, "a.test"), "unknown Unsupported");
}

/// httpd compares an address with every worker; of those of patterns only so many are looked at.
#[test]
fn a_worker_that_is_not_looked_at_may_carry_the_upgrade() {
    let upgrade = |count: usize, name: &str| {
        let passes: String = (0..count)
            .map(|at| {
                format!(
                    "{name} ^/p{at}/(.*)$ http://b{at}:80/$1{}\n",
                    if at + 1 == count { " upgrade=websocket" } else { "" }
                )
            })
            .collect();
        let answer = ask(&instance(&passes), None, &[known(&format!("/p{}/rooms/1", count - 1))], Protocol::WebSocket);
        let Outcome::Proxied(proxied) = answer.outcome else { panic!("{answer:?}") };
        proxied.upgrade
    };
    assert!(matches!(upgrade(50, "ProxyPassMatch"), Upgrade::Carried));
    assert!(matches!(upgrade(2_010, "ProxyPassMatch"), Upgrade::Unknown(_)));
    let plain: String = (0..2_010)
        .map(|at| {
            format!("ProxyPass /p{at}/ http://b{at}:80/{}\n", if at == 2_009 { " upgrade=websocket" } else { "" })
        })
        .collect();
    let answer = ask(&instance(&plain), None, &[known("/p2009/x")], Protocol::WebSocket);
    assert!(matches!(answer.outcome, Outcome::Proxied(proxied) if matches!(proxied.upgrade, Upgrade::Carried)));
}

#[test]
fn the_first_line_that_takes_a_path_counts_among_plain_ones_and_patterns() {
    let site = instance(
        "ProxyPass /a//b http://back:1\nProxyPassMatch ^/a/(x.*)$ http://back:2/$1\nProxyPass /a/x http://back:3\nProxyPass /a/ http://back:4/\n\
         Redirect /old/ https://new.test/\nRedirectMatch ^/old2(.*)$ https://new.test/2$1\nAlias /files /srv/files\n\
         <Location /loc/>\nProxyPass http://back:5/\n</Location>\n<LocationMatch ^/loc/deny>\nRequire all denied\n</LocationMatch>\n\
         <Location /loc/open/>\nProxyPass http://back:6/\n</Location>\n",
    );
    let table = [
        ("/a/b/c", "back:1/c"),
        ("/a/xy", "back:2/xy"),
        ("/a/x/1", "back:2/x/1"),
        ("/a/y", "back:4/y"),
        ("/ab", "files"),
        ("/old/1", "302 https://new.test/"),
        ("/old2/1", "302 https://new.test/2$1"),
        ("/loc/x", "back:5/x"),
        ("/loc/open/x", "back:6/x"),
        ("/loc/deny", "403"),
        ("/loc", "files"),
    ];
    for (path, expected) in table {
        assert_eq!(shown(&ask(&site, None, &[known(path)], Protocol::Http)), expected, "{path}");
    }
}

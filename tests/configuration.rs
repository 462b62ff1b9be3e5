//! `wirelint.toml`: every key changes what a run says, and what is wrong or without effect is told of.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use support::{BROKEN_NGINX, Repo, Run, run_in};

/// `path severity rule` of every finding that is not suppressed.
fn found(run: &Run) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{run:?}"));
    let findings = document["findings"].as_array().unwrap().clone();
    let open = findings.iter().filter(|finding| finding["suppressed"].is_null());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
    open.map(|finding| {
        format!("{} {} {}", text(&finding["place"]["path"]), text(&finding["severity"]), text(&finding["rule"]))
    })
    .collect()
}

/// The findings of two broken files under this configuration, on a command line with `more`.
fn under(configuration: &str, more: &[&str]) -> Vec<String> {
    let repo = Repo::new().with("new/nginx.conf", BROKEN_NGINX).with("old/nginx.conf", BROKEN_NGINX);
    found(&repo.with("wirelint.toml", configuration).run(&[more, &["--format", "json"]].concat()))
}

#[test]
fn severities_of_rules_and_families() {
    let both = |severity: &str| {
        ["new", "old"].map(|folder| format!("{folder}/nginx.conf {severity} misplaced-directive")).to_vec()
    };
    assert_eq!(under("", &[]), both("error"));
    assert_eq!(under("[rules]\nmisplaced-directive = 'note'\n", &[]), both("note"));
    assert_eq!(under("[rules]\nupgrade-headers = 'warning'\n", &[]), both("warning"));
    assert_eq!(under("[rules]\nupgrade-headers = 'note'\nmisplaced-directive = 'warning'\n", &[]), both("warning"));
    assert_eq!(under("[rules]\nupgrade-headers = 'off'\n", &[]), [] as [&str; 0]);
    let asked = under("[rules]\nmisplaced-directive = 'off'\n", &["--select", "misplaced-directive"]);
    assert_eq!(asked, both("error"), "the command line has the last word");
}

#[test]
fn an_override_holds_for_its_files_and_the_last_one_decides() {
    let old = |level: &str| format!("[[overrides]]\npaths = ['/old/']\nrules = {{ upgrade-headers = '{level}' }}\n");
    let new = "new/nginx.conf error misplaced-directive".to_owned();
    assert_eq!(under(&old("off"), &[]), ["new/nginx.conf error misplaced-directive"]);
    assert_eq!(
        under(&format!("{}{}", old("off"), old("note")), &[]),
        [new.clone(), "old/nginx.conf note misplaced-directive".to_owned()]
    );
    let rest = format!("[rules]\nmisplaced-directive = 'off'\n{}", old("warning"));
    assert_eq!(under(&rest, &[]), ["old/nginx.conf warning misplaced-directive"]);
    let except = "[[overrides]]\npaths = ['*.conf', '!/new/*.conf']\nrules = { misplaced-directive = 'off' }\n";
    assert_eq!(under(except, &[]), [new]);
}

#[test]
fn a_role_says_what_files_are() {
    let role = |paths: &str, role: &str| under(&format!("[[overrides]]\npaths = ['{paths}']\nrole = '{role}'\n"), &[]);
    for word in ["test", "generated", "example"] {
        assert_eq!(role("/old/", word), ["new/nginx.conf error misplaced-directive"], "{word}");
    }
    let repo = |configuration: &str| {
        let repo = Repo::new().with("tests/nginx.conf", BROKEN_NGINX).with("wirelint.toml", configuration);
        found(&repo.run(&["--format", "json"]))
    };
    assert_eq!(repo(""), [] as [&str; 0]);
    let stated = repo("[[overrides]]\npaths = ['/tests/']\nrole = 'production'\n");
    assert_eq!(stated, ["tests/nginx.conf error misplaced-directive"]);
    let script = |configuration: &str| {
        let page = "<script type='module' src='/main.js'></script>\n";
        let repo = Repo::new().with("index.html", page).with("wirelint.toml", configuration);
        let repo = repo.with("main.js", "new WebSocket('chat.example.com:99/ws');\n").with("main.ts", "export {};\n");
        found(&repo.run(&["--format", "json", "--select", "malformed-connection-url"])).len()
    };
    assert_eq!(script(""), 0, "the compiler wrote it");
    assert_eq!(script("[[overrides]]\npaths = ['/main.js']\nrole = 'production'\n"), 1);
}

#[test]
fn settings_without_effect_are_told_of() {
    let unused = |configuration: &str| {
        let all = under(configuration, &["--select", "analysis"]);
        all.iter().map(|line| line.replace(" unused-setting", "")).collect::<Vec<_>>()
    };
    assert_eq!(unused("exclude = ['/gone/', 'old/']\n"), ["wirelint.toml note"]);
    assert_eq!(unused("[[overrides]]\npaths = ['/gone/', '/old/']\nrole = 'test'\n"), ["wirelint.toml warning"]);
    assert_eq!(unused("[[pages]]\norigin = 'https://app.example.com'\npath = 'gone'\n"), ["wirelint.toml warning"]);
    assert_eq!(unused("exclude = ['old/']\n[[overrides]]\npaths = ['/new/']\nrole = 'test'\n"), [] as [&str; 0]);
}

#[test]
fn a_role_that_later_entries_replace_and_versions_of_nothing_are_told_of() {
    let unused = |configuration: &str| {
        let all = under(configuration, &["--select", "analysis"]);
        all.iter().map(|line| line.replace(" unused-setting", "")).collect::<Vec<_>>()
    };
    let role = |role: &str| format!("[[overrides]]\npaths = ['/old/']\nrole = '{role}'\n");
    assert_eq!(unused(&format!("{}{}", role("test"), role("example"))), ["wirelint.toml warning"]);
    assert_eq!(unused(&role("example")), [] as [&str; 0]);
    let more = "[[overrides]]\npaths = ['*.conf']\nrole = 'test'\n";
    assert_eq!(unused(&format!("{more}{}", role("example"))), [] as [&str; 0], "it decides about the other file");
    assert_eq!(unused("[nginx]\nversion = '1.28'\n"), [] as [&str; 0]);
    assert_eq!(unused("[caddy]\nversion = '2.9'\n"), ["wirelint.toml warning"]);
    assert_eq!(unused("[traefik]\nversion = '2.11'\n"), ["wirelint.toml warning"]);
    assert_eq!(unused("[hosts]\n'api.internal' = 'gone'\nother = 'localhost'\n"), ["wirelint.toml warning"; 2]);
    let tagged = Repo::new().with("nginx.conf", BROKEN_NGINX).with("wirelint.toml", "[nginx]\nversion = '1.27'\n");
    let image = "FROM nginx:1.29.8\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\n";
    let run = tagged.with("Dockerfile", image).run(&["--select", "analysis", "--format", "json"]);
    assert_eq!(found(&run), ["wirelint.toml warning unused-setting"], "the tag fixes another version");
}

#[test]
fn the_role_of_an_included_file_is_the_stated_one() {
    let snippet = "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n";
    let site = "server {\n    listen 80;\n    include snip/ws-template;\n    location / { root /srv; }\n}\n";
    let repo = |configuration: &str| {
        let repo = Repo::new().with("nginx.conf", site).with("snip/ws-template", snippet);
        repo.with("wirelint.toml", configuration)
    };
    let json = ["--format", "json"];
    assert_eq!(found(&repo("").run(&json)), ["snip/ws-template error misplaced-directive"]);
    let stated = repo("[[overrides]]\npaths = ['/snip/']\nrole = 'example'\n");
    assert_eq!(found(&stated.run(&json)), [] as [&str; 0]);
    let said = stated.run(&["config", "explain", "snip/ws-template"]).out;
    assert!(said.contains("  is           an example: ") && said.contains("by `role = \"example\"`"), "{said}");
    assert!(said.contains("; by its path: production"), "{said}");
    assert!(said.contains("  read         because nginx.conf names it\n"), "{said}");
    let said = repo("").run(&["config", "explain", "snip/ws-template"]).out;
    assert!(said.contains("  is           production: findings may be in it, by its path\n"), "{said}");
    let alone = Repo::new().with("wirelint.toml", "").with("snip/ws-template", snippet);
    let said = alone.run(&["config", "explain", "snip/ws-template"]).out;
    assert!(said.contains("of no kind that wirelint reads"), "{said}");
}

#[test]
fn a_second_file_below_the_root_is_told_of() {
    let repo = Repo::new().with("web/wirelint.toml", "fail-on = 'error'\n").with("wirelint.toml", "");
    assert_eq!(found(&repo.run(&["--format", "json"])), ["web/wirelint.toml warning unused-setting"]);
    let said = repo.run(&[]).out;
    assert!(said.contains("wirelint --root web"), "{said}");
    assert_eq!(repo.run(&["--root", "web"]).code, Some(0));
    let marked = Repo::new().with("web/wirelint.toml", "").with(".git/HEAD", "");
    assert_eq!(found(&marked.run(&["--format", "json"])), ["web/wirelint.toml warning unused-setting"]);
}

#[test]
fn another_file_or_none() {
    let repo = Repo::new().with("nginx.conf", BROKEN_NGINX).with("wirelint.toml", "ignore = ['upgrade-headers']\n");
    let repo = repo.with("ci/strict.toml", "fail-on = 'note'\n").with("ci/wrong.toml", "\nfale-on = 'note'\n");
    assert_eq!(repo.run(&[]).code, Some(0));
    assert_eq!(repo.run(&["--no-config"]).code, Some(1));
    assert_eq!(repo.run(&["--config", "ci/strict.toml"]).code, Some(1));
    assert_eq!(run_in(&repo.path().join("ci"), &["--config", "strict.toml"]).code, Some(1));
    let refused = |arguments: &[&str], words: &str| {
        let run = repo.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.err.contains(words), "{arguments:?}: {}", run.err);
    };
    refused(&["--config", "ci/wrong.toml"], "error: ci/wrong.toml:2: unknown key `fale-on`; did you mean `fail-on`?");
    refused(&["--config", "ci/gone.toml"], "`--config ci/gone.toml`: no such file");
    refused(&["--config", "ci/strict.toml", "--no-config"], "--no-config");
    let outside = Repo::new().with("own.toml", "[[suppress]]\nrule = 'tls'\npath = 'gone'\nreason = 'x'\n");
    let file = outside.path().join("own.toml");
    let run = repo.run(&["--config", file.to_str().unwrap(), "--select", "analysis", "--format", "json"]);
    assert_eq!(found(&run), [" warning unused-suppression"], "it has no place in the repository");
    assert!(run.out.contains("own.toml:2"), "{}", run.out);
}

#[test]
fn the_configuration_is_checked_by_itself() {
    let check = |text: &str| Repo::new().with("wirelint.toml", text).run(&["config", "check"]);
    let good = check("fail-on = 'error'\n");
    assert_eq!((good.code, good.out.as_str(), good.err.as_str()), (Some(0), "wirelint.toml can be used\n", ""));
    let bad = check("[nginx]\nverison = '1.28'\n");
    assert_eq!((bad.code, bad.out.as_str()), (Some(2), ""));
    assert_eq!(bad.err, "error: wirelint.toml:2: unknown key `verison`; did you mean `version`?\n");
    let none = Repo::new().run(&["config", "check"]);
    assert_eq!(none.code, Some(0));
    assert!(none.out.starts_with("there is no wirelint.toml"), "{none:?}");
    let unasked = Repo::new().with("wirelint.toml", "selct = []\n").run(&["config", "check", "--no-config"]);
    assert_eq!(unasked.out, "no configuration is asked for (`--no-config`), so none was checked\n");
}

#[test]
fn what_holds_for_a_file_is_explained() {
    let configuration = "exclude = ['/gone/']\n\n[rules]\ntls = 'off'\nport-mismatch = 'note'\n\n[[overrides]]\npaths = ['/web/']\n\
                         rules = { port-mismatch = 'error' }\nrole = 'test'\n\n[[suppress]]\nrule = 'cors-origin'\npath = 'web/**'\n\
                         reason = 'a public API'\n";
    let repo = Repo::new().with("wirelint.toml", configuration).with(".gitignore", "hidden.ts\n");
    let repo = repo.with("web/a.ts", "// wirelint: ignore[path-mismatch] old\nfetch('/x');\n");
    let repo = repo.with("gone/a.ts", "").with("tests/deep/a.ts", "").with("a.test.ts", "").with("hidden.ts", "");
    let explain = |path: &str| repo.run(&["config", "explain", path]).out;
    assert_eq!(
        explain("web/a.ts"),
        "web/a.ts
  is           a test or documentation: nothing is concluded from it, by `role = \"test\"` in wirelint.toml:10; by its path: production: findings may be in it
  severities   tls is `off`, by wirelint.toml:4
               port-mismatch is `error`, by wirelint.toml:9
  suppressed   cors-origin, by wirelint.toml:13: a public API
               path-mismatch, by the comment on line 1: old
"
    );
    let has = |path: &str, words: &str| assert!(explain(path).contains(words), "{path}: {}", explain(path));
    has("gone/a.ts", "left out     by `/gone/` of `exclude` in wirelint.toml:1\n");
    has("tests/deep/a.ts", "nothing is concluded from it, by the folder `tests`\n");
    has("a.test.ts", "nothing is concluded from it, by its name\n");
    has("hidden.ts", "left out     git ignores it\n");
    has(".gitignore", "production: findings may be in it, by its path\n");
    let inside = run_in(&repo.path().join("web"), &["config", "explain", "a.ts"]);
    assert_eq!(inside.out, explain("web/a.ts"));
    for (path, words) in [("web", "is a folder; name a file"), ("nowhere.ts", "no such file or folder")] {
        let run = repo.run(&["config", "explain", path]);
        assert!(run.code == Some(2) && run.err.contains(words), "{run:?}");
    }
}

/// A front end behind Caddy, which takes `api` away from the path or not.
fn behind_caddy(configuration: &str) -> Vec<String> {
    behind_caddy_that_asks("127.0.0.1", configuration)
}

/// The same, where the back end has this name.
fn behind_caddy_that_asks(host: &str, configuration: &str) -> Vec<String> {
    found(&caddy_that_asks(host, configuration).run(&["--format", "json"]))
}

fn caddy_that_asks(host: &str, configuration: &str) -> Repo {
    let caddy = "app.example.com {\n    handle /api/* {\n        uri strip_prefix api\n        reverse_proxy 127.0.0.1:8000\n    }\n    \
                 handle {\n        root * /srv/web\n        file_server\n    }\n}\n";
    let server = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/items')\ndef items():\n    return []\n\n\n\
                  if __name__ == '__main__':\n    import uvicorn\n    uvicorn.run(app, port=8000)\n";
    let manifest = r#"{ "scripts": { "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;
    let caddy = caddy.replace("127.0.0.1", host);
    let repo = Repo::new().with("Caddyfile", caddy).with("main.py", server).with("web/package.json", manifest);
    let repo = repo.with("web/index.html", "<script>fetch('/api/items')</script>\n");
    repo.with("requirements.txt", "fastapi\nuvicorn\n").with("wirelint.toml", configuration)
}

#[test]
fn hosts_are_what_they_are_said_to_be() {
    let old = "[caddy]\nversion = '2.8'\n";
    let ask = |configuration: &str| behind_caddy_that_asks("api.internal", &format!("{old}{configuration}"));
    assert_eq!(ask(""), [] as [&str; 0], "nobody knows who that is");
    assert_eq!(ask("[hosts]\n'API.internal' = 'localhost'\n"), ["Caddyfile warning proxy-path-rewrite"]);
    let repo = caddy_that_asks("api.internal", &format!("{old}[hosts]\n'api.internal' = 'localhost'\n"));
    let said = repo.run(&["--format", "json"]).out;
    assert!(said.contains("says what this host is"), "what rests on the statement names its line: {said}");
    let site = "server {\n    listen 80;\n    root /srv;\n    location /ws {\n        proxy_pass http://api.internal:8000;\n    }\n}\n";
    let image = "FROM node:22 AS build\nCOPY . .\nRUN npm run build\nFROM nginx:1.27\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\n\
                 COPY --from=build /dist /srv\n";
    let behind_nginx = |configuration: &str| {
        let manifest = r#"{ "scripts": { "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;
        let repo = Repo::new().with("web/package.json", manifest).with("web/nginx.conf", site);
        let repo = repo.with("web/index.html", "<script>new WebSocket('wss://' + location.host + '/ws')</script>\n");
        let compose = "services:\n  web:\n    build: ./web\n    ports: ['80:80']\n  api:\n    build: ./api\n";
        let repo = repo.with("web/Dockerfile", image).with("docker-compose.yml", compose);
        let command = "FROM python:3.13\nCOPY . .\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\", \"--port\", \"9000\"]\n";
        let repo = repo.with("api/Dockerfile", command).with("api/requirements.txt", "fastapi\nuvicorn\n");
        let server = "from fastapi import FastAPI\n\napp = FastAPI()\n";
        let repo = repo.with("api/main.py", server).with("wirelint.toml", configuration);
        repo.run(&["--format", "json", "--select", "unreachable-upstream"])
    };
    assert_eq!(found(&behind_nginx("")), [] as [&str; 0]);
    for (is, words) in [("api", "`api` listens on 9000, not on 8000"), ("localhost", "listens on port 8000")] {
        let run = behind_nginx(&format!("[hosts]\n'api.internal' = '{is}'\n"));
        assert_eq!(found(&run), ["web/nginx.conf error unreachable-upstream"], "{is}");
        assert!(run.out.contains(words) && run.out.contains("says what this host is"), "{is}: {}", run.out);
    }
    let page = |configuration: &str| {
        let manifest = r#"{ "scripts": { "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;
        let compose = "services:\n  api:\n    image: python:3.13\n    command: uvicorn main:app --host 0.0.0.0 --port 8000\n    ports: ['8000:8000']\n    build: .\n";
        let server =
            "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/items')\ndef items():\n    return []\n";
        let repo = Repo::new().with("web/package.json", manifest).with("docker-compose.yml", compose);
        let repo = repo.with("web/index.html", "<script>fetch('http://api.example.test:8000/gone')</script>\n");
        let repo = repo.with("main.py", server).with("requirements.txt", "fastapi\nuvicorn\n");
        let repo = repo.with("Dockerfile", "FROM python:3.13\nCOPY . .\n").with("wirelint.toml", configuration);
        found(&repo.run(&["--format", "json"]))
    };
    let missed = |found: &[String]| found.iter().any(|line| line.contains("path-mismatch"));
    assert!(!missed(&page("")));
    let found = page("[hosts]\n'api.example.test' = 'localhost'\n");
    assert!(missed(&found), "{found:?}");
}

#[test]
fn the_release_of_traefik_is_stated() {
    // `Host` of several names is a matcher of version 2 alone.
    let with = |tag: &str, configuration: &str| {
        let compose = format!(
            "services:\n  proxy:\n    image: traefik{tag}\n    command: ['--providers.docker=true', '--entrypoints.web.address=:80']\n    \
             ports: ['80:80']\n    volumes: ['/var/run/docker.sock:/var/run/docker.sock']\n  api:\n    build: .\n    \
             command: uvicorn main:app --host 0.0.0.0 --port 8000\n    labels:\n      \
             traefik.http.routers.api.rule: 'Host(`a.example.com`, `b.example.com`)'\n      \
             traefik.http.services.api.loadbalancer.server.port: '8000'\n"
        );
        let server =
            "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/items')\ndef items():\n    return []\n";
        let repo = Repo::new().with("docker-compose.yml", compose).with("wirelint.toml", configuration);
        let repo = repo.with("Dockerfile", "FROM python:3.13\nCOPY . .\n").with("main.py", server);
        let manifest = r#"{ "scripts": { "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;
        let repo = repo.with("requirements.txt", "fastapi\nuvicorn\n").with("web/package.json", manifest);
        let repo = repo.with("web/index.html", "<script>fetch('http://a.example.com/gone')</script>\n");
        found(&repo.run(&["--format", "json"]))
    };
    let (two, three) = ("[traefik]\nversion = '2.11'\n", "[traefik]\nversion = '3.1'\n");
    let missed = ["docker-compose.yml error path-mismatch"];
    assert_eq!(with(":v2.11", ""), missed);
    assert_eq!(with("", two), missed);
    assert_eq!(with(":latest", two), missed);
    assert_eq!(with("", ""), [] as [&str; 0]);
    assert_eq!(with("", three), [] as [&str; 0]);
    assert_eq!(with(":v2.10", three), [missed[0], "wirelint.toml warning unused-setting"], "the tag is believed first");
}

#[test]
fn the_release_of_caddy_is_stated() {
    // Before 2.9 a prefix without its slash is not taken away.
    assert_eq!(behind_caddy(""), [] as [&str; 0]);
    assert_eq!(behind_caddy("[caddy]\nversion = '2.9'\n"), [] as [&str; 0]);
    assert_eq!(behind_caddy("[caddy]\nversion = '2.8'\n"), ["Caddyfile warning proxy-path-rewrite"]);
}

#[test]
fn what_is_only_likely_stays_milder() {
    // That the parts run together is likely, so the error of the rule is a warning.
    let with =
        |level: &str| behind_caddy(&format!("[caddy]\nversion = '2.8'\n[rules]\nproxy-path-rewrite = '{level}'\n"));
    assert_eq!(with("error"), ["Caddyfile warning proxy-path-rewrite"]);
    assert_eq!(with("warning"), ["Caddyfile note proxy-path-rewrite"]);
    assert_eq!(with("note"), ["Caddyfile note proxy-path-rewrite"]);
    assert_eq!(with("off"), [] as [&str; 0]);
}
